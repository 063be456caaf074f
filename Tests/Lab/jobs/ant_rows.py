#!/usr/bin/env python3
"""Whether what was heard on MQTT has rows of so many athletes, each at most once a second.
Usage: ant_rows.py FILE ATHLETES, with lines of mosquitto_sub -F '%U %t %p'"""
import collections
import json
import sys

rows, live = collections.Counter(), collections.Counter()
for line in open(sys.argv[1], encoding="utf-8"):
    _, topic, payload = line.split(" ", 2)
    if topic.endswith("/record"):
        for athlete in json.loads(payload).get("athletes", []):
            for row in athlete["rows"]:
                rows[athlete["athlete_id"], row["timestamp"]] += 1
    elif "/live/" in topic:
        live[topic.rsplit("/", 1)[1]] += 1
athletes = {athlete for athlete, _ in rows}
twice = [key for key, count in rows.items() if count > 1]
print(f"{sum(rows.values())} rows of {len(athletes)} athletes on record, {sum(live.values())} of {len(live)} live,"
      f" {len(twice)} of a second that had one already")
sys.exit(0 if len(athletes) == int(sys.argv[2]) and len(live) == len(athletes) and not twice else 1)

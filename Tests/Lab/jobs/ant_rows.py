#!/usr/bin/env python3
"""Whether what was heard on MQTT tells of so many sensors, has rows of every strap's athlete, on record and live,
and none twice, though two sticks heard them. Usage: ant_rows.py FILE SENSORS; FILE: mosquitto_sub -F '%U %t %p'"""
import collections
import json
import sys

rows, live, sensors, phantoms = collections.Counter(), collections.Counter(), set(), None
for line in open(sys.argv[1], encoding="utf-8"):
    _, topic, payload = line.split(" ", 2)
    if topic.endswith("/garbled"):
        phantoms = set()
    elif phantoms is not None:
        # The squad is whole by now: what is new does not exist.
        if "/sensor/" in topic and topic.rsplit("/", 1)[1] not in sensors:
            phantoms.add(topic.rsplit("/", 1)[1])
    elif topic.endswith("/record"):
        for athlete in json.loads(payload).get("athletes", []):
            for row in athlete["rows"]:
                rows[athlete["athlete_id"], row["timestamp"]] += 1
    elif "/live/" in topic:
        live[topic.rsplit("/", 1)[1]] += 1
    elif "/sensor/" in topic and payload.strip():
        sensors.add(topic.rsplit("/", 1)[1])
athletes = {athlete for athlete, _ in rows}
twice = [key for key, count in rows.items() if count > 1]
straps = {f"ant-{sensor.split(':')[1]}" for sensor in sensors if sensor.endswith(":120")}
print(f"{len(sensors)} sensors, {len(straps)} of them straps; {sum(rows.values())} rows of {len(athletes)} athletes on record,"
      f" {sum(live.values())} of {len(live)} live, {len(twice)} of a second that had one already")
print("athletes without a strap:", sorted(athletes - straps))
print(f"From garbled bytes {len(phantoms or ())} sensors that do not exist: {sorted(phantoms or ())}")
is_good = len(sensors) == int(sys.argv[2]) and straps <= athletes == set(live) and not twice
sys.exit(0 if is_good else 1)

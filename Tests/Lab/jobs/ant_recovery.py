#!/usr/bin/env python3
"""Pulls, hangs and stalls sticks under a running daemon, times each recovery as the stick sees it, and prints
a table. A stick is back when it scans and the host fetches messages again.
Usage: ant_recovery.py ROUNDS CONTROL_PORT USBIP_PORT"""
import json
import socket
import statistics
import subprocess
import sys
import time

ROUNDS, CONTROL, USBIP = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
HOST = "10.0.2.2"
LIMIT = 10.0  # seconds that a recovery may take
PATIENCE = 60.0  # seconds until one is given up

link = socket.create_connection((HOST, CONTROL))
reader = link.makefile("r")


def sticks(line):
    link.sendall(line.encode() + b"\n")
    answer = json.loads(reader.readline())
    if not answer["ok"]:
        sys.exit(f"{line}: {answer['error']}")
    return answer


def state(stick):
    return sticks("stats")["sticks"][stick]


def attach(stick):
    subprocess.run(["usbip", "--tcp-port", USBIP, "attach", "-r", HOST, "-b", stick], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def until_heard(stick, begin, before):
    """Seconds until the daemon has fetched ten more messages of a scanning stick; None when it never did."""
    while time.monotonic() - begin < PATIENCE:
        now = state(stick)
        if now["scanning"] and min(now[name] - before[name] for name in ("forwarded", "transfers")) >= 10:
            return time.monotonic() - begin
        time.sleep(0.05)
    return None


def plug(stick):
    begin, before = time.monotonic(), state(stick)
    attach(stick)
    return until_heard(stick, begin, before)


def pull_and_plug(stick):
    sticks(f"unplug {stick}")
    time.sleep(1)
    sticks(f"plug {stick}")
    return plug(stick)


def spoil(line, *, first=None):
    """Spoils a stick that works, and waits until it works again."""

    def run(stick):
        if first:
            first(stick)
        sticks(line.format(stick))
        # What was under way when the fault struck does not count.
        before = state(stick)
        return until_heard(stick, time.monotonic(), before)

    return run


def garble_for_a_while(stick):
    sticks(f"garble {stick} 0.2")
    time.sleep(5)


def replug(stick):
    """Waits for as long as the whole ladder takes in vain, then pulls and plugs by hand; that is what is timed."""
    sticks(f"hang {stick} power")
    time.sleep(15)
    return pull_and_plug(stick)


def swap(stick):
    """Both pulled, and plugged in again in the other order."""
    other = "1-2" if stick == "1-1" else "1-1"
    sticks(f"unplug {stick}")
    sticks(f"unplug {other}")
    time.sleep(1)
    sticks(f"plug {stick}")
    sticks(f"plug {other}")
    attach(other)
    return plug(stick)


table = []
plugged = []  # how long each plugging took, on the way


def note(what, times, limit=LIMIT):
    good = [seconds for seconds in times if seconds is not None]
    is_good = len(good) == len(times) and max(good) <= limit
    figures = [f"{figure:.2f}" for figure in (min(good), statistics.median(good), max(good))] if good else ["-"] * 3
    table.append((what, len(times), len(good), *figures, "ok" if is_good else "FAILED"))
    print(f"{what}: {[seconds and round(seconds, 2) for seconds in times]}", flush=True)


def measure(what, action, rounds=ROUNDS):
    times = []
    for index in range(rounds):
        stick = f"1-{1 + index % 2}"
        # A daemon remembers for a while that a stick was ill, and begins with a stronger cure; a stick that was
        # plugged in anew is a healthy one.
        plugged.append(pull_and_plug(stick))
        time.sleep(0.5)
        times.append(action(stick))
        time.sleep(0.5)
    note(what, times)


note("plugged in for the first time", [plug("1-1"), plug("1-2")])
measure("hung, the reset command cures", spoil("hang {} reset"))
measure("hung, a USB reset cures", spoil("hang {} usb"))
measure("scan ended without a word", spoil("stopscan {}"))
measure("endpoints stalled", spoil("stall {}"), rounds=2)
measure("hung, only power cures, then replugged", replug, rounds=1)
measure("both pulled, plugged the other way round", swap, rounds=2)
# From here on bytes are spoilt so badly that a checksum of eight bits lets some through, as sensors that do not
# exist: what is counted afterwards is counted apart.
subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-t", "touchline/lab/garbled", "-m", "now"], check=True)
measure("garbled for 5 s, then well", spoil("heal {}", first=garble_for_a_while), rounds=2)
note("pulled and plugged", plugged)

print()
for row in [("what", "times", "back", "min s", "median", "max s", "")] + table:
    print(f"{row[0]:42}" + "".join(f"{cell!s:>8}" for cell in row[1:]))
print()
is_good = all(row[-1] == "ok" for row in table)
for name, stick in sticks("stats")["sticks"].items():
    told = ("power_ons", "resets", "usb_resets", "commands", "refusals", "forwarded", "overflowed", "transmissions", "wrong_key")
    print(name, ", ".join(f"{key} {stick[key]}" for key in told))
    if stick["transmissions"] or stick["wrong_key"] or stick["refusals"]:
        print(f"FAILED: {name}: a gateway only listens, with the right key, and asks for nothing that is refused")
        is_good = False
sys.exit(0 if is_good else 1)

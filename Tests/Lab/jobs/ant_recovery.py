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
PATIENCE = 90.0  # seconds until one is given up

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


def spoil(line, *, cleanup=None):
    """Spoils a stick that works, and waits until it works again."""

    def run(stick):
        words = line.format(stick)
        if words:
            sticks(words)
        # What was under way when the fault struck does not count.
        before = state(stick)
        seconds = until_heard(stick, time.monotonic(), before)
        if cleanup:
            sticks(cleanup.format(stick))
        return seconds

    return run


def port_switch():
    return subprocess.run("ls /sys/bus/usb/devices/usb*/*-0:1.0/usb*-port1/disable", shell=True, capture_output=True).returncode == 0


rows = []


def measure(what, action, rounds=ROUNDS, limit=LIMIT):
    times = []
    for index in range(rounds):
        times.append(action(f"1-{1 + index % 2}"))
        time.sleep(0.5)
    good = [seconds for seconds in times if seconds is not None]
    is_good = len(good) == rounds and (not good or max(good) <= limit)
    figures = [f"{figure:6.2f}" for figure in (min(good), statistics.median(good), max(good))] if good else ["-"] * 3
    rows.append((what, rounds, len(good), *figures, "ok" if is_good else "FAILED"))
    print(f"{what}: {[seconds and round(seconds, 2) for seconds in times]}", flush=True)
    return is_good


results = [
    measure("first plugged in", plug, rounds=2),
    measure("pulled and plugged", pull_and_plug),
    measure("hung, a reset command cures", spoil("hang {} reset")),
    measure("hung, a USB reset cures", spoil("hang {} usb")),
    measure("endpoints stalled", spoil("stall {}")),
    measure("scan ended without a word", spoil("stopscan {}")),
    measure("says garbage for 5 s", lambda stick: (sticks(f"garble {stick} 0.2"), time.sleep(5), spoil("heal {}")(stick))[2], rounds=2),
    measure("first pull both, then plug both", lambda stick: (sticks("unplug 1-1"), sticks("unplug 1-2"), time.sleep(1),
            sticks("plug 1-1"), sticks("plug 1-2"), attach("1-2" if stick == "1-1" else "1-1"), plug(stick))[-1], rounds=2),
]
if port_switch():
    # The whole ladder with its waits: told, and held against a longer limit.
    results.append(measure("hung, only power cures", spoil("hang {} power"), rounds=2, limit=60))
else:
    print("This kernel has no switch for the power of a port.")

print()
widths = [max(len(str(row[column])) for row in rows) for column in range(7)]
for row in [("what", "times", "back", "min s", "median", "max s", "")] + rows:
    print("  ".join(f"{cell!s:{'<' if column == 0 else '>'}{max(width, 6)}}" for column, (cell, width) in enumerate(zip(row, widths))))
final = sticks("stats")["sticks"]
print()
for name, stick in final.items():
    told = ("power_ons", "resets", "usb_resets", "commands", "refusals", "forwarded", "overflowed", "transmissions", "wrong_key")
    print(name, ", ".join(f"{key} {stick[key]}" for key in told))
    if stick["transmissions"] or stick["wrong_key"]:
        print(f"FAILED: {name}: a gateway only listens, with the right key")
        results.append(False)
sys.exit(0 if all(results) else 1)

#!/usr/bin/env python3
"""Straps on the air: when all have links, which values are missing, and how long it takes until all are heard again
after bluetoothd was killed, stopped or restarted, and after a strap was out of reach. What was heard is read from the
daemon's own captures, which it completes once a second: times are up to a second too long.
Usage: bt_rounds.py ROUNDS CONTROL_PORT"""
import collections
import ctypes
import glob
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

ROUNDS, CONTROL = int(sys.argv[1]), ("10.0.2.2", int(sys.argv[2]))
CAPTURES = "/var/lib/touchline/captures"
LIMIT = 180

heard = {}                              # sensor -> when its newest heart rate arrived, on the daemon's clock
counters = collections.defaultdict(list)  # sensor -> [(time, counter)]
lock = threading.Lock()


def boottime():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Buffer(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_void_p), ("size", ctypes.c_size_t), ("position", ctypes.c_size_t)]


def unpacked(path):
    """The lines of a capture that is being written, as they come. The zstd program would wait for 128 KiB."""
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_createDStream.restype = stream = ctypes.c_void_p
    library.ZSTD_decompressStream.argtypes = [stream, ctypes.POINTER(Buffer), ctypes.POINTER(Buffer)]
    library.ZSTD_decompressStream.restype = ctypes.c_size_t
    stream, room, rest = library.ZSTD_createDStream(), ctypes.create_string_buffer(1 << 17), b""
    with open(path, "rb", buffering=0) as file:
        while True:
            piece = file.read(1 << 16)
            if not piece:
                time.sleep(0.2)
                continue
            source = Buffer(ctypes.cast(piece, ctypes.c_void_p), len(piece), 0)
            while True:
                target = Buffer(ctypes.addressof(room), len(room), 0)
                code = library.ZSTD_decompressStream(stream, ctypes.byref(target), ctypes.byref(source))
                if code > 1 << 63:
                    raise ValueError(f"{path} is damaged")
                *lines, rest = (rest + room.raw[:target.position]).split(b"\n")
                yield from lines
                if source.position == source.size and target.position < target.size:
                    break


def follow(path):
    for line in unpacked(path):
        if b'"characteristic":"2a37"' not in line:
            continue
        frame = json.loads(line)
        value = bytes.fromhex(frame["hex"])
        with lock:
            heard[frame["sensor"]] = frame["t"] / 1e9
            counters[frame["sensor"]].append((frame["t"] / 1e9, value[2] | value[3] << 8))


def watch():
    known = set()
    while True:
        for path in glob.glob(CAPTURES + "/*"):
            if path not in known:
                known.add(path)
                threading.Thread(target=follow, args=(path,), daemon=True).start()
        time.sleep(0.5)


def air(line):
    with socket.create_connection(CONTROL, 10) as connection:
        connection.sendall(line.encode() + b"\n")
        reply = b""
        while not reply.endswith(b"\n"):
            part = connection.recv(1 << 20)
            if not part:
                break
            reply += part
    return json.loads(reply)


def wait_until_heard(sensors, since):
    """Seconds from `since` until the first value after it of the last of the sensors; None: too long."""
    while boottime() - since < LIMIT:
        with lock:
            firsts = [next((t for t, _ in after(counters[s], since)), None) for s in sensors]
        if None not in firsts and firsts:
            return max(firsts) - since
        time.sleep(0.25)
    return None


def after(values, since):
    index = len(values)
    while index and values[index - 1][0] > since:
        index -= 1
    return values[index:]


def gaps(sensors, begin, end):
    count = missing = 0
    for sensor in sensors:
        with lock:
            part = [c for t, c in counters[sensor] if begin < t <= end]
        count += len(part)
        missing += sum((b - a - 1) & 0xFFFF for a, b in zip(part, part[1:]))
    return count, missing


def bluetoothd():
    text = subprocess.run(["systemctl", "show", "-p", "MainPID", "--value", "bluetooth"], capture_output=True, text=True)
    return int(text.stdout)


def kill():
    os.kill(bluetoothd(), signal.SIGKILL)


def stop():
    process = bluetoothd()
    os.kill(process, signal.SIGSTOP)
    time.sleep(10)
    os.kill(process, signal.SIGCONT)


def restart():
    subprocess.run(["systemctl", "restart", "bluetooth"], check=True)


def main():
    devices = air("list")["devices"]
    straps = {name: "ble:" + address.split("/")[0] for name, address in devices.items()}
    sensors = set(straps.values())
    threading.Thread(target=watch, daemon=True).start()
    begin = boottime()
    failures = 0
    took = wait_until_heard(sensors, begin)
    if took is None:
        with lock:
            print(f"FAILED: {len(sensors & set(heard))} of {len(sensors)} straps are heard; {air('stats')}", flush=True)
        return 1
    steady = boottime()
    print(f"{'what':34} {'rounds':>6} {'recovered':>9} {'median s':>9} {'worst s':>8}", flush=True)
    print(f"{f'{len(sensors)} straps linked and heard':34} {1:6} {1:9} {took:9.1f} {took:8.1f}", flush=True)
    time.sleep(30)
    end = boottime() - 2
    count, missing = gaps(sensors, steady, end)
    links = air("stats")["kernel_connections"]
    print(f"links at the emulator: {links}; values in {end - steady:.0f} s: {count} ({count / (end - steady):.0f}/s), "
          f"missing: {missing}", flush=True)
    failures += missing > 0 or links != len(sensors)

    for what, act in (("bluetoothd killed", kill), ("bluetoothd stopped for 10 s", stop),
                      ("bluetoothd restarted", restart)):
        times = []
        for _ in range(ROUNDS):
            act()
            # What was in flight has arrived by then.
            since = boottime() + 0.5
            times.append(wait_until_heard(sensors, since))
            print(f"  {what}: {times[-1]}", flush=True)
        failures += told(what, times)
    times = []
    for number in range(ROUNDS):
        name = sorted(straps)[number * 7 % len(straps)]
        air(f"reach {name} out")
        time.sleep(20)
        air(f"reach {name} in")
        times.append(wait_until_heard({straps[name]}, boottime()))
    failures += told("strap out of reach for 20 s", times)
    return failures


def told(what, times):
    good = sorted(t for t in times if t is not None)
    middle, worst = (good[len(good) // 2], good[-1]) if good else (0, 0)
    print(f"{what:34} {len(times):6} {len(good):9} {middle:9.1f} {worst:8.1f}", flush=True)
    return len(good) != len(times)


sys.exit(main())

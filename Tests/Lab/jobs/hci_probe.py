#!/usr/bin/env python3
"""Connects to touchline-hci as the daemon does and listens for SECONDS. Prints one line:
reports a second, longest gap, sensors, times re-armed, reports dropped."""
import socket
import struct
import sys
import time

end = time.monotonic() + float(sys.argv[1])
connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
connection.connect("/run/touchline-hci/reports.sock")
connection.send(bytes([1, 3, 0, 0]))  # Version, filter, none.
connection.settimeout(0.1)
reports, sensors, longest, begin, last, rearmed, dropped = 0, set(), 0.0, None, None, [], 0
while time.monotonic() < end:
    try:
        packet = connection.recv(512)
    except TimeoutError:
        continue
    if packet[1:2] == b"\x01":
        now = time.monotonic()
        begin, last = begin or now, last or now
        longest, last = max(longest, now - last), now
        reports += 1
        sensors.add(packet[10:16])
    elif packet[1:2] == b"\x02":
        _, dropped, count = struct.unpack("<QQQ", packet[16:40])
        rearmed.append(count)
now = time.monotonic()
if not reports:
    sys.exit("nothing heard")
longest = max(longest, now - last)
print(f"{reports / (now - begin):.0f} reports/s, longest gap {longest:.2f} s, {len(sensors)} sensors, "
      f"re-armed {rearmed[-1] - rearmed[0] if rearmed else 0} times, {dropped} dropped")

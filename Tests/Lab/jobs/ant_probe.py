#!/usr/bin/env python3
"""A reference host on pyusb, for the lab itself: resets a stick, opens the scan, counts what it hears.
Usage: ant_probe.py PRODUCT SECONDS"""
import sys
import time

import usb.core
import usb.util

KEY = bytes.fromhex("544F5543484C494E")
product, seconds = int(sys.argv[1], 16), float(sys.argv[2])


def frame(number, *data):
    body = bytes((0xA4, len(data), number, *data))
    checksum = 0
    for byte in body:
        checksum ^= byte
    return body + bytes((checksum,))


stick = usb.core.find(idVendor=0x0FCF, idProduct=product)
if stick is None:
    sys.exit(f"no stick 0fcf:{product:04x}")
print("stick", stick.manufacturer, stick.product, stick.serial_number)
if stick.is_kernel_driver_active(0):
    print("the kernel's driver has it: detaching that")
    stick.detach_kernel_driver(0)
usb.util.claim_interface(stick, 0)
buffer = bytearray()


def messages(timeout=500):
    global buffer
    try:
        buffer += bytes(stick.read(0x81, 512, timeout))
    except usb.core.USBTimeoutError:
        pass
    while True:
        while buffer and buffer[0] != 0xA4:
            del buffer[0]
        if len(buffer) < 4 or len(buffer) < buffer[1] + 4:
            return
        size = buffer[1] + 4
        message, buffer = bytes(buffer[:size]), buffer[size:]
        checksum = 0
        for byte in message:
            checksum ^= byte
        yield message, checksum == 0


def ask(number, *data, answer=0x40):
    stick.write(0x01, frame(number, *data), 1000)
    end = time.monotonic() + 3
    while time.monotonic() < end:
        for message, _ in messages():
            if message[2] == answer:
                return message[3:-1]
    sys.exit(f"no answer to {number:02x}")


begin = time.monotonic()
ask(0x4A, 0, answer=0x6F)
print(f"start-up message after {(time.monotonic() - begin) * 1e3:.0f} ms")
print("capabilities", ask(0x4D, 0, 0x54, answer=0x54).hex())
for command in ((0x46, 0, *KEY), (0x42, 0, 0x40, 0), (0x51, 0, 0, 0, 0, 0), (0x45, 0, 57), (0x6E, 0, 0xE0), (0x5B, 0)):
    answer = ask(*command)
    if answer[2] != 0:
        sys.exit(f"{command[0]:02x} was refused with {answer[2]:02x}")
count, spoilt, sensors, begin = 0, 0, set(), time.monotonic()
while time.monotonic() - begin < seconds:
    for message, is_whole in messages():
        spoilt += not is_whole
        if is_whole and message[2] == 0x4E and message[12] & 0x80:
            count += 1
            sensors.add(message[13:16])
print(f"{count} messages of {len(sensors)} sensors, {count / seconds:.1f} a second, {spoilt} spoilt")
sys.exit(0 if count and not spoilt else 1)

#!/usr/bin/python3
"""Emulated ANT sticks under umockdev: real libusb and real sd-device, without a kernel's USB and without root.

    touchline-antstick --stick 1009:1001 &
    umockdev-wrapper umock_stick.py [--connect 127.0.0.1:3240] [SOCKET...] -- PROGRAM ARGUMENTS...

Needs umockdev, gir1.2-umockdev-1.0, python3-gi. It is a client of touchline-antstick, as the kernel of another
machine would be: it enumerates each stick (1-1 if none is named), shows it in a /sys and /dev that only PROGRAM
sees, and passes its USB requests on. A line `unplug 1-1` to the control port of touchline-antstick takes the
stick away here as well, with a uevent, and `plug 1-1` brings it back under another number.

Not as with a kernel: the device node is a plain file, so it is always ready for poll(2); no driver has the
interface; nothing limits who may open the node. The exit status is PROGRAM's.
"""
import argparse
import collections
import ctypes
import errno
import os
import signal
import socket
import struct
import subprocess
import sys
import threading

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402

# Requests of usbdevice_fs.h on a 64-bit machine.
CONTROL, RESETEP, SETINTERFACE, SETCONFIGURATION = 0xC0185500, 0x80045503, 0x80085504, 0x80045505
GETDRIVER, SUBMITURB, DISCARDURB, REAPURB, REAPURBNDELAY = 0x41045508, 0x8038550A, 0x550B, 0x4008550C, 0x4008550D
CLAIM, RELEASE, CONNECTINFO, IOCTL, RESET = 0x8004550F, 0x80045510, 0x40085511, 0xC0105512, 0x5514
CLEAR_HALT, CAPABILITIES, DISCONNECT_CLAIM, GET_SPEED = 0x80045515, 0x8004551A, 0x8108551B, 0x551F

CONTROL_URB, BULK_URB = 2, 3
URB_SIZE, FULL_SPEED = 56, 2
GET_DESCRIPTOR, SET_CONFIGURATION = (0x80, 6), (0x00, 9)


class Stick:
    """One socket of the bus, and the stick in it, if there is one."""

    def __init__(self, testbed, address, name):
        self.testbed, self.address, self.name = testbed, address, name
        self.path = f"/devices/lab/usb1/{name}"
        self.link = None
        self.handler = None
        # The test bed answers ioctls on threads of its own.
        self.lock = threading.RLock()
        self.try_to_attach()

    # What the kernel does when something is plugged in.

    def try_to_attach(self):
        """Attaches the stick if it is plugged in at the other side; called again and again."""
        link = socket.create_connection(self.address)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(struct.pack(">HHI32s", 0x0111, 0x8003, 0, self.name.encode()))
        status = struct.unpack(">HHI", receive(link, 8))[2]
        if status != 0:
            link.close()
            return True
        self.bus, self.number = struct.unpack_from(">II", receive(link, 312), 288)
        self.link, self.sequence, self.input = link, 0, b""
        self.waiting = {}  # sequence: the urb, its buffer, its address in the program
        self.done = collections.deque()
        self.enumerate()
        GLib.io_add_watch(link.fileno(), GLib.IO_IN | GLib.IO_HUP, self.receive)
        return False

    def request(self, setup, data=b""):
        """A control transfer of the kernel's own; waits for its end and returns what came back."""
        is_input = setup[0] & 0x80
        length = struct.unpack_from("<H", setup, 6)[0]
        self.submit(0, is_input, setup, b"" if is_input else data, length)
        while True:
            head = receive(self.link, 48)
            command, sequence = struct.unpack_from(">II", head)
            status, length = struct.unpack_from(">iI", head, 20)
            is_mine = command == 3 and sequence == self.sequence
            data = receive(self.link, length) if is_mine and is_input else b""
            if is_mine:
                return data if status == 0 else None
            sys.exit("umock_stick: an answer that nobody asked for")

    def descriptor(self, kind, index, length=255):
        return self.request(struct.pack("<BBBBHH", *GET_DESCRIPTOR, index, kind, 0x0409 if kind == 3 else 0, length))

    def text(self, index):
        return self.descriptor(3, index)[2:].decode("utf-16-le")

    def enumerate(self):
        device, configuration = self.descriptor(1, 0, 18), self.descriptor(2, 0)
        vendor, product, release = struct.unpack_from("<HHH", device, 8)
        names = dict(manufacturer=self.text(1), product=self.text(2), serial=self.text(3))
        self.request(struct.pack("<BBHHH", *SET_CONFIGURATION, 1, 0, 0))
        self.descriptors = device + configuration
        self.node = f"bus/usb/{self.bus:03}/{self.number:03}"
        attributes = dict(
            busnum=self.bus, devnum=self.number, devpath=self.name.split("-")[1], speed=12, version=" 2.00",
            idVendor=f"{vendor:04x}", idProduct=f"{product:04x}", bcdDevice=f"{release:04x}",
            bConfigurationValue=1, bNumConfigurations=1, bNumInterfaces=" 1", bDeviceClass="00", **names)
        properties = dict(
            SUBSYSTEM="usb", DEVTYPE="usb_device", DEVNAME=f"/dev/{self.node}", DRIVER="usb",
            BUSNUM=f"{self.bus:03}", DEVNUM=f"{self.number:03}", MAJOR=189, MINOR=(self.bus - 1) * 128 + self.number - 1,
            PRODUCT=f"{vendor:x}/{product:x}/{release:x}", TYPE="0/0/0", ID_VENDOR_ID=f"{vendor:04x}",
            ID_MODEL_ID=f"{product:04x}", ID_SERIAL_SHORT=names["serial"])
        lines = [f"P: {self.path}", f"N: {self.node}={self.descriptors.hex().upper()}"]
        lines += [f"E: {name}={value}" for name, value in properties.items()]
        lines += [f"A: {name}={value}\\n" for name, value in attributes.items()]
        lines += [f"H: descriptors={self.descriptors.hex().upper()}", "", ""]
        # The device appears, with its uevent, when everything else is ready.
        self.handler = UMockdev.IoctlBase()
        self.handler.connect("handle-ioctl", self.ioctl)
        self.testbed.attach_ioctl(f"/dev/{self.node}", self.handler)
        self.testbed.add_from_string("\n".join(lines))

    def detach(self):
        self.link.close()
        self.link = None
        for urb, _, _ in self.waiting.values():
            if urb is not None:
                self.finish(urb, -errno.ESHUTDOWN, 0)
        self.waiting = {}
        # As in the kernel: the attributes are gone before anyone hears of it.
        directory = self.testbed.get_sys_dir() + self.path
        for name in os.listdir(directory):
            if name not in ("uevent", "subsystem") and os.path.isfile(f"{directory}/{name}"):
                os.unlink(f"{directory}/{name}")
        self.testbed.uevent("/sys" + self.path, "remove")
        self.testbed.remove_device("/sys" + self.path)
        GLib.timeout_add(50, self.try_to_attach)

    # What passes between the program and the stick.

    def submit(self, endpoint, is_input, setup=bytes(8), data=b"", length=0):
        self.sequence += 1
        head = struct.pack(
            ">IIIIIIiiii", 1, self.sequence, 0, 1 if is_input else 0, endpoint & 0x0F, 0, length, 0, 0, 0)
        self.send(head + setup + data)
        return self.sequence

    def send(self, message):
        try:
            self.link.sendall(message)
        except OSError:
            pass  # The end is seen where it is read.

    def receive(self, _source, _condition):
        with self.lock:
            return self.receive_locked()

    def receive_locked(self):
        try:
            data = self.link.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self.detach()
            return False
        self.input += data
        while len(self.input) >= 48:
            command, sequence = struct.unpack_from(">II", self.input)
            status, length = struct.unpack_from(">iI", self.input, 20)
            urb, buffer, is_input = self.waiting.get(sequence, (None, None, False))
            size = 48 + (length if command == 3 and is_input else 0)
            if len(self.input) < size:
                break
            data, self.input = self.input[48:size], self.input[size:]
            if command != 3:
                continue
            self.waiting.pop(sequence, None)
            if urb is None:
                continue
            if is_input and data:
                buffer.update(8 if bytes(urb.retrieve())[0] == CONTROL_URB else 0, data)
            self.finish(urb, status, length)
        return True

    def finish(self, urb, status, length):
        urb.update(4, struct.pack("<i", status))
        urb.update(28, struct.pack("<i", length))
        self.done.append(urb)

    def submit_urb(self, urb):
        kind, endpoint = bytes(urb.retrieve())[:2]
        length = struct.unpack_from("<i", bytes(urb.retrieve()), 24)[0]
        buffer = urb.resolve(16, length) if length else None
        if kind == CONTROL_URB:
            content = bytes(buffer.retrieve())
            is_input = bool(content[0] & 0x80)
            sequence = self.submit(0, is_input, content[:8], b"" if is_input else content[8:], length - 8)
        elif kind == BULK_URB:
            is_input = bool(endpoint & 0x80)
            data = b"" if is_input or not buffer else bytes(buffer.retrieve())
            sequence = self.submit(endpoint, is_input, data=data, length=length)
        else:
            return errno.EINVAL
        self.waiting[sequence] = (urb, buffer, is_input)
        return 0

    def discard(self, pointer):
        for sequence, (urb, _, _) in self.waiting.items():
            if urb is not None and urb.client_addr == pointer:
                del self.waiting[sequence]
                self.sequence += 1
                self.send(struct.pack(">IIIIIi24x", 2, self.sequence, 0, 0, 0, sequence))
                self.finish(urb, -errno.ENOENT, 0)
                return 0
        return errno.EINVAL

    def ioctl(self, _handler, client):
        request = client.get_request() & 0xFFFFFFFF
        argument = client.get_arg()
        with self.lock:
            code = self.answer(request, argument)
        client.complete(0 if code == 0 else -1, code)
        return True

    def answer(self, request, argument):
        """Does what the ioctl asks for and returns an errno, 0 for success."""
        if request in (REAPURB, REAPURBNDELAY):
            if self.done:
                argument.resolve(0, 8).set_ptr(0, self.done.popleft())
                return 0
            return errno.EAGAIN if self.link else errno.ENODEV
        if not self.link:
            return errno.ENODEV
        if request == SUBMITURB:
            return self.submit_urb(argument.resolve(0, URB_SIZE))
        if request == DISCARDURB:
            return self.discard(struct.unpack("<Q", bytes(argument.retrieve())[:8])[0])
        if request == CONNECTINFO:
            argument.resolve(0, 8).update(0, struct.pack("<IB3x", self.number, 0))
        elif request == CAPABILITIES:
            argument.resolve(0, 4).update(0, struct.pack("<I", 0))
        elif request == CLEAR_HALT:
            endpoint = struct.unpack("<I", bytes(argument.resolve(0, 4).retrieve()))[0]
            self.submit(0, False, struct.pack("<BBHHH", 0x02, 1, 0, endpoint, 0))
        elif request == RESET:
            # Nobody waits for the answer, but its bytes have to be read.
            sequence = self.submit(0, True, struct.pack("<BBHHH", *GET_DESCRIPTOR, 0x0100, 0, 18), length=18)
            self.waiting[sequence] = (None, None, True)
            self.submit(0, False, struct.pack("<BBHHH", *SET_CONFIGURATION, 1, 0, 0))
        elif request in (GETDRIVER, IOCTL):
            return errno.ENODATA
        elif request not in (CLAIM, RELEASE, SETCONFIGURATION, SETINTERFACE, RESETEP, DISCONNECT_CLAIM):
            return errno.ENOTTY
        return 0


def receive(link, count):
    data = b""
    while len(data) < count:
        part = link.recv(count - len(data))
        if not part:
            sys.exit("umock_stick: touchline-antstick hung up")
        data += part
    return data


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connect", default="127.0.0.1:3240", metavar="HOST:PORT")
    parser.add_argument("sockets", nargs="*", metavar="SOCKET")
    own = sys.argv[1:]
    if "--" not in own:
        parser.error("what is the program? put it behind --")
    split = own.index("--")
    options, program = parser.parse_args(own[:split]), own[split + 1 :]
    host, _, port = options.connect.rpartition(":")

    testbed = UMockdev.Testbed.new()
    testbed.add_from_string(
        "P: /devices/lab/usb1\nN: bus/usb/001/001\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nE: DEVNAME=/dev/bus/usb/001/001\n"
        "E: BUSNUM=001\nE: DEVNUM=001\nA: busnum=1\\n\nA: devnum=1\\n\nA: speed=480\\n\nA: idVendor=1d6b\\n\n"
        "A: idProduct=0002\\n\nA: bConfigurationValue=1\\n\n\n")
    sticks = [Stick(testbed, (host, int(port)), name) for name in options.sockets or ["1-1"]]

    loop = GLib.MainLoop()
    # Whatever becomes of this process, PROGRAM does not outlive it.
    die_with_parent = ctypes.CDLL(None).prctl
    child = subprocess.Popen(program, preexec_fn=lambda: die_with_parent(1, signal.SIGKILL))
    GLib.child_watch_add(GLib.PRIORITY_DEFAULT, child.pid, lambda _pid, status: (sticks.append(status), loop.quit()))
    for number in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, lambda n: (os.kill(child.pid, n), True)[1], number)
    loop.run()
    # Without the farewell of the interpreter: threads of the test bed still wait for the program's descriptors.
    sys.stdout.flush()
    os._exit(os.waitstatus_to_exitcode(sticks[-1]) & 0xFF)


main()

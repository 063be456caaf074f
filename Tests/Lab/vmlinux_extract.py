#!/usr/bin/env python3
"""Unpacks the ELF kernel inside a bzImage: qemu starts it by its PVH entry, which spares the guest the
unpacking. Usage: vmlinux_extract.py BZIMAGE VMLINUX"""
import gzip
import lzma
import struct
import subprocess
import sys

image = open(sys.argv[1], "rb").read()
setup = (image[0x1F1] or 4) + 1
offset, length = struct.unpack_from("<II", image, 0x248)
packed = image[setup * 512 + offset : setup * 512 + offset + length]
if packed[:6] == b"\xfd7zXZ\0":
    kernel = lzma.LZMADecompressor().decompress(packed)
elif packed[:2] == b"\x1f\x8b":
    kernel = gzip.decompress(packed[:-4])
elif packed[:4] == b"\x28\xb5\x2f\xfd":
    kernel = subprocess.run(["zstd", "-dc"], input=packed[:-4], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
else:
    sys.exit(f"unknown compression of the kernel: {packed[:6]!r}")
if kernel[:4] != b"\x7fELF":
    sys.exit("what the kernel image holds is no ELF file")
open(sys.argv[2], "wb").write(kernel)

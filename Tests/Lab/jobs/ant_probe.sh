#!/bin/bash
# Proves the lab itself, without the daemon: two sticks, the kernel's driver, the udev rule, a reference host.
. /lab/lab-functions
groupadd --system touchline
useradd --system --gid touchline --no-create-home touchline
install -m 644 /lab/*.rules /etc/udev/rules.d/ && udevadm control --reload
modprobe vhci-hcd
attach 1-1
attach 1-2
plugged() { lsusb -d "0fcf:$1" > /dev/null; }
check "both sticks appear" wait_for 20 eval 'plugged 1009 && plugged 1008'
check "the kernel takes them for serial ports" wait_for 20 test -e /dev/ttyUSB1
udevadm settle
probe() { setpriv --reuid touchline --regid touchline --clear-groups python3 /lab/ant_probe.py "$1" 4; }
check "1009 is heard by an unprivileged user" probe 1009
check "1008 is heard by an unprivileged user" probe 1008
sticks "unplug 1-1" > /dev/null
check "a pulled stick is gone" wait_for 10 eval '! plugged 1009'
sticks "plug 1-1" > /dev/null
attach 1-1
check "it comes back" wait_for 10 plugged 1009
udevadm settle
check "and is heard again" probe 1009
sticks stats
exit "$failures"

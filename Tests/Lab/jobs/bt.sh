#!/bin/bash
# touchlined with 40 straps on a real kernel and a real bluetoothd: links, gaps, recovery.
# The daemon runs as systemd runs it in the field: unprivileged, without a capability.
. /lab/lab-functions

modprobe hci_vhci
systemd-run --quiet --unit lab-controller /lab/hci_bridge 10.0.2.2 "$CONTROLLER_PORT"
check "there is a controller" wait_for 30 test -e /sys/class/bluetooth/hci0
systemctl start bluetooth
check "bluetoothd is up" wait_for 30 eval 'bluetoothctl show 2> /dev/null | grep -q Controller'
say "bluetoothd $(bluetoothctl --version | tail -n 1), kernel $(uname -r)"

groupadd --system touchline
useradd --system --gid touchline --no-create-home touchline
install -m 755 /lab/touchlined /usr/local/bin/touchlined
mkdir -p /etc/touchline
cat > /etc/touchline/touchline.yaml <<X
gateway: { id: lab }
clock: { trust: [assume] }
athletes: { auto: true }
radios:
  ant: { enabled: false }
  bluetooth: { enabled: true, connect: all, broadcast: "${BROADCAST:-off}" }
capture: { enabled: true }
X
systemd-run --quiet --unit touchlined -p Type=notify -p User=touchline -p Group=touchline \
    -p StateDirectory=touchline -p RuntimeDirectory=touchline -p NoNewPrivileges=yes -p CapabilityBoundingSet= \
    -p ProtectSystem=strict -p PrivateTmp=yes -p WatchdogSec=30 \
    /usr/local/bin/touchlined --config /etc/touchline/touchline.yaml
check "the daemon is up" wait_for 30 systemctl is-active -q touchlined
main=$(systemctl show -p MainPID --value touchlined)

python3 /lab/bt_rounds.py "$ROUNDS" "$CONTROL_PORT"
check "all links came, and came back" test $? -eq 0
check "the daemon is the one that was started" test "$(systemctl show -p MainPID --value touchlined)" = "$main"
say "Descriptors of the daemon: $(ls "/proc/$main/fd" | wc -l)"
say "What the daemon said:"
journalctl -u touchlined -o short-monotonic --no-pager | tail -n 120
say "What bluetoothd said:"
journalctl -u bluetooth -o short-monotonic --no-pager | tail -n 40
exit "$failures"

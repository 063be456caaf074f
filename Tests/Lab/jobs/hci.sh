#!/bin/bash
# touchline-hci as its unit runs it, on a real kernel beside a real bluetoothd: 100 broadcasters at 10 Hz, heard by a
# probe that is a daemon's place and by touchlined itself, while discovery, links and the adapter come and go.
# Run it with AIR="--periph hrm:6 --beacons 100 --beacon-interval 100"; FILEs: touchline-hci, touchline-hci.service,
# touchlined.
. /lab/lab-functions

modprobe hci_vhci
systemd-run --quiet --unit lab-controller /lab/hci_bridge 10.0.2.2 "$CONTROLLER_PORT"
check "there is a controller" wait_for 30 test -e /sys/class/bluetooth/hci0
systemctl start bluetooth
check "bluetoothd is up" wait_for 30 eval 'bluetoothctl show 2> /dev/null | grep -q Controller'
bluetoothctl power on > /dev/null
say "bluetoothd $(bluetoothctl --version | tail -n 1), kernel $(uname -r)"

groupadd --system touchline
useradd --system --gid touchline --no-create-home touchline
install -D -m 755 /lab/touchline-hci /usr/libexec/touchline/touchline-hci
install -m 644 /lab/touchline-hci.service /etc/systemd/system/
systemctl daemon-reload
systemctl start touchline-hci
check "the helper is up" systemctl is-active -q touchline-hci
status=/proc/$(systemctl show -p MainPID --value touchline-hci)/status
check "it holds CAP_NET_ADMIN and CAP_NET_RAW, no more" \
    test "$(awk '$1 == "CapEff:" { print $2 }' "$status")" = 0000000000003000
check "nobody else may connect" eval '! setpriv --reuid nobody --regid nogroup --clear-groups \
    python3 /lab/hci_probe.py 1 2> /dev/null'

as_daemon() { setpriv --reuid touchline --regid touchline --clear-groups "$@"; }
# during SECONDS WHAT COMMAND...: what the probe hears while the command runs.
during() {
    local seconds=$1 what=$2 probe
    shift 2
    as_daemon python3 /lab/hci_probe.py "$seconds" > /tmp/probe &
    probe=$!
    sleep 3
    "$@" > /dev/null 2>&1
    wait "$probe"
    check "$what: $(cat /tmp/probe)" awk '{ exit !($5 <= 2) }' /tmp/probe
}
discover() { for _ in 1 2 3; do timeout 8 bluetoothctl --timeout 4 scan on; sleep 3; done; }

as_daemon python3 /lab/hci_probe.py 15 > /tmp/probe
check "undisturbed: $(cat /tmp/probe)" awk '{ exit !($1 >= 850 && $5 <= 1) }' /tmp/probe
during 30 "discovery starts and stops" discover

mkdir -p /etc/touchline
systemctl start mosquitto
cat > /etc/touchline/touchline.yaml <<X
gateway: { id: lab }
clock: { trust: [assume] }
radios:
  ant: { enabled: false }
  bluetooth: { enabled: true, connect: all, broadcast: auto }
mqtt: { brokers: ["mqtt://127.0.0.1"] }
X
mosquitto_sub -t 'touchline/lab/health' > /tmp/health 2>&1 &
run_daemon() {
    systemd-run --quiet --unit touchlined -p Type=notify -p User=touchline -p Group=touchline \
        -p StateDirectory=touchline -p NoNewPrivileges=yes -p CapabilityBoundingSet= \
        /lab/touchlined --config /etc/touchline/touchline.yaml
}
during 45 "six links are made" run_daemon
says() { journalctl -u touchlined --no-pager | grep -q "$1"; }
check "the daemon uses the helper" says "advertisements come through touchline-hci"
during 12 "bluetoothd is killed" systemctl kill -s KILL bluetooth
systemctl kill -s KILL touchline-hci
check "the daemon turns to bluetoothd when the helper is killed" wait_for 5 says "touchline-hci does not run"
sleep 12
check "and back" eval 'journalctl -u touchlined --no-pager | grep advertisements | tail -n 1 | grep -q "through touchline-hci"'
say "Health: $(tail -n 1 /tmp/health | grep -o '"radios":{"names.*"expected":' | head -c 1500)"
journalctl -u touchlined -u touchline-hci -o short-monotonic --no-pager | tail -n 80
exit "$failures"

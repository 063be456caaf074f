#!/bin/bash
# touchlined with two sticks on a real kernel: udev rule, driver, libusb, hotplug, recovery, rows on MQTT.
# The daemon runs as systemd runs it in the field: unprivileged, the key from a credential.
. /lab/lab-functions
ROUNDS=${ROUNDS:-5}

groupadd --system touchline
useradd --system --gid touchline --no-create-home touchline
install -m 644 /lab/*.rules /etc/udev/rules.d/ && udevadm control --reload
install -m 755 /lab/touchlined /usr/local/bin/touchlined
mkdir -p /etc/touchline
echo 544F5543484C494E > /etc/touchline/ant-network-key
chmod 600 /etc/touchline/ant-network-key
cat > /etc/touchline/touchline.yaml <<X
gateway: { id: lab }
clock: { trust: [assume] }
athletes: { auto: true }
radios:
  bluetooth: { enabled: false }
mqtt: { brokers: ["mqtt://127.0.0.1:1883"] }
X
printf 'listener 1883 127.0.0.1\nallow_anonymous true\n' > /run/mosquitto.conf
systemd-run --quiet --unit lab-broker mosquitto -c /run/mosquitto.conf
check "the broker is up" wait_for 20 eval 'mosquitto_pub -h 127.0.0.1 -t lab -m up 2> /dev/null'
mosquitto_sub -h 127.0.0.1 -t 'touchline/lab/#' -F '%U %t %p' > /run/heard &

# The daemon is there before the first stick: sticks are found as they come.
systemd-run --quiet --unit touchlined -p Type=notify -p User=touchline -p Group=touchline \
    -p StateDirectory=touchline -p RuntimeDirectory=touchline -p NoNewPrivileges=yes -p CapabilityBoundingSet= \
    -p ProtectSystem=strict -p PrivateTmp=yes -p WatchdogSec=30 \
    -p LoadCredential=ant-network-key:/etc/touchline/ant-network-key \
    /usr/local/bin/touchlined --config /etc/touchline/touchline.yaml
check "the daemon is up" wait_for 30 systemctl is-active -q touchlined
main=$(systemctl show -p MainPID --value touchlined)

modprobe vhci-hcd
python3 /lab/ant_recovery.py "$ROUNDS" "$CONTROL_PORT" "$USBIP_PORT"
check "every recovery came in time" test $? -eq 0

say "The nodes, and who has the interfaces:"
ls -l /dev/bus/usb/*/* | grep touchline
for device in /sys/bus/usb/devices/*; do
    [ "$(cat "$device/idVendor" 2> /dev/null)" = 0fcf ] || continue
    name=$(basename "$device")
    echo "$name: $(cat "$device/product"), driver $(basename "$(readlink "$device/$name:1.0/driver")"), power" \
        "$(cat "$device/power/control")"
done
check "the daemon is the one that was started" test "$(systemctl show -p MainPID --value touchlined)" = "$main"
check "sensors of the squad have rows on MQTT" python3 /lab/ant_rows.py /run/heard 22
say "What the daemon said:"
journalctl -u touchlined -o short-monotonic --no-pager | tail -n 150
say "What the kernel said:"
dmesg | grep -i -E 'usb|vhci' | tail -n 100
exit "$failures"

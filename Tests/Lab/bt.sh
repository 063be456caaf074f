#!/bin/bash
# One run of the Bluetooth lab: emulated sensors on this machine, the guest, and a job in it. Exits with the job's
# status.
#   bt.sh JOB [FILE...]   JOB is in jobs/; the guest finds it and the FILEs in /lab
# Environment: LAB (.build/lab), PYTHON (one that has Bumble), AIR (arguments of bt_air.py), ROUNDS (of each fault,
# 5), and what vm.sh takes.
# Traffic stays on the loopback: the guest reaches its controller and the control port at 10.0.2.2.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export LAB=${LAB:-.build/lab} PATIENCE=${PATIENCE:-1800}
PYTHON=${PYTHON:-.build/venv/bin/python}
AIR=${AIR:---periph hrm:40 --rate 4}
job=${1:?a job}
shift
begin=$(date +%s.%N)

[ "$LAB/hci_bridge" -nt "$here/guest/hci_bridge.c" ] || cc -O2 -static -o "$LAB/hci_bridge" "$here/guest/hci_bridge.c"
folder=$(mktemp -d "$LAB/run.XXXXXX")
chmod 755 "$folder"
air=""
trap '[ -z "$air" ] || kill "$air"; rm -rf "$folder"' EXIT
cp "$here"/jobs/* "$here"/guest/lab-functions "$LAB/hci_bridge" "$folder"
[ $# -eq 0 ] || cp -r "$@" "$folder"

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
controller=$(free_port)
control=$(free_port)
printf 'CONTROLLER_PORT=%s\nCONTROL_PORT=%s\nROUNDS=%s\n' "$controller" "$control" "${ROUNDS:-5}" > "$folder/lab-ports"
# shellcheck disable=SC2086
"$PYTHON" "$here/bt_air.py" --hci "tcp-server:127.0.0.1:$controller" --control "127.0.0.1:$control" $AIR \
    > "$folder/air.log" 2>&1 &
air=$!
for _ in $(seq 300); do
    grep -q ready "$folder/air.log" && break
    kill -0 "$air" 2> /dev/null || { air=""; cat "$folder/air.log"; exit 1; }
    sleep 0.1
done

status=0
"$here/vm.sh" "$job" "$folder" || status=$?
echo "What the emulator said:"
tail -n 20 "$folder/air.log"
echo "The lab took $(awk -v begin="$begin" -v end="$(date +%s.%N)" 'BEGIN { printf "%.0f", end - begin }') s."
exit "$status"

#!/bin/bash
# One run of the lab: emulated sticks on this machine, the guest, and a job in it. Exits with the job's status.
#   lab.sh JOB [FILE...]   JOB is in jobs/; the guest finds it and the FILEs in /lab
# Environment: LAB (.build/lab), ANTSTICK (.build/release/touchline-antstick), STICKS (its arguments), and what
# vm.sh takes. Traffic stays on the loopback: the guest reaches the sticks at 10.0.2.2.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export LAB=${LAB:-.build/lab}
ANTSTICK=${ANTSTICK:-.build/release/touchline-antstick}
STICKS=${STICKS:---stick 1009:1001 --stick 1008:1002 --sensors 22 --weather none}
job=${1:?a job}
shift
begin=$(date +%s.%N)

folder=$(mktemp -d "$LAB/run.XXXXXX")
chmod 755 "$folder"
server=""
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cp "$here"/jobs/* "$here"/guest/lab-functions "$folder"
[ $# -eq 0 ] || cp -r "$@" "$folder"

: > "$folder/sticks"
# shellcheck disable=SC2086
"$ANTSTICK" --listen 127.0.0.1:0 --control 127.0.0.1:0 $STICKS > "$folder/sticks" &
server=$!
for _ in $(seq 100); do
    grep -q "control at port" "$folder/sticks" && break
    kill -0 "$server" 2> /dev/null || { server=""; cat "$folder/sticks"; exit 1; }
    sleep 0.1
done
sed -n 's/^serving .* at port /USBIP_PORT=/p; s/^control at port /CONTROL_PORT=/p' "$folder/sticks" >> "$folder/lab-ports"

status=0
"$here/vm.sh" "$job" "$folder" || status=$?
echo "The lab took $(awk -v begin="$begin" -v end="$(date +%s.%N)" 'BEGIN { printf "%.0f", end - begin }') s."
exit "$status"

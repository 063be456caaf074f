#!/bin/bash
# Boots the guest of the lab under qemu.
#   vm.sh JOB FOLDER   runs FOLDER/JOB in it as root, powers off, prints what the job said, exits with its status
#   vm.sh console      gives its serial console (Ctrl-A X ends it)
# Environment: LAB (.build/lab), ACCELERATOR (tcg,thread=multi,tb-size=512), CPU, MEMORY (MiB), CORES,
# PATIENCE (seconds until a job is given up, 900).
set -euo pipefail
LAB=${LAB:-.build/lab}
PATIENCE=${PATIENCE:-900}
job=${1:?a job, or console}
folder=${2:-$LAB/console}
mkdir -p "$folder"

line="console=ttyS0,115200 quiet loglevel=4 mitigations=off nokaslr audit=0 no_timer_check tsc=reliable"
line+=" random.trust_cpu=on systemd.show_status=0 panic=-1 cgroup_disable=memory rcupdate.rcu_expedited=1"
[ "$job" = console ] || line+=" lab.job=$job"

machine=(-name lab -accel "${ACCELERATOR:-tcg,thread=multi,tb-size=512}" -M q35 -cpu "${CPU:-Westmere}"
    -smp "${CORES:-2}" -m "${MEMORY:-768}" -nodefaults -no-user-config -no-reboot -display none -rtc base=utc
    -kernel "$LAB/vmlinux" -initrd "$LAB/initramfs.zst" -append "$line"
    -drive file="$LAB/root.img",if=none,id=disk,format=raw,snapshot=on,cache=unsafe -device virtio-blk-pci,drive=disk
    -netdev user,id=net -device virtio-net-pci,netdev=net,romfile= -device virtio-rng-pci
    -fsdev local,id=share,path="$folder",security_model=none,multidevs=remap
    -device virtio-9p-pci,fsdev=share,mount_tag=lab)

if [ "$job" = console ]; then
    exec qemu-system-x86_64 "${machine[@]}" -serial mon:stdio
fi
timeout "$PATIENCE" qemu-system-x86_64 "${machine[@]}" -serial file:"$LAB/console.log" || true
[ ! -e "$folder/$job.log" ] || cat "$folder/$job.log"
if [ ! -e "$folder/$job.status" ]; then
    echo "The job did not finish within $PATIENCE s; $LAB/console.log may say why." >&2
    exit 125
fi
exit "$(cat "$folder/$job.status")"

#!/bin/bash
# Builds the guest of the lab: a Debian root image, its kernel and a small initramfs, in $LAB (.build/lab).
# It is the release of this machine, so that what was built here runs there. Needs root; takes 2 to 4 minutes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
LAB=${LAB:-.build/lab}
SUITE=${SUITE:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
# Where this machine's apt gets Debian from.
MIRROR=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' \
    'ShortDesc: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)}
mkdir -p "$LAB"
cd "$LAB"
work=$(mktemp -d "$PWD/guest.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root

packages=systemd,systemd-sysv,dbus,udev,kmod,usbutils,usbip,iproute2,procps,busybox-static,socat,python3,python3-usb
packages+=,mosquitto,mosquitto-clients,strace,linux-image-amd64,bluez
# What touchlined links.
packages+=,libusb-1.0-0,libmosquitto1,libsqlite3-0,libsystemd0,libyaml-0-2,libzstd1,libbluetooth3,zlib1g

mmdebstrap --mode=root --variant=minbase --include="$packages" \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --aptopt='Acquire::Languages "none"' \
    "$SUITE" "$root" "$MIRROR"

version=$(basename "$root"/lib/modules/*)
cp "$root/boot/vmlinuz-$version" vmlinuz
python3 "$here/vmlinux_extract.py" vmlinuz vmlinux

# Only the modules that the lab uses: the rest is most of the image.
depends() { chroot "$root" modprobe -a -S "$version" --show-depends "$@" | awk '$1 == "insmod" { print $2 }' | sort -u; }
boot="virtio_pci virtio_blk ext4 virtio_net 9pnet_virtio 9p virtio-rng"
used="vhci-hcd usb-serial-simple cp210x usbserial xhci-hcd af_packet ipv6 unix"
# A virtual controller, and the ciphers that the kernel's security manager asks for.
used+=" hci_vhci cmac ecb ecdh_generic algif_hash algif_skcipher"
for name in $boot $used; do depends "$name" >> "$work/kept" || true; done
mkdir -p "$work/modules"
sort -u "$work/kept" | while read -r file; do cp "$root$file" "$work/modules/"; done
find "$root/lib/modules/$version/kernel" -name '*.ko*' > "$work/all"
while read -r file; do
    [ -e "$work/modules/$(basename "$file")" ] || rm -f "$file"
done < "$work/all"
chroot "$root" depmod "$version"
rm -rf "$root"/boot/* "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*

echo lab > "$root/etc/hostname"
echo '127.0.0.1 localhost lab' > "$root/etc/hosts"
echo '/dev/vda / ext4 rw,noatime 0 0' > "$root/etc/fstab"
echo 11112222333344445555666677778888 > "$root/etc/machine-id"
mkdir -p "$root/lab" "$root"/etc/systemd/{network,journald.conf.d,system.conf.d,system/serial-getty@ttyS0.service.d}
printf '[Match]\nName=e*\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n' > "$root/etc/systemd/network/10-lab.network"
printf '[Journal]\nStorage=volatile\nRateLimitBurst=0\n' > "$root/etc/systemd/journald.conf.d/lab.conf"
printf '[Manager]\nDefaultTimeoutStartSec=180s\nDefaultDeviceTimeoutSec=180s\n' > "$root/etc/systemd/system.conf.d/lab.conf"
printf '[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root --keep-baud 115200 %%I vt220\n' \
    > "$root/etc/systemd/system/serial-getty@ttyS0.service.d/lab.conf"
chroot "$root" passwd -d root > /dev/null
install -m 755 "$here/guest/lab-job" "$root/usr/local/sbin/lab-job"
install -m 644 "$here/guest/lab-job.service" "$root/etc/systemd/system/lab-job.service"
for unit in systemd-timesyncd apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap fstrim.timer systemd-pstore mosquitto; do
    chroot "$root" systemctl disable "$unit" > /dev/null 2>&1 || true
done
chroot "$root" systemctl mask getty@tty1.service systemd-machine-id-commit.service > /dev/null 2>&1
chroot "$root" systemctl enable lab-job.service systemd-networkd.service > /dev/null 2>&1
# Compiled once here: the guest would do it at each boot, slowly.
chroot "$root" python3 -m compileall -q /usr/lib/python3 > /dev/null 2>&1 || true

# An initramfs that loads what it takes to mount the image.
mkdir -p "$work"/initramfs/{bin,dev,proc,sys,mnt,modules}
cp "$root/bin/busybox" "$work/initramfs/bin/"
order=""
for name in $boot; do
    for file in $(chroot "$root" modprobe -S "$version" --show-depends "$name" | awk '$1 == "insmod" { print $2 }'); do
        file=$(basename "$file")
        case " $order " in *" $file "*) ;; *) order+=" $file"; cp "$work/modules/$file" "$work/initramfs/modules/" ;; esac
    done
done
cat > "$work/initramfs/init" <<X
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
for file in $order; do /bin/busybox insmod /modules/\$file; done
n=0; while [ ! -e /dev/vda ] && [ \$n -lt 100 ]; do /bin/busybox sleep 0.1; n=\$((n + 1)); done
/bin/busybox mount -t ext4 -o rw,noatime /dev/vda /mnt || exec /bin/busybox sh
/bin/busybox mount --move /dev /mnt/dev
/bin/busybox umount /proc
/bin/busybox umount /sys
exec /bin/busybox switch_root /mnt /lib/systemd/systemd
X
chmod 755 "$work/initramfs/init"
(cd "$work/initramfs" && find . | cpio -o -H newc --quiet | zstd -q -3) > initramfs.zst

rm -f root.img
mke2fs -q -t ext4 -O ^has_journal -E root_owner=0:0 -d "$root" root.img 1000M
chmod 644 vmlinuz vmlinux initramfs.zst root.img
du -sh "$root"
touch ready

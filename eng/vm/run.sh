#!/bin/sh
# Runs a program in a small virtual machine with pure cgroup version 2, on a kernel of Debian's.
#
#   eng/vm/run.sh DIRECTORY [KERNEL_PACKAGE]
#   eng/vm/run.sh --prepare [KERNEL_PACKAGE]     fetches and makes what it needs, and starts nothing
#
# DIRECTORY becomes the machine's second disk, at /suite; its program "run" is started there as root, and what that leaves in /suite/out is
# in DIRECTORY/out afterwards. The machine's console is in DIRECTORY/console. VM_TIME=SECONDS is the longest it may take (3600).
# Exit codes: 0 the machine came to its end, 1 it did not (what it left so far is there all the same), 3 it could not be started.
# The machine is emulated where KVM does not work. Kernel and userland are kept in artifacts/vm: remove it to begin anew.
set -eu
. "$(dirname "$0")/common.sh"

[ $# -ge 1 ] || fail "usage: eng/vm/run.sh DIRECTORY|--prepare [KERNEL_PACKAGE]"
directory=$1
[ "$(id -u)" = 0 ] || fail "must be run as root (debootstrap makes device files)"
need qemu-system-x86_64:qemu-system-x86 mke2fs:e2fsprogs debugfs:e2fsprogs
root=$("$here/root.sh")
kernel=$("$here/kernel.sh" "${2:-linux-image-cloud-amd64}")
[ "$directory" != --prepare ] || exit 0

disk=$directory.img
rm -rf "$directory/out" "$directory/console" "$disk"
mkdir "$directory/out"
mke2fs -q -t ext4 -d "$directory" "$disk" 1G >"$directory.log" || fail "the disk image could not be made"

# A device alone is no virtualisation: it must be the processor's.
accelerator="-accel tcg,thread=multi,tb-size=512"
if [ -w /dev/kvm ] && grep -q -w -e vmx -e svm /proc/cpuinfo; then accelerator="-accel kvm"; fi

# Disks are NVMe because these kernels have that built in: no initramfs is needed. The clock is the processor's: every other one leaves
# the emulation each time it is read. Neither disk outlives the machine, so nothing need reach the host's disk.
status=0
timeout "${VM_TIME:-3600}" nice -n 5 qemu-system-x86_64 -machine q35 $accelerator -cpu max -smp 2 -m 3G \
    -no-reboot -display none -monitor none -nic none -serial "file:$directory/console" \
    -kernel "$kernel" -append "root=/dev/nvme0n1 rw init=/sbin/machine-init console=ttyS0 panic=-1 quiet tsc=reliable clocksource=tsc" \
    -drive "file=$root,if=none,id=root,format=raw,snapshot=on,cache=unsafe" -drive "file=$disk,if=none,id=suite,format=raw,cache=unsafe" \
    -device nvme,id=nvme0,serial=1 -device nvme-ns,drive=root,bus=nvme0,nsid=1 -device nvme-ns,drive=suite,bus=nvme0,nsid=2 \
    </dev/null >"$directory/qemu.log" 2>&1 || status=1
rmdir "$directory/out"
debugfs -R "rdump out $directory" "$disk" >>"$directory/qemu.log" 2>&1 || status=1
rm -f "$disk"
exit $status

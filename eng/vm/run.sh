#!/bin/sh
# Tries the local engine on pure cgroup v2: boots a small virtual machine for each kernel and runs scenarios.py in it.
#
#   eng/vm/run.sh [KERNEL_PACKAGE...]      as root, on Debian 12 or later for x64
#
# Prints a line for each check, "ok" or "FAILED", and ends with 1 when one failed or a machine did not come to its end.
# Without arguments it takes the distribution's cloud kernel and, where there is one, that of 6.12, the first which can set memory.peak back.
# Installs qemu-system-x86, debootstrap and e2fsprogs when they are missing, and needs the .NET SDK. Kernels and the machine's root are
# kept in artifacts/vm (remove it to begin anew), with a log of each console. The machine is emulated, so this works where KVM does not;
# it takes ten minutes and more for each kernel. SCENARIOS=service,session chooses among those at the end of scenarios.py.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
work=$top/artifacts/vm
root=$work/root
suite=bookworm
mirror=http://deb.debian.org/debian

fail() {
    echo "run.sh: $1" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || fail "must be run as root (debootstrap makes device files)"
command -v apt-get >/dev/null || fail "needs Debian: its packages are what the machine is made of"
command -v dotnet >/dev/null || fail "there is no dotnet on the PATH: install the .NET 10 SDK"
mkdir -p "$work"

# apt-get update goes first only when something is to be fetched: a second run needs no network.
updated=
update() {
    [ -n "$updated" ] || apt-get update -qq
    updated=1
}

for tool in qemu-system-x86_64:qemu-system-x86 debootstrap:debootstrap mke2fs:e2fsprogs; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${tool%%:*}" >/dev/null && continue
    update
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${tool##*:}" >"$work/install.log" 2>&1 || fail "apt-get install ${tool##*:} failed: see $work/install.log"
done

# Unpacks a kernel package, or what a metapackage depends on, once; prints the kernel's path.
kernel_of() {
    place=$work/kernels/$1
    if ! ls "$place"/boot/vmlinuz-* >/dev/null 2>&1; then
        update >&2
        package=$(apt-cache depends --important "$1" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1)
        rm -rf "$place"
        mkdir -p "$place"
        (cd "$place" && apt-get download -qq -o APT::Sandbox::User=root "${package:-$1}" && dpkg -x ./*.deb . && rm -f ./*.deb) >&2 || fail "the kernel package $1 cannot be fetched"
    fi
    ls "$place"/boot/vmlinuz-*
}

if [ ! -e "$root.done" ]; then
    rm -rf "$root"
    debootstrap --variant=minbase --include=python3,procps,util-linux "$suite" "$root" "$mirror" >"$work/debootstrap.log" 2>&1 || fail "debootstrap failed: see $work/debootstrap.log"
    : >"$root.done"
fi

# Self-contained, so that the machine needs no dotnet; compiled ahead, because the machine is slow.
rm -rf "$root/opt/sandbox" "$root/opt/vm"
dotnet publish "$top/src/SandboxApi.Cli" -c Release -r linux-x64 --self-contained -p:PublishReadyToRun=true -o "$root/opt/sandbox" -v q -nologo >"$work/publish.log" 2>&1 || fail "publishing the command line failed: see $work/publish.log"
mkdir -p "$root/opt/vm"
cp "$here/init.sh" "$here/scenarios.py" "$root/opt/vm/"

if [ $# = 0 ]; then
    set -- linux-image-cloud-amd64
    apt-cache show linux-image-6.12-cloud-amd64 >/dev/null 2>&1 && set -- "$@" linux-image-6.12-cloud-amd64
fi

status=0
for package in "$@"; do
    kernel=$(kernel_of "$package")
    echo "== ${kernel##*/vmlinuz-}"
    log=$work/$package
    disk=$work/disk.img
    rm -f "$disk" "$log.results" "$log.console"
    PATH=$PATH:/usr/sbin:/sbin mke2fs -q -t ext4 -d "$root" "$disk" 3G
    # The disk is NVMe because these kernels have that built in: no initramfs is needed. The second serial port carries the results.
    timeout 7200 qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 2G -no-reboot -display none -monitor none -nic none \
        -kernel "$kernel" -append "root=/dev/nvme0n1 rw init=/opt/vm/init.sh console=ttyS0 panic=-1 quiet${SCENARIOS:+ scenarios=$SCENARIOS}" \
        -drive "file=$disk,if=none,id=disk,format=raw,cache=unsafe" -device nvme,drive=disk,serial=1 \
        -serial "file:$log.console" -serial stdio </dev/null | tee "$log.results" || true
    rm -f "$disk"
    if grep -q '^FAILED' "$log.results"; then status=1; fi
    if ! grep -q '^end' "$log.results"; then
        echo "FAILED the machine did not come to its end: see $log.console"
        status=1
    fi
done
exit $status

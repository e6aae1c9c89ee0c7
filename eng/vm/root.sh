#!/bin/sh
# Makes what the virtual machine boots: a Debian userland as a disk image. Prints the image's path; made once and kept in artifacts/vm.
#
#   eng/vm/root.sh
set -eu
. "$(dirname "$0")/common.sh"

# What attacks are written in, and what a look at processes takes.
packages=gcc,libc6-dev,nodejs,perl,procps,python3-minimal,libpython3-stdlib
image=$work/root-$(printf '%s\n' "$suite" "$packages" | cat - "$here/init.sh" "$here/root.sh" | sha256sum | cut -c 1-12).img
if [ -e "$image" ]; then
    echo "$image"
    exit
fi

need debootstrap:debootstrap mke2fs:e2fsprogs
userland=$work/userland-$(printf '%s\n' "$suite" "$packages" | sha256sum | cut -c 1-12)
if [ ! -e "$userland.done" ]; then
    say "making a Debian userland (once)..."
    rm -rf "$work"/userland-*
    debootstrap --variant=minbase --include="$packages" "$suite" "$userland" "$(mirror)" >"$work/debootstrap.log" 2>&1 || fail "debootstrap failed: see $work/debootstrap.log"
    chroot "$userland" useradd --create-home --uid 1000 --shell /bin/bash visitor
    # Nobody installs anything in the machine: what only installing needs makes the image larger.
    rm -rf "$userland"/var/cache/apt/* "$userland"/var/lib/apt/lists/* "$userland"/usr/share/doc "$userland"/usr/share/man "$userland"/usr/share/locale
    : >"$userland.done"
fi

install -m 755 "$here/init.sh" "$userland/sbin/machine-init"
mkdir -p "$userland/suite"
rm -f "$work"/root-*.img
mke2fs -q -t ext4 -d "$userland" "$image.new" 2G >"$work/image.log" || fail "the disk image could not be made"
mv "$image.new" "$image"
echo "$image"

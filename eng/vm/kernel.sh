#!/bin/sh
# Fetches a kernel of Debian's, once, and prints its path.
#
#   eng/vm/kernel.sh [PACKAGE]      linux-image-cloud-amd64 by default
set -eu
. "$(dirname "$0")/common.sh"

wanted=${1:-linux-image-cloud-amd64}
place=$work/kernels/$wanted
if ! ls "$place"/boot/vmlinuz-* >/dev/null 2>&1; then
    command -v apt-get >/dev/null || fail "kernels are fetched with apt-get, which is not here"
    update
    # The package is a name for the newest version.
    package=$(apt-cache depends --important "$wanted" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1)
    rm -rf "$place"
    mkdir -p "$place"
    (cd "$place" && apt-get download -qq -o APT::Sandbox::User=root "${package:-$wanted}" && dpkg -x ./*.deb . && rm -f ./*.deb) >&2 || fail "the kernel package $wanted cannot be fetched"
fi
ls "$place"/boot/vmlinuz-*

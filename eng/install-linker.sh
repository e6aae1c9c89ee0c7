#!/bin/sh
# Sees to the linker of the native programs, gcc: installs it when that can be done (root on Debian or Ubuntu), else says in one line what to type.
set -eu

# A gcc that lies where systems keep it serves, on the PATH or not.
PATH=$PATH:/usr/local/bin:/usr/bin:/bin
program=$(mktemp)
trap 'rm -f "$program"' EXIT
have_linker() { echo 'int main(void) { return 0; }' | gcc -x c - -lm -o "$program" >/dev/null 2>&1; }

have_linker && exit 0
install='apt-get update -q && apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 gcc libc6-dev'
if ! command -v apt-get >/dev/null; then
    echo "error: native programs need gcc as linker, and there is none that works: install gcc and the C library's headers (dnf install gcc glibc-devel, say)" >&2
    exit 1
elif [ "$(id -u)" != 0 ]; then
    echo "error: native programs need gcc as linker, and there is none that works; type: sudo sh -c '$install'" >&2
    exit 1
fi

echo "installing gcc, the linker of native programs: $install" >&2
if ! log=$(DEBIAN_FRONTEND=noninteractive sh -c "$install" 2>&1); then
    echo "$log" | tail -n 20 >&2
    echo "error: native programs need gcc as linker, and installing it failed; when what is said above is mended, type: $install" >&2
    exit 1
fi
have_linker || { echo "error: native programs need gcc as linker; gcc and libc6-dev are installed, and yet gcc cannot link an empty program" >&2; exit 1; }

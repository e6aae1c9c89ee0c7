#!/bin/sh
# The suite in a virtual machine with cgroup version 2: as root, and as an ordinary user with a delegated cgroup.
#
#   eng/security/v2.sh [KIND...]     v2-root v2-user by default; hybrid-root and undelegated can be had there too
#
# KERNEL=linux-image-6.12-cloud-amd64 takes another kernel of Debian's. VM_TIME is the longest it may take, in seconds; SUITE_ARGUMENTS are the runner's.
set -eu
. "$(dirname "$0")/common.sh"

[ $# -gt 0 ] || set -- v2-root v2-user
publish "$@"

machine=$top/artifacts/security/machine
rm -rf "$machine"
mkdir -p "$machine"
cp -r "$suite" "$machine/suite"
# An emulated processor is some twelve times slower; how much waiting that is, the tests know.
{
    echo "kinds='$*'"
    echo "arguments='${SUITE_ARGUMENTS:-}'"
    echo "export TEST_SLOWNESS=${TEST_SLOWNESS:-12}"
} >"$machine/settings"
cp "$here/run-suite.sh" "$machine/"
install -m 755 "$here/in-machine.sh" "$machine/run"

say "starting the virtual machine for $*..."
code=0
"$top/eng/vm/run.sh" "$machine" ${KERNEL:+"$KERNEL"} || code=$?
[ $code != 3 ] || absent "$@" -- "the virtual machine could not be started"
forget "$@"
for kind in "$@"; do
    cp "$machine/out/$kind".* "$reports/" 2>/dev/null || true
    if [ ! -s "$reports/$kind.xml" ]; then
        echo "the virtual machine did not come to its end in time: its console is in artifacts/security/machine/console" >"$reports/$kind.absent"
        code=1
    fi
    summary "$kind"
done
exit $code

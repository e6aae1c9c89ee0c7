#!/bin/sh
# The suite in virtual machines with cgroup version 2: as root, and as an ordinary user with a delegated cgroup. Each kind has a machine, at one time.
#
#   eng/security/v2.sh [KIND...]     v2-root v2-user by default; undelegated can be had there too
#
# KERNEL=linux-image-6.12-cloud-amd64 takes another kernel of Debian's, VM_TIME=SECONDS is the longest each machine may take, and
# SUITE_ARGUMENTS are the runner's. SUITE_AGAIN=1 carries out again what failed: KIND.again.xml.
set -eu
. "$(dirname "$0")/common.sh"

[ $# -gt 0 ] || set -- v2-root v2-user
publish "$@"
forget "$@"
# Fetched and made once, before the machines start side by side.
"$top/eng/vm/run.sh" --prepare ${KERNEL:+"$KERNEL"} || absent "$@" -- "the virtual machine cannot be made here"

run() {
    machine=$top/artifacts/security/machine-$1
    rm -rf "$machine"
    mkdir -p "$machine"
    cp -r "$suite" "$machine/suite"
    # An emulated processor is some twelve times slower; most of a test is waiting, so that half of it is enough.
    {
        echo "kind=$1"
        echo "arguments='${SUITE_ARGUMENTS:-}'"
        echo "again=${SUITE_AGAIN:-}"
        echo "export TEST_SLOWNESS=${TEST_SLOWNESS:-6}"
    } >"$machine/settings"
    cp "$here/run-suite.sh" "$machine/"
    install -m 755 "$here/in-machine.sh" "$machine/run"

    code=0
    "$top/eng/vm/run.sh" "$machine" ${KERNEL:+"$KERNEL"} || code=$?
    cp "$machine/out/$1".* "$reports/" 2>/dev/null || true
    if [ ! -s "$reports/$1.xml" ]; then
        [ $code != 3 ] || absent "$1" -- "the virtual machine could not be started"
        absent "$1" -- "the virtual machine did not come to its end in time: its console is in artifacts/security/machine-$1/console"
    fi
    rm -rf "$machine/suite"
    summary "$1"
}

say "starting virtual machines for $*..."
machines=
for kind in "$@"; do
    (run "$kind") &
    machines="$machines $!"
done
code=0
for machine in $machines; do wait "$machine" || code=$?; done
exit $code

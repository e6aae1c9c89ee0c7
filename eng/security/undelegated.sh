#!/bin/sh
# The suite on this machine, as an ordinary user who has no cgroup; started as root, which becomes one.
#
#   eng/security/undelegated.sh [RUNNER_ARGUMENT...]
set -eu
. "$(dirname "$0")/common.sh"

[ "$(id -u)" = 0 ] || absent undelegated -- "it must be started as root, to become a user who surely has no cgroup"
command -v setpriv >/dev/null || absent undelegated -- "there is no setpriv: install util-linux"
publish undelegated

# A user of nobody's, and places of his own that are gone with him. He cannot look into the repository, which may lie in somebody's home.
uid=64321
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
chmod 755 "$home"
cp -r "$suite" "$home/suite"
chmod -R go+rX "$home/suite"
install -d -o "$uid" -g "$uid" -m 700 "$home/home" "$home/tmp" "$home/reports"

code=0
env -i PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 HOME="$home/home" TMPDIR="$home/tmp" \
    TEST_SLOWNESS="${TEST_SLOWNESS:-1}" TEST_WAIVE=memory,processes,cpu,cpu-time \
    setpriv --reuid "$uid" --regid "$uid" --clear-groups "$here/run-suite.sh" undelegated "$home/suite" "$home/reports" "$@" || code=$?
forget undelegated
cp "$home"/reports/undelegated.* "$reports/"
summary undelegated
exit $code

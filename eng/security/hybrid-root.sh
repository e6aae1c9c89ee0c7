#!/bin/sh
# The suite on this machine, as root, where memory and processes are limited by cgroup version 1.
#
#   eng/security/hybrid-root.sh [RUNNER_ARGUMENT...]
set -eu
. "$(dirname "$0")/common.sh"

[ "$(id -u)" = 0 ] || absent hybrid-root -- "it must be started as root"
grep -q -E '^[0-9]+:([^:]*,)?memory(,[^:]*)?:' /proc/self/cgroup ||
    absent hybrid-root -- "the memory controller of this machine is not in cgroup version 1 (boot it with systemd.unified_cgroup_hierarchy=0)"
publish hybrid-root
forget hybrid-root
code=0
"$here/run-suite.sh" hybrid-root "$suite" "$reports" "$@" || code=$?
summary hybrid-root
exit $code

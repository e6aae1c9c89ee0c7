#!/bin/sh
# What continuous integration runs of the suite beside `dotnet test`: the kinds of host other than the machine itself, without tests marked
# Slow, and within a time. What cannot be run here, or not in time, is told; the proof for a release is all.sh.
#
#   eng/security/ci.sh
#
# Always ends with 0: the results are the reports.
set -eu
. "$(dirname "$0")/common.sh"

forget undelegated v2-root v2-user
publish undelegated v2-root v2-user
export SECURITY_SUITE=published
"$here/undelegated.sh" -trait- Slow=true || true
VM_TIME=${VM_TIME:-1080} SUITE_ARGUMENTS="-trait- Slow=true" SUITE_AGAIN=1 "$here/v2.sh" || true

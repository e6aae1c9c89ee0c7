#!/bin/sh
# The security suite on every kind of host that a release is tested on; then the matrix, on the terminal and in docs/security-matrix.md.
#
#   eng/security/all.sh      as root, on Debian or Ubuntu for x64 with the .NET SDK
#
# Ends with 1 when anything is open. What could not be run here is open too.
set -eu
. "$(dirname "$0")/common.sh"

forget hybrid-root v2-root v2-user undelegated
publish hybrid-root v2-root v2-user undelegated
export SECURITY_SUITE=published
# Their exit codes are in the reports: a kind that failed or was not run does not keep the others from running.
"$here/hybrid-root.sh" || true
"$here/undelegated.sh" || true
"$here/v2.sh" || true
"$suite/SandboxApi.SecurityTests" matrix "$reports" --output "$top/docs/security-matrix.md"

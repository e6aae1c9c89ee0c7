#!/bin/sh
# The security suite on this host as it is, as who one is; then the matrix of this host alone, on the terminal.
#
#   eng/security/here.sh [RUNNER_ARGUMENT...]
#
# TEST_WAIVE=memory,processes waives what the host cannot give, by name. Ends with 1 when anything is open.
set -eu
. "$(dirname "$0")/common.sh"

publish here
exec "$suite/SandboxApi.SecurityTests" here "$@"

#!/bin/sh
# Becomes the published suite, on this machine and as who one is, and leaves DIRECTORY/KIND.xml, the runner's report, and KIND.log.
#
#   run-suite.sh KIND SUITE DIRECTORY [RUNNER_ARGUMENT...]
#
# Of a KIND.again the reports bear the whole name.
# TEST_SLOWNESS and TEST_WAIVE are the tests' own.
set -u
kind=$1
suite=$2
reports=$3
shift 3
# What an operator has set for his own sandboxes is not what the tests are about.
for variable in $(env | sed -n 's/^\(SANDBOX_[A-Z_]*\)=.*$/\1/p'); do unset "$variable"; done
export TEST_KIND="${kind%.again}"
# No shell stays behind: in cgroup version 2 a program must be alone to give controllers to its sandboxes.
exec "$suite/SandboxApi.SecurityTests" -noLogo -noColor -reporter verbose -result-xml "$reports/$kind.xml" "$@" >"$reports/$kind.log" 2>&1 </dev/null

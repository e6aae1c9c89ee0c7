#!/bin/bash
# Runs in the virtual machine, as root in the root cgroup of version 2: starts the suite for each kind in a cgroup such as that kind has.
. /suite/settings
tree=/sys/fs/cgroup
visitor=(setpriv --reuid 1000 --regid 1000 --clear-groups env HOME=/home/visitor TMPDIR=/home/visitor/tmp)
# Threads that wait by turning in a circle, and code that counts how often it runs, cost an emulated processor more than they save.
export DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=0 DOTNET_TieredPGO=0
controllers="+cpu +cpuset +io +memory +pids"

# A cgroup of that path whose controllers are on.
make() {
    local place=$tree part
    for part in ${1//\// }; do
        echo "$controllers" >"$place/cgroup.subtree_control"
        place=$place/$part
        mkdir -p "$place"
    done
}

# enter CGROUP COMMAND...: alone in the cgroup, as a service manager starts programs.
enter() {
    sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$tree/$1" "${@:2}"
}

# Should the machine be ended from outside, what it wrote is on the disk.
(while sleep 10; do sync; done) &

install -d -o 1000 -g 1000 /home/visitor/tmp /suite/out/user

# suite NAME RUNNER_ARGUMENT...: the suite where and as whom it is started for this kind.
suite() {
    local run=(/suite/run-suite.sh "$1" /suite/suite)
    case $kind in
        v2-root)
            make "system/$1"
            enter "system/$1" "${run[@]}" /suite/out "${@:2}"
            ;;
        v2-user)
            make "user/$1"
            chown 1000:1000 "$tree/user/$1"{,/cgroup.procs,/cgroup.subtree_control,/cgroup.threads}
            enter "user/$1" "${visitor[@]}" "${run[@]}" /suite/out/user "${@:2}"
            ;;
        undelegated)
            make "user/$1"
            export TEST_WAIVE=memory,processes,cpu,cpu-time
            enter "user/$1" "${visitor[@]}" "${run[@]}" /suite/out/user "${@:2}"
            ;;
    esac
    mv /suite/out/user/* /suite/out/ 2>/dev/null
    sync
}

# shellcheck disable=SC2086 # The arguments are words.
suite "$kind" $arguments

# An emulated machine has hiccups that no test allows for: what failed may be asked to show itself twice.
if [ -n "$again" ] && [ -s "/suite/out/$kind.xml" ]; then
    failed=$(python3 -c '
import sys, xml.etree.ElementTree as xml
tests = xml.parse(sys.argv[1]).iter("test")
print(*sorted({"-method " + t.get("type") + "." + t.get("method") for t in tests if t.get("result") == "Fail"}))' "/suite/out/$kind.xml")
    if [ -n "$failed" ]; then
        export TEST_SLOWNESS=$((TEST_SLOWNESS * 2))
        # shellcheck disable=SC2086
        suite "$kind.again" $failed
    fi
fi

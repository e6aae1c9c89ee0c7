#!/bin/bash
# Runs in the virtual machine, as root in the root cgroup of version 2: starts the suite for each kind in a cgroup such as that kind has.
. /suite/settings
tree=/sys/fs/cgroup
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

visitor=(setpriv --reuid 1000 --regid 1000 --clear-groups env HOME=/home/visitor TMPDIR=/home/visitor/tmp)
# Only what the suite needs of its own is the visitor's.
install -d -o 1000 -g 1000 /home/visitor/tmp /suite/out/user
run=(/suite/run-suite.sh "$kind" /suite/suite)
case $kind in
    v2-root)
        make system/suite.service
        enter system/suite.service "${run[@]}" /suite/out $arguments
        ;;
    v2-user)
        make user/delegated
        chown 1000:1000 "$tree"/user/delegated{,/cgroup.procs,/cgroup.subtree_control,/cgroup.threads}
        enter user/delegated "${visitor[@]}" "${run[@]}" /suite/out/user $arguments
        ;;
    undelegated)
        make user/other
        export TEST_WAIVE=memory,processes,cpu,cpu-time
        enter user/other "${visitor[@]}" "${run[@]}" /suite/out/user $arguments
        ;;
esac
mv /suite/out/user/* /suite/out/ 2>/dev/null

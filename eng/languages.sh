#!/usr/bin/env bash
# The table of measurements in docs/languages.md: each program of languages/list.sh in a sandbox and in a container of Docker with the same limits.
#
#   eng/languages.sh [NAME...]        all languages that are installed, or these
#
# As root, on a host with a Docker engine (DOCKER_HOST says where, if not at its usual place); without one the sandbox alone is measured.
# Both see the host's own /usr and /etc, so the same compilers run. All languages take some 20 minutes. Of the environment:
#   SANDBOX   the native program (artifacts/sandbox/sandbox)
#   PORT      where its server listens (7100)
#   VERBOSE   1 shows each answer on standard error
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sandbox=${SANDBOX:-$here/../artifacts/sandbox/sandbox}
url=http://127.0.0.1:${PORT:-7100}
most=256 # MiB
wanted=("$@")
place=$(mktemp -d)
server=
image=
finish() {
    [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
    [ -z "$image" ] || docker rmi -f "$image" >/dev/null
    rm -rf "$place"
}
trap finish EXIT

"$sandbox" serve --urls "$url" --data-directory "$place/data" --pool-size 1 --run-timeout 5m \
    --memory-limit "${most}MiB" --storage-limit 128MiB --process-limit 256 --cpu-quota 100000 --cpu-period 100000 >"$place/log" 2>&1 &
server=$!
until "$sandbox" exec -q --server "$url" true 2>/dev/null; do
    kill -0 "$server" 2>/dev/null || { cat "$place/log" >&2; exit 1; }
    sleep 0.2
done

# An image of nothing but empty directories: everything in it is the host's.
if docker info >/dev/null 2>&1; then
    mkdir -p "$place"/image/{usr,etc,var/lib,proc,sys,dev,tmp,home}
    for directory in bin sbin lib lib64; do ln -s "usr/$directory" "$place/image/$directory"; done
    chmod 1777 "$place/image/tmp"
    image=$(tar -C "$place/image" -c . | docker import - sandbox-languages)
fi

# in_sandbox MEMORY OPTION... : within so many MiB.
in_sandbox() {
    "$sandbox" exec --server "$url" --server-timeout 0 --memory "$1MiB" -e BUILD="$build" -e RUN="$run" "${@:2}" </dev/null 2>&1
}

# in_docker MEMORY STEP...
in_docker() {
    docker run --rm --network none --memory "$1m" --memory-swap "$1m" --cpus 1 --pids-limit 256 --read-only --user 1000:1000 \
        --tmpfs /tmp:exec,size=128m -v /usr:/usr:ro -v /etc:/etc:ro -v /var/lib:/var/lib:ro -v "$place/home:/home" --workdir /home \
        --env HOME=/home --env LANG=C.UTF-8 --env BUILD="$build" --env RUN="$run" "$image" bash inside.sh "${@:2}" </dev/null 2>&1
}

# passes WHERE MEMORY: whether the program ends well within so many MiB.
passes() {
    local output
    case $1 in
        sandbox) output=$(in_sandbox "$2" -q --environment "$built" 'bash inside.sh memory') || true ;;
        docker) output=$(in_docker "$2" memory) || true ;;
    esac
    [ -z "${VERBOSE:-}" ] || printf '%s %s %s: %s\n' "$name" "$1" "$2" "$output" >&2
    grep -qx 'memory yes' <<<"$output"
}

# least WHERE: the least limit in MiB with which it passes, to 8.
least() {
    local low=8 high=$most middle
    while ((high - low > 8)); do
        middle=$(((low + high) / 16 * 8))
        if passes "$1" "$middle"; then high=$middle; else low=$middle; fi
    done
    echo "$high"
}

# cell STEP: what both said, from their answers in $ours and $theirs.
cell() {
    local here there
    here=$(sed -n "s/^$1 //p" <<<"$ours")
    there=$(sed -n "s/^$1 //p" <<<"$theirs")
    case ${here:-no answer}/${there:-no answer} in
        yes/yes) echo both ;;
        yes/-) echo here ;;
        yes/*) echo "here only ($there)" ;;
        */yes) echo "Docker only ($here)" ;;
        *) echo "neither ($here)" ;;
    esac
}

# language NAME NEEDS BUILD RUN
language() {
    [ ${#wanted[@]} = 0 ] || printf '%s\n' "${wanted[@]}" | grep -qxF -- "$1" || return 0
    command -v "$2" >/dev/null || { echo "$1: $2 is not installed" >&2; return 0; }
    name=$1 build=$3 run=$4
    local ours theirs built peak smallest=- contained=-
    ours=$(in_sandbox "$most" -q --save --dir "$here/languages" 'bash inside.sh build') || true
    built=$(tail -n 1 <<<"$ours")
    # The table that -v adds ends each line with the peak of memory of that command.
    ours=$(in_sandbox "$most" -v --environment "$built" -c '-bash inside.sh hello' -c '-bash inside.sh terminal' -c 'bash inside.sh memory') || true
    peak=$(sed -n 's/^bash inside.sh memory .*  //p' <<<"$ours")
    ! grep -qx 'memory yes' <<<"$ours" || smallest=$(least sandbox)

    theirs=$'hello -\nterminal -\nmemory -'
    if [ -n "$image" ]; then
        rm -rf "$place/home"
        cp -r "$here/languages" "$place/home"
        chown -R 1000:1000 "$place/home"
        theirs=$(in_docker "$most" build hello terminal memory) || true
        ! grep -qx 'memory yes' <<<"$theirs" || contained=$(least docker)
    fi
    [ -z "${VERBOSE:-}" ] || printf '%s\n' "== $1, sandbox" "$ours" "== $1, Docker" "$theirs" >&2
    echo "| $1 | $(cell hello) | $(cell terminal) | $(cell memory) | ${peak:--} | $smallest | $contained |"
}

echo "| language | hello | terminal | near the limit | peak of memory | least limit here, MiB | in Docker, MiB |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
. "$here/languages/list.sh"

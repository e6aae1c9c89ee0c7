# What the scripts of the virtual machine share: places, messages, and packages that are fetched when they are missing.
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
work=$top/artifacts/vm
suite=bookworm
PATH=$PATH:/usr/sbin:/sbin

say() {
    echo "vm: $1" >&2
}

# 3 means: not run, because something is missing that this machine would need for it.
fail() {
    say "$1"
    exit 3
}

# apt-get update goes first only when something is to be fetched: a second run needs no network.
update() {
    [ -n "${updated:-}" ] || apt-get update -qq >&2 || say "apt-get update failed; the lists of packages may be old"
    updated=1
}

# need PROGRAM:PACKAGE...: installs what is missing.
need() {
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null && continue
        [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "there is no ${pair%%:*}: install it (on Debian and Ubuntu: apt-get install ${pair##*:})"
        update
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${pair##*:}" >"$work/install.log" 2>&1 || fail "apt-get install ${pair##*:} failed: see $work/install.log"
    done
}

# Where this machine gets Debian's packages from, so that a mirror near it is used; Debian's own elsewhere.
mirror() {
    found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        sed -n 's/^ *URIs: *\([^ ]*\).*$/\1/p; s/^ *deb  *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\).*$/\2/p' | grep '/debian/*$' | head -n 1)
    echo "${found:-http://deb.debian.org/debian}"
}

mkdir -p "$work"

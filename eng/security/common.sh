# What the scripts of the kinds of host share. Reports lie in artifacts/security/reports: KIND.xml, or KIND.absent with the reason why there is none.
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
suite=$top/artifacts/security/suite
reports=$top/artifacts/security/reports
mkdir -p "$reports"

say() {
    echo "security: $1" >&2
}

# absent KIND... -- REASON: the matrix shows these kinds as open, and why. Ends with 3: not run.
absent() {
    reason=${*##*-- }
    while [ "$1" != -- ]; do
        rm -f "$reports/$1.xml"
        echo "$reason" >"$reports/$1.absent"
        say "$1 is not run: $reason"
        shift
    done
    exit 3
}

# The suite as a directory that runs anywhere: it brings its runtime, compiled ahead because an emulated machine is slow.
# SECURITY_SUITE=published says that it is there already.
publish() {
    [ "${SECURITY_SUITE:-}" = published ] && return
    say "building the suite..."
    log=$top/artifacts/security/publish.log
    rm -rf "$suite"
    # The command line beside it is published by itself too, as it is for its users: a native program.
    for project in tests/SandboxApi.SecurityTests src/SandboxApi.Cli; do
        dotnet publish "$top/$project" -c Release -r linux-x64 --self-contained -p:PublishReadyToRun=true -o "$suite" -v q -nologo >"$log" 2>&1 </dev/null && continue
        sed -n 's/^ *\(.*error .*\)$/\1/p' "$log" | sort -u | head -n 10 >&2
        absent "$@" -- "the suite could not be built"
    done
}

# Nothing is to be taken from an earlier run of these kinds.
forget() {
    for kind in "$@"; do rm -f "$reports/$kind".*; done
}

# The runner's last line, which has the counts. A run that skipped every test has proved nothing, though no test failed: so it looks where no sandbox can be started at all.
summary() {
    counts=$(sed -n 's/^ *SandboxApi.SecurityTests  *Total:/'"$1"': total/p' "$reports/$1.log" 2>/dev/null | tail -n 1)
    printf '%s\n' "$counts"
    printf '%s\n' "$counts" | sed -n 's/.*total \([0-9]*\),.*Skipped: \([0-9]*\),.*/\1 \2/p' | {
        read -r total skipped && [ "$total" = "$skipped" ]
    } || return 0
    say "$1: every test was skipped; $reports/$1.log says why"
    return 1
}

# Runs in the sandbox and in the container alike: steps of a program, each with one line as its answer.
# BUILD builds it. RUN runs it, with what to do as "$1".
#
#   bash inside.sh build|hello|terminal|memory...
answer() {
    if [ "$1" = "$2" ]; then echo "$step yes"; else echo "$step no: $1 $(tail -n 1 err | cut -c 1-100)"; fi
}

for step in "$@"; do
    : >err
    case $step in
    build)
        bash -c "$BUILD" >err 2>&1
        answer "exit code $?" "exit code 0"
        ;;
    hello)
        answer "$(bash -c "$RUN" -- hello 2>err)" "hello 42"
        ;;
    terminal)
        # A terminal of its own: its size is set and read back, and the program says whether it is one.
        answer "$(script -qec "stty rows 40 cols 100 && stty size && bash -c '$RUN' -- terminal" /dev/null 2>err </dev/null | tr -d '\r' | tail -n 2 | xargs)" "40 100 terminal"
        ;;
    memory)
        output=$(timeout -k 1 60 bash -c "$RUN" -- memory 2>err) || output="exit code $?"
        answer "$output" "done"
        ;;
    esac
done

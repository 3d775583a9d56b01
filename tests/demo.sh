#!/bin/sh
# demo.sh - what an instructor sees: sample submissions of each assignment, correct ones and broken ones.
set -u

build=${BUILD:-build}

show() {
    assignment=$1 folder=$2
    shift 2
    printf '\n──── %s: %s\n' "$assignment" "$*"
    printf '     $ %s/ipcgrade grade -a %s %s\n\n' "$build" "$assignment" "$folder"
    "$build/ipcgrade" grade -a "$assignment" "$folder"
    status=$?
    if [ "$status" -ge 2 ]; then
        echo "demo: ipcgrade ended with status $status" >&2
        exit "$status"
    fi
}

show bounded_buffer reference/bounded_buffer "the model solution"
show bounded_buffer fixtures/bounded_buffer/never_removed "works, and leaves its segment and semaphores behind"
show bounded_buffer fixtures/bounded_buffer/spin "right answers, at the cost of a whole core"

show message_queue fixtures/message_queue/correct_cpp "another correct solution, in C++"
show message_queue fixtures/message_queue/msgsz_sizeof_struct "msgsz counts the type as well: a classic"
show message_queue fixtures/message_queue/compile_error "does not compile"

show pipeline reference/pipeline "the model solution"
show pipeline fixtures/pipeline/pipe_end_open "one pipe end too many stays open: the reader waits for ever"
show pipeline fixtures/pipeline/prints_expected "prints the expected text, and does none of the work"

cat <<END

That was: build/ipcgrade grade, for nine sample submissions. Next:
    $build/ipcgrade list                      the assignments
    $build/ipcgrade explain leak-sysv-shm     what a finding means, and its cure
    $build/ipcgrade start pipeline /tmp/lab   what a student begins with
END

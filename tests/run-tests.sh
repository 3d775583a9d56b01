#!/bin/sh
# run-tests.sh PROGRAM... - runs cmocka programs, shows what fails, and counts test functions. A program that
# ends early counts as one failure more. Last comes a test of our own: the host is as it was before.
# Ends with `N passed, N failed`, alone on the last line.
set -u

build=${BUILD:-build}
# ---- what of the host must stay as it is -------------------------------------------------------------

# System V objects (kind, key, id), POSIX ones, and this run's TMPDIR. Of the regions that tests of the probe
# have in /dev/shm only our own, whose names begin as this run's folder does: another suite may be at work.
host_state() {
    for kind in msg shm sem; do
        awk -v kind="$kind" 'NR > 1 { print kind, $1, $2 }' "/proc/sysvipc/$kind"
    done
    ls -A /dev/mqueue 2>/dev/null
    ls -A /dev/shm | grep "^${work##*/}"
    ls -A /dev/shm | grep -v '^ipcgrade-t'
    ls -A "$work/tmp"
}

# Processes that carry this run's mark, or run a program that was built here, other than us.
own_processes() {
    for process in /proc/[0-9]*; do
        pid=${process#/proc/}
        [ "$pid" != "$$" ] || continue
        if tr '\0' '\n' 2>/dev/null <"$process/environ" | grep -qx "IPCGRADE_TESTS=$work"; then
            printf '%s %s\n' "$pid" "$(tr '\0' ' ' 2>/dev/null <"$process/cmdline")"
        fi
    done
}

# ---- one program: prints one piece of text, and leaves `PASSED FAILED` in $work/counts -----------------

count() {
    grep -c "$1" "$work/out.$name"
}

run_program() {
    program=$1 shown=${1#"$build"/tests/}
    name=$(echo "$shown" | tr / .) # of our files about it
    started=$(date +%s)
    env IPCGRADE_TESTS="$work" TMPDIR="$work/tmp" BUILD="$build" CMOCKA_MESSAGE_OUTPUT=TAP \
        "$program" >"$work/out.$name" 2>"$work/err.$name" </dev/null
    status=$?
    skipped=$(count '^not ok [0-9]* # SKIP')
    bad=$(($(count '^not ok [0-9]') - skipped))
    good=$(count '^ok [0-9]')
    planned=$(sed -n 's/^1\.\.\([0-9][0-9]*\)$/\1/p' "$work/out.$name" | awk '{ n += $1 } END { print n + 0 }')
    lost=$((planned - good - bad - skipped))
    # Nothing failed, and yet it says that something did: a crash before the first test, a sanitizer.
    [ "$status" = 0 ] || [ $((bad + lost)) != 0 ] || lost=1
    show_program >"$work/text.$name"
    flock "$work/lock" cat "$work/text.$name"
    echo "$good $((bad + lost))" >"$work/counts.$name"
}

show_program() {
    note=
    [ "$skipped" = 0 ] || note=", $skipped skipped"
    printf '%-28s %3d passed, %d failed%s (%d s)\n' "$shown" "$good" $((bad + lost)) "$note" \
        $(($(date +%s) - started))
    [ $((bad + lost)) != 0 ] || return
    [ "$lost" = 0 ] || echo "  $lost tests lost: the program ended with status $status"
    grep -v '^ok [0-9]\|^1\.\.' "$work/out.$name" | head -n 100 | cut -c -300 | sed 's/^/  /'
    tail -n 50 "$work/err.$name" | cut -c -300 | sed 's/^/  /'
}

if [ "${1-}" = --one ]; then
    work=$2
    run_program "$3"
    exit
fi

# ---- the whole -------------------------------------------------------------------------------------------

work=$(mktemp -d "${TMPDIR:-/tmp}/ipcgrade-tests.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
mkdir -m 1777 "$work/tmp"
chmod 755 "$work" # tests that become `nobody` use it too

host_state >"$work/before"
# As many at once as there are cores: no verdict hangs on how busy the machine is, and so no test either.
printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" sh "$0" --one "$work"
passed=$(cat "$work"/counts.* | awk '{ n += $1 } END { print n + 0 }')
failed=$(cat "$work"/counts.* | awk '{ n += $2 } END { print n + 0 }')
failed=$((failed + $# - $(ls "$work"/counts.* | wc -l))) # one that took its runner with it

# What is new must be gone within ten seconds: another call of ipcgrade on this host may be at work, and its
# objects come and go. What is missing must be its, too.
for _ in 1 2 3 4 5 6 7 8 9 10; do
    host_state >"$work/after"
    own_processes >"$work/processes"
    diff "$work/before" "$work/after" | grep '^>\|^< [^i]\|^< i[^p]' >"$work/changed"
    [ -s "$work/changed" ] || [ -s "$work/processes" ] || break
    sleep 1
done
if ! [ -s "$work/changed" ] && ! [ -s "$work/processes" ]; then
    passed=$((passed + 1))
    printf '%-28s   1 passed, 0 failed\n' "the host is as it was"
else
    failed=$((failed + 1))
    printf '%-28s   0 passed, 1 failed\n' "the host is as it was"
    sed 's/^/  /' "$work/changed"
    sed 's/^/  still running: /' "$work/processes"
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

#!/bin/sh
# Checks the cases themselves, without the probe: everything compiles without a warning under gcc and
# clang, every first line is well formed, and every right program exits 0 in each of RUNS native runs
# (20 if not told) and leaves no process, IPC object or file behind.
#
#   check-native.sh [CASE...]        a CASE is a source file; all of them if none is named
set -u
here=$(cd "$(dirname "$0")" && pwd)
runs=${RUNS:-20}
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
bad=0
cases=0

complain() {
    echo "$case: $1"
    bad=$((bad + 1))
}

[ $# -gt 0 ] || set -- "$here"/*/*.c
for case in "$@"; do
    cases=$((cases + 1))
    for cc in gcc clang; do
        $cc -Wall -Wextra -O1 -g -pthread -o "$dir/$cc" "$case" > "$dir/log" 2>&1 && [ ! -s "$dir/log" ] || {
            complain "$cc is not content"
            cat "$dir/log"
        }
    done
    read -r first < "$case"
    case $case in
    *_right.c)
        [ "$first" = "/* expect: none */" ] || complain "a right program expects '$first'"
        "$here/boxed.sh" -n "$runs" 20 "$dir/gcc" > "$dir/out" 2>&1 3> "$dir/left" ||
            complain "exit status $?: $(cat "$dir/out")"
        [ ! -s "$dir/left" ] || complain "leaves behind: $(sort -u "$dir/left" | tr '\n' ',')"
        ;;
    *_wrong.c)
        case $first in "/* expect: "[a-z]*" */") ;; *) complain "cannot read '$first'" ;; esac
        [ "$first" != "/* expect: none */" ] || complain "a wrong program expects nothing"
        [ -e "${case%_wrong.c}_right.c" ] || complain "has no right twin"
        for line in $(echo "$first" | grep -Eo '(at|and) [0-9]+' | grep -Eo '[0-9]+'); do
            sed -n "${line}p" "$case" | grep -q '[a-z]' || complain "there is nothing on line $line"
        done
        ;;
    *) complain "is called neither _right nor _wrong" ;;
    esac
done
echo "$cases cases, $bad complaints"
[ $bad -eq 0 ]

#!/bin/sh
# How other race detectors do on the paired cases: gcc's ThreadSanitizer, Valgrind's Helgrind and DRD.
#
#   rivals.sh [-v|-s] [CASE...]  all cases if none is named; -v lists what was said of each case; -s prints
#                                a line a tool for programs to read: tool, right ones and how many were reported,
#                                wrong ones and how many were found, those with a data race and how many were found
#
# Counted the same way for each: a tool has found something in a program when, in one run, it reports
# anything at all, whether or not it is what the first line expects. A run is over when the program ends,
# when everybody in it has been asleep for four seconds, or after LIMIT seconds (20 if not told).
# On a right program that is a false alarm; on a wrong one it counts as found, and as named when one of the
# lines that the first line tells is in the report. A right program that under the tool hangs, dies or exits
# other than 0 without a report counts as broken. "plain" is the program by itself, for comparison:
# it has found something when it exits other than 0 or does not end.
set -u
here=$(cd "$(dirname "$0")" && pwd)
limit=${LIMIT:-20}

flags="-O1 -g -pthread"
valgrind="valgrind -q --vgdb=no --trace-children=yes --fair-sched=yes"

# one CASE DIR: prints a line a tool: case tool yes|no named|- status
one() {
    case=$1
    name=$(basename "$(dirname "$case")")-$(basename "$case" .c)
    dir=$2/$name
    mkdir "$dir"
    gcc $flags -o "$dir/plain" "$case" && gcc $flags -fsanitize=thread -o "$dir/tsan" "$case" || exit 255
    lines=$(head -n 1 "$case" | grep -Eo '(at|and) [0-9]+' | grep -Eo '[0-9]+' | tr '\n' ' ')
    for tool in plain tsan helgrind drd; do
        case $tool in
        plain) set -- "$dir/plain" ;;
        tsan) set -- setarch -R "$dir/tsan" ;;
        *) set -- $valgrind --tool=$tool "$dir/plain" ;;
        esac
        "$here/boxed.sh" -i "$limit" "$@" > "$dir/$tool.log" 2>&1
        status=$?
        case $tool in
        plain) [ $status -ne 0 ] ;;
        tsan) grep -q 'WARNING: ThreadSanitizer' "$dir/$tool.log" ;;
        # Silent unless it reports: but for warnings of its own, and the end of a process that was killed.
        *) grep -E '^==[0-9]+== +[A-Z]' "$dir/$tool.log" |
            grep -Eqv '== +(Warning:|Process terminating|Terminating|Use --)' ;;
        esac && found=yes || found=no
        named=-
        for line in $lines; do
            ! grep -q "$(basename "$case"):$line\b" "$dir/$tool.log" || named=named
        done
        echo "$(basename "$(dirname "$case")")/$(basename "$case") $tool $found $named $status"
    done
}

verbose=
short=0
case ${1:-} in
--one)
    one "$2" "$3"
    exit
    ;;
-v)
    verbose=1
    shift
    ;;
-s)
    short=1
    shift
    ;;
esac
[ $# -gt 0 ] || set -- "$here"/*/*.c
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
for case in "$@"; do echo "$case"; done |
    xargs -P "${JOBS:-2}" -I CASE "$0" --one CASE "$dir" > "$dir/results" || exit 2
for case in "$@"; do
    grep -q pthread_create "$case" && kind=threads || kind=processes
    echo "$(basename "$(dirname "$case")")/$(basename "$case") $kind $(head -n 1 "$case" | cut -d' ' -f3)"
done > "$dir/kinds"
[ -z "$verbose" ] || sort "$dir/results"
[ $short = 1 ] || gcc --version | head -n 1
[ $short = 1 ] || valgrind --version
awk -v short=$short '
    NR == FNR { kind[$1] = $2; rule[$1] = $3; next }
    {
        k = kind[$1]
        right = $1 ~ /_right.c$/
        if (right) { rights[k]++; alarms[$2, k] += $3 == "yes"; broken[$2] += $3 == "no" && $5 != 0 }
        else {
            wrongs[k]++; found[$2, k] += $3 == "yes"; named[$2] += $4 == "named"
            of[rule[$1]]++; hits[rule[$1], $2] += $3 == "yes"
        }
    }
    END {
        p = "processes"; t = "threads"; n = split("plain tsan helgrind drd", tool, " ")
        for (k in rights) { rights[k] /= n; wrongs[k] /= n }
        for (i = 1; i <= n && short; i++) {
            x = tool[i]
            print x, rights[p] + rights[t], alarms[x, p] + alarms[x, t], wrongs[p] + wrongs[t], \
                found[x, p] + found[x, t], of["data-race"] / n, hits["data-race", x] + 0
        }
        if (short) exit
        printf "\n%-22s %25s %25s\n", "", "reported on right ones", "found in wrong ones"
        printf "%-10s %11s %12s %12s %12s %12s %7s %13s\n", "tool", "", p, t, p, t, "named", "right, broken"
        for (i = 1; i <= n; i++) {
            x = tool[i]
            printf "%-22s %8d/%-3d %8d/%-3d %8d/%-3d %8d/%-3d %7d %13d\n", x, alarms[x, p], rights[p], \
                alarms[x, t], rights[t], found[x, p], wrongs[p], found[x, t], wrongs[t], named[x], broken[x]
        }
        printf "\n%-22s", "found, by rule"
        for (i = 1; i <= n; i++) printf " %12s", tool[i]
        printf "\n"
        for (r in of) {
            line = sprintf("%-22s", r)
            for (i = 1; i <= n; i++) line = line sprintf(" %8d/%-3d", hits[r, tool[i]], of[r] / n)
            print line | "sort"
        }
    }' "$dir/kinds" "$dir/results"

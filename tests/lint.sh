#!/bin/sh
# lint.sh FILE... - formatting, a second compiler, clang-tidy and cppcheck; quiet when all is clean.
set -u

warnings="-std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2"
log=$(mktemp "${TMPDIR:-/tmp}/ipcgrade-lint.XXXXXX") || exit 2
trap 'rm -f "$log"' EXIT
jobs=$(nproc)
status=0

# Not asked for, with the reason:
#   easily-swappable-parameters, implicit-widening, narrowing-conversions: the style of another house
#   reserved-identifier: the bounds of linker sections (__start_...) and sanitizer hooks are reserved names
#   assignment-in-if-condition, suspicious-string-compare, suspicious-include, no-recursion: idioms of C
#   sizeof-expression: takes the size of an array's elements for a slip where they are pointers
#   macro-parentheses: designated initialisers and types as arguments cannot have any
#   no-int-to-ptr: system calls, MAP_FAILED and /proc give addresses as numbers
#   misleading-bidirectional: what such characters do to a report is tested
#   insecureAPI: wants Annex K, which glibc does not have
#   unused-parameters: the signatures of cmocka and of sanitizer hooks are not ours
checks="-*,bugprone-*,clang-analyzer-*,performance-*,portability-*,misc-*"
checks="$checks,-bugprone-easily-swappable-parameters,-bugprone-implicit-widening-of-multiplication-result"
checks="$checks,-bugprone-narrowing-conversions,-bugprone-reserved-identifier"
checks="$checks,-bugprone-assignment-in-if-condition,-bugprone-suspicious-string-compare"
checks="$checks,-bugprone-suspicious-include,-misc-no-recursion,-bugprone-sizeof-expression"
checks="$checks,-bugprone-macro-parentheses,-performance-no-int-to-ptr,-misc-misleading-bidirectional"
checks="$checks,-misc-unused-parameters,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling"
# The probe's system calls are inline assembly: the analyzer does not see that they fill buffers, nor that an
# address was compared as a number, which is how the probe asks whether an argument was given.
probe_checks="$checks,-clang-analyzer-core.UndefinedBinaryOperatorResult"
probe_checks="$probe_checks,-clang-analyzer-core.uninitialized.UndefReturn"
probe_checks="$probe_checks,-clang-analyzer-core.CallAndMessage"
probe_checks="$probe_checks,-clang-analyzer-core.uninitialized.Assign,-clang-analyzer-core.NullDereference"

includes_for() {
    case $1 in
    harness/probe/host/*) echo "-Iharness -Iharness/probe" ;;
    harness/probe/*) echo "-Iharness/probe" ;;
    *) echo "-Iharness -Iharness/run -Iharness/probe -I." ;;
    esac
}

checks_for() {
    case $1 in
    harness/probe/*) echo "$probe_checks" ;;
    *) echo "$checks" ;;
    esac
}

complain() {
    echo "lint: $1"
    cat "$log"
    status=1
}

clang-format --dry-run -Werror "$@" >"$log" 2>&1 || complain clang-format

sources=
for file in "$@"; do
    case $file in *.c) sources="$sources $file" ;; esac
done

# One process a file, as many at once as there are cores.
# shellcheck disable=SC2086 # lists of words
each_source() {
    for file in $sources; do
        printf '%s\0%s\0%s\0' "$file" "$(includes_for "$file")" "$(checks_for "$file")"
    done | xargs -0 -n 3 -P "$jobs" sh -c "$1" lint >"$log" 2>&1
}

each_source "clang -fsyntax-only -Werror $warnings \$2 \"\$1\"" || complain clang
each_source "clang-tidy --quiet --warnings-as-errors='*' --checks="\$3" \"\$1\" -- $warnings \$2 2>/dev/null" ||
    complain clang-tidy

# Not asked for: resourceLeak (does not know the cleanup attribute), comparePointers (the bounds of a linker
# section are two objects to it), returnDanglingLifetime and unknownEvaluationOrder (take compound literals for
# something else), constStatement in the probe (takes REAL(), a statement expression, for an unused value).
# shellcheck disable=SC2086
cppcheck --quiet -j "$jobs" --enable=warning,performance,portability --error-exitcode=1 --inline-suppr \
    --std=c11 -D_GNU_SOURCE -D__x86_64__=1 -Iharness -Iharness/run -Iharness/probe -I. \
    --library=tests/cppcheck.cfg --suppress=missingIncludeSystem --suppress=resourceLeak \
    --suppress=comparePointers --suppress=returnDanglingLifetime --suppress=unknownEvaluationOrder \
    '--suppress=constStatement:harness/probe/*' $sources >"$log" 2>&1 || complain cppcheck

exit $status

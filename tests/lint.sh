#!/bin/sh
# lint.sh FILE... - formatting, a second compiler, clang-tidy and cppcheck; quiet when all is clean.
set -u

warnings="-std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2"
log=$(mktemp "${TMPDIR:-/tmp}/ipcgrade-lint.XXXXXX") || exit 2
trap 'rm -f "$log"' EXIT
jobs=$(nproc)
status=0

# Not asked for, with the reason:
#   easily-swappable-parameters, implicit-widening..., narrowing-conversions: style of another house
#   reserved-identifier: linker section bounds (__start_...) and hooks of the sanitizer are reserved names
#   assignment-in-if-condition, suspicious-include..., no-recursion: idioms of C
#   DeprecatedOrUnsafeBufferHandling: wants Annex K, which glibc does not have
#   unused-parameters: cmocka's and the hooks' signatures are not ours
#   include-cleaner and confusable-identifiers: slow, and about other languages
checks="-*,bugprone-*,clang-analyzer-*,performance-*,portability-*,misc-*"
checks="$checks,-bugprone-easily-swappable-parameters,-bugprone-implicit-widening-of-multiplication-result"
checks="$checks,-bugprone-narrowing-conversions,-bugprone-reserved-identifier"
checks="$checks,-bugprone-assignment-in-if-condition,-misc-no-recursion,-misc-unused-parameters"
checks="$checks,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling"
checks="$checks,-misc-confusable-identifiers,-bugprone-suspicious-include"

includes_for() {
    case $1 in
    harness/probe/*) echo "-Iharness/probe" ;;
    *) echo "-Iharness -Iharness/run -Iharness/probe -I." ;;
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
        printf '%s\0%s\0' "$file" "$(includes_for "$file")"
    done | xargs -0 -n 2 -P "$jobs" sh -c "$1" lint >"$log" 2>&1
}

each_source "clang -fsyntax-only -Werror $warnings \$2 \"\$1\"" || complain clang
each_source "clang-tidy --quiet --warnings-as-errors='*' --checks='$checks' \"\$1\" -- $warnings \$2 2>/dev/null" ||
    complain clang-tidy

# shellcheck disable=SC2086
cppcheck --quiet -j "$jobs" --enable=warning,performance,portability --error-exitcode=1 --inline-suppr \
    --std=c11 -D_GNU_SOURCE -Iharness -Iharness/run -Iharness/probe -I. --suppress=missingIncludeSystem \
    $sources >"$log" 2>&1 || complain cppcheck

exit $status

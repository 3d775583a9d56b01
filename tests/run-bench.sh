#!/bin/sh
# run-bench.sh PROGRAM... - runs benches, then prints the table of all figures: what was asked for, what was
# measured, what a rival does in the same run.
#
#   ONLY="speed cases"   runs these; of the others the table shows what they said the last time
#   FULL=1               all that was asked for (1,000 schedules, 10,000 seeds): hours instead of minutes
#   README=1             puts the table into README.md, between its two marks
#
# A bench leaves its rows in build/bench/NAME: figure, asked, measured, rival, with tabs between them.
set -u

build=${BUILD:-build}
rows=$build/bench
table=$rows/table.md
command="make bench"
[ -z "${FULL:-}" ] || command="$command FULL=1"
mkdir -p "$rows" || exit 2
status=0

is_wanted() {
    [ -n "${ONLY:-}" ] || return 0
    case " $ONLY " in *" $1 "*) return 0 ;; esac
    return 1
}

# Adds the command to each row.
run() {
    new=$rows/$1.new
    rm -f "$new"
    if BUILD="$build" BENCH_ROWS="$new" "$2" && [ -s "$new" ]; then
        sed "s/\$/	\`$command ONLY=$1\`/" "$new" >"$rows/$1.row"
    else
        echo "bench: $1 failed" >&2
        status=1
    fi
    rm -f "$new"
}

# Columns as wide as their widest entry, so that it can be read as it stands.
print_table() {
    printf 'figure\tasked\tmeasured\tbeside it\tcommand\n' | cat - "$rows"/*.row | awk -F '\t' '
        { for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > wide[i]) wide[i] = length($i) } }
        END {
            for (r = 1; r <= NR; r++) {
                for (i = 1; i <= 5; i++) printf "| %-*s ", wide[i], cell[r, i]
                print "|"
                if (r > 1) continue
                for (i = 1; i <= 5; i++) {
                    dashes = sprintf("%*s", wide[i], "")
                    gsub(/ /, "-", dashes)
                    printf "| %s ", dashes
                }
                print "|"
            }
        }'
    model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
    printf '\n%s, on %s core(s) of %s, Linux %s; load average %s.\n' "$(date -u +%Y-%m-%d)" "$(nproc)" \
        "${model:-unknown}" "$(uname -r | cut -d- -f1)" "$(cut -d' ' -f1 /proc/loadavg)"
}

# What stands between the marks is replaced.
into_readme() {
    awk -v table="$table" '
        /^<!-- end of figures -->/ { skip = 0 }
        !skip
        /^<!-- figures:/ { print ""; while ((getline line < table) > 0) print line; print ""; skip = 1 }
    ' README.md >"$rows/readme" && cat "$rows/readme" >README.md
}

for name in ${ONLY:-}; do
    case " $* " in
    *"/bench_$name "*) ;;
    *)
        echo "bench: there is no $name; there are$(printf ' %s' "$@" | sed 's![^ ]*/bench_!!g')" >&2
        exit 2
        ;;
    esac
done
for program in "$@"; do
    name=${program##*/bench_}
    ! is_wanted "$name" || run "$name" "$program"
done
print_table >"$table"
echo
cat "$table"
[ -z "${README:-}" ] || into_readme
exit $status

/*
 * bench_grade.c - what grading the reference of bounded_buffer costs (build, every scenario), next to its
 * mere building by make and gcc without a box, interleaved.
 */
#include <stddef.h>

#include "tests/support/bench.h"

enum { ROUNDS = 5 };

static double shell(void *arg)
{
    return bench_run(NULL, 0, (const char *const[]){"sh", "-c", arg, NULL});
}

int main(void)
{
    static char grade[] =
        "\"${BUILD:-build}/ipcgrade\" grade --quiet -a bounded_buffer reference/bounded_buffer";
    static char make[] =
        "t=$(mktemp -d) && trap 'rm -rf \"$t\"' EXIT && cp reference/bounded_buffer/* "
        "assignments/bounded_buffer/starter/Makefile \"$t\" && env -u MAKEFLAGS make -s -C \"$t\"";
    enum { GRADE, MAKE, ALL };
    struct contender contenders[ALL] = {[GRADE] = {shell, grade}, [MAKE] = {shell, make}};
    struct bench_times times;

    bench_interleave("grading", contenders, ALL, ROUNDS, &times);
    bench_row(&(struct bench_row){
        "seconds to build and grade the reference of bounded_buffer, lens plain", "-",
        bench_text("%.2f (ratio %.2f)", bench_time(&times, GRADE) / 1e3,
                   bench_ratio(&times, GRADE, MAKE)),
        bench_text("make of it alone: %.2f", bench_time(&times, MAKE) / 1e3)});
    return 0;
}

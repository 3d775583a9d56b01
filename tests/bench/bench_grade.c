/*
 * bench_grade.c - what grading the reference of bounded_buffer costs, next to its mere building by make and gcc
 * without a box, interleaved: on the plain lens alone, and with 200 schedules of each scenario.
 */
#include <stddef.h>

#include "tests/support/bench.h"

enum { ROUNDS = 5 };

#define GRADE \
    "\"${BUILD:-build}/ipcgrade\" grade --quiet -a bounded_buffer reference/bounded_buffer"

static double shell(void *arg)
{
    return bench_run(NULL, 0, (const char *const[]){"sh", "-c", arg, NULL});
}

int main(void)
{
    static char plain[] = GRADE " --schedules 0", both[] = GRADE " --schedules 200";
    static char make[] =
        "t=$(mktemp -d) && trap 'rm -rf \"$t\"' EXIT && cp reference/bounded_buffer/* "
        "assignments/bounded_buffer/starter/Makefile \"$t\" && env -u MAKEFLAGS make -s -C \"$t\"";
    enum { PLAIN, BOTH, MAKE, ALL };
    struct contender contenders[ALL] = {
        [PLAIN] = {shell, plain}, [BOTH] = {shell, both}, [MAKE] = {shell, make}};
    struct bench_times times;

    bench_interleave("grading", contenders, ALL, ROUNDS, &times);
    const char *rival = bench_text("make of it alone: %.2f", bench_time(&times, MAKE) / 1e3);
    bench_row(&(struct bench_row){"seconds to grade the reference of bounded_buffer, plain lens",
                                  "-",
                                  bench_text("%.2f (ratio %.2f)", bench_time(&times, PLAIN) / 1e3,
                                             bench_ratio(&times, PLAIN, MAKE)),
                                  rival});
    bench_row(&(struct bench_row){"the same, and 200 schedules of its 15 scenarios", "-",
                                  bench_text("%.1f", bench_time(&times, BOTH) / 1e3), rival});
    return 0;
}

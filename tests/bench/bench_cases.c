/*
 * bench_cases.c - the paired cases under many schedules: false alarms on right programs, and how many of the
 * wrong ones are found. tests/cases/rivals.sh counts the same of other tools.
 *
 * SCHEDULES in the environment: of the right ones, instead of 1,000.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "tests/support/cases.h"

static struct tried_case *cases;
static int case_count;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* All right ones, or all wrong ones. */
static void measure(bool right, int schedules)
{
    int tried = 0, passed = 0, undecided = 0;
    double from = now();
    for (int i = 0; i < case_count; i++)
        cases[i].wanted = cases[i].right == right;
    cases_try(cases, case_count, schedules);
    for (int i = 0; i < case_count; i++) {
        const struct tried_case *c = &cases[i];
        if (!c->wanted)
            continue;
        tried++;
        passed += c->passed;
        undecided += !c->passed && strncmp(c->said, "findings", 8) != 0;
        if (!c->passed)
            printf("  %-36s %.110s\n", c->path, c->said);
    }
    if (right)
        printf("right programs, %5d schedules: %d false alarms of %d, %d undecided (%.0f s)\n",
               schedules, tried - passed - undecided, tried, undecided, now() - from);
    else
        printf("wrong programs, %5d schedule%s found %d of %d (%.1f %%) (%.0f s)\n", schedules,
               schedules == 1 ? ": " : "s:", passed, tried, 100.0 * passed / tried, now() - from);
    fflush(stdout);
}

static void all_figures(void **state)
{
    (void)state;
    const char *asked = getenv("SCHEDULES");
    cases = cases_list(&case_count);
    measure(false, 1);
    measure(false, 100);
    measure(true, asked && atoi(asked) > 0 ? atoi(asked) : 1000);
    free(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_figures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

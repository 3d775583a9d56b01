/*
 * bench_cases.c - the paired cases under many schedules: false alarms on right programs, and how many of the
 * wrong ones are found. tests/cases/rivals.sh counts the same of other tools.
 *
 * In the environment: SCHEDULES of the right ones, instead of 1,000 (0: not at all); WRONG, those of the wrong
 * ones, instead of "1 100"; CASES, a part of the paths to try ("signal/").
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

static const char *asked(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value ? value : otherwise;
}

/* All right ones, or all wrong ones. */
static void measure(bool right, int schedules)
{
    int tried = 0, passed = 0, undecided = 0;
    double from = now();
    for (int i = 0; i < case_count; i++)
        cases[i].wanted = cases[i].right == right && strstr(cases[i].path, asked("CASES", ""));
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
               schedules == 1 ? ": " : "s:", passed, tried, tried ? 100.0 * passed / tried : 0,
               now() - from);
    fflush(stdout);
}

static void all_figures(void **state)
{
    (void)state;
    int of_right = atoi(asked("SCHEDULES", "1000"));
    cases = cases_list(&case_count);
    for (const char *at = asked("WRONG", "1 100"); *at; at += strcspn(at, " "), at += *at == ' ')
        measure(false, atoi(at));
    if (of_right > 0)
        measure(true, of_right);
    free(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_figures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

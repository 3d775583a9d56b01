/*
 * test_cases.c - the paired cases under 20 schedules: silent on every right program, and what is wrong is found.
 *
 * One test a case. Those of tests/cases/waiting, which the probe cannot decide yet, are skipped - and fail once
 * they would pass, so that the table stays true.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/support/cases.h"
#include "tests/support/command.h"

enum { SCHEDULES = 20 };

static struct tried_case *cases;
static int case_count;

static int try_all(void **state)
{
    (void)state;
    cases_try(cases, case_count, SCHEDULES);
    return 0;
}

static int look_behind(void **state)
{
    (void)state;
    return has_escaped_processes() ? -1 : 0;
}

static void case_is_told_rightly(void **state)
{
    const struct tried_case *c = *state;
    bool waits = c->waits_for[0];
    if (waits && c->passed)
        fail_msg("%s passes: its line in tests/cases/waiting can go", c->path);
    if (waits)
        skip();
    if (!c->passed)
        fail_msg("%s: expected %s; %s", c->path, c->expected, c->said);
}

int main(void)
{
    cases = cases_list(&case_count);
    struct CMUnitTest *tests = calloc((size_t)case_count, sizeof *tests);
    int waiting = 0;
    for (int i = 0; tests && i < case_count; i++) {
        tests[i] = (struct CMUnitTest){
            .name = cases[i].path, .test_func = case_is_told_rightly, .initial_state = &cases[i]};
        waiting += cases[i].waits_for[0] != '\0';
    }
    print_message("# %d cases, %d of them waiting\n", case_count, waiting);
    int failed =
        tests ? _cmocka_run_group_tests("cases", tests, (size_t)case_count, try_all, look_behind)
              : -1;
    free(tests);
    free(cases);
    return failed;
}

/* test_probe_sysv.c - System V objects under the probe: counts of waiters, sem_otime, copies of messages. */
#include "tests/support/probe_native.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void runs_as_natively(void **state)
{
    (void)state;
    assert_as_natively("tests/probe/sysv.c", 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(runs_as_natively)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_probe_file_locks.c - record locks, flock: as natively, and what they order. */
#include "tests/support/pairs.h"
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void pairs_of_file_locks(void **state)
{
    static const char *const names[] = {
        "lock/closed_too_much", "lock/fcntl_counter", "lock/fcntl_handoff",
        "lock/flock_inherited", "lock/flock_order",   "lock/read_lock",
        "lock/refused",         "lock/wrong_region",  NULL};
    (void)state;
    assert_int_equal(pairs_check(names, 100), 0);
}

static void runs_as_natively(void **state)
{
    (void)state;
    struct trial *t = trial_compile("tests/probe/file_locks.c", "");
    assert_true(trial_is_silent(t, 100, "done\n"));
    trial_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_as_natively),
        cmocka_unit_test(pairs_of_file_locks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

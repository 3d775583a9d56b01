/* test_probe_threads.c - threads and their locks; memory of one process that its threads share. */
#include "tests/support/pairs.h"
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void pairs_of_threads(void **state)
{
    static const char *const names[] = {"thread/barrier",
                                        "thread/cond_if",
                                        "thread/process_private",
                                        "thread/unlock_twice",
                                        "thread/destroyed_early",
                                        "thread/robust",
                                        "thread/sem_baton",
                                        "thread/shared_barrier",
                                        "thread/shared_cond",
                                        "thread/shared_mutex",
                                        "thread/shared_rwlock",
                                        "thread/cond_no_predicate",
                                        "thread/early_return",
                                        "thread/fork_in_lock",
                                        "thread/futex",
                                        "thread/join",
                                        "thread/lock_order",
                                        "thread/loop_variable",
                                        "thread/mutex",
                                        "thread/rwlock",

                                        "thread/spin",
                                        NULL};
    (void)state;
    assert_int_equal(pairs_check(names, 100), 0);
}

static void pairs_of_atomics(void **state)
{
    static const char *const names[] = {
        "atomic/flag",      "atomic/load_store",   "atomic/never_set",   "atomic/peterson",
        "atomic/spin_lock", "atomic/sync_counter", "atomic/thread_flag", NULL};
    (void)state;
    assert_int_equal(pairs_check(names, 100), 0);
}

static void runs_as_natively(void **state)
{
    (void)state;
    struct trial *t = trial_compile("tests/probe/threads.c", "");
    assert_true(trial_is_silent(t, 100, "done\n"));
    trial_close(t);
}

/* Where: a variable of the program's, by its offset there, for the harness to name. */
static void race_of_threads_is_placed(void **state)
{
    (void)state;
    struct trial *t = trial_compile("tests/cases/thread/mutex_wrong.c", "");
    struct probe_config config = {.seed = 1, .strategy = PROBE_PORTFOLIO};
    struct world_result r;
    trial_run(t, &config, NULL, 0, &r);
    assert_true(r.findings > 0);
    assert_string_equal(r.object[r.finding[0].object].kind, "static memory");
    assert_true(r.finding[0].offset < 1 << 20);
    world_forget(&r);
    trial_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_as_natively),
        cmocka_unit_test(race_of_threads_is_placed),
        cmocka_unit_test(pairs_of_threads),
        cmocka_unit_test(pairs_of_atomics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_probe_poll.c - poll, select, epoll: as natively, with virtual timeouts. */
#include "tests/support/pairs.h"
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void pairs_of_poll(void **state)
{
    static const char *const names[] = {"poll/hang_up", "poll/pselect", "poll/select_once",
                                        "poll/two_pipes", NULL};
    (void)state;
    assert_int_equal(pairs_check(names, 100), 0);
}

static void runs_as_natively(void **state)
{
    (void)state;
    struct trial *t = trial_compile("tests/probe/poll.c", "");
    assert_true(trial_is_silent(t, 100, "done\n"));
    trial_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_as_natively),
        cmocka_unit_test(pairs_of_poll),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

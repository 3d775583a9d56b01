/* test_probe_sockets.c - socket pairs and UNIX sockets: as natively, and what they order. */
#include "tests/support/pairs.h"
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void pairs_of_sockets(void **state)
{
    static const char *const names[] = {"socket/datagram",
                                        "socket/handoff",
                                        "socket/kept_end",
                                        "socket/merged",
                                        "socket/shutdown",
                                        "socket/start_order",
                                        NULL};
    (void)state;
    assert_int_equal(pairs_check(names, 100), 0);
}

static void runs_as_natively(void **state)
{
    (void)state;
    struct trial *t = trial_compile("tests/probe/sockets.c", "");
    assert_true(trial_is_silent(t, 100, "done\n"));
    trial_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_as_natively),
        cmocka_unit_test(pairs_of_sockets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_probe_same.c - the same seed gives the same run: every point's task, call, place, time and result. */
#include "tests/support/probe_same.h"
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void runs_the_same(const char *source, const char *flags, unsigned seeds)
{
    struct trial *t = trial_compile(source, flags);
    for (unsigned i = 0; i < seeds; i++) {
        struct probe_config config = {
            .seed = 1000 + i, .schedule = 1 + i % 4, .strategy = PROBE_PORTFOLIO};
        struct world_result a, b;
        trial_run(t, &config, NULL, 0, &a);
        trial_run(t, &config, NULL, 0, &b);
        const char *difference = worlds_differ(&a, &b);
        if (difference)
            fail_msg("%s, seed %u: %s", source, 1000 + i, difference);
        world_forget(&a);
        world_forget(&b);
    }
    trial_close(t);
}

static void right_buffer(void **state)
{
    (void)state;
    runs_the_same("tests/probe/bounded_buffer.c", "", 60);
}

static void racy_buffer(void **state)
{
    (void)state;
    runs_the_same("tests/probe/bounded_buffer.c", "-DRACY", 60);
}

static void processes_and_pipes(void **state)
{
    (void)state;
    runs_the_same("tests/probe/pipes.c", "", 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_buffer),
        cmocka_unit_test(racy_buffer),
        cmocka_unit_test(processes_and_pipes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

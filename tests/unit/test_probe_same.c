/* test_probe_same.c - the same seed gives the same run: every point's task, call, place, time and result. */
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Ids and pids are the kernel's, which counts on from run to run. */
static bool gives_an_id(const char *call)
{
    static const char *const calls[] = {"shmget", "semget", "shmat", "fork",        "vfork",
                                        "wait",   "system", "popen", "posix_spawn", "getppid"};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(call, calls[i]) == 0)
            return true;
    return false;
}

static void assert_same_event(const struct world_result *r, const struct probe_event *a,
                              const struct probe_event *b)
{
    assert_int_equal(a->step, b->step);
    assert_int_equal(a->task, b->task);
    assert_int_equal(a->call, b->call);
    assert_int_equal(a->site, b->site);
    assert_int_equal(a->object, b->object);
    assert_int_equal(a->time, b->time);
    if (!gives_an_id(r->call[a->call].name))
        assert_int_equal(a->result, b->result);
}

static void runs_the_same(const char *source, const char *flags, unsigned seeds)
{
    struct trial *t = trial_compile(source, flags);
    for (unsigned i = 0; i < seeds; i++) {
        struct probe_config config = {
            .seed = 1000 + i, .schedule = 1 + i % 4, .strategy = PROBE_PORTFOLIO};
        struct world_result a, b;
        trial_run(t, &config, NULL, 0, &a);
        trial_run(t, &config, NULL, 0, &b);
        assert_int_equal(a.events, b.events);
        assert_int_equal(a.findings, b.findings);
        for (size_t k = 0; k < a.events; k++)
            assert_same_event(&a, &a.event[k], &b.event[k]);
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

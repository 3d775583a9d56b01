/* test_probe_buffer.c - the probe end to end on a bounded buffer: right, racy, deadlocking; the same
 * seed gives the same sequence of points, and recorded decisions give the schedule again. */
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define BUFFER "tests/probe/bounded_buffer.c"

static void right_program_has_no_finding(void **state)
{
    (void)state;
    struct trial *t = trial_compile(BUFFER, "");
    assert_true(trial_is_silent(t, 100, NULL));
    trial_close(t);
}

static void missing_mutex_races_at_once(void **state)
{
    (void)state;
    struct trial *t = trial_compile(BUFFER, "-DRACY");
    struct probe_config config = {.seed = 1, .strategy = PROBE_RUN_TO_BLOCK};
    struct world_result r;

    trial_run(t, &config, NULL, 0, &r);
    assert_int_equal(r.end, PROBE_DONE);
    assert_true(r.findings > 0);
    assert_int_equal(r.finding[0].rule, PROBE_DATA_RACE);
    assert_string_equal(trial_line(&r, r.finding[0].first.site), "bounded_buffer.c:37");
    assert_string_equal(trial_line(&r, r.finding[0].second.site), "bounded_buffer.c:36");
    assert_int_equal(r.finding[0].offset, 4);
    assert_string_equal(r.task[r.finding[0].second.task].name, "program#1.2");
    world_forget(&r);
    struct tally y = trial_tally(t, 50);
    assert_int_equal(y.races, 50);
    assert_true(y.wrong > 0);
    trial_close(t);
}

static void inverted_order_deadlocks(void **state)
{
    (void)state;
    struct trial *t = trial_compile(BUFFER, "-DINVERTED");
    struct probe_config config = {.seed = 1, .strategy = PROBE_RUN_TO_BLOCK};
    struct world_result r;

    trial_run(t, &config, NULL, 0, &r);
    assert_int_equal(r.end, PROBE_STUCK);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(r.task[i].state, PROBE_BLOCKED);
        assert_string_equal(r.call[r.task[i].call].name, "semop");
    }
    assert_int_equal(r.task[0].args[1], 1); /* the producer waits for EMPTY, ... */
    assert_int_equal(r.task[1].args[1], 0); /* a consumer for MUTEX */
    world_forget(&r);
    trial_close(t);
}

/* Everything but ids and pids, which the kernel counts on from run to run. */
static void assert_same_points(const struct world_result *a, const struct world_result *b)
{
    assert_int_equal(a->events, b->events);
    for (size_t i = 0; i < a->events; i++) {
        assert_int_equal(a->event[i].step, b->event[i].step);
        assert_int_equal(a->event[i].task, b->event[i].task);
        assert_int_equal(a->event[i].call, b->event[i].call);
        assert_int_equal(a->event[i].site, b->event[i].site);
        assert_int_equal(a->event[i].object, b->event[i].object);
        assert_int_equal(a->event[i].time, b->event[i].time);
    }
}

static void same_seed_same_points(void **state)
{
    (void)state;
    struct trial *t = trial_compile(BUFFER, "-DRACY");
    for (unsigned i = 0; i < 25; i++) {
        struct probe_config config = {.seed = 7, .schedule = i, .strategy = PROBE_PORTFOLIO};
        struct world_result a, b, replayed;
        trial_run(t, &config, NULL, 0, &a);
        trial_run(t, &config, NULL, 0, &b);
        assert_same_points(&a, &b);
        trial_run(t, &config, a.decision, a.decisions, &replayed);
        if (a.decisions)
            assert_same_points(&a, &replayed);
        world_forget(&a);
        world_forget(&b);
        world_forget(&replayed);
    }
    trial_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_program_has_no_finding),
        cmocka_unit_test(missing_mutex_races_at_once),
        cmocka_unit_test(inverted_order_deadlocks),
        cmocka_unit_test(same_seed_same_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

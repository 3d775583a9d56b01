/*
 * test_token.c - tokens say all that a schedule is, and nothing else is taken for one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "probe/host/strategies.h"
#include "probe/probe_abi.h"
#include "run/token.h"

static struct arena *arena;

static void assert_token(const struct replay *replay, const char *expected)
{
    struct replay back;
    const char *token = token_of(arena, replay);
    assert_string_equal(token, expected);
    assert_true(token_read(arena, token, &back));
    assert_string_equal(back.scenario, replay->scenario);
    assert_int_equal(back.schedule, replay->schedule);
    assert_int_equal(back.forced, replay->forced);
    assert_int_equal(back.switch_count, replay->switch_count);
    if (replay->switch_count)
        assert_memory_equal(back.switches, replay->switches,
                            sizeof *back.switches * (size_t)back.switch_count);
}

static void a_token_and_back(void **state)
{
    (void)state;
    const struct turn_switch switches[] = {{4, 2}, {60, 1}};
    assert_token(&(struct replay){.scenario = "crowd", .schedule = 17}, "crowd@17");
    assert_token(&(struct replay){.scenario = "crowd", .schedule = 1, .forced = true}, "crowd@1:");
    assert_token(&(struct replay){.scenario = "run",
                                  .schedule = 3,
                                  .forced = true,
                                  .switches = switches,
                                  .switch_count = 2},
                 "run@3:4.2,60.1");
}

static void the_strategy_is_part_of_a_number_s_meaning(void **state)
{
    (void)state;
    struct replay back;
    assert_token(&(struct replay){.scenario = "run", .schedule = 3, .strategy = "pct"},
                 "run@3/pct");
    assert_true(token_read(arena, "run@3/pct", &back));
    assert_string_equal(back.strategy, "pct");
    assert_token(&(struct replay){.scenario = "run", .schedule = 3, .strategy = "portfolio"},
                 "run@3");
    /* a list of switches is the schedule, whoever found it */
    assert_token(
        &(struct replay){.scenario = "run", .schedule = 3, .strategy = "pct", .forced = true},
        "run@3:");
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",         "crowd",   "@3",     "crowd@",  "crowd@x",    "run@3/",          "run@3/pctt",
        "run@3pct", "run@3/:", "run@-1", "run@0:1", "run@0:1.2,", "run@99999999999", NULL};
    struct replay back;
    for (int i = 0; bad[i]; i++) {
        if (token_read(arena, bad[i], &back))
            print_error("%s\n", bad[i]);
        assert_false(token_read(arena, bad[i], &back));
    }
}

static void every_strategy_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < PROBE_STRATEGIES; i++) {
        assert_int_equal(strategy_named(strategy_name(i)), i);
        assert_non_null(strstr(strategy_list(), strategy_name(i)));
    }
    assert_int_equal(strategy_named(""), -1);
    assert_int_equal(strategy_named("randoms"), -1);
}

int main(void)
{
    arena = arena_new(1 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_and_back),
        cmocka_unit_test(the_strategy_is_part_of_a_number_s_meaning),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(every_strategy_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

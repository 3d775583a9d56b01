/* test_score.c - what a verdict is worth, as a table: no credit for doing nothing, none given away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/sample.h"

enum {
    C = 1,
    R = 2,
    L = 4,
    M = 8
}; /* sets of qualities: correctness, race-freedom, cleanup, memory */

struct row {
    const char *what;
    struct shares shares;
    unsigned points, judged, lost;
    double earned[QUALITIES], most[QUALITIES];
};

static const struct row rows[] = {
    {"all is judged, all is well", {0}, 10, C | R | L | M, 0, {5, 3, 1, 1}, {5, 3, 1, 1}},
    {"only plain", {0}, 10, C | L, 0, {5, 0, 1, 0}, {5, 0, 1, 0}},
    {"a leak costs cleanup only", {0}, 10, C | L, L, {5, 0, 0, 0}, {5, 0, 1, 0}},
    {"a wrong output costs all", {0}, 10, C | R | L | M, C, {0, 0, 0, 0}, {5, 3, 1, 1}},
    {"a race costs race-freedom only", {0}, 10, C | R | L | M, R, {5, 0, 1, 1}, {5, 3, 1, 1}},
    {"correctness not judged: nothing earned", {0}, 10, L, 0, {0, 0, 0, 0}, {0, 0, 1, 0}},
    {"nothing judged: nothing to earn", {0}, 10, 0, C, {0, 0, 0, 0}, {0, 0, 0, 0}},
    {"other shares", {70, 0, 30, 0}, 10, C | R | L | M, L, {7, 0, 0, 0}, {7, 0, 3, 0}},
    {"hundredths are exact",
     {33, 33, 33, 1},
     1,
     C | R | L | M,
     0,
     {.33, .33, .33, .01},
     {.33, .33, .33, .01}},
    {"no points", {0}, 0, C | L, 0, {0, 0, 0, 0}, {0, 0, 0, 0}},
};

static void the_table_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct scenario scenario = {.name = "s", .points = row->points};
        struct assignment assignment = {.shares = row->shares};
        struct scenario_result result = {.scenario = &scenario};
        struct finding findings[QUALITIES];
        int count = 0;
        for (int q = 0; q < QUALITIES; q++) {
            result.judged[q] = row->judged & 1u << q;
            if (row->lost & 1u << q)
                findings[count++] = (struct finding){.rule = "x", .scenario = "s", .quality = q};
        }
        score_scenario(&assignment, &result, findings, count);
        for (int q = 0; q < QUALITIES; q++)
            if (result.points[q] != row->earned[q] || result.max_points[q] != row->most[q])
                fail_msg("%s: %s is %g of %g", row->what, quality_names[q], result.points[q],
                         result.max_points[q]);
    }
}

static void findings_of_other_scenarios_and_for_review_cost_nothing(void **state)
{
    (void)state;
    struct scenario scenario = {.name = "s", .points = 10};
    struct scenario_result result = {.scenario = &scenario, .judged = {true, true, true, true}};
    struct finding findings[] = {
        {.rule = "x", .scenario = "t"},
        {.rule = "x", .scenario = NULL},
        {.rule = "x", .scenario = "s", .for_review = true},
    };
    score_scenario(&sample_assignment, &result, findings, 3);
    assert_true(result.points[QUALITY_CORRECTNESS] == 5);
}

static void shares_default(void **state)
{
    (void)state;
    struct shares s = shares_complete((struct shares){0});
    assert_int_equal(s.correctness, 50);
    assert_int_equal(s.race_freedom, 30);
    assert_int_equal(s.cleanup, 10);
    assert_int_equal(s.memory, 10);
    s = shares_complete((struct shares){.correctness = 100});
    assert_int_equal(s.correctness, 100);
    assert_int_equal(s.memory, 0);
}

/* 0.1 + 0.2 is no 0.3 in floating point; in hundredths it is. */
static void the_sum_is_exact(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct scenario scenarios[100];
    struct scenario_result results[100] = {0};
    for (int i = 0; i < 100; i++) {
        scenarios[i] = (struct scenario){.name = "s", .points = 1};
        results[i].scenario = &scenarios[i];
        results[i].points[0] = results[i].max_points[0] = i % 2 ? 0.1 : 0.07;
    }
    s->grade.results = results;
    s->grade.result_count = 100;
    score_whole(&s->grade);
    assert_true(s->grade.score == 8.5);
    assert_true(s->grade.max_score == 8.5);
    sample_free(s);
}

static void a_failed_build_scores_nothing_of_what_there_was_to_earn(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    s->built.ok = false;
    sample_judge(s);
    assert_true(s->grade.score == 0);
    assert_true(s->grade.max_score == 12);
    sample_free(s);
}

static void a_harness_fault_takes_its_scenario_out_of_the_maximum(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    s->evidence[0].complete = false;
    sample_judge(s);
    assert_true(s->grade.score == 6);
    assert_true(s->grade.max_score == 6);
    assert_int_equal(s->grade.verdict, VERDICT_HARNESS_ERROR);
    sample_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_holds),
        cmocka_unit_test(findings_of_other_scenarios_and_for_review_cost_nothing),
        cmocka_unit_test(shares_default),
        cmocka_unit_test(the_sum_is_exact),
        cmocka_unit_test(a_failed_build_scores_nothing_of_what_there_was_to_earn),
        cmocka_unit_test(a_harness_fault_takes_its_scenario_out_of_the_maximum),
    };
    return cmocka_run_group_tests_name("score", tests, NULL, NULL);
}

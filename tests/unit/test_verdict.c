/* test_verdict.c - what evidence means, and above all what it must not be taken for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/sample.h"

static const struct finding wrong = {.rule = "wrong-output", .message = "no item 3"};
static const struct object queue = {.kind = OBJECT_SYSV_QUEUE,
                                    .id = 4096,
                                    .key = 0x2a051f02,
                                    .name = "",
                                    .size = 120,
                                    .messages = 3,
                                    .creator = "consumer#1",
                                    .file = "consumer.c",
                                    .line = 31};

static void all_well_is_a_pass(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    sample_judge(s);
    assert_int_equal(s->grade.verdict, VERDICT_PASS);
    assert_int_equal(s->grade.finding_count, 0);
    assert_string_equal(s->results[0].word, "pass");
    assert_true(s->results[0].judged[QUALITY_CORRECTNESS]);
    assert_true(s->results[0].judged[QUALITY_CLEANUP]);
    assert_false(s->results[0].judged[QUALITY_RACE_FREEDOM]);
    assert_false(s->results[0].judged[QUALITY_MEMORY]);
    sample_free(s);
}

static void a_leak_names_object_and_creator(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    sample_leave(s, 0, queue);
    sample_judge(s);
    assert_int_equal(s->grade.finding_count, 1);
    const struct finding *f = &s->grade.findings[0];
    assert_string_equal(f->rule, "leak-sysv-queue");
    assert_int_equal(f->quality, QUALITY_CLEANUP);
    assert_string_equal(f->scenario, "in_order");
    assert_string_equal(f->process, "consumer#1");
    assert_string_equal(f->sites[0].file, "consumer.c");
    assert_int_equal(f->sites[0].line, 31);
    assert_string_equal(
        f->message,
        "a System V message queue was left behind (id 4096, 3 messages (120 bytes) "
        "left in it), created by consumer#1 at consumer.c:31, never removed; on your own machine "
        "`ipcs -q` would show it");
    assert_string_equal(s->results[0].word, "leak-sysv-queue");
    assert_int_equal(s->grade.verdict, VERDICT_FINDINGS);
    assert_true(s->grade.score == 11);
    sample_free(s);
}

static void leaks_of_one_line_are_one_finding(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    for (int i = 0; i < 5; i++) {
        struct object o = queue;
        o.id += i;
        o.messages = 0;
        sample_leave(s, 0, o);
    }
    struct object other = queue;
    other.line = 40;
    sample_leave(s, 0, other);
    sample_judge(s);
    assert_int_equal(s->grade.finding_count, 2);
    assert_non_null(strstr(s->grade.findings[0].message,
                           "5 System V message queues were left behind (id 4096; id "
                           "4097; id 4098; and 2 more)"));
    sample_free(s);
}

static void what_may_persist_is_no_leak(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    sample_leave(s, 0, (struct object){.kind = OBJECT_FIFO, .name = "requests", .creator = "?"});
    sample_leave(s, 1, (struct object){.kind = OBJECT_FILE, .name = "log", .creator = "?"});
    sample_judge(s);
    assert_int_equal(s->grade.verdict, VERDICT_PASS);
    sample_free(s);
    s = sample_new(); /* the file is allowed in the other scenario only */
    sample_leave(s, 0, (struct object){.kind = OBJECT_FILE, .name = "log", .creator = "?"});
    sample_judge(s);
    assert_string_equal(s->grade.findings[0].rule, "leak-file");
    sample_free(s);
}

/* The driver killed everybody when the expectation failed: nobody could clean up any more. */
static void nobody_is_blamed_for_leftovers_of_a_scenario_that_was_cut_short(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct process_record orphan = {.name = "consumer#1", .command = "./consumer"};
    sample_fail(s, 0, wrong);
    sample_leave(s, 0, queue);
    s->evidence[0].orphans = &orphan;
    s->evidence[0].orphan_count = 1;
    sample_judge(s);
    assert_int_equal(s->grade.finding_count, 1);
    assert_string_equal(s->grade.findings[0].rule, "wrong-output");
    assert_string_equal(s->grade.findings[0].scenario, "in_order");
    assert_true(s->grade.score == 6);
    assert_true(s->grade.max_score == 12);
    sample_free(s);
}

static void an_orphan_costs_cleanup(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct process_record orphan = {
        .name = "consumer#1", .command = "./consumer", .where = {.file = "consumer.c", .line = 31}};
    s->evidence[1].orphans = &orphan;
    s->evidence[1].orphan_count = 1;
    sample_judge(s);
    assert_string_equal(s->grade.findings[0].rule, "orphan");
    assert_int_equal(s->grade.findings[0].site_count, 1);
    assert_int_equal(s->grade.findings[0].sites[0].line, 31);
    assert_int_equal(s->grade.findings[0].quality, QUALITY_CLEANUP);
    assert_true(s->grade.score == 11);
    sample_free(s);
}

static void incomplete_evidence_accuses_nobody(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    sample_fail(s, 0, wrong);
    sample_leave(s, 0, queue);
    s->evidence[0].complete = false;
    s->evidence[0].fault = "driver: killed";
    sample_judge(s);
    assert_int_equal(s->grade.finding_count, 0);
    assert_int_equal(s->results[0].verdict, VERDICT_HARNESS_ERROR);
    assert_string_equal(s->results[0].fault, "driver: killed");
    assert_int_equal(s->grade.verdict, VERDICT_HARNESS_ERROR);
    for (int q = 0; q < QUALITIES; q++)
        assert_true(s->results[0].max_points[q] == 0);
    sample_free(s);
}

static void evidence_that_contradicts_itself_is_our_fault(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    s->evidence[0].played_through = false; /* and nothing says why */
    sample_fail(s, 1, (struct finding){.rule = "no-such-rule", .message = "?"});
    sample_judge(s);
    assert_int_equal(s->results[0].verdict, VERDICT_HARNESS_ERROR);
    assert_int_equal(s->results[1].verdict, VERDICT_HARNESS_ERROR);
    assert_int_equal(s->grade.finding_count, 0);
    sample_free(s);
}

static void what_cannot_be_decided_is_not_scored(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct finding review = wrong;
    review.for_review = true;
    sample_fail(s, 0, review);
    sample_fail(s, 1, (struct finding){.rule = "inconclusive", .message = "?"});
    sample_judge(s);
    assert_int_equal(s->grade.verdict, VERDICT_INCONCLUSIVE);
    assert_int_equal(s->grade.finding_count, 2);
    assert_string_equal(s->results[0].word, "inconclusive");
    assert_true(s->grade.max_score == 0);
    sample_free(s);
}

/* A run of the first scenario: NULL, it played through. */
static const struct evidence *run_of(struct sample *s, const struct finding *failure)
{
    struct evidence *e = arena_alloc(s->arena, sizeof *e);
    *e = (struct evidence){.complete = true, .played_through = !failure};
    if (failure) {
        e->failures = arena_alloc(s->arena, sizeof *failure);
        *e->failures = *failure;
        e->failure_count = 1;
    }
    return e;
}

/* The first scenario with schedules that prove nothing. */
static void judge_unexplored(struct sample *s)
{
    const struct evidence schedules = {
        .complete = true, .played_through = true, .schedules_run = 2, .inconclusive = "too long"};
    verdict_scenario(s->arena, &s->grade, &s->results[0], &s->evidence[0], &schedules);
}

static void what_passes_and_cannot_be_explored_is_undecided(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    judge_unexplored(s);
    assert_int_equal(s->grade.finding_count, 1);
    assert_string_equal(s->results[0].word, "inconclusive");
    assert_false(s->results[0].judged[QUALITY_RACE_FREEDOM]);
    sample_free(s);
}

/* A program that fails must not be worth more because it is hard to explore, too. */
static void what_fails_needs_no_exploring(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    sample_fail(s, 0, (struct finding){.rule = "spin", .message = "?"});
    judge_unexplored(s);
    assert_int_equal(s->grade.finding_count, 1);
    assert_string_equal(s->results[0].word, "spin");
    assert_true(s->results[0].judged[QUALITY_RACE_FREEDOM]);
    sample_free(s);
}

static void judge_repetitions(struct sample *s, const struct finding *second,
                              const struct finding *third)
{
    const struct evidence *runs[] = {run_of(s, &wrong), run_of(s, second), run_of(s, third)};
    s->evidence[0] = *verdict_of_repetitions(s->arena, runs, 3);
    sample_judge(s);
}

static void a_failure_that_comes_back_every_time_is_scored(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct finding other = {.rule = "wrong-output", .message = "no item 2"};
    judge_repetitions(s, &other, &wrong);
    assert_int_equal(s->grade.finding_count, 1);
    assert_false(s->grade.findings[0].for_review);
    assert_string_equal(s->grade.findings[0].message, "no item 2"); /* whichever came first */
    assert_int_equal(s->grade.verdict, VERDICT_FINDINGS);
    assert_true(s->grade.score == 6);
    assert_true(s->grade.max_score == 12);
    sample_free(s);
}

static void one_that_fails_differently_every_time_is_scored_too(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct finding crash = {.rule = "crash", .message = "signal 11"};
    judge_repetitions(s, &wrong, &crash);
    assert_string_equal(s->results[0].word, "crash");
    assert_true(s->grade.score == 6);
    sample_free(s);
}

static void a_failure_that_does_not_come_back_is_for_the_instructors_eye(void **state)
{
    (void)state;
    for (int played = 1; played < 4; played++) { /* bits: which repetition played through */
        struct sample *s = sample_new();
        judge_repetitions(s, played & 1 ? NULL : &wrong, played & 2 ? NULL : &wrong);
        assert_int_equal(s->grade.finding_count, 1);
        assert_true(s->grade.findings[0].for_review);
        assert_non_null(strstr(s->grade.findings[0].message,
                               "no item 3; but the same scenario, played again, went"));
        assert_int_equal(s->grade.verdict, VERDICT_INCONCLUSIVE);
        assert_true(s->grade.score == 6);
        assert_true(s->grade.max_score == 6); /* neither won nor lost */
        sample_free(s);
    }
}

static void a_repetition_that_goes_wrong_is_our_fault(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct evidence broken = {.fault = "driver: killed"};
    const struct evidence *runs[] = {run_of(s, &wrong), &broken};
    s->evidence[0] = *verdict_of_repetitions(s->arena, runs, 2);
    sample_judge(s);
    assert_int_equal(s->grade.verdict, VERDICT_HARNESS_ERROR);
    sample_free(s);
}

static void what_took_a_budget_or_fails_on_schedules_is_no_luck(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct finding spin = {.rule = "spin", .message = "?"};
    struct finding seen = wrong;
    seen.schedules_failed = 3;
    assert_true(verdict_may_be_luck(run_of(s, &wrong), NULL));
    assert_true(verdict_may_be_luck(run_of(s, &wrong), run_of(s, NULL)));
    assert_false(verdict_may_be_luck(run_of(s, &wrong), run_of(s, &seen)));
    assert_false(verdict_may_be_luck(run_of(s, &spin), NULL));
    assert_false(verdict_may_be_luck(run_of(s, NULL), NULL));
    sample_free(s);
}

static void the_word_is_that_of_the_gravest_finding(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct finding spin = {.rule = "spin", .message = "?"};
    sample_leave(s, 0, queue);
    sample_fail(s, 0, (struct finding){.rule = "zombie", .quality = QUALITY_CLEANUP});
    sample_fail(s, 0, spin);
    s->evidence[0].played_through = true;
    sample_judge(s);
    assert_int_equal(s->grade.finding_count, 3);
    assert_string_equal(s->results[0].word, "spin");
    sample_free(s);
}

static void a_failed_build_is_a_finding_with_the_errors_as_sites(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct diagnostic diagnostics[] = {
        {"a.c", 3, false, "unused variable"},
        {"a.c", 7, true, "expected ';'"},
        {"b.c", 1, true, "no such file"},
    };
    s->built =
        (struct built){.failure = "make failed", .diagnostics = diagnostics, .diagnostic_count = 3};
    sample_judge(s);
    assert_int_equal(s->grade.verdict, VERDICT_BUILD_ERROR);
    assert_int_equal(s->grade.finding_count, 1);
    const struct finding *f = &s->grade.findings[0];
    assert_string_equal(f->rule, "build-error");
    assert_null(f->scenario);
    assert_int_equal(f->site_count, 2);
    assert_int_equal(f->sites[0].line, 7);
    assert_string_equal(f->sites[1].file, "b.c");
    sample_free(s);
}

static void the_whole_is_its_gravest_part(void **state)
{
    (void)state;
    static const struct {
        enum verdict parts[2], whole;
    } rows[] = {
        {{VERDICT_PASS, VERDICT_PASS}, VERDICT_PASS},
        {{VERDICT_PASS, VERDICT_INCONCLUSIVE}, VERDICT_INCONCLUSIVE},
        {{VERDICT_FINDINGS, VERDICT_INCONCLUSIVE}, VERDICT_FINDINGS},
        {{VERDICT_FINDINGS, VERDICT_HARNESS_ERROR}, VERDICT_HARNESS_ERROR},
        {{VERDICT_BUILD_ERROR, VERDICT_FINDINGS}, VERDICT_BUILD_ERROR},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sample *s = sample_new();
        s->results[0].verdict = rows[i].parts[0];
        s->results[1].verdict = rows[i].parts[1];
        assert_int_equal(verdict_whole(&s->grade), rows[i].whole);
        s->grade.fault = "the disk is full";
        assert_int_equal(verdict_whole(&s->grade), VERDICT_HARNESS_ERROR);
        sample_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_well_is_a_pass),
        cmocka_unit_test(a_leak_names_object_and_creator),
        cmocka_unit_test(leaks_of_one_line_are_one_finding),
        cmocka_unit_test(what_may_persist_is_no_leak),
        cmocka_unit_test(nobody_is_blamed_for_leftovers_of_a_scenario_that_was_cut_short),
        cmocka_unit_test(an_orphan_costs_cleanup),
        cmocka_unit_test(incomplete_evidence_accuses_nobody),
        cmocka_unit_test(evidence_that_contradicts_itself_is_our_fault),
        cmocka_unit_test(what_cannot_be_decided_is_not_scored),
        cmocka_unit_test(what_passes_and_cannot_be_explored_is_undecided),
        cmocka_unit_test(what_fails_needs_no_exploring),
        cmocka_unit_test(a_failure_that_comes_back_every_time_is_scored),
        cmocka_unit_test(one_that_fails_differently_every_time_is_scored_too),
        cmocka_unit_test(a_failure_that_does_not_come_back_is_for_the_instructors_eye),
        cmocka_unit_test(a_repetition_that_goes_wrong_is_our_fault),
        cmocka_unit_test(what_took_a_budget_or_fails_on_schedules_is_no_luck),
        cmocka_unit_test(the_word_is_that_of_the_gravest_finding),
        cmocka_unit_test(a_failed_build_is_a_finding_with_the_errors_as_sites),
        cmocka_unit_test(the_whole_is_its_gravest_part),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}

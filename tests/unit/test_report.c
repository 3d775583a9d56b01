/* test_report.c - what people and programs get to see: to the byte, whatever the student wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>

#include "base/text.h"
#include "report/page.h"
#include "tests/unit/sample.h"

static const struct report_style plain_style = {0};

static struct sample *one_leak(void)
{
    struct sample *s = sample_new();
    sample_leave(s, 1,
                 (struct object){.kind = OBJECT_SYSV_SEMAPHORE,
                                 .id = 5,
                                 .key = 0x2a,
                                 .name = "",
                                 .size = 2,
                                 .creator = "producer#1",
                                 .file = "common.c",
                                 .line = 12});
    s->evidence[0].wall_ms = 12;
    s->evidence[0].cpu_ms = 3;
    s->evidence[1].events = arena_array(s->arena, const char *, 1);
    s->evidence[1].events[0] = "started producer#1";
    s->evidence[1].event_count = 1;
    sample_judge(s);
    return s;
}

static struct sample *wrong_output(const char *came, size_t length)
{
    struct sample *s = sample_new();
    sample_fail(s, 0,
                (struct finding){.rule = "wrong-output",
                                 .process = "consumer#1",
                                 .message = came,
                                 .expected = "item 1\n",
                                 .came = came,
                                 .came_length = length,
                                 .after = "started consumer#1"});
    sample_judge(s);
    return s;
}

static bool holds(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* ---- JSON ------------------------------------------------------------------------------------- */

static void json_to_the_byte(void **state)
{
    (void)state;
    struct sample *s = one_leak();
    char *text = sample_report("json", &s->grade, 1, plain_style);
    assert_string_equal(
        text,
        "{\"schema\":\"ipcgrade/1\",\"assignment\":\"bounded_buffer\",\"title\":\"Bounded "
        "buffer\",\"submission\":\"ada\",\"hash\":\"5f2c\",\"verdict\":\"findings\",\"score\":11,"
        "\"max_score\":12,\"not_judged\":[\"race_freedom\",\"memory\"],\"notices\":[],"
        "\"build\":{\"ok\":true,\"diagnostics\":[]},"
        "\"scenarios\":[{\"name\":\"in_order\",\"title\":\"One of each\",\"asks\":\"items arrive "
        "in "
        "order\",\"points\":6,\"max_points\":6,\"verdict\":\"pass\",\"qualities\":{\"correctness\":"
        "5,\"race_freedom\":null,\"cleanup\":1,\"memory\":null},\"max_qualities\":{\"correctness\":"
        "5,\"race_freedom\":null,\"cleanup\":1,\"memory\":null},\"schedules\":{\"run\":0,"
        "\"failed\":0},\"events\":[]},{\"name\":\"stopped\",\"title\":\"Stopped half-way\","
        "\"asks\":\"all is removed\",\"points\":5,\"max_points\":6,\"verdict\":"
        "\"leak-sysv-semaphore\",\"qualities\":{\"correctness\":5,\"race_freedom\":null,"
        "\"cleanup\":0,\"memory\":null},\"max_qualities\":{\"correctness\":5,\"race_freedom\":null,"
        "\"cleanup\":1,\"memory\":null},\"schedules\":{\"run\":0,\"failed\":0},\"events\":["
        "\"started producer#1\"]}],"
        "\"findings\":[{\"rule\":\"leak-sysv-semaphore\",\"scenario\":\"stopped\",\"lens\":"
        "\"plain\",\"quality\":\"cleanup\",\"process\":\"producer#1\",\"message\":\"a System V "
        "semaphore set was left behind (id 5, 2 semaphores), created by producer#1 "
        "at common.c:12, never removed; on your own machine `ipcs -s` would show it\","
        "\"explanation\":\"After all programs had ended, a semaphore set that they made with "
        "semget still existed, with the values it had at the end.\",\"next\":\"run your programs, "
        "then `ipcs -s`: the list must be as it was before\",\"sites\":[{\"file\":\"common.c\","
        "\"line\":12,\"function\":null,\"process\":\"producer#1\",\"access\":\"created here\"}]}],"
        "\"timing\":{\"scenarios\":[{\"scenario\":\"in_order\",\"wall_ms\":12,\"cpu_ms\":3},"
        "{\"scenario\":\"stopped\",\"wall_ms\":0,\"cpu_ms\":0}]}}\n");
    free(text);
    sample_free(s);
}

static void json_of_hostile_text(void **state)
{
    (void)state;
    static const char came[] = "a\033[31m\0b\xff\"\\\n\u202e\xc2\x9b";
    struct sample *s = wrong_output(came, sizeof came - 1);
    char *text = sample_report("json", &s->grade, 1, plain_style);
    assert_true(holds(text, "\"came\":\"a\\u001B[31m\\u0000b\\\\xff\\\"\\\\\\n\\u202E\\u009B\","
                            "\"came_bytes\":17,\"difference\":{\"line\":1,\"column\":1}"));
    for (const char *c = text; *c; c++)
        assert_true((*c >= ' ' && *c < 0x7f) || (*c == '\n' && c[1] == '\0'));
    json_error_t error;
    json_t *read = json_loads(text, JSON_ALLOW_NUL, &error);
    assert_non_null(read);
    json_decref(read);
    free(text);
    sample_free(s);
}

static void several_are_an_object_a_line(void **state)
{
    (void)state;
    struct sample *s = one_leak();
    struct grade grades[] = {s->grade, s->grade, s->grade};
    char *one = sample_report("json", grades, 1, plain_style);
    char *all = sample_report("json", grades, 3, plain_style);
    size_t n = strlen(one);
    assert_int_equal(strlen(all), 3 * n);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(strncmp(all + i * n, one, n), 0);
    free(one);
    free(all);
    sample_free(s);
}

static void a_harness_error_carries_no_score(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    s->evidence[1].complete = false;
    s->evidence[1].fault = "box: no room";
    sample_judge(s);
    char *json = sample_report("json", &s->grade, 1, plain_style);
    assert_true(holds(json, "\"verdict\":\"harness_error\",\"score\":null,\"max_score\":null"));
    assert_true(holds(json, "\"fault\":\"box: no room\""));
    char *term = sample_report("term", &s->grade, 1, plain_style);
    assert_true(holds(term, "HARNESS ERROR"));
    assert_true(holds(term, "box: no room"));
    assert_false(holds(term, " points, "));
    free(json);
    free(term);
    sample_free(s);
}

static void points_without_noise(void **state)
{
    (void)state;
    struct sample *s = one_leak();
    s->grade.score = 0.1 + 0.2;
    s->grade.max_score = 71.5;
    char *json = sample_report("json", &s->grade, 1, plain_style);
    assert_true(holds(json, "\"score\":0.3,\"max_score\":71.5,"));
    free(json);
    assert_string_equal(points_text(0).text, "0");
    assert_string_equal(points_text(100).text, "100");
    assert_string_equal(points_text(0.1 + 0.2).text, "0.3");
    assert_string_equal(points_text(12.25).text, "12.25");
    sample_free(s);
}

/* ---- terminal --------------------------------------------------------------------------------- */

static void term_to_the_byte(void **state)
{
    (void)state;
    struct sample *s = one_leak();
    char *text = sample_report("term", &s->grade, 1, plain_style);
    assert_string_equal(
        text,
        "ada: Bounded buffer (bounded_buffer): 11 of 12 points, with findings\n"
        "\n"
        "  pass     6 of 6     in_order  One of each\n"
        "  part     5 of 6     stopped   leak-sysv-semaphore: Stopped half-way\n"
        "\n"
        " 1. leak-sysv-semaphore: A System V semaphore set was never removed\n"
        "   in       stopped: Stopped half-way\n"
        "   asked    all is removed\n"
        "   what     a System V semaphore set was left behind (id 5, 2 semaphores), created by "
        "producer#1 at\n"
        "            common.c:12, never removed; on your own machine `ipcs -s` would show it\n"
        "   where    common.c:12, producer#1: created here\n"
        "   why      It belongs to nobody: it stays until somebody removes it or the machine is "
        "started anew.\n"
        "            The next run starts with the old values (a mutex that is still taken, for "
        "example) and\n"
        "            hangs, and the machine allows only so many sets (SEMMNI).\n"
        "   next     run your programs, then `ipcs -s`: the list must be as it was before\n"
        "   costs    cleanup\n"
        "\n"
        "More about each: ipcgrade explain leak-sysv-semaphore\n"
        "\n"
        "Not judged (and not counted in the points): race freedom, memory.\n");
    free(text);
    sample_free(s);
}

static void check_lines(const char *text)
{
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        size_t n = strcspn(line, "\n"), at = 0;
        int columns = 0;
        while (at < n) {
            struct text_unit unit = text_unit(line + at, n - at);
            if (unit.escaped)
                fail_msg("not escaped: %s", unit.shown);
            columns += unit.columns;
            at += unit.bytes;
        }
        if (columns > PAGE_WIDTH)
            fail_msg("%d columns: %.*s", columns, (int)n, line);
    }
}

static void term_of_hostile_text(void **state)
{
    (void)state;
    static const char came[] = "a\033[31m\033]0;x\a\r\nb\xff \u202e\u0301 日本語日本語 \xc2\x9b"
                               "0123456789012345678901234567890123456789012345678901234567890123456"
                               "7890123456789012345678901234567890123456789\n\n\n  \n";
    struct sample *s = wrong_output(came, 0);
    s->submission.name = "\033[2Jada\n\u202e of a name that is far too long for one line of it\xff";
    s->submission.notices = (const char *const[]){"dropped \033c.o: \n\r"};
    s->submission.notice_count = 1;
    struct diagnostic warning = {"\033[1m.c", 3, false, "\033]52;c;x\a"};
    s->built.diagnostics = &warning;
    s->built.diagnostic_count = 1;
    struct process_record consumer = {
        .name = "consumer#1", .errors = "oh\033[0m\n", .errors_length = 7};
    s->evidence[0].processes = &consumer;
    s->evidence[0].process_count = 1;
    struct grade grades[] = {s->grade, s->grade};
    char *text = sample_report("term", grades, 2, plain_style);
    check_lines(text);
    assert_true(holds(text, "oh\\x1b[0m"));
    free(text);
    sample_free(s);
}

static struct sample *race_at(const struct site *first, const struct site *second)
{
    struct sample *s = sample_new();
    sample_fail(s, 0,
                (struct finding){.rule = "data-race",
                                 .message = "two at once",
                                 .variable = "b->count",
                                 .site_count = 2,
                                 .sites = {*first, *second}});
    sample_judge(s);
    return s;
}

static void the_lines_are_shown(void **state)
{
    (void)state;
    struct site put = {
        .file = "a.c", .line = 7, .access = "write", .source = "\tb->count++;\t/* */"};
    struct site get = {.file = "a.c", .line = 12345, .access = "read", .source = "  x = b->count;"};
    struct sample *s = race_at(&put, &get);
    char *text = sample_report("term", &s->grade, 1, plain_style);
    assert_true(holds(text, "   where    a.c:7: write\n"
                            "               7 | b->count++; /* */\n"
                            "            a.c:12345: read\n"
                            "            12345 | x = b->count;\n"));
    free(text);
    text = sample_report("json", &s->grade, 1, plain_style);
    assert_true(holds(text, "\"variable\":\"b->count\""));
    assert_true(holds(text, "\"source\":\"\\tb->count++;\\t/* */\""));
    free(text);
    sample_free(s);
    s = race_at(&put, &put); /* one line is shown once */
    text = sample_report("term", &s->grade, 1, plain_style);
    assert_true(holds(text, "   where    a.c:7: write\n"
                            "            a.c:7: write\n"
                            "               7 | b->count++; /* */\n   "));
    free(text);
    sample_free(s);
}

static void lines_of_hostile_text(void **state)
{
    (void)state;
    enum { LENGTH = 5000 };
    static char wide[LENGTH + 1];
    while (strlen(wide) + 3 < LENGTH)
        snprintf(wide + strlen(wide), 4, "日");
    const char *const sources[] = {"", " \t ",
                                   "\033[2J\033]0;x\a\r\xff \u202e\t\t\t日本語 \xc2\x9b", wide};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct site put = {.file = "a.c", .line = 1, .source = sources[i]};
        struct site get = {.file = "a.c", .line = 2000000000, .source = sources[i]};
        struct sample *s = race_at(&put, &get);
        char *text = sample_report("term", &s->grade, 1, plain_style);
        check_lines(text);
        free(text);
        free(sample_report("json", &s->grade, 1, plain_style));
        sample_free(s);
    }
}

static void a_text_of_megabytes_is_cut(void **state)
{
    (void)state;
    enum { SIZE = 20 << 20 };
    char *came = malloc(SIZE + 1);
    assert_non_null(came);
    memset(came, 'x', SIZE);
    came[SIZE] = '\0';
    struct sample *s = wrong_output(came, 0);
    char *term = sample_report("term", &s->grade, 1, plain_style);
    char *json = sample_report("json", &s->grade, 1, plain_style);
    assert_true(strlen(term) < 8000);
    assert_true(holds(term, "more bytes)"));
    assert_true(strlen(json) < 200000);
    assert_true(holds(json, "\"came_bytes\":20971520"));
    check_lines(term);
    free(term);
    free(json);
    free(came);
    sample_free(s);
}

static void colours_only_where_wanted(void **state)
{
    (void)state;
    struct sample *s = one_leak();
    char *with = sample_report("term", &s->grade, 1, (struct report_style){.color = true});
    char *without = sample_report("term", &s->grade, 1, plain_style);
    assert_true(holds(with, "\033[32mpass\033[0m"));
    assert_false(holds(without, "\033"));
    char *to = with; /* without its colours it is the same text */
    for (const char *from = with; *from;)
        if (*from == '\033')
            from += strcspn(from, "m") + 1;
        else
            *to++ = *from++;
    *to = '\0';
    assert_string_equal(with, without);
    free(with);
    free(without);
    sample_free(s);
}

static void the_same_bug_is_told_once(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    for (int i = 0; i < 2; i++)
        sample_leave(s, i,
                     (struct object){.kind = OBJECT_SYSV_QUEUE,
                                     .id = 4096 + i,
                                     .name = "",
                                     .creator = i ? "consumer#2" : "consumer#1",
                                     .file = "consumer.c",
                                     .line = 31});
    sample_judge(s);
    assert_int_equal(s->grade.finding_count, 2);
    char *text = sample_report("term", &s->grade, 1, plain_style);
    assert_true(holds(text, "   in       2 scenarios: in_order, stopped\n"));
    assert_true(holds(text, " 1. leak-sysv-queue"));
    assert_false(holds(text, " 2. "));
    free(text);
    sample_free(s);
}

static void a_rule_is_explained_once(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    sample_fail(s, 0, (struct finding){.rule = "spin", .message = "one"});
    sample_fail(s, 1, (struct finding){.rule = "spin", .message = "two"});
    sample_judge(s);
    char *text = sample_report("term", &s->grade, 1, plain_style);
    const char *why = strstr(text, "   why ");
    assert_non_null(why);
    assert_null(strstr(why + 1, "   why "));
    assert_true(holds(why, " 2. spin"));
    free(text);
    sample_free(s);
}

/* One mistake has as many ends as there are schedules: one of them is told at length. */
static void ends_of_schedules_are_told_in_short(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct evidence explored = {.complete = true, .schedules_run = 200};
    for (int i = 0; i < 20; i++) {
        explored.failures =
            arena_grow(s->arena, explored.failures, explored.failure_count, sizeof(struct finding));
        explored.failures[explored.failure_count++] =
            (struct finding){.rule = "wrong-output",
                             .quality = QUALITY_RACE_FREEDOM,
                             .lens = LENS_SCHEDULES,
                             .message = arena_printf(s->arena, "item %d was lost", i),
                             .replay = arena_printf(s->arena, "one@%d", i)};
    }
    verdict_scenario(s->arena, &s->grade, &s->results[0], &s->evidence[0], &explored);
    s->grade.verdict = VERDICT_FINDINGS;
    char *text = sample_report("term", &s->grade, 1, plain_style);
    assert_true(holds(text, "item 0 was lost"));
    assert_true(holds(text, " 2. more of these: 19 more ends"));
    assert_true(holds(text, "item 8 was lost"));
    assert_true(holds(text, "one@8"));
    assert_false(holds(text, "item 9 was lost"));
    free(text);
    sample_free(s);
}

static void a_failed_build_shows_the_compilers_words(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct diagnostic d[] = {{"consumer.c", 12, true, "expected ';' before 'x'"},
                             {"consumer.c", 3, false, "unused variable 'y'"}};
    s->built = (struct built){.failure = "consumer was not built",
                              .log = "make: Error 1\n",
                              .diagnostics = d,
                              .diagnostic_count = 2};
    sample_judge(s);
    char *text = sample_report("term", &s->grade, 1, plain_style);
    assert_true(holds(text, "0 of 12 points, does not build\n"));
    assert_true(holds(text, "build-error: consumer was not built\n"));
    assert_true(holds(text, "  consumer.c:12: error: expected ';' before 'x'\n"));
    assert_true(holds(text, "  consumer.c:3: warning: unused variable 'y'\n"));
    assert_false(holds(text, "make: Error 1"));
    free(text);
    s->built.diagnostic_count = 0; /* then the log is all there is */
    text = sample_report("term", &s->grade, 1, plain_style);
    assert_true(holds(text, "make: Error 1\n"));
    free(text);
    sample_free(s);
}

static void quiet_shows_only_what_is_wrong(void **state)
{
    (void)state;
    struct report_style quiet = {.quiet = true};
    struct sample *s = sample_new();
    sample_judge(s);
    char *text = sample_report("term", &s->grade, 1, quiet);
    assert_string_equal(text, "");
    free(text);
    sample_free(s);
    s = one_leak();
    text = sample_report("term", &s->grade, 1, quiet);
    assert_false(holds(text, "pass "));
    assert_false(holds(text, "Not judged"));
    assert_true(holds(text, "leak-sysv-semaphore"));
    free(text);
    sample_free(s);
}

static void several_end_with_a_table(void **state)
{
    (void)state;
    struct sample *s = one_leak(), *t = sample_new();
    t->submission.name = "bob";
    sample_judge(t);
    struct grade grades[] = {s->grade, t->grade};
    char *text = sample_report("term", grades, 2, plain_style);
    const char *table = strstr(text, "submission   ");
    assert_non_null(table);
    assert_string_equal(strchr(table, '\n') + 1,
                        "ada                                           11 of 12       findings\n"
                        "bob                                           12 of 12       pass\n");
    free(text);
    sample_free(s);
    sample_free(t);
}

static void formats_are_found_by_name(void **state)
{
    (void)state;
    assert_non_null(report_find("term"));
    assert_non_null(report_find("json"));
    assert_null(report_find("html of another age"));
    static char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    report_list(to);
    fclose(to);
    assert_true(strstr(text, "  json ") < strstr(text, "  term "));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_to_the_byte),
        cmocka_unit_test(json_of_hostile_text),
        cmocka_unit_test(several_are_an_object_a_line),
        cmocka_unit_test(a_harness_error_carries_no_score),
        cmocka_unit_test(points_without_noise),
        cmocka_unit_test(term_to_the_byte),
        cmocka_unit_test(term_of_hostile_text),
        cmocka_unit_test(the_lines_are_shown),
        cmocka_unit_test(lines_of_hostile_text),
        cmocka_unit_test(a_text_of_megabytes_is_cut),
        cmocka_unit_test(colours_only_where_wanted),
        cmocka_unit_test(the_same_bug_is_told_once),
        cmocka_unit_test(a_rule_is_explained_once),
        cmocka_unit_test(ends_of_schedules_are_told_in_short),
        cmocka_unit_test(a_failed_build_shows_the_compilers_words),
        cmocka_unit_test(quiet_shows_only_what_is_wrong),
        cmocka_unit_test(several_end_with_a_table),
        cmocka_unit_test(formats_are_found_by_name),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}

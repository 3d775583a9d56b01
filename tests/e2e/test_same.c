/*
 * test_same.c - the same submission gets the same report: graded again, twice at the same time, by another
 * user. The JSON may differ in its timing objects only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/support/command.h"

enum { NOBODY = 65534 };

/* One that passes, and some whose processes are left over, stuck, or print in any order. */
static const struct {
    const char *assignment, *folder;
} chosen[] = {
    {"pipeline", "reference/pipeline"},
    {"pipeline", "fixtures/pipeline/no_wait"},
    {"pipeline", "fixtures/pipeline/pipe_end_open"},
    {"pipeline", "fixtures/pipeline/status_of_last_to_end"},
    {"bounded_buffer", "reference/bounded_buffer"},
    {"message_queue", "reference/message_queue"},
};
enum { CHOSEN = sizeof chosen / sizeof *chosen };

static void remove_timing(json_t *json)
{
    const char *key;
    size_t i;
    json_t *value;
    json_object_del(json, "timing");
    json_object_foreach(json, key, value)
    {
        remove_timing(value);
    }
    json_array_foreach(json, i, value)
    {
        remove_timing(value);
    }
}

/* The report without its timing. The caller frees it. */
static char *untimed(struct answer answer)
{
    json_t *report = parse_json(&answer);
    remove_timing(report);
    char *text = json_dumps(report, JSON_INDENT(1));
    json_decref(report);
    answer_free(&answer);
    return text;
}

static struct asking grading(int i, uid_t uid)
{
    struct manner manner = {.uid = uid};
    return ask_in_background(manner, (const char *const[]){"grade", "--schedules", "1", "--format",
                                                           "json", "-a", chosen[i].assignment,
                                                           chosen[i].folder, NULL});
}

static void assert_same(char *one, char *other)
{
    assert_string_equal(one, other);
    free(one);
    free(other);
}

static void again(void **state)
{
    (void)state;
    for (int i = 0; i < CHOSEN; i++) {
        char *one = untimed(answer_of(grading(i, 0)));
        assert_same(one, untimed(answer_of(grading(i, 0))));
    }
}

static void at_the_same_time(void **state)
{
    (void)state;
    for (int i = 0; i < CHOSEN; i++) {
        struct asking one = grading(i, 0), other = grading(i, 0);
        char *first = untimed(answer_of(one));
        assert_same(first, untimed(answer_of(other)));
    }
}

static void as_nobody(void **state)
{
    (void)state;
    if (getuid() != 0)
        skip();
    for (int i = 0; i < CHOSEN; i++) {
        char *one = untimed(answer_of(grading(i, 0)));
        assert_same(one, untimed(answer_of(grading(i, NOBODY))));
    }
}

static int nothing_left(void **state)
{
    (void)state;
    assert_false(has_escaped_processes());
    assert_int_equal(leftovers(), 0);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(again, nothing_left),
        cmocka_unit_test_teardown(at_the_same_time, nothing_left),
        cmocka_unit_test_teardown(as_nobody, nothing_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

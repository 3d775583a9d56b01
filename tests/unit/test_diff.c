/* test_diff.c - what is shown of a difference, to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report/diff.h"

static struct text_span whole(const char *s)
{
    return (struct text_span){s, strlen(s)};
}

static char *shown(struct text_span expected, struct text_span came)
{
    static char *memory; /* gcc 12 takes a local for dangling */
    size_t size;
    FILE *to = open_memstream(&memory, &size);
    struct page page = {.to = to};
    diff_print(&page, 2, expected, came);
    fclose(to);
    return memory;
}

static void check(const char *expected, const char *came, const char *wanted)
{
    char *text = shown(whole(expected), whole(came));
    assert_string_equal(text, wanted);
    free(text);
}

static void a_replaced_line_has_its_place_marked(void **state)
{
    (void)state;
    check("one\ntwo\nthree\nfour\nfive\nsix\n", "one\ntwo\nthree\nfoul\nfive\nsix\n",
          "    two\n"
          "    three\n"
          "  - four\n"
          "  + foul\n"
          "       ^\n"
          "    five\n"
          "    six\n");
}

static void lines_missing_and_lines_too_many(void **state)
{
    (void)state;
    check("1\n2\n3\n4\n", "1\n3\n4\n",
          "    1\n"
          "  - 2\n"
          "    3\n"
          "    4\n");
    check("1\n2\n", "1\n2\n2\n3\n",
          "    1\n"
          "    2\n"
          "  + 2\n"
          "  + 3\n");
    check("", "x\n", "  + x\n");
    check("x\n", "", "  - x\n");
}

static void what_one_cannot_see_is_seen(void **state)
{
    (void)state;
    check("item 1\n", "item 1  \n",
          "  - item 1\n"
          "  + item 1··\n"
          "          ^\n"
          "  (· a blank at the end of a line)\n");
    check("a b\n", "a\tb\r\n",
          "  - a b\n"
          "  + a\\tb\\r\n"
          "     ^\n"
          "  (\\t a tab, \\r a carriage return)\n");
    check("bye\n", "bye",
          "  - bye\n"
          "  + bye  (no newline at the end)\n"
          "       ^\n");
    char *text = shown(whole("ok\n"), (struct text_span){"ok\0\n", 4});
    assert_string_equal(text, "  - ok\n"
                              "  + ok\\0\n"
                              "      ^\n"
                              "  (\\0 a zero byte)\n");
    free(text);
}

static void escape_sequences_do_not_pass(void **state)
{
    (void)state;
    check("x\n", "\033[2Jx\u202e\xff\\\n",
          "  - x\n"
          "  + \\x1b[2Jx\\u{202e}\\xff\\\\\n"
          "  (\\\\ a backslash, \\x.. and \\u{..} a byte or character that cannot be shown)\n");
}

static void replaced_lines_stand_side_by_side(void **state)
{
    (void)state;
    check("a1\nb1\nc\n", "a2\nb2\nc\n",
          "  - a1\n"
          "  + a2\n"
          "     ^\n"
          "  - b1\n"
          "  + b2\n"
          "     ^\n"
          "    c\n");
}

static void equal_lines_far_from_differences_are_left_out(void **state)
{
    (void)state;
    check("x\n1\n2\n3\n4\n5\n6\ny\n", "1\n2\n3\n4\n5\n6\n",
          "  - x\n"
          "    1\n"
          "    2\n"
          "    ...\n"
          "    5\n"
          "    6\n"
          "  - y\n");
}

static char *numbers(int from, int to, int step)
{
    static char *memory; /* gcc 12 takes a local for dangling */
    size_t size;
    FILE *f = open_memstream(&memory, &size);
    for (int i = from; i <= to; i += step)
        fprintf(f, "item %d\n", i);
    fclose(f);
    return memory;
}

static void a_long_output_is_shown_where_it_differs(void **state)
{
    (void)state;
    char *expected = numbers(1, 5000, 1), *came = numbers(1, 5000, 1);
    char *place = strstr(came, "item 4321\n") + strlen("item 43");
    place[0] = '1';
    place[1] = '2';
    check(expected, came,
          "    item 4319\n"
          "    item 4320\n"
          "  - item 4321\n"
          "  + item 4312\n"
          "           ^\n"
          "    item 4322\n"
          "    item 4323\n");
    free(came);
    came = numbers(1, 5000, 2);
    char *text = shown(whole(expected), whole(came));
    assert_non_null(strstr(text, "    ... (5000 lines were expected, 2500 came)\n"));
    assert_true(strlen(text) < 1000);
    free(text);
    free(expected);
    free(came);
}

static void a_long_line_is_shown_around_its_difference(void **state)
{
    (void)state;
    enum { LONG = 1000 };
    char expected[LONG + 2], came[LONG + 2];
    memset(expected, 'a', LONG);
    expected[LONG] = '\n';
    expected[LONG + 1] = '\0';
    memcpy(came, expected, sizeof came);
    came[700] = 'b';
    char *text = shown(whole(expected), whole(came));
    const char *line = text;
    for (int i = 0; i < 2; i++) {
        size_t n = strcspn(line, "\n");
        assert_true(n <= PAGE_WIDTH);
        assert_int_equal(strncmp(line, i ? "  + ...aaaa" : "  - ...aaaa", 11), 0);
        line += n + 1;
    }
    const char *caret = strchr(line, '^'), *b = strchr(text, 'b');
    const char *second = strchr(text, '\n') + 1;
    assert_int_equal(caret - line, b - second); /* stands under the letter */
    free(text);
}

static void the_first_difference(void **state)
{
    (void)state;
    struct diff_place place;
    assert_false(diff_first(whole("a\nb\n"), whole("a\nb\n"), &place));
    assert_true(diff_first(whole("a\nbcd\n"), whole("a\nbce\n"), &place));
    assert_int_equal(place.line, 2);
    assert_int_equal(place.column, 3);
    assert_true(diff_first(whole("a\n"), whole("a\nb\n"), &place));
    assert_int_equal(place.line, 2);
    assert_int_equal(place.column, 1);
    assert_true(diff_first(whole("a\n"), whole("a"), &place));
    assert_int_equal(place.line, 1);
    assert_int_equal(place.column, 2);
}

/* 100 MB in one line, and in 50 million: linear, and a few lines of output. */
static void sizes_do_not_matter(void **state)
{
    (void)state;
    enum { SIZE = 100 << 20 };
    char *big = malloc(SIZE), *other = malloc(SIZE);
    assert_non_null(big);
    assert_non_null(other);
    for (int newlines = 0; newlines < 2; newlines++) {
        for (size_t i = 0; i < SIZE; i++)
            big[i] = (char)(newlines && i % 2 ? '\n' : 'x');
        memcpy(other, big, SIZE);
        other[SIZE / 2] = 'y';
        char *text = shown((struct text_span){big, SIZE}, (struct text_span){other, SIZE});
        assert_true(strlen(text) < 1000);
        free(text);
        text = shown((struct text_span){"x\n", 2}, (struct text_span){big, SIZE});
        assert_true(strlen(text) < 4000);
        free(text);
    }
    free(big);
    free(other);
}

/* Any two texts: every line that is shown is one of theirs, and the output stays small. */
static void any_two_texts(void **state)
{
    (void)state;
    unsigned seed = 7;
    for (int round = 0; round < 500; round++) {
        char a[200], b[200];
        for (size_t i = 0; i < sizeof a; i++) {
            seed = seed * 1103515245 + 12345;
            a[i] = "ab\n \xc3\xa9"[(seed >> 16) % 6];
            b[i] = (seed >> 24) % 8 ? a[i] : '\n';
        }
        size_t na = seed % sizeof a, nb = (seed >> 8) % sizeof b;
        char *text = shown((struct text_span){a, na}, (struct text_span){b, nb});
        struct diff_place place;
        assert_true(diff_first((struct text_span){a, na}, (struct text_span){b, nb}, &place) ||
                    !strpbrk(text, "+-"));
        assert_true(strlen(text) < 10000);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replaced_line_has_its_place_marked),
        cmocka_unit_test(lines_missing_and_lines_too_many),
        cmocka_unit_test(what_one_cannot_see_is_seen),
        cmocka_unit_test(escape_sequences_do_not_pass),
        cmocka_unit_test(replaced_lines_stand_side_by_side),
        cmocka_unit_test(equal_lines_far_from_differences_are_left_out),
        cmocka_unit_test(a_long_output_is_shown_where_it_differs),
        cmocka_unit_test(a_long_line_is_shown_around_its_difference),
        cmocka_unit_test(the_first_difference),
        cmocka_unit_test(sizes_do_not_matter),
        cmocka_unit_test(any_two_texts),
    };
    return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}

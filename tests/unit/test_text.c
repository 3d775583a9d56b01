/* test_text.c - nothing that a student wrote reaches a terminal but as itself or as an escape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct row {
    const char *text;
    size_t n; /* 0: strlen */
    const char *shown;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *shown = text_escaped(rows[i].text, rows[i].n ? rows[i].n : strlen(rows[i].text));
        assert_string_equal(shown, rows[i].shown);
        free(shown);
    }
}
#define CHECK(rows) check_rows(rows, sizeof rows / sizeof *rows)

static void plain_text_is_itself(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"item 1 \"x\" 'y' \\ ~", 0, "item 1 \"x\" 'y' \\ ~"},
        {"Grüße, žluťoučký, ελληνικά, 日本語", 0, "Grüße, žluťoučký, ελληνικά, 日本語"},
        {"e\u0301", 0, "e\u0301"}, /* a letter and its mark */
    };
    CHECK(rows);
}

static void control_characters_are_escaped(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"\033[2J\033]0;title\a", 0, "\\x1b[2J\\x1b]0;title\\a"},
        {"a\0b", 3, "a\\0b"},
        {"\t\r\n\v\f\b\x01\x7f", 0, "\\t\\r\\n\\v\\f\\b\\x01\\x7f"},
        {"\xc2\x9b"
         "31m",
         0, "\\u{9b}31m"}, /* C1: what ESC [ is in 8 bits */
        {"\x9b"
         "31m",
         0, "\\x9b31m"},
    };
    CHECK(rows);
}

static void bidi_and_invisible_characters_are_escaped(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"\u202a\u202b\u202c\u202d\u202e", 0, "\\u{202a}\\u{202b}\\u{202c}\\u{202d}\\u{202e}"},
        {"\u2066\u2067\u2068\u2069", 0, "\\u{2066}\\u{2067}\\u{2068}\\u{2069}"},
        {"\u200b\u200e\u200f\u061c", 0, "\\u{200b}\\u{200e}\\u{200f}\\u{61c}"},
        {"\u2028\u2029\u00ad\ufeff", 0, "\\u{2028}\\u{2029}\\u{ad}\\u{feff}"},
        {"\u00a0\u3000", 0, "\\u{a0}\\u{3000}"}, /* look like blanks, are none */
        {"\xf3\xa0\x81\x81", 0, "\\u{e0041}"},   /* a tag character */
    };
    CHECK(rows);
}

static void a_mark_without_its_letter_is_escaped(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"\u0301x", 0, "\\u{301}x"},
        {" \u0301", 0, " \\u{301}"},
        {"e\u0301\u0301\u0301", 0, "e\u0301\u0301\\u{301}"}, /* at most two */
    };
    CHECK(rows);
}

static void invalid_utf8_is_escaped_byte_by_byte(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"\xff\xfe", 0, "\\xff\\xfe"},
        {"\xc3", 0, "\\xc3"},            /* cut off */
        {"\xe2\x82z", 0, "\\xe2\\x82z"}, /* cut off by another character */
        {"\xc0\xaf", 0, "\\xc0\\xaf"},   /* longer than needed */
        {"\xe0\x80\xaf", 0, "\\xe0\\x80\\xaf"},
        {"\xed\xa0\x80", 0, "\\xed\\xa0\\x80"},          /* a surrogate */
        {"\xf4\x90\x80\x80", 0, "\\xf4\\x90\\x80\\x80"}, /* beyond U+10FFFF */
    };
    CHECK(rows);
}

static char *printed(const char *text, int columns, int *used)
{
    char *memory = NULL;
    size_t size;
    FILE *to = open_memstream(&memory, &size);
    *used = text_print(to, text, strlen(text), columns);
    fclose(to);
    return memory;
}

static void a_long_text_is_cut_at_its_columns(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
        int used;
    } rows[] = {
        {"0123456789", "0123456789", 10},  {"0123456789a", "0123456...", 10},
        {"日本語日本", "日本語日本", 10},  {"日本語日本語", "日本語...", 9},
        {"012345678\t", "0123456...", 10}, {"", "", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int used;
        char *shown = printed(rows[i].text, 10, &used);
        assert_string_equal(shown, rows[i].shown);
        assert_int_equal(used, rows[i].used);
        free(shown);
    }
}

/* Whatever the bytes: progress is made, and what is shown is ASCII or valid UTF-8 without controls. */
static void any_bytes_make_harmless_units(void **state)
{
    (void)state;
    unsigned seed = 1;
    char bytes[512];
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1103515245 + 12345;
            bytes[i] = (char)(seed >> 16);
        }
        for (size_t at = 0; at < sizeof bytes;) {
            struct text_unit unit = text_unit(bytes + at, sizeof bytes - at);
            assert_in_range(unit.bytes, 1, sizeof bytes - at);
            assert_int_equal(unit.length, strlen(unit.shown));
            for (size_t i = 0; i < unit.length; i++)
                assert_true((unsigned char)unit.shown[i] >= 0x20 && unit.shown[i] != 0x7f);
            at += unit.bytes;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_is_itself),
        cmocka_unit_test(control_characters_are_escaped),
        cmocka_unit_test(bidi_and_invisible_characters_are_escaped),
        cmocka_unit_test(a_mark_without_its_letter_is_escaped),
        cmocka_unit_test(invalid_utf8_is_escaped_byte_by_byte),
        cmocka_unit_test(a_long_text_is_cut_at_its_columns),
        cmocka_unit_test(any_bytes_make_harmless_units),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}

/* test_lvalue.c - which expression of a line an access is: by the compiler's column, or as the only one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "run/lvalue.h"

static struct arena *arena;

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new(1 << 20);
    return 0;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const char *told(const struct lvalue *l)
{
    long indices[LVALUE_STEPS];
    memset(indices, -1, sizeof indices);
    return lvalue_told(arena, l, indices);
}

/* The line has ^ before the character that the compiler's column points to. */
struct row {
    const char *marked, *expression; /* NULL: none */
};

static void check(const struct row *rows, size_t count, bool write)
{
    for (size_t i = 0; i < count; i++) {
        char line[200];
        size_t at = strcspn(rows[i].marked, "^");
        snprintf(line, sizeof line, "%.*s%s", (int)at, rows[i].marked, rows[i].marked + at + 1);
        struct lvalue l;
        bool found = lvalue_at(line, (int)at + 1, write, &l);
        if (found != (rows[i].expression != NULL))
            fail_msg("%s: %s", rows[i].marked, found ? told(&l) : "none");
        if (found)
            assert_string_equal(told(&l), rows[i].expression);
    }
}
#define READ(rows)  check(rows, sizeof(rows) / sizeof *(rows), false)
#define WRITE(rows) check(rows, sizeof(rows) / sizeof *(rows), true)

static void what_is_read_ends_at_the_column(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"b->head = (b^->head + 1) % 8;", "b->head"},
        {"b->slots[b^->head].key = i;", "b->head"},
        {"x = b->slots[i]^.value + c->value;", "b->slots[i].value"},
        {"x = b^->next->value;", "b->next"},
        {"x = b->next^->value;", "b->next->value"},
        {"x = ^*counter + 1;", "*counter"},
        {"(^*counter)++;", "*counter"},
        {"(*b)^.count++;", "b->count"},
        {"x = ^*b->list;", "*b->list"},
        {"x = b->grid[i]^[j + 1];", "b->grid[i][j + 1]"},
        {"x = (*rows)^[2];", "(*rows)[2]"},
        {"x = b->^count;", "b->count"}, /* as g++ has it */
        {"if (n) ^*p = *q;", "*p"},
        {"f(\"b->x\", b^->y); // b->z", "b->y"},
        {"return ^*p;", "*p"},
    };
    READ(rows);
}

static void what_is_written_stands_beside_its_sign(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"b->count^++;", "b->count"},    {"^++b->count;", "b->count"},
        {"^++*counter;", "*counter"},    {"(*counter)^--;", "*counter"},
        {"*counter ^+= 2;", "*counter"}, {"counter[(i + 1) % 4]^++;", "counter[(i + 1) % 4]"},
        {"a->x = b->y ^= 3;", "b->y"},   {"a->x ^= b->y = 3;", "a->x"},
        {"if (x) *p ^= 1;", "*p"},       {"for (b->i ^= 0; b->i < 3; b->i++)", "b->i"},
        {"total ^<<= 1;", "total"},      {"*p^++ = 5;", "p"},
    };
    WRITE(rows);
}

/* To say nothing is always right. */
static void what_is_not_understood_is_none(void **state)
{
    (void)state;
    static const struct row read[] = {
        {"x = a ^* b;", NULL},
        {"x = (n) ^*p;", NULL},
        {"int ^seen = *counter;", NULL},
        {"^use(b->count);", NULL},
        {"x = f(b)^->count;", NULL},
        {"x = ((struct b *)p)^->n;", NULL},
        {"x = (b + 1)^->n;", NULL},
        {"x = ^*(p + i);", NULL},
        {"x = sizeof b^->n;", NULL},
        {"x = sizeof(b^->n);", NULL},
        {"x = \"b^->n\";", NULL},
        {"x = a^ ? b->n : b->m;", NULL},
        {"x = b->get()^->n;", NULL},
        {"x = b^->", NULL},
        {"x = b^[", NULL},
    };
    static const struct row written[] = {
        {"(b + 1)->n ^= 5;", NULL},         {"f(b)->n ^= 5;", NULL}, {"(long)*p ^= 5;", NULL},
        {"((struct b *)p)->n ^= 5;", NULL}, {"COUNT^;", NULL},       {"*p++ ^= 5;", NULL},
        {"if (^b->n == 1)", NULL},
    };
    READ(read);
    WRITE(written);
    struct lvalue l;
    assert_false(lvalue_at("b->n = 1;", 0, true, &l));
    assert_false(lvalue_at("b->n = 1;", 500, true, &l));
}

static const char *all(const char *line, enum lvalue_use use)
{
    struct lvalue list[LVALUES];
    const char *text = "";
    int count = lvalues_in(line, use, list);
    if (count < 0)
        return "?";
    for (int i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", told(&list[i]));
    return text;
}

static void all_of_a_line(void **state)
{
    (void)state;
    assert_string_equal(all("int seen = *counter;", LVALUE_READ), "*counter");
    assert_string_equal(all("use(b->n, a[i].x);", LVALUE_READ), "*b, b->n, a[i], a[i].x");
    assert_string_equal(all("b->n = *p;", LVALUE_READ), "*b, *p");
    assert_string_equal(all("b->n = *p;", LVALUE_WRITTEN), "b->n");
    assert_string_equal(all("strcpy(b->name, \"b->x\");", LVALUE_PASSED), "b->name");
    assert_string_equal(all("x = y + sizeof *b * sizeof(b->n);", LVALUE_READ), "");
    /* Something that may be it stands there, too. */
    assert_string_equal(all("x = b->n + *(p + i);", LVALUE_READ), "?");
    assert_string_equal(all("x = b->n + ((struct b *)p)->m;", LVALUE_READ), "?");
    assert_string_equal(all("x = b->n + f(b)->m;", LVALUE_READ), "?");
    assert_string_equal(all("x = b->n + (*f)(b)[3];", LVALUE_READ), "?");
}

/* Whatever a student writes. */
static void long_and_broken_lines_are_survived(void **state)
{
    (void)state;
    enum { LENGTH = 4000 };
    static const char *const pieces[] = {"(",  "*", "[", "b->", "b.", "\"",
                                         "a[", "]", ")", "x ",  "'",  "++"};
    struct lvalue l, list[LVALUES];
    char line[LENGTH + 8];
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++)
        for (size_t length = 1; length < LENGTH; length *= 3) {
            for (size_t n = 0; n < length; n += strlen(pieces[p]))
                snprintf(line + n, sizeof line - n, "%s", pieces[p]);
            for (int column = 1; column < 40; column++) {
                lvalue_at(line, column, true, &l);
                lvalue_at(line, column, false, &l);
            }
            assert_true(lvalues_in(line, LVALUE_READ, list) <= LVALUES);
        }
}

static void ways_are_compared_without_what_differs(void **state)
{
    (void)state;
    struct lvalue a, b, c;
    assert_true(lvalue_at("a->slots[i].key = 1;", 17, true, &a));
    assert_true(lvalue_at("b->slots[0].key++;", 16, true, &b));
    assert_true(lvalue_at("b->slots[0].tag++;", 16, true, &c));
    assert_true(lvalue_same_way(&a, &b));
    assert_false(lvalue_same_way(&b, &c));
    long indices[LVALUE_STEPS] = {-1, -1, 7};
    assert_string_equal(lvalue_told(arena, &a, indices), "a->slots[7].key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_ends_at_the_column),
        cmocka_unit_test(what_is_written_stands_beside_its_sign),
        cmocka_unit_test(what_is_not_understood_is_none),
        cmocka_unit_test(all_of_a_line),
        cmocka_unit_test(long_and_broken_lines_are_survived),
        cmocka_unit_test(ways_are_compared_without_what_differs),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

/* test_variable.c - what names mean, by the debugger's data of small programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/fs.h"
#include "base/text.h"
#include "run/debuginfo.h"
#include "run/variable.h"

static struct arena *arena;
static char *folder;

static int make_folder(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    arena = arena_new((size_t)64 << 20);
    folder = fs_join(arena, tmp ? tmp : "/tmp", "ipcgrade-variable.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    bool removed = fs_remove_tree(folder);
    arena_free(arena);
    return removed ? 0 : -1;
}

/* ---- a program ------------------------------------------------------------------------------- */

struct program {
    Dwfl *dwfl;
    Dwfl_Module *module;
};

static struct program compiled(const char *compiler, const char *text)
{
    static const Dwfl_Callbacks callbacks = {.find_debuginfo = no_debuginfo,
                                             .section_address = dwfl_offline_section_address};
    const char *source = fs_join(arena, folder, strstr(compiler, "++") ? "p.cc" : "p.c");
    const char *path = fs_join(arena, folder, "p");
    cleanup_file FILE *file = fopen(source, "we");
    assert_non_null(file);
    fputs(text, file);
    fflush(file);
    assert_int_equal(system(arena_printf(arena, "%s -w -o '%s' '%s'", compiler, path, source)), 0);
    struct program p = {.dwfl = dwfl_begin(&callbacks)};
    p.module = dwfl_report_elf(p.dwfl, "p", path, -1, 0x10000000, true);
    assert_int_equal(dwfl_report_end(p.dwfl, NULL, NULL), 0);
    assert_non_null(p.module);
    return p;
}

static GElf_Sym symbol(const struct program *p, const char *name)
{
    int count = dwfl_module_getsymtab(p->module);
    for (int i = 0; i < count; i++) {
        GElf_Sym s;
        GElf_Addr address;
        const char *one = dwfl_module_getsym_info(p->module, i, &s, &address, NULL, NULL, NULL);
        if (one && strcmp(one, name) == 0) {
            s.st_value = address;
            return s;
        }
    }
    fail_msg("there is no %s", name);
    return (GElf_Sym){0};
}

/* In the midst of that function. */
static Dwarf_Addr in_function(const struct program *p, const char *name)
{
    GElf_Sym s = symbol(p, name);
    return s.st_value + s.st_size / 2;
}

/* The expression, which stands before the last character of a line that writes to it. */
static bool place_of(const struct program *p, const char *function, const char *expression,
                     struct variable_place *place)
{
    struct lvalue l;
    const char *line = arena_printf(arena, "%s = 1;", expression);
    assert_true(lvalue_at(line, (int)strlen(expression) + 2, true, &l));
    return variable_place(p->module, in_function(p, function), &l, place);
}

/* ---- by name --------------------------------------------------------------------------------- */

#define TYPES                                                                         \
    "#define KEPT __attribute__((used, noinline))\n"                                  \
    "typedef const struct slot { int key; short tag; long value; } slot_t;\n"         \
    "struct buf { int count, head; slot_t slots[8]; int grid[3][2]; char text[12];\n" \
    "  union { int whole; short half[2]; }; unsigned bit : 3; volatile int last; };\n"

static const char program_text[] = TYPES
    "struct buf *shared; static int numbers[6]; KEPT struct buf table[2]; static long total;\n"
    "KEPT int use(struct buf *b, int *counter, struct buf **far, void *raw, int n)\n"
    "{ static int calls; { struct slot *b = 0; n += b == 0; }\n"
    "  return b->count + *counter + (*far)->head + n + calls + numbers[0] + (int)total; }\n"
    "int main(void) { return 0; }\n";

struct row {
    const char *expression;
    long offset, size, region;
};

static void members_are_where_the_compiler_put_them(void **state)
{
    (void)state;
    struct program p = compiled("gcc -g -O0", program_text);
    static const struct row rows[] = {
        {"b->count", 0, 4, 184},        {"b->head", 4, 4, 184},
        {"b->slots[2].key", 8, 4, 184}, {"b->slots[i].tag", 12, 2, 184},
        {"b->grid[1][0]", 136, 4, 184}, {"b->text", 160, 12, 184},
        {"b->half[1]", 172, 2, 184},    {"(*b).whole", 172, 4, 184},
        {"*counter", 0, 4, 4},          {"counter[3]", 0, 4, -1},
        {"(*far)->head", 4, 4, 184},    {"*far", 0, 8, 8},
        {"shared->slots", 8, 128, 184}, {"b[1].head", 4, 4, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct variable_place place;
        if (!place_of(&p, "use", rows[i].expression, &place))
            fail_msg("%s: not known", rows[i].expression);
        bool same = place.offset == rows[i].offset && place.size == rows[i].size &&
                    place.region == rows[i].region && place.dereferenced;
        if (!same)
            fail_msg("%s: %ld, %ld bytes of %ld", rows[i].expression, place.offset, place.size,
                     place.region);
    }
    dwfl_end(p.dwfl);
}

static void what_types_do_not_allow_is_not_known(void **state)
{
    (void)state;
    struct program p = compiled("gcc -g -O0", program_text);
    static const char *const none[] = {
        "b->missing",     "b.count", "*n",         "n->count",   "b->bit",          "b->count[1]",
        "unknown->count", "*raw",    "raw->count", "far->count", "b->grid[0][1][2]"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct variable_place place;
        if (place_of(&p, "use", none[i], &place))
            fail_msg("%s: %ld", none[i], place.offset);
    }
    struct variable_place place;
    assert_true(place_of(&p, "use", "n", &place));
    assert_false(place.dereferenced);
    dwfl_end(p.dwfl);
}

static void indices_follow_from_the_offset(void **state)
{
    (void)state;
    struct program p = compiled("gcc -g -O0", program_text);
    struct variable_place place;
    long indices[LVALUE_STEPS];
    assert_true(place_of(&p, "use", "b->slots[i].value", &place));
    assert_true(variable_holds(&place, 8 + 16 * 3 + 8, false, indices));
    assert_int_equal(indices[place.indices[0].step], 3);
    assert_false(variable_holds(&place, 8 + 16 * 3 + 4, false, indices)); /* its tag */
    assert_false(variable_holds(&place, 8 + 16 * 8 + 8, false, indices)); /* there are only 8 */
    assert_false(variable_holds(&place, 0, false, indices));
    assert_true(place_of(&p, "use", "b->grid[i][j]", &place));
    assert_true(variable_holds(&place, 136 + 5 * 4, false, indices));
    assert_int_equal(indices[place.indices[0].step], 2);
    assert_int_equal(indices[place.indices[1].step], 1);
    assert_true(place_of(&p, "use", "b->text", &place));
    assert_false(variable_holds(&place, 165, false, indices));
    assert_true(variable_holds(&place, 165, true, indices));
    assert_false(variable_holds(&place, 172, true, indices));
    dwfl_end(p.dwfl);
}

static void cplusplus_is_understood_as_far_as_it_is_c(void **state)
{
    (void)state;
    struct program p = compiled(
        "g++ -g -O0",
        "struct base { long first; };\nstruct buf : base { int count; };\n"
        "struct smart { buf *p; buf *operator->() { return p; } };\n"
        "extern \"C\" int use(buf *b, buf &r, smart &s) { return b->count + r.count + s->count; }\n"
        "int main() { return 0; }\n");
    struct variable_place place;
    assert_true(place_of(&p, "use", "b->count", &place));
    assert_int_equal(place.offset, 8);
    assert_true(place_of(&p, "use", "r.first", &place));
    assert_int_equal(place.offset, 0);
    assert_true(place.dereferenced);
    assert_false(place_of(&p, "use", "s->count", &place));
    dwfl_end(p.dwfl);
}

/* Nothing is known then, and nothing is claimed; or it is, and is the same. */
static void other_builds_are_survived(void **state)
{
    (void)state;
    static const char *const builds[] = {"gcc",
                                         "gcc -g1",
                                         "gcc -g -O2",
                                         "gcc -g -O2 -flto",
                                         "gcc -gdwarf-4 -O1",
                                         "gcc -g -static",
                                         "gcc -g -no-pie",
                                         "gcc -g -gz",
                                         "gcc -g -gsplit-dwarf"};
    for (size_t i = 0; i < sizeof builds / sizeof *builds; i++) {
        struct program p = compiled(builds[i], program_text);
        struct variable_place place;
        if (place_of(&p, "use", "b->head", &place))
            assert_int_equal(place.offset, 4);
        const char *name = variable_at(arena, p.module, symbol(&p, "table").st_value + 188, 4);
        if (name)
            assert_string_equal(name, "table[1].head");
        dwfl_end(p.dwfl);
    }
}

/* ---- by address ------------------------------------------------------------------------------ */

static void an_address_has_a_name(void **state)
{
    (void)state;
    struct program p = compiled("gcc -g -O0", program_text);
    Dwarf_Addr table = symbol(&p, "table").st_value, numbers = symbol(&p, "numbers").st_value;
    const struct {
        Dwarf_Addr address;
        size_t size;
        const char *name;
    } rows[] = {
        {table, 4, "table[0].count"},
        {table + 184 + 4, 4, "table[1].head"},
        {table + 8 + 16 * 5 + 8, 8, "table[0].slots[5].value"},
        {table + 8 + 16 * 5, 16, "table[0].slots[5]"},
        {table + 136 + 12, 4, "table[0].grid[1][1]"},
        {table + 172, 4, "table[0]"}, /* a union: by which of its names? */
        {table, 368, "table"},
        {table + 4, 8, "table[0]"},
        {numbers + 8, 4, "numbers[2]"},
        {symbol(&p, "total").st_value, 8, "total"},
        {symbol(&p, "main").st_value, 4, NULL},
        {0, 4, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = variable_at(arena, p.module, rows[i].address, rows[i].size);
        if (!same_text(name, rows[i].name))
            fail_msg("%zu: %s", i, name ? name : "none");
    }
    dwfl_end(p.dwfl);
}

static void a_static_variable_of_a_function_has_its_name(void **state)
{
    (void)state;
    struct program p =
        compiled("gcc -g -O0", "int f(void) { { static int calls; return ++calls; } }\n"
                               "int main(void) { return f(); }\n");
    int count = dwfl_module_getsymtab(p.module), found = 0;
    for (int i = 0; i < count; i++) {
        GElf_Sym s;
        GElf_Addr address;
        const char *name = dwfl_module_getsym_info(p.module, i, &s, &address, NULL, NULL, NULL);
        if (!name || strncmp(name, "calls", 5) != 0)
            continue;
        assert_string_equal(variable_at(arena, p.module, address, 4), "calls");
        found++;
    }
    assert_int_equal(found, 1);
    dwfl_end(p.dwfl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_where_the_compiler_put_them),
        cmocka_unit_test(what_types_do_not_allow_is_not_known),
        cmocka_unit_test(indices_follow_from_the_offset),
        cmocka_unit_test(cplusplus_is_understood_as_far_as_it_is_c),
        cmocka_unit_test(other_builds_are_survived),
        cmocka_unit_test(an_address_has_a_name),
        cmocka_unit_test(a_static_variable_of_a_function_has_its_name),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

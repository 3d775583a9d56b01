/* test_diagnose.c - what compilers, linkers and make say, line by line, as gcc 12, clang 14, GNU ld 2.40 and GNU make
 * 4.3 print it with LC_ALL=C. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "submit/diagnose.h"

#define WORK "/home/student"

static struct arena *arena;

static int new_arena(void **state)
{
    (void)state;
    arena = arena_new((size_t)16 << 20);
    return 0;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void assert_one(const char *log, const char *file, int line, bool error, const char *message)
{
    struct diagnosis d = diagnose(arena, log, WORK);
    assert_int_equal(d.count, 1);
    if (file)
        assert_string_equal(d.list[0].file, file);
    else
        assert_null(d.list[0].file);
    assert_int_equal(d.list[0].line, line);
    assert_int_equal(d.list[0].error, error);
    assert_string_equal(d.list[0].message, message);
    assert_int_equal(d.errors, error);
}

static void compilers(void **state)
{
    (void)state;
    assert_one("a.c:8:5: error: expected ';' before 'return'\n", "a.c", 8, true,
               "expected ';' before 'return'");
    assert_one("sub/a.cc:8:5: warning: unused variable 'x' [-Wunused-variable]", "sub/a.cc", 8,
               false, "unused variable 'x' [-Wunused-variable]");
    assert_one("a.c:1:10: fatal error: /etc/shadow: No such file or directory\n", "a.c", 1, true,
               "/etc/shadow: No such file or directory");
    assert_one(WORK "/b.h:3: error: #error no\n", "b.h", 3, true, "#error no");
    assert_one("gcc: fatal error: no input files\ncompilation terminated.\n", NULL, 0, true,
               "no input files");
    assert_one("a b.c:2:1: error: unknown type name 'x'", "a b.c", 2, true,
               "unknown type name 'x'");
    assert_one("cc1: out of memory allocating 536870912 bytes after a total of 610304 bytes\n",
               NULL, 0, true, "cc1: out of memory");
}

static void linkers(void **state)
{
    (void)state;
    assert_one(
        "/usr/bin/ld: p.o: in function `main':\n/usr/bin/ld: " WORK
        "/p.c:12: undefined reference to `take'\ncollect2: error: ld returned 1 exit status\n",
        "p.c", 12, true, "undefined reference to `take'");
    assert_one("p.c:(.text+0x5): undefined reference to `take'\n", "p.c", 0, true,
               "undefined reference to `take'");
    assert_one("/usr/bin/ld: /usr/lib/x86_64-linux-gnu/Scrt1.o: in function `_start':\n"
               "(.text+0x17): undefined reference to `main'\n",
               NULL, 0, true, "undefined reference to `main'");
    assert_one("/usr/bin/ld: b.o:" WORK "/b.c:3: multiple definition of `x'; a.o:" WORK
               "/a.c:1: first defined here\n",
               "b.c", 3, true, "multiple definition of `x'");
    assert_one("/usr/bin/ld: cannot find -lnosuch: No such file or directory\n", NULL, 0, true,
               "cannot find -lnosuch: No such file or directory");
}

static void make(void **state)
{
    (void)state;
    assert_one("Makefile:3: *** missing separator.  Stop.\n", "Makefile", 3, true,
               "missing separator.  Stop.");
    assert_one("make: *** No rule to make target 'x.c', needed by 'x'.  Stop.\n", NULL, 0, true,
               "No rule to make target 'x.c', needed by 'x'.  Stop.");
    assert_one("false\nmake: *** [Makefile:2: all] Error 1\n", NULL, 0, true,
               "[Makefile:2: all] Error 1");
    /* Only repeats what stands above. */
    assert_one("a.c:8:5: error: no\nmake: *** [Makefile:2: a.o] Error 1\n", "a.c", 8, true, "no");
}

static void the_same_is_told_once(void **state)
{
    (void)state;
    assert_one("a.c:8:5: error: no\na.c:8:9: error: no\n", "a.c", 8, true, "no");
}

static void order_and_number(void **state)
{
    (void)state;
    struct diagnosis d = diagnose(
        arena,
        "gcc -c a.c\na.c:1:1: warning: w\n    1 | int\na.c:2:1: error: e\nb.c:1:1: error: f\n",
        WORK);
    assert_int_equal(d.count, 3);
    assert_int_equal(d.errors, 2);
    assert_string_equal(diagnosis_first_error(&d)->message, "e");
    d = diagnose(arena, "gcc -c a.c\nall is well\n", WORK);
    assert_int_equal(d.count, 0);
    assert_null(diagnosis_first_error(&d));
}

static void a_flood_has_an_end(void **state)
{
    (void)state;
    const char *log = "";
    for (int i = 1; i <= 300; i++)
        log = arena_printf(arena, "%sa.c:%d:1: error: no\n", log, i);
    assert_int_equal(diagnose(arena, log, WORK).count, MAX_DIAGNOSTICS);
}

/* Nothing that a student makes a compiler say may lead it astray. */
static void odd_lines(void **state)
{
    (void)state;
    diagnose(
        arena,
        ": error: \n:: error: x\n:99999999999999999999: error: x\nld: : undefined reference to ",
        WORK);
    diagnose(arena,
             ": *** \n:(: error: \n(: undefined reference to `x'; ; ;\n\n\n: fatal error: ", WORK);
}

int main(void)
{
#define DIAGNOSE(name) cmocka_unit_test_setup_teardown(name, new_arena, free_arena)
    const struct CMUnitTest tests[] = {
        DIAGNOSE(compilers),
        DIAGNOSE(linkers),
        DIAGNOSE(make),
        DIAGNOSE(the_same_is_told_once),
        DIAGNOSE(order_and_number),
        DIAGNOSE(a_flood_has_an_end),
        DIAGNOSE(odd_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

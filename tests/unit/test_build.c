/* test_build.c - builds in boxes: whose Makefile, what comes out, and how a build that goes on for ever ends. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/fs.h"
#include "submit/build.h"
#include "submit/submission.h"

#define MAIN    "int main(void) { return 0; }\n"
#define STARTER "prog: $(wildcard *.c)\n\t$(CC) -o prog $(wildcard *.c)\n"

static struct arena *arena;
static char *scratch;
static struct assignment assignment;

static void put(const char *path, const char *text)
{
    cleanup_fd int fd = open(fs_join(arena, scratch, path), O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    assert_true(fd >= 0);
    assert_true(fs_write_all(fd, text, strlen(text)));
}

static void make_folder(const char *path)
{
    assert_int_equal(mkdir(fs_join(arena, scratch, path), 0755), 0);
}

static int prepare(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    arena = arena_new((size_t)256 << 20);
    scratch = fs_join(arena, tmp ? tmp : "/tmp", "ipcgrade-build.XXXXXX");
    if (!mkdtemp(scratch))
        return -1;
    make_folder("assignment");
    make_folder("assignment/starter");
    make_folder("ada");
    put("assignment/starter/Makefile", STARTER);
    assignment = (struct assignment){.title = "Build", .programs = {"prog"}};
    return 0;
}

static int remove_all(void **state)
{
    (void)state;
    bool removed = fs_remove_tree(scratch);
    arena_free(arena);
    return removed ? 0 : -1;
}

static struct built built(void)
{
    struct options options = {.root = scratch};
    struct assignment_set set = {.name = "build",
                                 .folder = fs_join(arena, scratch, "assignment"),
                                 .assignment = &assignment};
    struct submission submission;
    const char *why = NULL;
    if (!submission_take(arena, fs_join(arena, scratch, "ada"), scratch, &submission, &why))
        fail_msg("refused: %s", why);
    struct built b = build(arena, &options, &set, &submission, LENS_PLAIN, scratch);
    if (b.fault)
        fail_msg("fault: %s", b.fault);
    return b;
}

static void assert_fails(const char *mention)
{
    struct built b = built();
    assert_false(b.ok);
    if (!strstr(b.failure, mention))
        print_error("%s\n%s\n", b.failure, b.log);
    assert_non_null(strstr(b.failure, mention));
}

static bool came_out(const struct built *b, const char *name)
{
    return fs_is_file(fs_join(arena, b->folder, name));
}

/* ---- what comes out ----------------------------------------------------------------------------- */

static void the_program_and_data_come_out(void **state)
{
    (void)state;
    put("ada/main.c", MAIN);
    put("ada/words.txt", "one\n");
    make_folder("ada/data");
    put("ada/data/more.txt", "two\n");
    put("ada/README.md", "mine\n");
    struct built b = built();
    assert_true(b.ok);
    assert_true(came_out(&b, "prog") && came_out(&b, "words.txt") && came_out(&b, "data/more.txt"));
    assert_false(came_out(&b, "main.c") || came_out(&b, "README.md") || came_out(&b, "Makefile"));
    struct stat st;
    assert_int_equal(stat(fs_join(arena, b.folder, "prog"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0755);
}

static void warnings_reach_the_student(void **state)
{
    (void)state;
    put("ada/main.c", "int main(void)\n{\n    int unused;\n    return 0;\n}\n");
    struct built b = built();
    assert_true(b.ok);
    assert_int_equal(b.diagnostic_count, 1);
    assert_string_equal(b.diagnostics[0].file, "main.c");
    assert_int_equal(b.diagnostics[0].line, 3);
    assert_false(b.diagnostics[0].error);
}

static void errors_have_their_place(void **state)
{
    (void)state;
    put("ada/main.c", "int main(void)\n{\n    return nothing;\n}\n");
    assert_fails("main.c:3: 'nothing' undeclared");
}

static void undefined_references_have_their_place(void **state)
{
    (void)state;
    put("ada/main.c", "void take(void);\nint main(void)\n{\n    take();\n    return 0;\n}\n");
    assert_fails("main.c:4: undefined reference to `take'");
}

/* ---- whose Makefile ----------------------------------------------------------------------------- */

static void the_assignments_makefile_is_used(void **state)
{
    (void)state;
    put("ada/main.c", MAIN);
    put("ada/Makefile", "prog:\n\tfalse\n");
    put("ada/makefile", "prog:\n\tfalse\n");
    put("ada/GNUmakefile", "prog:\n\tfalse\n");
    assert_true(built().ok);
}

static void a_script_in_the_programs_place_is_no_program(void **state)
{
    (void)state;
    put("ada/main.c", "#error no\n");
    put("ada/prog", "#!/bin/sh\necho all is well\n");
    assert_fails("#error no");
}

static void an_own_makefile_if_the_assignment_says_so(void **state)
{
    (void)state;
    assignment.own_makefile = true;
    put("ada/main.c", MAIN);
    put("ada/Makefile", "prog: main.c\n\tgcc -o prog main.c && touch own\n");
    assert_true(built().ok);
}

static void without_one_the_assignments(void **state)
{
    (void)state;
    assignment.own_makefile = true;
    put("ada/main.c", MAIN);
    assert_true(built().ok);
}

static void a_program_that_make_does_not_make(void **state)
{
    (void)state;
    assignment.own_makefile = true;
    put("ada/main.c", MAIN);
    put("ada/Makefile", "all:\n\tgcc -o other main.c\n");
    assert_fails("made no program `prog`");
}

static void a_program_that_is_a_link(void **state)
{
    (void)state;
    assignment.own_makefile = true;
    put("ada/main.c", MAIN);
    put("ada/Makefile", "all:\n\tln -s /etc/passwd prog\n");
    assert_fails("`prog` that `make` made is not a regular file");
}

/* ---- builds without end ------------------------------------------------------------------------- */

static void an_endless_include(void **state)
{
    (void)state;
    put("ada/main.c", "#include \"/dev/zero\"\n" MAIN);
    assert_fails("the compiler needs more than the 768 MB");
}

static void an_include_of_the_host(void **state)
{
    (void)state;
    put("ada/main.c", "#include \"/etc/shadow\"\n" MAIN);
    struct built b = built();
    assert_false(b.ok);
    assert_non_null(strstr(b.failure, "main.c:1: /etc/shadow: No such file or directory"));
    assert_null(strstr(b.log, "root:"));
}

static void a_flood_of_words(void **state)
{
    (void)state;
    assignment.own_makefile = true;
    put("ada/main.c", MAIN);
    put("ada/Makefile", "all:\n\tyes\n");
    assert_fails("printed more than 4096 KB");
}

static void a_process_left_behind_delays_nothing(void **state)
{
    (void)state;
    assignment.own_makefile = true;
    put("ada/main.c", MAIN);
    put("ada/Makefile", "prog: main.c\n\tgcc -o prog main.c\n\tsetsid sleep 1000 &\n");
    assert_true(built().ok);
}

int main(void)
{
#define BUILD(name) cmocka_unit_test_setup_teardown(name, prepare, remove_all)
    const struct CMUnitTest tests[] = {
        BUILD(the_program_and_data_come_out),
        BUILD(warnings_reach_the_student),
        BUILD(errors_have_their_place),
        BUILD(undefined_references_have_their_place),
        BUILD(the_assignments_makefile_is_used),
        BUILD(a_script_in_the_programs_place_is_no_program),
        BUILD(an_own_makefile_if_the_assignment_says_so),
        BUILD(without_one_the_assignments),
        BUILD(a_program_that_make_does_not_make),
        BUILD(a_program_that_is_a_link),
        BUILD(an_endless_include),
        BUILD(an_include_of_the_host),
        BUILD(a_flood_of_words),
        BUILD(a_process_left_behind_delays_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

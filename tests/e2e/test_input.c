/*
 * test_input.c - bad input: one clear line and exit status 2, or a finding; and nothing is lost.
 *
 * Which of the two: what the one who types the command did wrong is a line (no such folder); what the
 * student handed in is a finding as soon as there is something to build.
 */
#include <limits.h>
#include <setjmp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/support/command.h"

#define ASSIGNMENT_CONTAINED    "tests/assignments/contained"
#define ASSIGNMENT_OWN_MAKEFILE "tests/assignments/own_makefile"
#define GOOD                    "#include <stdio.h>\nint main(void)\n{\n    puts(\"contained\");\n    return 0;\n}\n"

enum { NOBODY = 65534, LOST_POINTS = 1 };

static int after_each(void **state)
{
    (void)state;
    assert_false(has_escaped_processes());
    assert_int_equal(leftovers(), 0);
    return 0;
}

#define GRADE "grade", "--schedules", "0", "--format", "json", "-a", ASSIGNMENT_CONTAINED

/* What was asked ends in exit status 2 and one line with `mention`. */
static void assert_one_line(struct answer answer, const char *mention)
{
    assert_true(is_one_clear_line(&answer, mention));
    answer_free(&answer);
}

static json_t *graded(const char *assignment, const char *folder, const char *verdict, int status)
{
    struct answer answer;
    json_t *report = grade_json(&answer, assignment, folder);
    if (strcmp(json_text(report, "verdict"), verdict) != 0 || answer.status != status)
        print_message("exit status %d: %.3000s\n%s\n", answer.status, answer.out, answer.err);
    assert_string_equal(json_text(report, "verdict"), verdict);
    assert_int_equal(answer.status, status);
    answer_free(&answer);
    return report;
}

static void assert_build_error(const char *folder)
{
    json_t *report = graded(ASSIGNMENT_CONTAINED, folder, "build_error", LOST_POINTS);
    assert_true(has_finding(report, "build-error"));
    assert_true(json_number_value(json_object_get(report, "score")) == 0);
    json_decref(report);
}

static void assert_passes(const char *folder)
{
    json_decref(graded(ASSIGNMENT_CONTAINED, folder, "pass", 0));
}

/* ---- what was typed ----------------------------------------------------------------------------- */

static void no_such_folder(void **state)
{
    (void)state;
    assert_one_line(ask(GRADE, "tests/hostile/no_such_folder"), "no_such_folder");
}

static void a_file_as_folder(void **state)
{
    (void)state;
    assert_one_line(ask(GRADE, "tests/hostile/fork_bomb/hostile.c"), "hostile.c");
}

static void unknown_assignment(void **state)
{
    (void)state;
    assert_one_line(ask("grade", "-a", "no_such_assignment", "tests/hostile/fork_bomb"),
                    "no_such_assignment");
}

static void unknown_format(void **state)
{
    (void)state;
    assert_one_line(ask("grade", "--format", "no_such_format", "-a", ASSIGNMENT_CONTAINED,
                        "tests/hostile/fork_bomb"),
                    "no_such_format");
}

static void scenarios_do_not_compile(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    write_text(folder, "README.md", "# broken\n");
    write_text(folder, "scenarios.c",
               "#include \"scenario.h\"\n\nASSIGNMENT(.title = \"Broken\",\n"
               "           .programs = {\"x\"});\n\nSCENARIO(broken)(struct run *run)\n{\n    "
               "undeclared(run;\n}\n");
    assert_one_line(ask("grade", "--format", "json", "-a", folder, "tests/hostile/fork_bomb"),
                    "scenarios.c:8");
}

/* ---- what was handed in ------------------------------------------------------------------------- */

static void no_source_file(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    assert_one_line(ask(GRADE, folder), folder);
    write_text(folder, "answer.txt", "forty-two\n");
    assert_one_line(ask(GRADE, folder), folder);
}

static void empty_source(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    write_text(folder, "hostile.c", "");
    assert_build_error(folder);
}

static void binary_garbage(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    unsigned char garbage[20000];
    unsigned next = 1;
    for (size_t i = 0; i < sizeof garbage; i++) {
        next = next * 1103515245 + 12345;
        garbage[i] = (unsigned char)(next >> 16);
    }
    write_bytes(folder, "hostile.c", garbage, sizeof garbage);
    assert_build_error(folder);
}

/* A program handed in ready-made is not used, whatever it is called. */
static void program_as_source(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    write_bytes(folder, "hostile", "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\76\0", 20);
    write_bytes(folder, "hostile.c", "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\76\0", 20);
    struct answer answer = ask(GRADE, folder);
    assert_true(answer.status == 2 || (answer.status == 1 && strstr(answer.out, "build_error")));
    answer_free(&answer);
}

static void wrong_program_name(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    write_text(folder, "program.c", GOOD);
    write_text(folder, "Makefile", "all:\n\tgcc -o hostil program.c\n");
    json_t *report = graded(ASSIGNMENT_OWN_MAKEFILE, folder, "build_error", LOST_POINTS);
    json_t *finding = json_array_get(json_object_get(report, "findings"), 0);
    assert_string_equal(json_text(finding, "rule"), "build-error");
    assert_non_null(strstr(json_text(finding, "message"), "hostile"));
    json_decref(report);
}

static void unreadable_file(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    write_text(folder, "hostile.c", GOOD);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/secret.h", folder);
    write_text(folder, "secret.h", "");
    assert_int_equal(chmod(path, 0), 0);
    struct manner as_nobody = {.uid = getuid() == 0 ? NOBODY : 0};
    assert_one_line(ask_as(as_nobody, (const char *const[]){GRADE, folder, NULL}), "secret.h");
}

static void unreadable_folder(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    write_text(folder, "hostile.c", GOOD);
    assert_int_equal(chmod(folder, 0), 0);
    struct manner as_nobody = {.uid = getuid() == 0 ? NOBODY : 0};
    struct answer answer = ask_as(as_nobody, (const char *const[]){GRADE, folder, NULL});
    assert_int_equal(chmod(folder, 0777), 0);
    assert_one_line(answer, folder);
}

static void link_to(const char *folder, const char *name, const char *target)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(symlink(target, path), 0);
}

static void links_out_of_the_folder(void **state)
{
    (void)state;
    const char *outside = scratch_folder(), *folder = scratch_folder();
    write_text(outside, "outside.h", "#define OUTSIDE \"text-from-outside\"\n");
    write_text(folder, "hostile.c", GOOD);
    char target[PATH_MAX];
    snprintf(target, sizeof target, "%s/outside.h", outside);
    link_to(folder, "outside.h", target);
    link_to(folder, "passwd.c", "/etc/passwd");
    link_to(folder, "root", "/");
    link_to(folder, "up", "..");
    link_to(folder, "loop", "loop");
    assert_passes(folder);

    write_text(folder, "hostile.c", "#include \"outside.h\"\n#include \"up/up.h\"\n" GOOD);
    assert_build_error(folder);

    const char *only_a_link = scratch_folder();
    link_to(only_a_link, "hostile.c", "/etc/passwd");
    struct answer answer = ask(GRADE, only_a_link);
    assert_null(strstr(answer.out, "root:"));
    assert_one_line(answer, only_a_link);
}

static void strange_names(void **state)
{
    (void)state;
    static const char *const names[] = {"with blanks", " ", "two\nlines", "\xff\xfe not UTF-8",
                                        "\033[2J",     "'", "$(true)",    "-rf",
                                        "a\"b\\c"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char folder[PATH_MAX], file[PATH_MAX];
        snprintf(folder, sizeof folder, "%s/%s", scratch_folder(), names[i]);
        assert_int_equal(mkdir(folder, 0777), 0);
        write_text(folder, "hostile.c", GOOD);
        snprintf(file, sizeof file, "%s.txt", names[i]);
        write_text(folder, file, "data\n");
        assert_passes(folder);
    }
}

/* make cannot build a source whose name has a blank; the student is told, the harness does not fall over. */
static void strange_source_names(void **state)
{
    (void)state;
    static const char *const names[] = {"my program.c", "two\nlines.c", "\xff.c",
                                        "a$b.c",        "-o.c",         "\033[2J.c"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *folder = scratch_folder();
        write_text(folder, names[i], GOOD);
        struct answer answer;
        json_t *report = grade_json(&answer, ASSIGNMENT_CONTAINED, folder);
        assert_in_range(answer.status, 0, 1);
        assert_string_equal(json_text(report, "verdict"), answer.status ? "build_error" : "pass");
        if (strpbrk(names[i], " \n"))
            assert_non_null(strstr(answer.out, "a source whose name has a blank"));
        answer_free(&answer);
        json_decref(report);
    }
}

static void too_much(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    write_text(folder, "hostile.c", GOOD);
    for (int i = 0; i < 600; i++) {
        char name[32];
        snprintf(name, sizeof name, "file%d.txt", i);
        write_text(folder, name, "");
    }
    assert_one_line(ask(GRADE, folder), folder);
}

/* ---- no room for the report --------------------------------------------------------------------- */

static void full_disk_for_output(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    write_text(folder, "hostile.c", GOOD);
    assert_one_line(ask(GRADE, "--output", "/dev/full", folder), "No space left");
    struct manner full = {.out_path = "/dev/full"};
    assert_one_line(ask_as(full, (const char *const[]){GRADE, folder, NULL}), "No space left");
    assert_one_line(ask(GRADE, "--output", "/no/such/folder/report.json", folder),
                    "/no/such/folder");
}

/* In a child with mounts of its own: a file system that holds one page. */
static int grade_with_tiny_disk(const char *folder, const char *disk)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tiny", disk, "tmpfs", 0, "size=4k,mode=777") != 0)
        return 1;
    write_text(disk, "taken", "the only page\n");
    char report[PATH_MAX];
    snprintf(report, sizeof report, "%s/report.json", disk);
    struct answer output = ask(GRADE, "--output", report, folder);
    struct answer scratch =
        ask_as((struct manner){.tmpdir = disk}, (const char *const[]){GRADE, folder, NULL});
    return is_one_clear_line(&output, "No space left") &&
                   is_one_clear_line(&scratch, "No space left")
               ? 0
               : 2;
}

static void tiny_disk(void **state)
{
    (void)state;
    if (getuid() != 0)
        skip();
    const char *folder = scratch_folder(), *disk = scratch_folder();
    write_text(folder, "hostile.c", GOOD);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(grade_with_tiny_disk(folder, disk));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
#define INPUT(name) cmocka_unit_test_teardown(name, after_each)
    const struct CMUnitTest tests[] = {
        INPUT(no_such_folder),
        INPUT(a_file_as_folder),
        INPUT(unknown_assignment),
        INPUT(unknown_format),
        INPUT(scenarios_do_not_compile),
        INPUT(no_source_file),
        INPUT(empty_source),
        INPUT(binary_garbage),
        INPUT(program_as_source),
        INPUT(wrong_program_name),
        INPUT(unreadable_file),
        INPUT(unreadable_folder),
        INPUT(links_out_of_the_folder),
        INPUT(strange_names),
        INPUT(strange_source_names),
        INPUT(too_much),
        INPUT(full_disk_for_output),
        INPUT(tiny_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

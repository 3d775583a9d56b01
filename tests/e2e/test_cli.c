/*
 * test_cli.c - the command line as its users meet it: verbs, options, exit statuses, where a report goes, and how
 * a call ends when it is told to.
 */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/support/command.h"

#define REFERENCE "reference/pipeline"
#define BROKEN    "fixtures/pipeline/compile_error"

static int after_each(void **state)
{
    (void)state;
    return leftovers() == 0 && !has_escaped_processes() ? 0 : -1;
}

static void assert_refused(struct answer answer, const char *mention)
{
    assert_true(is_one_clear_line(&answer, mention));
    answer_free(&answer);
}

static void assert_says(struct answer answer, int status, const char *mention)
{
    if (answer.status != status || !strstr(answer.out, mention))
        print_error("status %d, said: %s%s\n", answer.status, answer.out, answer.err);
    assert_int_equal(answer.status, status);
    assert_non_null(strstr(answer.out, mention));
    answer_free(&answer);
}

static const char *below(const char *folder, const char *name)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void assert_holds(const char *path, const char *mention)
{
    char text[65536];
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    if (!strstr(text, mention))
        print_error("%s: %s\n", path, text);
    assert_non_null(strstr(text, mention));
}

static int entries(const char *folder)
{
    char command[PATH_MAX + 32];
    snprintf(command, sizeof command, "ls -A '%s' | wc -l", folder);
    FILE *f = popen(command, "re");
    int n = -1;
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%d", &n), 1);
    pclose(f);
    return n;
}

/* ---- help, hints -------------------------------------------------------------------------------- */

static void every_verb_has_help(void **state)
{
    (void)state;
    static const char *const verbs[] = {"list",    "start", "check", "grade",
                                        "explain", "help",  "run",   "replay"};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        assert_says(ask("help", verbs[i]), 0, "Examples:");
        assert_says(ask(verbs[i], "--help"), 0, "Examples:");
        assert_says(ask("--help"), 0, verbs[i]);
    }
    assert_says(ask("--version"), 0, "ipcgrade ");
}

static void verbs_to_come_are_not_listed(void **state)
{
    (void)state;
    struct answer answer = ask("help");
    assert_null(strstr(answer.out, "ipcgrade class"));
    answer_free(&answer);
}

static void slips_get_a_hint(void **state)
{
    (void)state;
    assert_refused(ask("grad"), "did you mean ipcgrade grade?");
    assert_refused(ask("frobnicate"), "see ipcgrade help");
    assert_refused(ask("list", "--colour", "never"), "did you mean --color?");
    assert_refused(ask("list", "-x"), "-x: no such option");
    assert_refused(ask("grade", "-a"), "needs an argument");
    assert_refused(ask("explain", "leak-sysv-shn"), "did you mean leak-sysv-shm?");
    assert_refused(ask("list", "--jobs", "2"), "takes no --jobs");
    assert_refused(ask("grade", "-a", "pipeline", "--jobs", "0", REFERENCE), "from 1 to 256");
    assert_refused(ask("grade", "-a", "pipeline", "--seed", "-1", REFERENCE), "--seed");
    assert_refused(ask("list", "--color", "purple"), "auto, always or never");
    assert_refused(ask("grade", REFERENCE), "-a ASSIGNMENT");
    assert_refused(ask("grade", "-a", "pipelin", REFERENCE),
                   "bounded_buffer, message_queue, pipeline");
}

static void explain_explains_every_rule(void **state)
{
    (void)state;
    struct answer list = ask("explain");
    assert_int_equal(list.status, 0);
    int rules = 0;
    for (char *save = NULL, *line = strtok_r(list.out, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        char name[64];
        assert_int_equal(sscanf(line, "%63s", name), 1);
        assert_says(ask("explain", name), 0, "What it means");
        rules++;
    }
    assert_true(rules > 25);
    answer_free(&list);
}

static void list_names_the_assignments(void **state)
{
    (void)state;
    assert_says(ask("list"), 0, "bounded_buffer");
    assert_says(ask("list"), 0, "message_queue");
    assert_says(ask("list"), 0, "pipeline");
}

/* ---- start and check ---------------------------------------------------------------------------- */

static void start_hands_out_and_check_recognises(void **state)
{
    (void)state;
    const char *lab = scratch_folder();
    assert_says(ask("start", "pipeline", lab), 0, "ipcgrade check");
    assert_holds(below(lab, "README.md"), "pipeline");
    assert_holds(below(lab, "Makefile"), "pipeline");
    assert_holds(below(lab, ".ipcgrade"), "pipeline\n");
    struct answer answer = ask("check", "--schedules", "4", "--format", "json", lab);
    json_t *report = parse_json(&answer);
    assert_int_equal(answer.status, 1); /* a starter compiles, and does nothing yet */
    assert_string_equal(json_text(report, "assignment"), "pipeline");
    assert_string_equal(json_text(report, "verdict"), "findings");
    json_decref(report);
    answer_free(&answer);
}

static void check_is_of_the_folder_one_stands_in(void **state)
{
    (void)state;
    const char *lab = scratch_folder();
    assert_says(ask("start", "pipeline", lab), 0, "");
    struct manner inside = {.folder = lab};
    assert_says(ask_as(inside, (const char *const[]){"check", "--schedules", "4", NULL}), 1,
                "pipeline");
}

static void start_overwrites_nothing(void **state)
{
    (void)state;
    const char *lab = scratch_folder();
    write_text(lab, "Makefile", "mine\n");
    write_text(lab, "README.md", "mine too\n");
    assert_refused(ask("start", "pipeline", lab), "README.md, Makefile");
    assert_int_equal(entries(lab), 2);
    assert_holds(below(lab, "Makefile"), "mine\n");
}

static void start_makes_the_folder(void **state)
{
    (void)state;
    const char *parent = scratch_folder();
    struct manner inside = {.folder = parent};
    assert_says(ask_as(inside, (const char *const[]){"start", "message_queue", NULL}), 0, "");
    assert_holds(below(parent, "message_queue/.ipcgrade"), "message_queue");
    assert_refused(ask("start", "pipeline", below(parent, "no/such/place")), "No such file");
}

/* Scenarios run trusted: a submission must not be able to bring its own. */
static void a_mark_is_a_name_never_a_path(void **state)
{
    (void)state;
    const char *lab = scratch_folder();
    write_text(lab, "pipeline.c", "int main(void) { return 0; }\n");
    write_text(lab, "scenarios.c", "#error never compiled\n");
    char mark[PATH_MAX + 2];
    snprintf(mark, sizeof mark, "%s\n", lab);
    write_text(lab, ".ipcgrade", mark);
    assert_refused(ask("check", lab), "-a ASSIGNMENT");
    write_text(lab, ".ipcgrade", "../../tests\n");
    assert_refused(ask("check", lab), "-a ASSIGNMENT");
}

static void check_without_a_mark_asks(void **state)
{
    (void)state;
    const char *lab = scratch_folder();
    write_text(lab, "pipeline.c", "int main(void) { return 0; }\n");
    assert_refused(ask("check", lab), "-a ASSIGNMENT");
    assert_says(ask("check", "--schedules", "4", "-a", "pipeline", lab), 1, "pipeline");
    assert_refused(ask("check", "/no/such/folder"), "no such folder");
    assert_refused(ask("check", "/etc/passwd"), "not a folder");
}

/* ---- several submissions, exit statuses --------------------------------------------------------- */

static void the_gravest_decides(void **state)
{
    (void)state;
    assert_says(ask("grade", "-q", "--schedules", "4", "-a", "pipeline", REFERENCE), 0, "");
    assert_says(ask("grade", "-a", "pipeline", BROKEN), 1, "compile_error");
    assert_says(ask("grade", "--schedules", "4", "-a", "pipeline", BROKEN, REFERENCE), 1,
                "compile_error");
}

static void a_missing_one_stops_nobody(void **state)
{
    (void)state;
    struct answer answer =
        ask("grade", "-f", "json", "-a", "pipeline", "/no/such/ada", BROKEN, "/no/such/bob");
    assert_int_equal(answer.status, 2);
    assert_non_null(strstr(answer.err, "ipcgrade: /no/such/ada: no such folder\n"));
    assert_non_null(strstr(answer.err, "ipcgrade: /no/such/bob: no such folder\n"));
    assert_non_null(strstr(answer.out, "build_error"));
    assert_non_null(strstr(answer.out, "\"ada\""));
    assert_non_null(strstr(answer.out, "\"bob\""));
    answer_free(&answer);
}

/* ---- where a report goes ------------------------------------------------------------------------ */

static void a_report_is_replaced_whole(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    write_text(folder, "report.json", "the old one\n");
    const char *report = below(folder, "report.json");
    assert_int_equal(chmod(report, 0640), 0);
    assert_says(ask("grade", "-f", "json", "-o", report, "-a", "pipeline", BROKEN), 1, "");
    struct stat st;
    assert_int_equal(stat(report, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_holds(report, "\"build_error\"");
    assert_int_equal(entries(folder), 1);
}

static void an_old_report_outlives_a_fault(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    write_text(folder, "report.json", "the old one\n");
    const char *report = below(folder, "report.json");
    assert_refused(ask("grade", "-o", report, "-a", "pipeline", "/no/such/folder"),
                   "no such folder");
    assert_holds(report, "the old one\n");
    assert_int_equal(entries(folder), 1);
}

static void a_link_to_a_report_stays_a_link(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    write_text(folder, "real.json", "the old one\n");
    char link[PATH_MAX];
    snprintf(link, sizeof link, "%s/link.json", folder);
    assert_int_equal(symlink("real.json", link), 0);
    assert_says(ask("grade", "-f", "json", "-o", link, "-a", "pipeline", BROKEN), 1, "");
    struct stat st;
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_holds(below(folder, "real.json"), "\"build_error\"");
}

static void color_as_asked(void **state)
{
    (void)state;
    struct answer plain = ask("explain", "spin");
    assert_null(strchr(plain.out, '\033')); /* not a terminal */
    answer_free(&plain);
    assert_says(ask("explain", "spin", "--color", "always"), 0, "\033[");
    struct answer never = ask("explain", "spin", "--color", "never");
    assert_null(strchr(never.out, '\033'));
    answer_free(&never);
}

/* ---- told to end -------------------------------------------------------------------------------- */

static void a_reader_that_leaves_early_is_no_error(void **state)
{
    (void)state;
    const char *build = getenv("BUILD");
    char command[PATH_MAX + 128], said[256] = "";
    snprintf(command, sizeof command,
             "for i in 1 2 3; do '%s/ipcgrade' explain 2>&1 >&3 3>&-; done 3>&1 | true",
             build ? build : "build");
    FILE *f = popen(command, "re");
    assert_non_null(f);
    (void)!fread(said, 1, sizeof said - 1, f);
    pclose(f);
    assert_string_equal(said, "");
}

static void assert_ends_by(int signal_number, long after_ms)
{
    const struct timespec pause = {.tv_sec = after_ms / 1000, .tv_nsec = after_ms % 1000 * 1000000};
    struct asking asking = ask_in_background(
        (struct manner){0},
        (const char *const[]){"grade", "-a", "pipeline", "fixtures/pipeline/busy_wait", NULL});
    nanosleep(&pause, NULL);
    assert_int_equal(kill(asking.pid, signal_number), 0);
    struct answer answer = answer_of(asking);
    assert_int_equal(answer.status, 128 + signal_number);
    assert_string_equal(answer.err, "");
    assert_int_equal(leftovers(), 0);
    answer_free(&answer);
}

static void a_signal_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_ends_by(SIGINT, 20);   /* about to build */
    assert_ends_by(SIGTERM, 100); /* building */
    assert_ends_by(SIGHUP, 700);  /* playing */
}

int main(void)
{
#define CLI(name) cmocka_unit_test_teardown(name, after_each)
    const struct CMUnitTest tests[] = {
        CLI(every_verb_has_help),
        CLI(verbs_to_come_are_not_listed),
        CLI(slips_get_a_hint),
        CLI(explain_explains_every_rule),
        CLI(list_names_the_assignments),
        CLI(start_hands_out_and_check_recognises),
        CLI(check_is_of_the_folder_one_stands_in),
        CLI(start_overwrites_nothing),
        CLI(start_makes_the_folder),
        CLI(a_mark_is_a_name_never_a_path),
        CLI(check_without_a_mark_asks),
        CLI(the_gravest_decides),
        CLI(a_missing_one_stops_nobody),
        CLI(a_report_is_replaced_whole),
        CLI(an_old_report_outlives_a_fault),
        CLI(a_link_to_a_report_stays_a_link),
        CLI(color_as_asked),
        CLI(a_reader_that_leaves_early_is_no_error),
        CLI(a_signal_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

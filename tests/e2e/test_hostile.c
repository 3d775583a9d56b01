/*
 * test_hostile.c - submissions that attack: each is contained in its limits, ends in an honest verdict, and
 * harms nothing.
 *
 * They lie in tests/hostile/ and are graded with tests/assignments/contained. A program whose attack can be
 * seen to fail from within prints `contained` and passes; the others must earn nothing.
 */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/support/command.h"

#define ASSIGNMENT_CONTAINED "tests/assignments/contained"
#define HIDDEN               "5f1d-hidden-from-students" /* in its scenarios.c */

enum { LARGEST_REPORT = 1 << 20, MOST_CPU_SECONDS = 60 };

static int ipc_before;

static int before_each(void **state)
{
    (void)state;
    ipc_before = host_ipc_objects();
    return 0;
}

static int after_each(void **state)
{
    (void)state;
    assert_false(has_escaped_processes());
    assert_int_equal(leftovers(), 0);
    assert_int_equal(host_ipc_objects(), ipc_before);
    return 0;
}

/* ---- what they have in common ------------------------------------------------------------------- */

static json_t *report_on(const char *folder)
{
    struct answer answer;
    json_t *report = grade_json(&answer, ASSIGNMENT_CONTAINED, folder);
    if (answer.status > 1)
        print_message("exit status %d: %s\n", answer.status, answer.err);
    assert_in_range(answer.status, 0, 1);
    assert_true(answer.out_length < LARGEST_REPORT);
    assert_true(answer.cpu_seconds < MOST_CPU_SECONDS); /* not of the clock: others may be busy */
    assert_null(strstr(answer.out, HIDDEN));
    answer_free(&answer);
    return report;
}

static double score_of(const json_t *report)
{
    return json_number_value(json_object_get(report, "score"));
}

static void show_if(bool wrong, const json_t *report)
{
    char *text = wrong ? json_dumps(report, JSON_INDENT(1)) : NULL;
    if (text)
        print_message("%.3000s\n", text);
    free(text);
}

/* The attack was seen to fail: the program went on, and its output is the expected one. */
static void assert_contained(const char *name)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "tests/hostile/%s", name);
    json_t *report = report_on(folder);
    json_t *scenario = json_array_get(json_object_get(report, "scenarios"), 0);
    double correctness =
        json_number_value(json_object_get(json_object_get(scenario, "qualities"), "correctness"));
    show_if(correctness <= 0, report);
    assert_true(correctness > 0);
    json_decref(report);
}

/* It earned nothing, and a finding says why: `rule`, or any if NULL. */
static json_t *assert_refused(const char *name, const char *verdict, const char *rule)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "tests/hostile/%s", name);
    json_t *report = report_on(folder);
    bool right = score_of(report) == 0 && has_finding(report, rule) &&
                 !strcmp(json_text(report, "verdict"), verdict);
    show_if(!right, report);
    assert_string_equal(json_text(report, "verdict"), verdict);
    assert_true(score_of(report) == 0);
    assert_true(has_finding(report, rule));
    return report;
}

/* ---- processes and signals ---------------------------------------------------------------------- */

static void fork_bomb(void **state)
{
    (void)state;
    json_decref(assert_refused("fork_bomb", "findings", "spin"));
}

/* A process under the same user, and the test itself, are still there afterwards. */
static void kills_everyone(void **state)
{
    (void)state;
    pid_t canary = fork();
    assert_true(canary >= 0);
    if (canary == 0) {
        for (;;)
            pause();
    }
    assert_contained("kills_everyone");
    int status;
    assert_int_equal(waitpid(canary, &status, WNOHANG | WUNTRACED), 0);
    kill(canary, SIGKILL);
    assert_int_equal(waitpid(canary, &status, 0), canary);
}

static void double_fork(void **state)
{
    (void)state;
    json_t *report = report_on("tests/hostile/double_fork");
    show_if(!has_finding(report, "orphan"), report);
    assert_true(has_finding(report, "orphan"));
    assert_string_equal(json_text(report, "verdict"), "findings");
    json_decref(report);
}

static void stops_itself(void **state)
{
    (void)state;
    json_decref(assert_refused("stops_itself", "findings", NULL));
}

static void ignores_sigterm(void **state)
{
    (void)state;
    json_decref(assert_refused("ignores_sigterm", "findings", "timeout"));
}

/* ---- taking all there is ------------------------------------------------------------------------ */

static void endless_output(void **state)
{
    (void)state;
    json_decref(assert_refused("endless_output", "findings", NULL));
}

static void big_file(void **state)
{
    (void)state;
    assert_contained("big_file");
}

static void memory_bomb(void **state)
{
    (void)state;
    json_decref(assert_refused("memory_bomb", "findings", NULL));
}

static void fills_dev_shm(void **state)
{
    (void)state;
    assert_contained("fills_dev_shm");
}

static void many_queues(void **state)
{
    (void)state;
    assert_contained("many_queues");
}

/* ---- reading what is not theirs ----------------------------------------------------------------- */

static void include_shadow(void **state)
{
    (void)state;
    json_t *report = assert_refused("include_shadow", "build_error", "build-error");
    char *text = json_dumps(report, 0);
    assert_null(strstr(text, "root:"));
    assert_null(strstr(text, "TMPDIR="));
    free(text);
    json_decref(report);
}

static void include_zero(void **state)
{
    (void)state;
    json_decref(assert_refused("include_zero", "build_error", "build-error"));
}

static void include_urandom(void **state)
{
    (void)state;
    json_decref(assert_refused("include_urandom", "build_error", "build-error"));
}

static void reads_hidden(void **state)
{
    (void)state;
    assert_contained("reads_hidden");
}

/* Knows where the repository lies, and asks the compiler for it. */
static void includes_scenarios(void **state)
{
    (void)state;
    static const char *const hidden[] = {ASSIGNMENT_CONTAINED "/scenarios.c",
                                         "reference/pipeline/pipeline.c", "harness/run/scenario.h"};
    char repository[PATH_MAX], source[2 * PATH_MAX];
    assert_non_null(getcwd(repository, sizeof repository));
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        const char *folder = scratch_folder();
        snprintf(source, sizeof source, "#include \"%s/%s\"\nint main(void) { return 0; }\n",
                 repository, hidden[i]);
        write_text(folder, "hostile.c", source);
        json_t *report = report_on(folder);
        assert_string_equal(json_text(report, "verdict"), "build_error");
        json_decref(report);
    }
}

/* ---- telling lies ------------------------------------------------------------------------------- */

static void forged_verdict(void **state)
{
    (void)state;
    json_decref(assert_refused("forged_verdict", "findings", "wrong-output"));
}

/* Every byte of the report is printable ASCII, a line end, or part of well-formed UTF-8 that is no control
 * character and turns no text around. */
static void assert_harmless(const struct answer *answer)
{
    const unsigned char *s = (const unsigned char *)answer->out;
    for (size_t i = 0; i < answer->out_length; i++) {
        if ((s[i] < ' ' && s[i] != '\n') || s[i] == 0x7f)
            fail_msg("control character %#x at byte %zu of: %.3000s", s[i], i, answer->out);
        if (s[i] == 0xc2 && s[i + 1] < 0xa0)
            fail_msg("C1 control character at byte %zu", i);
    }
    static const char reversed[] = {'\xe2', '\x80', '\xae', '\0'}; /* U+202E */
    assert_null(strstr(answer->out, reversed));
    json_t *utf8 = json_stringn(answer->out, answer->out_length); /* NULL unless it is UTF-8 */
    assert_non_null(utf8);
    json_decref(utf8);
}

static void terminal_escapes(void **state)
{
    (void)state;
    const char *folder = "tests/hostile/terminal_escapes";
    json_decref(assert_refused("terminal_escapes", "findings", NULL));
    struct answer term = ask("grade", "--schedules", "0", "--format", "term", "--color", "never",
                             "-a", ASSIGNMENT_CONTAINED, folder);
    assert_int_equal(term.status, 1);
    assert_harmless(&term);
    answer_free(&term);
    struct answer json =
        ask("grade", "--schedules", "0", "--format", "json", "-a", ASSIGNMENT_CONTAINED, folder);
    assert_harmless(&json);
    answer_free(&json);
}

int main(void)
{
#define HOSTILE(name) cmocka_unit_test_setup_teardown(name, before_each, after_each)
    const struct CMUnitTest tests[] = {
        HOSTILE(fork_bomb),       HOSTILE(kills_everyone),   HOSTILE(double_fork),
        HOSTILE(stops_itself),    HOSTILE(ignores_sigterm),  HOSTILE(endless_output),
        HOSTILE(big_file),        HOSTILE(memory_bomb),      HOSTILE(fills_dev_shm),
        HOSTILE(many_queues),     HOSTILE(include_shadow),   HOSTILE(include_zero),
        HOSTILE(include_urandom), HOSTILE(reads_hidden),     HOSTILE(includes_scenarios),
        HOSTILE(forged_verdict),  HOSTILE(terminal_escapes),
    };
    own_host_ipc();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

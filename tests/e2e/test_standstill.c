/*
 * test_standstill.c - a schedule that stands still is called by its name, and told so that one sees who waits
 * for whom; one that does not end is not called anything.
 */
#include <limits.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/support/programs.h"

#define HEAD                                                               \
    "#include <signal.h>\n#include <stdio.h>\n#include <sys/msg.h>\n"      \
    "#include <sys/sem.h>\n#include <sys/wait.h>\n#include <unistd.h>\n\n" \
    "struct { long type; char text[8]; } m = {1, \"x\"};\n"

static void compile(const char *name, const char *path)
{
    struct answer answer = SAY("cc", "-pthread", "-o", name, path);
    if (answer.status)
        print_error("%s", answer.err);
    assert_int_equal(answer.status, 0);
    answer_free(&answer);
}

static void compile_text(const char *name, const char *source)
{
    char file[64];
    snprintf(file, sizeof file, "%s.c", name);
    write_text(here, file, source);
    compile(name, file);
}

/* One of tests/cases. */
static void compile_case(const char *name, const char *path)
{
    char real[PATH_MAX];
    assert_non_null(realpath(path, real));
    compile(name, real);
}

static json_t *report_of_run(const char *program)
{
    struct answer answer = SAY("run", "--schedules", "20", "-f", "json", "--", program);
    json_t *report = parse_json(&answer);
    answer_free(&answer);
    return report;
}

static const json_t *finding_of(const json_t *report, const char *rule)
{
    const json_t *findings = json_object_get(report, "findings");
    for (size_t i = 0; i < json_array_size(findings); i++)
        if (strcmp(json_text(json_array_get(findings, i), "rule"), rule) == 0)
            return json_array_get(findings, i);
    json_dumpf(report, stderr, JSON_INDENT(1));
    return NULL;
}

/* It is found by this rule, and its message says all of these. */
#define IS_TOLD(program, rule, ...)                                    \
    do {                                                               \
        json_t *told = report_of_run(program);                         \
        is_told(told, rule, (const char *const[]){__VA_ARGS__, NULL}); \
        json_decref(told);                                             \
    } while (0)

static const json_t *is_told(json_t *report, const char *rule, const char *const *texts)
{
    const json_t *finding = finding_of(report, rule);
    assert_non_null(finding);
    const char *message = json_text(finding, "message");
    for (; *texts; texts++) {
        if (!strstr(message, *texts))
            print_error("no \"%s\" in: %s\n", *texts, message);
        assert_non_null(strstr(message, *texts));
    }
    return finding;
}

static int sites_that_say(const json_t *finding, const char *what)
{
    const json_t *sites = json_object_get(finding, "sites");
    int n = 0;
    for (size_t i = 0; i < json_array_size(sites); i++)
        n += strstr(json_text(json_array_get(sites, i), "access"), what) != NULL;
    return n;
}

/* ---- circles ----------------------------------------------------------------------------------- */

static void a_circle_of_semaphores(void **state)
{
    (void)state;
    compile_case("forks", "tests/cases/sysv_sem/philosophers_wrong.c");
    json_t *report = report_of_run("./forks");
    const json_t *finding = is_told(
        report, "deadlock",
        (const char *const[]){"each holds what the next one waits for: forks#1.1 waits in semop(",
                              "for what forks#1.2 took at ", "for what forks#1.3 took at ",
                              "for what forks#1.1 took at ", NULL});
    assert_int_equal(sites_that_say(finding, "; holds semaphore "), 3);
    assert_int_equal(sites_that_say(finding, "wait("), 1); /* who holds nothing */
    json_decref(report);
}

static void a_circle_of_mutexes(void **state)
{
    (void)state;
    compile_case("order", "tests/cases/thread/lock_order_wrong.c");
    json_t *report = report_of_run("./order");
    const json_t *finding = is_told(
        report, "deadlock", (const char *const[]){"each holds what", "order#1.1 took at ", NULL});
    assert_int_equal(sites_that_say(finding, "; holds mutex 1, taken at "), 1);
    assert_int_equal(sites_that_say(finding, "; holds mutex 2, taken at "), 1);
    json_decref(report);
    compile_case("early", "tests/cases/thread/early_return_wrong.c");
    IS_TOLD("./early", "deadlock", "for what it itself took at ");
}

/* No lock: who took it is not the one to give it back. */
static void what_is_handed_over_is_held_by_nobody(void **state)
{
    (void)state;
    compile_text("slots", HEAD "int main(void)\n{\n"
                               "    struct sembuf take = {0, -1, 0}, give = {0, 1, 0};\n"
                               "    int id = semget(IPC_PRIVATE, 1, 0600);\n"
                               "    semctl(id, 0, SETVAL, 1);\n"
                               "    if (fork() == 0) {\n"
                               "        semop(id, &take, 1);\n"
                               "        semop(id, &take, 1);\n"
                               "        return 0;\n    }\n"
                               "    semop(id, &give, 1);\n"
                               "    wait(NULL);\n"
                               "    semop(id, &take, 1);\n" /* line 21 */
                               "    return 0;\n}\n");
    json_t *report = report_of_run("./slots");
    const json_t *finding =
        is_told(report, "deadlock", (const char *const[]){"blocked for ever: slots#1 waits", NULL});
    assert_int_equal(sites_that_say(finding, "holds"), 0);
    json_decref(report);
}

/* Most programs wait in a function of their own, and what they wait for says who calls it. */
static void callers_are_named(void **state)
{
    (void)state;
    compile_text("wrapped", HEAD "static void receive(int id)\n{\n"
                                 "    msgrcv(id, &m, sizeof m.text, 0, 0);\n" /* line 11 */
                                 "}\n"
                                 "static void second(int id)\n{\n"
                                 "    receive(id);\n" /* line 15 */
                                 "}\n"
                                 "int main(void)\n{\n"
                                 "    second(msgget(IPC_PRIVATE, 0600));\n" /* line 19 */
                                 "    return 0;\n}\n");
    json_t *report = report_of_run("./wrapped");
    const json_t *finding =
        is_told(report, "deadlock", (const char *const[]){"wrapped.c:11", NULL});
    const json_t *site = json_array_get(json_object_get(finding, "sites"), 0);
    assert_string_equal(json_text(site, "called_from"),
                        "second() at wrapped.c:15, main() at wrapped.c:19");
    json_decref(report);
}

/* ---- those who have ended ---------------------------------------------------------------------- */

static void who_could_have_woken_it_has_ended(void **state)
{
    (void)state;
    compile_case("inside", "tests/cases/signal/ended_in_lock_wrong.c");
    IS_TOLD("./inside", "orphaned-blocking", "inside#1 waits in sem_wait(",
            "for what inside#1.1 took at ", "and never gave back, and inside#1.1 has ended");
    compile_case("undo", "tests/cases/sysv_sem/undo_signal_wrong.c");
    IS_TOLD("./undo", "orphaned-blocking", "for what only undo#1.1 ever gave, and it has ended",
            "SEM_UNDO has taken back");
    compile_text("items", HEAD "int main(void)\n{\n"
                               "    int id = msgget(IPC_PRIVATE, 0600);\n"
                               "    for (int i = 0; i < 2; i++)\n"
                               "        if (fork() == 0)\n"
                               "            return msgsnd(id, &m, sizeof m.text, 0) < 0;\n"
                               "    for (int i = 0; i < 3; i++)\n"
                               "        msgrcv(id, &m, sizeof m.text, 0, 0);\n" /* line 16 */
                               "    return 0;\n}\n");
    IS_TOLD("./items", "orphaned-blocking", "items#1 waits in msgrcv(", "at items.c:16",
            "for what only items#1.1 and items#1.2 ever sent, and all of them have ended");
}

/* It was given what it waits for; it waits for another reason. */
static void who_was_given_enough_is_no_orphan(void **state)
{
    (void)state;
    compile_case("pshared", "tests/cases/posix_sem/pshared_wrong.c");
    IS_TOLD("./pshared", "deadlock", "blocked for ever: pshared#1 waits at ",
            "pshared_wrong.c:38 in sem_wait(");
}

/* Somebody who is alive has given before. */
static void who_may_be_woken_by_the_living_is_no_orphan(void **state)
{
    (void)state;
    compile_text("both", HEAD "int main(void)\n{\n"
                              "    int id = msgget(IPC_PRIVATE, 0600);\n"
                              "    if (fork() == 0) {\n"
                              "        msgsnd(id, &m, sizeof m.text, 0);\n"
                              "        msgrcv(id, &m, sizeof m.text, 2, 0);\n"
                              "        return 0;\n    }\n"
                              "    if (fork() == 0)\n"
                              "        return msgsnd(id, &m, sizeof m.text, 0) < 0;\n"
                              "    msgrcv(id, &m, sizeof m.text, 3, 0);\n"
                              "    return 0;\n}\n");
    IS_TOLD("./both", "deadlock", "blocked for ever");
}

/* ---- ends of pipes ------------------------------------------------------------------------------ */

static void an_end_left_open_is_called_so(void **state)
{
    (void)state;
    compile_case("own", "tests/cases/pipe/eof_barrier_wrong.c");
    IS_TOLD("./own", "pipe-end-open", "own#1 reads from a pipe that never ends",
            "its write end is still open as descriptor 4 of own#1");
    compile_text("kept", HEAD "int main(void)\n{\n"
                              "    int ends[2];\n"
                              "    pipe(ends);\n"
                              "    if (fork() == 0) {\n"
                              "        dup2(ends[0], 0);\n"
                              "        close(ends[0]);\n"
                              "        close(ends[1]);\n"
                              "        execlp(\"sort\", \"sort\", (char *)0);\n    }\n"
                              "    wait(NULL);\n"
                              "    return 0;\n}\n");
    IS_TOLD("./kept", "pipe-end-open", "sort#1 reads from a pipe that never ends",
            "its write end is still open as descriptor 4 of kept#1");
}

/* Whoever holds it waits for something else, and would write then. */
static void who_would_write_later_has_left_nothing_open(void **state)
{
    (void)state;
    compile_text("later", HEAD "int main(void)\n{\n"
                               "    int there[2], back[2];\n"
                               "    pipe(there);\n"
                               "    pipe(back);\n"
                               "    if (fork() == 0) {\n"
                               "        read(there[0], m.text, 1);\n"
                               "        return write(back[1], m.text, 1) < 0;\n    }\n"
                               "    close(back[1]);\n"
                               "    read(back[0], m.text, 1);\n"
                               "    write(there[1], m.text, 1);\n"
                               "    wait(NULL);\n"
                               "    return 0;\n}\n");
    IS_TOLD("./later", "deadlock", "blocked for ever");
}

/* ---- signals, the keyboard, no end ------------------------------------------------------------- */

static void a_lost_wake_up_names_its_signal(void **state)
{
    (void)state;
    compile_text("early", HEAD "static void on(int s)\n{\n    (void)s;\n}\n"
                               "int main(void)\n{\n"
                               "    signal(SIGCHLD, on);\n"
                               "    if (fork() == 0)\n"
                               "        return 0;\n"
                               "    pause();\n" /* line 18 */
                               "    wait(NULL);\n"
                               "    return 0;\n}\n");
    IS_TOLD("./early", "lost-wakeup", "early#1 waits in pause() at early.c:18",
            "the handler of SIGCHLD had run before the wait began");
}

static void one_sigchld_for_several_children_is_told_so(void **state)
{
    (void)state;
    compile_case("reaper", "tests/cases/signal/sigchld_wrong.c");
    IS_TOLD("./reaper", "lost-wakeup", "reaper#1 waits in sigsuspend(", "sigchld_wrong.c:54",
            "one SIGCHLD may stand for several children");
}

static void who_reads_the_terminal_waits_for_input(void **state)
{
    (void)state;
    char command[PATH_MAX], line[8];
    int terminal, status;
    compile_text("asks", HEAD "int main(void)\n{\n"
                              "    char line[80];\n"
                              "    return !fgets(line, sizeof line, stdin);\n}\n");
    assert_non_null(realpath("build/ipcgrade", command));
    pid_t pid = forkpty(&terminal, NULL, NULL, NULL);
    assert_true(pid >= 0);
    if (pid == 0) {
        if (chdir(here) == 0)
            execl(command, "ipcgrade", "run", "-q", "--schedules", "3", "-f", "json", "-o",
                  "report", "--", "./asks", NULL);
        _exit(127);
    }
    while (read(terminal, line, sizeof line) > 0)
        continue;
    close(terminal);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    char path[PATH_MAX + 8];
    snprintf(path, sizeof path, "%s/report", here);
    json_t *json = json_load_file(path, 0, NULL);
    assert_non_null(json);
    is_told(json, "waiting-for-input",
            (const char *const[]){"asks#1 waits for something to be typed at asks.c:12", NULL});
    json_decref(json);
}

static void what_does_not_end_is_left_undecided(void **state)
{
    (void)state;
    compile_text("endless", HEAD "int main(void)\n{\n"
                                 "    struct sembuf up = {0, 1, 0}, down = {0, -1, 0};\n"
                                 "    int id = semget(IPC_PRIVATE, 1, 0600);\n"
                                 "    for (;;) {\n"
                                 "        semop(id, &up, 1);\n"
                                 "        semop(id, &down, 1);\n    }\n}\n");
    struct answer answer = SAY("run", "--schedules", "20", "-f", "json", "--", "./endless");
    assert_int_equal(answer.status, 3);
    json_t *report = parse_json(&answer);
    is_told(report, "inconclusive",
            (const char *const[]){"was cut off after 2000001 points", "made by endless#1",
                                  "or a loop that does not end", NULL});
    assert_int_equal(json_array_size(json_object_get(report, "findings")), 1);
    json_decref(report);
    answer_free(&answer);
}

/* ---- ------------------------------------------------------------------------------------------- */

static int make_folder(void **state)
{
    (void)state;
    programs_begin();
    return 0;
}

int main(void)
{
    own_host_ipc();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_circle_of_semaphores),
        cmocka_unit_test(a_circle_of_mutexes),
        cmocka_unit_test(what_is_handed_over_is_held_by_nobody),
        cmocka_unit_test(callers_are_named),
        cmocka_unit_test(who_could_have_woken_it_has_ended),
        cmocka_unit_test(who_was_given_enough_is_no_orphan),
        cmocka_unit_test(who_may_be_woken_by_the_living_is_no_orphan),
        cmocka_unit_test(an_end_left_open_is_called_so),
        cmocka_unit_test(who_would_write_later_has_left_nothing_open),
        cmocka_unit_test(a_lost_wake_up_names_its_signal),
        cmocka_unit_test(one_sigchld_for_several_children_is_told_so),
        cmocka_unit_test(who_reads_the_terminal_waits_for_input),
        cmocka_unit_test(what_does_not_end_is_left_undecided),
    };
    return cmocka_run_group_tests(tests, make_folder, check_leftovers);
}

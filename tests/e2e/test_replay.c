/*
 * test_replay.c - one schedule again: by a strategy's number, and with one of its processes under gdb, which
 * sees the same order however long it is looked at.
 */
#include <limits.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/support/programs.h"

static char *token; /* of a schedule on which racy.c fails */

#define GDB(process, ...) SAY("replay", token, "--gdb", process, __VA_ARGS__, "--", "./racy")

#define HEAD                                                                        \
    "#include <sys/mman.h>\n#include <sys/msg.h>\n#include <sys/wait.h>\n#include " \
    "<unistd.h>\n"

static const char racy[] =
    HEAD "static void add(int *n)\n{\n    ++*n;\n}\n" /* line 7 */
         "int main(void)\n{\n"
         "    int *n = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
         "    if (fork() == 0) {\n"
         "        add(n);\n" /* line 13 */
         "        _exit(0);\n"
         "    }\n"
         "    add(n);\n" /* line 16 */
         "    wait(NULL);\n"
         "    return *n != 2;\n}\n";

static const char waits[] = HEAD "int main(void)\n{\n"
                                 "    struct { long type; char text[8]; } m;\n"
                                 "    int id = msgget(IPC_PRIVATE, 0600);\n"
                                 "    return msgrcv(id, &m, sizeof m.text, 1, 0) < 0;\n}\n";

static char *token_of(const char *rule)
{
    struct answer answer = SAY("run", "--schedules", "20", "-f", "json", "--", "./racy");
    json_t *report = parse_json(&answer), *findings = json_object_get(report, "findings");
    char *found = NULL;
    for (size_t i = 0; i < json_array_size(findings) && !found; i++) {
        const json_t *finding = json_array_get(findings, i);
        if (strcmp(json_text(finding, "rule"), rule) == 0)
            found = strdup(json_text(finding, "replay"));
    }
    json_decref(report);
    answer_free(&answer);
    return found;
}

static const char spins[] = HEAD "int main(void)\n{\n"
                                 "    for (volatile int n = 0;; n++)\n" /* line 7 */
                                 "        continue;\n}\n";

static int make_programs(void **state)
{
    (void)state;
    programs_begin();
    const char *const programs[][3] = {
        {"racy", "racy.c", racy}, {"waits", "waits.c", waits}, {"spins", "spins.c", spins}};
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        write_text(here, programs[i][1], programs[i][2]);
        struct answer answer = SAY("cc", "-o", programs[i][0], programs[i][1]);
        assert_int_equal(answer.status, 0);
        answer_free(&answer);
    }
    token = token_of("schedule-dependent");
    return token ? 0 : -1;
}

static void assert_says(const struct answer *answer, const char *text)
{
    if (!strstr(answer->out, text))
        print_error("no \"%s\" in:\n%s%s\n", text, answer->out, answer->err);
    assert_non_null(strstr(answer->out, text));
}

/* ---- under gdb --------------------------------------------------------------------------------- */

/* What it says itself comes first, then what a replay without it says, to the letter. */
static void assert_same_schedule(const struct answer *answer)
{
    struct answer without = SAY("replay", token, "--", "./racy");
    assert_int_equal(answer->status, without.status);
    assert_true(answer->out_length > without.out_length);
    assert_string_equal(answer->out + answer->out_length - without.out_length, without.out);
    answer_free(&without);
}

static void gdb_shows_the_racing_line(void **state)
{
    (void)state;
    struct answer answer = GDB("racy#1", "--ex", "break racy.c:7", "--ex", "continue", "--ex", "bt",
                               "--ex", "print *n");
    assert_says(&answer, "Temporary breakpoint 1, main () at racy.c:11");
    assert_says(&answer, "Breakpoint 2, add (n=");
    assert_says(&answer, "main () at racy.c:16");
    assert_says(&answer, "$1 = 0");
    assert_same_schedule(&answer);
    answer_free(&answer);
}

static void a_child_stops_where_its_fork_returns(void **state)
{
    (void)state;
    struct answer answer =
        GDB("racy#1.1", "--ex", "break racy.c:7", "--ex", "continue", "--ex", "bt");
    assert_says(&answer, "Temporary breakpoint 1, main () at racy.c:12");
    assert_says(&answer, "main () at racy.c:13");
    assert_same_schedule(&answer);
    answer_free(&answer);
}

/* Longer than all patience that there is without gdb, at every stop. */
static void one_may_look_for_long(void **state)
{
    (void)state;
    struct answer answer =
        GDB("racy#1", "--ex", "python import time; time.sleep(4)", "--ex", "break racy.c:7", "--ex",
            "continue", "--ex", "python import time; time.sleep(4)", "--ex", "continue");
    assert_says(&answer, "exited with code 01");
    assert_same_schedule(&answer);
    answer_free(&answer);
}

static void who_waits_for_ever_is_stopped_there(void **state)
{
    (void)state;
    struct answer answer = SAY("replay", "run@0", "--gdb", "waits#1", "--ex", "continue", "--ex",
                               "bt", "--", "./waits");
    assert_int_equal(answer.status, 1);
    assert_says(&answer, "received signal SIGTRAP");
    assert_says(&answer, "in main () at waits.c:9");
    assert_says(&answer, "deadlock: ");
    answer_free(&answer);
}

static void sources_of_an_assignment_are_shown(uid_t uid)
{
    struct manner manner = {.uid = uid};
    struct answer answer =
        ask_as(manner, (const char *const[]){"replay", "-a", "bounded_buffer", "crowd@1", "--gdb",
                                             "producer#2", "--ex", "info source",
                                             "reference/bounded_buffer", NULL});
    assert_int_equal(answer.status, 0);
    assert_says(&answer, "Temporary breakpoint 1, main (argc=");
    assert_says(&answer, "\t    if (argc != 5)\n"); /* the line itself */
    assert_says(&answer, "Located in /run/sources/producer.c");
    answer_free(&answer);
}

static void an_assignment_s_too(void **state)
{
    (void)state;
    sources_of_an_assignment_are_shown(0);
    if (geteuid() == 0)
        sources_of_an_assignment_are_shown(4242);
}

static void refuse(struct answer answer, const char *mention)
{
    assert_true(is_one_clear_line(&answer, mention));
    answer_free(&answer);
}

static void what_cannot_be_debugged_is_one_line(void **state)
{
    (void)state;
    refuse(GDB("racy#3", "--ex", "bt"), "there were racy#1, racy#1.1");
    refuse(SAY("replay", token, "--ex", "bt", "--", "./racy"), "say --gdb PROCESS");
    refuse(SAY("run", "--gdb", "racy#1", "--", "./racy"), "takes no --gdb");
}

/* Hidden where that is allowed: by root, in a mount namespace of its own. */
#define WITHOUT_GDB(script)                                                                \
    "unshare -m sh -c 'mount --bind /dev/null /usr/bin/gdb && " script "' 2> /dev/null < " \
    "/dev/null"

static void without_gdb_it_says_what_installs_it(void **state)
{
    (void)state;
    char command[PATH_MAX];
    if (geteuid() != 0 || system(WITHOUT_GDB("true")) != 0)
        skip();
    assert_non_null(realpath("build/ipcgrade", command));
    setenv("COMMAND", command, 1);
    setenv("FOLDER", here, 1);
    assert_int_equal(
        system(WITHOUT_GDB("cd \"$FOLDER\"; \"$COMMAND\" replay run@0 --gdb \"racy#1\" -- ./racy "
                           "2> why; test $? = 2 && test $(wc -l < why) = 1 && "
                           "grep -q \"apt-get install gdb\" why")),
        0);
}

/* ---- at a terminal ----------------------------------------------------------------------------- */

static char said[1 << 16];
static size_t said_length;

/* Takes what comes until it holds `text`; everything before is forgotten. */
static bool comes(int terminal, const char *text, int patience_ms)
{
    char *found;
    said[said_length] = '\0';
    while (!(found = strstr(said, text))) {
        struct pollfd one = {.fd = terminal, .events = POLLIN};
        ssize_t n = poll(&one, 1, patience_ms) == 1
                        ? read(terminal, said + said_length, sizeof said - 1 - said_length)
                        : 0;
        if (n <= 0)
            return false;
        said_length += (size_t)n;
        said[said_length] = '\0';
    }
    found += strlen(text);
    said_length = strlen(found);
    memmove(said, found, said_length + 1);
    return true;
}

static void await_text(int terminal, const char *text)
{
    enum { PATIENCE_MS = 100000 };
    bool came = comes(terminal, text, PATIENCE_MS);
    if (!came)
        print_error("no \"%s\" in: %s\n", text, said);
    assert_true(came);
}

static void type(int terminal, const char *text)
{
    assert_int_equal(write(terminal, text, strlen(text)), strlen(text));
}

/* One replay on a terminal of its own. */
struct session {
    pid_t pid;
    int terminal;
    struct termios before;
};

static struct session session_of(const char *process, const char *program)
{
    struct session s;
    char command[PATH_MAX];
    assert_non_null(realpath("build/ipcgrade", command));
    said_length = 0;
    s.pid = forkpty(&s.terminal, NULL, NULL, NULL);
    assert_true(s.pid >= 0);
    if (s.pid == 0) {
        setenv("TERM", "dumb", 1);
        if (chdir(here) == 0)
            execl(command, "ipcgrade", "replay", "run@0", "--gdb", process, "--", program, NULL);
        _exit(127);
    }
    assert_int_equal(tcgetattr(s.terminal, &s.before), 0);
    await_text(s.terminal, "(gdb) ");
    return s;
}

static void session_ends(const struct session *s, const char *last_of_all)
{
    struct termios after;
    int status;
    type(s->terminal, "quit\n");
    await_text(s->terminal, last_of_all);
    assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    assert_int_equal(tcgetattr(s->terminal, &after), 0);
    assert_int_equal(s->before.c_lflag, after.c_lflag);
    close(s->terminal);
}

static void at_a_terminal_one_types_to_gdb(void **state)
{
    (void)state;
    struct session s = session_of("waits#1", "./waits");
    type(s.terminal, "continue\n");
    await_text(s.terminal, "the schedule has come to its end");
    await_text(s.terminal, "SIGTRAP");
    await_text(s.terminal, "(gdb) ");
    session_ends(&s, "waits.c:9");
}

/* Of one that comes before the program runs again gdb may take no notice. */
static void ctrl_c_is_gdb_s(void **state)
{
    (void)state;
    struct session s = session_of("spins#1", "./spins");
    bool stopped = false;
    type(s.terminal, "continue\n");
    await_text(s.terminal, "Continuing.");
    for (int i = 0; i < 100 && !stopped; i++) {
        type(s.terminal, "\x03");
        stopped = comes(s.terminal, "(gdb) ", 1000);
    }
    assert_true(stopped);
    type(s.terminal, "kill\n");
    await_text(s.terminal, "(gdb) ");
    session_ends(&s, "killed by SIGKILL");
}

/* ---- by a strategy ----------------------------------------------------------------------------- */

static void assert_same_output(struct answer one, struct answer other)
{
    assert_string_equal(one.out, other.out);
    answer_free(&one);
    answer_free(&other);
}

static void a_number_is_read_by_its_strategy(void **state)
{
    (void)state;
    static const char *const names[] = {"run-to-block", "random", "pct",
                                        "pos",          "surw",   "adversary"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char with[64];
        snprintf(with, sizeof with, "run@7/%s", names[i]);
        assert_same_output(SAY("replay", with, "--", "./racy"),
                           SAY("replay", "run@7", "--strategy", names[i], "--", "./racy"));
    }
    /* which is what it means: nobody is interrupted */
    struct answer straight = SAY("replay", "run@7/run-to-block", "--", "./racy");
    const char *child = strstr(straight.out, "racy#1.1"), *after = strstr(straight.out, "wait(");
    assert_non_null(child);
    assert_non_null(after);
    assert_true(strstr(straight.out, "racy#1 ") < child && child < after);
    answer_free(&straight);
    refuse(SAY("replay", "run@7/pct", "--strategy", "pos", "--", "./racy"), "found by");
}

static void an_unknown_strategy_is_told_which_there_are(void **state)
{
    (void)state;
    static const char all[] = "run-to-block, random, pct, pos, surw, adversary, portfolio";
    refuse(SAY("run", "--strategy", "pcd", "--", "./racy"), all);
    refuse(ask("grade", "-a", "pipeline", "--strategy", "", "reference/pipeline"), all);
    refuse(ask("grade", "-a", "pipeline", "--strategy", "pct", "--schedules", "0",
               "reference/pipeline"),
           "--schedules 0");
}

static int end(void **state)
{
    free(token);
    return check_leftovers(state) || leftovers() ? -1 : 0;
}

int main(void)
{
    own_host_ipc();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gdb_shows_the_racing_line),
        cmocka_unit_test(a_child_stops_where_its_fork_returns),
        cmocka_unit_test(one_may_look_for_long),
        cmocka_unit_test(who_waits_for_ever_is_stopped_there),
        cmocka_unit_test(an_assignment_s_too),
        cmocka_unit_test(what_cannot_be_debugged_is_one_line),
        cmocka_unit_test(without_gdb_it_says_what_installs_it),
        cmocka_unit_test(at_a_terminal_one_types_to_gdb),
        cmocka_unit_test(ctrl_c_is_gdb_s),
        cmocka_unit_test(a_number_is_read_by_its_strategy),
        cmocka_unit_test(an_unknown_strategy_is_told_which_there_are),
    };
    return cmocka_run_group_tests(tests, make_programs, end);
}

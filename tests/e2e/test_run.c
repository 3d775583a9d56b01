/*
 * test_run.c - `ipcgrade cc`, `c++`, `run` and `replay` of a command: programs without an assignment.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/support/programs.h"

#define COMPILE_X(...) assert_quiet(SAY("c++", __VA_ARGS__))

static void assert_found(struct answer answer, const char *rule)
{
    json_t *json = report_of(answer, 1, "findings");
    if (!has_finding(json, rule))
        json_dumpf(json, stderr, JSON_INDENT(1));
    assert_true(has_finding(json, rule));
    json_decref(json);
}

/* ---- the programs ------------------------------------------------------------------------------ */

static const char racy[] = HEADERS
    "int main(void)\n{\n" /* line 9 */
    "    int *n = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
    "    if (fork() == 0) {\n"
    "        ++*n;\n" /* line 13 */
    "        _exit(0);\n"
    "    }\n"
    "    ++*n;\n" /* line 16 */
    "    wait(NULL);\n"
    "    return *n != 2;\n}\n";

static const char leaky[] = HEADERS "int main(void)\n{\n"
                                    "    return msgget(IPC_PRIVATE, 0600) < 0;\n}\n"; /* line 11 */

static const char server[] = HEADERS "int main(void)\n{\n"
                                     "    struct { long type; char text[8]; } m;\n"
                                     "    int id = msgget(77, IPC_CREAT | 0600);\n"
                                     "    if (id < 0 || msgrcv(id, &m, sizeof m.text, 1, 0) < 0)\n"
                                     "        return 1;\n"
                                     "    return msgctl(id, IPC_RMID, NULL) < 0;\n}\n";

static const char client[] =
    HEADERS "int main(void)\n{\n"
            "    struct { long type; char text[8]; } m = {1, \"hello\"};\n"
            "    int id = msgget(77, IPC_CREAT | 0600);\n"
            "    return id < 0 || msgsnd(id, &m, sizeof m.text, 0) < 0;\n}\n";

static const char waits[] =
    HEADERS "int main(void)\n{\n"
            "    struct { long type; char text[8]; } m;\n"
            "    int id = msgget(IPC_PRIVATE, 0600);\n"
            "    return msgrcv(id, &m, sizeof m.text, 1, 0) < 0;\n}\n"; /* line 13 */

static const char left[] = HEADERS "int main(void)\n{\n"
                                   "    int ends[2];\n"
                                   "    char c;\n"
                                   "    if (pipe(ends) == 0 && fork() == 0)\n"
                                   "        return (int)read(ends[0], &c, 1);\n"
                                   "    return 0;\n}\n";

static int make_programs(void **state)
{
    (void)state;
    programs_begin();
    write_text(here, "racy.c", racy);
    write_text(here, "right.c", right_program);
    write_text(here, "leaky.c", leaky);
    write_text(here, "server.c", server);
    write_text(here, "client.c", client);
    write_text(here, "waits.c", waits);
    write_text(here, "left.c", left);
    static const char *const names[] = {"racy",   "right", "leaky", "server",
                                        "client", "waits", "left"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char source[32];
        snprintf(source, sizeof source, "%s.c", names[i]);
        COMPILE("-o", names[i], source);
    }
    return 0;
}

/* ---- cc ---------------------------------------------------------------------------------------- */

static void cc_passes_everything_on(void **state)
{
    (void)state;
    struct answer gcc = SAY("cc", "--version");
    assert_int_equal(gcc.status, 0);
    assert_ptr_equal(strstr(gcc.out, "gcc"), gcc.out);
    answer_free(&gcc);
    gcc = SAY("cc", "-v");
    assert_int_equal(gcc.status, 0);
    assert_non_null(strstr(gcc.err, "gcc version"));
    answer_free(&gcc);
    gcc = SAY("cc", "-Wall", "-c", "-DX=1", "missing.c");
    assert_int_equal(gcc.status, 1);
    assert_non_null(strstr(gcc.err, "missing.c: No such file"));
    answer_free(&gcc);
    gcc = SAY("cc", "racy.c", "-o");
    assert_non_null(strstr(gcc.err, "missing filename after"));
    assert_true(access("-O0", F_OK) != 0);
    answer_free(&gcc);
    gcc = SAY("cc", "-E", "-D_FORTIFY_SOURCE=2", "-O2", "-Werror", "racy.c");
    assert_int_equal(gcc.status, 0);
    assert_non_null(strstr(gcc.out, "# 1 \"racy.c\""));
    answer_free(&gcc);
    gcc = SAY("cc", "-MM", "racy.c");
    assert_string_equal(gcc.out, "racy.o: racy.c\n");
    answer_free(&gcc);
}

static void cc_compiles_and_links(void **state)
{
    (void)state;
    write_text(here, "twice.c", "int twice(int n) { return 2 * n; }\n");
    write_text(here, "uses.c", "int twice(int); int main(void) { return twice(21) != 42; }\n");
    write_text(here, "words", "-o uses uses.o twice.o -pthread\n");
    COMPILE("-O2", "-c", "twice.c", "-o", "twice.o");
    COMPILE("-c", "uses.c");
    COMPILE("@words");
    shell("cd '%s' && ./uses", here);
    COMPILE("-shared", "-fPIC", "-o", "libtwice.so", "twice.c");
    COMPILE("-o", "uses", "uses.c", "-L.", "-ltwice", "-Wl,-rpath,$ORIGIN");
    shell("cd '%s' && ./uses", here);
    COMPILE("-o", "both", "uses.c", "twice.c");
    shell("cd '%s' && ./both && ./right", here); /* without the harness: nothing special */
}

static void make_and_cxx_work(void **state)
{
    (void)state;
    char command[PATH_MAX];
    assert_non_null(realpath("build/ipcgrade", command));
    write_text(here, "Makefile",
               "m: m.o\n\t$(CC) $(CFLAGS) -o $@ $^\nm.o: m.c\n"
               "\t$(CC) $(CFLAGS) -c -o $@ $<\n");
    write_text(here, "m.c", right_program);
    shell("make -s -C '%s' CC='\"%s\" cc' CFLAGS='-O2 -Wall'", here, command);
    assert_passes(RUN("./m"));
    write_text(here, "x.cc",
               "#include <string>\n#include <sys/mman.h>\n#include <sys/wait.h>\n"
               "#include <unistd.h>\nint main()\n{\n"
               "    std::string s(\"x\");\n"
               "    int *n = static_cast<int *>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE,\n"
               "                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0));\n"
               "    if (fork() == 0) {\n        ++*n;\n        _exit(0);\n    }\n"
               "    *n += int(s.size());\n    wait(nullptr);\n}\n");
    COMPILE_X("-std=c++17", "-o", "x", "x.cc");
    assert_found(RUN("./x"), "data-race");
}

/* ---- run --------------------------------------------------------------------------------------- */

static void a_race_is_found_and_replayed(void **state)
{
    (void)state;
    struct answer answer = RUN("./racy");
    json_t *json = report_of(answer, 1, "findings");
    json_t *finding = json_array_get(json_object_get(json, "findings"), 0);
    json_t *sites = json_object_get(finding, "sites");
    assert_string_equal(json_text(json, "schema"), "ipcgrade/1");
    assert_string_equal(json_text(json, "command"), "./racy");
    assert_null(json_object_get(json, "score"));
    assert_null(json_object_get(json, "scenarios"));
    assert_null(json_object_get(json, "assignment"));
    assert_string_equal(json_text(finding, "rule"), "data-race");
    json_int_t sum = 0;
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(json_text(json_array_get(sites, i), "file"), "racy.c");
        sum += json_integer_value(json_object_get(json_array_get(sites, i), "line"));
    }
    assert_int_equal(sum, 13 + 16);
    answer = SAY("replay", json_text(finding, "replay"), "--", "./racy");
    assert_int_equal(answer.status, 1);
    assert_non_null(strstr(answer.out, "data-race"));
    assert_non_null(strstr(answer.out, "racy.c:13"));
    answer_free(&answer);
    json_decref(json);
}

static void a_program_linked_for_one_place_is_seen_too(void **state)
{
    (void)state;
    COMPILE("-no-pie", "-o", "fixed", "racy.c");
    assert_found(RUN("./fixed"), "data-race");
}

/* Where a message lies, and how large it is, the debugger's data say: of what they do not, nothing is told. */
static void a_message_larger_than_its_variable_is_told(void **state)
{
    (void)state;
    char *source = realpath("tests/probe/messages.c", NULL);
    assert_non_null(source);
    COMPILE("-o", "messages", source);
    assert_passes(RUN("./messages"));
    COMPILE("-O2", "-fomit-frame-pointer", "-o", "messages", source);
    assert_passes(RUN("./messages"));
    COMPILE("-DWRONG", "-o", "messages", source);
    assert_found(RUN("./messages"), "wrong-msgsz");
    free(source);
}

static void a_right_program_passes(void **state)
{
    (void)state;
    assert_passes(RUN("./right"));
    struct answer answer = SAY("run", "--schedules", "20", "--", "./right");
    assert_int_equal(answer.status, 0);
    assert_string_equal(answer.out, "./right: 20 schedules, nothing wrong\n");
    answer_free(&answer);
    answer = SAY("run", "-q", "--schedules", "5", "--", "./right");
    assert_int_equal(answer.out_length, 0);
    answer_free(&answer);
}

static void exit_statuses_crashes_and_input(void **state)
{
    (void)state;
    assert_found(RUN("./right", "fail"), "wrong-exit");
    assert_found(RUN("sh", "-c", "./right && kill -SEGV $$"), "crash");
    assert_found(RUN("./right", "read"), "wrong-exit"); /* </dev/null: an empty input */
}

/* Each schedule reads all of it; were it read only once, the second would fail. */
static void input_comes_from_a_pipe_too(void **state)
{
    (void)state;
    char command[PATH_MAX];
    assert_non_null(realpath("build/ipcgrade", command));
    shell("cd '%s' && echo hello | '%s' run -q --schedules 3 -- ./right read", here, command);
    shell("cd '%s' && (echo hello; echo you) | '%s' run -q --schedules 3 -- "
          "sh -c './right read && test $(wc -c) = 4'",
          here, command);
    shell("cd '%s' && ! head -c 1048577 /dev/zero | '%s' run -- ./right read 2> why && "
          "grep -q 'standard input: more than 1048576 bytes' why",
          here, command);
}

static void a_shell_line_starts_several(void **state)
{
    (void)state;
    assert_passes(RUN("sh", "-c", "./server & ./client; wait"));
    assert_found(RUN("sh", "-c", "./server & wait"), "deadlock");
}

/* Each schedule finds the files as they are in this folder, and /tmp empty. */
static void files_are_as_they_were(void **state)
{
    (void)state;
    static const char changes[] =
        HEADERS "#include <fcntl.h>\n#include <sys/stat.h>\n"
                "int main(void)\n{\n"
                "    char text[16] = \"\";\n"
                "    FILE *f = fopen(\"data\", \"r+\");\n"
                "    if (!f || !fgets(text, sizeof text, f) || strcmp(text, \"as it was\\n\"))\n"
                "        return 2;\n"
                "    rewind(f);\n"
                "    fputs(\"changed\", f);\n"
                "    fclose(f);\n"
                "    if (unlink(\"below/gone\") || rename(\"below/here\", \"below/there\"))\n"
                "        return 3;\n"
                "    if (rmdir(\"empty\") || symlink(\"/\", \"empty\") || chmod(\"below\", 0700))\n"
                "        return 4;\n"
                "    if (unlink(\"link\") || mkdir(\"link\", 0755) || symlink(\"x\", \"link/x\"))\n"
                "        return 5;\n"
                "    if (mkdir(\"/tmp/once\", 0700) || mkfifo(\"/tmp/once/fifo\", 0600))\n"
                "        return 6;\n"
                "    return open(\"new\", O_CREAT | O_EXCL, 0600) < 0;\n}\n";
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", here);
    programs_begin();
    write_text(here, "changes.c", changes);
    COMPILE("-o", "changes", "changes.c");
    shell("cd '%s' && echo as it was > data && mkdir below empty && touch below/gone below/here && "
          "ln -s data link",
          here);
    assert_passes(RUN("./changes"));
    shell("cd '%s' && grep -q 'as it was' data && test -f below/gone -a -d empty -a -L link", here);
    snprintf(here, sizeof here, "%s", folder);
}

/* Who executes a program is called after it. */
static void processes_are_called_after_their_programs(void **state)
{
    (void)state;
    struct answer answer =
        SAY("replay", "run@2", "--", "sh", "-c", "./server & ./client; ./racy; ./racy; wait");
    assert_non_null(strstr(answer.out, " server#1 "));
    assert_non_null(strstr(answer.out, " client#1 "));
    assert_non_null(strstr(answer.out, " racy#1 "));
    assert_non_null(strstr(answer.out, " racy#1.1 "));
    assert_non_null(strstr(answer.out, " racy#2 "));
    assert_null(strstr(answer.out, " sh#1.1 "));
    answer_free(&answer);
}

static void what_is_left_is_found(void **state)
{
    (void)state;
    json_t *json = report_of(RUN("./leaky"), 1, "findings");
    json_t *finding = json_array_get(json_object_get(json, "findings"), 0);
    json_t *site = json_array_get(json_object_get(finding, "sites"), 0);
    assert_string_equal(json_text(finding, "rule"), "leak-sysv-queue");
    assert_string_equal(json_text(site, "file"), "leaky.c");
    assert_int_equal(json_integer_value(json_object_get(site, "line")), 11);
    json_decref(json);
    assert_found(RUN("./left"), "orphan");
}

static void a_deadlock_is_named(void **state)
{
    (void)state;
    json_t *json = report_of(RUN("./waits"), 1, "findings");
    assert_true(has_finding(json, "deadlock"));
    assert_non_null(strstr(message_of(json), "waits.c:13"));
    json_decref(json);
}

/* A schedule that ends well, and then one that ends with everybody asleep: nobody of that one is left in the
 * schedules that follow. */
static void no_schedule_meets_the_processes_of_another(void **state)
{
    (void)state;
    write_text(here, "orders.c",
               HEADERS
               "#include <sys/sem.h>\n"
               "static void change(int id, int number, int by)\n{\n"
               "    struct sembuf op = {number, by, 0};\n    semop(id, &op, 1);\n}\n"
               "int main(void)\n{\n    int id = semget(IPC_PRIVATE, 2, 0600);\n"
               "    change(id, 0, 1);\n    change(id, 1, 1);\n    int child = fork() == 0;\n"
               "    change(id, child, -1);\n    change(id, !child, -1);\n"
               "    change(id, 0, 1);\n    change(id, 1, 1);\n"
               "    if (child)\n        _exit(0);\n    wait(NULL);\n"
               "    return semctl(id, 0, IPC_RMID);\n}\n");
    COMPILE("-o", "orders", "orders.c");
    json_t *json = report_of(SAY("run", "--strategy", "random", "--seed", "1", "--schedules", "40",
                                 "-f", "json", "--", "./orders"),
                             1, "findings");
    json_t *findings = json_object_get(json, "findings");
    assert_int_equal(json_array_size(findings), 1);
    assert_string_equal(json_text(json_array_get(findings, 0), "rule"), "deadlock");
    json_decref(json);
}

/* From the second schedule on a program is forked off a template of it, which is a student's process like any
 * other: whatever becomes of it, the program runs. */
static void a_program_that_signals_everybody_passes(void **state)
{
    (void)state;
    write_text(here, "signals.c",
               HEADERS
               "#include <errno.h>\n#include <signal.h>\nint main(int count, char **words)\n{\n"
               "    return count == 2 && kill(-1, atoi(words[1])) < 0 && errno != ESRCH;\n}\n");
    COMPILE("-o", "signals", "signals.c");
    assert_passes(RUN("./signals", "15"));
    assert_passes(RUN("./signals", "9"));
    assert_passes(RUN("./signals", "19")); /* SIGSTOP */
}

static void the_limit_on_processes_is_the_same_on_all_schedules(void **state)
{
    (void)state;
    write_text(here, "forks.c",
               HEADERS
               "#include <signal.h>\nint main(void)\n{\n"
               "    pid_t child[100];\n    int n = 0;\n"
               "    while (n < 100 && (child[n] = fork()) >= 0)\n"
               "        if (child[n++] == 0)\n            for (;;)\n                pause();\n"
               "    for (int i = 0; i < n; i++)\n        kill(child[i], SIGKILL);\n"
               "    while (wait(NULL) > 0)\n        ;\n"
               "    return n != 63;\n}\n"); /* 64, limits.processes, less itself */
    COMPILE("-o", "forks", "forks.c");
    assert_passes(SAY("run", "--schedules", "4", "-f", "json", "--", "./forks"));
}

static void refuse(struct answer answer, const char *mention)
{
    assert_true(is_one_clear_line(&answer, mention));
    answer_free(&answer);
}

static void what_cannot_be_run_is_one_line(void **state)
{
    (void)state;
    refuse(RUN("./missing"), "no such program");
    refuse(RUN("racy"), "did you mean ./racy?");
    refuse(RUN("./racy.c"), "is no program");
    refuse(RUN("../racy"), "not below this folder");
    refuse(SAY("run"), "too few arguments");
    refuse(SAY("replay", "run@3"), "ipcgrade replay run@3 -- COMMAND");
    shell("mkdir '%s/large' && truncate -s 70M '%s/large/file'", here, here);
    refuse(RUN("./racy"), "too large");
    shell("rm -r '%s/large'", here);
}

int main(void)
{
    own_host_ipc();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cc_passes_everything_on),
        cmocka_unit_test(cc_compiles_and_links),
        cmocka_unit_test(make_and_cxx_work),
        cmocka_unit_test(a_race_is_found_and_replayed),
        cmocka_unit_test(a_program_linked_for_one_place_is_seen_too),
        cmocka_unit_test(a_message_larger_than_its_variable_is_told),
        cmocka_unit_test(a_right_program_passes),
        cmocka_unit_test(exit_statuses_crashes_and_input),
        cmocka_unit_test(input_comes_from_a_pipe_too),
        cmocka_unit_test(a_shell_line_starts_several),
        cmocka_unit_test(files_are_as_they_were),
        cmocka_unit_test(processes_are_called_after_their_programs),
        cmocka_unit_test(what_is_left_is_found),
        cmocka_unit_test(a_deadlock_is_named),
        cmocka_unit_test(no_schedule_meets_the_processes_of_another),
        cmocka_unit_test(a_program_that_signals_everybody_passes),
        cmocka_unit_test(the_limit_on_processes_is_the_same_on_all_schedules),
        cmocka_unit_test(what_cannot_be_run_is_one_line),
    };
    return cmocka_run_group_tests(tests, make_programs, check_leftovers);
}

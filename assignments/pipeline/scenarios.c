/*
 * scenarios.c - what `pipeline` must do: see README.md, whose table of points this file bears out.
 *
 * Two things keep a verdict the same on a busy machine. Where a scenario is about time (who is
 * still there, what has come out already), its first stage reads the terminal, and goes on only
 * when we type. And output is judged once all processes are at rest, so that a program that does
 * not wait for its stages fails for that, every time, and not for output that came late, now and
 * then. Where the order in which stages end is not ours, they end with the same status.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "scenario.h"

enum { MAX_STAGES = 64, USAGE = 2, FAILED = 1, NOT_EXECUTED = 127, KILLED = 128 };

/* 64 stages, and what a program that makes all its pipes first needs for them. */
ASSIGNMENT(.title = "Commands joined by pipes", .programs = {"pipeline"},
           .limits = {.cpu_seconds = 2, .memory_mb = 256, .processes = 96, .open_files = 256});

/* ---- what several scenarios expect -------------------------------------------------------- */

static void ends_with(struct run *run, struct process *p, int status, const char *output)
{
    expect_exit(p, status);
    settle(run);
    expect_output(p, output);
}

static void ends_well(struct run *run, struct process *p, const char *output)
{
    ends_with(run, p, 0, output);
    expect_no_errors(p);
}

/* For scenarios that expect a refusal: one who always refuses has not earned it. */
static void expect_it_works(struct run *run)
{
    struct process *p = start(run, "pipeline", "seq", "3", ",", "wc", "-l");
    ends_well(run, p, "3\n");
}

/* Where every stage is another program, to start those costs far more than all that pipeline does itself, and
 * there is little that it could do in another order. */
enum { MANY_PROGRAMS = 50 };

/* All at rest, and `pipeline` still there: it waits for the stage that reads the terminal. */
static void expect_it_waits(struct run *run, struct process *p)
{
    settle(run);
    if (!settle_process(p))
        expect_no_children(p); /* says more than that it has ended */
    expect_alive(p);
}

/* Types when all stages stand at their places, so that what it sets off is the same every time. */
static void type_and_settle(struct run *run, struct process *p, const char *input)
{
    settle(run);
    type_text(p, input);
    expect_it_waits(run, p);
}

static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return *line ? line + 1 : line;
}

/* No fault of the student's if it fails: the driver then ends, which is a fault of the harness. */
static void write_file(const char *name, const char *content)
{
    FILE *file = fopen(name, "w");
    if (!file || fputs(content, file) < 0 || fclose(file) != 0)
        abort();
}

/* ---- pipes -------------------------------------------------------------------------------- */

SCENARIO(one_command, .points = 4, .schedules = MANY_PROGRAMS, .title = "A single stage",
         .asks = "one command, no pipe: it reads and writes what pipeline itself would")
(struct run *run)
{
    struct process *p = start(run, "pipeline", "cat", "-n");
    type_and_settle(run, p, "to the only stage\n");
    expect_output_so_far(p, "     1\tto the only stage\n");
    end_input(p);
    ends_well(run, p, "     1\tto the only stage\n");
}

SCENARIO(two_commands, .points = 8, .schedules = MANY_PROGRAMS, .title = "Two stages",
         .asks = "what the first command prints is what the second one reads")
(struct run *run)
{
    struct process *p = start(run, "pipeline", "seq", "8", "12", ",", "wc", "-l");
    ends_well(run, p, "5\n");

    struct process *q = start(run, "pipeline", "sort", ",", "head", "-n", "2");
    type_and_settle(run, q, "pear\napple\nfig\n");
    end_input(q);
    ends_well(run, q, "apple\nfig\n");
}

SCENARIO(arguments_unchanged, .points = 8, .title = "Blanks and other special characters",
         .asks = "every argument reaches its command exactly as pipeline got it")
(struct run *run)
{
    write_file("my fruit.txt", "pear\napple\nfig\n");
    struct process *p =
        start(run, "pipeline", "cat", "my fruit.txt", ",", "sort", ",", "head", "-n", "1");
    ends_well(run, p, "apple\n");

    struct process *q = start(run, "pipeline", "printf", "[%s]\\n", "two  words", "", "*", "$HOME",
                              "a,b", "|", "it's", "\"", ";", ",,", ",", "cut", "-d,", "-f1-");
    ends_well(run, q, "[two  words]\n[]\n[*]\n[$HOME]\n[a,b]\n[|]\n[it's]\n[\"]\n[;]\n[,,]\n");
}

SCENARIO(forty_stages, .points = 8, .title = "Forty stages",
         .asks = "any number of stages, in order")
(struct run *run)
{
    int stages = amount(run, 40, 5, 5);
    const char *argv[3 + 4 * MAX_STAGES] = {"pipeline", "echo", "x"};
    int argc = 3;
    for (int i = 1; i < stages; i++) {
        argv[argc++] = ",";
        argv[argc++] = "sed";
        argv[argc++] = text(run, "s/$/ %d/", i);
    }
    char expected[8 * MAX_STAGES] = "x";
    for (int i = 1; i < stages; i++)
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), " %d", i);
    struct process *p = start_argv(run, argv);
    ends_well(run, p, text(run, "%s\n", expected));
}

SCENARIO(end_of_file, .points = 10, .schedules = MANY_PROGRAMS,
         .title = "The end of the input reaches every stage",
         .asks = "when the input ends, every stage sees it end, one after the other")
(struct run *run)
{
    struct process *p =
        start(run, "pipeline", "cat", ",", "sort", ",", "tail", "-n", "2", ",", "sort", "-r");
    type_and_settle(run, p, "3\n1\n2\n");
    event(run, "the input ends");
    end_input(p);
    ends_well(run, p, "3\n2\n");

    struct process *empty =
        start_with_input(run, NULL, "pipeline", "cat", ",", "cat", ",", "wc", "-c");
    ends_well(run, empty, "0\n");
}

SCENARIO(all_at_once, .points = 8, .schedules = MANY_PROGRAMS,
         .title = "The stages run at the same time",
         .asks = "a line comes out at the end before the input has ended")
(struct run *run)
{
    struct process *p = start(run, "pipeline", "cat", ",", "sed", "-u", "s/^/> /", ",", "cat");
    type_and_settle(run, p, "first\n");
    expect_output_so_far(p, "> first\n");
    type_and_settle(run, p, "second\n");
    expect_output_so_far(p, "> first\n> second\n");
    end_input(p);
    ends_well(run, p, "> first\n> second\n");
}

SCENARIO(ten_megabytes, .points = 10, .schedules = MANY_PROGRAMS,
         .title = "Ten megabytes through five stages",
         .asks = "more than a pipe can hold goes through without getting stuck, complete")
(struct run *run)
{
    /* The smallest amount is still more than four pipes hold. */
    const char *bytes = number(run, amount(run, 10 << 20, 300 << 10, 1 << 20));
    struct process *p = start(run, "pipeline", "head", "-c", bytes, "/dev/zero", ",", "tr", "\\0",
                              "x", ",", "cat", ",", "cat", ",", "wc", "-c");
    ends_well(run, p, text(run, "%s\n", bytes));
}

SCENARIO(early_end, .points = 8, .schedules = MANY_PROGRAMS, .title = "A stage that ends early",
         .asks = "a stage that stops reading stops those before it, silently (SIGPIPE)")
(struct run *run)
{
    /* `; true`: the status of a stage before the last must not matter, and where all have the same it
     * cannot, whichever ends last. Scenario exit_status asks for that. */
    struct process *p = start(run, "pipeline", "sh", "-c", "yes; true", ",", "head", "-n", "1");
    ends_well(run, p, "y\n");

    struct process *q = start(run, "pipeline", "sh", "-c", "yes no; true", ",", "sh", "-c",
                              "cat; true", ",", "head", "-n", "2", ",", "cat");
    ends_well(run, q, "no\nno\n");

    struct process *r = start(run, "pipeline", "sh", "-c", "exit 141", ",", "sh", "-c",
                              "cat; kill -PIPE $$; echo SIGPIPE is ignored");
    ends_with(run, r, KILLED + SIGPIPE, "");
}

/* ---- processes ---------------------------------------------------------------------------- */

/* What `ls /proc/self/fd` said in one stage or several: 3 is the folder that ls itself reads. */
static void expect_no_descriptor_but_three(struct run *run, struct process *p, const char *expected)
{
    expect_exit(p, 0);
    settle(run);
    int more = 0;
    for (const char *line = output_of(p, NULL); *line; line = next_line(line))
        more += strtol(line, NULL, 10) > 3;
    expect_rule(run, "leak-fd", !more,
                "`ls /proc/self/fd` in the stages should list 0, 1, 2 and its own 3; it listed %d "
                "descriptor%s more that pipeline left open there",
                more, more == 1 ? "" : "s");
    expect_output(p, expected);
}

SCENARIO(only_three_descriptors, .points = 8, .schedules = MANY_PROGRAMS,
         .title = "No descriptor too many",
         .asks = "a stage has the descriptors 0, 1 and 2, and no other")
(struct run *run)
{
    /* First, middle and last stage, then a single one. */
    const char *next = "cat; ls -1 /proc/self/fd";
    struct process *p = start(run, "pipeline", "ls", "/proc/self/fd", ",", "sh", "-c", next, ",",
                              "sh", "-c", next, ",", "sh", "-c", next);
    expect_no_descriptor_but_three(run, p, "0\n1\n2\n3\n0\n1\n2\n3\n0\n1\n2\n3\n0\n1\n2\n3\n");

    struct process *q = start(run, "pipeline", "ls", "-1", "/proc/self/fd");
    expect_no_descriptor_but_three(run, q, "0\n1\n2\n3\n");
}

SCENARIO(own_children, .points = 6, .schedules = MANY_PROGRAMS,
         .title = "Children of pipeline, joined by one pipe",
         .asks = "stages are children of pipeline; neighbours hold the two ends of one pipe")
(struct run *run)
{
    /* The first stage waits for a line: all have seen who their parent is before anybody ends. */
    struct process *p = start(run, "pipeline", "sh", "-c", "read line; echo $PPID", ",", "sh", "-c",
                              "cat; echo $PPID", ",", "sh", "-c", "cat; echo $PPID");
    expect_it_waits(run, p);
    type_text(p, "go on\n");
    expect_exit(p, 0);
    settle(run);
    int children = 0;
    for (const char *line = output_of(p, NULL); *line; line = next_line(line))
        children += strtol(line, NULL, 10) == pid_of(p);
    expect_that(run, children == 3,
                "three stages print their parent's process id; %d of them named pipeline",
                children);

    static const char compare[] = "read theirs; mine=$(readlink /proc/$$/fd/0)\n"
                                  "case $mine in\n"
                                  "pipe:*) [ \"$theirs\" = \"$mine\" ] && echo one pipe ;;\n"
                                  "*) echo \"no pipe: $mine\" ;;\n"
                                  "esac\n";
    struct process *q =
        start(run, "pipeline", "readlink", "/proc/self/fd/1", ",", "sh", "-c", compare);
    ends_well(run, q, "one pipe\n");
}

SCENARIO(exit_status, .points = 6, .schedules = MANY_PROGRAMS, .title = "The exit status",
         .asks = "the status of the last stage, or 128 + N if signal N killed it")
(struct run *run)
{
    /* The first stage waits for a line: it always ends after the last one. */
    struct process *p =
        start(run, "pipeline", "sh", "-c", "read line; exit 3", ",", "sh", "-c", "exit 7");
    settle(run);
    type_text(p, "go on\n");
    ends_with(run, p, 7, "");

    struct process *q = start(run, "pipeline", "sh", "-c", "read line; exit 3", ",", "true");
    settle(run);
    type_text(q, "go on\n");
    ends_with(run, q, 0, "");

    struct process *r = start(run, "pipeline", "sh", "-c", "read line; kill -KILL $$", ",", "sh",
                              "-c", "kill -TERM $$");
    settle(run);
    type_text(r, "go on\n");
    ends_with(run, r, KILLED + SIGTERM, "");
}

SCENARIO(waits_for_all, .points = 6, .schedules = MANY_PROGRAMS, .title = "Waits for all stages",
         .asks = "pipeline ends when all stages have ended, whichever ends first")
(struct run *run)
{
    struct process *p = start(run, "pipeline", "sh", "-c", "read line", ",", "true");
    event(run, "the last stage ends, the first one waits for a line");
    expect_it_waits(run, p);
    type_text(p, "go on\n");
    ends_well(run, p, "");
}

/* ---- when something goes wrong ------------------------------------------------------------ */

SCENARIO(no_such_command, .points = 6, .schedules = MANY_PROGRAMS,
         .title = "A command that does not exist",
         .asks = "a message and status 127 for that stage; all the others run as usual")
(struct run *run)
{
    const char *message = "^pipeline: nosuch: No such file or directory\n$";
    struct process *first = start(run, "pipeline", "nosuch", "-x", ",", "wc", "-c");
    ends_with(run, first, 0, "0\n");
    expect_errors_like(first, message);

    struct process *middle = start(run, "pipeline", "true", ",", "nosuch", ",", "wc", "-l");
    ends_with(run, middle, 0, "0\n");
    expect_errors_like(middle, message);

    struct process *last = start(run, "pipeline", "sh", "-c", "cat; exit 127", ",", "nosuch");
    settle(run);
    end_input(last);
    ends_with(run, last, NOT_EXECUTED, "");
    expect_errors_like(last, message);
}

static void expect_refused(struct run *run, struct process *p)
{
    ends_with(run, p, USAGE, "");
    expect_errors_like(p, "^pipeline: .*\n$");
}

SCENARIO(bad_usage, .points = 2, .title = "An empty stage",
         .asks = "an empty stage is refused with a message and status 2, and nothing is started")
(struct run *run)
{
    expect_it_works(run);
    expect_refused(run, start(run, "pipeline"));
    expect_refused(run, start(run, "pipeline", ",", "echo", "started"));
    expect_refused(run, start(run, "pipeline", "sh", "-c", "echo started >&2", ","));
    expect_refused(run, start(run, "pipeline", "sh", "-c", "echo started >&2", ",", ",", "cat"));
}

SCENARIO(fork_fails, .points = 2, .schedules = MANY_PROGRAMS, .title = "No more processes",
         .asks = "a message, status 1, and an orderly end of the stages that were started",
         .limits = {.processes = 12})
(struct run *run)
{
    expect_it_works(run);
    const char *argv[1 + 2 * MAX_STAGES] = {"pipeline", "yes"};
    int argc = 2;
    for (int i = 1; i < 30; i++) {
        argv[argc++] = ",";
        argv[argc++] = "cat";
    }
    event(run, "12 processes are allowed, 30 stages asked for");
    struct process *p = start_argv(run, argv);
    ends_with(run, p, FAILED, "");
    expect_errors_like(p, "^pipeline: .*\n$");
}

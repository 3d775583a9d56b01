/*
 * scenario.h - what an assignment says: the only header of the harness that scenarios.c includes.
 *
 * An assignment is a folder with README.md (the handout), starter/ and scenarios.c. The last holds
 * one ASSIGNMENT(...) and any number of SCENARIO(...)s. A scenario is ordinary C, played by the
 * trusted driver inside the box: it starts the student's programs, may be their peer (msgsnd,
 * semop, mmap a segment, open a FIFO: just call them), and says what it expects. The same text runs
 * on every lens.
 *
 *   - start() returns at once. An expect_...() waits, judges, and on failure ENDS the scenario with
 * a finding that names the event it stood at; what follows it is not run.
 *   - Nothing here waits for a length of time. A wait ends when what it waits for happens, or when
 * the kernel shows that it never can (everybody is asleep in a call that has no timeout), or when
 * the CPU or sleep budget of the limits is used up.
 *   - The driver's working folder is the students' one: ftok(".", 'B') is the same key for both.
 *   - What the scenario itself creates is no leak of the student's. It need not clean up.
 */
#ifndef IPCGRADE_SCENARIO_H
#define IPCGRADE_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { MAX_PROGRAMS = 8 };

/* Budgets of one box. 0 means the default, which limits_default (box/limits.c) states. */
struct limits {
    unsigned cpu_seconds;   /* of all processes of the box together; beyond it: `spin` */
    unsigned sleep_seconds; /* time in which all of them sleep, some with a timeout; beyond it:
                               `timeout` */
    unsigned memory_mb;     /* resident, all processes and shared memory together */
    unsigned processes;     /* and threads, alive at once */
    unsigned open_files;    /* a process */
    unsigned file_mb;       /* a file, and the work folder as a whole */
    unsigned output_kb; /* kept of a process's output; sixteen times as much ends the scenario */
    unsigned queues;    /* System V message queues, and as many POSIX ones */
    unsigned segments;  /* System V shared memory segments */
    unsigned semaphore_sets; /* System V */
};

/* How a scenario's points are split over the qualities, in percent; they add up to 100.
 * All zero means 50, 30, 10, 10. */
struct shares {
    unsigned correctness, race_freedom, cleanup, memory;
};

/* What the census knows of. The order is the order of a report. */
enum object_kind {
    OBJECT_SYSV_SHM,
    OBJECT_SYSV_QUEUE,
    OBJECT_SYSV_SEMAPHORE,
    OBJECT_POSIX_SHM,
    OBJECT_POSIX_QUEUE,
    OBJECT_POSIX_SEMAPHORE,
    OBJECT_FIFO,
    OBJECT_FILE, /* in the work folder: regular file, socket, … */
    OBJECT_KINDS
};

/* A set of object kinds: PERSISTS(OBJECT_SYSV_QUEUE) | PERSISTS(OBJECT_FILE). */
#define PERSISTS(kind) (1u << (kind))

struct assignment {
    const char *title;
    const char *programs[MAX_PROGRAMS]; /* executables that `make` must leave in the folder */
    struct limits limits;               /* of each scenario's box */
    struct shares shares;
    bool own_makefile; /* use the submission's Makefile instead of starter/Makefile */
    unsigned persists; /* kinds that may outlive every scenario: no leak */
};

struct run;     /* one run of one scenario */
struct process; /* one started program */

struct scenario {
    const char *name;  /* the function's name: stable, shown in reports, used in replay tokens */
    const char *title; /* "Two consumers share the work" */
    const char *asks;  /* "every item is taken exactly once": shown to the student when it fails */
    unsigned points;
    unsigned persists;    /* kinds that may outlive this scenario: no leak */
    struct limits limits; /* where not 0: instead of the assignment's */
    unsigned schedules;   /* 0: the command line's number */
    void (*play)(struct run *run);
    int line; /* in scenarios.c: scenarios are reported in this order */
};

/* What registry.c finds in a loaded object. The sizes tell one that was compiled with another
 * version of this header. */
struct assignment_record {
    size_t assignment_size, scenario_size;
    const struct assignment *assignment;
    const struct scenario *first, *end; /* the linker section that SCENARIO() fills */
};

/* The section's bounds are the linker's symbols, local to the object: only a record in it can name
 * them. */
#define ASSIGNMENT(...)                                                                \
    extern const struct scenario __start_ipcgrade_scenarios[]                          \
        __attribute__((weak, visibility("hidden")));                                   \
    extern const struct scenario __stop_ipcgrade_scenarios[]                           \
        __attribute__((weak, visibility("hidden")));                                   \
    static const struct assignment ipcgrade_this_assignment = {__VA_ARGS__};           \
    __attribute__((used, visibility("default")))                                       \
    const struct assignment_record ipcgrade_assignment = {                             \
        sizeof(struct assignment), sizeof(struct scenario), &ipcgrade_this_assignment, \
        __start_ipcgrade_scenarios, __stop_ipcgrade_scenarios}

#define SCENARIO(ident, ...)                                                      \
    static void ident(struct run *run);                                           \
    __attribute__((used, section("ipcgrade_scenarios"),                           \
                   aligned(8))) static const struct scenario scenario_##ident = { \
        .name = #ident, .play = ident, .line = __LINE__, __VA_ARGS__};            \
    static void ident

/* ---- starting and driving programs ----------------------------------------------------------- */

/* Starts a program with string arguments: start(run, "consumer", "A"). Its standard input is a
 * silent terminal, its outputs are terminals (line-buffered, as the student saw it); it is the
 * leader of a session of its own. Files and working folder: the work folder, holding the programs.
 */
#define start(run, ...) start_argv((run), (const char *const[]){__VA_ARGS__, NULL})
struct process *start_argv(struct run *run, const char *const argv[]);

/* The same with standard input from `input`, which then ends. NULL is the empty input. */
#define start_with_input(run, input, ...) \
    start_argv_with_input((run), (input), (const char *const[]){__VA_ARGS__, NULL})
struct process *start_argv_with_input(struct run *run, const char *input, const char *const argv[]);

/* A tool that is no program of the student's (`/bin/ls`): takes part, is not judged. */
#define start_tool(run, ...) start_tool_argv((run), (const char *const[]){__VA_ARGS__, NULL})
struct process *start_tool_argv(struct run *run, const char *const argv[]);

/* `number(7)` is "7", alive as long as the run is. `text` is sprintf likewise. */
const char *number(struct run *run, long n);
const char *text(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An amount of work fit for the lens at hand: enough for `plain`, few for `schedules`, some for
 * `memory`. */
int amount(struct run *run, int plain, int schedules, int memory);

/* Types text into the process's terminal; "\n" ends a line. */
void type_text(struct process *p, const char *input);
/* Ends its standard input, as ^D at the start of a line does. */
void end_input(struct process *p);

void send_signal(struct process *p, int signal);
/* SIGKILL, and waits until it is gone. No expectation: always succeeds. */
void kill_now(struct process *p);
/* Kills every process of the box but the driver: for scenarios in which leftovers are no fault. */
void kill_everyone(struct run *run);

pid_t pid_of(const struct process *p);

/* ---- waiting --------------------------------------------------------------------------------- */

/* Waits until no process can go on by itself: each has ended or sleeps in a call that has no
 * timeout. Ends the scenario (`spin`, `timeout`) if that does not come about. */
void settle(struct run *run);
/* Waits until this process has ended or sleeps so. False: it ended. */
bool settle_process(struct process *p);
/* Waits until the process has ended. */
void wait_end(struct process *p);
/* Waits until the process's standard output holds `n` lines. */
void wait_lines(struct process *p, int n);

/* ---- expectations: exits, life --------------------------------------------------------------- */

void expect_exit(struct process *p, int status);
/* Any exit status but 0, by exit(): a refusal. */
void expect_failure(struct process *p);
void expect_killed(struct process *p, int signal);
/* For a scenario that judges itself: waits until it has ended; -1 if a signal ended it. */
int exit_status_of(struct process *p);
void expect_alive(struct process *p);
/* Sleeps in this system call ("semop", "msgrcv", "read", …; "semop|futex" allows either), which has
 * no timeout, without burning CPU on the way there: one of its threads, or of its children's, while it sleeps. */
void expect_blocked(struct process *p, const char *call);
/* The process has no descendant left, alive or zombie. */
void expect_no_children(struct process *p);

/* ---- expectations: output -------------------------------------------------------------------- */
/* All wait for the end of the processes first, unless the name says otherwise. */

enum order { IN_ORDER, ANY_ORDER };

/* Standard output of several processes, taken together. Alive as long as the run. */
struct outputs {
    struct process *of[16];
    int count;
};
#define together(...) outputs_of((struct process *const[]){__VA_ARGS__, NULL})
struct outputs outputs_of(struct process *const processes[]);

void expect_output(struct process *p, const char *exact);
/* What the process has printed so far, without waiting for its end: after settle(). */
void expect_output_so_far(struct process *p, const char *exact);
/* A POSIX extended regular expression that must match somewhere in the output. */
void expect_output_like(struct process *p, const char *regex);
void expect_errors_like(struct process *p, const char *regex);
/* Nothing at all on standard error. */
void expect_no_errors(struct process *p);
/* Exactly the lines format(from) … format(to), format holding one %d. */
void expect_lines(struct outputs out, enum order order, const char *format, int from, int to);
/* Exactly these lines (NULL-terminated). */
#define expect_these_lines(out, order, ...) \
    expect_line_list((out), (order), (const char *const[]){__VA_ARGS__, NULL})
void expect_line_list(struct outputs out, enum order order, const char *const lines[]);

/* Captured bytes, NUL-terminated (NULs inside are kept): for scenarios that judge themselves. */
const char *output_of(struct process *p, size_t *length);
const char *errors_of(struct process *p, size_t *length);

/* Judged by the scenario: `format` says what was expected and what came. */
void expect_that(struct run *run, bool holds, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with the rule of the finding, a name of judge/rules: "wrong-msgsz". expect_that's is
 * "wrong-output". */
void expect_rule(struct run *run, const char *rule, bool holds, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- expectations: IPC objects --------------------------------------------------------------- */

struct object {
    enum object_kind kind;
    long id;             /* System V: id. Else 0 */
    unsigned key;        /* System V: key. Else 0 */
    const char *name;    /* POSIX, FIFO, file: name. System V: "" */
    unsigned mode;       /* permission bits */
    long size;           /* bytes; semaphores of a set; bytes in a queue */
    long messages;       /* left in a queue; else 0 */
    long attached;       /* System V shm: attaches. Else 0 */
    long created;        /* seconds since the epoch: ctime of the object */
    const char *creator; /* "consumer#1"; "?" when unknown */
    const char *file;    /* where its creation was called, if known; else NULL */
    int line;
    const char *function;    /* of that line */
    const char *called_from; /* its callers */
    long maker_id;           /* uid of who made it */
    long creator_pid;        /* System V shm: as the kernel says. Else 0: the kernel does not */
    unsigned long inode;     /* POSIX, FIFO, file: tells a name from an earlier one. System V: 0 */
};

/* How many objects of this kind the students' processes have now. `first`, if not NULL, gets one.
 */
int count_objects(struct run *run, enum object_kind kind, struct object *first);
/* Exactly one (or `n`) of this kind exist(s) now. Returns (the first) one. */
struct object expect_object(struct run *run, enum object_kind kind);
void expect_objects(struct run *run, enum object_kind kind, int n);
void expect_no_object(struct run *run, enum object_kind kind);
/* At some time in this run, an object of this kind was created by a student's process: for "prints
 * the right text without any IPC". Said by the kernel, whatever has been removed since. */
void expect_was_created(struct run *run, enum object_kind kind);
/* Messages waiting in a System V queue, value of semaphore `number` of a set. */
void expect_messages(struct run *run, long msqid, int n);
void expect_semaphore(struct run *run, long semid, int number, int value);

/* A line in the timeline: "the queue is full". A later failure says it stood after this. */
void event(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

/*
 * world.h - the driver's own state, shared by its files and by nobody else.
 *
 * The driver is PID 1 of the box and has two threads:
 *   - the *player* runs the scenario's function; it is the only one that starts processes;
 *   - the *attendant* (attendant.c) reaps, empties the terminals, answers the seccomp listeners,
 * keeps the budgets, and finds out when nobody can move any more. Everything in `struct run` is
 * guarded by its lock. A wait of the player (wait.c) is a condition over this state that the
 * attendant changes; when the world has come to rest without it, the wait ends too.
 */
#ifndef IPCGRADE_WORLD_H
#define IPCGRADE_WORLD_H

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "box/box.h"
#include "judge/census.h"
#include "model.h"
#include "run/callsite.h"
#include "run/observe.h"
#include "probe/host/driver.h"

enum { MAX_PROCESSES = 128, MAX_TIMERS = 64, MAX_CREATIONS = 64, MAX_MEMBERS = 1024 };

struct terminal {
    int master;
    int slave; /* a descriptor of ours that lets us look at it; on the schedules lens only, else -1 */
    char *bytes; /* room for what comes out of it: limits.output_kb and a NUL */
};

/* One stream of a process: a terminal, and what came out of it. */
struct capture {
    struct terminal terminal;
    char *bytes; /* NUL-terminated; the terminal's room */
    size_t length, room;
    uint64_t dropped; /* beyond the room */
};

/* Between two schedules: terminals to use again. */
struct idle_terminals {
    struct arena
        *arena; /* of their room, longer-lived than a schedule's; NULL: none is used again */
    struct terminal all[2 * MAX_PROCESSES];
    int count;
};

struct template; /* template.h */

struct process {
    struct run *run;
    const char *name;    /* "consumer#1" */
    const char *program; /* "consumer" */
    const char *command; /* "./consumer A" */
    bool tool;
    pid_t pid;
    int listener;              /* seccomp notifications; -1: none */
    unsigned task;             /* schedules lens: in the world, ... */
    struct template *template; /* ... and what may be made of it for the next schedules; or NULL */
    bool ended;
    int status; /* wait status, once ended */
    struct capture out, err;
};

/* A process of the box and the started program it descends from: kept by pid, as orphans lose their
 * parent. */
struct member {
    pid_t pid;
    struct process *of;
    bool child; /* a descendant of the program, not itself */
};

/* An alarm or timer that is set: while there is one, a sleeping process is not blocked for ever. */
struct timer {
    pid_t pid;
    long nr;
    uint64_t which;     /* itimer, timer id or descriptor */
    int64_t expires_ms; /* on the box's clock; INT64_MAX: who knows */
};

/* A call that makes an IPC object. */
struct creation {
    enum object_kind kind;
    unsigned key;
    char name[64]; /* POSIX, FIFO */
    pid_t pid;
    const char *process;
    struct callsite *callsite;
};

enum rest {
    MOVING,    /* somebody runs, or may soon */
    AT_REST,   /* all ended, blocked or stopped: nothing changes unless the player acts */
    SPUN,      /* the CPU budget is used up */
    OVERSLEPT, /* the sleep budget is */
    STRAYED,   /* schedules lens: the world ended in a way that says nothing of the program */
    CIRCLED,   /* schedules lens: livelock */
    FLOODED,   /* one process wrote more than anybody can want */
    SWOLLEN    /* the memory budget is used up */
};

struct run {
    struct arena *arena;
    const struct assignment_set *set;
    const struct scenario *scenario;
    const struct box_spec *spec;
    const struct options *options;
    enum lens lens;
    struct evidence *evidence;

    pthread_mutex_t lock;
    pthread_cond_t changed; /* the attendant saw something */
    int nudge;              /* eventfd: the player wants the attendant's eye */
    bool over;              /* the attendant shall end */

    struct process *processes[MAX_PROCESSES];
    int process_count;
    struct member members[MAX_MEMBERS];
    int member_count;
    struct timer timers[MAX_TIMERS];
    int timer_count;
    struct creation creations[MAX_CREATIONS];
    int creation_count;

    struct world *world;            /* schedules lens: the turns; else NULL */
    uint32_t schedule;              /* its number */
    unsigned next_task;             /* of the program that is being started, ... */
    struct template *next_template; /* ... in the ordinary way: what may become one */
    struct templates *templates;
    struct idle_terminals idle;
    enum probe_end ending;       /* how the schedule ended, if by itself */
    bool took_part;              /* the scenario itself has sent or received something */
    bool tells_callers;          /* of who stands still: that takes milliseconds */
    struct debugging *debugging; /* debug.c; NULL: gdb has not been started */
    struct symbols *symbols;
    int sources;              /* descriptor of the folder that holds them; -1: none */
    struct snapshot *watched; /* schedules lens: the attendant's looks, for the budgets alone */

    enum rest rest;
    bool waiting;          /* the player is inside a wait of ours */
    struct snapshot *seen; /* the latest two looks at the box */
    struct snapshot *before;
    bool seen_valid, before_valid;
    int64_t seen_ms;        /* when, for the sleep clock */
    uint64_t reaped_cpu_ms; /* of processes that have ended */
    uint64_t cpu_ms, slept_ms;
    uint64_t cpu_forgiven_ms; /* used under gdb */
    int64_t started_ms;

    sigjmp_buf end; /* where a failed expectation goes */
    const char *last_event;
    struct census at_start;
    struct census at_end; /* schedules lens; valid if nobody was left then who could change it */
    bool at_end_valid;
    long first_ids[3][2]; /* to tell whether System V objects were ever made (see created.c) */
    unsigned names_made;  /* kinds of named objects that inotify saw being made */
};

int64_t now_ms(void);

/* turns.c: the schedules lens's way to wait, to look, and to say who stands where */
bool await_turn(struct run *run, bool (*holds)(void *arg), void *arg);
/* The schedule ended in a way that nobody may be judged by. */
bool rest_proves_nothing(const struct run *run);
/* Before the driver does something that others notice: on some schedules they go on for a while first. */
void turn_point_of_driver(struct run *run);
/* Every task's site, from the region; for a finding. */
struct site turn_site(struct run *run, const struct task *task);
/* "semop", as calls.c names it; NULL if it is in none. */
const char *turn_call_name(struct run *run, const struct task *task);
/* peer.c: whose scenario's own calls are */
void peer_enter(struct run *run);
void turn_become(void *run); /* box_command.before_exec */

/* attendant.c */
void attendant_start(struct run *run);
void attendant_stop(struct run *run);
void attendant_collect(struct run *run); /* reaps and drains what is there now */
void attendant_watch(int fd);            /* wake the attendant when there is something to read */
void attendant_watch_terminal(int fd);
void attendant_forget_terminal(int fd);

/* process.c */
struct process *process_of(struct run *run, pid_t pid);      /* NULL: unknown */
const char *process_label(struct run *run, pid_t pid);       /* "consumer#1", "pipeline#1 (wc)" */
bool process_is_another_program(struct run *run, pid_t pid); /* it has exec'ed `ls`, say */
/* `ipcgrade run`: any command; argv[0] as the shell would look it up. Without input: a silent terminal. */
struct process *start_command(struct run *run, const struct command *command);
void members_update(struct run *run, const struct snapshot *snapshot);
bool process_settled(const struct process *p); /* ended, or blocked in two looks; under the lock */
const struct task *process_task(const struct run *run, const struct process *p); /* as last seen */

/* capture.c */
void capture_open(struct run *run, struct capture *capture, int *slave);
/* Takes what is there now. Returns how many bytes. */
size_t capture_drain(struct capture *capture);
/* Between two schedules, when all who had the terminal are dead: it serves the next, if it is as it was. */
void capture_recycle(struct run *run, struct capture *capture);

/* watch.c: answers one seccomp notification */
void watch_answer(struct run *run, int listener);
void timers_forget(struct run *run, pid_t pid);
bool timers_pending(struct run *run);

/* created.c */
void created_begin(struct run *run);
bool created_any(struct run *run, enum object_kind kind);
void object_find_creator(struct run *run, struct object *object);
void object_find_maker(struct run *run, struct object *object); /* maker.c: on the schedules lens */
/* What exists now, was not there at the start, and was not made by the scenario itself. */
struct census students_objects(struct run *run);

/* pipe_ends.c: at rest, a sentence on a pipe's end that nobody uses and somebody forgot to close;
 * NULL if there is none */
const char *pipe_end_left_open(struct run *run);

/* wait.c */
typedef bool condition(void *arg);
/* Waits under the lock (which it takes and releases) until the condition holds (true), or until it
 * never will (false): then run->rest says why. */
bool await(struct run *run, condition *holds, void *arg);
/* The same; on the schedules lens the player may go on before the others have come to rest. */
bool await_eagerly(struct run *run, condition *holds, void *arg);

/* fail.c: ends the scenario with a finding; never returns. `who` may be NULL. */
_Noreturn void fail(struct run *run, const char *rule, const struct process *who,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same, with two texts worth a comparison. */
_Noreturn void fail_comparing(struct run *run, const char *rule, const struct process *who,
                              const char *expected, const char *came, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* It ended in a way that was not `wanted`: "exit status 0". By `crash`, `wrong-exit`, … */
_Noreturn void fail_ending(struct process *p, const char *wanted);
/* Who stands where, and in which call; without a line where that is not known. */
struct site task_site(struct run *run, const struct task *task);
/* A wait was in vain: says why, by run->rest. `wanted` completes "while the scenario waited for …".
 */
_Noreturn void fail_in_vain(struct run *run, const struct process *who, const char *wanted);

#endif

/*
 * probe_abi.h - the region: what the probe and the harness share. The ONLY header that both
 * include.
 *
 * One file (tmpfs, sparse) a box holds `struct probe_region`, then the probe's own heap. The
 * harness creates and resets it; the probe maps it MAP_SHARED at PROBE_ADDRESS in every student
 * process, before main and again after exec. Because the address is the same everywhere, the heap
 * holds plain pointers. The harness maps the file wherever it likes and reads flat arrays only,
 * never the heap.
 *
 * Every student process can write every byte of it. Reading it as the harness does therefore means:
 * load a field once, bound it, copy it. host/supervise.h does that; use it rather than this header.
 *
 * All types are of fixed width. "task" is a schedulable entity: a process, or a thread of one. A
 * task, a site, an object, a call is named by its index in its array; index 0 of sites and objects
 * is "none".
 */
#ifndef IPCGRADE_PROBE_ABI_H
#define IPCGRADE_PROBE_ABI_H

#include <stddef.h>
#include <stdint.h>

#define PROBE_MAGIC 0x67637069u /* "ipcg" */
/* A library and a harness of different builds must not meet: the version says the layout, too. */
#define PROBE_VERSION \
    (1u << 24 |       \
     (uint32_t)(sizeof(struct probe_region) / 16 * 31 + offsetof(struct probe_world, heap)))
#define PROBE_PATH    "/run/ipcgrade/region"
#define PROBE_ENV     "IPCGRADE_REGION" /* another path, for tests */
#define PROBE_ADDRESS 0x200000000000ull /* where the region is mapped */
#define PROBE_ARENA   0x300000000000ull /* where the probe puts shared mappings, ... */
#define PROBE_SPAN    0x010000000000ull /* ... so that "is it shared?" is one compare */
#define PROBE_NOBODY  0xffffffffu       /* no task */
#define PROBE_NEVER   INT64_MAX         /* a point in virtual time that does not come */
#define PROBE_SIZE    (512ull << 20)    /* of the file; it is sparse */

enum {
    PROBE_TASKS = 256, /* of one schedule, dead ones included: they are not re-used */
    PROBE_FINDINGS = 64,
    PROBE_EVENTS = 1 << 15, /* a ring: of a longer schedule the last ones are kept */
    PROBE_DECISIONS = 1 << 14,
    PROBE_OBJECTS = 1024,
    PROBE_SITES = 8192,
    PROBE_MODULES = 64,
    PROBE_CALLS = 512,
    PROBE_ARGS = 4,
};

/* ---- what the harness asks for --------------------------------------------------------------- */

enum probe_strategy {
    PROBE_RUN_TO_BLOCK, /* no preemption; also what a forced schedule falls back on */
    PROBE_RANDOM_WALK,
    PROBE_PCT,       /* random priorities, `depth` - 1 change points */
    PROBE_POS,       /* partial order sampling */
    PROBE_SURW,      /* random walk weighted by the work that each task has left */
    PROBE_ADVERSARY, /* no chance: who takes goes first, who gives is put off */
    PROBE_PORTFOLIO, /* one of the above, by `schedule` */
    PROBE_STRATEGIES
};

struct probe_config {
    uint64_t seed;           /* all chance of a schedule comes from seed and schedule */
    uint32_t schedule;       /* its number: 0, 1, 2, … */
    uint32_t strategy;       /* enum probe_strategy */
    uint32_t depth;          /* of PCT; 0: 3 */
    uint32_t expected_steps; /* points of a typical schedule, for PCT and SURW; 0: 200 */
    uint32_t max_steps;      /* then only calls are points, and the schedule is fair; 0: 200 000 */
    uint32_t forced;         /* entries of probe_region.forced to follow */
    uint32_t flags;          /* PROBE_ADVERSARIAL_TIME … */
    uint32_t unused;
    int64_t time_base; /* real-time clock at virtual time 0, ns since the epoch; 0: default */
    uint32_t weight[PROBE_TASKS]; /* SURW: points that task made in a profiling run; 0: unknown */
    char debugged[32];            /* the task that waits at the gate for a debugger; "": none */
};

enum {
    PROBE_ADVERSARIAL_TIME =
        1,              /* a sleeper may wake although others could go on, and a timer go off
                                   between a look and a wait: see vtime.c. PORTFOLIO decides itself
                                   which of its schedules do so, … */
    PROBE_FAIR_TIME = 2 /* … and here that none does */
};

/* "At point `step`, `task` went on", where run-to-block would have chosen another. A whole schedule
 * is its list of these: recorded by every strategy, and obeyed when put into `forced`. */
struct probe_decision {
    uint32_t step;
    uint32_t task; /* or PROBE_TIME: time passed before the holder's wait began */
};
enum { PROBE_TIME = PROBE_TASKS };

/* ---- who takes part -------------------------------------------------------------------------- */

enum probe_state {
    PROBE_FREE,
    PROBE_READY,    /* holds the turn or waits for it; also one that has not reached main yet */
    PROBE_BLOCKED,  /* in a call, until `wait_key` changes or virtual time reaches `wake_at` */
    PROBE_IDLE,     /* the driver: runs when nobody else can */
    PROBE_EXTERNAL, /* runs outside of the turns: static program, raw fork, … */
    PROBE_DYING,    /* has left; the next holder waits for the kernel to finish it */
    PROBE_DEAD,
    PROBE_STATES
};

enum {
    PROBE_EXECING = 1,   /* is in execve; holds the turn */
    PROBE_DRIVER = 2,    /* trusted, is not judged */
    PROBE_SPINNING = 4,  /* re-reads what does not change */
    PROBE_TIMED_OUT = 8, /* woken by virtual time */
    PROBE_THREAD = 16,
    PROBE_ARRIVED = 32,     /* its program's start code has run */
    PROBE_TOOL = 64,        /* started by the harness, not a student's program */
    PROBE_EXECED = 128,     /* runs another program than its parent forked */
    PROBE_SPAWNING = 256,   /* made by posix_spawn: its pid is not known yet */
    PROBE_STOPPED = 512,    /* by SIGSTOP and the like: until SIGCONT */
    PROBE_STOPPING = 2048,  /* is about to be */
    PROBE_MISSED = 1024,    /* waits for a signal, and one came before it did */
    PROBE_LEFT = 4096,      /* its thread has ended or is about to; the process lives on */
    PROBE_CANCELLED = 8192, /* its thread has been cancelled, and may not know it yet */
    PROBE_BURYING = 32768,  /* has the turn, and waits until the kernel has finished another */
    PROBE_NAPPING = 16384,  /* sleeps, and adversarial time may wake it */
};

struct probe_task {
    uint32_t state;   /* enum probe_state */
    uint32_t granted; /* futex word: 1 when it has been given the turn */
    int32_t pid;      /* thread id: of a process, its pid */
    uint32_t flags;
    uint32_t parent;  /* task, or PROBE_NOBODY: started by the harness */
    uint32_t process; /* the task of its process's first thread */
    uint32_t children;
    uint32_t ordinal; /* it is its parent's 1st, 2nd, … child */
    char name[32];    /* "consumer#1", its second child "consumer#1.2" */
    /* The call it is in or was in last: what a deadlock report shows. */
    uint32_t call, site, object, since; /* since: step at which it blocked */
    int64_t args[PROBE_ARGS];
    uint64_t wait_key;
    int64_t wake_at;    /* virtual ns, or PROBE_NEVER */
    uint32_t steps;     /* points it made */
    uint32_t failed_at; /* world.progress + 1 when its call was last tried in vain */
    uint32_t present;   /* set by itself as soon as it is there, before its first turn */
    uint32_t left;      /* its clock when the process began to end; 0: not known */
    uint64_t priority;
};

/* ---- what happened --------------------------------------------------------------------------- */

/* A code address: harness resolves module + offset to file:line. */
struct probe_site {
    uint32_t module;
    uint32_t
        detail; /* of a msgsnd: how far below its caller's frame the message lies << 16 | bytes */
    uint64_t offset; /* of the return address, from the module's load base */
};

struct probe_module {
    char path[256];
};

/* A kind of call. `args` names the meaning of each argument of an event, one word each: "semid
 * number op flags". Words that the timeline knows how to print: fd, pid, signal, key, mode, flags,
 * bytes, ns, address, status, object, offset, value; others print as decimal numbers, labelled by
 * the word. */
struct probe_call {
    char name[24];
    char family[24];
    char args[40];
};

struct probe_event {
    uint32_t step;
    uint16_t task;
    uint16_t call;
    uint32_t site;
    uint32_t object;
    int64_t args[PROBE_ARGS];
    int64_t result; /* as the kernel returns it: -errno on failure */
    int64_t time;   /* virtual ns since the start */
};

/* A thing that tasks share. Kinds are words, so that a family adds its own: "System V semaphore
 * set", "pipe", "shared memory segment", …; `name` is what the student calls it: "key 0x1234",
 * "/queue". */
struct probe_object {
    char kind[28];
    uint32_t flags;
    char name[48];
    uint64_t id[2]; /* System V: id; else device and inode, or a number of the probe's */
    uint64_t size;
    uint32_t creator; /* task */
    uint32_t site;
    uint32_t holder; /* task that took it and has not given it back, or PROBE_NOBODY: for cycles */
    uint32_t unused;
};

enum {
    PROBE_OUTSIDE = 1, /* its other end is not in the world: the harness's terminal, a plain file */
    PROBE_REMOVED = 2,
};

/* semop's flags, above those of the first operation: how many more there are. Each of those has an event of
 * its own before the first's, marked as a part. */
enum { PROBE_MORE_SHIFT = 16, PROBE_MORE_MASK = 0x3fff, PROBE_PART = 1 << 30 };

enum probe_rule {
    PROBE_DATA_RACE,
    PROBE_DEADLOCK, /* `first.task` is any of them; the blocked tasks are the table's */
    PROBE_LIVELOCK,
    PROBE_LOST_WAKEUP,
    PROBE_MISUSE, /* of a family's rules; `text` says which */
    PROBE_RULES
};

/* The text of a PROBE_LOST_WAKEUP whose signal was that of a child's end. */
#define PROBE_CHILDREN_MERGED "the ends of several children became one signal"

enum {
    PROBE_WRITE = 1,
    PROBE_ATOMIC = 2,
    PROBE_VOLATILE = 4,
    PROBE_RANGE = 8 /* by a library call */
};

struct probe_access {
    uint32_t task;
    uint32_t site;
    uint32_t flags;
    uint32_t size; /* bytes */
};

struct probe_finding {
    uint32_t rule;
    uint32_t object;
    uint64_t offset; /* in the object, of the first byte that both touch */
    uint32_t step;
    uint32_t module;                   /* of static memory: whose; the offset is from its base */
    struct probe_access first, second; /* second is the one that was about to happen */
    char text[64];
};

/* ---- templates ------------------------------------------------------------------------------- */

/* To a template, on its descriptor 0, with three descriptors (SCM_RIGHTS): to be 0, 1, 2 of a process that
 * it makes. That one answers first of all, or the template does if it cannot make it. The kernel tells who
 * (SCM_CREDENTIALS). */
struct probe_fork_request {
    uint32_t task;      /* that the process is */
    uint32_t processes; /* RLIMIT_NPROC: the student's, and one for each template */
};
struct probe_fork_answer {
    int32_t error; /* errno; 0: made */
};

/* ---- the world ------------------------------------------------------------------------------- */

enum probe_end {
    PROBE_RUNNING,
    PROBE_DONE,       /* every task has ended */
    PROBE_STUCK,      /* nobody can go on, nobody sleeps: the blocked tasks say why */
    PROBE_LIVELOCKED, /* everybody who can go on re-reads what nobody changes */
    PROBE_STEP_CAP,   /* too many points */
    PROBE_OUTSIDER,   /* waits for something outside of the world: inconclusive */
    PROBE_EXHAUSTED,  /* the region is full: inconclusive */
    PROBE_ENDS
};

/* The debugged task waits with its first turn, before it goes on in code of the student's: for the debugger,
 * which says that it has hold of it, and then for the supervisor's leave. */
enum probe_gate { PROBE_GATE_AHEAD, PROBE_GATE_WAITS, PROBE_GATE_HELD, PROBE_GATE_OPEN };

enum {                      /* why a clean result would prove less than it seems */
       PROBE_RAW_FORK = 1,  /* a process was made behind our back */
       PROBE_UNKNOWN = 2,   /* a process that no task forked */
       PROBE_STATIC = 4,    /* a program without the probe */
       PROBE_NO_TASKS = 8,  /* more than PROBE_TASKS */
       PROBE_LOG_FULL = 16, /* a table or the decision list overflowed */
       PROBE_NO_MEMORY = 32,
       PROBE_NOT_HELD = 64, /* a point by somebody without the turn */
       PROBE_SLEPT = 128,   /* the holder slept in a call that the probe does not know */
       PROBE_UNFOLLOWED =
           256, /* a call that may order or block: world.unfollowed names the first */
       PROBE_REACHED =
           512, /* a program's own code reached for the region: the schedule ended there */
};

struct probe_world {
    uint32_t holder;   /* task that has the turn, or PROBE_NOBODY */
    uint32_t ended;    /* enum probe_end; a futex word: the supervisor waits on it */
    uint32_t elect;    /* the holder must first choose who goes on: the turn was handed on */
    uint32_t step;     /* points so far */
    uint32_t progress; /* calls and writes that changed something */
    uint32_t doubts;   /* PROBE_RAW_FORK … */
    uint32_t tasks, findings, decisions, objects, sites, modules, calls; /* used */
    uint32_t forced_next;
    uint32_t barrier; /* counts the driver's actions, which order everybody: see host/driver.h */
    uint64_t events;  /* ever written; the ring holds the last PROBE_EVENTS */
    uint64_t random[2];
    int64_t now;      /* virtual ns since the start */
    int32_t template; /* pid of a program that shall stop before its main, and serve: template.c */
    uint32_t unused;
    uint64_t heap;     /* bytes used after the arrays */
    uint32_t strategy; /* of this schedule, PORTFOLIO resolved */
    uint32_t flags;    /* of config, PORTFOLIO resolved */
    uint32_t changes;  /* PCT: change points left */
    uint32_t change_at[8];
    char unfollowed[32]; /* "inotify", "the system call io_uring_enter" */
    uint32_t gate;       /* enum probe_gate */
    int32_t gate_pid;    /* process that waits there */
    uint64_t gate_at;    /* where it goes on */
    uint32_t gate_main;  /* 1: that is its main */
    uint32_t unused_too;
};

struct probe_region {
    uint32_t magic, version;
    uint64_t size; /* of the file */
    struct probe_config config;
    struct probe_world world;
    struct probe_task tasks[PROBE_TASKS];
    struct probe_finding findings[PROBE_FINDINGS];
    struct probe_decision forced[PROBE_DECISIONS];
    struct probe_decision decisions[PROBE_DECISIONS];
    struct probe_call calls[PROBE_CALLS];
    struct probe_module modules[PROBE_MODULES];
    struct probe_object objects[PROBE_OBJECTS];
    struct probe_site sites[PROBE_SITES];
    struct probe_event events[PROBE_EVENTS];
    /* the probe's heap follows, page aligned */
};

#endif

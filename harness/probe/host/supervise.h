/*
 * supervise.h - the harness's side of the region: start a schedule, watch it, read what it says.
 *
 *     struct world *w = world_create("/run/ipcgrade/region");
 *     world_reset(w, &config, forced, n);
 *     unsigned task = world_add(w, "consumer#1", 0);
 *     if (fork() == 0) { world_become(w, task); execve(…, environment with LD_PRELOAD, PROBE_ENV);
 * } …                               more programs world_start(w); while (world_watch(w, 100) ==
 * PROBE_RUNNING) …   a schedule takes about a millisecond (kill what is left, reap, remove IPC
 * objects) world_read(w, &result);   …   world_forget(&result);
 *
 * At PROBE_DONE every task has left the world, and is about to end: reap it, do not kill it. At any other
 * end some are alive, and sleep: read the result first, then kill.
 *
 * The programs must be ptrace-free children or descendants in this process's PID namespace.
 * Everything read from the region is bounded here; nothing here trusts it, loops by it, or blocks
 * on it.
 */
#ifndef IPCGRADE_SUPERVISE_H
#define IPCGRADE_SUPERVISE_H

#include "../probe_abi.h"

#include <stdbool.h>
#include <stddef.h>

struct world;

/* Creates the file (0666: the student is another user) and maps it. NULL with errno. */
struct world *world_create(const char *path);
/* Unmaps and removes it. NULL is fine. */
void world_destroy(struct world *w);
/* Empties the region for the next schedule; no task may be alive. `forced` may be NULL. */
void world_reset(struct world *w, const struct probe_config *config,
                 const struct probe_decision *forced, size_t count);

/* A task for a program about to be started, in the order of starting. PROBE_NOBODY: none left. */
unsigned world_add(struct world *w, const char *name, unsigned flags);
/* In the forked child, before exec. Async-signal-safe. */
void world_become(struct world *w, unsigned task);
/* The same by the parent, if it knows the pid before the child can run. */
void world_set_pid(struct world *w, unsigned task, int pid);
/* Gives the first turn; programs that have not reached main yet will find it. */
void world_start(struct world *w);

/* Waits up to so long for the end of the schedule; hands on the turns of the dead meanwhile. */
enum probe_end world_watch(struct world *w, unsigned milliseconds);
/* How long the world has made no point, in ms: who holds the turn computes, or spins, or sleeps in
 * a call that the probe does not know. `holder` gets its task, or PROBE_NOBODY. */
unsigned world_silence(const struct world *w, unsigned *holder);
/* Milliseconds between two looks at a silent holder; for tests of robustness. */
unsigned world_steps(const struct world *w);

/* A copy, all of it in bounds: tasks, sites, … named by an element exist, texts end. */
struct world_result {
    enum probe_end end;
    unsigned doubts;     /* PROBE_RAW_FORK … */
    char unfollowed[32]; /* of PROBE_UNFOLLOWED: what it was */
    bool tampered;       /* what stands there cannot have been written by the probe */
    unsigned steps;
    unsigned strategy;
    int64_t virtual_ns;
    uint64_t events_total;
    size_t tasks, findings, decisions, objects, sites, modules, calls, events;
    struct probe_task *task;
    struct probe_finding *finding;
    struct probe_decision *decision;
    struct probe_object *object; /* [0] is "none", as in site, module, call */
    struct probe_site *site;
    struct probe_module *module;
    struct probe_call *call;
    struct probe_event *event; /* oldest first */
};
/* False: no memory. */
bool world_read(struct world *w, struct world_result *result);
void world_forget(struct world_result *result);

#endif

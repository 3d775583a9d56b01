/*
 * driver.h - the trusted driver as a task of the world.
 *
 * The driver acts only when the world has come to rest: it holds the turn while it starts programs, sends
 * signals, judges; then it yields, and has the turn again when nobody else can go on (virtual time
 * included). So a scenario's text says the same on every lens: "settle" is a yield.
 * Whatever it does is ordered after all that the tasks did before, and before all that they do next: a
 * person at the keyboard orders them in the same way.
 */
#ifndef IPCGRADE_PROBE_DRIVER_H
#define IPCGRADE_PROBE_DRIVER_H

#include "supervise.h"

/* Right after world_reset(): the driver is task 0 and has the turn. */
void world_add_driver(struct world *w);
/* How the driver waits for the turn: until nobody else can go on, or as a task among the others, which the
 * strategy may let go on at any point. */
enum world_wait { WORLD_REST, WORLD_ANY_TIME };
/* Gives the turn away. False if nobody could take it: the world is at rest as it is. */
bool world_yield(struct world *w, enum world_wait wait);
/* After a yield: waits up to so long. True when the driver has the turn again, or the world has ended
 * (*end is then not PROBE_RUNNING). */
bool world_returned(struct world *w, unsigned milliseconds, enum probe_end *end);

/* Where a task stands, bounded; for the driver while it has the turn. */
struct world_task {
    uint32_t index;
    int pid, process_pid, parent_pid; /* parent_pid: the driver's for a program that it started */
    char name[32];
    char call[24];    /* of its last or present call: "semop"; "" if none yet */
    char family[16];  /* cut short */
    int64_t argument; /* the call's first: a descriptor, often */
    bool driver, blocked, dead;
    bool arrived; /* its program's start code has come to the probe */
    bool zombie;  /* dead, and its parent is alive and has not waited for it */
};
/* All tasks, in the order of their making; returns how many. */
int world_tasks(const struct world *w, struct world_task tasks[PROBE_TASKS]);
bool world_task_at(const struct world *w, uint32_t index, struct world_task *task);
/* Processes that have left and that the kernel may not have finished; returns how many. */
int world_dying(const struct world *w, int pids[PROBE_TASKS]);
/* In the forked child, before exec: the program shall be a template (../template.c). Async-signal-safe. */
void world_ask_template(struct world *w);
/* The process that waits for its debugger (probe_config.debugged): a debugger has hold of it from its first
 * turn on. False as long as it is not there. */
struct world_gate {
    int pid;
    uint64_t next; /* the address at which it goes on in the student's code; ... */
    bool is_main;  /* ... that is its main */
    bool held;     /* the debugger has said that it has hold of it, ... */
    const void *address;
    unsigned holds; /* ... by writing this to that address of the process */
};
bool world_gate(const struct world *w, struct world_gate *gate);
void world_open_gate(struct world *w);
bool process_is_traced(int pid);
bool process_sleeps(int pid); /* in the kernel, and not because a debugger has stopped it */
/* Whether who has the turn is on a processor or waits for one, or for the kernel to finish another. */
bool world_holder_runs(const struct world *w);

#endif

/*
 * observe.h - what every task in the box is doing, asked of the kernel through /proc.
 *
 * Used by the driver (PID 1) to tell four things apart without a stop-watch: blocked forever,
 * sleeping with a timeout, running, and waiting for input. /proc/PID/task/TID/syscall names the
 * call that a task sleeps in with its arguments, stack pointer and program counter (proc(5)).
 */
#ifndef IPCGRADE_OBSERVE_H
#define IPCGRADE_OBSERVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum activity {
    TASK_RUNS,    /* on a CPU, waiting for one, or for a disk: will go on by itself */
    TASK_SLEEPS,  /* in a call that ends by itself, or one that we do not know */
    TASK_BLOCKED, /* in a call without a timeout: somebody else has to act */
    TASK_STOPPED, /* by SIGSTOP and the like */
    TASK_ZOMBIE
};

struct task {
    pid_t pid, tid, parent, session;
    enum activity activity;
    long nr; /* system call; -1: none */
    uint64_t args[6];
    uint64_t sp, pc;
    uint64_t switches;  /* voluntary and not: unchanged means it has not run meanwhile */
    uint64_t cpu_ms;    /* of the thread; on the main thread also what awaited children used */
    uint32_t turn_task; /* schedules lens: its task in the probe's world, from 1; else 0 */
    uint64_t rss_kb;    /* private resident memory of the process; on the first task only */
};

enum { MAX_TASKS = 512 };

struct snapshot {
    struct task tasks[MAX_TASKS]; /* by pid, then tid; without PID 1 */
    int count;
    bool truncated; /* more tasks than places: then nothing is concluded */
};

void snapshot_take(struct snapshot *s);
struct task task_observe(pid_t pid, pid_t tid);
/* The driver's own main thread. PID 1 is not dumpable, so that its files in /proc belong to nobody here: the
 * one that is wanted is opened before the first student's process runs. */
int player_open(void);
struct task player_observe(int syscall_file);
/* Both show the same tasks, asleep in the same calls, none of which has run between them. */
bool snapshot_same(const struct snapshot *a, const struct snapshot *b);

/* "semop", or NULL for a call that is not known to block. */
const char *blocking_call_name(long nr);
/* What the call works on, for a person: `semop(set 4096, semaphore 1 by -1)`, `read(0: the
 * terminal)`. Reads the sleeper's memory and descriptors; never fails, says less instead. */
void task_describe(const struct task *task, char *buffer, size_t size);
/* Does it wait for something to be typed? */
bool task_reads_terminal(const struct task *task);
bool descriptor_is_terminal(pid_t pid, int fd);

/* A process's memory at `address`, all of it or nothing (false). The process can change it: evidence. */
bool process_peek(pid_t pid, uint64_t address, void *to, size_t size);

#endif

/* observe.c - what every task in the box is doing, from /proc (see observe.h). */
#include "run/observe.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "run/calls.h"

/* Reads a small /proc file whole; the empty string if the process has gone. */
static void slurp(char *buffer, size_t size, const char *path)
{
    buffer[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = read(fd, buffer, size - 1);
    buffer[n > 0 ? n : 0] = '\0';
    close(fd);
}

static void slurp_task(char *buffer, size_t size, pid_t pid, pid_t tid, const char *file)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/%s", pid, tid, file);
    slurp(buffer, size, path);
}

static uint64_t status_field(const char *status, const char *name)
{
    const char *at = strstr(status, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/* stat is `pid (comm) state ppid pgrp session …`; comm may hold anything, so parse after the last
 * ')'. */
static char read_stat(struct task *t)
{
    char stat[1024];
    slurp_task(stat, sizeof stat, t->pid, t->tid, "stat");
    const char *after = strrchr(stat, ')');
    char state = 'X';
    uint64_t utime = 0, stime = 0, cutime = 0, cstime = 0;
    if (!after || sscanf(after + 1,
                         " %c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
                         " %" SCNu64 " %" SCNu64,
                         &state, &t->parent, &t->session, &utime, &stime, &cutime, &cstime) < 3)
        return 'X';
    if (t->pid == t->tid) /* what awaited children used is the process's, not a thread's */
        utime += cutime + cstime;
    t->cpu_ms = (utime + stime) * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
    return state;
}

/* `line` is what /proc/PID/task/TID/syscall holds. */
static enum activity asleep_in(struct task *t, const char *line)
{
    uint64_t *a = t->args;
    int n = sscanf(line,
                   "%ld %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
                   " %" SCNx64 " %" SCNx64,
                   &t->nr, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5], &t->sp, &t->pc);
    if (n != 9) {
        t->nr = -1;
        return TASK_RUNS; /* "running", or gone, or not in a call: nothing to conclude from */
    }
    return call_has_no_timeout(t->pid, t->nr, t->args) ? TASK_BLOCKED : TASK_SLEEPS;
}

static struct task observe(pid_t pid, pid_t tid, int syscall_file)
{
    struct task t = {.pid = pid, .tid = tid, .nr = -1};
    char status[4096], call[256] = "";
    slurp_task(status, sizeof status, pid, tid, "status");
    t.switches = status_field(status, "\nvoluntary_ctxt_switches:") +
                 status_field(status, "nonvoluntary_ctxt_switches:");
    switch (read_stat(&t)) {
    case 'S':
        if (syscall_file < 0)
            slurp_task(call, sizeof call, pid, tid, "syscall");
        else if (pread(syscall_file, call, sizeof call - 1, 0) < 0)
            call[0] = '\0';
        t.activity = asleep_in(&t, call);
        break;
    case 'T':
    case 't':
        t.activity = TASK_STOPPED;
        break;
    case 'Z':
    case 'X':
        t.activity = TASK_ZOMBIE;
        break;
    default:
        t.activity = TASK_RUNS;
    }
    return t;
}

struct task task_observe(pid_t pid, pid_t tid)
{
    return observe(pid, tid, -1);
}

int player_open(void)
{
    prctl(PR_SET_DUMPABLE, 1);
    int fd = open("/proc/self/task/1/syscall", O_RDONLY | O_CLOEXEC);
    prctl(PR_SET_DUMPABLE, 0);
    return fd;
}

struct task player_observe(int syscall_file)
{
    return observe(1, 1, syscall_file);
}

static uint64_t private_kb(pid_t pid)
{
    char path[64], statm[128];
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    slurp(statm, sizeof statm, path);
    uint64_t resident = 0, shared = 0;
    if (sscanf(statm, "%*u %" SCNu64 " %" SCNu64, &resident, &shared) != 2 || shared > resident)
        return 0;
    return (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
    return atoi((*a)->d_name) - atoi((*b)->d_name);
}

static int is_number(const struct dirent *entry)
{
    return isdigit((unsigned char)entry->d_name[0]);
}

static void observe_process(struct snapshot *s, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    struct dirent **tids;
    int n = scandir(path, &tids, is_number, by_number);
    uint64_t rss = n > 0 ? private_kb(pid) : 0;
    for (int i = 0; i < n; i++) {
        if (s->count < MAX_TASKS) {
            struct task *t = &s->tasks[s->count++];
            *t = task_observe(pid, atoi(tids[i]->d_name));
            t->rss_kb = i == 0 ? rss : 0;
        } else {
            s->truncated = true;
        }
        free(tids[i]);
    }
    if (n >= 0)
        free(tids);
}

void snapshot_take(struct snapshot *s)
{
    s->count = 0;
    s->truncated = false;
    struct dirent **pids;
    int n = scandir("/proc", &pids, is_number, by_number);
    for (int i = 0; i < n; i++) {
        pid_t pid = atoi(pids[i]->d_name);
        if (pid != 1)
            observe_process(s, pid);
        free(pids[i]);
    }
    if (n >= 0)
        free(pids);
}

bool snapshot_same(const struct snapshot *a, const struct snapshot *b)
{
    if (a->truncated || b->truncated || a->count != b->count)
        return false;
    for (int i = 0; i < a->count; i++) {
        const struct task *x = &a->tasks[i], *y = &b->tasks[i];
        if (x->pid != y->pid || x->tid != y->tid || x->activity != y->activity || x->nr != y->nr ||
            x->switches != y->switches || x->pc != y->pc || x->sp != y->sp)
            return false;
    }
    return true;
}

bool process_peek(pid_t pid, uint64_t address, void *to, size_t size)
{
    struct iovec here = {to, size}, there = {(void *)(uintptr_t)address, size};
    return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

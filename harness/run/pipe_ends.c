/*
 * pipe_ends.c - the deadlock that every pipe exercise meets: an end of a pipe that somebody forgot to
 * close, so that its reader never sees the end, or its writer never gets SIGPIPE.
 *
 * Asked when nobody can move any more: who sleeps in a read or write of a pipe - the kernel knows, or, in
 * the probe's world, the probe - and of the kernel, who holds the other end (/proc/PID/fd, fdinfo). A holder is *idle* if it will never use that end: it is
 * the sleeper itself, it waits for a child, or it executes a program of the system's (`ls`, `wc`), which knows
 * of no descriptor above 2. If all holders are idle, the end was left open; if one of them might still
 * read or write there, it is a deadlock like any other.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "run/world.h"

enum { MAX_HOLDERS = 64, SHOWN_HOLDERS = 3, LINK_BYTES = 64 };

/* What a task sleeps in, as far as that matters here. */
struct sleep {
    bool reads, writes, waits; /* for a child */
    int fd;                    /* read or written */
};

struct search {
    struct run *run;
    const struct task *sleeper;
    char pipe[LINK_BYTES]; /* "pipe:[4711]" */
    bool for_writing;      /* looks for write ends: the sleeper reads */
    const char *holders[MAX_HOLDERS];
    int count;
    bool somebody_may; /* a holder that is not idle */
    bool forgotten;    /* a holder that is the sleeper itself or a program of the system's */
};

static bool is_pipe(pid_t pid, const char *fd, char link[LINK_BYTES])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%.12s", pid, fd);
    ssize_t n = readlink(path, link, LINK_BYTES - 1);
    link[n > 0 ? n : 0] = '\0';
    return strncmp(link, "pipe:", 5) == 0;
}

static bool opened_for(pid_t pid, const char *fd, bool writing)
{
    char path[64], line[128];
    unsigned flags = 0;
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%.12s", pid, fd);
    cleanup_file FILE *info = fopen(path, "re");
    while (info && fgets(line, sizeof line, info))
        if (sscanf(line, "flags: %o", &flags) == 1)
            return (flags & O_ACCMODE) == O_RDWR ||
                   (flags & O_ACCMODE) == (writing ? O_WRONLY : O_RDONLY);
    return false;
}

static struct sleep sleep_in_turn(struct run *run, const struct task *t)
{
    struct world_task w;
    if (!world_task_at(run->world, t->turn_task - 1, &w))
        return (struct sleep){.fd = -1};
    const char *call = strncmp(w.call, "stdio_", 6) == 0 ? w.call + 6 : w.call;
    return (struct sleep){.reads = !strcmp(call, "read") || !strcmp(call, "readv"),
                          .writes = !strcmp(call, "write") || !strcmp(call, "writev"),
                          .waits = !strcmp(call, "wait"),
                          .fd = (int)w.argument};
}

static struct sleep sleep_of(struct run *run, const struct task *t)
{
    if (t->activity != TASK_BLOCKED)
        return (struct sleep){.fd = -1};
    if (t->turn_task)
        return sleep_in_turn(run, t);
    return (struct sleep){.reads = t->nr == SYS_read || t->nr == SYS_readv,
                          .writes = t->nr == SYS_write || t->nr == SYS_writev,
                          .waits = t->nr == SYS_wait4 || t->nr == SYS_waitid,
                          .fd = (int)t->args[0]};
}

static bool is_of_the_system(pid_t pid)
{
    char path[64], program[256];
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    ssize_t n = readlink(path, program, sizeof program - 1);
    program[n > 0 ? n : 0] = '\0';
    return strncmp(program, "/usr/", 5) == 0 || strncmp(program, "/bin/", 5) == 0;
}

static const char *name_of(struct run *run, const struct task *t)
{
    struct world_task w;
    return t->turn_task && world_task_at(run->world, t->turn_task - 1, &w)
               ? arena_strdup(run->arena, w.name)
               : process_label(run, t->pid);
}

static void note_holder(struct search *s, const struct task *t, const char *fd)
{
    bool waits = sleep_of(s->run, t).waits;
    bool forgotten = t->pid == s->sleeper->pid || (atoi(fd) > 2 && is_of_the_system(t->pid));
    s->forgotten |= forgotten;
    s->somebody_may |= !waits && !forgotten;
    const char *name = text(s->run, "descriptor %s of %s", fd, name_of(s->run, t));
    for (int i = 0; i < s->count; i++)
        if (strcmp(s->holders[i], name) == 0)
            return;
    if (s->count < MAX_HOLDERS)
        s->holders[s->count++] = name;
}

static void search_process(struct search *s, const struct task *t)
{
    char path[64], link[LINK_BYTES];
    snprintf(path, sizeof path, "/proc/%d/fd", t->pid);
    DIR *folder = opendir(path);
    for (struct dirent *e; folder && (e = readdir(folder));)
        if (is_pipe(t->pid, e->d_name, link) && strcmp(link, s->pipe) == 0 &&
            opened_for(t->pid, e->d_name, s->for_writing))
            note_holder(s, t, e->d_name);
    if (folder)
        closedir(folder);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "descriptor 4 of pipeline#1, descriptor 4 of pipeline#1 (wc) and 2 more" */
static const char *holders_in_a_row(struct search *s)
{
    qsort(s->holders, (size_t)s->count, sizeof *s->holders, by_name);
    const char *row = s->holders[0];
    for (int i = 1; i < s->count && i < SHOWN_HOLDERS; i++)
        row = text(s->run, "%s, %s", row, s->holders[i]);
    return s->count > SHOWN_HOLDERS ? text(s->run, "%s and %d more", row, s->count - SHOWN_HOLDERS)
                                    : row;
}

/* What is wrong with the pipe that this task sleeps at; NULL if nothing that can be told. */
static const char *judge(struct run *run, const struct task *t)
{
    struct sleep sleep = sleep_of(run, t);
    struct search s = {.run = run, .sleeper = t, .for_writing = sleep.reads};
    if (!(sleep.reads || sleep.writes) || !is_pipe(t->pid, number(run, sleep.fd), s.pipe))
        return NULL;
    for (int i = 0; i < run->seen->count; i++)
        if (run->seen->tasks[i].pid == run->seen->tasks[i].tid)
            search_process(&s, &run->seen->tasks[i]);
    if (s.count == 0 || s.somebody_may || (!sleep.reads && !s.forgotten))
        return NULL;
    return text(run,
                sleep.reads
                    ? "%s reads from a pipe that never ends: its write end is still open as %s, "
                      "where nobody will write any more"
                    : "%s writes to a full pipe that nobody reads any more, but gets no SIGPIPE: "
                      "its read end is still open as %s",
                name_of(run, t), holders_in_a_row(&s));
}

const char *pipe_end_left_open(struct run *run)
{
    const char *first = NULL; /* by the alphabet: the order of pids may differ from run to run */
    for (int i = 0; i < run->seen->count; i++) {
        const char *message = judge(run, &run->seen->tasks[i]);
        if (message && (!first || strcmp(message, first) < 0))
            first = message;
    }
    return first;
}

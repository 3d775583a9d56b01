/*
 * inside.h - what the files of the box offer one another; nothing outside harness/box includes it.
 *
 * Order in the new PID 1 (keeper.c): root_gather(), ids, root_enter(), limits_sysctls(), root_seal(),
 * init_prepare(), the guest. Everything that costs time and is the same for every box (the filter,
 * what the host's root looks like) is prepared once, before the clone.
 */
#ifndef IPCGRADE_BOX_INSIDE_H
#define IPCGRADE_BOX_INSIDE_H

#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

#include "box/box.h"

static inline void close_descriptor(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define cleanup_fd __attribute__((cleanup(close_descriptor)))

/* How user ids inside stand for ids outside.
 *
 * Two ids (started by root): the driver is inner 0, students are inner 1000, and both are unused,
 * unprivileged ids outside, other ones for every box: much of what the kernel counts (pipe buffers,
 * inotify watches, signals) it counts by the id outside, and one box must not feel another. Shared
 * (started by an ordinary user, who owns a single id): the driver is inner 0 of the box, and
 * students live in one user namespace more, where the same id is 1000. They have the driver's uid,
 * but no capability over it, and it is not dumpable. */
struct id_range {
    unsigned first, count;
};
struct box_ids {
    bool shared;
    struct id_range uids, gids; /* outside: the driver's and the student's; shared: one */
};

/* host.c */
struct box_ids host_ids(void); /* for the next box */
/* Dies with one line: what this host forbids and the command that allows it. */
_Noreturn void host_forbids(const char *doing, int error);

/* root.c */
void root_plan(enum box_kind kind);
void root_gather(enum box_kind kind);
void root_enter(const struct box_spec *spec, const struct box_ids *ids);
void root_seal(void);

/* limits.c: the IPC namespace's sysctls; false if they may not be written (now). */
bool limits_sysctls(const struct limits *limits);
/* rlimits of this process, which is about to become a student's; false with errno.
 * Async-signal-safe. */
bool limits_rlimits(const struct limits *limits);

/* seccomp.c */
void filter_prepare(bool shared_ids);
/* Returns the listener if `watch`, else 0; -1 with errno. Async-signal-safe. */
int filter_install(bool watch);

/* init.c */
void init_prepare(const struct box_ids *ids);
/* After the guest: lets go at once of what the kernel would free later, and count until then. */
void init_release(void);
/* The descriptors that init.c needs in PID 1, at most INIT_DESCRIPTORS; returns how many. */
enum { INIT_DESCRIPTORS = 5 };
int init_descriptors(int fds[INIT_DESCRIPTORS]);

#endif

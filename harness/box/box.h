/*
 * box.h - the sandbox that one build or one run happens in: everything the stages need to know of
 * it.
 *
 * A box is a process (PID 1 of a new PID namespace, in new user, IPC, mount, network and UTS
 * namespaces) that runs a function of ours, the *keeper's guest*, on a private, minimal, read-only
 * root. The guest is trusted; it starts untrusted processes with box_spawn(), which drops them to
 * the student's uid, limits, no_new_privs and the seccomp filter before they exec. When PID 1 ends,
 * the kernel kills the rest.
 *
 * The files: keeper.c (clone3, id maps, waiting, killing), root.c (the mounts, a list of
 * operations), limits.c (rlimits and the IPC namespace's sysctls), seccomp.c (the filter), init.c
 * (what PID 1 does: spawn, reap, kill what is left), host.c (ids of the host; what it forbids).
 *
 * The guest is uid 0 of the box, with its capabilities, and nobody outside: files of the host must
 * be open already (`keep`), or lie in a kept folder that everybody may search. Never hand a
 * student's process a descriptor of a host file: /proc/self/fd opens it anew, for writing if its
 * mode allows. Pipes, ptys and memfds are safe.
 */
#ifndef IPCGRADE_BOX_H
#define IPCGRADE_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "run/scenario.h" /* struct limits */

/* Inside every box. The work folder is a private tmpfs of limits.file_mb, owned by the student. */
#define BOX_WORK "/home/student"
/* With box_spec.probe: a folder of the guest's own, which students can read. */
#define BOX_PROBE "/run/ipcgrade"
/* BOX_DEBUG: a folder of the guest's own, which only the guest can read. */
#define BOX_SOURCES "/run/sources"
/* The student's uid and gid inside, also where the driver shares it (box of an ordinary user). */
enum { BOX_STUDENT = 1000 };

enum box_kind {
    BOX_BUILD, /* with compilers, headers and make */
    BOX_RUN,   /* with the shared libraries and the ordinary commands of /usr/bin only */
    BOX_DEBUG, /* that, what gdb needs, and room for sources in BOX_SOURCES */
    BOX_KINDS
};

struct box_spec {
    enum box_kind kind;
    struct limits limits; /* complete: limits_complete() */
    const char
        *hide; /* host folder (the repository) that must not show up even below /usr; or NULL */
    const char
        *wrapper_flags; /* BOX_BUILD: extra arguments every compiler gets, in front; "" for none */
    const char *wrapper_last; /* BOX_BUILD: the same behind them; NULL for none */
    bool probe;               /* there is BOX_PROBE */
    const int *keep; /* descriptors the guest needs, ended by -1; all others are closed in PID 1 */
};

/* What PID 1 runs. Its return value is the exit status of the box. Everything it learns goes into
 * shared memory (base/arena.h), as the address space is a copy of the starter's. */
typedef int box_guest(void *arg);

struct box {
    pid_t pid; /* as the host sees it */
    int pidfd;
};

/* Every zero of `own` replaced by `general`'s, and every zero left by the default. */
struct limits limits_complete(struct limits own, struct limits general);
extern const struct limits limits_default;

/* Starts a box. Where the host forbids one it dies with one line that says what is forbidden and
 * how to allow it. `fault` (shared memory, fault_size bytes) receives what goes wrong inside,
 * before or in the guest (die()). The box ends with the thread that started it, and no other thread
 * may hold a lock that the guest wants (of malloc, say): best start boxes from a process of one
 * thread. */
struct box box_start(const struct box_spec *spec, box_guest *guest, void *arg, char *fault,
                     size_t fault_size);
/* Waits for its end; returns the wait(2) status. With `block` false: -1 while it goes on. */
int box_wait(struct box *box, bool block);
/* SIGKILL to PID 1 and so to everything in it; still needs box_wait(). */
void box_kill(struct box *box);
/* Kills every box that is still going: for Ctrl-C and die(). */
void box_kill_all(void);

/* ---- inside, for the guest ------------------------------------------------------------------- */

struct box_command {
    const char *const
        *argv; /* argv[0] is looked up as execvp does: "./consumer", "make", "/bin/ls" */
    const char *const *env; /* NULL: box_environment */
    int in, out, err;       /* become 0, 1, 2; everything else is closed; -1: /dev/null */
    void (*before_exec)(
        void *arg); /* in the child, last of all; async-signal-safe. NULL: nothing */
    void *before_exec_arg;
    bool session; /* setsid() */
    bool watch;   /* a seccomp listener for the calls that box_watched() lists */
};
extern const char *const box_environment[]; /* PATH, HOME, LANG=C.UTF-8, TERM=dumb, USER, … */

struct box_child {
    pid_t pid;    /* inside the box */
    int listener; /* seccomp notifications, with .watch; else -1 */
};

/* Forks and confines one untrusted command in BOX_WORK. Returns false with errno if the limits do
 * not allow one more process, or the command cannot be exec'ed (errno of exec); dies on harness
 * faults. */
bool box_spawn(const struct box_spec *spec, const struct box_command *command,
               struct box_child *child);
/* Makes a file, folder, pipe or terminal of the guest's the student's. Use it instead of fchown:
 * the student's id is not the same number for the guest everywhere. */
bool box_give(int fd);
/* Whether they can be told apart from the guest by their uid: not where an ordinary user started the box. */
bool box_students_have_own_id(void);
/* SIGKILL to all in the box but PID 1 (again and again, until none is left) and reaps them. A
 * callback, if not NULL, gets every (pid, wait status). */
void box_kill_rest(void (*reaped)(void *arg, pid_t pid, int status), void *arg);
/* Sets the ids that the IPC namespace hands out next: -1 leaves them, 0 starts at 0. */
void box_first_ids(int first);
/* The pid that was given last, and from which the next ones are counted; -1: cannot be told or set here. */
int box_last_pid(void);
void box_set_last_pid(int pid);
/* Whether a process started with .watch stops in this call until its listener is answered. */
bool box_watched(int nr);

#endif

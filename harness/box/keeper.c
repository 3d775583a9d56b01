/*
 * keeper.c - starts, watches and ends boxes, from outside.
 *
 * Theory of operation. A box is one clone3() with a new user, PID, IPC, mount, network and UTS
 * namespace. The child waits until its starter has written the id maps (only the starter may),
 * takes its inner id, builds and enters the box's root (root.c), sets the IPC limits (limits.c),
 * closes what it does not need and calls the guest. The guest is PID 1: when it ends, for whatever
 * reason, the kernel kills all else in the PID namespace, and with the last process go mounts, IPC
 * objects and everything other that the box held. Nothing of it has a name outside, so there is
 * nothing to clean up.
 *
 * PID 1 ends with its starter. PDEATHSIG does that; as it is lost at every change of uid, and is
 * too late for a starter that died before, a socket whose end only the starter holds open
 * (`lifeline`) is looked at after.
 */
#include "box/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/die.h"

enum { MAX_BOXES = 1024, OWN_NOTE = 4096, MAX_KEPT = 64 };

/* ---- the boxes that are still going ---------------------------------------------------------- */

/* Read by signal handlers (box_kill_all), hence no lock. */
static struct {
    atomic_int pidfd; /* plus one; 0: free */
    int lifeline;
} live[MAX_BOXES];

static void remember(int pidfd, int lifeline)
{
    for (int i = 0; i < MAX_BOXES; i++) {
        int none = 0;
        if (atomic_compare_exchange_strong(&live[i].pidfd, &none, pidfd + 1)) {
            live[i].lifeline = lifeline;
            return;
        }
    }
    die("sandbox", "more than %d boxes at once", MAX_BOXES);
}

static void forget(int pidfd)
{
    for (int i = 0; i < MAX_BOXES; i++)
        if (atomic_load(&live[i].pidfd) == pidfd + 1) {
            close(live[i].lifeline);
            atomic_store(&live[i].pidfd, 0);
        }
}

void box_kill_all(void)
{
    for (int i = 0; i < MAX_BOXES; i++) {
        int pidfd = atomic_load(&live[i].pidfd) - 1;
        if (pidfd >= 0)
            syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
    }
}

/* ---- the child, up to the guest -------------------------------------------------------------- */

struct start {
    const struct box_spec *spec;
    struct box_ids ids;
    box_guest *guest;
    void *arg;
    char *note;
    size_t note_size;
    int lifeline[2]; /* the starter writes a byte when the id maps stand, and then holds its end
                        open */
    int ready[2];    /* closed by the child when the guest begins */
};

/* As PID 1, default dispositions make the process immune to signals from inside. Asked of the kernel, since
 * signal() refuses the two that the C library keeps for itself, and make starts us with those ignored. */
static void reset_signals(void)
{
    static const struct { /* the kernel's struct sigaction */
        unsigned long handler, flags, restorer, mask;
    } by_default;
    for (int s = 1; s < NSIG; s++)
        syscall(SYS_rt_sigaction, s, &by_default, NULL, sizeof by_default.mask);
    signal(SIGPIPE, SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Out of the starter's terminal and its ^C. A session of its own would do both, and make the kernel
 * schedule the box as a group of its own (sched_autogroup), which starts late on a busy machine. */
static void leave_terminal(void)
{
    setpgid(0, 0);
    cleanup_fd int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal >= 0 && ioctl(terminal, TIOCNOTTY) < 0)
        die_errno("leaving the terminal");
}

static void await_id_maps(const struct start *start)
{
    char byte;
    close(start->lifeline[1]);
    close(start->ready[0]);
    if (read(start->lifeline[0], &byte, 1) != 1)
        _exit(EXIT_HARNESS); /* the starter is gone, or said why itself */
}

static void take_inner_id(const struct box_ids *ids)
{
    if (!ids->shared && setgroups(0, NULL) < 0)
        die_errno("giving up groups");
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
        die_errno("taking the driver's id");
}

static void end_with_starter(const struct start *start)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct pollfd lifeline = {.fd = start->lifeline[0], .events = POLLIN};
    if (poll(&lifeline, 1, 0) == 1)
        _exit(EXIT_HARNESS);
}

static int ascending(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* Closes all but 0 to 2, which become /dev/null, and those that are wanted. */
static void keep_only(const struct box_spec *spec)
{
    int kept[MAX_KEPT + INIT_DESCRIPTORS], n = 0;
    bool wanted[3] = {false};
    for (const int *fd = spec->keep; fd && *fd >= 0; fd++) {
        if (n == MAX_KEPT)
            die("sandbox", "more than %d descriptors to keep", MAX_KEPT);
        if (*fd <= 2)
            wanted[*fd] = true;
        else
            kept[n++] = *fd;
    }
    n += init_descriptors(kept + n);
    qsort(kept, (size_t)n, sizeof *kept, ascending);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        die_errno("/dev/null of the box");
    for (int fd = 0; fd <= 2; fd++)
        if (!wanted[fd] && null != fd)
            dup2(null, fd);
    unsigned from = 3;
    for (int i = 0; i < n; from = (unsigned)kept[i++] + 1)
        if ((unsigned)kept[i] > from)
            close_range(from, (unsigned)kept[i] - 1, 0);
    close_range(from, ~0u, 0);
}

static _Noreturn void live_in_box(const struct start *start)
{
    const struct box_spec *spec = start->spec;
    die_into(start->note, start->note_size);
    reset_signals();
    leave_terminal();
    root_gather(spec->kind);
    await_id_maps(start);
    bool limited = limits_sysctls(&spec->limits); /* older kernels: only the host's root may */
    take_inner_id(&start->ids);
    end_with_starter(start);
    sethostname("box", 3);
    root_enter(spec, &start->ids);
    if (!limited)
        limits_sysctls(&spec->limits); /* newer: only the namespace's */
    init_prepare(&start->ids);
    root_seal();
    prctl(PR_SET_DUMPABLE, 0);
    keep_only(spec);
    int status = start->guest(start->arg);
    init_release();
    _exit(status);
}

/* ---- starting -------------------------------------------------------------------------------- */

/* What the kernel counts in a user namespace (bytes of message queues, signals, processes) it counts
 * once more for whoever made it, against the limits of the maker. Boxes must not feel one another
 * there: either the limit that matters is lifted while the box is made, or, where root may not do
 * that, each box is made under an id of its own. An ordinary user can do neither. */
struct maker {
    struct rlimit queues;
    bool lifted, other_id;
    int dumpable;
};

static void all_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    syscall(SYS_capget, &header, data);
    data[0].effective = data[0].permitted;
    data[1].effective = data[1].permitted;
    syscall(SYS_capset, &header, data);
}

static struct maker account_apart(const struct box_ids *ids)
{
    struct maker maker = {.dumpable = prctl(PR_GET_DUMPABLE)};
    getrlimit(RLIMIT_MSGQUEUE, &maker.queues);
    maker.lifted = setrlimit(RLIMIT_MSGQUEUE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}) == 0;
    if (maker.lifted || ids->shared)
        return maker;
    /* the system call, not the function, which would change every thread */
    maker.other_id = syscall(SYS_setresuid, -1, ids->uids.first, -1) == 0;
    if (maker.other_id)
        all_capabilities();
    return maker;
}

static void account_together(const struct maker *maker)
{
    if (maker->lifted)
        setrlimit(RLIMIT_MSGQUEUE, &maker->queues);
    if (maker->other_id && syscall(SYS_setresuid, -1, 0, -1) < 0)
        die_errno("taking root's id again");
    prctl(PR_SET_DUMPABLE, maker->dumpable);
}

/* fork() would also tell the C library its new thread id; clone3 is asked to, where the kernel
 * knows the place. */
static pid_t clone_into_namespaces(const struct box_ids *ids, int *pidfd)
{
    struct clone_args args = {
        .flags = CLONE_PIDFD | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNS |
                 CLONE_NEWNET | CLONE_NEWUTS,
        .pidfd = (uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
    };
    int *tid = NULL;
    if (prctl(PR_GET_TID_ADDRESS, &tid) == 0 && tid) {
        args.flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
        args.child_tid = (uintptr_t)tid;
    }
    struct maker maker = account_apart(ids);
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    int error = errno;
    if (pid != 0)
        account_together(&maker);
    errno = error;
    return pid;
}

static bool write_proc(pid_t pid, const char *file, const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static bool write_map(pid_t pid, const char *file, struct id_range ids)
{
    char map[64];
    int n = snprintf(map, sizeof map, "0 %u 1\n", ids.first);
    if (ids.count > 1)
        snprintf(map + n, sizeof map - (size_t)n, "%d %u 1\n", BOX_STUDENT, ids.first + 1);
    return write_proc(pid, file, map);
}

static bool map_ids(pid_t pid, const struct box_ids *ids)
{
    if (ids->shared && !write_proc(pid, "setgroups", "deny"))
        return false;
    return write_map(pid, "uid_map", ids->uids) && write_map(pid, "gid_map", ids->gids);
}

/* The first box of this process shows whether the host allows boxes at all: a fault in setting it
 * up is the host's, and nothing can be graded. Later ones have only their own note. */
static void prove(const struct start *start, struct box *box)
{
    static bool proven;
    char byte;
    if (!proven && read(start->ready[0], &byte, 1) == 0 && start->note[0] != '\0') {
        box_wait(box, true);
        char *why = strstr(start->note, ": "); /* of die()'s "what: why" */
        *why = '\0';
        die(start->note, "%s", why + 2);
    }
    proven = true;
}

static char *own_note(void)
{
    static char *note;
    if (!note)
        note = mmap(NULL, OWN_NOTE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (note == MAP_FAILED)
        die_errno("memory for a sandbox");
    note[0] = '\0';
    return note;
}

struct box box_start(const struct box_spec *spec, box_guest *guest, void *arg, char *fault,
                     size_t fault_size)
{
    struct start start = {.spec = spec,
                          .ids = host_ids(),
                          .guest = guest,
                          .arg = arg,
                          .note = fault ? fault : own_note(),
                          .note_size = fault ? fault_size : OWN_NOTE};
    start.note[0] = '\0';
    filter_prepare(start.ids.shared);
    root_plan(spec->kind);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, start.lifeline) < 0 ||
        pipe2(start.ready, O_CLOEXEC) < 0)
        die_errno("descriptors for a sandbox");
    struct box box = {.pidfd = -1};
    box.pid = clone_into_namespaces(&start.ids, &box.pidfd);
    if (box.pid < 0)
        host_forbids("creating namespaces", errno);
    if (box.pid == 0)
        live_in_box(&start);
    close(start.lifeline[0]);
    close(start.ready[1]);
    remember(box.pidfd, start.lifeline[1]);
    if (!map_ids(box.pid, &start.ids)) {
        int error = errno;
        box_kill(&box);
        box_wait(&box, true);
        host_forbids("mapping user ids", error);
    }
    send(start.lifeline[1], "", 1, MSG_NOSIGNAL); /* if it has died, waiting tells */
    prove(&start, &box);
    close(start.ready[0]);
    return box;
}

int box_wait(struct box *box, bool block)
{
    int status;
    pid_t got;
    do
        got = waitpid(box->pid, &status, block ? 0 : WNOHANG);
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return -1;
    if (got < 0)
        die_errno("waiting for a sandbox");
    forget(box->pidfd);
    close(box->pidfd);
    box->pidfd = -1;
    return status;
}

void box_kill(struct box *box)
{
    if (box->pidfd >= 0)
        syscall(SYS_pidfd_send_signal, box->pidfd, SIGKILL, NULL, 0);
}

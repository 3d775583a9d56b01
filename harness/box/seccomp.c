/*
 * seccomp.c - the system calls that a student's process may not make, and those the driver watches.
 *
 * The default is to allow: an exercise may use anything an ordinary program uses. Refused is what
 * reaches into other processes or the kernel's less trodden paths, what would leave or change the
 * box, and every socket but AF_UNIX. Calls newer than those looked at here do not exist (ENOSYS),
 * as on an older kernel.
 *
 * libseccomp writes the BPF program, once, before the box is cloned; installing it is one system
 * call. Its language has no "numbers above N", so that test and the one for the architecture stand
 * in front.
 *
 * The filter looks at numbers and words in registers. int arguments are compared in their lower
 * halves only (MASKED_EQ), as the kernel does; where inequality refuses, a dirty upper half is
 * refused too.
 */
#include "box/inside.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/die.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
/* futex_requeue(2) of Linux 6.7: numbers have been the same on all architectures for years. */
enum { NEWEST_KNOWN = 456, DRIVER = 1 /* its pid */, IOPRIO_OF_USER = 3 };

/* Looked at by the driver before they happen: virtual time, and who creates an IPC object. */
static const int watched[] = {
    SCMP_SYS(alarm),  SCMP_SYS(setitimer), SCMP_SYS(timer_settime), SCMP_SYS(timerfd_settime),
    SCMP_SYS(shmget), SCMP_SYS(msgget),    SCMP_SYS(semget),        SCMP_SYS(mq_open),
    SCMP_SYS(mknod),  SCMP_SYS(mknodat),
};

/* EPERM, whatever the arguments. */
static const int refused[] = {
    /* other processes */
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(process_madvise),
    SCMP_SYS(process_mrelease),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(kcmp),
    SCMP_SYS(move_pages),
    SCMP_SYS(migrate_pages),
    /* mounts and namespaces */
    SCMP_SYS(mount),
    SCMP_SYS(umount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(open_tree),
    SCMP_SYS(move_mount),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fsmount),
    SCMP_SYS(fspick),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(quotactl),
    SCMP_SYS(quotactl_fd),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(name_to_handle_at),
    SCMP_SYS(fanotify_init),
    SCMP_SYS(fanotify_mark),
    /* the kernel and the machine */
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(create_module),
    SCMP_SYS(reboot),
    SCMP_SYS(acct),
    SCMP_SYS(syslog),
    SCMP_SYS(_sysctl),
    SCMP_SYS(nfsservctl),
    SCMP_SYS(lookup_dcookie),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(uselib),
    SCMP_SYS(vhangup),
    SCMP_SYS(settimeofday),
    SCMP_SYS(stime),
    SCMP_SYS(clock_settime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(memfd_secret),
    SCMP_SYS(modify_ldt),
    /* a filter of one's own would get the watched calls before ours */
    SCMP_SYS(seccomp),
};

/* ENOSYS, so that the C library and programs take the way they took before these calls existed. */
static const int absent[] = {
    SCMP_SYS(clone3),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
};

static const unsigned namespaces[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                      CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};

/* Personalities with any of these bits. The question for the present one, 0xffffffff, has them all,
 * and the highest, which means nothing. */
static const unsigned personalities[] = {READ_IMPLIES_EXEC, MMAP_PAGE_ZERO};
#define QUERY_BIT 0x80000000u

/* Typing into terminals, consoles, line disciplines. */
static const unsigned terminal_requests[] = {TIOCSTI, TIOCLINUX, TIOCCONS, TIOCSETD};

/* Calls whose first argument, a pid, must not be the driver's, where it has the student's uid. */
static const int aimed[] = {SCMP_SYS(kill),
                            SCMP_SYS(tkill),
                            SCMP_SYS(tgkill),
                            SCMP_SYS(rt_sigqueueinfo),
                            SCMP_SYS(rt_tgsigqueueinfo),
                            SCMP_SYS(pidfd_open),
                            SCMP_SYS(sched_setparam),
                            SCMP_SYS(sched_setscheduler),
                            SCMP_SYS(sched_setaffinity),
                            SCMP_SYS(sched_setattr)};
#define COUNT(array) (sizeof(array) / sizeof *(array))

bool box_watched(int nr)
{
    for (size_t i = 0; i < COUNT(watched); i++)
        if (nr >= 0 && watched[i] == nr)
            return true;
    return false;
}

/* ---- writing the program --------------------------------------------------------------------- */

/* Calls that this architecture does not have are negative, and left out. */
static void rule(scmp_filter_ctx filter, uint32_t action, int call, unsigned n,
                 const struct scmp_arg_cmp *arguments)
{
    if (call < 0)
        return;
    int r = seccomp_rule_add_array(filter, action, call, n, arguments);
    if (r < 0)
        die("sandbox", "system call filter: call %d: %s", call, strerror(-r));
}

static void rules(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rule(filter, action, calls[i], 0, NULL);
}

static void if_equal(scmp_filter_ctx filter, int call, unsigned argument, uint32_t value)
{
    rule(filter, SCMP_ACT_ERRNO(EPERM), call, 1,
         &SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, 0xffffffff, value));
}

static struct scmp_arg_cmp unequal(unsigned argument, uint32_t value)
{
    return (struct scmp_arg_cmp){.arg = argument, .op = SCMP_CMP_NE, .datum_a = value};
}

/* Every family but AF_UNIX. */
static void refuse_sockets(scmp_filter_ctx filter, int call)
{
    struct scmp_arg_cmp foreign = unequal(0, AF_UNIX);
    rule(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), call, 1, &foreign);
}

static void refuse_by_argument(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < COUNT(namespaces); i++)
        rule(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
             &SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces[i], namespaces[i]));
    for (size_t i = 0; i < COUNT(terminal_requests); i++)
        if_equal(filter, SCMP_SYS(ioctl), 1, terminal_requests[i]);
    refuse_sockets(filter, SCMP_SYS(socket));
    refuse_sockets(filter, SCMP_SYS(socketpair));
    if_equal(filter, SCMP_SYS(prctl), 0, PR_SET_SECCOMP);
    for (size_t i = 0; i < COUNT(personalities); i++)
        rule(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(personality), 1,
             &SCMP_A0(SCMP_CMP_MASKED_EQ, personalities[i] | QUERY_BIT, personalities[i]));
}

/* What another uid would be refused by the kernel. prlimit on a thread of the driver would work as
 * well as on the driver itself, hence on nobody but oneself; its own threads' priorities only slow
 * it down. */
static void spare_the_driver(scmp_filter_ctx filter)
{
    struct scmp_arg_cmp sets_others[] = {unequal(0, 0), unequal(2, 0)};
    for (size_t i = 0; i < COUNT(aimed); i++)
        if_equal(filter, aimed[i], 0, DRIVER);
    rule(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prlimit64), 2, sets_others);
    if_equal(filter, SCMP_SYS(setpriority), 0, PRIO_USER);
    if_equal(filter, SCMP_SYS(setpriority), 1, DRIVER);
    if_equal(filter, SCMP_SYS(ioprio_set), 0, IOPRIO_OF_USER);
    if_equal(filter, SCMP_SYS(ioprio_set), 1, DRIVER);
}

static scmp_filter_ctx written(bool watch, bool shared_ids)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        die("sandbox", "system call filter: no memory");
    seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree instead of a list */
    rules(filter, SCMP_ACT_ERRNO(EPERM), refused, COUNT(refused));
    rules(filter, SCMP_ACT_ERRNO(ENOSYS), absent, COUNT(absent));
    refuse_by_argument(filter);
    if (shared_ids)
        spare_the_driver(filter);
    if (watch)
        rules(filter, SCMP_ACT_NOTIFY, watched, COUNT(watched));
    return filter;
}

/* ---- its prebuilt form ----------------------------------------------------------------------- */

static struct sock_fprog programs[2][2]; /* [shared ids][watch] */
static bool shared;                      /* which of them are in use */

/* Numbers above the newest known: ENOSYS. Of a foreign architecture, libseccomp's part sees to it.
 */
static const struct sock_filter prologue[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NEWEST_KNOWN, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
};

static void assemble(struct sock_fprog *program, scmp_filter_ctx filter)
{
    cleanup_fd int file = memfd_create("filter", MFD_CLOEXEC);
    bool ok = write(file, prologue, sizeof prologue) == (ssize_t)sizeof prologue &&
              seccomp_export_bpf(filter, file) == 0;
    off_t size = ok ? lseek(file, 0, SEEK_END) : 0;
    void *code = size > 0 ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    if (code == MAP_FAILED)
        die("sandbox", "the system call filter cannot be put together");
    program->filter = code;
    program->len = (unsigned short)((size_t)size / sizeof(struct sock_filter));
}

void filter_prepare(bool shared_ids)
{
    shared = shared_ids;
    for (int watch = 0; watch < 2 && !programs[shared][watch].len; watch++) {
        scmp_filter_ctx filter = written(watch, shared);
        assemble(&programs[shared][watch], filter);
        seccomp_release(filter);
    }
}

int filter_install(bool watch)
{
    unsigned long flags =
        watch ? SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV : 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    const struct sock_fprog *program = &programs[shared][watch];
    long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
    if (r < 0 && errno == EINVAL && watch) /* Linux before 5.19 */
        r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                    program);
    return (int)r;
}

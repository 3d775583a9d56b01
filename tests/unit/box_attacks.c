/*
 * box_attacks.c - what hostile and broken submissions do: one word, one attack. Compiled inside a
 * box and run in another by test_box_hostile.c and test_box_limits.c; never linked with the
 * harness.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Prints a name, and the error if there is one. */
static void tell(const char *name, long result)
{
    printf("%s %s\n", name, result < 0 ? strerrorname_np(errno) : "works");
}

#define TRY(call, ...) tell(#call, syscall(SYS_##call, ##__VA_ARGS__))

static void refused_processes_and_kernel(void)
{
    TRY(ptrace, 0, 0, 0, 0);
    TRY(process_vm_readv, 1, NULL, 0, NULL, 0, 0);
    TRY(process_vm_writev, 1, NULL, 0, NULL, 0, 0);
    TRY(pidfd_getfd, 0, 0, 0);
    TRY(kcmp, 1, 1, 0, 0, 0);
    TRY(keyctl, 0, -3, 0);
    TRY(add_key, "user", "a", "b", 1, -3);
    TRY(request_key, "user", "a", NULL, -3);
    TRY(bpf, 0, NULL, 0);
    TRY(perf_event_open, NULL, 0, -1, -1, 0);
    TRY(userfaultfd, 1);
    TRY(kexec_load, 0, 0, NULL, 0);
    TRY(init_module, NULL, 0, "");
    TRY(delete_module, "x", 0);
    TRY(reboot, 0, 0, 0, NULL);
    TRY(swapon, "/dev/null", 0);
    TRY(syslog, 3, NULL, 0);
    TRY(clock_settime, 0, NULL);
    TRY(seccomp, SECCOMP_GET_ACTION_AVAIL, 0, NULL);
    tell("PR_SET_SECCOMP", prctl(PR_SET_SECCOMP, 1));
    tell("READ_IMPLIES_EXEC", personality(READ_IMPLIES_EXEC));
    TRY(io_uring_setup, 1, NULL);
}

static void refused_mounts_and_namespaces(void)
{
    struct clone_args users = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    TRY(mount, "x", "/tmp", "tmpfs", 0, NULL);
    TRY(umount2, "/tmp", 2);
    TRY(pivot_root, ".", ".");
    TRY(chroot, ".");
    TRY(open_tree, AT_FDCWD, "/tmp", 1);
    TRY(move_mount, 0, "", 0, "", 0);
    TRY(fsopen, "tmpfs", 0);
    TRY(fsmount, 0, 0, 0);
    TRY(mount_setattr, AT_FDCWD, "/", 0, NULL, 0);
    TRY(setns, 0, 0);
    TRY(unshare, CLONE_NEWUSER);
    TRY(clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0);
    TRY(clone, CLONE_NEWNET | SIGCHLD, NULL, NULL, NULL, 0);
    TRY(clone3, &users, sizeof users);
    TRY(quotactl, 0, NULL, 0, NULL);
    TRY(open_by_handle_at, -1, NULL, 0);
    TRY(fanotify_init, 0, 0);
    TRY(sethostname, "x", 1);
}

static void refused_words(void)
{
    static const int families[] = {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG};
    const unsigned long dirty = 1ul << 32;
    int pair[2];
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        TRY(socket, families[i], SOCK_DGRAM, 0);
    TRY(socket, dirty | AF_INET, SOCK_DGRAM, 0);
    TRY(socketpair, AF_TIPC, SOCK_STREAM, 0, pair);
    TRY(ioctl, 0, TIOCSTI, "x");
    TRY(ioctl, 0, dirty | TIOCSTI, "x");
    TRY(ioctl, 0, TIOCLINUX, "x");
    tell("beyond", syscall(1000));
    tell("newer", syscall(463));
#ifdef __x86_64__
    long i386;
    __asm__ volatile("int $0x80" : "=a"(i386) : "0"(20) : "memory"); /* getpid */
    errno = (int)-i386;
    tell("i386", i386 < 0 ? -1 : 0);
    tell("x32", syscall(0x40000000 | SYS_getpid));
#endif
}

static void refused(void)
{
    refused_processes_and_kernel();
    refused_mounts_and_namespaces();
    refused_words();
}

static void *nothing(void *arg)
{
    return arg;
}

/* What an honest exercise uses. */
static void allowed(void)
{
    int pair[2];
    pthread_t thread;
    struct rlimit limit;
    tell("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    tell("pipe", pipe(pair));
    tell("msgget", msgget(IPC_PRIVATE, 0600));
    tell("shmget", shmget(IPC_PRIVATE, 4096, 0600));
    tell("semget", semget(IPC_PRIVATE, 2, 0600));
    tell("mq_open", mq_open("/q", O_CREAT | O_RDWR, 0600, NULL));
    tell("shm_open", shm_open("/s", O_CREAT | O_RDWR, 0600));
    tell("mkfifo", mkfifo("f", 0600));
    tell("timerfd", timerfd_create(CLOCK_MONOTONIC, 0));
    tell("thread", pthread_create(&thread, NULL, nothing, NULL) ? -1 : 0);
    tell("personality", personality(0xffffffff));
    tell("prlimit", prlimit(0, RLIMIT_NOFILE, NULL, &limit));
    tell("memfd", memfd_create("m", 0));
    tell("kill", kill(getpid(), 0));
    tell("/dev/ptmx", open("/dev/ptmx", O_RDWR | O_NOCTTY));
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    tell("fork", child);
    tell("waitpid", waitpid(child, NULL, 0));
}

/* At the driver, which is PID 1. */
static void driver(void)
{
    struct rlimit one = {1, 1};
    struct sched_param idle = {0};
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(0, &cpus);
    tell("kill", kill(1, SIGKILL));
    tell("tgkill", syscall(SYS_tgkill, 1, 1, SIGUSR1));
    tell("tkill", syscall(SYS_tkill, 1, SIGUSR1));
    tell("sigqueue", sigqueue(1, SIGUSR1, (union sigval){0}));
    tell("prlimit", prlimit(1, RLIMIT_CPU, &one, NULL));
    tell("sched_setaffinity", sched_setaffinity(1, sizeof cpus, &cpus));
    tell("sched_setscheduler", sched_setscheduler(1, SCHED_IDLE, &idle));
    tell("setpriority", setpriority(PRIO_PROCESS, 1, 19));
    int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);
    tell("pidfd", pidfd < 0 ? pidfd : syscall(SYS_pidfd_send_signal, pidfd, SIGUSR1, NULL, 0));
    tell("mem", open("/proc/1/mem", O_RDWR));
    tell("fd", open("/proc/1/fd/3", O_RDWR));
    tell("root", open("/proc/1/root", O_RDONLY));
    tell("maps", open("/proc/1/maps", O_RDONLY));
    tell("oom", open("/proc/1/oom_score_adj", O_RDWR));
    tell("sysctl", open("/proc/sys/kernel/shmmni", O_WRONLY));
    tell("remount", open("/proc/self/ns/mnt", O_WRONLY));
}

/* ---- limits: how far it gets ----------------------------------------------------------------- */

static long mib_of_memory(void)
{
    static char *last;
    for (long mib = 0;; mib++) {
        char *p = malloc(1 << 20);
        if (!p)
            return mib;
        memset(p, 1, 1 << 20);
        *(char **)p = last;
        last = p;
    }
}

static long kib_of_shm(void)
{
    static char page[1 << 10];
    int fd = open("/dev/shm/fill", O_CREAT | O_WRONLY, 0600);
    long kib = 0;
    while (write(fd, page, sizeof page) == sizeof page)
        kib++;
    return kib;
}

static long files_of_shm(void)
{
    char name[64];
    for (long n = 0;; n++) {
        snprintf(name, sizeof name, "/dev/shm/%ld", n);
        if (open(name, O_CREAT | O_WRONLY, 0600) < 0 && errno != EMFILE)
            return n;
        close(3);
    }
}

static long processes(void)
{
    for (long n = 1;; n++) {
        pid_t pid = fork();
        if (pid < 0)
            return n;
        if (pid == 0)
            pause();
    }
}

static long mqueues(void)
{
    char name[64];
    for (long n = 0;; n++) {
        snprintf(name, sizeof name, "/%ld", n);
        mqd_t queue = mq_open(name, O_CREAT | O_RDWR, 0600, NULL);
        if (queue < 0)
            return n;
        mq_close(queue);
    }
}

#define UNTIL_REFUSED(call) \
    ({                      \
        long n = 0;         \
        while ((call) >= 0) \
            n++;            \
        n;                  \
    })

static void limits(void)
{
    printf("queues %ld\n", UNTIL_REFUSED(msgget(IPC_PRIVATE, 0600)));
    printf("segments %ld\n", UNTIL_REFUSED(shmget(IPC_PRIVATE, 1, 0600)));
    printf("sets %ld\n", UNTIL_REFUSED(semget(IPC_PRIVATE, 1, 0600)));
    printf("mqueues %ld\n", mqueues());
    printf("shm files %ld\n", files_of_shm());
    while (wait(NULL) > 0)
        ;
    printf("descriptors %ld\n", UNTIL_REFUSED(dup(0)));
    fflush(stdout);
    printf("processes %ld\n", processes());
    fflush(stdout);
}

/* ---- behaviour ------------------------------------------------------------------------------- */

static void fork_bomb(void)
{
    for (;;)
        if (fork() == 0)
            setsid();
}

static void daemon_twice(void)
{
    if (fork() > 0)
        return;
    setsid();
    if (fork() > 0)
        _exit(0);
    for (;;)
        pause();
}

static void deaf(void)
{
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_IGN);
    for (;;)
        pause();
}

static void zombies(void)
{
    for (int i = 0; i < 20; i++)
        if (fork() == 0)
            _exit(i);
    for (;;)
        pause();
}

static void stopped(void)
{
    for (int i = 0; i < 5; i++)
        if (fork() == 0)
            raise(SIGSTOP);
    raise(SIGSTOP);
}

static void big_file(void)
{
    static char block[1 << 20];
    int fd = open("big", O_CREAT | O_WRONLY, 0600);
    for (int mib = 0; mib < 10240; mib++)
        if (write(fd, block, sizeof block) < 0)
            break;
    tell("big", -1);
}

int main(int argc, char **argv)
{
    const char *attack = argc > 1 ? argv[1] : "";
    static const struct {
        const char *name;
        void (*function)(void);
    } attacks[] = {
        {"refused", refused},   {"allowed", allowed},     {"driver", driver},
        {"limits", limits},     {"fork_bomb", fork_bomb}, {"daemon_twice", daemon_twice},
        {"deaf", deaf},         {"zombies", zombies},     {"stopped", stopped},
        {"big_file", big_file},
    };
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (strcmp(attack, attacks[i].name) == 0)
            attacks[i].function();
    if (strcmp(attack, "memory") == 0)
        printf("memory %ld\n", mib_of_memory());
    if (strcmp(attack, "shm") == 0)
        printf("shm %ld\n", kib_of_shm());
    if (strcmp(attack, "kill_all") == 0)
        kill(-1, SIGKILL);
    while (strcmp(attack, "spin") == 0)
        ;
    return 0;
}

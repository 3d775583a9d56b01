/*
 * init.c - what PID 1 of a box does: start untrusted commands, kill what is left, set the first IPC
 * ids.
 *
 * Between fork and exec the child makes async-signal-safe calls only, as PID 1 may have more
 * threads, one of which may hold any lock. What it needs is looked up before. It reports through a
 * socket that exec closes: end of file means that the command runs.
 */
#include "box/inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/die.h"

const char *const box_environment[] = {
    "PATH=/opt/compilers:/usr/bin:/bin",
    "HOME=" BOX_WORK,
    "PWD=" BOX_WORK,
    "USER=student",
    "LOGNAME=student",
    "SHELL=/bin/sh",
    "LANG=C.UTF-8",
    "TERM=dumb",
    NULL,
};

/* Students' pids begin at 1000: those of a fresh namespace would look like signal numbers, or like
 * -1 to kill() when negated. */
enum { LAST_PID_AT_FIRST = 999 };

/* CPU time of who may be looked at instruction by instruction. */
enum { LONG_SECONDS = 3600 };

/* Of this PID 1. */
static struct {
    bool shared_ids;
    int student_users; /* shared ids: the user namespace that students live in; else -1 */
    int last_pid;      /* a sysctl, too */
    int next_id[3];    /* sysctls that fix the next System V id; -1: not writable here */
} inside = {.student_users = -1, .last_pid = -1, .next_id = {-1, -1, -1}};

/* ---- set-up ---------------------------------------------------------------------------------- */

static bool write_self(const char *path, const char *text)
{
    cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* The user namespace for students who share the driver's id, in which it reads 1000. It is made by
 * a child that shows it and ends. */
static int make_student_users(void)
{
    int done[2];
    if (pipe2(done, O_CLOEXEC) < 0)
        die_errno("descriptors in the sandbox");
    pid_t maker = fork();
    if (maker < 0)
        die_errno("fork in the sandbox");
    if (maker == 0) {
        bool ok = unshare(CLONE_NEWUSER) == 0 && write_self("/proc/self/uid_map", "1000 0 1") &&
                  write_self("/proc/self/gid_map", "1000 0 1");
        if (write(done[1], ok ? "y" : "n", 1) == 1)
            pause();
        _exit(0);
    }
    char answer = 'n', path[64];
    if (read(done[0], &answer, 1) != 1 || answer != 'y')
        die("sandbox", "no user namespace for students");
    snprintf(path, sizeof path, "/proc/%d/ns/user", (int)maker);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        die_errno("the students' user namespace");
    kill(maker, SIGKILL);
    waitpid(maker, NULL, 0);
    close(done[0]);
    close(done[1]);
    return fd;
}

void init_prepare(const struct box_ids *ids)
{
    static const char *const paths[] = {"/proc/sys/kernel/shm_next_id",
                                        "/proc/sys/kernel/msg_next_id",
                                        "/proc/sys/kernel/sem_next_id"};
    for (int i = 0; i < 3; i++)
        inside.next_id[i] = open(paths[i], O_WRONLY | O_CLOEXEC);
    inside.shared_ids = ids->shared;
    if (ids->shared)
        inside.student_users = make_student_users();
    inside.last_pid = open("/proc/sys/kernel/ns_last_pid", O_RDWR | O_CLOEXEC);
    box_set_last_pid(LAST_PID_AT_FIRST); /* optional, as a kernel may be built without it */
}

int box_last_pid(void)
{
    char text[32] = "";
    ssize_t n = inside.last_pid < 0 ? -1 : pread(inside.last_pid, text, sizeof text - 1, 0);
    return n > 0 ? atoi(text) : -1;
}

void box_set_last_pid(int pid)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%d", pid);
    if (inside.last_pid >= 0 && pid > 0 && pwrite(inside.last_pid, text, (size_t)n, 0) != n)
        return; /* pids count on, then */
}

int init_descriptors(int fds[INIT_DESCRIPTORS])
{
    int n = 0;
    if (inside.student_users >= 0)
        fds[n++] = inside.student_users;
    if (inside.last_pid >= 0)
        fds[n++] = inside.last_pid;
    for (int i = 0; i < 3; i++)
        if (inside.next_id[i] >= 0)
            fds[n++] = inside.next_id[i];
    return n;
}

/* ---- spawning: in the child ------------------------------------------------------------------ */

enum stage { STAGE_DESCRIPTORS, STAGE_LIMITS, STAGE_ID, STAGE_FILTER, STAGE_EXEC, STAGES };
static const char *const stage_names[] = {"descriptors", "limits", "student's id",
                                          "system call filter", "exec"};
_Static_assert(sizeof stage_names / sizeof *stage_names == STAGES, "a name for every stage");

enum { STACK_ROOM = 64 << 10 }; /* more than anything up to exec takes */

struct report { /* from the child, if it does not come to exec */
    enum stage stage;
    int error;
};

struct plan { /* what the child needs, looked up before the fork */
    const struct box_spec *spec;
    const struct box_command *command;
    const char *const *env;
    const char *path;   /* $PATH of the command */
    const char **shell; /* argv for a script without #!: sh, file, arguments */
    int report;         /* socket */
};

static _Noreturn void give_up(const struct plan *plan, enum stage stage)
{
    struct report report = {stage, errno};
    send(plan->report, &report, sizeof report, MSG_NOSIGNAL);
    _exit(127);
}

static void send_listener(const struct plan *plan, int listener)
{
    char byte = 0;
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.space,
                             .msg_controllen = sizeof control.space};
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.header), &listener, sizeof listener);
    if (sendmsg(plan->report, &message, MSG_NOSIGNAL) < 0)
        give_up(plan, STAGE_FILTER);
    close(listener);
}

static void reset_signals(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int s = 1; s < NSIG; s++)
        sigaction(s, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

bool box_give(int fd)
{
    return inside.shared_ids || fchown(fd, BOX_STUDENT, BOX_STUDENT) == 0;
}

bool box_students_have_own_id(void)
{
    return !inside.shared_ids;
}

/* A student may open /dev/stdout, as on a terminal of one's own: pipes and ptys belong to whoever
 * made them, which is the driver. */
static void give_if_own(int fd)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && st.st_uid == 0 && (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) &&
        !box_give(fd))
        return; /* something of the host's */
}

/* 0, 1, 2 and nothing else. The sources are first moved out of the way of the targets. */
static void set_descriptors(struct plan *plan)
{
    int from[3] = {plan->command->in, plan->command->out, plan->command->err};
    for (int i = 0; i < 3; i++) {
        from[i] = from[i] < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC)
                              : fcntl(from[i], F_DUPFD_CLOEXEC, 3);
        if (from[i] < 0)
            give_up(plan, STAGE_DESCRIPTORS);
    }
    for (int i = 0; i < 3; i++) {
        give_if_own(from[i]);
        if (dup2(from[i], i) < 0)
            give_up(plan, STAGE_DESCRIPTORS);
    }
    if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
        give_up(plan, STAGE_DESCRIPTORS);
}

/* The process's own /proc files belong to nobody inside while it is not dumpable. It is a moment's
 * copy of the driver, still with the driver's id: students cannot reach it. */
static void first_to_go_when_memory_is_short(void)
{
    prctl(PR_SET_DUMPABLE, 1);
    write_self("/proc/self/oom_score_adj", "1000");
    prctl(PR_SET_DUMPABLE, 0);
}

static bool become_student(void)
{
    if (inside.shared_ids)
        return setns(inside.student_users, CLONE_NEWUSER) == 0;
    return setresgid(BOX_STUDENT, BOX_STUDENT, BOX_STUDENT) == 0 &&
           setresuid(BOX_STUDENT, BOX_STUDENT, BOX_STUDENT) == 0;
}

/* Like execvpe, but with the command's own PATH, and without memory from the heap. */
static void exec_command(const struct plan *plan)
{
    char *const *argv = (char *const *)plan->command->argv, *const *env = (char *const *)plan->env;
    const char *name = argv[0];
    char file[4096];
    int error = ENOENT;
    bool searched = strchr(name, '/') == NULL;
    for (const char *p = searched ? plan->path : ""; p; p = *p ? p + 1 : NULL) {
        const char *end = strchrnul(p, ':');
        size_t n = (size_t)(end - p);
        if (n + strlen(name) + 2 > sizeof file) {
            errno = ENAMETOOLONG;
            return;
        }
        memcpy(file, p, n);
        file[n] = '/';
        memcpy(file + n + (searched ? 1 : 0), name, strlen(name) + 1);
        execve(file, argv, env);
        if (errno == ENOEXEC) {
            plan->shell[1] = file;
            execve("/bin/sh", (char *const *)plan->shell, env);
        }
        if (errno != ENOENT && errno != ENOTDIR)
            error = errno;
        p = end;
        if (!*p)
            break;
    }
    errno = error;
}

/* Until exec, RLIMIT_AS counts what the driver has mapped, which may be more already: the stack could not
 * grow any further once the limits stand. So it does before. */
static __attribute__((noinline)) void grow_stack(void)
{
    volatile char room[STACK_ROOM];
    for (size_t i = 0; i < sizeof room; i += 1024)
        room[i] = 0;
}

static _Noreturn void become(struct plan *plan)
{
    grow_stack();
    if (plan->command->session)
        setsid();
    reset_signals();
    umask(022);
    set_descriptors(plan);
    first_to_go_when_memory_is_short();
    personality(ADDR_NO_RANDOMIZE);
    struct limits limits = plan->spec->limits;
    if (plan->spec->kind == BOX_DEBUG)
        limits.cpu_seconds = LONG_SECONDS;
    if (chdir(BOX_WORK) < 0 || !limits_rlimits(&limits))
        give_up(plan, STAGE_LIMITS);
    if (!become_student())
        give_up(plan, STAGE_ID);
    int listener = filter_install(plan->command->watch);
    if (listener < 0)
        give_up(plan, STAGE_FILTER);
    if (plan->command->watch)
        send_listener(plan, listener);
    if (plan->command->before_exec)
        plan->command->before_exec(plan->command->before_exec_arg);
    exec_command(plan);
    give_up(plan, STAGE_EXEC);
}

/* ---- spawning: in PID 1 ---------------------------------------------------------------------- */

static const char *path_of(const char *const *env)
{
    for (; *env; env++)
        if (strncmp(*env, "PATH=", 5) == 0)
            return *env + 5;
    return "/usr/bin:/bin";
}

static size_t length(const char *const *argv)
{
    size_t n = 0;
    while (argv[n])
        n++;
    return n;
}

/* Takes what the child sends until exec or death closes its end. */
static struct report listen_to(int from, int *listener)
{
    struct report report = {STAGE_EXEC, 0};
    for (;;) {
        struct report part;
        union {
            struct cmsghdr header;
            char space[CMSG_SPACE(sizeof(int))];
        } control;
        struct iovec data = {&part, sizeof part};
        struct msghdr message = {.msg_iov = &data,
                                 .msg_iovlen = 1,
                                 .msg_control = control.space,
                                 .msg_controllen = sizeof control.space};
        ssize_t n = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return report;
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        if (c && c->cmsg_type == SCM_RIGHTS)
            memcpy(listener, CMSG_DATA(c), sizeof *listener);
        else if (n == (ssize_t)sizeof part)
            report = part;
    }
}

/* The kernel's own check comes one process late at a change of uid, and not at all where students
 * share the driver's; what students fork themselves it bounds exactly. */
static bool room_for_one_more(unsigned limit)
{
    unsigned alive = 0;
    DIR *proc = opendir("/proc");
    for (struct dirent *e; proc && (e = readdir(proc)) != NULL;)
        alive += e->d_name[0] >= '1' && e->d_name[0] <= '9';
    if (proc)
        closedir(proc);
    return alive <= limit; /* PID 1 is not a student's */
}

bool box_spawn(const struct box_spec *spec, const struct box_command *command,
               struct box_child *child)
{
    *child = (struct box_child){.pid = -1, .listener = -1};
    if (!room_for_one_more(spec->limits.processes)) {
        errno = EAGAIN;
        return false;
    }
    int report[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, report) < 0)
        die_errno("descriptors in the sandbox");
    const char *const *env = command->env ? command->env : box_environment;
    size_t n = length(command->argv);
    const char *shell[n + 2];
    memcpy(shell + 1, command->argv, (n + 1) * sizeof *shell);
    shell[0] = "sh"; /* and [1] the file, once it is found */
    struct plan plan = {.spec = spec,
                        .command = command,
                        .env = env,
                        .path = path_of(env),
                        .shell = shell,
                        .report = report[1]};
    child->pid = fork();
    if (child->pid == 0)
        become(&plan);
    int error = child->pid < 0 ? errno : 0;
    close(report[1]);
    struct report r = {STAGE_EXEC, error};
    if (child->pid > 0)
        r = listen_to(report[0], &child->listener);
    close(report[0]);
    if (r.error == 0)
        return true;
    if (child->pid > 0)
        waitpid(child->pid, NULL, 0);
    if (child->listener >= 0)
        close(child->listener);
    if (r.stage != STAGE_EXEC)
        die("starting a process in the sandbox", "%s: %s", stage_names[r.stage], strerror(r.error));
    *child = (struct box_child){.pid = -1, .listener = -1};
    errno = r.error;
    return false;
}

/* ---- killing --------------------------------------------------------------------------------- */

void box_kill_rest(void (*reaped)(void *arg, pid_t pid, int status), void *arg)
{
    for (;;) {
        kill(-1, SIGKILL); /* one walk over all processes, in which no fork can slip through */
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 && errno == ECHILD)
            return;
        if (pid > 0 && reaped)
            reaped(arg, pid, status);
    }
}

/* A namespace's message queues are freed some time after its last process has ended. An ordinary
 * user's next box would find the user's limit for them used up. */
void init_release(void)
{
    box_kill_rest(NULL, NULL);
    DIR *queues = opendir("/dev/mqueue");
    for (struct dirent *e; queues && (e = readdir(queues)) != NULL;)
        unlinkat(dirfd(queues), e->d_name, 0);
    if (queues)
        closedir(queues);
}

/* ---- IPC ids --------------------------------------------------------------------------------- */

/* Creates and removes one object of each kind, which moves the kernel's counters on. */
static void use_up_an_id(void)
{
    shmctl(shmget(IPC_PRIVATE, 1, 0600), IPC_RMID, NULL);
    msgctl(msgget(IPC_PRIVATE, 0600), IPC_RMID, NULL);
    semctl(semget(IPC_PRIVATE, 1, 0600), 0, IPC_RMID);
}

/* A sysctl names the id that comes next, once. What comes after is counted on, so 0 is used up
 * first. */
void box_first_ids(int first)
{
    if (first < 0)
        return;
    if (first > 0)
        use_up_an_id();
    char id[16];
    int n = snprintf(id, sizeof id, "%d", first);
    for (int i = 0; i < 3; i++)
        if (inside.next_id[i] >= 0)
            (void)!pwrite(inside.next_id[i], id, (size_t)n, 0);
}

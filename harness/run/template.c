/* template.c - making, using and giving up templates: see template.h. */
#include "run/template.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "base/fs.h"

enum { MOST = 16, PATIENCE_S = 3, GIVEN = 3 };

struct template
{
    const char *command; /* all words, each ended by \1 */
    bool came;           /* started in the ordinary way, it came to the probe */
    bool useless;        /* has been tried */
    pid_t pid;           /* 0: there is none yet */
    int control, listener;
    int core;         /* it is pinned to */
    struct stat file; /* of the program: it may be written anew */
};

struct templates {
    struct arena *arena;
    struct template all[MOST];
    int count, alive;
};

struct templates *templates_new(struct arena *arena)
{
    struct templates *t = arena_alloc(arena, sizeof *t);
    t->arena = arena;
    return t;
}

/* ---- which ------------------------------------------------------------------------------------- */

static bool same_words(const char *kept, const char *const argv[])
{
    for (; *argv; argv++) {
        size_t n = strlen(*argv);
        if (strncmp(kept, *argv, n) != 0 || kept[n] != '\1')
            return false;
        kept += n + 1;
    }
    return !*kept;
}

static const char *words(struct arena *arena, const char *const argv[])
{
    const char *all = "";
    for (; *argv; argv++)
        all = arena_printf(arena, "%s%s\1", all, *argv);
    return all;
}

static struct template *template_of(struct templates *all, const char *const argv[])
{
    for (int i = 0; i < all->count; i++)
        if (same_words(all->all[i].command, argv))
            return &all->all[i];
    if (all->count == MOST)
        return NULL;
    struct template *t = &all->all[all->count++];
    *t = (struct template){.command = words(all->arena, argv), .control = -1, .listener = -1};
    return t;
}

bool is_template(const struct run *run, pid_t pid)
{
    const struct templates *all = run->templates;
    for (int i = 0; all && i < all->count; i++)
        if (all->all[i].pid == pid)
            return true;
    return false;
}

void templates_note(struct run *run)
{
    for (int i = 0; i < run->process_count; i++) {
        struct process *p = run->processes[i];
        struct world_task task;
        if (p->template && !p->template->came)
            p->template->came = world_task_at(run->world, p->task, &task) && task.arrived;
    }
}

/* ---- making and giving up ---------------------------------------------------------------------- */

static void give_up(struct templates *all, struct template *t)
{
    kill(t->pid, SIGKILL);
    waitpid(t->pid, NULL, 0); /* or the attendant has */
    close(t->control);
    if (t->listener >= 0)
        close(t->listener);
    t->pid = 0;
    t->control = t->listener = -1;
    t->useless = true;
    all->alive--;
}

static void ask_to_serve(void *run)
{
    world_ask_template(((struct run *)run)->world);
}

/* Our end says who writes; a template that says nothing is not waited for long. */
static bool control_pair(int pair[2])
{
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int yes = 1;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 &&
           setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == 0 &&
           setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0;
}

static void make(struct run *run, struct template *t, const struct box_command *command)
{
    struct box_command serve = *command;
    struct box_spec spec = *run->spec;
    struct box_child child;
    int pair[2];

    if (!control_pair(pair))
        die_errno("descriptors in the sandbox");
    spec.limits.processes += MOST;
    serve.in = pair[1];
    serve.out = serve.err = -1;
    serve.before_exec = ask_to_serve;
    t->core = -1;
    if (stat(command->argv[0], &t->file) == 0 && box_spawn(&spec, &serve, &child)) {
        t->pid = child.pid;
        t->listener = child.listener;
        t->control = pair[0];
        run->templates->alive++;
        if (t->listener >= 0)
            attendant_watch(t->listener);
    } else {
        t->useless = true;
        close(pair[0]);
    }
    close(pair[1]);
}

/* ---- using ------------------------------------------------------------------------------------- */

static bool send_request(const struct template *t, struct probe_fork_request request,
                         const struct box_command *command)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * GIVEN)];
    } control = {.header = {.cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS,
                            .cmsg_len = CMSG_LEN(sizeof(int) * GIVEN)}};
    int descriptor[GIVEN] = {command->in, command->out, command->err};
    struct iovec data = {&request, sizeof request};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.space,
                             .msg_controllen = sizeof control.space};
    memcpy(CMSG_DATA(&control.header), descriptor, sizeof descriptor);
    return sendmsg(t->control, &message, MSG_NOSIGNAL) == (ssize_t)sizeof request;
}

/* The process that the template has made; 0 with errno. */
static pid_t receive_answer(const struct template *t)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct probe_fork_answer answer;
    struct iovec data = {&answer, sizeof answer};
    struct msghdr message;
    struct ucred who;
    ssize_t n;

    do {
        message = (struct msghdr){.msg_iov = &data,
                                  .msg_iovlen = 1,
                                  .msg_control = control.space,
                                  .msg_controllen = sizeof control.space};
        n = recvmsg(t->control, &message, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    errno = EPROTO;
    if (n != sizeof answer || !c || c->cmsg_type != SCM_CREDENTIALS)
        return 0;
    memcpy(&who, CMSG_DATA(c), sizeof who);
    if (!answer.error && who.pid > 1 && who.pid != t->pid)
        return who.pid;
    errno = answer.error == EAGAIN || answer.error == ENOMEM ? answer.error : EPROTO;
    return 0;
}

/* What it makes stays where we are: see stay_here() in explore.c. */
static void bring_here(struct template *t)
{
    cpu_set_t here;
    int core = sched_getcpu();
    if (core == t->core || sched_getaffinity(0, sizeof here, &here) != 0)
        return;
    sched_setaffinity(t->pid, sizeof here, &here);
    t->core = CPU_COUNT(&here) == 1 ? core : -1;
}

static bool is_current(const struct template *t, const char *program)
{
    struct stat now;
    return stat(program, &now) == 0 && now.st_ino == t->file.st_ino &&
           now.st_size == t->file.st_size && now.st_mtim.tv_sec == t->file.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == t->file.st_mtim.tv_nsec;
}

/* False with errno; EPROTO if the template is to blame. */
static bool fork_off(struct run *run, struct template *t, const struct box_command *command,
                     struct box_child *child)
{
    struct probe_fork_request request = {.task = run->next_task,
                                         .processes = run->spec->limits.processes +
                                                      (unsigned)run->templates->alive};
    bring_here(t);
    if (!box_give(command->out) || !box_give(command->err))
        return false;
    *child = (struct box_child){.pid = -1, .listener = -1};
    if (send_request(t, request, command))
        child->pid = receive_answer(t);
    else
        errno = EPROTO;
    return child->pid > 0;
}

static bool spawn_plainly(struct run *run, const struct box_command *command,
                          struct box_child *child)
{
    struct box_spec spec = *run->spec;
    spec.limits.processes += (unsigned)run->templates->alive;
    return box_spawn(&spec, command, child);
}

bool templates_spawn(struct run *run, const struct box_command *command, struct box_child *child)
{
    struct templates *all = run->templates;
    struct template *t = template_of(all, command->argv);

    if (t && t->pid && !is_current(t, command->argv[0])) {
        give_up(all, t);
        t->useless = false;
    }
    if (t && t->came && !t->pid && !t->useless)
        make(run, t, command);
    if (t && t->pid) {
        if (fork_off(run, t, command, child) || errno != EPROTO)
            return child->pid > 0;
        give_up(all, t);
    }
    bool ok = spawn_plainly(run, command, child);
    run->next_template = t;
    return ok;
}

/* ---- all of them ------------------------------------------------------------------------------- */

bool templates_answer(struct run *run)
{
    struct templates *all = run->templates;
    bool any = false;
    for (int i = 0; all && i < all->count; i++) {
        struct template *t = &all->all[i];
        struct pollfd listener = {.fd = t->listener, .events = POLLIN};
        if (t->listener < 0 || poll(&listener, 1, 0) <= 0)
            continue;
        if (listener.revents & POLLIN) {
            watch_answer(run, t->listener);
            any = true;
        } else { /* POLLHUP: it has been killed */
            close(t->listener);
            t->listener = -1;
        }
    }
    return any;
}

/* /proc, at the entry of process 1: the files, of which there are many, come before. Where an entry stands is
 * known from the one before it: what stands behind it changes. */
static DIR *processes(void)
{
    static DIR *proc;
    static long first;
    if (!proc)
        proc = opendir("/proc");
    if (!proc)
        die_errno("/proc of the box");
    seekdir(proc, first);
    while (!first) {
        long here = telldir(proc);
        const struct dirent *e = readdir(proc);
        if (!e)
            die("/proc of the box", "process 1 is not in it");
        if (strcmp(e->d_name, "1") == 0)
            first = here;
    }
    return proc;
}

bool templates_kill_others_once(const struct run *run, bool reap)
{
    bool any = false;
    DIR *proc = processes();
    for (struct dirent *e; (e = readdir(proc)) != NULL;) {
        pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
        if (pid <= 1 || is_template(run, pid))
            continue;
        any = true;
        kill(pid, SIGKILL);
        if (reap)
            waitpid(pid, NULL, __WALL); /* one whose parent was not us yet: in the next round */
    }
    return any;
}

/* Who forks faster than we walk is killed in one sweep, and the templates with them. */
bool templates_kill_others(struct run *run)
{
    enum { ROUNDS = 50 };
    struct templates *all = run->templates;
    for (int i = 0; i < ROUNDS; i++)
        if (!templates_kill_others_once(run, true))
            return i > 0;
    box_kill_rest(NULL, NULL);
    for (int i = 0; i < all->count; i++)
        if (all->all[i].pid) {
            give_up(all, &all->all[i]);
            all->all[i].useless = false;
        }
    return true;
}

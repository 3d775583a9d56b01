/*
 * process.c - starts the student's programs, knows who descends from whom, and acts upon them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/die.h"
#include "base/fs.h"
#include "run/template.h"
#include "run/world.h"

/* ---- who is who ------------------------------------------------------------------------------ */

static struct member *member_find(struct run *run, pid_t pid)
{
    for (int i = run->member_count - 1; i >= 0; i--) /* the latest first: pids may come again */
        if (run->members[i].pid == pid)
            return &run->members[i];
    return NULL;
}

static struct member *member_add(struct run *run, pid_t pid, struct process *of, bool child)
{
    if (run->member_count == MAX_MEMBERS)
        return NULL;
    struct member *m = &run->members[run->member_count++];
    *m = (struct member){pid, of, child};
    return m;
}

/* The thread group and ancestry of a pid or tid that no look has shown yet. */
static struct member *member_meet(struct run *run, const struct task *task)
{
    struct member *m = member_find(run, task->pid);
    if (m)
        return m;
    struct member *parent = member_find(run, task->parent);
    if (!parent)
        parent = member_find(run, task->session);
    if (!parent)
        return NULL;
    return member_add(run, task->pid, parent->of, true);
}

void members_update(struct run *run, const struct snapshot *snapshot)
{
    for (int i = 0; i < snapshot->count; i++)
        member_meet(run, &snapshot->tasks[i]);
}

static pid_t thread_group(pid_t tid)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", tid);
    FILE *status = fopen(path, "re");
    pid_t group = tid;
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "Tgid: %d", &group) == 1)
            break;
    if (status)
        fclose(status);
    return group;
}

static struct member *member_of(struct run *run, pid_t tid)
{
    struct member *m = member_find(run, tid);
    if (m)
        return m;
    pid_t group = thread_group(tid);
    struct task task = task_observe(group, group);
    return member_meet(run, &task);
}

struct process *process_of(struct run *run, pid_t pid)
{
    struct member *m = member_of(run, pid);
    return m ? m->of : NULL;
}

/* The program that a process executes, by the kernel's short name for it; "" if it is gone. */
static const char *executed(struct run *run, pid_t pid)
{
    char path[64], name[32];
    snprintf(path, sizeof path, "/proc/%d/comm", pid);
    cleanup_fd int comm = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = comm < 0 ? 0 : read(comm, name, sizeof name - 1);
    name[n > 0 ? n : 0] = '\0';
    name[strcspn(name, "\n")] = '\0';
    return arena_strdup(run->arena, name);
}

bool process_is_another_program(struct run *run, pid_t pid)
{
    const struct process *p = process_of(run, pid);
    const char *program = executed(run, pid);
    return p && *program && strncmp(program, p->program, strlen(program)) != 0;
}

/* A daemon: it has left the session of the program that it descends from. */
static bool is_detached(struct run *run, pid_t pid)
{
    pid_t session = task_observe(pid, pid).session;
    for (int i = 0; i < run->process_count; i++)
        if (run->processes[i]->pid == session)
            return false;
    return session > 0;
}

/* "consumer#1", "consumer#1 (child)", "pipeline#1 (wc)", "server (detached)". Children are not
 * numbered, and daemons not traced back: it depends on when we looked how much of that can be known,
 * and the same run must always be told in the same words. */
const char *process_label(struct run *run, pid_t pid)
{
    if (is_detached(run, pid))
        return arena_printf(run->arena, "%s (detached)", executed(run, pid));
    struct member *m = member_of(run, pid);
    if (!m)
        return "?";
    if (!m->child)
        return m->of->name;
    return arena_printf(run->arena, "%s (%s)", m->of->name,
                        process_is_another_program(run, pid) ? executed(run, pid) : "child");
}

static bool blocked(const struct task *t)
{
    return t->activity == TASK_BLOCKED || t->activity == TASK_STOPPED;
}

/* All its tasks blocked in both looks and not run between them. */
bool process_settled(const struct process *p)
{
    const struct run *run = p->run;
    if (p->ended)
        return true;
    if (!run->before_valid || !run->seen_valid)
        return false;
    int now = 0, then = 0;
    uint64_t switches_now = 0, switches_then = 0;
    for (int i = 0; i < run->seen->count; i++) {
        const struct task *t = &run->seen->tasks[i];
        if (t->pid != p->pid)
            continue;
        if (!blocked(t))
            return false;
        now++;
        switches_now += t->switches;
    }
    for (int i = 0; i < run->before->count; i++) {
        const struct task *t = &run->before->tasks[i];
        if (t->pid != p->pid)
            continue;
        if (!blocked(t))
            return false;
        then++;
        switches_then += t->switches;
    }
    return now > 0 && now == then && switches_now == switches_then;
}

const struct task *process_task(const struct run *run, const struct process *p)
{
    for (int i = 0; i < run->seen->count; i++)
        if (run->seen->tasks[i].pid == p->pid)
            return &run->seen->tasks[i];
    return NULL;
}

/* ---- starting -------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

enum { LONGEST_WORD_SHOWN = 80 };

/* One argument as one would type it to a shell; of a very long one only how it begins. */
static const char *as_typed(struct run *run, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./,:+=@%^";
    size_t length = strlen(word);
    if (length > LONGEST_WORD_SHOWN)
        return text(run, "'%.40s...' (%zu bytes)", word, length);
    if (length && strspn(word, plain) == length)
        return word;
    const char *quoted = "'";
    for (size_t n; (n = strcspn(word, "'")) < strlen(word); word += n + 1)
        quoted = text(run, "%s%.*s'\\''", quoted, (int)n, word);
    return text(run, "%s%s'", quoted, word);
}

static const char *joined(struct run *run, const char *const argv[])
{
    const char *all = argv[0];
    for (int i = 1; argv[i]; i++)
        all = text(run, "%s %s", all, as_typed(run, argv[i]));
    return all;
}

/* A file that holds the input and can only be read. */
static int input_file(const char *input, size_t length)
{
    char path[64];
    int fd = memfd_create("input", MFD_CLOEXEC);
    if (fd < 0 || write(fd, input, length) != (ssize_t)length)
        die_errno("input of a program");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int readable = open(path, O_RDONLY | O_CLOEXEC);
    if (readable < 0)
        die_errno("input of a program");
    close(fd);
    return readable;
}

static struct process *process_new(struct run *run, const char *const argv[], bool tool)
{
    if (run->process_count == MAX_PROCESSES)
        die(run->scenario->name, "the scenario starts more than %d programs", MAX_PROCESSES);
    struct process *p = arena_alloc(run->arena, sizeof *p);
    p->run = run;
    p->program = base_name(argv[0]);
    p->tool = tool;
    p->listener = -1;
    int nth = 1;
    for (int i = 0; i < run->process_count; i++)
        nth += strcmp(run->processes[i]->program, p->program) == 0;
    p->name = arena_printf(run->arena, "%s#%d", p->program, nth);
    return p;
}

/* The ordinary environment, and the probe for programs that were not linked with it. */
static const char *const *probed_environment(struct run *run)
{
    int n = 0;
    while (box_environment[n])
        n++;
    const char **env = arena_array(run->arena, const char *, n + 2);
    memcpy(env, box_environment, sizeof *env * (size_t)n);
    env[n] = "LD_PRELOAD=" BOX_PROBE "/libipcprobe.so";
    return env;
}

static struct process *launch(struct run *run, const char *input, size_t length,
                              const char *const argv[], bool tool)
{
    struct process *p = process_new(run, argv, tool);
    p->command = joined(run, argv);
    if (run->process_count == 0)
        run->at_start =
            census_take(run->arena, BOX_WORK); /* what stands by now is the scenario's own */
    event(run, "started %s: %s", p->name, p->command);

    int out, err, in = input ? input_file(input, length) : -1;
    capture_open(run, &p->out, &out);
    capture_open(run, &p->err, &err);
    struct box_command command = {.argv = argv,
                                  .in = input ? in : out,
                                  .out = out,
                                  .err = err,
                                  .session = true,
                                  .watch = !run->world || !box_students_have_own_id(),
                                  .env = run->world ? probed_environment(run) : NULL,
                                  .before_exec = run->world ? turn_become : NULL,
                                  .before_exec_arg = run};
    struct box_child child;
    if (run->world)
        run->next_task = world_add(run->world, p->name,
                                   tool ? PROBE_TOOL : 0); /* never PROBE_NOBODY: 128 < 256 */
    pthread_mutex_lock(&run->lock); /* the attendant must not reap it before it is known */
    run->next_template = NULL;
    bool ok = run->world ? templates_spawn(run, &command, &child)
                         : box_spawn(run->spec, &command, &child);
    int error = errno;
    if (ok) {
        p->pid = child.pid;
        p->listener = child.listener;
        p->task = run->next_task;
        p->template = run->next_template;
        run->processes[run->process_count++] = p;
        member_add(run, p->pid, p, false);
        attendant_watch_terminal(p->out.terminal.master);
        attendant_watch_terminal(p->err.terminal.master);
        if (p->listener >= 0)
            attendant_watch(p->listener);
    }
    pthread_mutex_unlock(&run->lock);
    close(out);
    close(err);
    if (in >= 0)
        close(in);
    if (!ok && (error == EAGAIN || error == ENOMEM))
        fail(run, "process-limit", p,
             "%s could not be started: the processes of this scenario already use up the limit of "
             "%u",
             p->name, run->spec->limits.processes);
    if (!ok)
        fail(run, "crash", p, "%s could not be started: %s", p->command, strerror(error));
    return p;
}

/* The student's programs lie in the work folder, which is not in PATH. */
static const char *const *local(struct run *run, const char *const argv[])
{
    int n = 0;
    while (argv[n])
        n++;
    const char **copy = arena_array(run->arena, const char *, n + 1);
    memcpy(copy, argv, sizeof *copy * (size_t)n);
    copy[0] = arena_printf(run->arena, "./%s", argv[0]);
    return copy;
}

struct process *start_argv(struct run *run, const char *const argv[])
{
    return launch(run, NULL, 0, local(run, argv), false);
}

struct process *start_argv_with_input(struct run *run, const char *input, const char *const argv[])
{
    return launch(run, input ? input : "", input ? strlen(input) : 0, local(run, argv), false);
}

struct process *start_command(struct run *run, const struct command *command)
{
    return launch(run, command->input, command->input_length, command->argv, false);
}

struct process *start_tool_argv(struct run *run, const char *const argv[])
{
    return launch(run, NULL, 0, argv, true);
}

/* ---- acting on them -------------------------------------------------------------------------- */

/* A kernel worker brings what was written from one side of a terminal to the other, and no look
 * shows it: a reader would seem blocked with its input on the way. Polling the slave's side waits
 * for that worker (n_tty_poll); from then on input is there, or its readers are awake. */
static void deliver(const struct capture *terminal)
{
    cleanup_fd int slave =
        ioctl(terminal->terminal.master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct pollfd side = {.fd = slave, .events = POLLIN};
    if (slave >= 0)
        poll(&side, 1, 0);
}

static void type_bytes(struct process *p, const char *bytes, size_t length)
{
    while (length) {
        ssize_t n = write(p->out.terminal.master, bytes, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) /* EAGAIN: it has not read what was typed before; EIO: it has ended */
            return;
        bytes += n;
        length -= (size_t)n;
    }
    deliver(&p->out);
}

void type_text(struct process *p, const char *input)
{
    event(p->run, "typed \"%s\" to %s", input, p->name);
    type_bytes(p, input, strlen(input));
}

void end_input(struct process *p)
{
    event(p->run, "ended the input of %s", p->name);
    type_bytes(p, "\x04", 1);
}

void send_signal(struct process *p, int signal)
{
    event(p->run, "sent %s to %s",
          sigabbrev_np(signal) ? text(p->run, "SIG%s", sigabbrev_np(signal))
                               : number(p->run, signal),
          p->name);
    turn_point_of_driver(p->run);
    pthread_mutex_lock(&p->run->lock); /* not reaped meanwhile, so the pid is still its own */
    if (!p->ended)
        kill(p->pid, signal);
    pthread_mutex_unlock(&p->run->lock);
}

void kill_now(struct process *p)
{
    send_signal(p, SIGKILL);
    wait_end(p);
}

static bool all_ended(void *arg)
{
    const struct run *run = arg;
    for (int i = 0; i < run->process_count; i++)
        if (!run->processes[i]->ended)
            return false;
    return run->seen_valid && run->seen->count == 0;
}

void kill_everyone(struct run *run)
{
    event(run, "killed every process");
    do
        if (run->world)
            templates_kill_others_once(run, false);
        else
            kill(-1, SIGKILL);
    while (!await(run, all_ended, run) && run->rest == AT_REST);
}

pid_t pid_of(const struct process *p)
{
    return p->pid;
}

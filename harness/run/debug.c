/*
 * debug.c - one process of a schedule under gdb (see debug.h).
 *
 * gdb runs inside the box, as the driver's equal: there it needs nobody's leave to attach (the driver owns
 * the students' user namespace, also for an ordinary user), finds the libraries and pids that the process
 * has, can harm no more than the box if the program is made to break debuggers, and dies with the box at the
 * latest.
 *
 * The process waits at a gate, with its first turn (probe/debug.c). gdb attaches, opens the gate, and lets it
 * go on to the first line of the student's code. From then on the turns do the rest: who has the turn may
 * stand still for as long as a person looks. All patience that is counted in real time or CPU
 * time is off meanwhile.
 *
 * Where the schedule ends with the process waiting for ever, gdb gets it stopped there by a SIGTRAP, as the
 * probe's waits block the signal of a Ctrl-C.
 */
#include "run/debug.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/die.h"
#include "base/fs.h"
#include "run/furnish.h"
#include "run/symbol.h"
#include "run/world.h"

struct debugging {
    struct world_gate gate;
    int gdb;         /* pidfd */
    int last_pid;    /* before gdb took some */
    bool open, over; /* the gate; gdb has ended */
};

/* ---- gdb's command line ---------------------------------------------------------------------- */

struct words {
    struct arena *arena;
    const char **list;
    int count;
};

static void add(struct words *w, const char *word)
{
    w->list = arena_grow(w->arena, w->list, w->count, sizeof *w->list);
    w->list[w->count++] = word;
}

static void add_command(struct words *w, const char *when, const char *command)
{
    add(w, when);
    add(w, command);
}

static bool knows_main(struct run *run, int pid)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/%d/exe", pid);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    return symbol_exists(run->symbols, path, "main");
}

/* Attaches without a word, as what is to be seen there is ours, and says that it has hold of the process. An
 * error ends it at once. */
static const char *attaching(struct run *run, const struct world_gate *gate)
{
    return text(run,
                "set logging file /dev/null\nset logging redirect on\nset $attached = 0\n"
                "set logging enabled on\nattach %d\nset var *(unsigned int *)%p = %u\n%s\n"
                "set $attached = 1\n",
                gate->pid, gate->address, gate->holds,
                gate->is_main && knows_main(run, gate->pid)
                    ? "tbreak -qualified main"
                    : text(run, "tbreak *%#llx", (unsigned long long)gate->next));
}

static const char attached[] =
    "if $attached == 0\n  quit\nend\nset logging enabled off\ncontinue\n";

/* What comes from a file is not echoed. */
static const char *script(struct run *run, const char *name, const char *commands)
{
    const char *path = text(run, "%s/%s", BOX_PROBE, name);
    cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, commands, strlen(commands)) != (ssize_t)strlen(commands))
        die_errno("%s", path);
    return path;
}

/* Nothing is loaded that the program or its folder would have gdb execute. No threads of its own: they would
 * take pids. */
static const char *const *words_for_gdb(struct run *run, const struct world_gate *gate)
{
    static const char *const settings[] = {"set confirm off",
                                           "set debuginfod enabled off",
                                           "set auto-load gdb-scripts off",
                                           "set auto-load python-scripts off",
                                           "maint set worker-threads 0",
                                           NULL};
    const struct debug *d = run->options->debug;
    struct words w = {.arena = run->arena};
    add(&w, "gdb");
    add(&w, "-q");
    add(&w, "-nx");
    for (const char *const *s = settings; *s; s++)
        add_command(&w, "-iex", *s);
    if (d->compiled_in)
        add_command(&w, "-iex",
                    text(run, "set substitute-path %s %s", d->compiled_in,
                         d->sources ? BOX_SOURCES : BOX_WORK));
    add_command(&w, "-x", script(run, "attach", attaching(run, gate)));
    add_command(&w, "-x", script(run, "attached", attached));
    for (const char *const *c = d->commands; *c; c++)
        add_command(&w, "-ex", *c);
    add(&w, NULL);
    return w.list;
}

/* HOME is a folder that holds nothing to be read at the start. */
static const char *const *environment_for_gdb(struct run *run)
{
    const char **env = arena_array(run->arena, const char *, 7);
    const char *const all[] = {
        "PATH=/usr/bin:/bin", "HOME=/",
        "SHELL=/bin/sh",      "LANG=C.UTF-8",
        "PYTHONNOUSERSITE=1", text(run, "TERM=%s", run->options->debug->term)};
    memcpy(env, all, sizeof all);
    return env;
}

/* ---- starting it ----------------------------------------------------------------------------- */

static void reset_signals(void)
{
    sigset_t none;
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int s = 1; s < NSIG; s++)
        sigaction(s, &standard, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child of a process with more threads: async-signal-safe calls only. */
static _Noreturn void become_gdb(const struct debug *d, const char *const *argv,
                                 const char *const *env)
{
    int wanted[3] = {d->in, d->out, d->err};
    reset_signals();
    setsid();
    for (int fd = 0; fd < 3; fd++) {
        int from = wanted[fd] >= 0 ? wanted[fd] : open("/dev/null", O_RDWR | O_CLOEXEC);
        if (from != fd && dup2(from, fd) < 0)
            _exit(127);
    }
    if (d->terminal)
        ioctl(STDIN_FILENO, TIOCSCTTY, 0);
    close_range(3, ~0u, 0);
    if (chdir("/") == 0)
        execve(GDB, (char *const *)argv, (char *const *)env);
    _exit(127);
}

static int start_gdb(struct run *run, const struct world_gate *gate)
{
    const char *const *argv = words_for_gdb(run, gate), *const *env = environment_for_gdb(run);
    pthread_mutex_lock(&run->lock); /* the attendant must not reap it before it has a descriptor */
    pid_t pid = fork();
    if (pid == 0)
        become_gdb(run->options->debug, argv, env);
    int fd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    int error = errno;
    pthread_mutex_unlock(&run->lock);
    if (fd < 0)
        die("gdb", "cannot be started: %s", strerror(error));
    return fd;
}

static bool has_ended(const struct debugging *d, int milliseconds)
{
    struct pollfd gdb = {.fd = d->gdb, .events = POLLIN};
    return poll(&gdb, 1, milliseconds) == 1;
}

/* Pids are the same as without gdb, which has its own elsewhere. */
void debug_attend(struct run *run)
{
    enum { FIRST_PID_OF_GDB = 20000 };
    struct world_gate gate;
    if (!run->options->debug || !world_gate(run->world, &gate))
        return;
    if (!run->debugging) {
        run->debugging = arena_alloc(run->arena, sizeof *run->debugging);
        *run->debugging = (struct debugging){.gate = gate, .last_pid = box_last_pid()};
        box_set_last_pid(FIRST_PID_OF_GDB);
        run->debugging->gdb = start_gdb(run, &gate);
    } else if (gate.held && !run->debugging->open) {
        box_set_last_pid(run->debugging->last_pid);
        run->debugging->open = true;
        world_open_gate(run->world);
    } else if (!run->debugging->over && has_ended(run->debugging, 0)) {
        if (!gate.held)
            die("gdb", "could not attach to %s", run->options->debug->process);
        run->debugging->over = true;
    }
}

bool debug_goes_on(const struct run *run)
{
    return run->options->debug && !(run->debugging && run->debugging->over);
}

/* ---- the end --------------------------------------------------------------------------------- */

static const char *everybody(struct run *run)
{
    struct world_task tasks[PROBE_TASKS];
    const char *names = "", *comma = "";
    int count = world_tasks(run->world, tasks);
    for (int i = 0; i < count; i++) {
        if (tasks[i].driver)
            continue;
        names = text(run, "%s%s%s", names, comma, tasks[i].name);
        comma = ", ";
    }
    return names;
}

static void tell(struct run *run, const char *what)
{
    const struct debug *d = run->options->debug;
    if (d->terminal && write(d->out, what, strlen(what)) < 0)
        return; /* then nobody reads it */
}

/* It is stopped anew whenever it goes on to sleep: there is nobody left who could wake it. */
static void stop_and_wait(struct run *run, const struct debugging *d)
{
    enum { LOOK_MS = 20 };
    bool slept = false;
    tell(run, "\r\n[ipcgrade: the schedule has come to its end; quit gdb to see its points]\r\n");
    while (!has_ended(d, LOOK_MS)) {
        bool sleeps = process_sleeps(d->gate.pid);
        if (sleeps && slept && process_is_traced(d->gate.pid))
            kill(d->gate.pid, SIGTRAP);
        slept = sleeps;
    }
}

void debug_finish(struct run *run)
{
    if (!run->options->debug)
        return;
    if (!run->debugging)
        die(run->options->debug->process, "no such process on this schedule; there were %s",
            everybody(run));
    stop_and_wait(run, run->debugging);
    close(run->debugging->gdb);
    run->debugging->over = true;
}

/* ---- sources --------------------------------------------------------------------------------- */

void debug_furnish(struct arena *arena, int sources)
{
    cleanup_fd int to = open(BOX_SOURCES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (to < 0)
        die_errno(BOX_SOURCES);
    furnish_copy(arena, sources, to);
}

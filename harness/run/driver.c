/*
 * driver.c - plays one scenario in one box. Theory of operation of harness/run:
 *
 * The driver is the box's PID 1: trusted code, forked from the harness with the scenarios already
 * loaded, so that no file of the assignment need exist inside. It copies the programs into the work
 * folder, then calls the scenario's function, which starts programs and states expectations
 * (scenario.h). A second thread attends to the world meanwhile (attendant.c). An expectation that
 * fails writes a finding into the evidence and leaves the function by a jump. At the end the driver
 * waits for what is still on its way to end, takes the census, kills the rest, and ends; the
 * evidence lies in memory shared with the harness.
 */
#include "run/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "base/fs.h"
#include "base/terminal.h"
#include "run/debug.h"
#include "run/explore.h"
#include "run/furnish.h"
#include "run/play.h"
#include "submit/build.h"
#include "run/world.h"

enum { FAULT_BYTES = 2048, PROGRAM_BYTES = 64 << 20 };

struct play {
    struct arena *arena;
    struct box box;
    struct box_spec spec;
    struct run run;
    struct evidence evidence;
    int probe;    /* descriptor of libipcprobe.so; -1: not on this lens */
    int programs; /* descriptor of the folder with what was built */
    int keep[8];
    char fault[FAULT_BYTES];
};

/* ---- small things that scenarios call -------------------------------------------------------- */

const char *text(struct run *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *s = arena_vprintf(run->arena, format, args);
    va_end(args);
    return s;
}

const char *number(struct run *run, long n)
{
    return text(run, "%ld", n);
}

int amount(struct run *run, int plain, int schedules, int memory)
{
    return run->lens == LENS_PLAIN ? plain : run->lens == LENS_SCHEDULES ? schedules : memory;
}

void event(struct run *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    run->last_event = arena_vprintf(run->arena, format, args);
    va_end(args);
    struct evidence *e = run->evidence;
    e->events = arena_grow(run->arena, e->events, e->event_count, sizeof *e->events);
    e->events[e->event_count++] = run->last_event;
}

/* ---- the work folder ------------------------------------------------------------------------- */

static void furnish_probe(int library)
{
    cleanup_fd int to = open(BOX_PROBE "/libipcprobe.so", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (to < 0 || fs_copy(library, to, PROGRAM_BYTES) < 0)
        die_errno("copying the probe into the box");
    close(library);
}

static void furnish(struct play *play)
{
    cleanup_fd int work = open(BOX_WORK, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (work < 0 || fchdir(work) != 0)
        die_errno("the work folder of the box");
    furnish_copy(play->arena, play->programs, work);
    if (play->probe >= 0)
        furnish_probe(play->probe);
    const struct debug *debug = play->run.options->debug;
    if (debug && debug->sources)
        debug_furnish(play->arena, play->run.sources);
}

/* ---- playing --------------------------------------------------------------------------------- */

static sigjmp_buf *escape;

/* The attendant found that the scenario's own call (msgrcv, read, …) can never return. */
static void leave_call(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    if (info->si_code == SI_TKILL && info->si_pid == 1 && escape)
        siglongjmp(*escape, 2);
}

static void listen_to_attendant(struct run *run)
{
    struct sigaction action = {.sa_sigaction = leave_call, .sa_flags = SA_SIGINFO};
    sigaction(SIGRTMIN, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    escape = &run->end;
}

void play_scenario(struct run *run)
{
    escape = &run->end;
    switch (sigsetjmp(run->end, 1)) {
    case 0:
        run->scenario->play(run);
        run->evidence->played_through = true;
        break;
    case 1: /* a finding has been written */
        break;
    default: /* the scenario is a peer that waits in vain */
        if (sigsetjmp(run->end, 1) == 0)
            fail_in_vain(run, NULL, "to answer its own call");
    }
    escape = NULL;
}

/* ---- the end --------------------------------------------------------------------------------- */

static bool nobody_left(void *arg)
{
    const struct run *run = arg;
    return run->seen_valid && run->seen->count == 0;
}

static struct process_record record_of(const struct process *p)
{
    return (struct process_record){
        .name = p->name,
        .command = p->command,
        .pid = p->pid,
        .tool = p->tool,
        .ended = p->ended,
        .wait_status = p->status,
        .output = p->out.bytes,
        .errors = p->err.bytes,
        .output_length = p->out.length,
        .errors_length = p->err.length,
        .output_dropped = p->out.dropped,
    };
}

static void record_processes(struct run *run)
{
    struct evidence *e = run->evidence;
    e->processes = arena_array(run->arena, struct process_record, run->process_count);
    for (int i = 0; i < run->process_count; i++)
        e->processes[e->process_count++] = record_of(run->processes[i]);
}

/* Descendants that go on although the program that made them has ended. One of unknown descent has
 * lost all its forebears: a daemon. */
static void record_orphans(struct run *run)
{
    struct evidence *e = run->evidence;
    pid_t last = 0;
    for (int i = 0; i < run->seen->count; i++) {
        const struct task *t = &run->seen->tasks[i];
        const struct process *p = process_of(run, t->pid);
        if (t->pid == last || t->activity == TASK_ZOMBIE || (p && (!p->ended || p->tool)))
            continue;
        last = t->pid;
        struct site where = task_site(run, t);
        e->orphans = arena_grow(run->arena, e->orphans, e->orphan_count, sizeof *e->orphans);
        e->orphans[e->orphan_count++] = (struct process_record){
            .name = where.process, .command = where.access, .pid = t->pid, .where = where};
    }
}

static void take_census(struct run *run)
{
    struct census left = students_objects(run);
    for (int i = 0; i < left.count && i < MAX_CREATIONS; i++)
        object_find_creator(run, &left.objects[i]);
    run->evidence->left = left.objects;
    run->evidence->left_count = left.count;
}

/* Who is on the way to its end may get there; who is not is an orphan or was left by the scenario.
 */
void play_to_the_end(struct run *run)
{
    if (run->evidence->played_through)
        await(run, nobody_left, run);
    pthread_mutex_lock(&run->lock);
    record_orphans(run);
    take_census(run);
    pthread_mutex_unlock(&run->lock);
}

static void conclude(struct run *run)
{
    attendant_stop(run);
    box_kill_rest(NULL, NULL);
    record_processes(run);
    run->evidence->cpu_ms = (long)run->cpu_ms;
    run->evidence->wall_ms = (long)(now_ms() - run->started_ms);
    run->evidence->complete = true;
}

static void run_init(struct run *run)
{
    pthread_mutex_init(&run->lock, NULL);
    pthread_cond_init(&run->changed, NULL);
    run->seen = arena_alloc(run->arena, sizeof *run->seen);
    run->before = arena_alloc(run->arena, sizeof *run->before);
    run->last_event = "the beginning";
    run->started_ms = now_ms();
}

static void play_plainly(struct run *run)
{
    created_begin(run);
    run->at_start = census_take(run->arena, BOX_WORK);
    play_scenario(run);
    play_to_the_end(run);
}

static int schedules_wanted(const struct run *run)
{
    int own = (int)run->scenario->schedules, asked = run->options->schedules;
    return asked ? asked : own ? own : SCHEDULES_BY_DEFAULT;
}

static int guest(void *arg)
{
    struct play *play = arg;
    struct run *run = &play->run;
    run_init(run);
    peer_enter(run);
    furnish(play);
    listen_to_attendant(run);
    attendant_start(run);
    if (run->lens == LENS_SCHEDULES)
        explore(run, schedules_wanted(run), play->programs);
    else
        play_plainly(run);
    conclude(run);
    return 0;
}

/* ---- what the harness calls ------------------------------------------------------------------ */

/* gdb counts among the processes. */
static struct limits limits_of(const struct scenario *scenario, const struct assignment *assignment,
                               const struct debug *debug)
{
    enum { ROOM = 8 };
    struct limits limits = limits_complete(scenario->limits, assignment->limits);
    limits.processes += debug ? ROOM : 0;
    return limits;
}

static int folder_open(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        die_errno("%s", path);
    return fd;
}

static void keep_descriptors(struct play *play, const struct debug *debug)
{
    int all[] = {play->programs,          play->probe,
                 play->run.sources,       debug ? debug->in : -1,
                 debug ? debug->out : -1, debug ? debug->err : -1};
    int count = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] >= 0)
            play->keep[count++] = all[i];
    play->keep[count] = -1;
}

struct play *play_start(struct arena *arena, const struct options *options,
                        const struct assignment_set *set, const struct scenario *scenario,
                        const struct built *built, enum lens lens)
{
    struct play *play = arena_alloc(arena, sizeof *play);
    play->arena = arena;
    play->programs = folder_open(built->folder);
    play->probe = lens == LENS_SCHEDULES ? probe_open(options) : -1;
    play->spec = (struct box_spec){.kind = options->debug ? BOX_DEBUG : BOX_RUN,
                                   .limits = limits_of(scenario, set->assignment, options->debug),
                                   .hide = options->root,
                                   .probe = lens == LENS_SCHEDULES,
                                   .keep = play->keep};
    play->run = (struct run){.arena = arena,
                             .set = set,
                             .scenario = scenario,
                             .spec = &play->spec,
                             .options = options,
                             .lens = lens,
                             .sources = lens == LENS_SCHEDULES ? folder_open(built->sources) : -1,
                             .evidence = &play->evidence};
    keep_descriptors(play, options->debug);
    play->box = box_start(&play->spec, guest, play, play->fault, sizeof play->fault);
    close(play->programs);
    if (play->probe >= 0)
        close(play->probe);
    if (play->run.sources >= 0)
        close(play->run.sources);
    return play;
}

int play_schedules(const struct play *play)
{
    return __atomic_load_n(&play->evidence.schedules_run, __ATOMIC_RELAXED);
}

int play_descriptor(const struct play *play)
{
    return play->box.pidfd;
}

const struct evidence *play_finish(struct play *play)
{
    const struct debug *debug = play->run.options->debug;
    if (debug && debug->terminal)
        terminal_relay(debug->terminal, play->box.pidfd);
    int status = box_wait(&play->box, true);
    struct evidence *e = &play->evidence;
    if (!e->complete || status != 0) {
        e->complete = false;
        e->fault =
            play->fault[0] ? play->fault
            : WIFSIGNALED(status)
                ? arena_printf(play->arena, "the driver was killed by signal %d (%s)",
                               WTERMSIG(status), strsignal(WTERMSIG(status)))
                : arena_printf(play->arena, "the driver ended with status %d", WEXITSTATUS(status));
    }
    return e;
}

/*
 * attendant.c - the driver's second thread: reaps, empties terminals, answers listeners, keeps
 * budgets, and finds out when nobody can move any more.
 *
 * When is the world at rest? Two looks (snapshot_take) that show every task blocked in a call
 * without a timeout, with the same count of context switches, and nothing that happened in between
 * - no exit, no output, no timer set - prove that there was a moment at which all of them slept;
 * and since only they, the player (who waits as well) and timers (none is set) can wake one
 * another, it is for ever. How busy the machine is does not enter: a task that wants the CPU shows
 * as running.
 *
 * Three clocks, one at a time: while somebody runs, CPU time counts; while all sleep and some have
 * a timeout, the sleep budget does; at rest, none, as the wait ends at once.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/die.h"
#include "run/debug.h"
#include "run/template.h"
#include "run/world.h"

enum { LONGEST_PAUSE_MS = 20, FLOOD_FACTOR = 16 };

struct attendant {
    struct run *run;
    pthread_t thread;
    int epoll, children; /* signalfd of SIGCHLD */
    int made;            /* inotify: named objects that come into being */
    int64_t next_look;
    int pause_ms;
    int player_file;    /* see player_open() */
    struct task player; /* at the look before: is it stuck in a call of its own? */
};

static struct attendant attendant;

int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- what happens ---------------------------------------------------------------------------- */

static void note_end(struct run *run, pid_t pid, int status, const struct rusage *usage)
{
    run->reaped_cpu_ms += (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000 +
                          (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000;
    timers_forget(run, pid);
    for (int i = 0; i < run->process_count; i++) {
        struct process *p = run->processes[i];
        if (p->pid == pid && !p->ended) {
            capture_drain(&p->out);
            capture_drain(&p->err);
            p->status = status;
            p->ended = true;
        }
    }
}

static bool reap(struct run *run)
{
    struct signalfd_siginfo info;
    while (read(attendant.children, &info, sizeof info) > 0)
        ;
    int status;
    struct rusage usage;
    pid_t pid;
    bool any = false;
    while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
        note_end(run, pid, status, &usage);
        any = true;
    }
    return any;
}

/* Which kinds of named objects came into being. The watch descriptors are 1, 2, 3, in the order of
 * addition. */
static void note_names(struct run *run)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t n;
    while ((n = read(attendant.made, buffer, sizeof buffer)) > 0)
        for (char *at = buffer; at < buffer + n;) {
            const struct inotify_event *e = (const void *)at;
            bool semaphore = e->len > 4 && strncmp(e->name, "sem.", 4) == 0;
            enum object_kind kind = e->wd == 2   ? OBJECT_POSIX_QUEUE
                                    : e->wd == 3 ? OBJECT_FILE
                                    : semaphore  ? OBJECT_POSIX_SEMAPHORE
                                                 : OBJECT_POSIX_SHM;
            run->names_made |= 1u << kind;
            at += sizeof *e + e->len;
        }
}

/* Only what has something: one question for all of them costs less than a read of each. */
static bool drain_all(struct run *run)
{
    struct pollfd asked[2 * MAX_PROCESSES];
    struct capture *capture[2 * MAX_PROCESSES];
    nfds_t count = 0;
    size_t bytes = 0;
    for (int i = 0; i < run->process_count; i++)
        for (int stream = 0; stream < 2; stream++) {
            capture[count] = stream ? &run->processes[i]->err : &run->processes[i]->out;
            asked[count] = (struct pollfd){.fd = capture[count]->terminal.master, .events = POLLIN};
            count++;
        }
    if (poll(asked, count, 0) <= 0)
        return false;
    for (nfds_t i = 0; i < count; i++)
        if (asked[i].revents & POLLIN)
            bytes += capture_drain(capture[i]);
    return bytes > 0;
}

static void close_listener(struct process *p)
{
    epoll_ctl(attendant.epoll, EPOLL_CTL_DEL, p->listener, NULL);
    close(p->listener);
    p->listener = -1;
}

/* The listeners are asked anew: since epoll spoke, a descriptor may have been closed and its number given
 * to another, and receiving where nothing is would wait. */
static bool answer_all(struct run *run)
{
    bool any = false;
    for (int i = 0; i < run->process_count; i++) {
        struct process *p = run->processes[i];
        struct pollfd listener = {.fd = p->listener, .events = POLLIN};
        if (p->listener < 0 || poll(&listener, 1, 0) <= 0)
            continue;
        if (listener.revents & POLLIN) {
            watch_answer(run, p->listener);
            any = true;
        } else { /* POLLHUP: nobody is left who uses this filter */
            close_listener(p);
        }
    }
    return any;
}

/* ---- looks ----------------------------------------------------------------------------------- */

static uint64_t shared_kb(void)
{
    uint64_t kb = 0;
    const char *mounts[] = {"/dev/shm", BOX_WORK, "/tmp"};
    for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
        struct statfs fs;
        if (statfs(mounts[i], &fs) == 0)
            kb += (uint64_t)(fs.f_blocks - fs.f_bfree) * (uint64_t)fs.f_bsize / 1024;
    }
    return kb;
}

static enum rest over_budget(struct run *run, const struct snapshot *s)
{
    const struct limits *limits = &run->spec->limits;
    uint64_t cpu = run->reaped_cpu_ms, memory = shared_kb();
    for (int i = 0; i < s->count; i++) {
        if (is_template(run, s->tasks[i].pid))
            continue;
        cpu += s->tasks[i].cpu_ms;
        memory += s->tasks[i].rss_kb;
    }
    run->cpu_ms = cpu;
    for (int i = 0; i < run->process_count; i++) {
        const struct process *p = run->processes[i];
        if (p->out.dropped + p->err.dropped > (uint64_t)FLOOD_FACTOR * p->out.room)
            return FLOODED;
    }
    if (memory > (uint64_t)limits->memory_mb * 1024)
        return SWOLLEN;
    if (cpu > run->cpu_forgiven_ms + (uint64_t)limits->cpu_seconds * 1000)
        return SPUN;
    if (run->slept_ms > (uint64_t)limits->sleep_seconds * 1000)
        return OVERSLEPT;
    return MOVING;
}

static bool any_task(const struct snapshot *s, enum activity activity)
{
    for (int i = 0; i < s->count; i++)
        if (s->tasks[i].activity == activity)
            return true;
    return false;
}

static bool at_rest(struct run *run)
{
    return run->before_valid && !any_task(run->seen, TASK_RUNS) &&
           !any_task(run->seen, TASK_SLEEPS) && snapshot_same(run->before, run->seen) &&
           !timers_pending(run);
}

/* In the probe's world the turns say who is at rest; only the budgets are the kernel's to tell. */
static void look_at_budgets(struct run *run)
{
    snapshot_take(run->watched);
    if (run->rest != MOVING)
        return;
    enum rest rest = over_budget(run, run->watched);
    if (debug_goes_on(run)) /* gdb and its user take what they need */
        run->cpu_forgiven_ms = run->cpu_ms;
    else
        run->rest = rest;
}

static void look(struct run *run)
{
    if (run->world) {
        look_at_budgets(run);
        return;
    }
    struct snapshot *oldest = run->before;
    run->before = run->seen;
    run->before_valid = run->seen_valid;
    run->seen = oldest;
    int64_t last = run->seen_ms;
    run->seen_ms = now_ms();
    snapshot_take(run->seen);
    run->seen_valid = true;
    members_update(run, run->seen);
    if (run->before_valid && !any_task(run->seen, TASK_RUNS) && !any_task(run->before, TASK_RUNS))
        run->slept_ms += (uint64_t)(run->seen_ms - last);
    if (run->rest != MOVING && run->rest != AT_REST)
        return; /* a budget once used up stays so */
    run->rest = over_budget(run, run->seen);
    if (run->rest == MOVING && at_rest(run))
        run->rest = AT_REST;
}

/* A scenario may itself call msgrcv() and wait there for ever: then nobody would notice, so break
 * it out. */
static void look_after_player(struct run *run)
{
    if (run->world)
        return; /* it never waits there: see peer.c */
    struct task now = player_observe(attendant.player_file);
    bool stuck = now.activity == TASK_BLOCKED && attendant.player.activity == TASK_BLOCKED &&
                 now.switches == attendant.player.switches;
    attendant.player = now;
    if (!stuck || run->waiting)
        return;
    look(run);
    if (run->rest != MOVING)
        syscall(SYS_tgkill, 1, 1, SIGRTMIN);
}

static void forget_looks(struct run *run)
{
    if (run->world)
        return;
    run->seen_valid = run->before_valid = false;
    if (run->rest == AT_REST)
        run->rest = MOVING;
    attendant.pause_ms = 1;
}

void attendant_collect(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    reap(run);
    drain_all(run);
    note_names(run);
    pthread_mutex_unlock(&run->lock);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void handle(struct run *run)
{
    bool news = reap(run);
    news |= drain_all(run);
    news |= answer_all(run);
    news |= templates_answer(run);
    note_names(run);
    uint64_t nudges;
    if (read(run->nudge, &nudges, sizeof nudges) == sizeof nudges) {
        forget_looks(run);
        attendant.next_look = 0;
    }
    if (news) {
        forget_looks(run);
        pthread_cond_broadcast(&run->changed);
    }
}

static void look_if_due(struct run *run)
{
    int64_t now = now_ms();
    if (now < attendant.next_look)
        return;
    if (run->waiting) {
        look(run);
        pthread_cond_broadcast(&run->changed);
    } else {
        look_after_player(run);
    }
    attendant.next_look = now + attendant.pause_ms;
    if (run->world)
        attendant.pause_ms = LONGEST_PAUSE_MS;
    attendant.pause_ms =
        attendant.pause_ms * 2 < LONGEST_PAUSE_MS ? attendant.pause_ms * 2 : LONGEST_PAUSE_MS;
}

static void *attend(void *arg)
{
    struct run *run = arg;
    bool over = false;
    while (!over) {
        struct epoll_event events[32];
        int64_t timeout = attendant.next_look - now_ms();
        epoll_wait(attendant.epoll, events, 32, timeout > 0 ? (int)timeout : 0);
        pthread_mutex_lock(&run->lock);
        handle(run);
        look_if_due(run);
        over = run->over;
        pthread_mutex_unlock(&run->lock);
    }
    return NULL;
}

static void watch_descriptor(int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(attendant.epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        die_errno("watching the box");
}

void attendant_watch(int fd)
{
    watch_descriptor(fd, EPOLLIN);
}

/* Told of news only: a terminal whose program has ended says so for as long as it is open, and would keep
 * the attendant awake. What is left there is taken at the next look. */
void attendant_watch_terminal(int fd)
{
    watch_descriptor(fd, EPOLLIN | EPOLLET);
}

void attendant_forget_terminal(int fd)
{
    epoll_ctl(attendant.epoll, EPOLL_CTL_DEL, fd, NULL);
}

static void watch_names(void)
{
    attendant.made = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    const char *folders[] = {"/dev/shm", "/dev/mqueue", BOX_WORK};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        inotify_add_watch(attendant.made, folders[i], IN_CREATE);
}

void attendant_start(struct run *run)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    attendant = (struct attendant){.run = run, .pause_ms = 1};
    attendant.epoll = epoll_create1(EPOLL_CLOEXEC);
    attendant.children = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    run->nudge = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (attendant.epoll < 0 || attendant.children < 0 || run->nudge < 0)
        die_errno("watching the box");
    attendant.player_file = player_open();
    watch_names();
    watch_descriptor(attendant.children, EPOLLIN);
    watch_descriptor(run->nudge, EPOLLIN);
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old); /* signals are the player's */
    int error = pthread_create(&attendant.thread, NULL, attend, run);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error)
        die("watching the box", "%s", strerror(error));
}

void attendant_stop(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    run->over = true;
    pthread_mutex_unlock(&run->lock);
    uint64_t one = 1;
    if (write(run->nudge, &one, sizeof one) != sizeof one)
        die_errno("watching the box");
    pthread_join(attendant.thread, NULL);
}

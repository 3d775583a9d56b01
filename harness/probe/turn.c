/*
 * turn.c - one holder: points, blocking, deaths, the end of the world.
 *
 * Waiting tasks sleep on their own futex word with all signals blocked, so that a handler runs only
 * in a task that has the turn. One that waits inside a call tries the call again before it lets
 * signals in, as the kernel does: a signal never takes away what is already there. A task that ends hands the turn on first and dies afterwards; the
 * next holder waits until the kernel has finished it (a pidfd becomes readable after descriptors
 * are closed, SEM_UNDO is applied and SIGCHLD is sent), which keeps those effects in the schedule's
 * order. A task that dies with the turn (SIGKILL, SIGSEGV) is noticed by the supervisor, which
 * marks it DYING and grants the turn to anybody with `elect` set: that one buries the dead, then
 * chooses who goes on.
 */
#include "probe.h"
#include "turn_grant.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

enum {
    SPIN_AFTER = 64,     /* reads that bring nothing new, then others go first */
    STALL_LIMIT = 50000, /* such points of all tasks in a row: livelock */
    IDLE_LIMIT = 2000,   /* the same, while the driver waits for everybody to settle */
    DEFAULT_STEPS = 200000,
    HARD_STEPS = 10,       /* times max_steps: the schedule ends */
    OUTSIDER_WAITS = 1000, /* of 2 ms, for a task that runs outside of the turns */
    POINT_NS = 1000,       /* virtual time that a point takes */
};

void turn_doubt(uint32_t doubt)
{
    __atomic_fetch_or(&WORLD->doubts, doubt, __ATOMIC_RELAXED);
}

void turn_unfollowed(const char *what)
{
    if (!WORLD->unfollowed[0])
        text_put(WORLD->unfollowed, sizeof WORLD->unfollowed, what);
    turn_doubt(PROBE_UNFOLLOWED);
}

void turn_end(enum probe_end how)
{
    uint32_t running = PROBE_RUNNING;
    WORLD->holder = PROBE_NOBODY;
    __atomic_compare_exchange_n(&WORLD->ended, &running, how, false, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    sys(SYS_futex, &WORLD->ended, FUTEX_WAKE, 64, 0, 0, 0);
}

static uint32_t tasks_used(void)
{
    uint32_t n = WORLD->tasks;
    return n < PROBE_TASKS ? n : PROBE_TASKS;
}

/* ---- electing -------------------------------------------------------------------------------- */

static bool in_vain(const struct probe_task *t)
{
    return t->failed_at == WORLD->progress + 1;
}

static bool is_stopped(const struct probe_task *t)
{
    return t->flags & PROBE_STOPPED;
}

/* Tasks that can go on, by index. Returns how many; `eager` counts those that do not just spin. */
static unsigned collect(uint16_t ready[PROBE_TASKS], unsigned *eager)
{
    unsigned n = 0;

    *eager = 0;
    for (uint32_t i = 0; i < tasks_used(); i++) {
        struct probe_task *t = task_at(i);
        if (is_stopped(t))
            continue;
        if (t->state == PROBE_BLOCKED && t->wake_at <= WORLD->now) {
            t->state = PROBE_READY;
            t->flags |= PROBE_TIMED_OUT;
        }
        if (t->state != PROBE_READY)
            continue;
        if (!t->priority) /* added by the driver */
            strategy_new_task(i);
        ready[n++] = (uint16_t)i;
        if (!(t->flags & PROBE_SPINNING) || !in_vain(t))
            ++*eager;
    }
    return n;
}

/* What time brings first. */
static int64_t next_in_time(void)
{
    int64_t first = PRIVATE->timer_at ? PRIVATE->timer_at : PROBE_NEVER;
    for (uint32_t i = 0; i < tasks_used(); i++)
        if (task_at(i)->state == PROBE_BLOCKED && !is_stopped(task_at(i)) &&
            task_at(i)->wake_at < first)
            first = task_at(i)->wake_at;
    return first;
}

/* Virtual time moves to the first who waits for it. */
static bool advance_time(void)
{
    int64_t first = next_in_time();
    if (first == PROBE_NEVER)
        return false;
    if (first > WORLD->now)
        WORLD->now = first;
    return true;
}

/* A blocked task whose call has not been tried since something last changed. */
static uint32_t untried(void)
{
    for (uint32_t i = 0; i < tasks_used(); i++)
        if (task_at(i)->state == PROBE_BLOCKED && !is_stopped(task_at(i)) && !in_vain(task_at(i)))
            return i;
    return PROBE_NOBODY;
}

static uint32_t with_state(uint32_t state)
{
    for (uint32_t i = 0; i < tasks_used(); i++)
        if (task_at(i)->state == state)
            return i;
    return PROBE_NOBODY;
}

/* Somebody runs outside of the turns: gives it real time, then has every call tried again. */
static bool wait_for_outsider(void)
{
    struct timespec pause = {.tv_nsec = 2000000};

    if (with_state(PROBE_EXTERNAL) == PROBE_NOBODY || PRIVATE->sweeps++ >= OUTSIDER_WAITS)
        return false;
    sys(SYS_nanosleep, &pause, NULL);
    turn_changed_all();
    return with_state(PROBE_READY) != PROBE_NOBODY;
}

static void all_are_stuck(void)
{
    FOR_EACH_FAMILY(f)
    if (f->stuck)
        f->stuck();
}

static void end_of_the_world(void)
{
    if (with_state(PROBE_EXTERNAL) != PROBE_NOBODY)
        turn_end(PROBE_OUTSIDER);
    else if (with_state(PROBE_BLOCKED) == PROBE_NOBODY)
        turn_end(PROBE_DONE);
    else
        all_are_stuck(), turn_end(PROBE_STUCK);
}

/* Who goes on: PROBE_NOBODY after ending the world, because nobody can. */
static uint32_t elect(void)
{
    uint16_t ready[PROBE_TASKS];
    unsigned eager, n;

    WORLD->step++;
    WORLD->now += POINT_NS;
    do {
        if (PRIVATE->timer_at && PRIVATE->timer_at <= WORLD->now)
            timers_fire();
        n = collect(ready, &eager);
    } while (!eager && (bury_the_dying() || advance_time()));
    if (!n && bury_the_slain())
        n = collect(ready, &eager);
    if (n)
        return strategy_next(self.task, ready, n);
    uint32_t task = untried();
    if (task == PROBE_NOBODY && wait_for_outsider())
        task = with_state(PROBE_READY);
    if (task == PROBE_NOBODY && (task = with_state(PROBE_IDLE)) != PROBE_NOBODY)
        all_are_stuck(); /* unless the driver helps: it knows whether that is what it waited for */
    if (task == PROBE_NOBODY)
        end_of_the_world();
    else
        task_at(task)->state = PROBE_READY;
    return task;
}

/* ---- waiting and passing on ------------------------------------------------------------------ */

static void grant(uint32_t task)
{
    if (task != PROBE_NOBODY)
        turn_grant(REGION, task, futex_wake_one);
}

/* With all signals blocked. */
static void wait_for_grant(void)
{
    for (;;) {
        uint32_t *granted = &me()->granted;
        while (!__atomic_load_n(granted, __ATOMIC_SEQ_CST))
            futex_wait(granted, 0);
        __atomic_store_n(granted, 0, __ATOMIC_SEQ_CST);
        self.epoch = EPOCH_UNKNOWN; /* others may have moved my clock */
        bury_the_dying();
        if (!WORLD->elect)
            break;
        WORLD->elect = 0;
        uint32_t next = elect();
        if (next == self.task)
            break;
        grant(next);
    }
    if (me()->flags & PROBE_ARRIVED)
        clock_barrier();
}

void turn_wait(void)
{
    uint64_t before = signals_hold();
    wait_for_grant();
    signals_admit(before);
}

/* A child's death, or a timer, may send the holder a signal in the midst of electing. */
static bool signals_may_come(void)
{
    return PRIVATE->timer_at || with_state(PROBE_DYING) != PROBE_NOBODY;
}

/* Returns with the turn; if `hold`, with signals held until the call is over. They are blocked
 * before the turn is given away, or one that is sent then would run its handler outside of it. */
static void pass_on(bool hold)
{
    bool held = hold || signals_may_come();
    uint64_t before = held ? signals_hold() : 0;
    uint32_t next = elect();

    if (next == self.task) {
        bury_the_dying();
    } else {
        if (!held)
            before = signals_hold();
        held = true;
        grant(next);
        wait_for_grant();
    }
    if (hold) {
        self.held = true;
        self.mask = before;
    } else if (held) {
        signals_admit(before);
    }
}

void turn_admit(void)
{
    if (self.held) {
        self.held = false;
        signals_admit(self.mask);
    }
}

static bool check_limits(void)
{
    uint64_t limit = REGION->config.max_steps ? REGION->config.max_steps : DEFAULT_STEPS;

    if (PRIVATE->stall > IDLE_LIMIT && with_state(PROBE_IDLE) != PROBE_NOBODY) {
        task_at(with_state(PROBE_IDLE))->state = PROBE_READY; /* let the driver see */
        PRIVATE->stall = 0;
    }
    if (PRIVATE->stall > STALL_LIMIT)
        turn_end(PROBE_LIVELOCKED);
    else if (WORLD->step > limit * HARD_STEPS)
        turn_end(PROBE_STEP_CAP);
    return WORLD->ended == PROBE_RUNNING;
}

void turn_point(void)
{
    if (self.steady)
        return;
    turn_admit();
    self.early = false;                  /* a handler has jumped out of it */
    if (me()->state == PROBE_EXTERNAL) { /* the supervisor thought that we would not come back */
        me()->state = PROBE_READY;
        turn_wait();
    } else if (WORLD->holder != self.task) {
        turn_doubt(PROBE_NOT_HELD);
    }
    me()->steps++;
    if (!check_limits())
        turn_wait(); /* for good: the supervisor ends us */
    pass_on(false);
}

/* Runs the handlers of signals that came while the call waited. True: one of them ends the call. */
static bool interrupted(bool restarts)
{
    uint32_t handlers = self.handlers, interrupts = self.interrupts;
    turn_admit();
    return restarts ? self.interrupts != interrupts : self.handlers != handlers;
}

/* Signals come as they would if the call had not begun yet. */
static bool time_passes_first(int64_t wake_at)
{
    if (!time_may_pass_first(next_in_time(), wake_at))
        return false;
    advance_time();
    self.early = true;
    pass_on(false);
    self.early = false;
    return true;
}

static enum wake block(uint64_t key, int64_t wake_at, bool restarts)
{
    struct probe_task *t = me();
    uint32_t handlers = self.handlers;

    if (time_passes_first(wake_at))
        return WAKE_RETRY;

    if (interrupted(restarts))
        return WAKE_INTERRUPTED;
    if (self.handlers != handlers) /* the call is made anew */
        return WAKE_RETRY;
    FOR_EACH_FAMILY(f)
    if (f->blocking)
        f->blocking();
    t->wait_key = key;
    t->wake_at = wake_at;
    t->since = WORLD->step;
    t->failed_at = WORLD->progress + 1;
    t->flags &= ~(uint32_t)PROBE_TIMED_OUT;
    t->state = PROBE_BLOCKED;
    pass_on(true);
    t->wake_at = PROBE_NEVER;
    return t->flags & PROBE_TIMED_OUT ? WAKE_TIMEOUT : WAKE_RETRY;
}

enum wake turn_block(uint64_t key, int64_t wake_at)
{
    return block(key, wake_at, true);
}

enum wake turn_block_once(uint64_t key, int64_t wake_at)
{
    return block(key, wake_at, false);
}

static void ready_again(struct probe_task *t)
{
    if (t->state == PROBE_BLOCKED && t->wait_key)
        t->state = PROBE_READY;
}

void turn_changed(uint64_t key)
{
    for (uint32_t i = 0; i < tasks_used(); i++)
        if (task_at(i)->wait_key == key || task_at(i)->wait_key == key_of_anything())
            ready_again(task_at(i));
}

void turn_changed_all(void)
{
    turn_progress();
    for (uint32_t i = 0; i < tasks_used(); i++)
        ready_again(task_at(i));
}

void turn_progress(void)
{
    WORLD->progress++;
    PRIVATE->stall = 0;
    self.idle = 0;
}

void turn_spent(void)
{
    me()->flags |= PROBE_SPINNING;
    me()->failed_at = WORLD->progress + 1;
}

void turn_idle(void)
{
    PRIVATE->stall++;
    if (++self.idle >= SPIN_AFTER)
        turn_spent();
}

/* ---- leaving --------------------------------------------------------------------------------- */

static bool is_sibling(uint32_t task)
{
    return task != self.task && task_at(task)->process == me()->process;
}

bool turn_has_siblings(void)
{
    for (uint32_t i = 0; i < tasks_used(); i++)
        if (is_sibling(i) && task_at(i)->state != PROBE_DEAD && task_at(i)->state != PROBE_DYING)
            return true;
    return false;
}

static void hand_over_for_good(uint32_t state)
{
    self.inside = true;
    me()->state = state;
    turn_changed_all();
    uint32_t next = elect();
    WORLD->elect = 0;
    grant(next);
}

void turn_stop(int signal)
{
    struct probe_task *t = me();
    uint64_t before = signals_hold();

    t->flags |= PROBE_STOPPING;
    t->wait_key = key_of_signals(self.task);
    t->wake_at = PROBE_NEVER;
    t->since = WORLD->step;
    t->state = PROBE_BLOCKED;
    uint32_t next = elect();
    WORLD->elect = 0;
    grant(next);
    if (signal == SIGSTOP) {
        sys(SYS_kill, sys(SYS_getpid), SIGSTOP);
    } else {
        uint64_t others = ~(1ull << (signal - 1)), all = ~0ull;
        sys(SYS_rt_sigprocmask, SIG_SETMASK, &others, NULL, sizeof others);
        sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
        __atomic_fetch_and(&t->flags, ~(uint32_t)PROBE_STOPPED, __ATOMIC_SEQ_CST);
    }
    wait_for_grant();
    signals_admit(before);
}

void turn_hold(void)
{
    if (!self.held) {
        self.mask = signals_hold();
        self.held = true;
    }
}

/* The process's other threads sleep, and never wake again. */
static void leave_process(uint32_t state)
{
    presence->on = false;
    for (uint32_t i = 0; i < tasks_used(); i++)
        if (is_sibling(i))
            task_at(i)->state = PROBE_DEAD;
    hand_over_for_good(state);
}

void turn_leave(void)
{
    signals_hold(); /* for good */
    if (self.task == me()->process)
        me()->left = clock_known(clock_of(self.task), self.task);
    FOR_EACH_FAMILY(f)
    if (f->leaving)
        f->leaving();
    leave_process(PROBE_DYING);
}

void turn_leave_thread(void)
{
    signals_hold(); /* for good */
    me()->flags |= PROBE_LEFT;
    hand_over_for_good(PROBE_DYING);
}

void turn_outsider(void)
{
    leave_process(PROBE_EXTERNAL);
}

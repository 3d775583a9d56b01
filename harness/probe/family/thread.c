/*
 * thread.c - making, ending, joining and cancelling threads; things done once.
 *
 * A thread is a task of its creator's process. It starts with all signals blocked until it has its
 * first turn, and leaves when its key destructors have run (ours runs in their last round), so that
 * the student's are still inside its turn. The last thread of a process does not leave: the C
 * library calls exit for it. A joiner is ordered after all that the thread did.
 *
 * Cancellation works where a task can block: the C library's own points are behind ours.
 */
#include "../sync.h"

#include <errno.h>
#include <signal.h>

#define FAMILY_NAME "threads"

CALL(pthread_create, FAMILY_NAME, "");
CALL(pthread_join, FAMILY_NAME, "");
CALL(pthread_tryjoin_np, FAMILY_NAME, "");
CALL(pthread_timedjoin_np, FAMILY_NAME, "");
CALL(pthread_exit, FAMILY_NAME, "");
CALL(pthread_detach, FAMILY_NAME, "");
CALL(pthread_cancel, FAMILY_NAME, "");
CALL(pthread_testcancel, FAMILY_NAME, "");
CALL(pthread_once, FAMILY_NAME, "address");

struct thread {
    struct thread *next;
    pthread_t handle;
    size_t stack; /* bytes below the handle */
    uint32_t process, task;
    uint32_t joiner; /* task, or PROBE_NOBODY */
    bool over;       /* joined or detached: the handle may be another's by now */
    void *(*run)(void *);
    void *argument;
    uint64_t signals; /* blocked in its creator */
};

extern const struct probe_call __start_probe_calls[];

static void start(void);
static void blocking(void);
FAMILY(thread, .start = start, .blocking = blocking);

static struct thread **threads(void)
{
    return (struct thread **)family_root(&family_thread);
}

static struct thread *thread_of(pthread_t handle)
{
    for (struct thread *t = *threads(); t; t = t->next)
        if (t->handle == handle && t->process == me()->process && !t->over)
            return t;
    return NULL;
}

static struct thread *thread_of_task(uint32_t task)
{
    for (struct thread *t = *threads(); t; t = t->next)
        if (t->task == task)
            return t;
    return NULL;
}

uint32_t thread_of_stack(uintptr_t address)
{
    for (struct thread *t = *threads(); t; t = t->next)
        if (t->process == me()->process && address < t->handle + 4096 &&
            address + t->stack > t->handle)
            return t->task;
    uintptr_t top = (uintptr_t)stack_top;
    return address < top + (1 << 20) && address + (16 << 20) > top ? me()->process : PROBE_NOBODY;
}

static bool has_ended(uint32_t task)
{
    return task_at(task)->state == PROBE_DEAD;
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static pthread_key_t key; /* its destructor is the thread's end */
static bool has_key;
enum { LAST_ROUND = 4 /* PTHREAD_DESTRUCTOR_ITERATIONS */ };

static bool is_last_of_process(void)
{
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++) {
        uint32_t state = task_at(i)->state;
        if (i != self.task && task_at(i)->process == me()->process && state != PROBE_DEAD &&
            state != PROBE_DYING)
            return false;
    }
    return true;
}

/* Puts itself off to the last of the four rounds in which destructors are run. */
static void at_end(void *round)
{
    if (!presence->on || self.inside)
        return;
    uintptr_t rounds = (uintptr_t)round;
    if (rounds < LAST_ROUND) {
        REAL(pthread_setspecific)(key, (void *)(rounds + 1));
        return;
    }
    if (is_last_of_process())
        return;
    int64_t none[PROBE_ARGS] = {0};
    log_event(call_number(&call_pthread_exit), 0, 0, none, 0);
    turn_leave_thread();
}

static void expect_end(void)
{
    if (!has_key)
        has_key = REAL(pthread_key_create)(&key, at_end) == 0;
    if (has_key && !REAL(pthread_getspecific)(key))
        REAL(pthread_setspecific)(key, (void *)1);
}

/* Before any key of the student's, so that ours comes first in each round but the last. */
static void start(void)
{
    if (!has_key)
        has_key = REAL(pthread_key_create)(&key, at_end) == 0;
}

static void set_signals(uint64_t blocked)
{
    sys(SYS_rt_sigprocmask, SIG_SETMASK, &blocked, NULL, sizeof blocked);
}

static void *begin(void *at)
{
    struct thread *t = at;

    task_become(t->task);
    expect_end();
    /* What an earlier thread had on this stack is nobody's any more. */
    private_forget((char *)t->handle - t->stack + 4096, t->stack);
    set_signals(t->signals);
    return t->run(t->argument);
}

static size_t stack_size(const pthread_attr_t *attributes)
{
    static size_t usual;
    pthread_attr_t defaults;
    size_t size = 0;

    if (attributes) {
        REAL(pthread_attr_getstacksize)(attributes, &size);
        return size;
    }
    if (!usual && REAL(pthread_getattr_default_np)(&defaults) == 0) {
        REAL(pthread_attr_getstacksize)(&defaults, &usual);
        REAL(pthread_attr_destroy)(&defaults);
    }
    return usual;
}

static struct thread *thread_new(void *(*run)(void *), void *argument,
                                 const pthread_attr_t *attributes)
{
    uint32_t task = task_create(PROBE_THREAD);
    if (task == PROBE_NOBODY)
        return NULL;
    struct thread *t = heap_get(sizeof *t);
    int state = PTHREAD_CREATE_JOINABLE;
    if (attributes)
        REAL(pthread_attr_getdetachstate)(attributes, &state);
    *t = (struct thread){.stack = stack_size(attributes),
                         .process = me()->process,
                         .task = task,
                         .joiner = PROBE_NOBODY,
                         .over = state == PTHREAD_CREATE_DETACHED,
                         .run = run,
                         .argument = argument};
    return t;
}

static int create(const void *site, pthread_t *thread, const pthread_attr_t *attributes,
                  void *(*run)(void *), void *argument)
{
    struct point p;
    uint64_t all = ~0ull;

    point_begin(&p, &call_pthread_create, site, 0);
    struct thread *t = thread_new(run, argument, attributes);
    if (!t) /* no task for it: as if the kernel had none */
        return sync_end(&p, EAGAIN);
    private_start();
    sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, &t->signals, sizeof all);
    int r = REAL(pthread_create)(&t->handle, attributes, begin, t);
    set_signals(t->signals);
    if (r) {
        task_forget(t->task);
        heap_put(t, sizeof *t);
        return sync_end(&p, r);
    }
    *thread = t->handle;
    t->next = *threads();
    *threads() = t;
    p.args[0] = t->task;
    return sync_end(&p, 0);
}

EXPORT int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                          void *(*run)(void *), void *restrict argument)
{
    if (!probe_on())
        return REAL(pthread_create)(thread, attributes, run, argument);
    return create(CALLER, thread, attributes, run, argument);
}

EXPORT void pthread_exit(void *value)
{
    struct point p;
    if (probe_on()) {
        point_begin(&p, &call_pthread_exit, CALLER, 0);
        expect_end();
        point_end(&p, 0);
    }
    REAL(pthread_exit)(value);
    __builtin_unreachable();
}

/* ---- joining --------------------------------------------------------------------------------- */

/* What the C library would say without waiting; 0 if it would wait. */
static int refusal(const struct thread *t)
{
    const struct thread *own = thread_of_task(self.task);
    if (t->task == self.task)
        return EDEADLK;
    if (own && own->joiner == t->task && !has_ended(t->task))
        return EDEADLK;
    return t->joiner != PROBE_NOBODY ? EINVAL : 0;
}

static int join_until(struct point *p, struct thread *t, void **value, int64_t deadline)
{
    int r = refusal(t);

    if (r)
        return r;
    t->joiner = self.task;
    p->args[0] = t->task;
    while (!has_ended(t->task))
        if (turn_block(key_of_thread(t->task), deadline) == WAKE_TIMEOUT && !has_ended(t->task)) {
            t->joiner = PROBE_NOBODY;
            return ETIMEDOUT;
        }
    r = REAL(pthread_join)(t->handle, value);
    t->over = true;
    clock_acquire(clock_of(t->task));
    return r;
}

EXPORT int pthread_join(pthread_t thread, void **value)
{
    struct point p;
    struct thread *t = probe_on() ? thread_of(thread) : NULL;

    if (!t)
        return REAL(pthread_join)(thread, value);
    point_begin(&p, &call_pthread_join, CALLER, 0, t->task);
    return sync_end(&p, join_until(&p, t, value, PROBE_NEVER));
}

EXPORT int pthread_tryjoin_np(pthread_t thread, void **value)
{
    struct point p;
    struct thread *t = probe_on() ? thread_of(thread) : NULL;

    if (!t)
        return REAL(pthread_tryjoin_np)(thread, value);
    point_begin(&p, &call_pthread_tryjoin_np, CALLER, 0, t->task);
    if (!has_ended(t->task))
        return sync_end_idle(&p, EBUSY);
    return sync_end(&p, join_until(&p, t, value, PROBE_NEVER));
}

static int timed_join(const void *site, struct thread *t, void **value, clockid_t clock,
                      const struct timespec *until)
{
    struct point p;
    int64_t deadline = until ? sync_deadline(clock, until) : PROBE_NEVER;

    point_begin(&p, &call_pthread_timedjoin_np, site, 0, t->task);
    return sync_end(&p, deadline < 0 ? EINVAL : join_until(&p, t, value, deadline));
}

EXPORT int pthread_timedjoin_np(pthread_t thread, void **value, const struct timespec *until)
{
    struct thread *t = probe_on() ? thread_of(thread) : NULL;
    return t ? timed_join(CALLER, t, value, CLOCK_REALTIME, until)
             : REAL(pthread_timedjoin_np)(thread, value, until);
}

EXPORT int pthread_clockjoin_np(pthread_t thread, void **value, clockid_t clock,
                                const struct timespec *until)
{
    struct thread *t = probe_on() ? thread_of(thread) : NULL;
    return t ? timed_join(CALLER, t, value, clock, until)
             : REAL(pthread_clockjoin_np)(thread, value, clock, until);
}

EXPORT int pthread_detach(pthread_t thread)
{
    struct point p;
    struct thread *t = probe_on() ? thread_of(thread) : NULL;

    if (!t)
        return REAL(pthread_detach)(thread);
    point_begin(&p, &call_pthread_detach, CALLER, 0, t->task);
    int r = REAL(pthread_detach)(thread);
    if (r == 0)
        t->over = true;
    return sync_end(&p, r);
}

/* ---- cancelling ------------------------------------------------------------------------------ */

bool thread_is_cancelled(void)
{
    int state = PTHREAD_CANCEL_DISABLE;

    if (!(me()->flags & PROBE_CANCELLED) || self.steady)
        return false;
    REAL(pthread_setcancelstate)(PTHREAD_CANCEL_DISABLE, &state);
    REAL(pthread_setcancelstate)(state, NULL);
    return state == PTHREAD_CANCEL_ENABLE;
}

/* Locks do not end a cancelled thread, and a condition must have its mutex back first. */
static void blocking(void)
{
    const struct probe_call *call = __start_probe_calls + me()->call - 1;
    bool is_lock = text_equal(call->family, FAMILY_NAME) && call != &call_pthread_join &&
                   call != &call_pthread_timedjoin_np;
    if (is_lock || !thread_is_cancelled())
        return;
    for (struct thread *t = *threads(); t; t = t->next)
        if (t->joiner == self.task && !t->over)
            t->joiner = PROBE_NOBODY;
    REAL(pthread_testcancel)();
}

/* Whoever is blocked tries again, and meets thread_test_cancel on its way. A detached thread's
 * handle is still good for this. */
EXPORT int pthread_cancel(pthread_t thread)
{
    struct point p;
    struct thread *t = NULL;

    if (!probe_on())
        return REAL(pthread_cancel)(thread);
    for (t = *threads(); t; t = t->next)
        if (t->handle == thread && t->process == me()->process && !has_ended(t->task))
            break;
    point_begin(&p, &call_pthread_cancel, CALLER, 0, t ? t->task : PROBE_NOBODY);
    int r = REAL(pthread_cancel)(thread);
    if (t && r == 0) {
        task_at(t->task)->flags |= PROBE_CANCELLED;
        if (task_at(t->task)->state == PROBE_BLOCKED)
            task_at(t->task)->state = PROBE_READY;
    }
    return sync_end(&p, r);
}

EXPORT void pthread_testcancel(void)
{
    struct point p;
    if (probe_on()) {
        point_begin(&p, &call_pthread_testcancel, CALLER, 0);
        sync_end_idle(&p, 0);
    }
    REAL(pthread_testcancel)();
}

/* ---- once ------------------------------------------------------------------------------------ */

/* Who leaves the function by an exception, or is cancelled there, does not come back here: the C library tells by
 * the control, which says that nobody is at it. */
static bool is_being_run(const struct sync *s, const pthread_once_t *control)
{
    return s->owner != PROBE_NOBODY && s->owner != self.task && !has_ended(s->owner) &&
           *control & 1;
}

/* The C library runs the function; others wait here until it has, or until its task has left it. */
EXPORT int pthread_once(pthread_once_t *control, void (*run)(void))
{
    struct point p;

    if (!probe_on())
        return REAL(pthread_once)(control, run);
    struct sync *s = sync_get(SYNC_ONCE, control);
    point_begin(&p, &call_pthread_once, CALLER, s->object, control);
    while (is_being_run(s, control))
        turn_block(key_of_anything(), PROBE_NEVER);
    if (s->count) {
        clock_acquire(s->clock);
        return sync_end_idle(&p, REAL(pthread_once)(control, run));
    }
    if (s->owner != PROBE_NOBODY) /* who has left it: the next is ordered after him */
        clock_acquire(clock_of(s->owner));
    s->owner = object_at(s->object)->holder = self.task;
    int r = REAL(pthread_once)(control, run);
    s->owner = object_at(s->object)->holder = PROBE_NOBODY;
    s->count = 1;
    clock_release(&s->clock);
    turn_changed(key_of_object(s->object));
    return sync_end(&p, r);
}

/*
 * posix_mq.c - POSIX message queues, and mq_notify.
 *
 * Our list mirrors the kernel's queue: each message carries its sender's clock; the one received is
 * the oldest of the priority that the kernel says. A sender that found the queue full is ordered
 * after those who made room. A call is tried with a time that is over, which never waits and leaves
 * the descriptor's O_NONBLOCK alone.
 *
 * Notices are ours: the kernel would see nobody waiting in mq_receive, whom a message must go to
 * instead. A signal is sent to the process as the kernel would send it; a function runs in a thread
 * that is made when notice is asked for (as the C library has one that waits) and then waits for it.
 */
#include "../signals.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <time.h>

#define FAMILY_NAME "POSIX queues"
#define KIND        "POSIX message queue"
#define SECOND      1000000000ll

CALL(mq_open, FAMILY_NAME, "flags mode fd");
CALL(mq_close, FAMILY_NAME, "fd");
CALL(mq_unlink, FAMILY_NAME, "");
CALL(mq_send, FAMILY_NAME, "fd bytes priority");
CALL(mq_timedsend, FAMILY_NAME, "fd bytes priority ns");
CALL(mq_receive, FAMILY_NAME, "fd bytes priority");
CALL(mq_timedreceive, FAMILY_NAME, "fd bytes priority ns");
CALL(mq_getattr, FAMILY_NAME, "fd");
CALL(mq_setattr, FAMILY_NAME, "fd flags");
CALL(mq_notify, FAMILY_NAME, "fd signal");
CALL(mq_notice, FAMILY_NAME, "");

struct notice { /* asked for once, given once */
    uint32_t process, object;
    int32_t kind; /* SIGEV_… */
    int32_t signal;
    uint64_t value;
    void (*function)(union sigval);
    struct clock *sender;
    uint32_t given, over;
};

struct queue {
    struct clock_queue messages; /* tag: the priority; one unit a message */
    struct clock_queue freed;    /* places that receivers have made free, one unit each; … */
    uint64_t free;               /* … after as many that nobody has used yet */
    struct clock *room;          /* of all receivers */
    struct clock *made;          /* for who opens it */
    struct notice *notice;
    long held; /* messages in it when this was last looked at; kept only while there is a notice */
};

static void start(void);
static void died(uint32_t task);
static void driver_acted(void);
FAMILY(posix_mq, .start = start, .died = died, .driver_acted = driver_acted);

static struct clock **unlinked(void)
{
    return (struct clock **)family_root(&family_posix_mq);
}

static struct queue *queue_at(uint32_t object)
{
    return object_memory(object, sizeof(struct queue));
}

static uint32_t queue_of(mqd_t queue, const char *name)
{
    struct mq_attr attributes;
    struct stat st;
    bool new;

    if (sys(SYS_mq_getsetattr, queue, NULL, &attributes) < 0 || sys(SYS_fstat, queue, &st) < 0)
        return 0;
    uint32_t object = object_get(KIND, st.st_dev, st.st_ino, &new);
    if (new &&attributes.mq_maxmsg > attributes.mq_curmsgs)
        queue_at(object)->free = (uint64_t)(attributes.mq_maxmsg - attributes.mq_curmsgs);
    if (new &&name)
        object_name(object, name, 0, 0);
    else if (new)
        object_name(object, "descriptor ", (uint64_t)queue, 10);
    return object;
}

/* Messages that the kernel has, whoever sent them. */
static long held(mqd_t queue)
{
    struct mq_attr attributes = {0};
    sys(SYS_mq_getsetattr, queue, NULL, &attributes);
    return attributes.mq_curmsgs;
}

/* ---- notices --------------------------------------------------------------------------------- */

static uint64_t key_of_notice(uint32_t object)
{
    return 4ull << 32 | object;
}

static void end_notice(uint32_t object)
{
    struct queue *q = queue_at(object);
    struct notice *n = q->notice;

    q->notice = NULL;
    if (!n)
        return;
    if (n->kind != SIGEV_THREAD) {
        heap_put(n, sizeof *n);
        return;
    }
    n->over = true;
    turn_changed(key_of_notice(object));
}

static void end_notices_of(uint32_t process)
{
    for (uint32_t i = 1; i <= WORLD->objects && i < PROBE_OBJECTS; i++)
        if (text_equal(object_at(i)->kind, KIND) && queue_at(i)->notice &&
            queue_at(i)->notice->process == process)
            end_notice(i);
}

/* Queue descriptors are closed on exec. */
static void start(void)
{
    end_notices_of(me()->process);
}

static void died(uint32_t task)
{
    end_notices_of(task);
}

static bool somebody_receives(uint32_t object)
{
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++) {
        const struct probe_task *t = task_at(i);
        if (t->state == PROBE_BLOCKED && t->object == object &&
            (t->call == call_number(&call_mq_receive) ||
             t->call == call_number(&call_mq_timedreceive)))
            return true;
    }
    return false;
}

/* A message has come into an empty queue. */
static void give_notice(uint32_t object)
{
    struct notice *n = queue_at(object)->notice;
    siginfo_t info = {.si_signo = n->signal, .si_code = SI_MESGQ};

    n->given = true;
    clock_release(&n->sender);
    if (n->kind == SIGEV_SIGNAL && n->signal) {
        info.si_pid = (pid_t)sys(SYS_getpid);
        info.si_uid = (uid_t)sys(SYS_getuid);
        info.si_value.sival_ptr = (void *)n->value;
        turn_hold();
        sys(SYS_rt_sigqueueinfo, task_at(n->process)->pid, n->signal, &info);
        signals_sent(n->process, n->signal);
    }
    end_notice(object);
}

/* The driver's own sends are no calls of a program: what they did to a queue whose notice somebody waits
 * for is looked up, by its name, since it may be open in another process alone. */
static void driver_acted(void)
{
    for (uint32_t i = 1; i <= WORLD->objects && i < PROBE_OBJECTS; i++) {
        if (!text_equal(object_at(i)->kind, KIND) || !queue_at(i)->notice)
            continue;
        struct queue *q = queue_at(i);
        const char *name = object_at(i)->name;
        long queue =
            sys(SYS_mq_open, name + (*name == '/'), O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0, 0);
        if (queue < 0)
            continue;
        long before = q->held;
        q->held = held((mqd_t)queue);
        sys(SYS_close, queue);
        if (!before && q->held && !somebody_receives(i))
            give_notice(i);
    }
}

/* The thread that waits for notice, and is the function's when it comes. */
static void *await_notice(void *argument)
{
    struct notice *n = argument;
    union sigval value = {.sival_ptr = (void *)n->value};
    void (*function)(union sigval) = n->function;
    struct point p;

    if (probe_on()) {
        point_begin(&p, &call_mq_notice, (const void *)function, n->object);
        while (!n->given && !n->over)
            turn_block(key_of_notice(n->object), PROBE_NEVER);
        clock_acquire(n->sender);
        point_end(&p, 0);
    }
    bool given_one = n->given;
    heap_put(n, sizeof *n);
    if (given_one)
        function(value);
    return NULL;
}

static long make_thread(struct notice *n, pthread_attr_t *attributes)
{
    pthread_t thread;
    int error = pthread_create(&thread, attributes, await_notice, n);
    if (!error)
        pthread_detach(thread);
    return -error;
}

static long ask(uint32_t object, mqd_t queue, const struct sigevent *event)
{
    struct queue *q = queue_at(object);

    if (!event) {
        if (q->notice && q->notice->process == me()->process)
            end_notice(object);
        return 0;
    }
    if (event->sigev_notify != SIGEV_NONE && event->sigev_notify != SIGEV_SIGNAL &&
        event->sigev_notify != SIGEV_THREAD)
        return -EINVAL;
    if (event->sigev_notify == SIGEV_SIGNAL && (event->sigev_signo < 0 || event->sigev_signo > 64))
        return -EINVAL;
    if (q->notice)
        return -EBUSY;
    q->held = held(queue);
    q->notice = heap_get(sizeof *q->notice);
    *q->notice = (struct notice){.process = me()->process,
                                 .object = object,
                                 .kind = event->sigev_notify,
                                 .signal = event->sigev_signo,
                                 .value = (uint64_t)event->sigev_value.sival_ptr,
                                 .function = event->sigev_notify_function};
    return 0;
}

EXPORT int mq_notify(mqd_t queue, const struct sigevent *event)
{
    uint32_t object = probe_on() ? queue_of(queue, NULL) : 0;
    struct point p;

    if (!object)
        return REAL(mq_notify)(queue, event);
    point_begin(&p, &call_mq_notify, CALLER, object, queue, event ? event->sigev_signo : 0);
    long r = ask(object, queue, event);
    struct notice *n = queue_at(object)->notice;
    if (r == 0 && event && event->sigev_notify == SIGEV_THREAD) {
        int result = (int)point_end(&p, 0);
        return make_thread(n, event->sigev_notify_attributes) < 0 ? -1 : result;
    }
    return (int)point_end(&p, r);
}

/* ---- sending --------------------------------------------------------------------------------- */

static bool good_time(const struct timespec *t)
{
    return t && t->tv_sec >= 0 && t->tv_nsec >= 0 && t->tv_nsec < SECOND;
}

static int64_t virtual_time(const struct timespec *until)
{
    int64_t seconds = until->tv_sec > 1ll << 32 ? 1ll << 32 : until->tv_sec;
    int64_t left = seconds * SECOND + until->tv_nsec - time_real();
    return time_now() + (left > 0 ? left : 0);
}

static const struct timespec over; /* 1970: a call that would wait fails with ETIMEDOUT */

/* What to do about a call that would wait: 0 to try again, or its error. */
static long wait_more(uint32_t object, int64_t deadline)
{
    enum wake wake = turn_block(key_of_object(object), deadline);
    if (wake == WAKE_INTERRUPTED)
        return -EINTR;
    return wake == WAKE_TIMEOUT ? -ETIMEDOUT : 0;
}

static long end(struct point *p, long r)
{
    return r == -EAGAIN || r == -ETIMEDOUT ? point_end_idle(p, r) : point_end(p, r);
}

static long send(uint32_t object, mqd_t queue, const char *from, size_t n, unsigned priority,
                 int64_t deadline)
{
    bool first;
    long r;

    for (;;) {
        first = queue_at(object)->notice && !held(queue);
        r = sys(SYS_mq_timedsend, queue, from, n, priority, &over);
        if (r != -ETIMEDOUT)
            break;
        r = wait_more(object, deadline);
        if (r)
            return r;
    }
    if (r < 0)
        return r;
    struct queue *q = queue_at(object);
    q->held = q->notice ? held(queue) : 0;
    if (q->free)
        q->free--;
    else
        clock_take(&q->freed, 1);
    clock_push(&q->messages, 1, priority);
    if (first && q->notice && !somebody_receives(object))
        give_notice(object);
    turn_changed(key_of_object(object));
    return r;
}

static int send_until(const struct probe_call *call, const void *site, mqd_t queue,
                      const char *from, size_t n, unsigned priority, const struct timespec *until)
{
    uint32_t object = queue_of(queue, NULL);
    struct point p;

    if (!object || (given(until) && !good_time(until)))
        return (int)probe_result(sys(SYS_mq_timedsend, queue, from, n, priority, until));
    reads(from, n, site);
    point_begin(&p, call, site, object, queue, n, priority);
    int64_t deadline = given(until) ? virtual_time(until) : PROBE_NEVER;
    return (int)end(&p, send(object, queue, from, n, priority, deadline));
}

EXPORT int mq_send(mqd_t queue, const char *from, size_t n, unsigned priority)
{
    if (!probe_on())
        return (int)probe_result(sys(SYS_mq_timedsend, queue, from, n, priority, NULL));
    return send_until(&call_mq_send, CALLER, queue, from, n, priority, NULL);
}

EXPORT int mq_timedsend(mqd_t queue, const char *from, size_t n, unsigned priority,
                        const struct timespec *until)
{
    if (!probe_on())
        return (int)probe_result(sys(SYS_mq_timedsend, queue, from, n, priority, until));
    return send_until(&call_mq_timedsend, CALLER, queue, from, n, priority, until);
}

/* ---- receiving ------------------------------------------------------------------------------- */

static void took(struct queue *q, unsigned priority)
{
    struct clock_unit *unit = q->messages.first;
    while (unit && unit->tag != priority)
        unit = unit->next;
    if (unit)
        clock_take_unit(&q->messages, unit);
    clock_push(&q->freed, 1, 0);
    clock_release(&q->room);
}

static void wrote(const void *to, size_t n, uint32_t site)
{
    const struct mapping *m = is_shared(to) && n ? map_find(to) : NULL;
    if (m)
        shadow_check(m->object, m->offset + ((uintptr_t)to - m->from), n, PROBE_WRITE | PROBE_RANGE,
                     site);
}

static ssize_t receive_until(const struct probe_call *call, const void *site, mqd_t queue, char *to,
                             size_t n, unsigned *priority, const struct timespec *until)
{
    uint32_t object = queue_of(queue, NULL);
    unsigned taken = 0;
    struct point p;
    long r;

    if (!object || (given(until) && !good_time(until)))
        return probe_result(sys(SYS_mq_timedreceive, queue, to, n, priority, until));
    point_begin(&p, call, site, object, queue, n);
    int64_t deadline = given(until) ? virtual_time(until) : PROBE_NEVER;
    while ((r = sys(SYS_mq_timedreceive, queue, to, n, &taken, &over)) == -ETIMEDOUT) {
        r = wait_more(object, deadline);
        if (r)
            return end(&p, r);
    }
    if (r >= 0) {
        p.args[2] = taken;
        took(queue_at(object), taken);
        queue_at(object)->held = queue_at(object)->notice ? held(queue) : 0;
        wrote(to, (size_t)r, p.site);
        if (priority) {
            *priority = taken;
            wrote(priority, sizeof taken, p.site);
        }
        turn_changed(key_of_object(object));
    }
    return end(&p, r);
}

EXPORT ssize_t mq_receive(mqd_t queue, char *to, size_t n, unsigned *priority)
{
    if (!probe_on())
        return probe_result(sys(SYS_mq_timedreceive, queue, to, n, priority, NULL));
    return receive_until(&call_mq_receive, CALLER, queue, to, n, priority, NULL);
}

EXPORT ssize_t mq_timedreceive(mqd_t queue, char *restrict to, size_t n,
                               unsigned *restrict priority, const struct timespec *restrict until)
{
    if (!probe_on())
        return probe_result(sys(SYS_mq_timedreceive, queue, to, n, priority, until));
    return receive_until(&call_mq_timedreceive, CALLER, queue, to, n, priority, until);
}

/* ---- making, looking, removing --------------------------------------------------------------- */

EXPORT mqd_t mq_open(const char *name, int flags, ...)
{
    struct mq_attr *attributes = NULL;
    mode_t mode = 0;
    struct point p;

    if (flags & O_CREAT) {
        va_list list;
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        attributes = va_arg(list, struct mq_attr *);
        va_end(list);
    }
    if (!probe_on())
        return REAL(mq_open)(name, flags, mode, attributes);
    point_begin(&p, &call_mq_open, CALLER, 0, flags, mode);
    mqd_t queue = REAL(mq_open)(name, flags, mode, attributes);
    long r = queue < 0 ? -*real_errno() : queue;
    if (r == -ENOENT) {
        clock_acquire(*unlinked());
        return (mqd_t)point_end_idle(&p, r);
    }
    if (r >= 0) {
        uint32_t before = WORLD->objects;
        p.args[2] = queue;
        p.object = queue_of(queue, name);
        struct queue *q = queue_at(p.object);
        clock_acquire(q->made);
        if (WORLD->objects != before)
            clock_release(&q->made);
    }
    return (mqd_t)point_end(&p, r);
}

EXPORT int mq_close(mqd_t queue)
{
    uint32_t object = probe_on() ? queue_of(queue, NULL) : 0;
    struct point p;

    if (!object)
        return (int)probe_result(sys(SYS_close, queue));
    point_begin(&p, &call_mq_close, CALLER, object, queue);
    const struct notice *n = queue_at(object)->notice;
    if (n && n->process == me()->process)
        end_notice(object);
    return (int)point_end(&p, sys(SYS_close, queue));
}

EXPORT int mq_unlink(const char *name)
{
    struct point p;

    if (!probe_on())
        return REAL(mq_unlink)(name);
    point_begin(&p, &call_mq_unlink, CALLER, 0);
    long r = REAL(mq_unlink)(name) < 0 ? -*real_errno() : 0;
    if (r == 0)
        clock_release(unlinked());
    return (int)point_end(&p, r);
}

/* Programs poll mq_curmsgs. */
EXPORT int mq_getattr(mqd_t queue, struct mq_attr *attributes)
{
    uint32_t object = probe_on() ? queue_of(queue, NULL) : 0;
    struct point p;

    if (!object)
        return REAL(mq_getattr)(queue, attributes);
    point_begin(&p, &call_mq_getattr, CALLER, object, queue);
    long r = sys(SYS_mq_getsetattr, queue, NULL, attributes);
    for (const struct clock_unit *u = queue_at(object)->messages.first; u; u = u->next)
        clock_acquire(u->clock);
    clock_acquire(queue_at(object)->room);
    return (int)point_end_idle(&p, r);
}

EXPORT int mq_setattr(mqd_t queue, const struct mq_attr *restrict new,
                      struct mq_attr *restrict before)
{
    uint32_t object = probe_on() ? queue_of(queue, NULL) : 0;
    struct point p;

    if (!object)
        return REAL(mq_setattr)(queue, new, before);
    point_begin(&p, &call_mq_setattr, CALLER, object, queue, given(new) ? new->mq_flags : 0);
    return (int)point_end(&p, sys(SYS_mq_getsetattr, queue, new, before));
}

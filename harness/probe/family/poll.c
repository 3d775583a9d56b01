/*
 * poll.c - poll, select, epoll: waiting for one of many, with virtual timeouts.
 *
 * The kernel is asked without waiting. Seeing that somebody is ready orders nothing: what is read
 * afterwards does. End of file is seen as such by the read too; but a program may act on POLLHUP
 * alone, so that is ordered after whoever closed. Who waits is woken by any change, since the sets
 * are small and a key for each descriptor would only make it faster.
 *
 * ppoll, pselect and epoll_pwait let signals in only while they wait: the mask is the task's from
 * the beginning of the wait to its end.
 */
#include "../fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>

#define FAMILY_NAME "poll"
#define SECOND      1000000000ll

CALL(poll, FAMILY_NAME, "count ns");
CALL(ppoll, FAMILY_NAME, "count ns");
CALL(select, FAMILY_NAME, "count ns");
CALL(pselect, FAMILY_NAME, "count ns");
CALL(epoll_wait, FAMILY_NAME, "fd count ns");
CALL(epoll_pwait, FAMILY_NAME, "fd count ns");
CALL(epoll_ctl, FAMILY_NAME, "fd command fd");
FAMILY(poll);

/* ---- waiting --------------------------------------------------------------------------------- */

/* One call of this family, tried again and again. */
struct wait {
    long (*attempt)(struct wait *w); /* the kernel's answer, now */
    void *at, *also[2];              /* its arguments, … */
    void *kept;                      /* … and sets as they were given */
    long count;
    int fd;
    int64_t due;          /* when one of its timers is; set by `attempt` */
    const uint64_t *mask; /* signals blocked while it waits; NULL: as they are */
};

/* Of which object `n` descriptors are: for the report of a deadlock, if there is but one. */
static uint32_t only_object(const struct pollfd *all, nfds_t n)
{
    uint32_t object = 0;
    bool several = false;
    for (nfds_t i = 0; i < n; i++) {
        struct fd fd = fd_look(all[i].fd);
        if (fd.kind == FD_OTHER)
            event_seen(all[i].fd, &fd);
        several = several || (fd.object && object && fd.object != object);
        object = fd.object ? fd.object : object;
    }
    return several ? 0 : object;
}

static int64_t deadline(int64_t ns)
{
    return ns < 0 || ns > PROBE_NEVER / 4 ? PROBE_NEVER : time_now() + ns;
}

static void saw_readable(int number)
{
    struct fd fd = fd_look(number);
    event_seen(number, &fd);
}

static void saw_end(int number)
{
    struct fd fd = fd_look(number);
    if (fd.kind == FD_PIPE || fd.kind == FD_SOCKET) {
        clock_acquire(fd_stream(fd.object)->closed);
        clock_acquire(*io_gone());
    }
}

/* From here to the end of the wait, or of the call, this mask is what lets signals in. */
static void hold_with(uint64_t mask)
{
    signals_hold();
    self.mask = mask;
    self.held = true;
}

static long attempt(struct wait *w)
{
    w->due = PROBE_NEVER;
    return w->attempt(w);
}

static void prepare(struct wait *w, int number)
{
    int64_t due = event_due(number);
    w->due = due < w->due ? due : w->due;
}

/* As in the kernel: who is ready comes before a signal, and a signal before time. */
static long wait_for(struct point *p, struct wait *w, int64_t ns)
{
    int64_t until = deadline(ns);
    enum wake wake = WAKE_RETRY;
    long r = attempt(w);

    if (r == 0 && ns != 0) {
        uint64_t before = w->mask ? signals_hold() : 0;
        if (w->mask)
            hold_with(*w->mask);
        do
            wake = turn_block_once(key_of_anything(), w->due < until ? w->due : until);
        while ((r = attempt(w)) == 0 &&
               (wake == WAKE_RETRY || (wake == WAKE_TIMEOUT && time_now() < until)));
        if (r == 0 && wake == WAKE_INTERRUPTED)
            r = -EINTR;
        if (w->mask)
            hold_with(before);
    }
    return point_end_idle(p, r); /* looking changes nothing: what is done about it does */
}

/* ---- poll ------------------------------------------------------------------------------------ */

static long try_poll(struct wait *w)
{
    struct pollfd *all = w->at;
    for (long i = 0; i < w->count; i++)
        prepare(w, all[i].fd);
    long r = sys(SYS_poll, all, w->count, 0);
    for (long i = 0; r > 0 && i < w->count; i++) {
        if (all[i].revents & (POLLHUP | POLLRDHUP | POLLERR))
            saw_end(all[i].fd);
        if (all[i].revents & POLLIN)
            saw_readable(all[i].fd);
    }
    return r;
}

static int poll_for(const struct probe_call *call, const void *site, struct pollfd *all, nfds_t n,
                    int64_t ns, const sigset_t *mask)
{
    struct point p;
    struct wait w = {.attempt = try_poll, .at = all, .count = (long)n, .mask = (const void *)mask};

    reads(all, n * sizeof *all, site);
    point_begin(&p, call, site, only_object(all, n), n, ns);
    long r = wait_for(&p, &w, ns);
    return (int)r;
}

EXPORT int poll(struct pollfd *all, nfds_t n, int ms)
{
    if (!probe_on())
        return (int)probe_result(sys(SYS_poll, all, n, ms));
    return poll_for(&call_poll, CALLER, all, n, ms < 0 ? -1 : ms * 1000000ll, NULL);
}

static int64_t from_timespec(const struct timespec *t)
{
    if (!t)
        return -1;
    return t->tv_sec > PROBE_NEVER / SECOND / 4 ? PROBE_NEVER / 4 : t->tv_sec * SECOND + t->tv_nsec;
}

static bool is_time(const struct timespec *t)
{
    return !t || (t->tv_sec >= 0 && t->tv_nsec >= 0 && t->tv_nsec < SECOND);
}

EXPORT int ppoll(struct pollfd *all, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
    if (!probe_on() || !is_time(timeout))
        return (int)probe_result(sys(SYS_ppoll, all, n, timeout, mask, 8));
    return poll_for(&call_ppoll, CALLER, all, n, from_timespec(timeout), mask);
}

/* ---- select ---------------------------------------------------------------------------------- */

struct sets {
    fd_set set[3];
};

static fd_set *set_of(struct wait *w, int i)
{
    return i == 0 ? w->at : w->also[i - 1];
}

/* The kernel reads and writes as many bytes of each set as `count` descriptors take. */
static size_t set_size(const struct wait *w)
{
    return (size_t)(w->count + 63) / 64 * 8;
}

static void copy_sets(struct wait *w, bool back)
{
    struct sets *kept = w->kept;
    for (int i = 0; i < 3; i++)
        if (set_of(w, i))
            probe_copy(back ? (void *)set_of(w, i) : &kept->set[i],
                       back ? (void *)&kept->set[i] : set_of(w, i), set_size(w));
}

/* Which of the readable ones are at their end is only known to poll. */
static void see_ready(struct wait *w)
{
    for (int i = 0; w->at && i < w->count; i++) {
        struct pollfd p = {.fd = i, .events = POLLIN};
        if (!(((uint64_t *)w->at)[i / 64] >> i % 64 & 1) || sys(SYS_poll, &p, 1, 0) <= 0)
            continue;
        if (p.revents & POLLHUP)
            saw_end(i);
        if (p.revents & POLLIN)
            saw_readable(i);
    }
}

static long try_select(struct wait *w)
{
    struct timespec zero = {0};
    copy_sets(w, true);
    for (int i = 0; w->at && i < w->count; i++)
        if (((uint64_t *)w->at)[i / 64] >> i % 64 & 1)
            prepare(w, i);
    long r = sys(SYS_pselect6, w->count, w->at, w->also[0], w->also[1], &zero, NULL);
    if (r > 0)
        see_ready(w);
    return r;
}

static uint32_t only_selected(const struct wait *w)
{
    struct pollfd all[64];
    nfds_t n = 0;
    for (int i = 0; i < w->count && n < 64; i++)
        if (w->at && ((uint64_t *)w->at)[i / 64] >> i % 64 & 1)
            all[n++].fd = i;
    return only_object(all, n);
}

static int select_for(const struct probe_call *call, const void *site, struct wait w, int64_t ns)
{
    struct point p;
    struct sets kept;

    w.attempt = try_select;
    w.kept = &kept;
    copy_sets(&w, false);
    point_begin(&p, call, site, only_selected(&w), w.count, ns);
    long r = wait_for(&p, &w, ns);
    if (r < 0) /* the sets are as they were */
        copy_sets(&w, true);
    return (int)r;
}

EXPORT int select(int n, fd_set *restrict read, fd_set *restrict write, fd_set *restrict except,
                  struct timeval *restrict timeout)
{
    if (!probe_on() || n < 0 || n > FD_SETSIZE ||
        (timeout && (timeout->tv_sec < 0 || timeout->tv_usec < 0)))
        return (int)probe_result(sys(SYS_select, n, read, write, except, timeout));
    int64_t ns = -1, start = time_now();
    if (timeout)
        ns = timeout->tv_sec > PROBE_NEVER / SECOND / 4
                 ? PROBE_NEVER / 4
                 : timeout->tv_sec * SECOND + timeout->tv_usec * 1000ll;
    struct wait w = {.at = read, .also = {write, except}, .count = n};
    int r = select_for(&call_select, CALLER, w, ns);
    if (timeout) { /* Linux says what is left */
        int64_t left = ns - (time_now() - start) > 0 && r ? ns - (time_now() - start) : 0;
        *timeout = (struct timeval){.tv_sec = left / SECOND, .tv_usec = left % SECOND / 1000};
    }
    return r;
}

EXPORT int pselect(int n, fd_set *restrict read, fd_set *restrict write, fd_set *restrict except,
                   const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
    if (!probe_on() || n < 0 || n > FD_SETSIZE || !is_time(timeout))
        return REAL(pselect)(n, read, write, except, timeout, mask);
    struct wait w = {.at = read, .also = {write, except}, .count = n, .mask = (const void *)mask};
    return select_for(&call_pselect, CALLER, w, from_timespec(timeout));
}

/* ---- epoll ----------------------------------------------------------------------------------- */

static uint64_t hexadecimal(const char **at)
{
    uint64_t value = 0;
    for (;; ++*at) {
        char c = **at;
        if (c >= '0' && c <= '9')
            value = value * 16 + (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value * 16 + (uint64_t)(c - 'a') + 10;
        else
            return value;
    }
}

static uint64_t decimal(const char **at)
{
    uint64_t value = 0;
    for (; **at >= '0' && **at <= '9'; ++*at)
        value = value * 10 + (uint64_t)(**at - '0');
    return value;
}

static bool skip_word(const char **at, const char *word)
{
    if (!text_starts(*at, word))
        return false;
    for (*at += text_length(word); **at == ' '; ++*at)
        ;
    return true;
}

/* An event tells its data; which descriptor was added with it, the kernel tells on lines of their own:
 * "tfd: 5 events: 19 data: 5 …". */
typedef void each_watched(struct wait *w, int number, uint64_t data, long events);

static void for_each_watched(struct wait *w, long events, each_watched *each)
{
    char path[40] = "/proc/self/fdinfo/", text[4096];
    uint64_t number = 0;

    text_put_number(path + 18, sizeof path - 18, (uint64_t)w->fd, 10);
    long file = sys(SYS_open, path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    long n = sys(SYS_read, file, text, sizeof text - 1);
    sys(SYS_close, file);
    text[n > 0 ? n : 0] = 0;
    for (const char *at = text; *at; at += *at != 0)
        if (skip_word(&at, "tfd:"))
            number = decimal(&at);
        else if (skip_word(&at, "data:"))
            each(w, (int)number, hexadecimal(&at), events);
}

static void prepare_watched(struct wait *w, int number, uint64_t data, long events)
{
    (void)data, (void)events;
    prepare(w, number);
}

static void see_watched(struct wait *w, int number, uint64_t data, long events)
{
    const struct epoll_event *all = w->at;
    for (long i = 0; i < events; i++)
        if (all[i].data.u64 == data && all[i].events & EPOLLIN)
            saw_readable(number);
}

static long try_epoll(struct wait *w)
{
    if (event_any_timers())
        for_each_watched(w, 0, prepare_watched);
    return sys(SYS_epoll_wait, w->fd, w->at, w->count, 0);
}

static void all_closed(void)
{
    for (uint32_t i = 1; i <= WORLD->objects && i < PROBE_OBJECTS; i++) {
        const char *kind = object_at(i)->kind;
        if (text_equal(kind, "pipe") || text_equal(kind, "FIFO") || text_equal(kind, "socket"))
            clock_acquire(fd_stream(i)->closed);
    }
}

/* The event says its data, not its descriptor: an end that is seen is ordered after every close
 * and death so far, of which there are few. */
static void saw_hang_up(const struct epoll_event *events, long n)
{
    for (long i = 0; i < n; i++)
        if (events[i].events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR)) {
            clock_acquire(*io_gone());
            all_closed();
            return;
        }
}

static int epoll_for(const struct probe_call *call, const void *site, struct wait w, int64_t ns)
{
    struct point p;

    w.attempt = try_epoll;
    point_begin(&p, call, site, 0, w.fd, w.count, ns);
    long r = wait_for(&p, &w, ns);
    if (r > 0) {
        saw_hang_up(w.at, r);
        for_each_watched(&w, r, see_watched);
    }
    return (int)r;
}

EXPORT int epoll_wait(int fd, struct epoll_event *events, int count, int ms)
{
    if (!probe_on())
        return (int)probe_result(sys(SYS_epoll_wait, fd, events, count, ms));
    struct wait w = {.at = events, .count = count, .fd = fd};
    return epoll_for(&call_epoll_wait, CALLER, w, ms < 0 ? -1 : ms * 1000000ll);
}

EXPORT int epoll_pwait(int fd, struct epoll_event *events, int count, int ms, const sigset_t *mask)
{
    if (!probe_on())
        return (int)probe_result(sys(SYS_epoll_pwait, fd, events, count, ms, mask, 8));
    struct wait w = {.at = events, .count = count, .fd = fd, .mask = (const void *)mask};
    return epoll_for(&call_epoll_pwait, CALLER, w, ms < 0 ? -1 : ms * 1000000ll);
}

/* Another thread may be waiting there, and now has something. */
EXPORT int epoll_ctl(int fd, int command, int number, struct epoll_event *event)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_epoll_ctl, fd, command, number, event));
    point_begin(&p, &call_epoll_ctl, CALLER, 0, fd, command, number);
    struct pollfd one = {.fd = number};
    long r = sys(SYS_epoll_ctl, fd, command, number, event);
    only_object(&one, r == 0 && command == EPOLL_CTL_ADD); /* a doubt, perhaps */
    turn_changed(key_of_anything());
    return (int)point_end(&p, r);
}

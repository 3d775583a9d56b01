/*
 * file_lock.c - record locks (fcntl, lockf), those of open file descriptions, and flock.
 *
 * The kernel decides, asked without waiting; so owners, inheritance and conversion are as natively.
 * What it cannot see is who waits here: the circle of processes that F_SETLKW refuses with EDEADLK
 * is looked for by us.
 *
 * Giving up a write lock is ordered before every later lock of a common byte; giving up a read lock
 * before later write locks. A lock is given up by unlocking and converting, by closing - any
 * descriptor of the file for record locks -, and by the end of its process.
 */
#include "../fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAMILY_NAME "file locks"
#define KIND        "file"
#define END         INT64_MAX

CALL(fcntl, FAMILY_NAME, "fd command type offset");
CALL(lockf, FAMILY_NAME, "fd command offset bytes");
CALL(flock, FAMILY_NAME, "fd flags");

/* What was given up on these bytes. flock's is whole files, apart from the others. */
struct range {
    struct range *next;
    int64_t from, to;
    struct clock *wrote, *read;
};

struct hold {
    struct hold *next;
    uint32_t process;
    int fd; /* of flock and open file descriptions; RECORD for a process's own */
    int type;
    int64_t from, to;
};

struct file {
    struct file *next;
    uint32_t object;
    struct range *records, *whole;
    struct hold *holds;
};

enum { RECORD = -1 };

static void closing(int number);
static void died(uint32_t task);
FAMILY(file_lock, .closing = closing, .died = died);

static struct file **files(void)
{
    return (struct file **)family_root(&family_file_lock);
}

static void name_file(uint32_t object, int number)
{
    char link[32] = "/proc/self/fd/", path[256];

    text_put_number(link + 14, sizeof link - 14, (uint64_t)number, 10);
    long n = sys(SYS_readlink, link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = 0;
    const char *last = path;
    for (const char *c = path; *c; c++)
        if (*c == '/')
            last = c + 1;
    object_name(object, last, 0, 0);
}

static struct file *file_of(int number, bool make)
{
    struct stat st;
    bool new = false;

    if (sys(SYS_fstat, number, &st) < 0)
        return NULL;
    uint32_t object = object_find(KIND " lock", st.st_dev, st.st_ino);
    for (struct file *f = *files(); f && object; f = f->next)
        if (f->object == object)
            return f;
    if (!make)
        return NULL;
    object = object_get(KIND " lock", st.st_dev, st.st_ino, &new);
    name_file(object, number);
    struct file *f = heap_get(sizeof *f);
    f->object = object;
    f->next = *files();
    return *files() = f;
}

/* ---- edges ----------------------------------------------------------------------------------- */

static bool overlap(int64_t from, int64_t to, int64_t other_from, int64_t other_to)
{
    return from < other_to && other_from < to;
}

static void release(struct range **list, int type, int64_t from, int64_t to, uint32_t task)
{
    struct range *r = *list;
    while (r && (r->from != from || r->to != to))
        r = r->next;
    if (!r) {
        r = heap_get(sizeof *r);
        *r = (struct range){.next = *list, .from = from, .to = to};
        *list = r;
    }
    struct clock **into = type == F_RDLCK ? &r->read : &r->wrote;
    if (task == self.task)
        clock_release(into);
    else
        clock_join(into, clock_of(task));
}

static void acquire(const struct range *r, int type, int64_t from, int64_t to)
{
    for (; r; r = r->next)
        if (overlap(from, to, r->from, r->to)) {
            clock_acquire(r->wrote);
            if (type == F_WRLCK)
                clock_acquire(r->read);
        }
}

static struct range **ranges(struct file *f, const struct hold *h)
{
    return h->fd == RECORD || h->to != END || h->from ? &f->records : &f->whole;
}

static void add_hold(struct file *f, struct hold like, int64_t from, int64_t to)
{
    struct hold *h = heap_get(sizeof *h);
    *h = like;
    h->from = from;
    h->to = to;
    h->next = f->holds;
    f->holds = h;
}

/* It no longer has these bytes, by whatever it was. True if it had any. */
static bool give_up(struct file *f, struct range **list, uint32_t process, int fd, int64_t from,
                    int64_t to, uint32_t task)
{
    bool any = false;
    for (struct hold **at = &f->holds, *h; (h = *at);) {
        if (h->process != process || h->fd != fd || !overlap(from, to, h->from, h->to)) {
            at = &h->next;
            continue;
        }
        *at = h->next;
        any = true;
        release(list, h->type, from > h->from ? from : h->from, to < h->to ? to : h->to, task);
        if (h->from < from)
            add_hold(f, *h, h->from, from);
        if (to < h->to)
            add_hold(f, *h, to, h->to);
        heap_put(h, sizeof *h);
    }
    return any;
}

/* The kernel has done it. Who unlocks what it is not known to hold - by a descriptor that it
 * inherited, say - had a lock all the same. */
static void done(struct file *f, struct range **list, int fd, int type, int64_t from, int64_t to)
{
    bool had = give_up(f, list, me()->process, fd, from, to, self.task);
    if (type == F_UNLCK && !had && fd != RECORD)
        release(list, F_WRLCK, from, to, self.task);
    if (type != F_UNLCK) {
        acquire(*list, type, from, to);
        struct hold like = {.process = me()->process, .fd = fd, .type = type};
        add_hold(f, like, from, to);
        object_at(f->object)->holder = self.task;
    } else if (object_at(f->object)->holder == self.task) {
        object_at(f->object)->holder = PROBE_NOBODY;
    }
    turn_changed(key_of_object(f->object));
}

/* The last descriptor of a description cannot be told from others: each close counts. */
static void closing(int number)
{
    struct file *f = *files() ? file_of(number, false) : NULL;
    if (!f)
        return;
    give_up(f, &f->records, me()->process, RECORD, 0, END, self.task);
    if (give_up(f, &f->whole, me()->process, number, 0, END, self.task) || f->whole)
        release(&f->whole, F_WRLCK, 0, END, self.task);
    turn_changed(key_of_object(f->object));
}

static void died(uint32_t process)
{
    for (struct file *f = *files(); f; f = f->next) {
        for (struct hold *h = f->holds; h; h = f->holds) {
            while (h && h->process != process)
                h = h->next;
            if (!h)
                break;
            give_up(f, ranges(f, h), process, h->fd, h->from, h->to, process);
        }
        if (f->whole)
            release(&f->whole, F_WRLCK, 0, END, process);
    }
}

/* ---- fcntl ----------------------------------------------------------------------------------- */

/* Whom this task's F_SETLKW waits for, if it is blocked in one: its task + 1. */
static uint32_t *waits_for(void)
{
    static const char kind[] = "waits of record locks";
    bool new;
    return object_memory(object_get(kind, 0, 0, &new), PROBE_TASKS * sizeof(uint32_t));
}

static uint32_t blocker_of(int fd, const struct flock *wished)
{
    struct flock l = *wished;
    if (sys(SYS_fcntl, fd, F_GETLK, &l) < 0 || l.l_type == F_UNLCK)
        return PROBE_NOBODY;
    return task_by_pid(l.l_pid);
}

static bool waits_in_a_circle(uint32_t blocker)
{
    uint32_t *list = waits_for();
    for (int steps = 0; blocker != PROBE_NOBODY && steps < PROBE_TASKS; steps++) {
        if (task_at(blocker)->process == me()->process)
            return true;
        if (task_at(blocker)->state != PROBE_BLOCKED || !list[blocker % PROBE_TASKS])
            return false;
        blocker = list[blocker % PROBE_TASKS] - 1;
    }
    return false;
}

static long lock_waiting(int fd, int command, struct flock *l, struct file *f)
{
    int attempt = command == F_OFD_SETLKW ? F_OFD_SETLK : F_SETLK;
    long r;

    while ((r = sys(SYS_fcntl, fd, attempt, l)) == -EAGAIN || r == -EACCES) {
        uint32_t blocker = attempt == F_SETLK ? blocker_of(fd, l) : PROBE_NOBODY;
        if (waits_in_a_circle(blocker))
            return -EDEADLK;
        waits_for()[self.task] = blocker == PROBE_NOBODY ? 0 : blocker + 1;
        object_at(f->object)->holder = blocker;
        enum wake wake = turn_block(key_of_object(f->object), PROBE_NEVER);
        waits_for()[self.task] = 0;
        if (wake == WAKE_INTERRUPTED)
            return -EINTR;
    }
    return r;
}

/* The bytes meant, from the start of the file; -1 if there are none such. */
static int bounds(int fd, const struct flock *l, int64_t *from, int64_t *to)
{
    struct stat st;
    int64_t start = l->l_start;

    if (l->l_whence == SEEK_CUR)
        start += sys(SYS_lseek, fd, 0, SEEK_CUR);
    else if (l->l_whence == SEEK_END && sys(SYS_fstat, fd, &st) == 0)
        start += st.st_size;
    *from = l->l_len < 0 ? start + l->l_len : start;
    *to = l->l_len < 0 ? start : l->l_len ? start + l->l_len : END;
    return *from < 0 ? -1 : 0;
}

static long lock_record(struct point *p, int fd, int command, struct flock *l)
{
    struct file *f = file_of(fd, true);
    bool waits = command == F_SETLKW || command == F_OFD_SETLKW;
    bool own = command == F_SETLK || command == F_SETLKW;
    int64_t from, to;

    if (!f || bounds(fd, l, &from, &to) < 0)
        return point_end(p, sys(SYS_fcntl, fd, waits ? command - 1 : command, l));
    p->object = me()->object = f->object;
    p->args[2] = l->l_type;
    p->args[3] = from;
    long r = waits ? lock_waiting(fd, command, l, f) : sys(SYS_fcntl, fd, command, l);
    if (r == 0)
        done(f, &f->records, own ? RECORD : fd, l->l_type, from, to);
    return r == -EAGAIN || r == -EACCES ? point_end_idle(p, r) : point_end(p, r);
}

static long control(const void *site, int fd, int command, long argument)
{
    struct point p;

    switch (command) {
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        if (!probe_on() || !argument)
            break;
        point_begin(&p, &call_fcntl, site, 0, fd, command);
        return lock_record(&p, fd, command, (struct flock *)argument);
    case F_GETLK:
    case F_OFD_GETLK:
        if (!probe_on())
            break;
        point_begin(&p, &call_fcntl, site, 0, fd, command);
        return point_end_idle(&p, sys(SYS_fcntl, fd, command, argument));
    }
    return probe_result(sys(SYS_fcntl, fd, command, argument));
}

EXPORT int fcntl(int fd, int command, ...)
{
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    return (int)control(CALLER, fd, command, argument);
}

EXPORT int fcntl64(int fd, int command, ...)
{
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    return (int)control(CALLER, fd, command, argument);
}

/* ---- lockf, flock ---------------------------------------------------------------------------- */

static int test_lock(int fd, struct flock *l)
{
    l->l_type = F_RDLCK;
    long r = sys(SYS_fcntl, fd, F_GETLK, l);
    if (r == 0 && l->l_type != F_UNLCK && l->l_pid != (pid_t)sys(SYS_getpid))
        r = -EACCES;
    return (int)r;
}

static int lock_from_here(const void *site, int fd, int command, off_t length)
{
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_len = length};
    struct point p;

    point_begin(&p, &call_lockf, site, 0, fd, command, 0, length);
    switch (command) {
    case F_TEST:
        return (int)point_end_idle(&p, test_lock(fd, &l));
    case F_ULOCK:
        l.l_type = F_UNLCK;
        return (int)lock_record(&p, fd, F_SETLK, &l);
    case F_LOCK:
        return (int)lock_record(&p, fd, F_SETLKW, &l);
    case F_TLOCK:
        return (int)lock_record(&p, fd, F_SETLK, &l);
    }
    return (int)point_end_idle(&p, -EINVAL);
}

EXPORT int lockf(int fd, int command, off_t length)
{
    return probe_on() ? lock_from_here(CALLER, fd, command, length)
                      : REAL(lockf)(fd, command, length);
}

EXPORT int lockf64(int fd, int command, off64_t length)
{
    return probe_on() ? lock_from_here(CALLER, fd, command, length)
                      : REAL(lockf64)(fd, command, length);
}

EXPORT int flock(int fd, int operation)
{
    struct point p;
    long r;

    if (!probe_on())
        return (int)probe_result(sys(SYS_flock, fd, operation));
    point_begin(&p, &call_flock, CALLER, 0, fd, operation);
    struct file *f = file_of(fd, true);
    if (!f)
        return (int)point_end(&p, -EBADF);
    p.object = me()->object = f->object;
    while ((r = sys(SYS_flock, fd, operation | LOCK_NB)) == -EWOULDBLOCK && !(operation & LOCK_NB))
        if (turn_block(key_of_object(f->object), PROBE_NEVER) == WAKE_INTERRUPTED)
            return (int)point_end(&p, -EINTR);
    int type = operation & LOCK_UN ? F_UNLCK : operation & LOCK_SH ? F_RDLCK : F_WRLCK;
    if (r == 0)
        done(f, &f->whole, fd, type, 0, END);
    return (int)(r == -EWOULDBLOCK ? point_end_idle(&p, r) : point_end(&p, r));
}

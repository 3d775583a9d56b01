/*
 * fd.h - from a descriptor to the object behind it: shared by all families that work on
 * descriptors.
 *
 * The kernel is asked each time (fstat), so dup, fork, exec and SCM_RIGHTS need no book-keeping: a
 * pipe's inode is the same through all of them. Blocking reads and writes go by io_wait, which
 * polls: exact, because nobody else runs. O_NONBLOCK is never set, for it belongs to all who share
 * the description.
 */
#ifndef IPCGRADE_FD_H
#define IPCGRADE_FD_H

#include "probe.h"

#include <sys/types.h>

enum fd_kind {
    FD_NONE,
    FD_PIPE,
    FD_SOCKET,
    FD_FILE,
    FD_TERMINAL,
    FD_EVENT,   /* eventfd */
    FD_TIMER,   /* timerfd */
    FD_SIGNALS, /* signalfd */
    FD_PROCESS, /* pidfd */
    FD_OTHER
};

struct stream {               /* what pipes, FIFOs and the like keep in object_memory */
    struct clock_queue bytes; /* each byte range carries its writer's clock */
    struct clock *room;       /* of readers: for a writer that found it full */
    struct clock *closed;     /* of everybody who closed an end: for EOF and EPIPE */
    struct clock *opened;     /* FIFO: both sides' opens */
    struct clock *contents;   /* plain files: all writers */
    uint32_t peer;            /* socket: the end that is sent to; 0: not known */
    uint32_t backlog; /* socket that listens: `bytes` are connections, tagged with their end */
    bool listens;
    bool connecting; /* not accepted yet: what it sends meanwhile is in … */
    struct clock_queue unread;
};

struct fd {
    enum fd_kind kind;
    uint32_t object; /* 0: not followed */
    bool outside;    /* the other end is the harness's, or nobody's */
};

struct fd fd_look(int number);
/* family/event.c: of what has no place in any file system. */
struct fd event_look(int number);
long event_read(const struct probe_call *call, const void *site, int number, const struct fd *fd,
                void *to, size_t n);
long event_write(const struct probe_call *call, const void *site, int number, const struct fd *fd,
                 const void *from, size_t n);
/* A wait for several said that it is readable. Of a kind that is not followed, a doubt. */
void event_seen(int number, const struct fd *fd);
/* Before the kernel is asked whether it is ready: what is due in virtual time is made so. When it will be:
 * PROBE_NEVER unless it is a timerfd. */
int64_t event_due(int number);
bool event_any_timers(void);
/* Of a plain file that is known by its path only. */
struct stat;
uint32_t file_object_of(const struct stat *st);
/* Its contents, or only their size or times, were looked at, or changed, in other ways than read and write. */
void file_seen(int number);
void file_changed(int number);
struct stream *fd_stream(uint32_t object);
/* The object of a FIFO that is known by path only; 0 if it is none. */
uint32_t fifo_look(const char *path);
/* Blocks the task, whose call me() shows, until poll says `events`; 0, or -EINTR, -EAGAIN (the
 * student asked for O_NONBLOCK). True in *waited if it had to wait. */
long io_wait(int number, const struct fd *fd, short events, bool *waited);

/* What reading or writing `r` bytes there, by whatever call, is ordered after and lets others see. */
void io_was_read(const struct fd *fd, int number, long r, size_t wanted);
void io_was_written(const struct fd *fd, int number, long r, bool waited);

/* There is something to read, or an end of file, or an error. */
bool io_ready(int number);

/* One read or write of a library or of the student, from its point to its event. In the kernel's
 * convention. */
long io_read(const struct probe_call *call, const void *site, int number, void *to, size_t n);
long io_write(const struct probe_call *call, const void *site, int number, const void *from,
              size_t n);
/* The same of a socket. */
long socket_read(const struct probe_call *call, const void *site, int number, void *to, size_t n);
void socket_was_read(int fd, long r, size_t wanted);
void socket_was_written(int fd, long r, bool waited);
long socket_write(const struct probe_call *call, const void *site, int number, const void *from,
                  size_t n);
/* Ends a call on a descriptor, with errno as it was: to find nothing there is no progress. Returns r. */
long fd_end(struct point *p, long r);
/* open(), with errno: a point if it is a FIFO. */
int io_open(const void *site, const char *path, int flags, mode_t mode);
long io_close(const struct probe_call *call, const void *site, int number);
/* Tells all families that this descriptor is about to go. */
void io_closing(int number);
/* Everyone who died or executed another program: they may have closed anything. */
struct clock **io_gone(void);

#endif

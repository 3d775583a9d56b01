/* misuse.h - telling what a program certainly does wrong, on this schedule or on one that can happen. */
#ifndef IPCGRADE_MISUSE_H
#define IPCGRADE_MISUSE_H

#include "probe.h"

/* `rule`: a name of the catalogue. `second` may be NULL. Once for the same places. */
void misuse_tell(const char *rule, const struct probe_access *first,
                 const struct probe_access *second, uint64_t offset);

/* family/buffers.c: this process is about to fork at this place, … */
void buffers_copied(uint32_t site);
/* … and has written what its stream's buffer began with. */
void buffer_written(const void *stream, const void *from, int fd);

/* family/zombies.c: this process is about to make a child there. */
void zombies_count(uint32_t site);
/* It waits for one. */
void zombies_awaited(void);

/* family/reentry.c: a handler was installed; one begins, whose signal was sent after all that I did up to
 * `known`, on this stack; it ends. */
struct handling {
    int32_t signal; /* 0: no handler runs; -1: one that is not looked at */
    uint32_t known;
    const void *frame;
};
void reentry_installed(int signal);
struct handling reentry_begin(struct handling new);
void reentry_end(struct handling before);
/* A function of stdio is about to work on this stream. */
void reentry_stream(const void *stream, const void *site);

#endif

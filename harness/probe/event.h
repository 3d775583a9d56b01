/* event.h - what the files of descriptors without a file share: family/event.c, family/timerfd.c. */
#ifndef IPCGRADE_EVENT_H
#define IPCGRADE_EVENT_H

#include "fd.h"

/* The decimal number after `word` in the file /proc/self/fdinfo/N, or -1. */
int64_t event_told(int number, const char *word);
/* The object of that kind and number, made when it is new. */
uint32_t event_object(const char *kind, const char *name, uint64_t id);
/* O_NONBLOCK */
bool event_wants_no_wait(int number);

struct fd timer_look(int number);
long timer_read(int number, const struct fd *fd, void *to, size_t n);
/* It was said to be readable. */
void timer_seen(const struct fd *fd);

#endif

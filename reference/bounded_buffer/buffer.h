/*
 * buffer.h - a buffer of five slots that any number of producer and consumer processes share.
 *
 * A session has a fixed number of producers and consumers, known to each of them. Whoever comes
 * first finds nothing and sets the buffer up; whoever is last to leave removes it. All functions
 * end the program with a message and status 1 when a system call fails.
 */
#ifndef BUFFER_H
#define BUFFER_H

#include <signal.h>
#include <stdbool.h>

enum {
    SLOTS = 5,
    NAME_SIZE = 16 /* 15 characters and the NUL */
};

struct item {
    char producer[NAME_SIZE];
    int number;
};

void buffer_open(int producers, int consumers);

/* Waits for a free slot and puts the item there. False: `*stop` was found set, nothing was put. */
bool buffer_put(const struct item *item, const volatile sig_atomic_t *stop);

/* Waits for an item and takes the oldest. False: all producers have finished and the buffer is
 * empty. */
bool buffer_take(struct item *item);

/* A producer says this once, after its last item. */
void buffer_producer_finished(void);

/* Everybody says this once, and does not touch the buffer afterwards. */
void buffer_leave(void);

#endif

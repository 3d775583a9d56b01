/* buffer.c - the buffer: a shared memory segment and a semaphore set. */
#include "buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>

/* What lies in the segment. */
struct shared {
    struct item slot[SLOTS];
    /* TODO: what else do the processes have to know of each other? */
};

void buffer_open(int producers, int consumers)
{
    key_t key = ftok(".", 'B');

    /* TODO: shmget, semget, shmat; who initialises what? */
    (void)key;
    (void)producers;
    (void)consumers;
    fprintf(stderr, "buffer_open: not written yet\n");
    exit(1);
}

bool buffer_put(const struct item *item)
{
    /* TODO */
    (void)item;
    return false;
}

bool buffer_take(struct item *item)
{
    /* TODO */
    (void)item;
    return false;
}

void buffer_leave(void)
{
    /* TODO */
}

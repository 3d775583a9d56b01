/* buffer.h - the buffer between producers and consumers: what both programs need of it. */
#ifndef BUFFER_H
#define BUFFER_H

#include <stdbool.h>

enum {
    SLOTS = 5,
    NAME_SIZE = 16 /* a name has at most 15 characters */
};

struct item {
    char producer[NAME_SIZE];
    int number;
};

/* The names below are a suggestion. Change them, add to them, or start from nothing. */

/* Makes sure that the buffer exists and is initialised, and attaches to it. */
void buffer_open(int producers, int consumers);
/* Puts an item in, waits while there is no room. False: told to stop. */
bool buffer_put(const struct item *item);
/* Takes the oldest item out, waits while there is none. False: there will never be one again. */
bool buffer_take(struct item *item);
/* This process has finished with the buffer. The last one removes it. */
void buffer_leave(void);

#endif

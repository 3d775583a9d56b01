/*
 * folder.h - a bounded copy of a folder, for a box that may do with it what it likes.
 */
#ifndef IPCGRADE_FOLDER_H
#define IPCGRADE_FOLDER_H

#include "base/arena.h"

#include <stdbool.h>
#include <sys/types.h>

enum { FOLDER_FILES = 2000, FOLDER_DEPTH = 20 };
#define FOLDER_BYTES ((off_t)64 << 20)

/* Copies files, folders and links (as links) to a new folder below `scratch`; what version control keeps,
 * sockets, FIFOs and devices are left out. NULL: *why says in one clause why it cannot be copied. */
const char *folder_copy(struct arena *arena, const char *from, const char *scratch, off_t *bytes,
                        const char **why);

#endif

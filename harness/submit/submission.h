/*
 * submission.h - intake: finds what a student handed in, bounds it, hashes it, copies what is taken.
 *
 * Taken: regular files and folders. Dropped, each with a notice: symbolic links, devices, FIFOs, sockets;
 * objects, libraries and executables (by content: ELF, ar) - they are built here; .git and build folders.
 * Nothing of the original is changed or followed out of the folder.
 */
#ifndef IPCGRADE_SUBMISSION_H
#define IPCGRADE_SUBMISSION_H

#include "base/arena.h"
#include "model.h"

/* Bounds on a submission: more is a finding, not a fault. */
enum { SUBMISSION_FILES = 500, SUBMISSION_DEPTH = 8 };
#define SUBMISSION_BYTES ((off_t)32 << 20)

/* Copies `folder` to a new private folder below `scratch`. False: cannot be graded at all (no such
 * folder, not a folder, unreadable, over the bounds, no source file); *why says so in one clause that is
 * fit for `ipcgrade: FOLDER: why`. */
bool submission_take(struct arena *arena, const char *folder, const char *scratch,
                     struct submission *submission, const char **why);

#endif

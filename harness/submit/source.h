/*
 * source.h - lines of a submission's sources, for a report to show: read from our own copy of them, below which
 * nothing leads out.
 */
#ifndef IPCGRADE_SOURCE_H
#define IPCGRADE_SOURCE_H

#include "base/arena.h"
#include "model.h"

enum { SOURCE_COLUMNS = 500 }; /* bytes kept of a line */

/* The text of the site's line, without its end and without blanks there; NULL: the file is not there, is no
 * plain file, has no such line, or is newer than the program that was made of it. */
const char *source_line(struct arena *arena, int folder, const struct site *site);

/* Fills in the source of every site whose line is known. */
void source_show(struct arena *arena, const char *folder, struct finding *findings, int count);

#endif

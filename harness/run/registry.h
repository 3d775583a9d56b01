/*
 * registry.h - finds assignments by name or folder and loads their scenarios.
 */
#ifndef IPCGRADE_REGISTRY_H
#define IPCGRADE_REGISTRY_H

#include "base/arena.h"
#include "model.h"

/* `which` is a name below <root>/assignments or a path to a folder with scenarios.c. The object built for
 * it by make is loaded if it is newer than scenarios.c; otherwise scenarios.c is compiled below `scratch`.
 * Dies with one line if there is no such assignment or it does not compile (first error, file:line). */
struct assignment_set assignment_load(struct arena *arena, const char *root, const char *which,
                                      const char *scratch);
/* Absolute: the folder above this executable that holds assignments/ and harness/run/scenario.h. */
const char *repository_root(struct arena *arena);
/* Names of the assignments of the repository, sorted, NULL-terminated. */
const char *const *assignment_names(struct arena *arena, const char *root);
/* The assignment that `start` left a mark of in a folder; NULL if none. A name of the repository's, never
 * a path: the folder is a student's, and scenarios run trusted. */
const char *assignment_recognise(struct arena *arena, const char *folder);
/* The mark's name below the folder and what it holds, for `start`. */
#define ASSIGNMENT_MARK ".ipcgrade"

#endif

/*
 * die.h - faults of the harness, its arguments or its host; never a student's fault (that is a
 * finding).
 *
 * Prints `ipcgrade: what: why` on standard error and exits with status 2. Inside a box the message
 * goes to the note that die_into() named instead, and the process ends: the harness outside then
 * reports a HARNESS_ERROR that costs nobody points.
 */
#ifndef IPCGRADE_DIE_H
#define IPCGRADE_DIE_H

#include <stdbool.h>
#include <stddef.h>

enum { EXIT_PASSED = 0, EXIT_FINDINGS = 1, EXIT_HARNESS = 2, EXIT_INCONCLUSIVE = 3 };

_Noreturn void die(const char *what, const char *why_format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same with strerror(errno) as the reason. */
_Noreturn void die_errno(const char *what_format, ...) __attribute__((format(printf, 1, 2)));

/* From now on this process's die() writes its text to note[size] (shared memory) and _exits. */
void die_into(char *note, size_t size);
/* Called before exit() by die(), for what must not be left behind (temporary folders). */
void die_cleanup(void (*cleanup)(void));
/* One line on standard error, in the same form, and go on. */
void complain(const char *what, const char *why_format, ...) __attribute__((format(printf, 2, 3)));

#endif

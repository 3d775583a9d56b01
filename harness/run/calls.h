/*
 * calls.h - the system calls in which a process waits for others: which have no timeout, what they
 * mean.
 *
 * The rule for "no timeout" errs on one side only: a call that is not in the table, or that has any
 * timeout at all, counts as one that ends by itself. So nothing is called blocked that is not.
 */
#ifndef IPCGRADE_CALLS_H
#define IPCGRADE_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Does this call of process `pid`, with these arguments, sleep until somebody else acts? */
bool call_has_no_timeout(pid_t pid, long nr, const uint64_t args[6]);

#endif

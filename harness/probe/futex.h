/* futex.h - the futex system call by hand: family/futex.c. */
#ifndef IPCGRADE_FUTEX_H
#define IPCGRADE_FUTEX_H

#include "probe.h"

/* With its arguments as syscall() was given them; the C library's convention. */
long futex_call(const void *site, const long a[6]);

#endif

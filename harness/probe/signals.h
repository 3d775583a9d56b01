/* signals.h - what the families that send signals share: signals.c. */
#ifndef IPCGRADE_SIGNALS_H
#define IPCGRADE_SIGNALS_H

#include "probe.h"

#include <signal.h>

/* As the kernel's mask, of 8 bytes, has it. */
INLINE_ALWAYS uint64_t signal_bit(int signal)
{
    return 1ull << (signal - 1);
}

/* The handlers of the student, behind ours; as sigaction(). */
int signals_handle(int signal, const struct sigaction *new, struct sigaction *old);
/* All threads of the process are stopped, or go on, ordered after me. */
void signals_stop(uint32_t process, bool stopped);
/* Who is blocked there looks whether a signal has come; who spins there goes on. */
void signals_wake(uint32_t process);
/* Whoever takes the signal there from now on is ordered after me. */
void signals_order(uint32_t process, int signal);
/* A task that took a signal is ordered after whoever sent it. */
void signals_taken(int signal);
/* Another process of the world cannot get a SIGKILL or SIGSTOP at a point: they work at once. */
void signals_killed(uint32_t process);
/* Around a wait for signals alone. */
void signals_wait_begin(void);
void signals_wait_end(void);

#endif

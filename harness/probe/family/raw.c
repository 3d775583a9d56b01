/*
 * raw.c - processes made by other means than fork: they cannot be followed, and it is said so.
 *
 * Such a child finds that it is not in the world (task.c: the page that fork wipes) and runs free.
 */
#include "../probe.h"

#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

static bool makes_process(long number)
{
    return number == SYS_fork || number == SYS_vfork || number == SYS_clone || number == SYS_clone3;
}

EXPORT long syscall(long number, ...)
{
    long a[6];
    va_list list;

    va_start(list, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_vfork) /* it would come back twice on this frame */
        number = SYS_fork;
    if (number == SYS_kill && probe_on())
        return kill((pid_t)a[0], (int)a[1]);
    if (makes_process(number) && probe_on())
        turn_doubt(PROBE_RAW_FORK);
    return probe_result(sys(number, a[0], a[1], a[2], a[3], a[4], a[5]));
}

EXPORT int clone(int (*run)(void *), void *stack, int flags, void *argument, ...)
{
    va_list list;

    va_start(list, argument);
    pid_t *parent = va_arg(list, pid_t *);
    void *tls = va_arg(list, void *);
    pid_t *child = va_arg(list, pid_t *);
    va_end(list);
    if (probe_on())
        turn_doubt(PROBE_RAW_FORK);
    return REAL(clone)(run, stack, flags, argument, parent, tls, child);
}

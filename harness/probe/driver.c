/*
 * driver.c - what the driver, itself a task, needs beyond the calls of the families: declared weak there,
 * so that the same driver runs without the probe.
 *
 * The driver starts programs with world_add (host/supervise.h) on its own mapping of the region while it
 * has the turn. It is a task with PROBE_DRIVER, added first.
 */
#include "probe.h"

/* Returns when every other task has ended or is blocked for good. False: there is no world. */
EXPORT bool ipcprobe_settle(void);
EXPORT bool ipcprobe_settle(void)
{
    if (!probe_on())
        return false;
    turn_settle();
    return true;
}

/* The driver did something that the probe cannot see: typed input, a signal, a kill. Everybody blocked
 * tries again. */
EXPORT void ipcprobe_changed(void);
EXPORT void ipcprobe_changed(void)
{
    if (probe_on())
        turn_changed_all();
}

/* Orders the driver after everything that ended so far, and what it starts from now on after itself. */
EXPORT void ipcprobe_join_ended(void);
EXPORT void ipcprobe_join_ended(void)
{
    if (!probe_on())
        return;
    clock_acquire(PRIVATE->outside);
    clock_release(&PRIVATE->outside);
}

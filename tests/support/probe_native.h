/* probe_native.h - a program that prints what its calls return must print the same under the probe. */
#ifndef IPCGRADE_PROBE_NATIVE_H
#define IPCGRADE_PROBE_NATIVE_H

/* Compiles the source twice, runs it natively once and under `schedules` schedules: fails the test at
 * the first difference, finding or doubt. */
void assert_as_natively(const char *source, unsigned schedules);

#endif

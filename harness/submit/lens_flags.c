/* lens_flags.c - the table (see lens_flags.h). */
#include "submit/lens_flags.h"

/* The plain lens without frame pointers, because a sleeper's callers must be found from its stack
 * pointer alone (run/callsite.c). */
const struct lens_flags lens_flags[LENSES] = {
    [LENS_PLAIN] = {.first = "-g -fomit-frame-pointer -Wall -Wextra"},
    /* Linked by -ltsan, which the library search (-L) finds to be the probe. -O2 would take accesses
     * out of loops, and without it a fortified libc only complains. Code that asks to be left out is not:
     * its accesses race as others do. */
    [LENS_SCHEDULES] = {.first = "-g -fno-omit-frame-pointer -fsanitize=thread "
                                 "--param tsan-distinguish-volatile=1 "
                                 "--param tsan-instrument-func-entry-exit=0 "
                                 "-fno-plt -fno-builtin "
                                 "-Dno_sanitize_thread=unused -D__no_sanitize_thread__=unused "
                                 "-Dno_sanitize=ipcgrade_sees -D__no_sanitize__=ipcgrade_sees",
                        .last = "-O0 -U_FORTIFY_SOURCE -Wno-attributes"},
};

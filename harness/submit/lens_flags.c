/* lens_flags.c - the table (see lens_flags.h). */
#include "submit/lens_flags.h"

/* The plain lens without frame pointers, because a sleeper's callers must be found from its stack
 * pointer alone (run/callsite.c). */
const struct lens_flags lens_flags[LENSES] = {
    [LENS_PLAIN] = {.first = "-g -fomit-frame-pointer -Wall -Wextra"},
    /* Linked by -ltsan, which the library search (-L) finds to be the probe. -O2 would take accesses
     * out of loops, and without it a fortified libc only complains. */
    [LENS_SCHEDULES] = {.first = "-g -fno-omit-frame-pointer -fsanitize=thread "
                                 "--param tsan-distinguish-volatile=1 "
                                 "--param tsan-instrument-func-entry-exit=0 "
                                 "-fno-plt -fno-builtin",
                        .last = "-O0 -U_FORTIFY_SOURCE"},
};

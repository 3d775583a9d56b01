/*
 * sharing.c - shared memory that came into being past all that is followed: before the program began, or by a
 * function of the C library's that no program should know. What happens there is not seen, and it is said so.
 *
 * Only the kernel knows of it. It is asked when a process ends, and on some schedules only, for that takes as
 * long as some dozens of points.
 */
#include "../probe.h"

#include <fcntl.h>

enum { EVERY = 8, HEAD = 64 /* of a line: addresses and permissions */ };

static void leaving(void);
FAMILY(sharing, .leaving = leaving);

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_known(const void *at)
{
    FOR_EACH_FAMILY(f)
    if (f->mapped && f->mapped(at))
        return true;
    return map_find(at) || (uintptr_t)at == PROBE_ADDRESS;
}

/* "200000000000-200020000000 rw-s …" */
static bool is_unknown(const char *line)
{
    uintptr_t from = 0;
    for (; digit(*line) >= 0; line++)
        from = from << 4 | (uintptr_t)digit(*line);
    while (*line && *line != ' ')
        line++;
    bool shared = text_length(line) > 4 && line[2] == 'w' && line[4] == 's';
    return shared && !is_known((const void *)from);
}

static void leaving(void)
{
    char part[4096], line[HEAD];
    size_t length = 0;
    long n, file = REGION->config.schedule % EVERY
                       ? -1
                       : sys(SYS_open, "/proc/self/maps", O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return;
    while ((n = sys(SYS_read, file, part, sizeof part)) > 0)
        for (long i = 0; i < n; i++) {
            if (part[i] != '\n') {
                if (length < HEAD - 1)
                    line[length++] = part[i];
                continue;
            }
            line[length] = 0;
            length = 0;
            if (is_unknown(line))
                turn_unfollowed("shared memory of unknown origin");
        }
    sys(SYS_close, file);
}

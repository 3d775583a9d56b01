/*
 * limits.c - how much a box may use: defaults, rlimits of a student's process, sysctls of its IPC
 * namespace.
 *
 * Who may write the IPC sysctls of a new namespace changed: up to Linux 6.10 only the host's root
 * (uid 0 outside), since then uid 0 of the namespace's owner. So an ordinary user's box on an old
 * kernel keeps the kernel's defaults; there the rlimits and the driver's watch are what bounds it.
 */
#include "box/inside.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { QUEUE_BYTES = 819200 /* the kernel's own default */ };

/* For a run. Generous for any exercise, small for the host. */
const struct limits limits_default = {
    .cpu_seconds = 10,
    .sleep_seconds = 10,
    .memory_mb = 512,
    .processes = 64,
    .open_files = 256,
    .file_mb = 64,
    .output_kb = 1024,
    .queues = 32,
    .segments = 32,
    .semaphore_sets = 32,
};

static unsigned first_set(unsigned a, unsigned b, unsigned c)
{
    return a ? a : b ? b : c;
}

struct limits limits_complete(struct limits own, struct limits general)
{
#define CHOSEN(field) .field = first_set(own.field, general.field, limits_default.field)
    return (struct limits){CHOSEN(cpu_seconds),   CHOSEN(sleep_seconds), CHOSEN(memory_mb),
                           CHOSEN(processes),     CHOSEN(open_files),    CHOSEN(file_mb),
                           CHOSEN(output_kb),     CHOSEN(queues),        CHOSEN(segments),
                           CHOSEN(semaphore_sets)};
#undef CHOSEN
}

/* ---- rlimits --------------------------------------------------------------------------------- */

/* Lowers a limit, the hard one to `slack` more; what is lower already stays. */
static bool lower(int resource, rlim_t value, rlim_t slack)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0)
        return false;
    if (limit.rlim_max > value + slack)
        limit.rlim_max = value + slack;
    limit.rlim_cur = value < limit.rlim_max ? value : limit.rlim_max;
    return setrlimit(resource, &limit) == 0;
}

/* CPU time and memory get more than the scenario's budget: the driver watches the budget, of all
 * processes together, and it should be the one to speak, always, and not now and then the kernel.
 * Private memory is bounded by RLIMIT_DATA. The address space gets a gigabyte more, for what is
 * reserved and hardly used: glibc sets aside 64 MiB a thread for malloc.
 * CPU time ends with SIGXCPU, and a second later, for who handles it, with SIGKILL.
 * Queue bytes are what an ordinary user has, also where root could give more: the same for all.
 * A core limit of 1 byte is none as well, but unlike 0 also keeps the kernel from starting the
 * host's crash handler (core(5)). */
bool limits_rlimits(const struct limits *l)
{
    const rlim_t mib = 1u << 20;
    return lower(RLIMIT_CPU, l->cpu_seconds + 2, 1) &&
           lower(RLIMIT_DATA, (2 * l->memory_mb + 512) * mib, 0) &&
           lower(RLIMIT_AS, (2 * l->memory_mb + 1024) * mib, 0) &&
           lower(RLIMIT_FSIZE, l->file_mb * mib, 0) && lower(RLIMIT_NPROC, l->processes, 0) &&
           lower(RLIMIT_NOFILE, l->open_files, 0) && lower(RLIMIT_STACK, 8 * mib, 0) &&
           lower(RLIMIT_MSGQUEUE, QUEUE_BYTES, 0) && lower(RLIMIT_CORE, 1, 0) &&
           lower(RLIMIT_MEMLOCK, mib, 0) && lower(RLIMIT_SIGPENDING, 4096, 0) &&
           lower(RLIMIT_RTPRIO, 0, 0);
}

/* ---- the namespace's sysctls ----------------------------------------------------------------- */

static bool write_sysctl(const char *name, unsigned long value, const char *before)
{
    char path[64], line[64];
    snprintf(path, sizeof path, "/proc/sys/%s", name);
    int n = snprintf(line, sizeof line, "%s%lu", before, value);
    cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, line, (size_t)n) == n;
}

/* How many objects, and how much memory. Sizes of one queue or one semaphore set stay the kernel's
 * defaults, which students know. */
bool limits_sysctls(const struct limits *l)
{
    unsigned long bytes = (unsigned long)l->memory_mb << 20;
    return write_sysctl("kernel/msgmni", l->queues, "") &&
           write_sysctl("kernel/shmmni", l->segments, "") &&
           write_sysctl("kernel/sem", l->semaphore_sets, "32000 1024000000 500 ") &&
           write_sysctl("kernel/shmmax", bytes, "") &&
           write_sysctl("kernel/shmall", bytes / (unsigned long)sysconf(_SC_PAGESIZE), "") &&
           write_sysctl("fs/mqueue/queues_max", l->queues, "");
}

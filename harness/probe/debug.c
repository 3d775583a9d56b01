/*
 * debug.c - a task waits for its debugger.
 *
 * It does so once, with its first turn: all others stand still as long as it does, and as the turns alone
 * decide who goes on, the schedule stays what it is however long a person looks. The debugger itself says, by
 * writing a word here, that it has hold of the process, so that nothing can happen before.
 */
#include "probe.h"

#include <fcntl.h>
#include <time.h>

enum { TICK_NS = 1000000 };

static bool is_debugged(void)
{
    const char *wanted = REGION->config.debugged;
    return *wanted && text_equal(wanted, me()->name);
}

void debug_gate(const void *next, bool is_main)
{
    struct timespec tick = {.tv_nsec = TICK_NS};

    if (!presence->on || WORLD->gate != PROBE_GATE_AHEAD || !is_debugged())
        return;
    uint64_t mask = signals_hold();
    WORLD->gate_pid = (int32_t)sys(SYS_getpid);
    WORLD->gate_at = (uint64_t)(uintptr_t)next;
    WORLD->gate_main = is_main;
    __atomic_store_n(&WORLD->gate, PROBE_GATE_WAITS, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&WORLD->gate, __ATOMIC_SEQ_CST) != PROBE_GATE_OPEN)
        sys(SYS_nanosleep, &tick, NULL);
    signals_admit(mask);
}

/* "TracerPid:\t1234" */
static bool is_traced(int32_t pid)
{
    static const char line[] = "\nTracerPid:\t";
    char path[40] = "/proc/", text[512] = "";
    size_t n = 6 + text_put_number(path + 6, 16, (uint64_t)pid, 10), same = 0;

    text_put(path + n, sizeof path - n, "/status");
    long fd = sys(SYS_open, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    sys(SYS_read, fd, text, sizeof text - 1);
    sys(SYS_close, fd);
    for (const char *c = text; *c; c++) {
        same = *c == line[same] ? same + 1 : *c == line[0];
        if (same == sizeof line - 1)
            return c[1] != '0';
    }
    return false;
}

void debug_await_release(int32_t pid)
{
    struct timespec tick = {.tv_nsec = TICK_NS};

    if (!REGION->config.debugged[0])
        return;
    while (is_traced(pid) && __atomic_load_n(&WORLD->ended, __ATOMIC_SEQ_CST) == PROBE_RUNNING)
        sys(SYS_nanosleep, &tick, NULL);
}

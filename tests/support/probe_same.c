/* probe_same.c - see probe_same.h. */
#include "tests/support/probe_same.h"

#include <stdio.h>
#include <string.h>

/* Ids and pids are the kernel's, which counts on from run to run. */
static bool gives_an_id(const char *call)
{
    static const char *const calls[] = {"shmget", "semget",      "msgget", "shmat",
                                        "fork",   "vfork",       "wait",   "system",
                                        "popen",  "posix_spawn", "getppid"};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(call, calls[i]) == 0)
            return true;
    return false;
}

static bool same_event(const struct world_result *r, const struct probe_event *a,
                       const struct probe_event *b)
{
    return a->step == b->step && a->task == b->task && a->call == b->call && a->site == b->site &&
           a->object == b->object && a->time == b->time &&
           (a->result == b->result || gives_an_id(r->call[a->call].name));
}

const char *worlds_differ(const struct world_result *a, const struct world_result *b)
{
    static char text[160];
    if (a->end != b->end || a->steps != b->steps || a->events_total != b->events_total ||
        a->findings != b->findings) {
        snprintf(text, sizeof text,
                 "ends %d and %d, points %u and %u, events %llu and %llu, findings %zu and %zu",
                 a->end, b->end, a->steps, b->steps, (unsigned long long)a->events_total,
                 (unsigned long long)b->events_total, a->findings, b->findings);
        return text;
    }
    for (size_t i = 0; i < a->events; i++)
        if (!same_event(a, &a->event[i], &b->event[i])) {
            snprintf(text, sizeof text, "event %zu: %s by task %u and %s by task %u", i,
                     a->call[a->event[i].call].name, a->event[i].task,
                     b->call[b->event[i].call].name, b->event[i].task);
            return text;
        }
    return NULL;
}

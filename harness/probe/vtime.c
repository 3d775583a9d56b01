/* vtime.c - virtual time: moves by points, and jumps when everybody waits for it. */
#include "probe.h"

/* A Monday morning in term. */
#define DEFAULT_BASE 1700000000000000000ll

int64_t time_now(void)
{
    return WORLD->now;
}

int64_t time_real(void)
{
    int64_t base = REGION->config.time_base;
    return (base ? base : DEFAULT_BASE) + WORLD->now;
}

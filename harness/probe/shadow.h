/*
 * shadow.h - what is known of four bytes, and the question that most accesses of a process with threads end
 * with: does this one add anything?
 */
#ifndef IPCGRADE_PROBE_SHADOW_H
#define IPCGRADE_PROBE_SHADOW_H

#include "probe.h"

struct cell {
    uint32_t write, write_site; /* epoch; site | access flags << 24 */
    uint32_t read, read_site;   /* epoch; or SPLIT / SHARED and a heap handle */
};
enum { GRAIN = 4, PAGE = 4096 };

/* A plain access says more than an atomic one before it. */
INLINE_ALWAYS bool says_as_much(uint32_t packed_site, uint32_t flags)
{
    return !(packed_site >> 24 & PROBE_ATOMIC) || flags & PROBE_ATOMIC;
}

/* This task has accessed it in the same epoch, so that whatever would race with it now races with that:
 * FastTrack's "same epoch". What it has written it may read, too. */
INLINE_ALWAYS bool is_same_epoch(const struct cell *cell, uint32_t flags, uint32_t epoch)
{
    /* a split cell has no epoch */
    if (__builtin_expect(cell->write == epoch && says_as_much(cell->write_site, flags), 1))
        return true;
    return !(flags & PROBE_WRITE) && cell->read == epoch && says_as_much(cell->read_site, flags);
}

/* private.c: pages of late, by their lowest bits. */
struct found {
    uint64_t page;   /* 0: none */
    uintptr_t cells; /* where address 0's would be, if all pages had theirs in a row */
};
enum { FOUND = 256 };
extern struct found private_found[FOUND] __attribute__((visibility("hidden")));

/* Whether an access to private memory adds nothing. False is no answer: the page is not of late, say, or the
 * address not aligned, or the memory shared. Most of a program's time goes here; what is said does not matter
 * where the probe is off. */
INLINE_ALWAYS bool private_same(const void *at, size_t size, uint32_t flags)
{
    uintptr_t a = (uintptr_t)at;
    const struct found *f = &private_found[a / PAGE % FOUND];
    if (f->page != a / PAGE || a % size)
        return false;
    uintptr_t grain = size < GRAIN ? a - a % GRAIN : a;
    const struct cell *cell = (const struct cell *)(f->cells + grain * (sizeof *cell / GRAIN));
    for (size_t bytes = 0; bytes < size; bytes += GRAIN)
        if (!is_same_epoch(cell++, flags, self.epoch))
            return false;
    return true;
}

#endif

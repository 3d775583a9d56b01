/* arena.c - a bump allocator in one shared mapping (see arena.h). */
#include "base/arena.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/die.h"

struct arena {
    size_t size;
    atomic_size_t used;
};

enum { ALIGNMENT = 16 };

static size_t aligned(size_t n)
{
    return (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

struct arena *arena_new(size_t bytes)
{
    void *m = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    if (m == MAP_FAILED)
        die_errno("memory for results");
    struct arena *arena = m;
    arena->size = bytes;
    atomic_init(&arena->used, aligned(sizeof *arena));
    return arena;
}

void arena_free(struct arena *arena)
{
    if (arena)
        munmap(arena, arena->size);
}

void arena_reset(struct arena *arena)
{
    enum {
        REMEMBERED = 1 << 20
    }; /* beyond it, giving the pages back is cheaper than clearing them */
    size_t first = aligned(sizeof *arena), used = atomic_load(&arena->used);
    size_t cleared = used < REMEMBERED ? used : REMEMBERED;
    memset((char *)arena + first, 0, cleared - first);
    if (used > REMEMBERED &&
        madvise((char *)arena + REMEMBERED, arena->size - REMEMBERED, MADV_REMOVE) != 0)
        die_errno("memory for results");
    atomic_store(&arena->used, first);
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    if (bytes > arena->size)
        die("memory for results", "a single request of %zu bytes", bytes);
    size_t at = atomic_fetch_add(&arena->used, aligned(bytes ? bytes : 1));
    if (at + bytes > arena->size)
        die("memory for results", "more than the %zu MiB set aside", arena->size >> 20);
    return (char *)arena + at; /* fresh pages are zero, and nothing is handed out twice */
}

void *arena_grow(struct arena *arena, void *array, int count, size_t element)
{
    bool full = count == 0 || (count & (count - 1)) == 0;
    if (!full)
        return array;
    void *larger = arena_alloc(arena, element * (size_t)(count ? 2 * count : 1));
    if (count)
        memcpy(larger, array, element * (size_t)count);
    return larger;
}

char *arena_bytes(struct arena *arena, const void *bytes, size_t n)
{
    char *copy = arena_alloc(arena, n + 1);
    if (n)
        memcpy(copy, bytes, n);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *s)
{
    return arena_bytes(arena, s, strlen(s));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *s = arena_alloc(arena, (size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, format, args);
    return s;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *s = arena_vprintf(arena, format, args);
    va_end(args);
    return s;
}

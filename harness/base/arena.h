/*
 * arena.h - memory that is freed all at once, in a mapping that a forked box shares with its
 * starter.
 *
 * Because the mapping is MAP_SHARED and made before the fork, what a driver in the box allocates is
 * seen by the harness outside at the same addresses: evidence needs no serialisation. Only trusted
 * code runs between the fork and the student's exec, which drops the mapping.
 */
#ifndef IPCGRADE_ARENA_H
#define IPCGRADE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* An arena of at most `bytes`, reserved, not committed. Dies if the host has no room for that. */
struct arena *arena_new(size_t bytes);
void arena_free(struct arena *arena);
static inline void arena_cleanup(struct arena **arena)
{
    arena_free(*arena);
}
#define cleanup_arena __attribute__((cleanup(arena_cleanup)))

/* Forgets all that was allocated, for the next use. */
void arena_reset(struct arena *arena);
/* Zeroed, aligned for any type. Dies when the arena is full. Safe to call from several threads. */
void *arena_alloc(struct arena *arena, size_t bytes);
#define arena_array(arena, type, n) ((type *)arena_alloc((arena), sizeof(type) * (size_t)(n)))
/* Grows an array of `count` elements to hold one more; returns the place (capacity doubles at
 * powers of 2). */
void *arena_grow(struct arena *arena, void *array, int count, size_t element);
char *arena_strdup(struct arena *arena, const char *s);
char *arena_bytes(struct arena *arena, const void *bytes, size_t n); /* and a NUL after them */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

#endif

/*
 * hooks.c - the entry points that -fsanitize=thread inserts calls to, for plain accesses.
 *
 * gcc calls them right before the access. Private memory returns after one compare and a decrement:
 * the fuel. When a program has burnt it without reaching a point (`while (!flag);` for a flag that
 * a signal handler sets), that is a point, so that whoever would set the flag can run - at the same
 * access on every run, since nothing but accesses counts. It may as well be long work, and so it is no sign of
 * a livelock, however often it comes.
 */
#include "shadow.h"

CALL(spin, "memory", "");

static __attribute__((noinline)) void burnt(const void *site)
{
    struct point p;

    self.fuel = FUEL;
    if (!probe_on())
        return;
    point_begin(&p, &call_spin, site, 0);
    point_end_spent(&p);
}

void burn(const void *site)
{
    if (__builtin_expect(--self.fuel < 0, 0))
        burnt(site);
}

/* The fuel is counted in two places, so that the most frequent way through here has no jump in it. */
INLINE_ALWAYS void access(const void *at, size_t size, uint32_t flags, const void *site)
{
    if (size <= 16 && __builtin_expect(private_same(at, size, flags), 1)) {
        if (__builtin_expect(--self.fuel >= 0, 1))
            return;
        burnt(site);
    } else if (__builtin_expect(is_shared(at), 0)) {
        memory_access(at, size, flags, site);
    } else if (__builtin_expect(--self.fuel < 0, 0)) {
        burnt(site);
    }
}

#define HOOK(name, size, flags)          \
    EXPORT void name(const void *at);    \
    EXPORT void name(const void *at)     \
    {                                    \
        access(at, size, flags, CALLER); \
    }
#define HOOK_SIZES(prefix, flags) \
    HOOK(prefix##1, 1, flags)     \
    HOOK(prefix##2, 2, flags)     \
    HOOK(prefix##4, 4, flags)     \
    HOOK(prefix##8, 8, flags)     \
    HOOK(prefix##16, 16, flags)
#define HOOK_ALL(stem)                 \
    HOOK_SIZES(__tsan_##stem##read, 0) \
    HOOK_SIZES(__tsan_##stem##write, PROBE_WRITE)
HOOK_ALL()
HOOK_ALL(unaligned_)
HOOK_SIZES(__tsan_volatile_read, PROBE_VOLATILE)
HOOK_SIZES(__tsan_volatile_write, PROBE_VOLATILE | PROBE_WRITE)
HOOK_SIZES(__tsan_unaligned_volatile_read, PROBE_VOLATILE)
HOOK_SIZES(__tsan_unaligned_volatile_write, PROBE_VOLATILE | PROBE_WRITE)

/* clang's compound accesses: x += 1 as one call. The read and the write, in one turn as compiled.
 */
HOOK_SIZES(__tsan_read_write, PROBE_WRITE)
HOOK_SIZES(__tsan_unaligned_read_write, PROBE_WRITE)

HOOK(__tsan_vptr_read, 8, 0)

EXPORT void __tsan_vptr_update(void **at, void *value);
EXPORT void __tsan_vptr_update(void **at, void *value)
{
    if (*at != value) /* an object under construction writes the same pointer again */
        access(at, 8, PROBE_WRITE, CALLER);
}

EXPORT void __tsan_read_range(const void *at, size_t size);
EXPORT void __tsan_read_range(const void *at, size_t size)
{
    if (size)
        access(at, size, 0, CALLER);
}

EXPORT void __tsan_write_range(void *at, size_t size);
EXPORT void __tsan_write_range(void *at, size_t size)
{
    if (size)
        access(at, size, PROBE_WRITE, CALLER);
}

#define NOTHING(name)       \
    EXPORT void name(void); \
    EXPORT void name(void)  \
    {                       \
    }
NOTHING(__tsan_init)
NOTHING(__tsan_func_exit)
NOTHING(__tsan_ignore_thread_begin)
NOTHING(__tsan_ignore_thread_end)

EXPORT void __tsan_func_entry(void *caller);
EXPORT void __tsan_func_entry(void *caller)
{
    (void)caller;
}

/* clang calls these for memcpy, memset and memmove that its front end made, struct copies among
 * them. */
EXPORT void *__tsan_memcpy(void *to, const void *from, size_t n);
EXPORT void *__tsan_memcpy(void *to, const void *from, size_t n)
{
    reads(from, n, CALLER);
    writes(to, n, CALLER);
    return probe_copy(to, from, n);
}

EXPORT void *__tsan_memmove(void *to, const void *from, size_t n);
EXPORT void *__tsan_memmove(void *to, const void *from, size_t n)
{
    reads(from, n, CALLER);
    writes(to, n, CALLER);
    return probe_move(to, from, n);
}

EXPORT void *__tsan_memset(void *to, int byte, size_t n);
EXPORT void *__tsan_memset(void *to, int byte, size_t n)
{
    writes(to, n, CALLER);
    return probe_fill(to, byte, n);
}

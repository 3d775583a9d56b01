/*
 * heap.c - malloc and free, as far as threads go: what is allocated again starts afresh, or its
 * former owner would seem to race with the new one. Giving memory back counts as writing it: a
 * thread that still uses it is a race.
 *
 * The C library's second names are called, since looking one up may allocate. A student's own
 * malloc stands before ours; its lock then orders what we would forget.
 */
#include "../probe.h"

#include <errno.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *at);

EXPORT void *malloc(size_t size);
EXPORT void *calloc(size_t count, size_t size);
EXPORT void *realloc(void *old, size_t size);
EXPORT void free(void *at);
EXPORT void *memalign(size_t alignment, size_t size);
EXPORT void *aligned_alloc(size_t alignment, size_t size);
EXPORT int posix_memalign(void **at, size_t alignment, size_t size);

/* glibc keeps a block's size before it, with three flags, and counts the header in. */
static size_t usable(const void *at)
{
    size_t size = ((const size_t *)at)[-1];
    return (size & ~7ul) - (size & 2 ? 16 : 8); /* 2: mapped by itself */
}

static void *fresh(void *at)
{
    if (__builtin_expect(private_on, 0) && at)
        private_forget(at, usable(at));
    return at;
}

static void given_back(void *at, const void *site)
{
    if (__builtin_expect(private_on, 0) && at)
        private_freed(at, usable(at), site);
}

EXPORT void *malloc(size_t size)
{
    return fresh(__libc_malloc(size));
}

EXPORT void *calloc(size_t count, size_t size)
{
    return fresh(__libc_calloc(count, size));
}

EXPORT void free(void *at)
{
    given_back(at, CALLER);
    __libc_free(at);
}

EXPORT void *realloc(void *old, size_t size)
{
    given_back(old, CALLER);
    return fresh(__libc_realloc(old, size));
}

EXPORT void *memalign(size_t alignment, size_t size)
{
    return fresh(__libc_memalign(alignment, size));
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    return fresh(__libc_memalign(alignment, size));
}

EXPORT int posix_memalign(void **at, size_t alignment, size_t size)
{
    if (alignment % sizeof(void *) || alignment & (alignment - 1) || !alignment)
        return EINVAL;
    int kept = *real_errno();
    void *got = fresh(__libc_memalign(alignment, size));
    *real_errno() = kept;
    if (!got)
        return ENOMEM;
    *at = got;
    return 0;
}

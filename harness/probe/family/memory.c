/*
 * memory.c - library functions that read and write the student's memory: mem*, str*, and others that are
 * handed a buffer. Inside libc no hook sees the access, so each is an access of its whole range here.
 *
 * What is not shared costs one compare. A text's length is known only when it is read: its first byte is
 * the point, and the rest is checked within the same turn. What a function has written by the time that
 * it returns is checked afterwards, which is as good: nothing that this task does in between orders it.
 */
#define PROBE_DEFINES_MEM
#define __NO_INLINE__ 1 /* atoi and the like are functions here */
#include "../memory.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

size_t text_within(const char *s, size_t most)
{
    size_t n = 0;
    while (n < most && s[n])
        n++;
    return n;
}

void reads_text(const char *s, size_t most, const void *site)
{
    if (!is_shared(s) || !most || !probe_on())
        return;
    memory_access(s, 1, PROBE_RANGE, site);
    size_t n = text_within(s, most);
    n += n < most; /* the NUL */
    if (n > 1)
        memory_check(s + 1, n - 1, PROBE_RANGE, site_of(site));
}

/* ---- memory ---------------------------------------------------------------------------------- */

EXPORT void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    reads(from, n, CALLER);
    writes(to, n, CALLER);
    return REAL(memcpy)(to, from, n);
}

EXPORT void *mempcpy(void *restrict to, const void *restrict from, size_t n)
{
    reads(from, n, CALLER);
    writes(to, n, CALLER);
    return REAL(mempcpy)(to, from, n);
}

EXPORT void *memmove(void *to, const void *from, size_t n)
{
    reads(from, n, CALLER);
    writes(to, n, CALLER);
    return REAL(memmove)(to, from, n);
}

EXPORT void bcopy(const void *from, void *to, size_t n)
{
    reads(from, n, CALLER);
    writes(to, n, CALLER);
    REAL(memmove)(to, from, n);
}

EXPORT void *memset(void *to, int byte, size_t n)
{
    writes(to, n, CALLER);
    return REAL(memset)(to, byte, n);
}

static __attribute__((noinline)) void wipe(void *to, size_t n, const void *site)
{
    writes(to, n, site);
    REAL(memset)(to, 0, n);
}

EXPORT void bzero(void *to, size_t n)
{
    wipe(to, n, CALLER);
}

EXPORT void explicit_bzero(void *to, size_t n)
{
    wipe(to, n, CALLER);
}

/* Whether it looks at what comes after the byte that decides is its own business: bytes up to there. */
static void compares(const unsigned char *a, const unsigned char *b, size_t n, const void *site)
{
    size_t same = 0;
    if (!is_shared(a) && !is_shared(b))
        return;
    while (same < n && a[same] == b[same])
        same++;
    same += same < n;
    reads(a, same, site);
    reads(b, same, site);
}

EXPORT int memcmp(const void *a, const void *b, size_t n)
{
    compares(a, b, n, CALLER);
    return REAL(memcmp)(a, b, n);
}

EXPORT int bcmp(const void *a, const void *b, size_t n)
{
    compares(a, b, n, CALLER);
    return REAL(memcmp)(a, b, n);
}

EXPORT void *memchr(const void *at, int byte, size_t n)
{
    if (is_shared(at)) {
        const char *hit = REAL(memchr)(at, byte, n);
        reads(at, hit ? (size_t)(hit - (const char *)at) + 1 : n, CALLER);
    }
    return REAL(memchr)(at, byte, n);
}

/* Its comparisons read the elements, by hooks; what it moves about is any of them. */
EXPORT void qsort(void *base, size_t count, size_t size, __compar_fn_t compare)
{
    writes(base, count * size, CALLER);
    REAL(qsort)(base, count, size, compare);
}

EXPORT void qsort_r(void *base, size_t count, size_t size, __compar_d_fn_t compare, void *argument)
{
    writes(base, count * size, CALLER);
    REAL(qsort_r)(base, count, size, compare, argument);
}

/* ---- texts: copying -------------------------------------------------------------------------- */

EXPORT char *strcpy(char *restrict to, const char *restrict from)
{
    reads_text(from, ANY_LENGTH, CALLER);
    if (is_shared(to))
        writes(to, text_within(from, ANY_LENGTH) + 1, CALLER);
    return REAL(strcpy)(to, from);
}

EXPORT char *stpcpy(char *restrict to, const char *restrict from)
{
    reads_text(from, ANY_LENGTH, CALLER);
    if (is_shared(to))
        writes(to, text_within(from, ANY_LENGTH) + 1, CALLER);
    return REAL(stpcpy)(to, from);
}

/* These fill up with zeros. */
EXPORT char *strncpy(char *restrict to, const char *restrict from, size_t n)
{
    reads_text(from, n, CALLER);
    writes(to, n, CALLER);
    return REAL(strncpy)(to, from, n);
}

EXPORT char *stpncpy(char *restrict to, const char *restrict from, size_t n)
{
    reads_text(from, n, CALLER);
    writes(to, n, CALLER);
    return REAL(stpncpy)(to, from, n);
}

static void appends(char *to, const char *from, size_t most, const void *site)
{
    reads_text(from, most, site);
    reads_text(to, ANY_LENGTH, site);
    if (is_shared(to))
        writes(to + text_within(to, ANY_LENGTH), text_within(from, most) + 1, site);
}

EXPORT char *strcat(char *restrict to, const char *restrict from)
{
    appends(to, from, ANY_LENGTH, CALLER);
    return REAL(strcat)(to, from);
}

EXPORT char *strncat(char *restrict to, const char *restrict from, size_t n)
{
    appends(to, from, n, CALLER);
    return REAL(strncat)(to, from, n);
}

/* ---- texts: reading, no further than what decides -------------------------------------------- */

static void first(const char *s, const void *site)
{
    if (is_shared(s))
        memory_access(s, 1, PROBE_RANGE, site);
}

static void rest(const char *s, size_t bytes, const void *site)
{
    if (is_shared(s) && bytes > 1 && probe_on())
        memory_check(s + 1, bytes - 1, PROBE_RANGE, site_of(site));
}

static size_t whole(const char *s)
{
    return text_within(s, ANY_LENGTH) + 1;
}

static size_t up_to(const char *s, const char *found)
{
    return found ? (size_t)(found - s) + 1 : whole(s);
}

/* The character that ends the number was looked at. */
static size_t of_number(const char *s, int base)
{
    char *end = (char *)s;
    REAL(strtoll)(s, &end, base);
    return up_to(s, end);
}

static size_t of_real(const char *s)
{
    char *end = (char *)s;
    REAL(strtod)(s, &end);
    return up_to(s, end);
}

#define READS(type, name, parameters, arguments, bytes) \
    EXPORT type name parameters                         \
    {                                                   \
        first(s, CALLER);                               \
        type r = REAL(name) arguments;                  \
        if (is_shared(s))                               \
            rest(s, bytes, CALLER);                     \
        return r;                                       \
    }
#define READS_BY(type, name, bytes)                    \
    EXPORT type name(const char *s, const char *other) \
    {                                                  \
        reads_text(other, ANY_LENGTH, CALLER);         \
        first(s, CALLER);                              \
        type r = REAL(name)(s, other);                 \
        if (is_shared(s))                              \
            rest(s, bytes, CALLER);                    \
        return r;                                      \
    }

READS(size_t, strlen, (const char *s), (s), r + 1)
READS(char *, strdup, (const char *s), (s), whole(s))
READS(char *, strchr, (const char *s, int c), (s, c), up_to(s, r))
READS(char *, index, (const char *s, int c), (s, c), up_to(s, r))
READS(char *, strchrnul, (const char *s, int c), (s, c), up_to(s, r))
READS(char *, strrchr, (const char *s, int c), (s, c), whole(s))
READS(char *, rindex, (const char *s, int c), (s, c), whole(s))
READS(int, atoi, (const char *s), (s), of_number(s, 10))
READS(long, atol, (const char *s), (s), of_number(s, 10))
READS(long long, atoll, (const char *s), (s), of_number(s, 10))
READS(double, atof, (const char *s), (s), of_real(s))
READS(long, strtol, (const char *restrict s, char **restrict end, int base), (s, end, base),
      of_number(s, base))
READS(unsigned long, strtoul, (const char *restrict s, char **restrict end, int base),
      (s, end, base), of_number(s, base))
READS(long long, strtoll, (const char *restrict s, char **restrict end, int base), (s, end, base),
      of_number(s, base))
READS(unsigned long long, strtoull, (const char *restrict s, char **restrict end, int base),
      (s, end, base), of_number(s, base))
READS(double, strtod, (const char *restrict s, char **restrict end), (s, end), of_real(s))
READS_BY(size_t, strspn, r + 1)
READS_BY(size_t, strcspn, r + 1)
READS_BY(char *, strpbrk, up_to(s, r))
READS_BY(char *, strstr, r ? (size_t)(r - s) + text_within(other, ANY_LENGTH) : whole(s))
READS_BY(char *, strcasestr, r ? (size_t)(r - s) + text_within(other, ANY_LENGTH) : whole(s))

EXPORT size_t strnlen(const char *s, size_t n)
{
    reads_text(s, n, CALLER);
    return REAL(strnlen)(s, n);
}

EXPORT char *strndup(const char *s, size_t n)
{
    reads_text(s, n, CALLER);
    return REAL(strndup)(s, n);
}

/* Up to the first difference, or the end of both. */
static void compared(const char *a, const char *b, size_t n, bool any_case, const void *site)
{
    size_t same = 0;

    if (!is_shared(a) && !is_shared(b))
        return;
    while (same < n && a[same] &&
           (any_case ? REAL(strncasecmp)(a + same, b + same, 1) == 0 : a[same] == b[same]))
        same++;
    same += same < n;
    rest(a, same, site);
    rest(b, same, site);
}

#define COMPARES(name, parameters, arguments, most, any_case) \
    EXPORT int name parameters                                \
    {                                                         \
        if (most) {                                           \
            first(a, CALLER);                                 \
            first(b, CALLER);                                 \
        }                                                     \
        int r = REAL(name) arguments;                         \
        compared(a, b, most, any_case, CALLER);               \
        return r;                                             \
    }
COMPARES(strcmp, (const char *a, const char *b), (a, b), ANY_LENGTH, false)
COMPARES(strncmp, (const char *a, const char *b, size_t n), (a, b, n), n, false)
COMPARES(strcasecmp, (const char *a, const char *b), (a, b), ANY_LENGTH, true)
COMPARES(strncasecmp, (const char *a, const char *b, size_t n), (a, b, n), n, true)

/* It has read up to the end of the token, and has put a NUL there. */
static char *cut(const char *from, char *token, const void *site)
{
    if (token && is_shared(token)) {
        char *end = token + text_within(token, ANY_LENGTH);
        if (from && is_shared(from))
            reads(from, (size_t)(end - from), site);
        writes(end, 1, site);
    }
    return token;
}

EXPORT char *strtok(char *restrict s, const char *restrict delimiters)
{
    return cut(s, REAL(strtok)(s, delimiters), CALLER);
}

EXPORT char *strtok_r(char *restrict s, const char *restrict delimiters, char **restrict next)
{
    return cut(s, REAL(strtok_r)(s, delimiters, next), CALLER);
}

EXPORT char *strsep(char **restrict s, const char *restrict delimiters)
{
    return cut(*s, REAL(strsep)(s, delimiters), CALLER);
}

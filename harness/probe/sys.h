/*
 * sys.h - raw system calls and memory primitives: the probe's floor.
 *
 * The probe lives inside student programs, which redefine anything (`wait`, `send`, `signal`,
 * `memcpy`) and count on malloc, stdio and errno being theirs. So it calls nothing public: the
 * kernel directly, and for the few services that only libc can give, what REAL() resolves behind
 * our own interposers. x86-64 only.
 */
#ifndef IPCGRADE_SYS_H
#define IPCGRADE_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#ifndef __x86_64__
#error "the probe knows the x86-64 system call convention only"
#endif

/* gcc may emit calls to these for struct copies; they must not reach a student's. */
#ifndef PROBE_DEFINES_MEM
__asm__(".set memcpy, probe_copy\n.set memset, probe_fill\n");
#endif
void *probe_copy(void *to, const void *from, size_t n);
void *probe_fill(void *to, int byte, size_t n);
void *probe_move(void *to, const void *from, size_t n); /* may overlap */

static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long r;
    __asm__ volatile("syscall"
                     : "=a"(r)
                     : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return r;
}

#define SYS_PICK(_1, _2, _3, _4, _5, _6, _7, name, ...) name
#define SYS_1(n)                                        sys6(n, 0, 0, 0, 0, 0, 0)
#define SYS_2(n, a)                                     sys6(n, (long)(a), 0, 0, 0, 0, 0)
#define SYS_3(n, a, b)                                  sys6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define SYS_4(n, a, b, c)                               sys6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SYS_5(n, a, b, c, d)                            sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define SYS_6(n, a, b, c, d, e)                         sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define SYS_7(n, a, b, c, d, e, f) \
    sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/* The raw system call: the result, or -errno. */
#define sys(...) SYS_PICK(__VA_ARGS__, SYS_7, SYS_6, SYS_5, SYS_4, SYS_3, SYS_2, SYS_1)(__VA_ARGS__)

/* p is not NULL, although a header's `nonnull` lets the compiler believe it never is. */
static inline bool given(const void *p)
{
    __asm__("" : "+r"(p));
    return p;
}

static inline void futex_wake_one(uint32_t *word)
{
    sys(SYS_futex, word, FUTEX_WAKE, 1, 0, 0, 0);
}

static inline void futex_wait(uint32_t *word, uint32_t seen)
{
    sys(SYS_futex, word, FUTEX_WAIT, seen, 0, 0, 0);
}

static inline size_t text_length(const char *s)
{
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}

static inline bool text_equal(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static inline bool text_starts(const char *s, const char *with)
{
    while (*with && *s == *with)
        s++, with++;
    return !*with;
}

/* A list of words, with a blank before and after each. */
bool text_lists(const char *list, const char *word);
/* Copies what fits, always ends it; returns the length written. */
size_t text_put(char *to, size_t room, const char *from);
/* Appends a number in decimal or hexadecimal. */
size_t text_put_number(char *to, size_t room, uint64_t n, unsigned base);

#endif

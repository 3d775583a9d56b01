/*
 * atomics.c - __tsan_atomic8 … 128, and fences: C11 and gcc's __sync_ built-ins, as the sanitizer
 * emits.
 *
 * Atomics never race with each other, and order by their memory order: a release joins the
 * location's clock, an acquire takes it. A read-modify-write without release leaves the clock
 * there, and a plain store by who released last leaves what he released: that is the release sequence of C11
 * (C++20 knows the first half only). Fences follow C11: an acquire fence takes what relaxed
 * loads before it have seen, a release fence is what relaxed stores after it release.
 */
#include "probe.h"

/* Clocks of the locations of an object, by offset. */
struct location {
    struct location *next;
    uint64_t offset;
    struct clock *clock; /* for who acquires */
    struct clock *last;  /* the last release's own part of it, … */
    uint32_t releaser;   /* … and whose that was */
};
struct locations {
    struct location *bucket[64];
};

/* A task's part in fences. */
struct fences {
    struct clock *seen[PROBE_TASKS];  /* by relaxed loads: for its next acquire fence */
    struct clock *ready[PROBE_TASKS]; /* at its last release fence: for relaxed stores */
};

/* The compiler's numbering. */
enum order { RELAXED, CONSUME, ACQUIRE, RELEASE, ACQ_REL, SEQ_CST };

CALL(atomic_load, "atomics", "offset bytes flags value");
CALL(atomic_store, "atomics", "offset bytes flags value");
CALL(atomic_update, "atomics", "offset bytes flags value");
CALL(atomic_fence, "atomics", "");
FAMILY(atomics);

static struct location *location_at(uint32_t object, uint64_t offset)
{
    struct locations **table = (struct locations **)&PRIVATE->object[object % PROBE_OBJECTS].sync;
    if (!*table)
        *table = heap_get(sizeof **table);
    struct location **l = &(*table)->bucket[offset / 4 % 64];
    while (*l && (*l)->offset != offset)
        l = &(*l)->next;
    if (!*l) {
        *l = heap_get(sizeof **l);
        (*l)->offset = offset;
    }
    return *l;
}

static void release(struct location *l)
{
    clock_drop(&l->last);
    l->last = clock_mine();
    l->releaser = self.task;
    clock_join(&l->clock, l->last);
}

void atomic_released(const volatile void *at)
{
    uint32_t object;
    uint64_t offset;
    if (memory_locate((const void *)at, &object, &offset))
        release(location_at(object, offset));
}

static struct fences *fences(void)
{
    void **root = family_root(&family_atomics);
    if (!*root)
        *root = heap_get(sizeof(struct fences));
    return *root;
}

struct atomic {
    struct point point;
    uint64_t offset;
    size_t size;
};

/* The point. False: private memory, or nobody watches. */
static bool atomic_begin(struct atomic *a, const struct probe_call *call, const volatile void *at,
                         size_t size, const void *site)
{
    if (!is_shared((const void *)at) || !probe_on()) {
        burn(site);
        return false;
    }
    region_guard((const void *)at, size);
    uint32_t object;
    if (!memory_locate((const void *)at, &object, &a->offset))
        return false;
    a->size = size;
    point_begin(&a->point, call, site, object, a->offset, size, PROBE_ATOMIC);
    return true;
}

static void take(const struct atomic *a, int order)
{
    const struct clock *clock = location_at(a->point.object, a->offset)->clock;

    if (order != RELAXED && order != RELEASE)
        clock_acquire(clock);
    else
        clock_join(&fences()->seen[self.task], clock);
}

/* A plain store ends the release sequence of others. */
static void end_others_sequence(struct location *l)
{
    if (l->releaser != self.task)
        clock_drop(&l->last);
    clock_drop(&l->clock);
    l->clock = clock_copy(l->last);
}

static void give(const struct atomic *a, int order, bool loads)
{
    struct location *l = location_at(a->point.object, a->offset);

    if (!loads)
        end_others_sequence(l);
    if (order >= RELEASE)
        release(l);
    else
        clock_join(&l->clock, fences()->ready[self.task]);
}

/* The edges, and between them the check against plain accesses: who takes what is given here may go on to
 * look at it by a plain one. */
static void atomic_end(struct atomic *a, int order, bool loads, bool stores, bool changed,
                       int64_t value)
{
    order &= 0x7fff;
    if (loads)
        take(a, order);
    shadow_check(a->point.object, a->offset, a->size, PROBE_ATOMIC | (stores ? PROBE_WRITE : 0),
                 a->point.site);
    if (stores)
        give(a, order, loads);
    a->point.args[3] = value;
    if (changed)
        point_end(&a->point, 0);
    else
        point_end_idle(&a->point, 0);
}

#define BEGIN(which)           \
    int *error = real_errno(); \
    int kept = *error;         \
    struct atomic a;           \
    bool seen = atomic_begin(&a, &call_##which, at, sizeof *at, CALLER)
#define END(order, loads, stores, changed, value)                        \
    if (seen)                                                            \
        atomic_end(&a, order, loads, stores, changed, (int64_t)(value)); \
    *error = kept

#define LOAD(bits, type)                                                        \
    EXPORT type __tsan_atomic##bits##_load(const volatile type *at, int order); \
    EXPORT type __tsan_atomic##bits##_load(const volatile type *at, int order)  \
    {                                                                           \
        BEGIN(atomic_load);                                                     \
        type value = *at;                                                       \
        END(order, true, false, false, value);                                  \
        return value;                                                           \
    }
#define STORE(bits, type)                                                              \
    EXPORT void __tsan_atomic##bits##_store(volatile type *at, type value, int order); \
    EXPORT void __tsan_atomic##bits##_store(volatile type *at, type value, int order)  \
    {                                                                                  \
        BEGIN(atomic_store);                                                           \
        bool changed = *at != value;                                                   \
        EXCHANGE(at, value);                                                           \
        END(order, false, true, changed, value);                                       \
    }
#define UPDATE(bits, type, name, after)                                                   \
    EXPORT type __tsan_atomic##bits##_##name(volatile type *at, type operand, int order); \
    EXPORT type __tsan_atomic##bits##_##name(volatile type *at, type operand, int order)  \
    {                                                                                     \
        BEGIN(atomic_update);                                                             \
        type old = *at;                                                                   \
        while (!COMPARE(at, &old, (type)(after)))                                         \
            ;                                                                             \
        END(order, true, true, (type)(after) != old, old);                                \
        return old;                                                                       \
    }
/* On failure only the failure's order counts, and nothing is written. */
#define EXCHANGE_IF(bits, type, name)                                                              \
    EXPORT int __tsan_atomic##bits##_compare_exchange_##name(                                      \
        volatile type *at, type *expected, type desired, int order, int failure);                  \
    EXPORT int __tsan_atomic##bits##_compare_exchange_##name(volatile type *at, type *expected,    \
                                                             type desired, int order, int failure) \
    {                                                                                              \
        BEGIN(atomic_update);                                                                      \
        bool done = COMPARE(at, expected, desired);                                                \
        END(done ? order : failure, true, done, done, *expected);                                  \
        return done;                                                                               \
    }
#define EXCHANGE_VALUE(bits, type)                                                                \
    EXPORT type __tsan_atomic##bits##_compare_exchange_val(volatile type *at, type expected,      \
                                                           type desired, int order, int failure); \
    EXPORT type __tsan_atomic##bits##_compare_exchange_val(volatile type *at, type expected,      \
                                                           type desired, int order, int failure)  \
    {                                                                                             \
        BEGIN(atomic_update);                                                                     \
        bool done = COMPARE(at, &expected, desired);                                              \
        END(done ? order : failure, true, done, done, expected);                                  \
        return expected;                                                                          \
    }
#define ATOMICS(bits, type)                          \
    LOAD(bits, type)                                 \
    STORE(bits, type)                                \
    UPDATE(bits, type, exchange, operand)            \
    UPDATE(bits, type, fetch_add, old + operand)     \
    UPDATE(bits, type, fetch_sub, old - operand)     \
    UPDATE(bits, type, fetch_and, old &operand)      \
    UPDATE(bits, type, fetch_or, old | operand)      \
    UPDATE(bits, type, fetch_xor, old ^ operand)     \
    UPDATE(bits, type, fetch_nand, ~(old & operand)) \
    EXCHANGE_IF(bits, type, strong)                  \
    EXCHANGE_IF(bits, type, weak)                    \
    EXCHANGE_VALUE(bits, type)

#define EXCHANGE(at, value) __atomic_store_n(at, value, __ATOMIC_SEQ_CST)
#define COMPARE(at, expected, desired) \
    __atomic_compare_exchange_n(at, expected, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
ATOMICS(8, uint8_t)
ATOMICS(16, uint16_t)
ATOMICS(32, uint32_t)
ATOMICS(64, uint64_t)

/* 128 bits: no instruction without -mcx16 and libatomic; only the holder runs, so plain accesses
 * do. */
#undef EXCHANGE
#undef COMPARE
#define EXCHANGE(at, value)            (void)(*(at) = (value))
#define COMPARE(at, expected, desired) compare_128(at, expected, desired)
typedef unsigned __int128 wide;
static bool compare_128(volatile wide *at, wide *expected, wide desired)
{
    wide now = *at;
    if (now == *expected) {
        *at = desired;
        return true;
    }
    *expected = now;
    return false;
}
ATOMICS(128, wide)

EXPORT void __tsan_atomic_thread_fence(int order);
EXPORT void __tsan_atomic_thread_fence(int order)
{
    int kept = *real_errno();
    struct point p;

    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!probe_on() || order == RELAXED)
        return;
    point_begin(&p, &call_atomic_fence, CALLER, 0);
    if (order != RELEASE)
        clock_acquire(fences()->seen[self.task]);
    if (order >= RELEASE) {
        clock_drop(&fences()->ready[self.task]);
        fences()->ready[self.task] = clock_mine();
    }
    point_end_idle(&p, 0);
    *real_errno() = kept;
}

EXPORT void __tsan_atomic_signal_fence(int order);
EXPORT void __tsan_atomic_signal_fence(int order)
{
    (void)order;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

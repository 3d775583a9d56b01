/*
 * probe.h - what the probe's core offers its families. Theory of operation:
 *
 * All tasks of the world (processes and threads of the student's programs, and the driver) map one
 * region. Exactly one task holds the turn and runs; every other one sleeps in turn.c. At each
 * *point* - a family call, or an access to shared memory - the holder asks strategy.c who goes on,
 * and either goes on itself (no system call at all) or grants the turn. Because only the holder
 * runs, nothing in the region needs a lock, and the order of points is the schedule: the same
 * decisions give the same run.
 *
 * Blocking calls never block in the kernel: a family tries the call without waiting; when it would
 * have blocked, turn_block() marks the task and gives the turn away, and the call is tried again
 * after somebody changed the object. When nobody can go on, virtual time moves to the first
 * sleeper; when nobody sleeps either, every blocked call is tried once more (so that a wake-up that
 * a family forgot costs time, never a false alarm), and then this is a deadlock.
 *
 * Happens-before lives in clock.c, and only families make edges: handing on the turn makes none.
 *
 *     region.c   attach, heap            turn.c      points, blocking, deaths
 *     task.c     identities              strategy.c  who goes next
 *     clock.c    vector clocks           shadow.c    data races
 *     object.c   what is shared, where   log.c       events, sites, findings
 *     hooks.c    __tsan_* accesses       atomics.c   __tsan_atomic*, __sync_*
 *     start.c    from exec to main       template.c  … only once for many schedules
 *     family/    the calls
 *
 * How to add a family: see the comment in family/sysv_sem.c.
 */
#ifndef IPCGRADE_PROBE_H
#define IPCGRADE_PROBE_H

#include "probe_abi.h"
#include "sys.h"

#define EXPORT        __attribute__((visibility("default"), noinline))
#define CALLER        __builtin_return_address(0)
#define INLINE_ALWAYS static inline __attribute__((always_inline))

/* The libc function behind our interposer, resolved at first use. A linker section holds all that there are,
 * so that a template can look them up once for many schedules. */
struct real {
    const char *name;
    void *found;
};
#define REAL(name)                                                                 \
    ({                                                                             \
        __attribute__((used, section("probe_reals"),                               \
                       aligned(16))) static struct real real_slot = {#name, NULL}; \
        if (!real_slot.found)                                                      \
            real_slot.found = real_function(#name);                                \
        (__typeof__(&name))real_slot.found;                                        \
    })
void *real_function(const char *name);
void real_resolve_all(void);
void *real_dlsym(void *handle, const char *name);
int *real_errno(void);

/* The C library's convention from the kernel's: sets errno and returns -1 for a negative result. */
long probe_result(long r);

/* One of our interposers called by another: its place is where the student called that one. */
#define VIA(call)                              \
    ({                                         \
        const void *kept_caller = self.caller; \
        self.caller = CALLER;                  \
        __typeof__(call) via_result = (call);  \
        self.caller = kept_caller;             \
        via_result;                            \
    })

/* ---- region.c -------------------------------------------------------------------------------- */

#define REGION ((struct probe_region *)PROBE_ADDRESS)
#define WORLD  (&REGION->world)

struct clock;
struct shadow;
struct object_state {
    void *family;          /* what the object's family keeps of it; zeroed when made */
    struct shadow *shadow; /* of memory objects */
    struct clock *sync;    /* table of locations used by atomics: see atomics.c */
};

struct private
{ /* at the start of the heap */
    uint32_t free_list[24];
    struct clock *clock[PROBE_TASKS];
    struct clock *outside; /* everything that ended before the harness started the next program */
    struct object_state object[PROBE_OBJECTS];
    uint16_t site_hash[1 << 14];
    void *root[64]; /* one a family: see family_root */
    uint32_t stall; /* points since anything changed that changed nothing: livelock */
    uint32_t sweeps;
    uint32_t barrier; /* of world.barrier, what clock_barrier() has seen */
    int64_t timer_at; /* when timers_fire() has something to do; 0: never */
};
#define HEAP_START ((sizeof(struct probe_region) + 4095) & ~4095ull)
#define PRIVATE    ((struct private *)(PROBE_ADDRESS + HEAP_START))

/* True in a process that takes part and is not inside the start code. */
INLINE_ALWAYS bool probe_on(void);
/* Zeroed memory in the region; ends the schedule (PROBE_EXHAUSTED) when there is none: never NULL.
 */
void *heap_get(size_t n);
void heap_put(void *p, size_t n);
/* Blocks by handle, for tables that cannot afford a pointer. */
INLINE_ALWAYS uint32_t heap_handle(const void *p)
{
    return (uint32_t)(((uintptr_t)p - PROBE_ADDRESS) >> 4);
}
INLINE_ALWAYS void *heap_at(uint32_t handle)
{
    return (void *)(PROBE_ADDRESS + ((uint64_t)handle << 4));
}
bool region_attach(char **environment);
/* A student's code is about to touch these bytes, or has opened this descriptor: if the region is behind it,
 * the schedule ends here, and this does not return. */
void region_guard(const void *at, size_t size);
void region_guard_file(int fd, bool writes);
/* Path of the region and of this library, as handed on to programs that are executed. */
const char *region_path(void);
const char *library_path(void);
const char *program_path(void); /* log.c: what this process executes, whatever became of the file */

/* ---- template.c ------------------------------------------------------------------------------ */

/* Whether this process shall be a template; then template_serve() returns in each process that it makes. */
bool template_asked(void);
void template_serve(void);

/* ---- debug.c --------------------------------------------------------------------------------- */

/* With the turn, before the first code of the student's: if this is the task that is to be debugged, waits
 * until the debugger has hold of it. `next` is where it goes on. */
void debug_gate(const void *next, bool is_main);
/* Of a process that has ended: its parent may wait for it when no debugger has hold of it any more. */
void debug_await_release(int32_t pid);

/* ---- task.c ---------------------------------------------------------------------------------- */

struct self {
    uint32_t task;
    uint32_t handlers;   /* handlers run so far: counted by signals */
    uint32_t interrupts; /* those without SA_RESTART, which end a blocking call with EINTR */
    uint64_t mask;       /* blocked signals, once `held` is over */
    bool held;           /* signals wait until the call has been tried again */
    uint32_t idle;       /* reads in a row that brought nothing new */
    uint32_t recent_next;
    const void *recent[8];
    uint32_t epoch;     /* while it has the turn: its own, or EPOCH_UNKNOWN */
    int fuel;           /* accesses to private memory until one is a point: hooks.c */
    bool inside;        /* in the probe: an access from a handler must not recurse */
    const void *caller; /* of a function of ours that works by calling others of ours */
    bool early;         /* in a call that waits, but signals come as if it had not begun */
    bool steady;        /* in a library function that holds a lock: points are no points */
};
extern __thread struct self self __attribute__((tls_model("initial-exec")));
enum { EPOCH_UNKNOWN = 0xffffff /* the driver's last: nobody's */, FUEL = 1 << 20 };
/* What it is for a task that begins. */
#define SELF_OF(its_task) ((struct self){.task = (its_task), .epoch = EPOCH_UNKNOWN, .fuel = FUEL})

/* A page that fork() wipes: in a process forked behind our back `on` is false, so that it runs free
 * instead of taking its parent's turn. */
struct presence {
    bool on;
};
extern struct presence *presence;
extern struct presence nowhere;

INLINE_ALWAYS bool probe_on(void)
{
    return presence->on && !self.inside;
}

INLINE_ALWAYS struct probe_task *task_at(uint32_t task)
{
    return &REGION->tasks[task % PROBE_TASKS];
}
INLINE_ALWAYS struct probe_task *me(void)
{
    return task_at(self.task);
}
/* A new task, child of the caller, which is ordered after all that the caller did. PROBE_NOBODY:
 * none left. */
uint32_t task_create(uint32_t flags);
/* Undoes task_create when the fork failed. */
void task_forget(uint32_t task);
/* In the new process or thread: becomes `task`; returns when it has the turn. */
void task_become(uint32_t task);
/* The task with this process (or thread) id, not dead; PROBE_NOBODY if it is none of ours. */
uint32_t task_by_pid(int32_t pid);
/* The child of `parent` with this pid, even if dead: for wait. */
uint32_t task_child_by_pid(uint32_t parent, int32_t pid);

/* ---- turn.c ---------------------------------------------------------------------------------- */

enum wake { WAKE_RETRY, WAKE_TIMEOUT, WAKE_INTERRUPTED };

/* What a task may be blocked on: an object, or an event of a task. */
INLINE_ALWAYS uint64_t key_of_object(uint32_t object)
{
    return object;
}
INLINE_ALWAYS uint64_t key_of_children(uint32_t parent)
{
    return 1ull << 32 | parent;
}
INLINE_ALWAYS uint64_t key_of_signals(uint32_t task)
{
    return 2ull << 32 | task;
}

/* For who waits for one of many: changes with every other. */
INLINE_ALWAYS uint64_t key_of_anything(void)
{
    return 4ull << 32;
}
INLINE_ALWAYS uint64_t key_of_thread(uint32_t task)
{
    return 3ull << 32 | task;
}

/* A point: somebody else may go on here. Returns with the turn. */
void turn_point(void);
/* The call that me() shows would block until `key` changes. Gives the turn away; the caller tries
 * again on WAKE_RETRY. `wake_at` in virtual ns, or PROBE_NEVER. A key of 0 never changes. */
enum wake turn_block(uint64_t key, int64_t wake_at);
/* The same in a call that no handler lets go on, SA_RESTART or not: sleeping, pause, sigwait,
 * System V semaphores and queues, select and poll. See signal(7). */
enum wake turn_block_once(uint64_t key, int64_t wake_at);
/* Handlers of signals that came while a call waited run here: at its end. */
void turn_admit(void);
/* Signals that this call sends to its own process wait until its end. */
void turn_hold(void);
/* Has the kernel stop this process, which all know already; returns when it goes on. The signal is
 * SIGSTOP, or one that is pending. */
void turn_stop(int signal);
/* Who is blocked on this may try again. */
void turn_changed(uint64_t key);
void turn_changed_all(void);
/* Something happened that another task could see: no livelock. */
void turn_progress(void);
/* A point that brought nothing new: a sleep, a yield, a poll in vain. */
void turn_idle(void);
/* It has worked for long: everybody else first. */
void turn_spent(void);
/* Waits for the first turn, or for the next. */
void turn_wait(void);
/* Leaves the world for good: the process is about to end. The caller must end it at once. */
void turn_leave(void);
/* The same for one thread of a process that lives on. */
void turn_leave_thread(void);
/* This task's process has other threads that have not ended. */
bool turn_has_siblings(void);
/* Gives up the turn for good without dying: this task runs free from now on. */
void turn_outsider(void);
void turn_end(enum probe_end how);
void turn_doubt(uint32_t doubt);
/* The program does what may order or block and is not followed: `what` is its name. */
void turn_unfollowed(const char *what);

/* ---- death.c --------------------------------------------------------------------------------- */

/* Waits for the ends of those who have left, and for stops under way. True: somebody has ended. */
bool bury_the_dying(void);
/* Somebody blocked was killed behind our back: true. */
bool bury_the_slain(void);

/* ---- strategy.c ------------------------------------------------------------------------------ */

void strategy_start(void);
void strategy_new_task(uint32_t task);
/* Who goes on: one of the ready ones. `now` holds the turn; it may not be ready itself. */
uint32_t strategy_next(uint32_t now, const uint16_t *ready, unsigned count);
/* Adversarial time: the holder's wait would begin now, and nobody else can go on. True: time shall
 * pass first. */
bool strategy_is_late(void);
/* adversary.c */
uint64_t adversary_begin(void); /* a new task's priority */
uint32_t adversary_next(const uint16_t *ready, unsigned count);
uint64_t chance(void);
/* 0 … n-1 */
uint32_t chance_below(uint32_t n);

/* ---- clock.c --------------------------------------------------------------------------------- */

/* An epoch: task (8 bits) and its clock (24 bits); 0 is "never". */
INLINE_ALWAYS uint32_t epoch_task(uint32_t epoch)
{
    return epoch >> 24;
}
uint32_t clock_epoch(void); /* of this task, now */
/* What it knows of that task: its clock until then. Nobody's: everything. */
uint32_t clock_known(const struct clock *c, uint32_t task);
/* The access of that epoch happened before what this task does now. */
bool clock_ordered(uint32_t epoch);

/* A clock that an object carries: made at the first release, NULL until then. */
void clock_release(struct clock **into);      /* joins mine into it */
void clock_acquire(const struct clock *from); /* NULL: no edge */
struct clock *clock_mine(void);               /* a copy to hand over: a message's, a unit's */
struct clock *clock_copy(const struct clock *c);
void clock_join(struct clock **into, const struct clock *from);
void clock_drop(struct clock **c);
/* Of another task, which does not run: a dead child's, or one that is being made. */
struct clock *clock_of(uint32_t task);
void clock_start(uint32_t task, bool after_me);
/* If the driver has acted since: everybody is ordered after all that anybody did. */
void clock_barrier(void);

/* A queue of clocks, oldest first: units of a semaphore, messages, byte ranges of a pipe. */
struct clock_unit {
    struct clock_unit *next;
    struct clock *clock;
    uint64_t count; /* of units, or bytes */
    int64_t tag;    /* a family's: message type, … */
};
struct clock_queue {
    struct clock_unit *first, *last;
    uint64_t count;
};
/* `count` units released by me at the end. */
void clock_push(struct clock_queue *q, uint64_t count, int64_t tag);
void clock_push_of(struct clock_queue *q, uint64_t count, int64_t tag, uint32_t task);
/* Takes the `count` oldest and orders me after their releases. Fewer is no error: the rest carry no
 * edge. */
void clock_take(struct clock_queue *q, uint64_t count);
/* Removes one element of the list, wherever it is, and orders me after it. */
void clock_take_unit(struct clock_queue *q, struct clock_unit *unit);
void clock_clear(struct clock_queue *q);

/* ---- object.c -------------------------------------------------------------------------------- */

/* The object of this kind and id; made, and shown in the report under the name that `name` was
 * given as (printf-free: see object_name), when it is new. Never 0: when the table is full the
 * schedule ends. */
uint32_t object_get(const char *kind, uint64_t id0, uint64_t id1, bool *is_new);
uint32_t object_find(const char *kind, uint64_t id0, uint64_t id1);
/* name := text, then, if base is 10 or 16, the number. */
void object_name(uint32_t object, const char *text, uint64_t number, unsigned base);
INLINE_ALWAYS struct probe_object *object_at(uint32_t object)
{
    return &REGION->objects[object % PROBE_OBJECTS];
}
/* The family's own memory for the object, zeroed when made. */
void *object_memory(uint32_t object, size_t size);

/* Where objects are mapped in this process; inherited by fork, forgotten by exec. */
void map_add(const void *at, size_t length, uint32_t object, uint64_t offset);
void map_remove(const void *at, size_t length);
struct mapping {
    uintptr_t from, to;
    uint32_t object;
    uint64_t offset; /* in the object, of `from` */
};
const struct mapping *map_find(const void *at);
/* An address for a shared mapping that the student left to the kernel: inside the arena. */
void *map_place(size_t length);
/* "Is it shared?": at - map_low < map_span. Both change only in object.c. */
void map_cover_everything(bool everything);
/* So that accesses to the region come to memory_access() as well. */
void map_cover_region(void);
extern uintptr_t map_low, map_span;

/* ---- shadow.c -------------------------------------------------------------------------------- */

/* An access to memory, of any length, shared or not: a point, if it is shared, and a race check.
 * `flags` are PROBE_WRITE … */
void memory_access(const void *at, size_t size, uint32_t flags, const void *site);
/* The check alone. */
void shadow_check(uint32_t object, uint64_t offset, size_t size, uint32_t flags, uint32_t site);
/* The check alone of what a library call did to student memory. */
void memory_check(const void *at, size_t size, uint32_t flags, uint32_t site);
/* A library call that reads or writes student memory; returns at once if that is private. */
INLINE_ALWAYS bool is_shared(const void *at)
{
    return (uintptr_t)at - map_low < map_span;
}
/* hooks.c: an access to private memory; every millionth in a row is a point. */
void burn(const void *site);
INLINE_ALWAYS void reads(const void *at, size_t n, const void *site)
{
    if (is_shared(at) && n)
        memory_access(at, n, PROBE_RANGE, site);
}
INLINE_ALWAYS void writes(const void *at, size_t n, const void *site)
{
    if (is_shared(at) && n)
        memory_access(at, n, PROBE_RANGE | PROBE_WRITE, site);
}

/* What a private access adds to what is known of its bytes. */
enum shadow_view {
    SHADOW_SAME,   /* nothing */
    SHADOW_OWN,    /* nobody else has touched them in a way that conflicts */
    SHADOW_FOREIGN /* another living task has */
};
enum shadow_view shadow_look(uint32_t object, uint64_t offset, size_t size, uint32_t flags);
/* The cells of 4 KiB of an object, which stay where they are. */
struct cell;
const struct cell *shadow_page(uint32_t object, uint64_t page);
/* The bytes are new memory: nobody has touched them. */
void shadow_forget(uint32_t object, uint64_t offset, size_t size);

/* ---- private.c: the memory of a process that has threads ------------------------------------- */

extern bool private_on;
/* This process is about to have a second thread. */
void private_start(void);
/* The object that stands for this process's own memory. */
uint32_t private_object(void);
/* Where in it; only if private_on. */
uint64_t private_offset(const void *at);
/* A shared object's memory, or, if private_on, private memory. */
bool memory_locate(const void *at, uint32_t *object, uint64_t *offset);
enum shadow_view private_look(const void *at, size_t size, uint32_t flags);
/* For private_same() (shadow.h): this page is one of late. */
void private_find(const void *at);
/* Some page is another's now. */
void private_forget_pages(void);
void private_check(const void *at, size_t size, uint32_t flags, uint32_t site);
/* It is about to be given back to the allocator: a write, as far as it was ever used. */
void private_freed(const void *at, size_t size, const void *site);
/* It was just allocated, or mapped: earlier users do not count. */
void private_forget(const void *at, size_t size);
/* Of a race there: what kind of memory it is, and the offset in that; returns the module, if it is one's. */
uint32_t private_place(uint32_t *object, uint64_t *offset);
/* thread.c: whose stack it is, or PROBE_NOBODY. */
uint32_t thread_of_stack(uintptr_t address);

/* ---- log.c ----------------------------------------------------------------------------------- */

/* Fills the region's table of calls. */
void log_start(void);
/* Declares a call of this file: CALL(semop, "sem", "System V semaphore", "semid number op"). */
#define CALL(ident, family_name, arguments)                                     \
    __attribute__((used, section("probe_calls"),                                \
                   aligned(8))) static const struct probe_call call_##ident = { \
        .name = #ident, .family = family_name, .args = arguments}
uint32_t call_number(const struct probe_call *call);
uint32_t site_of(const void *address);
/* Its number in the table of modules; 0: that is full. */
uint32_t module_number(const char *path);
/* The harness shall know that this process's program takes part, even if none of its calls is seen. */
void log_program(void);
/* In the program itself, not a library. */
bool site_in_program(uint32_t site);
/* Where the student's program called the library function that got here: by the stack. */
const void *student_caller(void);
extern void *stack_top;
void log_event(uint32_t call, uint32_t site, uint32_t object, const int64_t args[PROBE_ARGS],
               int64_t result);
/* Counted once for the same pair of sites. `module`: of static memory. */
void log_race(uint32_t object, uint64_t offset, uint32_t module, const struct probe_access *first,
              const struct probe_access *second);
void log_finding(enum probe_rule rule, uint32_t object, uint32_t site, const char *text);

/* One family call from its point to its event. In an interposer:
 *
 *     struct point p;
 *     point_begin(&p, &call_semop, CALLER, object, semid, number, op, flags);
 *     … try, turn_block, try again …
 *     return point_end(&p, result);      // result in the kernel's convention
 */
struct point {
    uint32_t call, site, object;
    int64_t args[PROBE_ARGS];
};
void point_enter(struct point *p, const struct probe_call *call, const void *site, uint32_t object,
                 int64_t a, int64_t b, int64_t c, int64_t d);
#define POINT_4(p, call, site, object, a, b, c, d, ...) \
    point_enter(p, call, site, object, (int64_t)(a), (int64_t)(b), (int64_t)(c), (int64_t)(d))
#define point_begin(p, call, site, ...) POINT_4(p, call, site, __VA_ARGS__, 0, 0, 0, 0, 0)
/* Logs it, counts it as progress, sets errno; returns what libc would. */
long point_end(struct point *p, long result);
/* The same for a call that changed nothing (a sleep, an EAGAIN that the student asked for). */
long point_end_idle(struct point *p, long result);
void point_end_spent(struct point *p); /* neither progress nor the lack of it */

/* ---- atomics.c ------------------------------------------------------------------------------- */

/* A store there that the hooks do not see, with release: who loads it by hooks is ordered after it. */
void atomic_released(const volatile void *at);

/* ---- vtime.c --------------------------------------------------------------------------------- */

int64_t time_now(void);  /* virtual ns since the start */
int64_t time_real(void); /* the virtual wall clock, ns since the epoch */
/* Time may move although others could go on. */
bool time_is_adversarial(void);
/* Who sleeps, and may be woken before the others go on; PROBE_NOBODY. */
uint32_t time_first_napper(void);
/* Moves time to where that one sleeps to; nothing if it does not. */
void time_wake(uint32_t task);
/* The call at hand would wait now, until `wake_at` at most, and time shall pass to `next` before it begins to.
 * Once a call. */
bool time_may_pass_first(int64_t next, int64_t wake_at);

/* ---- signals.c, family/signal.c, family/timer.c ---------------------------------------------- */

/* Blocks all signals and returns the mask before. */
uint64_t signals_hold(void);
/* Restores a mask: handlers run here, in the turn. If a signal ends the process, it leaves the world
 * first. */
void signals_admit(uint64_t mask);
/* I am about to have the kernel send it to this process: whoever takes it is ordered after me; and
 * the process is woken to look. */
void signals_sent(uint32_t process, int signal);
/* Returns when the kernel has really stopped the process. */
void signals_await_stop(uint32_t process);
/* What is due at the virtual time of now. */
void timers_fire(void);

/* ---- families -------------------------------------------------------------------------------- */

/* One a file, found by linker section. All hooks are optional and run with the turn. */
struct family {
    const char *name;
    void (*loaded)(void); /* in each new program, before its first turn; once for a template */
    void (*start)(void);  /* in each new program, before main */
    void (*forked)(uint32_t child); /* in the child, once it has the turn */
    void (*leaving)(void);          /* me() is about to end: last releases */
    void (*died)(uint32_t task);    /* the kernel has finished it; run by another task */
    void (*stuck)(void);            /* nobody can go on, and the world is about to end */
    void (*closing)(int fd);        /* me() is about to close it, or to put another in its place */
    void (*driver_acted)(void);     /* it may have changed anything that a program waits for */
    void (*blocking)(void);         /* me() is in a call, and about to wait */
    bool (*mapped)(const void *at); /* the library has mapped it for us, unknown to map_find() */
};
#define FAMILY(ident, ...)                                                                   \
    __attribute__((used, section("probe_families"),                                          \
                   aligned(8))) static const struct family family_##ident = {.name = #ident, \
                                                                             __VA_ARGS__}
/* A pointer of the family's in the region, NULL at the start of a schedule. */
void **family_root(const struct family *f);
extern const struct family __start_probe_families[], __stop_probe_families[];
#define FOR_EACH_FAMILY(f) \
    for (const struct family *f = __start_probe_families; f < __stop_probe_families; f++)

#endif

/*
 * start.c - from exec to main, and from main's return to the end.
 *
 * The constructor finds the region; __libc_start_main, which the program's own start code calls
 * before any code of the student's, waits for the first turn (or serves as a template: template.c). A program that a task executed keeps
 * the turn that the task had. The destructor, which runs after the student's exit handlers, flushes
 * stdio, so that what that writes is still inside a turn, and leaves the world.
 */
#include "process.h"

#include <stdio.h>
#include <sys/mman.h>

static bool attached; /* there is a region: the program was started by the harness */

__attribute__((constructor)) static void attach(int count, char **arguments, char **environment)
{
    (void)count, (void)arguments;
    if (!region_attach(environment))
        return;
    long page = sys(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page < 0 || sys(SYS_madvise, page, 4096, MADV_WIPEONFORK) < 0)
        return;
    presence = (struct presence *)page;
    attached = true;
}

/* The harness started it: ordered after everything that the harness saw end. */
static void first_turn(uint32_t task)
{
    self = SELF_OF(task);
    me()->present = 1;
    turn_wait();
    if (!WORLD->calls) { /* the first of this schedule */
        log_start();
        strategy_start();
    }
    clock_start(task, false);
    clock_barrier();
    clock_acquire(PRIVATE->outside);
}

/* A task executed it, and has held the turn since. Descriptors were closed on the way. */
static void same_turn(uint32_t task)
{
    self = SELF_OF(task);
    me()->flags = (me()->flags & ~(uint32_t)PROBE_EXECING) | PROBE_EXECED;
    me()->pid = (int32_t)sys(SYS_getpid);
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++)
        if (i != task && task_at(i)->process == me()->process)
            task_at(i)->state = PROBE_DEAD; /* its other threads */
    turn_changed_all();
}

static bool somebody_spawns(void)
{
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++)
        if (task_at(i)->flags & PROBE_SPAWNING)
            return true;
    return false;
}

/* Of a spawned process the pid is known only when posix_spawn has returned to its parent. */
static uint32_t my_task(void)
{
    int32_t pid = (int32_t)sys(SYS_getpid);
    while (task_by_pid(pid) == PROBE_NOBODY && somebody_spawns())
        sys(SYS_sched_yield);
    uint32_t task = task_by_pid(pid);
    /* exec by another thread than the first: the kernel has given it the first's id. */
    for (uint32_t i = 0; task != PROBE_NOBODY && i < WORLD->tasks && i < PROBE_TASKS; i++)
        if (task_at(i)->process == task && task_at(i)->flags & PROBE_EXECING)
            return i;
    return task;
}

static void join_world(void)
{
    uint32_t task = my_task();

    if (task == PROBE_NOBODY) {
        turn_doubt(PROBE_UNKNOWN);
        return;
    }
    if (task_at(task)->flags & PROBE_EXECING)
        same_turn(task);
    else
        first_turn(task);
    me()->flags |= PROBE_ARRIVED;
    task_name_after_program(program_path());
    log_program();
    FOR_EACH_FAMILY(f)
    if (f->start)
        f->start();
    presence->on = true;
}

typedef int main_fn(int, char **, char **);
typedef int start_fn(main_fn *, int, char **, void (*)(void), void (*)(void), void (*)(void),
                     void *);
EXPORT int __libc_start_main(main_fn *run, int count, char **arguments, void (*init)(void),
                             void (*fini)(void), void (*loader_fini)(void), void *stack_end);

EXPORT int __libc_start_main(main_fn *run, int count, char **arguments, void (*init)(void),
                             void (*fini)(void), void (*loader_fini)(void), void *stack_end)
{
    start_fn *real = (start_fn *)real_function("__libc_start_main");
    stack_top = stack_end;
    if (attached)
        FOR_EACH_FAMILY(f)
    if (f->loaded)
        f->loaded();
    if (attached && template_asked())
        template_serve();
    if (attached)
        join_world();
    debug_gate((const void *)run, true);
    return real(run, count, arguments, init, fini, loader_fini, stack_end);
}

__attribute__((destructor)) static void leave(void)
{
    if (!presence->on)
        return;
    if (!turn_has_siblings()) /* one of them may sleep with a stream's lock */
        REAL(fflush)(NULL);
    turn_leave();
}

void **family_root(const struct family *f)
{
    return &PRIVATE->root[(f - __start_probe_families) % 64];
}

/*
 * callsite.c - walks a sleeping task's stack by the call frame information, with elfutils' libdwfl.
 *
 * Only program counter and stack pointer are known (from /proc/PID/syscall). That is enough: the
 * frames of libc between the system call and the student's function find their caller from the
 * stack pointer alone, and so do the student's own, since the build asks for code without frame
 * pointers (submit/build.c). Where a Makefile asks for them, only the innermost frame can be told.
 */
#include "run/callsite.h"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "box/box.h"
#include "run/debuginfo.h"

enum { STACK_BYTES = 8192, MAPS_BYTES = 16384, MOST_FRAMES = 8 };

struct callsite {
    pid_t pid;
    uint64_t sp, pc;
    size_t stack_size;
    unsigned char stack[STACK_BYTES];
    char maps[MAPS_BYTES];
};

#if defined __x86_64__
enum { STACK_POINTER = 7 };
#elif defined __aarch64__
enum { STACK_POINTER = 31 };
#else
#error "callsite.c: the DWARF number of this machine's stack pointer is wanted"
#endif

static bool read_maps(struct callsite *c)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", c->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t have = 0;
    ssize_t n;
    while (have < sizeof c->maps - 1 &&
           (n = read(fd, c->maps + have, sizeof c->maps - 1 - have)) > 0)
        have += (size_t)n;
    close(fd);
    char *last = strrchr(c->maps, '\n'); /* a line cut short would not parse */
    if (last)
        last[1] = '\0';
    return last != NULL;
}

struct callsite *callsite_take(struct arena *arena, const struct task *task)
{
    if (task->nr < 0)
        return NULL;
    struct callsite *c = arena_alloc(arena, sizeof *c);
    *c = (struct callsite){.pid = task->pid, .sp = task->sp, .pc = task->pc};
    struct iovec here = {c->stack, sizeof c->stack};
    for (size_t want = STACK_BYTES; want >= 256 && !c->stack_size; want /= 2) {
        struct iovec there = {(void *)(uintptr_t)c->sp, want}; /* the stack may end sooner */
        ssize_t n = process_vm_readv(c->pid, &here, 1, &there, 1, 0);
        c->stack_size = n > 0 ? (size_t)n : 0;
    }
    return c->stack_size && read_maps(c) ? c : NULL;
}

/* ---- what libdwfl asks us -------------------------------------------------------------------- */

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread_arg)
{
    (void)dwfl;
    const struct callsite *c = arg;
    if (*thread_arg) /* there is one only */
        return 0;
    *thread_arg = arg;
    return c->pid;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *arg, void **thread_arg)
{
    (void)dwfl;
    (void)tid;
    *thread_arg = arg;
    return true;
}

static bool memory_read(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *arg)
{
    (void)dwfl;
    const struct callsite *c = arg;
    if (address < c->sp || address - c->sp + sizeof *result > c->stack_size)
        return false;
    memcpy(result, c->stack + (address - c->sp), sizeof *result);
    return true;
}

static bool set_initial_registers(Dwfl_Thread *thread, void *arg)
{
    const struct callsite *c = arg;
    Dwarf_Word sp = c->sp;
    dwfl_thread_state_register_pc(thread, c->pc);
    return dwfl_thread_state_registers(thread, STACK_POINTER, 1, &sp);
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
    .next_thread = next_thread,
    .get_thread = get_thread,
    .memory_read = memory_read,
    .set_initial_registers = set_initial_registers,
};

/* ---- the walk -------------------------------------------------------------------------------- */

struct walk {
    struct arena *arena;
    const struct symbols *symbols;
    Dwfl *dwfl;
    struct site *site;
    int depth; /* frames of the student's so far */
};

static const char *source(const struct walk *walk, const char *path)
{
    return walk->symbols ? symbol_source(walk->symbols, path) : below_work(path);
}

static bool is_students(Dwfl_Module *module)
{
    const char *name = dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    return name && strncmp(name, BOX_WORK "/", strlen(BOX_WORK "/")) == 0;
}

static void note_innermost(struct walk *walk, const char *function, const char *file, int line)
{
    if (function)
        walk->site->function = arena_strdup(walk->arena, function);
    if (file) {
        walk->site->file = arena_strdup(walk->arena, source(walk, file));
        walk->site->line = line;
    }
}

static void note_caller(struct walk *walk, const char *function, const char *file, int line)
{
    const char *inner = walk->site->called_from;
    walk->site->called_from = arena_printf(walk->arena, "%s%s%s() at %s:%d", inner ? inner : "",
                                           inner ? ", " : "", function, source(walk, file), line);
}

static int visit_frame(Dwfl_Frame *frame, void *arg)
{
    struct walk *walk = arg;
    Dwarf_Addr pc;
    bool activation;
    if (!dwfl_frame_pc(frame, &pc, &activation))
        return DWARF_CB_ABORT;
    if (!activation)
        pc--; /* a return address is the instruction after the call */
    Dwfl_Module *module = dwfl_addrmodule(walk->dwfl, pc);
    if (!module || !is_students(module))
        return DWARF_CB_OK;
    const char *function = dwfl_module_addrname(module, pc);
    Dwfl_Line *line = dwfl_module_getsrc(module, pc);
    int number = 0;
    const char *file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
    if (walk->depth++ == 0)
        note_innermost(walk, function, file, number);
    else if (function && file)
        note_caller(walk, function, file, number);
    bool outermost = !function || !file || strcmp(function, "main") == 0;
    return outermost || walk->depth > MOST_FRAMES ? DWARF_CB_ABORT : DWARF_CB_OK;
}

void callsite_resolve(struct arena *arena, const struct symbols *symbols,
                      const struct callsite *callsite, struct site *site)
{
    static char *no_path = NULL;
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_linux_proc_find_elf,
        .find_debuginfo = no_debuginfo,
        .debuginfo_path = &no_path,
    };
    struct callsite copy = *callsite; /* libdwfl wants it writable */
    Dwfl *dwfl = dwfl_begin(&callbacks);
    FILE *maps = fmemopen(copy.maps, strlen(copy.maps), "r");
    if (dwfl && maps && dwfl_linux_proc_maps_report(dwfl, maps) == 0 &&
        dwfl_report_end(dwfl, NULL, NULL) == 0 &&
        dwfl_attach_state(dwfl, NULL, copy.pid, &thread_callbacks, &copy)) {
        struct walk walk = {arena, symbols, dwfl, site, 0};
        dwfl_getthread_frames(dwfl, copy.pid, visit_frame, &walk);
    }
    if (maps)
        fclose(maps);
    if (dwfl)
        dwfl_end(dwfl);
}

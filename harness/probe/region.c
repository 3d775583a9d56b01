/*
 * region.c - finding the region, and memory in it.
 *
 * The region is found by path, not by descriptor, so that it survives a student who closes
 * everything and every exec. The heap is a bump allocator with a free list a power of two; the
 * harness zeroes it between schedules, and world.heap says how much of it.
 */
#include "probe.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>

static char path[256];
static char library[256];
static struct stat file; /* that the region is in */

static const char *environment_value(char **environment, const char *name)
{
    size_t n = text_length(name);
    for (; environment && *environment; environment++)
        if (text_starts(*environment, name) && (*environment)[n] == '=')
            return *environment + n + 1;
    return NULL;
}

static int find_library(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    uintptr_t here = (uintptr_t)&find_library;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && here - from < info->dlpi_phdr[i].p_memsz) {
            text_put(library, sizeof library, info->dlpi_name);
            return 1;
        }
    }
    return 0;
}

const char *region_path(void)
{
    return path;
}

const char *library_path(void)
{
    return library;
}

bool region_attach(char **environment)
{
    const char *named = environment_value(environment, PROBE_ENV);

    text_put(path, sizeof path, named && *named ? named : PROBE_PATH);
    dl_iterate_phdr(find_library, NULL);
    long fd = sys(SYS_open, path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = sys(SYS_fstat, fd, &file) == 0 && (uint64_t)file.st_size > HEAP_START + (1 << 20) &&
                sys(SYS_mmap, PROBE_ADDRESS, file.st_size, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0) == (long)PROBE_ADDRESS;
    sys(SYS_close, fd);
    map_cover_region();
    return good && REGION->magic == PROBE_MAGIC && REGION->version == PROBE_VERSION;
}

/* ---- the student's hands off it -------------------------------------------------------------- */

/* Before the access is made: what the region says until here is still the probe's word. */
static void reached(void)
{
    signals_hold(); /* no handler goes on instead */
    turn_doubt(PROBE_REACHED);
    turn_end(PROBE_OUTSIDER);
    for (;;)
        sys(SYS_pause);
}

void region_guard(const void *at, size_t size)
{
    uintptr_t from = (uintptr_t)at;
    if (from < PROBE_ADDRESS + PROBE_SIZE && from + size > PROBE_ADDRESS)
        reached();
}

/* "/proc/…/mem": all of a process's memory, the region with it. */
static bool is_memory_of_a_process(int fd)
{
    char name[64] = "/proc/self/fd/", target[64];
    size_t n = text_length(name);
    text_put_number(name + n, sizeof name - n, (uint64_t)fd, 10);
    long length = sys(SYS_readlink, name, target, sizeof target - 1);
    if (length < 10)
        return false;
    target[length] = 0;
    return text_starts(target, "/proc/") && text_equal(target + length - 4, "/mem");
}

void region_guard_file(int fd, bool writes)
{
    struct stat st;
    if (sys(SYS_fstat, fd, &st) < 0 || !S_ISREG(st.st_mode))
        return;
    bool region = st.st_dev == file.st_dev && st.st_ino == file.st_ino;
    if (region || (writes && is_memory_of_a_process(fd)))
        reached();
}

static unsigned size_class(size_t n)
{
    unsigned class = 4; /* 16 bytes */
    while (class < 40 && (1ull << class) < n)
        class ++;
    return class;
}

void *heap_get(size_t n)
{
    unsigned class = size_class(n);
    uint64_t size = 1ull << class;
    uint32_t *list = class < 24 ? &PRIVATE->free_list[class] : NULL;

    if (!WORLD->heap)
        WORLD->heap = (sizeof(struct private) + 15) & ~15ull;
    if (list && *list) {
        uint32_t *p = heap_at(*list);
        *list = *p;
        return probe_fill(p, 0, size);
    }
    if (HEAP_START + WORLD->heap + size > REGION->size) {
        turn_doubt(PROBE_NO_MEMORY);
        turn_end(PROBE_EXHAUSTED);
        for (;;)
            sys(SYS_pause);
    }
    void *p = (void *)(PROBE_ADDRESS + HEAP_START + WORLD->heap);
    WORLD->heap += size;
    return p;
}

void heap_put(void *p, size_t n)
{
    unsigned class = size_class(n);
    if (!p || class >= 24)
        return;
    *(uint32_t *)p = PRIVATE->free_list[class];
    PRIVATE->free_list[class] = heap_handle(p);
}

void *real_dlsym(void *handle, const char *name)
{
    static __typeof__(&dlsym) found;
    if (!found)
        found = (__typeof__(&dlsym))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
    if (!found)
        found = (__typeof__(&dlsym))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
    return found(handle, name);
}

void *real_function(const char *name)
{
    return real_dlsym(RTLD_NEXT, name);
}

extern struct real __start_probe_reals[], __stop_probe_reals[];

void real_resolve_all(void)
{
    for (struct real *r = __start_probe_reals; r < __stop_probe_reals; r++)
        if (!r->found)
            r->found = real_function(r->name);
}

int *real_errno(void)
{
    return &errno;
}

long probe_result(long r)
{
    if (r < 0 && r >= -4095) {
        *real_errno() = (int)-r;
        return -1;
    }
    return r;
}

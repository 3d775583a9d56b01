/*
 * private.c - memory of one process: checked too, once the process has threads.
 *
 * While a process has one thread, its globals, heap and stack cannot race and cost one compare. The
 * first pthread_create makes "is it shared?" true for every address (object.c); what is in no
 * shared mapping then comes here. All private memory of a process is one object; its pages are
 * numbered in the order of their first use, so that the shadow stays dense. A race is reported
 * under what the memory is: a module's static data, a stack, or the heap.
 *
 * An access is a point only if another task has written there, or (for a write) read there, since
 * threads exist: code that works on its own data is not slowed down by its neighbours, and no race
 * is missed, for those are judged by clocks and not by the moment.
 *
 * Memory that is handed out again - by malloc, mmap, as a new thread's stack - starts afresh:
 * whoever had it before is no partner of whoever has it now.
 */
#include "shadow.h"

#include <link.h>

struct pages {
    uint32_t used, room;
    uint32_t *slot;  /* hash table, 2 * room: page's number + 1, or 0 */
    uint64_t *which; /* by number: address / 4096 */
};

enum { PAGE_BITS = 12, FIRST_ROOM = 256, NO_NUMBER = -1 };
#define PAGE_SIZE_ (1ul << PAGE_BITS)

bool private_on;
static uint32_t own_object;       /* of this process */
static uint64_t last_page = ~0ul; /* a cache of one */
static uint32_t last_number;
struct found private_found[FOUND];

static void forked(uint32_t child);
FAMILY(private_memory, .forked = forked);

uint32_t private_object(void)
{
    bool new;
    if (own_object)
        return own_object;
    own_object = object_get("memory of a process", me()->process, 0, &new);
    if (new)
        object_name(own_object, task_at(me()->process)->name, 0, 0);
    return own_object;
}

void private_start(void)
{
    if (private_on)
        return;
    private_object();
    private_on = true;
    map_cover_everything(true);
}

/* A child has one thread, and memory of its own. */
static void forked(uint32_t child)
{
    (void)child;
    own_object = 0;
    last_page = ~0ul;
    private_forget_pages();
    if (private_on)
        map_cover_everything(false);
    private_on = false;
}

/* ---- from addresses to offsets --------------------------------------------------------------- */

static struct pages *pages_of(uint32_t object)
{
    return object_memory(object, sizeof(struct pages));
}

static uint32_t slot_of(const struct pages *p, uint64_t page)
{
    uint32_t mask = 2 * p->room - 1;
    uint32_t at = (uint32_t)(page * 0x9e3779b97f4a7c15ull >> 40) & mask;
    while (p->slot[at] && p->which[p->slot[at] - 1] != page)
        at = (at + 1) & mask;
    return at;
}

static void grow(struct pages *p)
{
    struct pages old = *p;

    p->room = old.room ? old.room * 2 : FIRST_ROOM;
    p->slot = heap_get(2ul * p->room * sizeof *p->slot);
    p->which = heap_get(p->room * sizeof *p->which);
    for (uint32_t i = 0; i < old.used; i++) {
        p->which[i] = old.which[i];
        p->slot[slot_of(p, old.which[i])] = i + 1;
    }
    if (old.room) {
        heap_put(old.slot, 2ul * old.room * sizeof *p->slot);
        heap_put(old.which, old.room * sizeof *p->which);
    }
}

/* The page's number, given now if `make`; else NO_NUMBER for one that was never used. */
static int64_t number_of(uint64_t page, bool make)
{
    struct pages *p = pages_of(own_object);

    if (page == last_page)
        return last_number;
    if (p->used == p->room && make)
        grow(p);
    if (!p->room)
        return NO_NUMBER;
    uint32_t at = slot_of(p, page);
    if (!p->slot[at]) {
        if (!make)
            return NO_NUMBER;
        p->which[p->used] = page;
        p->slot[at] = ++p->used;
    }
    last_page = page;
    return last_number = p->slot[at] - 1;
}

uint64_t private_offset(const void *at)
{
    uintptr_t a = (uintptr_t)at;
    return (uint64_t)number_of(a >> PAGE_BITS, true) << PAGE_BITS | (a & (PAGE_SIZE_ - 1));
}

bool memory_locate(const void *at, uint32_t *object, uint64_t *offset)
{
    const struct mapping *m = map_find(at);

    if (m) {
        *object = m->object;
        *offset = m->offset + ((uintptr_t)at - m->from);
    } else if (private_on) {
        *object = own_object;
        *offset = private_offset(at);
    }
    return m || private_on;
}

/* ---- accesses -------------------------------------------------------------------------------- */

/* Up to the end of the page. */
static size_t part_of(uintptr_t at, size_t size)
{
    size_t left = PAGE_SIZE_ - (at & (PAGE_SIZE_ - 1));
    return left < size ? left : size;
}

enum shadow_view private_look(const void *at, size_t size, uint32_t flags)
{
    enum shadow_view view = SHADOW_SAME;
    uintptr_t a = (uintptr_t)at;

    for (size_t part; size; a += part, size -= part) {
        part = part_of(a, size);
        enum shadow_view here =
            shadow_look(own_object, private_offset((const void *)a), part, flags);
        view = here > view ? here : view;
    }
    return view;
}

void private_forget_pages(void)
{
    probe_fill(private_found, 0, sizeof private_found);
}

void private_find(const void *at)
{
    uint64_t page = (uintptr_t)at / PAGE;
    struct found *f = &private_found[page % FOUND];

    if (private_on && f->page != page)
        *f = (struct found){page,
                            (uintptr_t)shadow_page(own_object, (uint64_t)number_of(page, true)) -
                                page * (PAGE / GRAIN) * sizeof(struct cell)};
}

void private_check(const void *at, size_t size, uint32_t flags, uint32_t site)
{
    uintptr_t a = (uintptr_t)at;

    for (size_t part; size; a += part, size -= part) {
        part = part_of(a, size);
        shadow_check(own_object, private_offset((const void *)a), part, flags, site);
    }
}

void private_freed(const void *at, size_t size, const void *site)
{
    uintptr_t a = (uintptr_t)at;

    if (!private_on || !probe_on() || self.steady || !site_in_program(site_of(site)))
        return;
    for (size_t part; size; a += part, size -= part) {
        part = part_of(a, size);
        int64_t number = number_of(a >> PAGE_BITS, false);
        if (number != NO_NUMBER)
            shadow_check(own_object, (uint64_t)number << PAGE_BITS | (a & (PAGE_SIZE_ - 1)), part,
                         PROBE_WRITE | PROBE_RANGE, site_of(site));
    }
}

/* Also called by libc in a thread that has left, or is not there yet: they have not the turn. */
void private_forget(const void *at, size_t size)
{
    uintptr_t a = (uintptr_t)at;

    if (!private_on || !probe_on() || WORLD->holder != self.task)
        return;
    for (size_t part; size; a += part, size -= part) {
        part = part_of(a, size);
        int64_t number = number_of(a >> PAGE_BITS, false);
        if (number != NO_NUMBER)
            shadow_forget(own_object, (uint64_t)number << PAGE_BITS | (a & (PAGE_SIZE_ - 1)), part);
    }
}

/* ---- what it is, for the report -------------------------------------------------------------- */

struct seek {
    uintptr_t address, base;
    const char *path;
};

static int seek_module(struct dl_phdr_info *info, size_t size, void *wanted)
{
    struct seek *seek = wanted;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *h = &info->dlpi_phdr[i];
        if (h->p_type == PT_LOAD && seek->address - info->dlpi_addr - h->p_vaddr < h->p_memsz) {
            seek->base = info->dlpi_addr;
            seek->path = info->dlpi_name;
            return 1;
        }
    }
    return 0;
}

static uint32_t described(const char *kind, uint64_t id, const char *name)
{
    bool new;
    uint32_t object = object_get(kind, me()->process, id, &new);
    if (new)
        object_name(object, name, 0, 0);
    return object;
}

uint32_t private_place(uint32_t *object, uint64_t *offset)
{
    if (!private_on || *object != own_object)
        return 0;
    const struct pages *p = pages_of(own_object);
    uint64_t number = *offset >> PAGE_BITS;
    if (number >= p->used)
        return 0;
    uintptr_t address = p->which[number] << PAGE_BITS | (*offset & (PAGE_SIZE_ - 1));
    struct seek seek = {.address = address};
    if (dl_iterate_phdr(seek_module, &seek)) {
        bool program = !seek.path[0];
        *object = described("static memory", seek.base, program ? "the program" : seek.path);
        *offset = address - seek.base;
        return module_number(program ? program_path() : seek.path);
    }
    uint32_t task = thread_of_stack(address);
    if (task != PROBE_NOBODY)
        *object = described("stack of a thread", task, task_at(task)->name);
    else
        *object = described("heap", 0, task_at(me()->process)->name);
    *offset = address;
    return 0;
}

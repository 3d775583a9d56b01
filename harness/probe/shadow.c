/*
 * shadow.c - data races: FastTrack, exact to the byte, keyed by object and offset.
 *
 * One cell describes four aligned bytes: last write, and last read or - when reads are concurrent -
 * a list of them. The first access to a part of the four splits the cell into one a byte, for good.
 * Cells come a page (4 KiB of the object) at a time, so a large sparse segment costs what is
 * touched of it. Nothing is ever evicted: only the holder runs, so there is no need to be
 * approximate.
 */
#include "shadow.h"

struct readers {
    uint32_t count, room;
    struct {
        uint32_t epoch, site;
    } at[];
};

struct shadow {
    uint32_t pages;
    uint32_t unused;
    uint32_t page[]; /* heap handles of CELLS cells, or 0 */
};

enum { CELLS = PAGE / GRAIN, SITE_MASK = 0xffffff };
#define SPLIT  0xffffffffu /* read: read_site is the handle of four cells */
#define SHARED 0xfffffffeu /* read: read_site is the handle of struct readers */

struct check {
    uint32_t object;
    uint64_t offset; /* of the bytes at hand */
    uint32_t flags, site, size;
    uint32_t epoch;
    bool reported;
};

static void report(struct check *c, uint32_t epoch, uint32_t packed_site, bool wrote)
{
    struct probe_access before = {.task = epoch_task(epoch),
                                  .site = packed_site & SITE_MASK,
                                  .flags = packed_site >> 24 | (wrote ? PROBE_WRITE : 0),
                                  .size = c->size};
    struct probe_access now = {
        .task = self.task, .site = c->site, .flags = c->flags, .size = c->size};

    if (c->reported)
        return;
    c->reported = true;
    uint32_t object = c->object;
    uint64_t offset = c->offset;
    uint32_t module = private_place(&object, &offset);
    log_race(object, offset, module, &before, &now);
}

/* Two atomic accesses never race; everything else unordered does. */
static void check_one(struct check *c, uint32_t epoch, uint32_t packed_site, bool wrote)
{
    if (!epoch || clock_ordered(epoch))
        return;
    if (c->flags & PROBE_ATOMIC && packed_site >> 24 & PROBE_ATOMIC)
        return;
    report(c, epoch, packed_site, wrote);
}

static uint32_t packed(const struct check *c)
{
    return (c->site & SITE_MASK) | (c->flags & ~(uint32_t)PROBE_WRITE) << 24;
}

/* ---- concurrent readers ---------------------------------------------------------------------- */

static size_t readers_size(uint32_t room)
{
    return sizeof(struct readers) + room * 8ul;
}

static void readers_drop(struct cell *cell)
{
    struct readers *r = heap_at(cell->read_site);
    heap_put(r, readers_size(r->room));
}

static void readers_add(struct cell *cell, uint32_t epoch, uint32_t site)
{
    struct readers *r = heap_at(cell->read_site);

    for (uint32_t i = 0; i < r->count; i++)
        if (epoch_task(r->at[i].epoch) == epoch_task(epoch) || clock_ordered(r->at[i].epoch)) {
            r->at[i].epoch = epoch;
            r->at[i].site = site;
            return;
        }
    if (r->count == r->room) {
        struct readers *longer = heap_get(readers_size(r->room * 2));
        probe_copy(longer, r, readers_size(r->count));
        longer->room = r->room * 2;
        readers_drop(cell);
        cell->read_site = heap_handle(longer);
        r = longer;
    }
    r->at[r->count].epoch = epoch;
    r->at[r->count++].site = site;
}

static void share(struct cell *cell)
{
    struct readers *r = heap_get(readers_size(4));
    r->room = 4;
    r->count = 1;
    r->at[0].epoch = cell->read;
    r->at[0].site = cell->read_site;
    cell->read = SHARED;
    cell->read_site = heap_handle(r);
}

/* ---- one cell -------------------------------------------------------------------------------- */

static void on_read(struct check *c, struct cell *cell)
{
    check_one(c, cell->write, cell->write_site, true);
    if (cell->read != SHARED && (!cell->read || clock_ordered(cell->read))) {
        cell->read = c->epoch;
        cell->read_site = packed(c);
        return;
    }
    if (cell->read != SHARED)
        share(cell);
    readers_add(cell, c->epoch, packed(c));
}

static void on_write(struct check *c, struct cell *cell)
{
    check_one(c, cell->write, cell->write_site, true);
    if (cell->read == SHARED) {
        struct readers *r = heap_at(cell->read_site);
        for (uint32_t i = 0; i < r->count; i++)
            check_one(c, r->at[i].epoch, r->at[i].site, false);
        readers_drop(cell);
    } else {
        check_one(c, cell->read, cell->read_site, false);
    }
    *cell = (struct cell){.write = c->epoch, .write_site = packed(c)};
}

static void on_cell(struct check *c, struct cell *cell)
{
    if (is_same_epoch(cell, c->flags, c->epoch))
        return;
    if (c->flags & PROBE_WRITE)
        on_write(c, cell);
    else
        on_read(c, cell);
}

/* ---- from bytes to cells --------------------------------------------------------------------- */

static void split(struct cell *cell)
{
    struct cell *bytes = heap_get(GRAIN * sizeof *bytes);
    for (int i = 0; i < GRAIN; i++) {
        bytes[i] = *cell;
        if (cell->read != SHARED)
            continue;
        struct readers *r = heap_at(cell->read_site), *own = heap_get(readers_size(r->room));
        probe_copy(own, r, readers_size(r->count));
        bytes[i].read_site = heap_handle(own);
    }
    if (cell->read == SHARED)
        readers_drop(cell);
    *cell = (struct cell){.read = SPLIT, .read_site = heap_handle(bytes)};
}

static struct cell *page_of(uint32_t object, uint64_t page)
{
    struct shadow **s = &PRIVATE->object[object % PROBE_OBJECTS].shadow;

    if (!*s || page >= (*s)->pages) { /* files grow */
        uint32_t pages = *s ? (*s)->pages * 2 : 16;
        while (pages <= page)
            pages *= 2;
        struct shadow *longer = heap_get(sizeof **s + pages * 4ul);
        if (*s) {
            probe_copy(longer->page, (*s)->page, (*s)->pages * 4ul);
            heap_put(*s, sizeof **s + (*s)->pages * 4ul);
        }
        longer->pages = pages;
        *s = longer;
    }
    if (!(*s)->page[page])
        (*s)->page[page] = heap_handle(heap_get(CELLS * sizeof(struct cell)));
    return heap_at((*s)->page[page]);
}

void shadow_check(uint32_t object, uint64_t offset, size_t size, uint32_t flags, uint32_t site)
{
    struct check c = {.object = object,
                      .flags = flags,
                      .site = site,
                      .size = (uint32_t)size,
                      .epoch = clock_epoch()};

    for (uint64_t at = offset, end = offset + size; at < end;) {
        uint64_t next = (at / GRAIN + 1) * GRAIN;
        struct cell *cell = page_of(object, at / PAGE) + at % PAGE / GRAIN;
        if (next > end)
            next = end;
        c.offset = at;
        if (next - at < GRAIN && cell->read != SPLIT)
            split(cell);
        if (cell->read == SPLIT) {
            struct cell *bytes = heap_at(cell->read_site);
            for (; at < next; at++, c.offset++)
                on_cell(&c, &bytes[at % GRAIN]);
        } else {
            on_cell(&c, cell);
        }
        at = next;
    }
}

/* ---- private memory -------------------------------------------------------------------------- */

static bool by_another(uint32_t epoch)
{
    return epoch && epoch_task(epoch) != self.task &&
           task_at(epoch_task(epoch))->state != PROBE_DEAD;
}

static enum shadow_view look_at(const struct cell *cell, uint32_t flags, uint32_t epoch)
{
    bool write = flags & PROBE_WRITE;

    if (is_same_epoch(cell, flags, epoch))
        return SHADOW_SAME;
    if (by_another(cell->write))
        return SHADOW_FOREIGN;
    if (write && cell->read == SHARED) /* not only mine, or there would be no list */
        return SHADOW_FOREIGN;
    return write && by_another(cell->read) ? SHADOW_FOREIGN : SHADOW_OWN;
}

enum shadow_view shadow_look(uint32_t object, uint64_t offset, size_t size, uint32_t flags)
{
    enum shadow_view view = SHADOW_SAME;
    uint32_t epoch = clock_epoch();

    for (uint64_t at = offset, end = offset + size; at < end; at = (at / GRAIN + 1) * GRAIN) {
        const struct cell *cell = page_of(object, at / PAGE) + at % PAGE / GRAIN;
        const struct cell *bytes = cell->read == SPLIT ? heap_at(cell->read_site) : NULL;
        for (uint64_t i = at % GRAIN; i < (bytes ? GRAIN : at % GRAIN + 1); i++) {
            if (at - at % GRAIN + i >= end)
                break;
            enum shadow_view here = look_at(bytes ? &bytes[i] : cell, flags, epoch);
            view = here > view ? here : view;
        }
    }
    return view;
}

const struct cell *shadow_page(uint32_t object, uint64_t page)
{
    return page_of(object, page);
}

static void empty(struct cell *cell)
{
    if (cell->read == SPLIT) {
        struct cell *bytes = heap_at(cell->read_site);
        for (int i = 0; i < GRAIN; i++)
            if (bytes[i].read == SHARED)
                readers_drop(&bytes[i]);
        heap_put(bytes, GRAIN * sizeof *bytes);
    } else if (cell->read == SHARED) {
        readers_drop(cell);
    }
    *cell = (struct cell){0};
}

void shadow_forget(uint32_t object, uint64_t offset, size_t size)
{
    const struct shadow *s = PRIVATE->object[object % PROBE_OBJECTS].shadow;
    uint64_t page = offset / PAGE;

    if (!s || page >= s->pages || !s->page[page])
        return;
    for (uint64_t at = offset; at < offset + size && at / PAGE == page; at += GRAIN - at % GRAIN)
        empty(page_of(object, page) + at % PAGE / GRAIN);
}

/* ---- the access ------------------------------------------------------------------------------ */

/* Not calls, but they stand in the timeline as such. */
__attribute__((used, section("probe_calls"), aligned(8))) static const struct probe_call
    call_load = {.name = "load", .family = "memory", .args = "offset bytes flags value"},
    call_store = {.name = "store", .family = "memory", .args = "offset bytes flags value"};

static int64_t value_at(const void *at, size_t size)
{
    int64_t value = 0;
    probe_copy(&value, at, size < 8 ? size : 8);
    return value;
}

/* A read of the same place again, while nothing happened in between, brings nothing new. */
static void note_read(const void *at)
{
    for (unsigned i = 0; i < 8; i++)
        if (self.recent[i] == at) {
            turn_idle();
            return;
        }
    self.recent[self.recent_next++ % 8] = at;
    self.idle = 0;
}

static void note_write(void)
{
    probe_fill(self.recent, 0, sizeof self.recent);
    turn_progress();
}

static bool past_step_cap(void)
{
    uint32_t limit = REGION->config.max_steps;
    return WORLD->step > (limit ? limit : 200000);
}

/* What libraries do to private memory, by memcpy say, they order by means of their own. */
static bool is_students(uint32_t flags, uint32_t site)
{
    return !(flags & PROBE_RANGE) || site_in_program(site);
}

/* A range may span mappings: each part is checked in its own object. */
void memory_check(const void *at, size_t size, uint32_t flags, uint32_t site)
{
    region_guard(at, size);
    while (size) {
        const struct mapping *m = map_find(at);
        size_t part = m ? m->to - (uintptr_t)at : 4096 - (uintptr_t)at % 4096;
        if (part > size)
            part = size;
        if (m)
            shadow_check(m->object, m->offset + ((uintptr_t)at - m->from), part, flags, site);
        else if (private_on && !self.steady && is_students(flags, site))
            private_check(at, part, flags, site);
        at = (const char *)at + part;
        size -= part;
    }
}

/* Private memory is a point only where another task has been. */
static bool is_point(const void *at, size_t size, uint32_t flags, const struct mapping *m,
                     uint32_t site)
{
    return m || (private_on && !self.steady && is_students(flags, site) &&
                 private_look(at, size, flags) == SHADOW_FOREIGN);
}

/* Nothing that was not known: most accesses of a process with threads. */
static bool is_nothing(const void *at, size_t size, uint32_t flags, const struct mapping *m)
{
    if (m || size > 16)
        return false;
    return !private_on || self.steady || private_look(at, size, flags) == SHADOW_SAME;
}

void memory_access(const void *at, size_t size, uint32_t flags, const void *caller)
{
    const struct mapping *m = map_find(at);
    region_guard(at, size);
    if (!probe_on()) {
        if (presence->on && self.task == PROBE_NOBODY)
            turn_doubt(PROBE_UNKNOWN); /* a thread that nobody has seen begin */
        return;
    }
    if (is_nothing(at, size, flags, m)) {
        burn(caller);
        return;
    }
    if (!m)
        private_find(at);
    self.inside = true;
    uint32_t site = site_of(caller);
    if (is_point(at, size, flags, m, site)) {
        struct probe_task *t = me();
        uint64_t offset = m ? m->offset + ((uintptr_t)at - m->from) : (uintptr_t)at;
        t->call = call_number(flags & PROBE_WRITE ? &call_store : &call_load);
        t->site = site;
        t->object = m ? m->object : private_object();
        t->args[0] = (int64_t)offset;
        t->args[1] = (int64_t)size;
        t->args[2] = flags;
        if (!past_step_cap()) {
            self.inside = false; /* a handler that runs at the point is student code */
            turn_point();
            self.inside = true;
        }
        t->args[3] = size <= 8 && !(flags & PROBE_WRITE) ? value_at(at, size) : 0;
        log_event(t->call, site, t->object, t->args, 0);
    } else {
        self.inside = false;
        burn(caller);
        self.inside = true;
        memory_check(at, size, flags, site);
        self.inside = false;
        return;
    }
    memory_check(at, size, flags, site);
    if (flags & PROBE_WRITE)
        note_write();
    else
        note_read(at);
    self.inside = false;
}

/* object.c - what tasks share, by identity; and where this process has mapped it. */
#include "probe.h"

#include <sys/mman.h>

/* Mappings are this process's own: fork copies them, exec drops them, as with the mappings
 * themselves. */
enum { MAPPINGS = 512 };
static struct mapping maps[MAPPINGS];
static unsigned maps_used;
static const struct mapping *last_hit;
static uintptr_t next_place = PROBE_ARENA;

uintptr_t map_low = PROBE_ARENA, map_span;

uint32_t object_find(const char *kind, uint64_t id0, uint64_t id1)
{
    uint32_t used = WORLD->objects < PROBE_OBJECTS ? WORLD->objects : PROBE_OBJECTS - 1;
    for (uint32_t i = used; i > 0; i--) { /* newest first: ids are re-used */
        struct probe_object *o = object_at(i);
        if (o->id[0] == id0 && o->id[1] == id1 && !(o->flags & PROBE_REMOVED) &&
            text_equal(o->kind, kind))
            return i;
    }
    return 0;
}

uint32_t object_get(const char *kind, uint64_t id0, uint64_t id1, bool *is_new)
{
    uint32_t found = object_find(kind, id0, id1);

    if (is_new)
        *is_new = !found;
    if (found)
        return found;
    if (WORLD->objects + 1 >= PROBE_OBJECTS) {
        turn_doubt(PROBE_LOG_FULL);
        turn_end(PROBE_EXHAUSTED);
        turn_wait();
    }
    uint32_t object = ++WORLD->objects;
    struct probe_object *o = object_at(object);
    *o = (struct probe_object){
        .id = {id0, id1}, .creator = self.task, .site = me()->site, .holder = PROBE_NOBODY};
    text_put(o->kind, sizeof o->kind, kind);
    PRIVATE->object[object] = (struct object_state){0};
    return object;
}

void object_name(uint32_t object, const char *text, uint64_t number, unsigned base)
{
    struct probe_object *o = object_at(object);
    size_t n = text_put(o->name, sizeof o->name, text);
    if (base)
        text_put_number(o->name + n, sizeof o->name - n, number, base);
}

void *object_memory(uint32_t object, size_t size)
{
    struct object_state *s = &PRIVATE->object[object % PROBE_OBJECTS];
    if (!s->family)
        s->family = heap_get(size);
    return s->family;
}

/* ---- mappings -------------------------------------------------------------------------------- */

/* One compare decides most accesses, so the range covers all mappings, and is the arena if
 * possible. */
static void cover(uintptr_t from, uintptr_t to)
{
    uintptr_t high = map_low + map_span;
    if (map_span == ~0ul)
        return;
    if (!map_span) {
        map_low = from;
        high = to;
    }
    map_low = from < map_low ? from : map_low;
    map_span = (to > high ? to : high) - map_low;
}

void map_cover_region(void)
{
    cover(PROBE_ADDRESS, PROBE_ADDRESS + PROBE_SIZE);
}

/* Of a process with threads every address may be shared. */
void map_cover_everything(bool everything)
{
    map_low = everything ? 0 : PROBE_ARENA;
    map_span = everything ? ~0ul : 0;
    map_cover_region();
    for (unsigned i = 0; i < maps_used && !everything; i++)
        cover(maps[i].from, maps[i].to);
}

void map_add(const void *at, size_t length, uint32_t object, uint64_t offset)
{
    uintptr_t from = (uintptr_t)at, to = from + ((length + 4095) & ~4095ul);

    map_remove(at, length);
    private_forget_pages();
    if (maps_used == MAPPINGS) {
        turn_doubt(PROBE_LOG_FULL);
        return;
    }
    maps[maps_used++] = (struct mapping){from, to, object, offset};
    cover(from, to);
}

void map_remove(const void *at, size_t length)
{
    uintptr_t from = (uintptr_t)at, to = from + ((length + 4095) & ~4095ul);

    last_hit = NULL;
    for (unsigned i = 0; i < maps_used;) {
        struct mapping *m = &maps[i];
        struct mapping tail = {to, m->to, m->object, m->offset + (to - m->from)};
        if (m->to <= from || m->from >= to) {
            i++;
            continue;
        }
        if (m->from < from) {
            m->to = from; /* keeps its head, ... */
            i++;
        } else {
            *m = maps[--maps_used];
        }
        if (tail.from < tail.to && maps_used < MAPPINGS)
            maps[maps_used++] = tail; /* ... its tail, or both */
    }
}

const struct mapping *map_find(const void *at)
{
    uintptr_t a = (uintptr_t)at;
    if (last_hit && a - last_hit->from < last_hit->to - last_hit->from)
        return last_hit;
    for (unsigned i = 0; i < maps_used; i++)
        if (a - maps[i].from < maps[i].to - maps[i].from)
            return last_hit = &maps[i];
    return NULL;
}

void *map_place(size_t length)
{
    uintptr_t at = next_place;
    if (length > PROBE_SPAN / 4 || at + length > PROBE_ARENA + PROBE_SPAN - (1 << 20))
        return NULL;
    next_place += ((length + 0xffff) & ~0xfffful) + 0x10000;
    return (void *)at;
}

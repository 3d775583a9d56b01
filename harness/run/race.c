/*
 * race.c - names what two accesses touch (see race.h). A wrong name would be worse than none.
 *
 * Static memory is known by its address. For all other memory a name is one that the student's own line has for
 * it: the expression to which the compiler's column of the access points, or, where it points to none, the only
 * one in the line that is used so. By the types of the debugger's data it must be of the access's size and be able
 * to lie at that offset of the segment; and where both lines have a name for it, they must mean the same member.
 */
#include "run/race.h"

#include <stdio.h>
#include <string.h>

#include "run/debuginfo.h"
#include "run/lvalue.h"
#include "run/symbol.h"
#include "run/told.h"
#include "run/variable.h"
#include "submit/source.h"

bool race_sites(struct run *run, const struct world_result *r, const struct probe_finding *seen,
                struct finding *f)
{
    const struct probe_access *accesses[] = {&seen->first, &seen->second};
    *f = (struct finding){.rule = "data-race", .by_probe = true, .site_count = 2};
    for (int i = 0; i < 2; i++) {
        const struct probe_access *a = accesses[i];
        f->sites[i] = (struct site){
            .process = a->task < r->tasks ? arena_strdup(run->arena, r->task[a->task].name) : "?",
            .access = a->flags & PROBE_WRITE ? "write" : "read"};
        symbol_site(run->arena, run->symbols, r, a->site, &f->sites[i]);
    }
    f->process = f->sites[0].process;
    return f->sites[0].file && f->sites[1].file;
}

static bool is_in_work(const struct world_result *r, uint32_t site)
{
    const char *path = r->module[r->site[site].module].path;
    return below_work(path) != path;
}

bool race_is_students(const struct world_result *r, const struct probe_finding *seen)
{
    return is_in_work(r, seen->first.site) && is_in_work(r, seen->second.site);
}

/* ---- what kind of memory it is ----------------------------------------------------------------- */

enum memory {
    SHARED, /* a segment, a mapping: offsets begin at its own beginning */
    STATIC,
    STACK,
    HEAP /* or whatever else a process has for itself */
};

static enum memory memory_of(const struct probe_object *o)
{
    return strcmp(o->kind, "static memory") == 0         ? STATIC
           : strcmp(o->kind, "stack of a thread") == 0   ? STACK
           : strcmp(o->kind, "heap") == 0                ? HEAP
           : strcmp(o->kind, "memory of a process") == 0 ? HEAP
                                                         : SHARED;
}

/* ---- what one line says ------------------------------------------------------------------------ */

/* One side of the race, and what it may call the memory. */
struct side {
    const char *line; /* NULL: the source is not there */
    Dwfl_Module *module;
    Dwarf_Addr pc;
    int column;
    bool write, by_call;
    enum memory memory;
    long offset;      /* of the first byte that both touch */
    long size;        /* of the access; 0: not known */
    long object_size; /* 0: not known */

    bool named;
    struct lvalue lvalue;
    struct variable_place place;
    long indices[LVALUE_STEPS]; /* -1: not known */
};

/* The pointer may as well point into the middle of the segment: then indices say nothing. */
static bool indices_are_certain(const struct side *s)
{
    long beyond = s->object_size - s->place.region;
    if (s->memory != SHARED || s->place.region <= 0 || beyond < 0)
        return false;
    for (int i = 0; i < s->place.index_count; i++)
        if (beyond >= s->place.indices[i].stride)
            return false;
    return true;
}

static void forget_indices(long indices[LVALUE_STEPS])
{
    for (int i = 0; i < LVALUE_STEPS; i++)
        indices[i] = -1;
}

/* Wherever its pointer points to, such an access begins at a multiple of its alignment. */
static bool may_be_at(const struct side *s)
{
    long alignment = s->place.size & -s->place.size, before = s->offset - s->place.offset;
    return before >= 0 && before % (alignment < 8 ? alignment : 8) == 0;
}

static bool is_of_that_size(const struct side *s)
{
    return s->size ? s->place.size == s->size : !s->place.aggregate;
}

/* At that column a variable may be read that only helps to find what is meant: the pointer, the index. */
static bool may_be_a_helper(const struct side *s)
{
    bool helped = s->place.variable == s->place.size;
    for (int i = 0; i < s->lvalue.count; i++) {
        const struct slice *index = &s->lvalue.steps[i].name;
        if (s->lvalue.steps[i].kind == '[' && strspn(index->at, "0123456789") < index->length)
            helped = true;
    }
    return helped;
}

static bool is_in_such_memory(const struct side *s)
{
    if (s->memory == STACK)
        return s->write || !may_be_a_helper(s);
    return s->place.dereferenced;
}

static void name_by_column(struct side *s)
{
    long indices[LVALUE_STEPS];
    forget_indices(s->indices);
    if (!variable_place(s->module, s->pc, &s->lvalue, &s->place) || !is_of_that_size(s) ||
        !is_in_such_memory(s) || !may_be_at(s))
        return;
    s->named = true;
    forget_indices(indices);
    if (indices_are_certain(s) && variable_holds(&s->place, s->offset, false, indices))
        memcpy(s->indices, indices, sizeof indices);
}

static bool same_words(const struct lvalue *a, const struct lvalue *b)
{
    return a->root.length == b->root.length &&
           memcmp(a->root.at, b->root.at, a->root.length) == 0 && lvalue_same_way(a, b);
}

/* The segment is no larger than what the pointer points to, which is therefore its beginning. */
static bool base_is_certain(const struct side *s)
{
    long beyond = s->object_size - s->place.region;
    return s->place.region > 0 && beyond >= 0 && beyond < (s->place.size < 8 ? s->place.size : 8);
}

/* Whether it can be what is touched. */
static bool is_possible(const struct side *s, bool from_beginning)
{
    if (!s->place.dereferenced)
        return false;
    if (!s->by_call && (!is_of_that_size(s) || s->place.aggregate))
        return false;
    return base_is_certain(s) ? from_beginning : s->by_call || may_be_at(s);
}

/* The only one in the line that can be it, if it is where it would be in a segment that the pointer points to the
 * beginning of. */
static void name_by_offset(struct side *s)
{
    enum lvalue_use use = s->by_call ? LVALUE_PASSED : s->write ? LVALUE_WRITTEN : LVALUE_READ;
    struct lvalue all[LVALUES];
    struct side found = {.named = false};
    int count = lvalues_in(s->line, use, all);
    for (int i = 0; i < count; i++) {
        struct side one = *s;
        one.lvalue = all[i];
        forget_indices(one.indices);
        if (!variable_place(one.module, one.pc, &one.lvalue, &one.place))
            return;
        bool holds = variable_holds(&one.place, one.offset, one.by_call, one.indices);
        if (!is_possible(&one, holds))
            continue;
        if (found.lvalue.count && !same_words(&found.lvalue, &one.lvalue))
            return; /* which of the two? */
        found = one;
        found.named = holds;
    }
    if (!found.named)
        return;
    if (!indices_are_certain(&found))
        forget_indices(found.indices);
    *s = found;
}

static struct side side_of(struct arena *arena, struct run *run, const struct world_result *r,
                           const struct probe_finding *seen, const struct probe_access *access,
                           const struct site *site)
{
    const struct probe_object *o = &r->object[seen->object];
    bool is_first = access == &seen->first; /* the probe keeps the size of the second alone */
    struct side s = {.write = access->flags & PROBE_WRITE,
                     .by_call = access->flags & PROBE_RANGE,
                     .memory = memory_of(o),
                     .offset = (long)(seen->offset & INT64_MAX),
                     .size = is_first && seen->second.flags & PROBE_RANGE ? 0 : access->size,
                     .object_size = o->size < INT32_MAX ? (long)o->size : 0};
    s.module = symbol_code(run->symbols, r, access->site, &s.pc, &s.column);
    s.line = s.module && access->size > 0 && run->sources >= 0
                 ? source_line(arena, run->sources, site)
                 : NULL;
    if (!s.line)
        return s;
    if (!s.by_call && lvalue_at(s.line, s.column, s.write, &s.lvalue))
        name_by_column(&s);
    else if (s.memory == SHARED)
        name_by_offset(&s);
    return s;
}

/* ---- what both say ----------------------------------------------------------------------------- */

/* An index of which the lines say different things is none of the two. */
static void agree_on_indices(struct side *told, const struct side *other)
{
    enum { LONGEST = 24 };
    for (int i = 0; i < told->lvalue.count; i++) {
        struct slice *a = &told->lvalue.steps[i].name;
        const struct slice *b = &other->lvalue.steps[i].name;
        if (told->lvalue.steps[i].kind != '[' || told->indices[i] >= 0)
            continue;
        bool same =
            !other->named || (a->length == b->length && memcmp(a->at, b->at, a->length) == 0);
        if (!same || a->length > LONGEST)
            *a = (struct slice){"...", 3};
    }
}

/* Named by where a pointer points to alone, such as *counter. */
static bool names_no_member(const struct side *s)
{
    for (int i = 0; i < s->lvalue.count; i++)
        if (s->lvalue.steps[i].kind == '.')
            return false;
    return true;
}

/* Where both have a name, one may say less than the other: a call may touch much around it. */
static void prefer_the_better(struct side *first, struct side *second)
{
    if (!first->named || !second->named)
        return;
    if (first->by_call != second->by_call) {
        first->named = !first->by_call;
        second->named = !second->by_call;
    } else if (names_no_member(first) != names_no_member(second)) {
        first->named = !names_no_member(first);
        second->named = !names_no_member(second);
    }
}

/* `size`: of the bytes that both touch, which may turn out to be fewer. */
static const char *name_of(struct arena *arena, struct side *first, struct side *second,
                           uint32_t *size)
{
    prefer_the_better(first, second);
    struct side *told = first->named ? first : second, *other = first->named ? second : first;
    if (!told->named || (other->named && !lvalue_same_way(&told->lvalue, &other->lvalue)))
        return NULL;
    agree_on_indices(told, other);
    if (!told->by_call && told->place.size < *size)
        *size = (uint32_t)told->place.size;
    return lvalue_told(arena, &told->lvalue, told->indices);
}

static const char *variable_of(struct arena *arena, struct run *run, const struct world_result *r,
                               const struct probe_finding *seen, const struct finding *f,
                               uint32_t *size)
{
    const struct probe_object *o = &r->object[seen->object];
    if (memory_of(o) == STATIC) {
        Dwarf_Addr address;
        Dwfl_Module *module = symbol_module(run->symbols, r, seen->module, seen->offset, &address);
        return module ? variable_at(arena, module, address, *size) : NULL;
    }
    struct side first = side_of(arena, run, r, seen, &seen->first, &f->sites[0]);
    struct side second = side_of(arena, run, r, seen, &seen->second, &f->sites[1]);
    return name_of(arena, &first, &second, size);
}

/* ---- the sentence ------------------------------------------------------------------------------ */

/* "offset 20 of a shared memory segment, key 0x4d2". Of a process's own memory an address would say nothing. */
static const char *whereabouts(struct arena *arena, struct run *run, const struct world_result *r,
                               const struct probe_finding *seen)
{
    const struct probe_object *o = &r->object[seen->object];
    switch (memory_of(o)) {
    case STATIC:
        return "in static memory";
    case STACK:
        return arena_printf(arena, "on the stack of %s", o->name);
    case HEAP:
        return "on the heap";
    default:
        break;
    }
    struct site made = {0};
    symbol_site(arena, run->symbols, r, o->site, &made);
    return arena_printf(arena, "at offset %llu of %s", (unsigned long long)seen->offset,
                        memory_told(arena, o, &made));
}

static const char *place(struct arena *arena, const struct site *s)
{
    return arena_printf(arena, "%s (%s:%d)", s->process, s->file, s->line);
}

void race_tell(struct arena *arena, struct run *run, const struct world_result *r,
               const struct probe_finding *seen, struct finding *f)
{
    uint32_t flags = seen->first.flags | seen->second.flags, size = seen->second.size;
    bool both = seen->first.flags & seen->second.flags & PROBE_WRITE;
    f->variable = variable_of(arena, run, r, seen, f, &size);
    f->message = arena_printf(
        arena, "%s and %s %s the same %u byte%s%s%s%s (%s), and nothing orders the two%s",
        place(arena, &f->sites[0]), place(arena, &f->sites[1]), both ? "both write" : "touch", size,
        size == 1 ? "" : "s", f->variable ? ", `" : "", f->variable ? f->variable : "",
        f->variable ? "`" : "", whereabouts(arena, run, r, seen),
        flags & PROBE_VOLATILE ? "; volatile makes the compiler read it anew, but it orders nothing"
                               : "");
}

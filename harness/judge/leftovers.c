/* leftovers.c - what exists after a run that did not before, as findings (see leftovers.h). */
#include "judge/leftovers.h"

#include <assert.h>
#include <string.h>
#include <sys/ipc.h>

#include "base/text.h"
#include "judge/census.h"

struct told {
    struct arena *arena;
    struct finding *findings;
    int count;
};

static void tell(struct told *to, struct finding finding)
{
    to->findings = arena_grow(to->arena, to->findings, to->count, sizeof *to->findings);
    to->findings[to->count++] = finding;
}

/* ---- objects ---------------------------------------------------------------------------------- */

static bool is_known(const char *creator)
{
    return creator && strcmp(creator, "?") != 0;
}

/* Made by the same line of the same process: one bug, so one finding. */
static bool same_origin(const struct object *a, const struct object *b)
{
    return a->kind == b->kind && a->line == b->line && same_text(a->creator, b->creator) &&
           same_text(a->file, b->file);
}

static const char *plural(long n)
{
    return n == 1 ? "" : "s";
}

/* "id 4096, 3 messages (120 bytes) left in it": what ipcs or ls would show. But not the key: one from
 * ftok holds the number of the device the work folder is on, and would differ from run to run. */
static const char *details(struct arena *arena, const struct object *o)
{
    const char *size = arena_printf(arena, "%ld byte%s", o->size, plural(o->size));
    const char *left = "", *private = o->key == IPC_PRIVATE ? ", IPC_PRIVATE" : "";
    if (o->messages > 0)
        left = arena_printf(arena, ", %ld message%s (%s) left in it", o->messages,
                            plural(o->messages), size);
    switch (o->kind) {
    case OBJECT_SYSV_SHM:
        return arena_printf(arena, "id %ld%s, %s", o->id, private, size);
    case OBJECT_SYSV_QUEUE:
        return arena_printf(arena, "id %ld%s%s", o->id, private, left);
    case OBJECT_SYSV_SEMAPHORE:
        return arena_printf(arena, "id %ld%s, %ld semaphore%s", o->id, private, o->size,
                            plural(o->size));
    case OBJECT_POSIX_SHM:
    case OBJECT_FILE:
        return arena_printf(arena, "%s, %s", o->name, size);
    case OBJECT_POSIX_QUEUE:
        return arena_printf(arena, "%s%s", o->name, left);
    default:
        return o->name;
    }
}

/* How the student sees it at home. */
static const char *at_home(enum object_kind kind)
{
    static const char *const commands[] = {
        [OBJECT_SYSV_SHM] = "`ipcs -m`",
        [OBJECT_SYSV_QUEUE] = "`ipcs -q`",
        [OBJECT_SYSV_SEMAPHORE] = "`ipcs -s`",
        [OBJECT_POSIX_SHM] = "`ls /dev/shm`",
        [OBJECT_POSIX_QUEUE] = "`ls /dev/mqueue`",
        [OBJECT_POSIX_SEMAPHORE] = "`ls /dev/shm`",
        [OBJECT_FIFO] = "`ls -l`",
        [OBJECT_FILE] = "`ls -la`",
    };
    static_assert(sizeof commands / sizeof *commands == OBJECT_KINDS, "a command a kind");
    return commands[kind];
}

static const char *origin(struct arena *arena, const struct object *o)
{
    if (o->file && is_known(o->creator))
        return arena_printf(arena, "created by %s at %s:%d", o->creator, o->file, o->line);
    if (is_known(o->creator))
        return arena_printf(arena, "created by %s", o->creator);
    return "created by your programs";
}

/* "2 System V message queues were left behind (id …; id …), created by consumer#1 at consumer.c:31,
 * never removed; on your own machine `ipcs -q` would show them" */
static const char *leak_message(struct arena *arena, const struct object *const *same, int count)
{
    enum { SHOWN = 3 };
    const struct object *o = same[0];
    const char *list = details(arena, o), *kind = object_kind_names[o->kind];
    for (int i = 1; i < count && i < SHOWN; i++)
        list = arena_printf(arena, "%s; %s", list, details(arena, same[i]));
    if (count > SHOWN)
        list = arena_printf(arena, "%s; and %d more", list, count - SHOWN);
    const char *start = count == 1 ? arena_printf(arena, "a %s was", kind)
                                   : arena_printf(arena, "%d %ss were", count, kind);
    return arena_printf(arena,
                        "%s left behind (%s), %s, never removed; on your own machine %s would show "
                        "%s",
                        start, list, origin(arena, o), at_home(o->kind),
                        count == 1 ? "it" : "them");
}

static struct finding leak(struct arena *arena, const struct object *const *same, int count)
{
    const struct object *o = same[0];
    struct finding f = {.rule = object_kind_rules[o->kind],
                        .quality = QUALITY_CLEANUP,
                        .process = is_known(o->creator) ? o->creator : NULL,
                        .message = leak_message(arena, same, count)};
    if (o->file) {
        f.site_count = 1;
        f.sites[0] = (struct site){.file = o->file,
                                   .line = o->line,
                                   .function = o->function,
                                   .called_from = o->called_from,
                                   .process = f.process,
                                   .access = "created here"};
    }
    return f;
}

static void tell_leaks(struct told *to, const struct evidence *e, unsigned persists)
{
    bool *told = arena_array(to->arena, bool, e->left_count);
    const struct object **same = arena_array(to->arena, const struct object *, e->left_count);
    for (int i = 0; i < e->left_count; i++) {
        if (told[i] || persists & PERSISTS(e->left[i].kind))
            continue;
        int count = 0;
        for (int j = i; j < e->left_count; j++)
            if (!told[j] && same_origin(&e->left[i], &e->left[j])) {
                told[j] = true;
                same[count++] = &e->left[j];
            }
        tell(to, leak(to->arena, same, count));
    }
}

/* ---- processes ------------------------------------------------------------------------------- */

static void tell_orphans(struct told *to, const struct evidence *e)
{
    for (int i = 0; i < e->orphan_count; i++) {
        const struct process_record *p = &e->orphans[i];
        tell(to,
             (struct finding){
                 .rule = "orphan",
                 .quality = QUALITY_CLEANUP,
                 .process = p->name,
                 .message = arena_printf(to->arena,
                                         "%s (%s) was still running when every program that the "
                                         "scenario had started was over; it had to be killed",
                                         p->name, p->command ? p->command : "?"),
                 .sites = {p->where},
                 .site_count = p->where.file ? 1 : 0,
             });
    }
}

int leftovers_told(struct arena *arena, const struct evidence *evidence, unsigned persists,
                   struct finding **findings)
{
    struct told to = {.arena = arena};
    tell_orphans(&to, evidence);
    tell_leaks(&to, evidence, persists);
    *findings = to.findings;
    return to.count;
}

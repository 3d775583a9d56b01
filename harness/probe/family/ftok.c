/*
 * ftok.c - where the keys of System V objects come from. The number differs from machine to machine and from box to
 * box; what ftok was asked for stands in the student's own source.
 */
#include "../names.h"
#include "../probe.h"

#include <sys/ipc.h>

FAMILY(ftok);

struct origin {
    struct origin *next;
    int key;
    char told[48]; /* as long as an object's name may be */
};

static struct origin **origins(void)
{
    return (struct origin **)family_root(&family_ftok);
}

const char *key_origin(int key)
{
    for (const struct origin *o = *origins(); o; o = o->next)
        if (o->key == key)
            return o->told;
    return NULL;
}

static void note(int key, const char *path, int id)
{
    struct origin *o = heap_get(sizeof *o);
    size_t room = sizeof o->told, n = text_put(o->told, room, "key of ftok(\"");
    const char letter[] = {'\'', (char)id, '\'', 0};

    n += text_put(o->told + n, room - n, path);
    n += text_put(o->told + n, room - n, "\", ");
    if (id > ' ' && id <= '~')
        n += text_put(o->told + n, room - n, letter);
    else
        n += text_put_number(o->told + n, room - n, (uint64_t)(id & 0xff), 10);
    text_put(o->told + n, room - n, ")");
    o->key = key;
    o->next = *origins();
    *origins() = o;
}

EXPORT key_t ftok(const char *path, int id)
{
    key_t key = REAL(ftok)(path, id);

    if (probe_on() && key != -1 && !key_origin(key))
        note(key, path, id);
    return key;
}

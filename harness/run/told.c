/* told.c - calls by the words that the probe gives their arguments (see told.h, probe_abi.h). */
#include "run/told.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/wait.h>

struct name {
    int64_t value;
    const char *name;
};

static const struct name commands[] = {
    {IPC_RMID, "IPC_RMID"}, {IPC_SET, "IPC_SET"}, {IPC_STAT, "IPC_STAT"}, {GETVAL, "GETVAL"},
    {SETVAL, "SETVAL"},     {GETALL, "GETALL"},   {SETALL, "SETALL"},     {GETPID, "GETPID"},
    {GETNCNT, "GETNCNT"},   {GETZCNT, "GETZCNT"}};
static const struct name ipc_flags[] = {{IPC_CREAT, "IPC_CREAT"},
                                        {IPC_EXCL, "IPC_EXCL"},
                                        {IPC_NOWAIT, "IPC_NOWAIT"},
                                        {MSG_NOERROR, "MSG_NOERROR"}};
static const struct name semop_flags[] = {{IPC_NOWAIT, "IPC_NOWAIT"}, {SEM_UNDO, "SEM_UNDO"}};
static const struct name wait_flags[] = {{WNOHANG, "WNOHANG"}, {WUNTRACED, "WUNTRACED"}};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* "IPC_CREAT|IPC_EXCL|0600" */
static const char *flags_told(struct arena *arena, int64_t value, const struct name *names,
                              size_t count)
{
    const char *told = "", *bar = "";
    for (size_t i = 0; i < count; i++)
        if (value & names[i].value) {
            told = arena_printf(arena, "%s%s%s", told, bar, names[i].name);
            bar = "|";
            value &= ~names[i].value;
        }
    return value ? arena_printf(arena, "%s%s0%" PRIo64, told, bar, (uint64_t)value) : told;
}

static const char *semop_flags_told(struct arena *arena, int64_t value)
{
    int64_t more = value >> PROBE_MORE_SHIFT & PROBE_MORE_MASK, own = value & 0xffff;
    const char *flags = flags_told(arena, own, semop_flags, COUNT(semop_flags));
    const char *comma = *flags ? ", " : "";
    if (value & PROBE_PART)
        return arena_printf(arena, "%s%sas part of the call", flags, comma);
    return more ? arena_printf(arena, "%s%sand %" PRId64 " more", flags, comma, more) : flags;
}

static const char *command_told(struct arena *arena, int64_t value)
{
    for (size_t i = 0; i < COUNT(commands); i++)
        if (commands[i].value == value)
            return commands[i].name;
    return arena_printf(arena, "command %" PRId64, value);
}

static bool begins(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

/* ---- System V ids --------------------------------------------------------------------------- */

struct id_word {
    const char *word, *call, *kind, *told;
};
static const struct id_word id_words[] = {
    {"semid", "semget", "System V semaphore set", "set"},
    {"msqid", "msgget", "System V message queue", "queue"},
    {"shmid", "shmget", "shared memory segment", "segment"},
};

int64_t id_number(const struct world_result *result, const char *kind, int64_t id)
{
    int64_t number = 0, found = 0;
    for (size_t i = 1; i < result->objects; i++) {
        const struct probe_object *o = &result->object[i];
        if (strcmp(o->kind, kind) != 0)
            continue;
        number++;
        found = (int64_t)o->id[0] == id ? number : found;
    }
    return found ? found : id;
}

static const char *id_told(struct arena *arena, const struct world_result *result,
                           const struct id_word *word, int64_t id)
{
    return arena_printf(arena, "%s %" PRId64, word->told, id_number(result, word->kind, id));
}

/* ---- arguments and results ------------------------------------------------------------------- */

/* One argument by its word; NULL or "": not worth telling. */
static const char *argument(struct arena *arena, const struct world_result *result,
                            const char *call, const char *word, int64_t value)
{
    static const char *const plain[] = {"number", "semaphore ", "fd",  "",         "op", "",
                                        "status", "",           "pid", "process ", NULL};
    if (!strcmp(word, "key") || !strcmp(word, "address") || !strcmp(word, "value"))
        return NULL;
    if (!strcmp(word, "number") && !strcmp(call, "semget"))
        return arena_printf(arena, "%" PRId64 " semaphore%s", value, value == 1 ? "" : "s");
    if (!strcmp(word, "op") && value > 0)
        return arena_printf(arena, "+%" PRId64, value);
    if (!strcmp(word, "pid") && value == -1)
        return "any child";
    for (size_t i = 0; i < COUNT(id_words); i++)
        if (!strcmp(word, id_words[i].word))
            return id_told(arena, result, &id_words[i], value);
    for (int i = 0; plain[i]; i += 2)
        if (!strcmp(word, plain[i]))
            return arena_printf(arena, "%s%" PRId64, plain[i + 1], value);
    if (!strcmp(word, "signal") && sigabbrev_np((int)value))
        return arena_printf(arena, "SIG%s", sigabbrev_np((int)value));
    if (!strcmp(word, "command"))
        return command_told(arena, value);
    if (!strcmp(word, "mode"))
        return arena_printf(arena, "mode 0%" PRIo64, (uint64_t)value);
    if (strcmp(word, "flags") != 0)
        return arena_printf(arena, "%s %" PRId64, word, value);
    if (begins(call, "sem") && strcmp(call, "semget") != 0)
        return semop_flags_told(arena, value);
    if (begins(call, "wait"))
        return flags_told(arena, value, wait_flags, COUNT(wait_flags));
    return flags_told(arena, value, ipc_flags, COUNT(ipc_flags));
}

/* An access to shared memory: load, store and their atomic sisters, whose arguments are offset, bytes,
 * flags, value. NULL: it is none. */
static const char *access_told(struct arena *arena, const char *call,
                               const int64_t args[PROBE_ARGS])
{
    static const char *const verbs[] = {"load",
                                        "reads",
                                        "store",
                                        "writes",
                                        "atomic_load",
                                        "atomically reads",
                                        "atomic_store",
                                        "atomically writes",
                                        "atomic_update",
                                        "atomically changes",
                                        NULL};
    for (int i = 0; verbs[i]; i += 2)
        if (!strcmp(call, verbs[i]))
            return arena_printf(arena, "%s %" PRId64 " byte%s at offset %" PRId64, verbs[i + 1],
                                args[1], args[1] == 1 ? "" : "s", args[0]);
    return NULL;
}

static const char *stream_told(struct arena *arena, const char *call,
                               const int64_t args[PROBE_ARGS])
{
    const char *verb = !strcmp(call, "stdio_write")  ? "prints"
                       : !strcmp(call, "stdio_read") ? "reads"
                                                     : NULL;
    const char *const standard[] = {"standard input", "standard output", "standard error"};
    if (!verb)
        return NULL;
    const char *stream = args[0] >= 0 && args[0] < 3
                             ? standard[args[0]]
                             : arena_printf(arena, "descriptor %" PRId64, args[0]);
    return arena_printf(arena, "%s %" PRId64 " bytes, %s", verb, args[1], stream);
}

static const char numbered[] = "number ";

const char *object_told(struct arena *arena, const struct world_result *result, uint32_t object)
{
    const struct probe_object *o = &result->object[object < result->objects ? object : 0];
    if (begins(o->name, numbered))
        return arena_printf(arena, "%s %s", o->kind, o->name + sizeof numbered - 1);
    return arena_printf(arena, "%s%s%s", o->kind, *o->name == '/' ? " " : "",
                        *o->name == '/' ? o->name : "");
}

/* Of ftok the probe tells what it was called with, as its number is another in each box. One that it has not seen
 * come from there may still be such a number, unless it is smaller than those are. */
static const char *key_told(struct arena *arena, const char *name)
{
    enum { BITS_BELOW_ID = 24 };
    static const char by_number[] = "key 0x";
    bool number = begins(name, by_number);
    if (number && strtoul(name + sizeof by_number - 1, NULL, 16) >> BITS_BELOW_ID)
        return "";
    return number || begins(name, "key of ") ? arena_printf(arena, ", %s", name) : "";
}

const char *memory_told(struct arena *arena, const struct probe_object *o, const struct site *made)
{
    bool private = strcmp(o->name, "key IPC_PRIVATE") == 0;
    const char *with = private ? " with IPC_PRIVATE" : "";
    const char *at = made->line ? arena_printf(arena, " at %s:%d", made->file, made->line) : "";
    if (strcmp(o->kind, "anonymous mapping") == 0 || private)
        return arena_printf(arena, "%s %s%s%s%s", private ? "a" : "an", o->kind,
                            *with || *at ? " made" : "", with, at);
    if (strcmp(o->kind, "mapped file") == 0)
        return arena_printf(arena, "the mapped file %s", o->name);
    if (*o->name == '/')
        return arena_printf(arena, "the %s %s", o->kind, o->name);
    return arena_printf(arena, "a %s%s", o->kind, key_told(arena, o->name));
}

const char *call_told(struct arena *arena, const struct world_result *result, uint32_t call,
                      uint32_t object, const int64_t args[PROBE_ARGS])
{
    if (call >= result->calls)
        return "?";
    const char *name = result->call[call].name;
    const char *told = access_told(arena, name, args);
    if (!told)
        told = stream_told(arena, name, args);
    if (told)
        return told;
    char *next = arena_strdup(arena, result->call[call].args);
    const char *comma = "";
    told = arena_printf(arena, "%s(", name);
    for (int i = 0; i < PROBE_ARGS && next; i++) {
        const char *word = strsep(&next, " ");
        const char *one = *word ? argument(arena, result, name, word, args[i]) : NULL;
        if (one && *one) {
            told = arena_printf(arena, "%s%s%s", told, comma, one);
            comma = ", ";
        }
    }
    const char *named = object < result->objects ? result->object[object].name : "";
    if (begins(named, numbered))
        return arena_printf(arena, "%s) on %s", told, object_told(arena, result, object));
    bool worth_it = *named && !begins(named, "key ") && !begins(named, "id ") &&
                    !begins(named, "semid ") && !begins(named, "msqid ") &&
                    !begins(named, "shmid ");
    return arena_printf(arena, "%s)%s%s", told, worth_it ? " on " : "", worth_it ? named : "");
}

const char *result_told(struct arena *arena, const struct world_result *result, uint32_t call,
                        int64_t value)
{
    const char *name = call < result->calls ? result->call[call].name : "";
    const char *error = value < 0 && value > -4096 ? strerrorname_np((int)-value) : NULL;
    if (error)
        return arena_printf(arena, "-1 %s", error);
    if (!strcmp(name, "shmat") || !strcmp(name, "mmap"))
        return "an address";
    if (!strcmp(name, "load") || !strcmp(name, "store") || begins(name, "atomic"))
        return "";
    for (size_t i = 0; i < COUNT(id_words); i++)
        if (!strcmp(name, id_words[i].call))
            return id_told(arena, result, &id_words[i], value);
    return arena_printf(arena, "%" PRId64, value);
}

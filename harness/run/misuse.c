/*
 * misuse.c - see misuse.h. The region is the student's to write: the rule is one of those here, or nothing is told,
 * and the sites are looked up like any other.
 */
#include "run/misuse.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "run/symbol.h"

struct told {
    struct run *run;
    const struct world_result *result;
    const struct probe_finding *finding;
    const struct site *first, *second; /* second: of the same finding, or no file */
};

static const char *at(const struct told *t, const struct site *s)
{
    return text(t->run, "%s:%d", s->file, s->line);
}

static const char *name(const struct told *t, uint32_t task)
{
    return task < t->result->tasks ? t->result->task[task].name : "a process";
}

/* ---- a sentence a rule --------------------------------------------------------------------------- */

static const char *duplicated(const struct told *t)
{
    return text(t->run,
                "the %u bytes that were still in a stdio buffer when fork copied it (%s) came "
                "twice: from %s "
                "and from %s",
                t->finding->first.size, at(t, t->first), name(t, t->finding->first.task),
                name(t, t->finding->second.task));
}

static const char *unsafe(const struct told *t)
{
    const char *signal = sigabbrev_np((int)t->finding->offset);
    return t->second->file ? text(t->run,
                                  "the handler%s%s prints at %s, and may come while the same "
                                  "process prints at %s: nothing "
                                  "keeps the signal away there",
                                  signal ? " of SIG" : "", signal ? signal : "", at(t, t->first),
                                  at(t, t->second))
                           : NULL;
}

static const char *zombie(const struct told *t)
{
    return text(t->run,
                "%s made one more child at %s when %u had ended already, and never waited for any",
                name(t, t->finding->first.task), at(t, t->first), t->finding->first.size);
}

static const char *leaked(const struct told *t)
{
    return text(t->run, "%s opened a stream with popen at %s again and again, and never closed one",
                name(t, t->finding->first.task), at(t, t->first));
}

static const char *not_shared(const struct told *t)
{
    return t->second->file
               ? text(t->run,
                      "%s uses at %s what %s uses at %s: it lies in memory that they share, but "
                      "nobody has initialised it for more than one process",
                      name(t, t->finding->first.task), at(t, t->first),
                      name(t, t->finding->second.task), at(t, t->second))
               : text(
                     t->run,
                     "what %s initialises at %s is used by several processes, but was not made for "
                     "more than one",
                     name(t, t->finding->first.task), at(t, t->first));
}

static const char *not_held(const struct told *t)
{
    return t->second->file
               ? text(t->run, "%s gives up at %s a mutex that it has not locked: %s has, at %s",
                      name(t, t->finding->first.task), at(t, t->first),
                      name(t, t->finding->second.task), at(t, t->second))
               : text(t->run, "%s gives up at %s a mutex that nobody has locked",
                      name(t, t->finding->first.task), at(t, t->first));
}

static const struct {
    const char *rule;
    const char *(*say)(const struct told *t);
} rules[] = {
    {"duplicated-output", duplicated},
    {"async-signal-unsafe", unsafe},
    {"zombie", zombie},
    {"leak-fd", leaked},
    {"not-process-shared", not_shared},
    {"unlock-not-held", not_held},
};

/* -------------------------------------------------------------------------------------------------- */

static struct site site_of(struct run *run, const struct world_result *r,
                           const struct probe_access *a)
{
    struct site site = {.process =
                            a->task < r->tasks ? text(run, "%s", r->task[a->task].name) : NULL};
    symbol_site(run->arena, run->symbols, r, a->site, &site);
    return site;
}

bool misuse_told(struct run *run, const struct world_result *result,
                 const struct probe_finding *told, struct finding *finding)
{
    struct site first = site_of(run, result, &told->first);
    struct site second = site_of(run, result, &told->second);
    struct told t = {run, result, told, &first, &second};
    for (size_t i = 0; i < sizeof rules / sizeof *rules && first.file; i++) {
        if (strcmp(rules[i].rule, told->text) != 0)
            continue;
        *finding = (struct finding){.rule = rules[i].rule,
                                    .by_probe = true,
                                    .process = first.process,
                                    .message = rules[i].say(&t),
                                    .site_count = second.file ? 2 : 1,
                                    .sites = {first, second}};
        return finding->message;
    }
    return false;
}

bool msgsz_told(struct run *run, const struct world_result *result, uint32_t index,
                struct finding *finding)
{
    uint32_t detail = result->site[index].detail;
    long bytes = detail & 0xffff, type = (long)sizeof(long);
    struct site site = {.process = NULL};
    long room = detail ? symbol_room(run->symbols, result, index, detail >> 16) : -1;
    if (room < type || type + bytes <= room)
        return false;
    symbol_site(run->arena, run->symbols, result, index, &site);
    if (!site.file)
        return false;
    *finding = (struct finding){
        .rule = "wrong-msgsz",
        .by_probe = true,
        .message = text(
            run,
            "msgsnd at %s:%d is to send %ld bytes, but behind its type the message has only %ld: "
            "the rest is whatever lies behind it",
            site.file, site.line, bytes, room - type),
        .site_count = 1,
        .sites = {site}};
    return true;
}

/*
 * fail.c - a failed expectation: writes the finding and ends the scenario.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/standstill.h"
#include "run/world.h"

static struct finding *finding_new(struct run *run, const char *rule, const struct process *who)
{
    struct evidence *e = run->evidence;
    e->failures = arena_grow(run->arena, e->failures, e->failure_count, sizeof *e->failures);
    struct finding *f = &e->failures[e->failure_count++];
    *f = (struct finding){.rule = rule,
                          .scenario = run->scenario->name,
                          .lens = run->lens,
                          .quality = QUALITY_CORRECTNESS,
                          .process = who ? who->name : NULL,
                          .after = run->last_event};
    return f;
}

_Noreturn static void end_scenario(struct run *run)
{
    siglongjmp(run->end, 1);
}

void fail(struct run *run, const char *rule, const struct process *who, const char *format, ...)
{
    struct finding *f = finding_new(run, rule, who);
    va_list args;
    va_start(args, format);
    f->message = arena_vprintf(run->arena, format, args);
    va_end(args);
    end_scenario(run);
}

void fail_comparing(struct run *run, const char *rule, const struct process *who,
                    const char *expected, const char *came, const char *format, ...)
{
    struct finding *f = finding_new(run, rule, who);
    f->expected = expected;
    f->came = came;
    va_list args;
    va_start(args, format);
    f->message = arena_vprintf(run->arena, format, args);
    va_end(args);
    end_scenario(run);
}

/* ---- a wait in vain: who stands where -------------------------------------------------------- */

static int by_process(const void *a, const void *b)
{
    const struct site *one = a, *other = b;
    int order = strcmp(one->process, other->process);
    return order ? order : strcmp(one->access, other->access);
}

/* It has given its turn away, and may still be on its way to sleep: until then it has no call, and no stack to
 * look at. Nobody wakes it here. */
static struct task observe_asleep(const struct task *t)
{
    enum { PATIENCE_MS = 2000 };
    struct task now = task_observe(t->pid, t->tid);
    for (int i = 0; i < PATIENCE_MS && now.activity == TASK_RUNS; i++) {
        poll(NULL, 0, 1);
        now = task_observe(t->pid, t->tid);
    }
    return now;
}

/* The callers of who sleeps in the probe, if its stack tells them: then it tells the same line, too. */
static void add_callers(struct run *run, const struct task *t, struct site *site)
{
    struct task asleep = observe_asleep(t);
    struct callsite *at = callsite_take(run->arena, &asleep);
    struct site seen = {0};
    if (at)
        callsite_resolve(run->arena, run->symbols, at, &seen);
    if (seen.file && site->file && strcmp(seen.file, site->file) == 0 && seen.line == site->line)
        site->called_from = seen.called_from;
}

struct site task_site(struct run *run, const struct task *t)
{
    if (t->turn_task) {
        struct site site = turn_site(run, t);
        if (run->tells_callers)
            add_callers(run, t, &site);
        return site;
    }
    char what[512];
    task_describe(t, what, sizeof what);
    struct site site = {.process = process_label(run, t->pid),
                        .access = arena_strdup(run->arena, what)};
    struct callsite *at = t->activity == TASK_BLOCKED ? callsite_take(run->arena, t) : NULL;
    if (at)
        callsite_resolve(run->arena, run->symbols, at, &site);
    return site;
}

/* The tasks that the last look showed to be in this activity become sites, the first by name if there
 * are too many: in which order they were forked may differ from run to run. False: there is none. */
static bool add_sites(struct run *run, struct finding *f, enum activity activity)
{
    struct site *sites = arena_array(run->arena, struct site, run->seen->count);
    int count = 0;
    for (int i = 0; i < run->seen->count; i++)
        if (run->seen->tasks[i].activity == activity)
            sites[count++] = task_site(run, &run->seen->tasks[i]);
    qsort(sites, (size_t)count, sizeof *sites, by_process);
    f->site_count = count < MAX_SITES ? count : MAX_SITES;
    memcpy(f->sites, sites, sizeof *sites * (size_t)f->site_count);
    return count > 0;
}

static const char *place(struct run *run, const struct site *site)
{
    return site->file ? text(run, " at %s:%d", site->file, site->line) : "";
}

/* Who sleeps is not always who is to blame: what was the scenario waiting for? That programs end goes
 * without saying. */
static const char *waited_for(struct run *run, const struct finding *f, const char *wanted)
{
    if (run->lens != LENS_PLAIN || !f->process || strcmp(wanted, "to end") == 0)
        return "";
    return text(run, "; the scenario waited for %s %s", f->process, wanted);
}

/* In the probe's world who looks again and again at what nobody changes is at rest as well. */
static bool circles(const struct run *run)
{
    for (int i = 0; run->world && i < run->seen->count; i++)
        if (run->seen->tasks[i].activity == TASK_RUNS)
            return true;
    return false;
}

static void describe_circling(struct run *run, struct finding *f)
{
    add_sites(run, f, TASK_RUNS);
    f->rule = "livelock";
    f->message = f->site_count
                     ? text(run, "%s%s looks again and again at what nobody changes any more",
                            f->sites[0].process, place(run, &f->sites[0]))
                     : "everybody is busy looking again at what nobody changes any more";
}

static void describe_rest(struct run *run, struct finding *f, const char *wanted)
{
    bool blocked = add_sites(run, f, TASK_BLOCKED);
    bool stopped = !blocked && add_sites(run, f, TASK_STOPPED);
    bool reads = false;
    for (int i = 0; i < run->seen->count; i++)
        reads |= task_reads_terminal(&run->seen->tasks[i]) &&
                 (!f->process || !strcmp(process_label(run, run->seen->tasks[i].pid), f->process));
    bool turns_read = standstill_reads(run, f);
    const char *left_open = reads || turns_read ? NULL : pipe_end_left_open(run);
    f->rule = reads || turns_read ? "waiting-for-input" : left_open ? "pipe-end-open" : "deadlock";
    if (!blocked && !stopped)
        f->message =
            text(run, "the scenario waited for %s %s, but no process is left that could do it",
                 f->process ? f->process : "the programs", wanted);
    else if (turns_read)
        return;
    else if (reads)
        f->message = text(run, "%s waits for something to be typed, which nobody will do here",
                          f->process ? f->process : f->sites[0].process);
    else if (left_open)
        f->message = left_open;
    else if (stopped)
        f->message =
            text(run, "%s was stopped by a signal, and nobody is left who could continue it",
                 f->sites[0].process);
    else
        f->message =
            text(run, "blocked for ever: %s waits%s in %s, and nobody is left who could wake it%s",
                 f->sites[0].process, place(run, &f->sites[0]), f->sites[0].access,
                 waited_for(run, f, wanted));
    if (strcmp(f->rule, "deadlock") == 0 && blocked)
        standstill_name(run, f);
}

static void describe_spin(struct run *run, struct finding *f)
{
    add_sites(run, f, TASK_RUNS);
    f->rule = "spin";
    f->message = text(run, "%s used up %u seconds of CPU time without getting anywhere",
                      f->site_count ? f->sites[0].process : "the processes of this scenario",
                      run->spec->limits.cpu_seconds);
    for (int i = 0; i < f->site_count; i++)
        f->sites[i].access = "running";
}

static void describe_sleep(struct run *run, struct finding *f, const char *wanted)
{
    add_sites(run, f, TASK_SLEEPS);
    f->rule = "timeout";
    f->message =
        text(run, "%s did nothing but sleep for %u seconds while the scenario waited for %s %s",
             f->site_count ? f->sites[0].process : "the programs", run->spec->limits.sleep_seconds,
             f->process ? f->process : "them", wanted);
}

void fail_in_vain(struct run *run, const struct process *who, const char *wanted)
{
    struct finding *f = finding_new(run, "deadlock", who);
    pthread_mutex_lock(&run->lock);
    switch (rest_proves_nothing(run) ? STRAYED : run->rest) {
    case SPUN:
        describe_spin(run, f);
        break;
    case OVERSLEPT:
        describe_sleep(run, f, wanted);
        break;
    case CIRCLED:
        describe_circling(run, f);
        break;
    case STRAYED: /* merge.c makes it inconclusive */
        f->rule = "inconclusive";
        f->message = "the schedule ended outside of what the probe follows";
        break;
    case FLOODED:
        f->rule = "too-much-output";
        f->message =
            text(run, "printed more than %u KiB without an end", run->spec->limits.output_kb * 16);
        break;
    case SWOLLEN:
        f->rule = "memory-limit";
        f->message = text(
            run, "the processes of this scenario took more than the %u MiB of memory they may use",
            run->spec->limits.memory_mb);
        break;
    case MOVING:
    case AT_REST:
        if (circles(run))
            describe_circling(run, f);
        else
            describe_rest(run, f, wanted);
    }
    pthread_mutex_unlock(&run->lock);
    end_scenario(run);
}

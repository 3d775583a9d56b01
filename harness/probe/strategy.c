/*
 * strategy.c - who goes on at a point. Decided by the holder, so that going on costs no switch.
 *
 * Every strategy is described by how it deviates from run-to-block: "keep the holder; if it cannot
 * go on, the next in order". Deviations are recorded, and a recorded list, put into `forced`, gives
 * the same schedule again or, with entries left out, a simpler one. Tasks that only spin
 * (turn_idle) are no candidates as long as there is another: priorities would starve whom they wait
 * for.
 */
#include "probe.h"

uint64_t chance(void)
{
    uint64_t z = WORLD->random[0] += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

uint32_t chance_below(uint32_t n)
{
    return n ? (uint32_t)((chance() >> 32) * n >> 32) : 0;
}

/* ---- PCT ------------------------------------------------------------------------------------- */

static uint32_t expected_steps(void)
{
    uint32_t n = REGION->config.expected_steps;
    return n ? n : 200;
}

static void pct_start(void)
{
    uint32_t depth = REGION->config.depth ? REGION->config.depth : 3;
    WORLD->changes = depth - 1 < 8 ? depth - 1 : 8;
    for (uint32_t i = 0; i < WORLD->changes; i++)
        WORLD->change_at[i] = 1 + chance_below(expected_steps());
}

static uint32_t highest(const uint16_t *ready, unsigned count)
{
    uint32_t best = ready[0];
    for (unsigned i = 1; i < count; i++)
        if (task_at(ready[i])->priority > task_at(best)->priority)
            best = ready[i];
    return best;
}

/* At a change point, whoever holds the turn falls below everybody; the ones after it lower still.
 */
static uint32_t pct_next(uint32_t now, const uint16_t *ready, unsigned count)
{
    for (uint32_t i = 0; i < WORLD->changes && i < 8; i++)
        if (WORLD->change_at[i] == WORLD->step)
            task_at(now)->priority = i;
    return highest(ready, count);
}

/* ---- POS ------------------------------------------------------------------------------------- */

/* The highest pending event goes on; then it, and all that conflict with it, draw anew. */
static uint32_t pos_next(const uint16_t *ready, unsigned count)
{
    uint32_t best = highest(ready, count);
    struct probe_task *t = task_at(best);
    for (unsigned i = 0; i < count; i++) {
        struct probe_task *other = task_at(ready[i]);
        if (other == t || (t->object && other->object == t->object && other->args[0] == t->args[0]))
            other->priority = chance();
    }
    return best;
}

/* ---- SURW ------------------------------------------------------------------------------------ */

/* In proportion to what each has left to do, so that every interleaving is about as likely. */
static uint32_t surw_left(uint32_t task)
{
    uint32_t total = REGION->config.weight[task % PROBE_TASKS];
    if (!total)
        total = expected_steps() / 2;
    uint32_t made = task_at(task)->steps;
    return total > made ? total - made : 1;
}

static uint32_t surw_next(const uint16_t *ready, unsigned count)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum += surw_left(ready[i]);
    uint32_t ticket = chance_below(sum);
    for (unsigned i = 0; i < count; i++) {
        uint32_t left = surw_left(ready[i]);
        if (ticket < left)
            return ready[i];
        ticket -= left;
    }
    return ready[0];
}

/* ---- choosing -------------------------------------------------------------------------------- */

static uint32_t run_to_block(uint32_t now, const uint16_t *ready, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (ready[i] == now)
            return now;
    for (unsigned i = 0; i < count; i++)
        if (ready[i] > now)
            return ready[i];
    return ready[0];
}

static bool is_ready(uint32_t task, const uint16_t *ready, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (ready[i] == task)
            return true;
    return false;
}

static uint32_t forced(uint32_t otherwise, const uint16_t *ready, unsigned count)
{
    uint32_t n = REGION->config.forced;
    for (; WORLD->forced_next < n && WORLD->forced_next < PROBE_DECISIONS; WORLD->forced_next++) {
        struct probe_decision *d = &REGION->forced[WORLD->forced_next];
        if (d->step > WORLD->step || (d->step == WORLD->step && d->task == PROBE_TIME))
            break; /* its time comes later */
        if (d->step == WORLD->step && is_ready(d->task, ready, count))
            return d->task;
    }
    return otherwise;
}

static void record(uint32_t task)
{
    uint32_t n = WORLD->decisions;
    if (n >= PROBE_DECISIONS) {
        turn_doubt(PROBE_LOG_FULL);
        return;
    }
    REGION->decisions[n] = (struct probe_decision){WORLD->step, task};
    WORLD->decisions = n + 1;
}

static uint32_t choose(uint32_t now, const uint16_t *ready, unsigned count)
{
    switch (WORLD->strategy) {
    case PROBE_RANDOM_WALK:
        return ready[chance_below(count)];
    case PROBE_PCT:
        return pct_next(now, ready, count);
    case PROBE_POS:
        return pos_next(ready, count);
    case PROBE_SURW:
        return surw_next(ready, count);
    case PROBE_ADVERSARY:
        return adversary_next(ready, count);
    default:
        return run_to_block(now, ready, count);
    }
}

/* Those that do not just spin, or all if there are no others. */
static unsigned drop_spinners(uint16_t *kept, const uint16_t *ready, unsigned count)
{
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++) {
        struct probe_task *t = task_at(ready[i]);
        if (t->flags & PROBE_SPINNING && t->failed_at == WORLD->progress + 1)
            continue;
        t->flags &= ~(uint32_t)PROBE_SPINNING;
        kept[n++] = ready[i];
    }
    return n;
}

static bool next_forced_is(uint32_t task)
{
    for (uint32_t i = WORLD->forced_next; i < REGION->config.forced && i < PROBE_DECISIONS; i++)
        if (REGION->forced[i].step == WORLD->step && REGION->forced[i].task == task)
            return true;
        else if (REGION->forced[i].step > WORLD->step)
            break;
    return false;
}

bool strategy_is_late(void)
{
    bool late;
    if (REGION->config.forced)
        late = next_forced_is(PROBE_TIME);
    else
        late = time_is_adversarial() && (WORLD->strategy == PROBE_ADVERSARY || chance_below(2));
    if (late)
        record(PROBE_TIME);
    return late;
}

uint32_t strategy_next(uint32_t now, const uint16_t *ready, unsigned count)
{
    uint16_t kept[PROBE_TASKS];
    unsigned n = drop_spinners(kept, ready, count);

    if (!n && count > 1) /* all spin: take turns */
        return run_to_block(now + 1, ready, count);
    if (!n) {
        kept[0] = ready[0];
        n = 1;
    }
    uint32_t usual = run_to_block(now, kept, n);
    uint32_t napper = time_first_napper();
    if (napper != PROBE_NOBODY)
        kept[n++] = (uint16_t)napper;
    if (n == 1 && !REGION->config.forced)
        return usual;
    uint32_t next = REGION->config.forced ? forced(usual, kept, n) : choose(now, kept, n);
    if (next != usual)
        record(next);
    time_wake(next);
    return next;
}

void strategy_new_task(uint32_t task)
{
    /* Above what a PCT change point gives. */
    task_at(task)->priority =
        WORLD->strategy == PROBE_ADVERSARY ? adversary_begin() : chance() | 1ull << 32;
}

/* The unlucky one first, then the simplest, then chance: every other four with adversarial time. */
static void resolve_portfolio(const struct probe_config *c)
{
    static const uint32_t portfolio[] = {PROBE_RANDOM_WALK, PROBE_POS, PROBE_PCT, PROBE_SURW};
    uint32_t n = c->schedule;

    WORLD->strategy = n == 0   ? PROBE_ADVERSARY
                      : n == 1 ? PROBE_RUN_TO_BLOCK
                               : portfolio[(n - 2) % 4];
    if (!(c->flags & PROBE_FAIR_TIME) && (n == 0 || (n >= 2 && (n - 2) / 4 % 2)))
        WORLD->flags |= PROBE_ADVERSARIAL_TIME;
}

void strategy_start(void)
{
    const struct probe_config *c = &REGION->config;

    WORLD->random[0] = c->seed * 0x9e3779b97f4a7c15ull + c->schedule;
    WORLD->strategy = c->strategy;
    WORLD->flags = c->flags;
    if (c->forced)
        WORLD->strategy = PROBE_RUN_TO_BLOCK;
    else if (c->strategy == PROBE_PORTFOLIO)
        resolve_portfolio(c);
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++)
        strategy_new_task(i);
    pct_start();
}

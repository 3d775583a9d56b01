/*
 * vtime.c - virtual time: moves by points, and jumps when everybody waits for it.
 *
 * Adversarial time moves in two more cases. A sleep may be over although others could have gone on, for they
 * may be slow: sleeping orders nothing. But nobody is to be blamed for giving up after a number of sleeps, or
 * after a long timeout; so only a task's first sleep at a place is one that others may be slower than, and no
 * timeout is. And where a wait would last until a timer goes off or a sleep is over, the same may happen just
 * before the wait begins, if it is not long until then: what was to wake it up has come too early. Nobody else
 * could have gone on, so this takes no time from anybody.
 */
#include "probe.h"

/* A Monday morning in term. */
#define DEFAULT_BASE 1700000000000000000ll

int64_t time_now(void)
{
    return WORLD->now;
}

int64_t time_real(void)
{
    int64_t base = REGION->config.time_base;
    return (base ? base : DEFAULT_BASE) + WORLD->now;
}

bool time_is_adversarial(void)
{
    return WORLD->flags & PROBE_ADVERSARIAL_TIME;
}

/* ---- sleeps ---------------------------------------------------------------------------------- */

static bool naps(const struct probe_task *t)
{
    return t->flags & PROBE_NAPPING && t->state == PROBE_BLOCKED && !(t->flags & PROBE_STOPPED);
}

/* Whom time brings on earlier: a timer, which would interrupt the sleep, or a timeout, which is not to be hit. */
static bool others_are_due(int64_t wake_at)
{
    if (PRIVATE->timer_at && PRIVATE->timer_at <= wake_at)
        return true;
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++)
        if (task_at(i)->state == PROBE_BLOCKED && !naps(task_at(i)) &&
            task_at(i)->wake_at <= wake_at)
            return true;
    return false;
}

uint32_t time_first_napper(void)
{
    uint32_t first = PROBE_NOBODY;
    if (!time_is_adversarial() && !REGION->config.forced)
        return first;
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++)
        if (naps(task_at(i)) &&
            (first == PROBE_NOBODY || task_at(i)->wake_at < task_at(first)->wake_at))
            first = i;
    return first != PROBE_NOBODY && others_are_due(task_at(first)->wake_at) ? PROBE_NOBODY : first;
}

void time_wake(uint32_t task)
{
    struct probe_task *t = task_at(task);
    if (t->state != PROBE_BLOCKED)
        return;
    if (WORLD->now < t->wake_at)
        WORLD->now = t->wake_at;
    t->state = PROBE_READY;
    t->flags |= PROBE_TIMED_OUT;
}

/* ---- waits ----------------------------------------------------------------------------------- */

/* Calls that have had no effect as long as they wait. */
static const char *const waits =
    " semop semtimedop msgrcv msgsnd sem_wait mq_receive mq_send read readv"
    " stdio_read write writev stdio_write recv recvfrom recvmsg accept poll"
    " select epoll_wait wait pause fcntl lockf flock pthread_join ";

/* Nobody is kept from beginning a call for longer than this. By the book `alarm(1); pause()` waits for ever if it
 * is, and yet all who write it are right on every machine there is: they are not to be accused. */
#define SOON_NS 100000000ll

static bool others_can_go_on(void)
{
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++) {
        const struct probe_task *t = task_at(i);
        if (i != self.task && !(t->flags & PROBE_STOPPED) &&
            (t->state == PROBE_READY || t->state == PROBE_EXTERNAL || t->state == PROBE_DYING))
            return true;
    }
    return false;
}

bool time_may_pass_first(int64_t next, int64_t wake_at)
{
    static __thread uint32_t last __attribute__((tls_model("initial-exec")));
    uint32_t call = me()->steps;

    /* With signals held, a call lets in others than usual, and does so in one step with its waiting. */
    if (next >= wake_at || next > WORLD->now + SOON_NS || self.held || last == call ||
        others_can_go_on() || !text_lists(waits, REGION->calls[me()->call % PROBE_CALLS].name))
        return false;
    last = call;
    return strategy_is_late();
}

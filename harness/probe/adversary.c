/*
 * adversary.c - the strategy of the first schedule: as unlucky as a schedule can be.
 *
 * Most mistakes of order need one unlucky order, and these are much alike. Who takes something - a lock, a unit,
 * a value that it will act on - does so at once. Who gives something - unlocks, posts, writes, creates - is put
 * off until all the others have taken what they could: so locks are held for as long as can be, what is half
 * written is read, and what is to be opened is not there yet. Processes begin, end, and remove things before
 * all that. A signal is sent before anything is given, and gets ahead of who is about to wait for it, or to
 * prepare for it. A sleep is over before that, too. Among equals, whoever has not gone on for longest: two who
 * do the same go in step.
 *
 * All of this only chooses among the schedules that there are; a correct program is correct on this one, too.
 */
#include "probe.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ipc.h>

enum urgency { UNKNOWN, ENDS, TAKES, SENDS, OTHER, GIVES, NAPS, PREPARES, URGENCIES };

/* What a call does, by its name. What is not here is OTHER. */
static const char *const calls_of[URGENCIES] = {
    [ENDS] = " exit _exit shm_unlink sem_unlink mq_unlink fork pthread_create ",
    [TAKES] =
        " load atomic_load semget semop semtimedop shmget shmat msgget msgrcv sem_open sem_wait"
        " sem_timedwait sem_trywait sem_getvalue shm_open mmap mq_open mq_receive"
        " mq_timedreceive open read readv stdio_read recv recvfrom recvmsg accept connect poll"
        " select epoll_wait fcntl lockf flock pthread_mutex_lock pthread_mutex_trylock"
        " pthread_mutex_timedlock pthread_spin_lock pthread_spin_trylock"
        " pthread_rwlock_rdlock pthread_rwlock_wrlock pthread_rwlock_tryrdlock"
        " pthread_rwlock_trywrlock pthread_barrier_wait pthread_join wait ",
    [SENDS] = " kill killpg sigqueue pthread_kill pthread_cancel pthread_cond_signal"
              " pthread_cond_broadcast ",
    [GIVES] = " store atomic_store semctl shmctl msgsnd msgctl sem_init sem_post"
              " ftruncate mq_send mq_timedsend mkfifo write writev stdio_write"
              " send sendto sendmsg bind listen shutdown pthread_mutex_unlock"
              " pthread_spin_unlock pthread_rwlock_unlock ",
    [PREPARES] = " mq_notify pthread_cond_wait pthread_cond_timedwait sigaction signal sigprocmask"
                 " pause sigsuspend sigwait sigwaitinfo ",
};

/* Calls of which an argument tells. */
enum test { HAS_BITS, IS_POSITIVE, IS };
static const struct exception {
    char name[16];
    uint32_t argument;
    enum test test;
    int64_t value;
    enum urgency urgency;
} exceptions[] = {
    {"semop", 2, IS_POSITIVE, 0, GIVES},
    {"semtimedop", 2, IS_POSITIVE, 0, GIVES},
    {"semget", 2, HAS_BITS, IPC_CREAT, GIVES},
    {"shmget", 2, HAS_BITS, IPC_CREAT, GIVES},
    {"msgget", 1, HAS_BITS, IPC_CREAT, GIVES},
    {"sem_open", 0, HAS_BITS, O_CREAT, GIVES},
    {"shm_open", 0, HAS_BITS, O_CREAT, GIVES},
    {"mq_open", 0, HAS_BITS, O_CREAT, GIVES},
    {"open", 0, HAS_BITS, O_CREAT, GIVES},
    {"fcntl", 2, IS, F_UNLCK, GIVES},
    {"lockf", 1, IS, F_ULOCK, GIVES},
    {"flock", 1, HAS_BITS, LOCK_UN, GIVES},
    {"shmctl", 1, IS, IPC_RMID, ENDS},
    {"msgctl", 1, IS, IPC_RMID, ENDS},
    {"semctl", 2, IS, IPC_RMID, ENDS},
    {"poll", 0, IS, 0, PREPARES},
    {"select", 0, IS, 0, PREPARES},
};
enum { EXCEPTIONS = sizeof exceptions / sizeof *exceptions, PATIENCE = 1000 };

/* Messages come to the wrong one: to who has begun to wait last. */
static const char receives[] = " msgrcv mq_receive read recv recvfrom recvmsg accept ";

/* What was found of a call; its number does not change while the library lives. */
struct found {
    const struct exception *exception;
    enum urgency urgency; /* UNKNOWN: not looked for yet */
    bool receives, forks;
};
static struct found found[PROBE_CALLS];

static const struct found *find(uint32_t call)
{
    struct found *f = &found[call % PROBE_CALLS];
    const char *name = REGION->calls[call % PROBE_CALLS].name;

    if (f->urgency != UNKNOWN)
        return f;
    f->urgency = OTHER;
    f->receives = text_lists(receives, name);
    f->forks = text_equal(name, "fork");
    for (int i = 0; i < URGENCIES; i++)
        if (calls_of[i] && text_lists(calls_of[i], name))
            f->urgency = (enum urgency)i;
    for (int i = 0; i < EXCEPTIONS; i++)
        if (text_equal(exceptions[i].name, name))
            f->exception = &exceptions[i];
    return f;
}

static bool passes(const struct exception *x, int64_t value)
{
    switch (x->test) {
    case HAS_BITS:
        return value & x->value;
    case IS_POSITIVE:
        return value > 0;
    default:
        return value == x->value;
    }
}

static bool is_one_of_several(const struct probe_task *t)
{
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++)
        if (task_at(i) != t && task_at(i)->process == t->process && task_at(i)->state != PROBE_DEAD)
            return true;
    return false;
}

/* Of a task that goes on, `priority` is the step at which it last did: then it began to wait. */
static bool has_waited(const struct probe_task *t)
{
    return t->since && t->since >= t->priority;
}

/* Of the call that the task stands before. One that has not begun yet shall come to its first. */
static enum urgency urgency_of(const struct probe_task *t)
{
    if (t->state == PROBE_BLOCKED)
        return NAPS;
    if (!t->steps || has_waited(t))
        return TAKES;
    const struct found *f = find(t->call);
    const struct exception *x = f->exception;
    if (f->forks && is_one_of_several(t))
        return GIVES; /* what the other threads hold then, nobody in the child gives back */
    return x && passes(x, t->args[x->argument % PROBE_ARGS]) ? x->urgency : f->urgency;
}

static bool comes_before(const struct probe_task *a, const struct probe_task *b)
{
    enum urgency one = urgency_of(a), other = urgency_of(b);
    if (one != other)
        return one < other;
    if (has_waited(a) && has_waited(b) && a->call == b->call && find(a->call)->receives)
        return a->since > b->since;
    return a->priority <= b->priority;
}

/* As if it had last gone on just before the one that makes it. */
uint64_t adversary_begin(void)
{
    return WORLD->step > 1 ? WORLD->step - 1 : 1;
}

static bool has_waited_long(const struct probe_task *t)
{
    return t->priority + PATIENCE < WORLD->step;
}

uint32_t adversary_next(const uint16_t *ready, unsigned count)
{
    uint32_t best = ready[0];

    for (unsigned i = 0; i < count; i++) {
        if (has_waited_long(task_at(ready[i]))) {
            best = ready[i];
            break;
        }
        if (comes_before(task_at(ready[i]), task_at(best)))
            best = ready[i];
    }
    if (task_at(best)->steps)
        task_at(best)->priority = WORLD->step;
    return best;
}

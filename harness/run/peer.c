/*
 * peer.c - a scenario's own blocking calls, on the schedules lens.
 *
 * A scenario may call msgrcv() and wait for its answer. In the probe's world it has the turn while it does,
 * and nobody could answer. So assignments are linked with --wrap for these calls: on the schedules lens
 * they try without waiting, give the turn away once, and try again; what would still wait then waits in
 * vain. On every other lens they are the calls themselves.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include "run/world.h"

static struct run *player; /* the run whose scenario is being played in this process */

void peer_enter(struct run *run)
{
    player = run;
}

static bool never(void *arg)
{
    (void)arg;
    return false;
}

static bool in_turns(void)
{
    if (!player || !player->world)
        return false;
    player->took_part = true;
    return true;
}

/* The call would wait: everybody else goes on as far as they can. */
static void let_others_go_on(void)
{
    await(player, never, NULL);
}

static _Noreturn void in_vain(void)
{
    fail_in_vain(player, NULL, "to answer its own call");
}

#define WAIT_OTHERWISE(attempt, would_wait)           \
    do {                                              \
        for (int tries = 0; tries < 2; tries++) {     \
            long result = (attempt);                  \
            if (result >= 0 || errno != (would_wait)) \
                return (__typeof__(attempt))result;   \
            if (tries == 0)                           \
                let_others_go_on();                   \
        }                                             \
        in_vain();                                    \
    } while (0)

ssize_t __wrap_msgrcv(int id, void *message, size_t size, long type, int flags);
int __wrap_msgsnd(int id, const void *message, size_t size, int flags);
int __wrap_semop(int id, struct sembuf *ops, size_t count);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
int __wrap_msgctl(int id, int command, struct msqid_ds *queue);
int __wrap_mq_send(mqd_t queue, const char *message, size_t size, unsigned priority);
ssize_t __wrap_mq_receive(mqd_t queue, char *message, size_t size, unsigned *priority);
int __wrap_sem_wait(sem_t *semaphore);
int __wrap_shmctl(int id, int command, struct shmid_ds *segment);

/* Removals and the like do not wait, but what others do just before them matters. */
int __wrap_msgctl(int id, int command, struct msqid_ds *queue)
{
    if (in_turns() && command == IPC_RMID)
        turn_point_of_driver(player);
    return msgctl(id, command, queue);
}

int __wrap_shmctl(int id, int command, struct shmid_ds *segment)
{
    if (in_turns() && command == IPC_RMID)
        turn_point_of_driver(player);
    return shmctl(id, command, segment);
}

ssize_t __wrap_msgrcv(int id, void *message, size_t size, long type, int flags)
{
    if (!in_turns() || flags & IPC_NOWAIT)
        return msgrcv(id, message, size, type, flags);
    WAIT_OTHERWISE(msgrcv(id, message, size, type, flags | IPC_NOWAIT), ENOMSG);
}

int __wrap_msgsnd(int id, const void *message, size_t size, int flags)
{
    if (!in_turns() || flags & IPC_NOWAIT)
        return msgsnd(id, message, size, flags);
    WAIT_OTHERWISE(msgsnd(id, message, size, flags | IPC_NOWAIT), EAGAIN);
}

int __wrap_semop(int id, struct sembuf *ops, size_t count)
{
    enum { MOST = 64 };
    struct sembuf impatient[MOST];
    if (!in_turns() || count > MOST)
        return semop(id, ops, count);
    for (size_t i = 0; i < count; i++) {
        impatient[i] = ops[i];
        impatient[i].sem_flg |= IPC_NOWAIT;
    }
    WAIT_OTHERWISE(semop(id, impatient, count), EAGAIN);
}

static ssize_t read_if_ready(int fd, void *buffer, size_t size)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return read(fd, buffer, size);
}

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
    if (!in_turns())
        return read(fd, buffer, size);
    WAIT_OTHERWISE(read_if_ready(fd, buffer, size), EAGAIN);
}

/* Of POSIX queues a call that would wait is one whose time is over already. */
static const struct timespec over;

int __wrap_mq_send(mqd_t queue, const char *message, size_t size, unsigned priority)
{
    if (!in_turns())
        return mq_send(queue, message, size, priority);
    WAIT_OTHERWISE(mq_timedsend(queue, message, size, priority, &over), ETIMEDOUT);
}

ssize_t __wrap_mq_receive(mqd_t queue, char *message, size_t size, unsigned *priority)
{
    if (!in_turns())
        return mq_receive(queue, message, size, priority);
    WAIT_OTHERWISE(mq_timedreceive(queue, message, size, priority, &over), ETIMEDOUT);
}

int __wrap_sem_wait(sem_t *semaphore)
{
    if (!in_turns())
        return sem_wait(semaphore);
    WAIT_OTHERWISE(sem_trywait(semaphore), EAGAIN);
}

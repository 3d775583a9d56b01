/*
 * buffer.c - the buffer in System V shared memory, with three semaphores.
 *
 *   MUTEX  0 when nobody works on the shared state, 1 while somebody does
 *   FREE   slots that are free
 *   USED   slots that are occupied, and one more once the last producer has finished
 *
 * Setting up without a race. Linux makes new semaphores 0 and the bytes of a new segment 0, so a
 * MUTEX for which 0 means "free" works from the first moment on, whoever created it. Under this
 * mutex the first process to come finds `set_up` false and does the rest; nobody else can come
 * between.
 *
 * The end. When the last producer has finished it raises USED once more. A consumer that gets past
 * USED and finds the buffer empty has therefore got hold of this extra unit: it puts it back for
 * the next consumer and ends. `count` can be believed, since a slot is filled before USED is raised
 * for it.
 *
 * Removal. `to_leave` starts as the number of all who take part, including those not yet started,
 * and is counted down under the mutex. Who brings it to 0 is alone: everybody else has done their
 * last semop.
 */
#include "buffer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>

enum { MUTEX, FREE, USED, SEMAPHORES };

struct shared {
    bool set_up;
    int producing; /* producers that have not finished, or not even started */
    int to_leave;  /* processes that have not left, or not even started */
    int first;     /* slot of the oldest item */
    int count;     /* items in the buffer */
    struct item slot[SLOTS];
};

static int segment_id, set_id;
static struct shared *shared;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* Adds `amount` to a semaphore, waits if that would make it negative. */
static void change(unsigned short semaphore, short amount)
{
    struct sembuf operation = {.sem_num = semaphore, .sem_op = amount};

    while (semop(set_id, &operation, 1) == -1)
        if (errno != EINTR)
            die("semop");
}

static void lock(void)
{
    /* Both in one call: wait until it is 0 and make it 1, with nobody in between. SEM_UNDO gives
     * the mutex back should this process be killed while it holds it. */
    struct sembuf operations[] = {{.sem_num = MUTEX, .sem_op = 0},
                                  {.sem_num = MUTEX, .sem_op = 1, .sem_flg = SEM_UNDO}};

    while (semop(set_id, operations, 2) == -1)
        if (errno != EINTR)
            die("semop");
}

static void unlock(void)
{
    struct sembuf operation = {.sem_num = MUTEX, .sem_op = -1, .sem_flg = SEM_UNDO};

    if (semop(set_id, &operation, 1) == -1) /* never waits: nothing to interrupt */
        die("semop");
}

static void set_up_once(int producers, int consumers)
{
    lock();
    if (!shared->set_up) {
        shared->producing = producers;
        shared->to_leave = producers + consumers;
        change(FREE, SLOTS);
        shared->set_up = true;
    }
    unlock();
}

void buffer_open(int producers, int consumers)
{
    key_t key = ftok(".", 'B');

    if (key == -1)
        die("ftok");
    segment_id = shmget(key, sizeof *shared, IPC_CREAT | 0600);
    if (segment_id == -1)
        die("shmget");
    shared = shmat(segment_id, NULL, 0);
    if (shared == (void *)-1)
        die("shmat");
    set_id = semget(key, SEMAPHORES, IPC_CREAT | 0600);
    if (set_id == -1)
        die("semget");
    set_up_once(producers, consumers);
}

/* False: `*stop` was found set. */
static bool wait_for_free_slot(const volatile sig_atomic_t *stop)
{
    struct sembuf operation = {.sem_num = FREE, .sem_op = -1};

    /* A signal that comes after the test but before semop sleeps goes unnoticed until a slot is
     * free. Then one item more is put, which is allowed: it is the one the producer was busy with.
     */
    while (!*stop) {
        if (semop(set_id, &operation, 1) == 0)
            return true;
        if (errno != EINTR)
            die("semop");
    }
    return false;
}

bool buffer_put(const struct item *item, const volatile sig_atomic_t *stop)
{
    if (!wait_for_free_slot(stop))
        return false;
    lock();
    shared->slot[(shared->first + shared->count) % SLOTS] = *item;
    shared->count++;
    unlock();
    change(USED, 1);
    return true;
}

bool buffer_take(struct item *item)
{
    bool found;

    change(USED, -1);
    lock();
    found = shared->count > 0;
    if (found) {
        *item = shared->slot[shared->first];
        shared->first = (shared->first + 1) % SLOTS;
        shared->count--;
    }
    unlock();
    change(found ? FREE : USED, 1);
    return found;
}

void buffer_producer_finished(void)
{
    bool last;

    lock();
    last = --shared->producing == 0;
    unlock();
    if (last)
        change(USED, 1);
}

void buffer_leave(void)
{
    bool last;

    lock();
    last = --shared->to_leave == 0;
    unlock();
    if (shmdt(shared) == -1)
        die("shmdt");
    if (last && shmctl(segment_id, IPC_RMID, NULL) == -1)
        die("shmctl");
    if (last && semctl(set_id, 0, IPC_RMID) == -1)
        die("semctl");
}

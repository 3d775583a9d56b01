/* A bounded buffer in System V shared memory. -DRACY: consumers without the mutex; -DINVERTED: the
 * producer takes the mutex first. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOTS = 4, ITEMS = 12, CONSUMERS = 2 };
enum { MUTEX, EMPTY, FULL };

struct buffer {
    int in, out;
    int slot[SLOTS];
};

static int semaphores;

static void operate(int number, int change)
{
    struct sembuf op = {.sem_num = (unsigned short)number, .sem_op = (short)change};
    if (semop(semaphores, &op, 1) < 0)
        exit(1);
}

static int consume(struct buffer *b)
{
    int sum = 0;
    for (int i = 0; i < ITEMS / CONSUMERS; i++) {
        operate(FULL, -1);
#ifndef RACY
        operate(MUTEX, -1);
#endif
        sum += b->slot[b->out];
        b->out = (b->out + 1) % SLOTS;
#ifndef RACY
        operate(MUTEX, 1);
#endif
        operate(EMPTY, 1);
    }
    return sum;
}

static void produce(struct buffer *b)
{
    for (int i = 1; i <= ITEMS; i++) {
#ifdef INVERTED
        operate(MUTEX, -1);
        operate(EMPTY, -1);
#else
        operate(EMPTY, -1);
        operate(MUTEX, -1);
#endif
        b->slot[b->in] = i;
        b->in = (b->in + 1) % SLOTS;
        operate(MUTEX, 1);
        operate(FULL, 1);
    }
}

int main(void)
{
    int segment = shmget(IPC_PRIVATE, sizeof(struct buffer), 0600 | IPC_CREAT);
    semaphores = semget(IPC_PRIVATE, 3, 0600 | IPC_CREAT);
    struct buffer *b = shmat(segment, NULL, 0);
    int total = 0, status;

    semctl(semaphores, MUTEX, SETVAL, 1);
    semctl(semaphores, EMPTY, SETVAL, SLOTS);
    semctl(semaphores, FULL, SETVAL, 0);
    for (int c = 0; c < CONSUMERS; c++)
        if (fork() == 0)
            return consume(b);
    produce(b);
    while (wait(&status) > 0)
        total += WEXITSTATUS(status);
    printf("total %d\n", total);
    shmdt(b);
    shmctl(segment, IPC_RMID, NULL);
    semctl(semaphores, 0, IPC_RMID);
    return total != ITEMS * (ITEMS + 1) / 2;
}

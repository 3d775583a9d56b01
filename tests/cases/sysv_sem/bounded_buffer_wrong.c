/* expect: deadlock at 53 and 41 */
/* The consumer takes the mutex before it waits for an item, and keeps the producer out. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOTS 2
#define ITEMS 6

enum { MUTEX, EMPTY, FULL, SEMS };

struct buffer {
    int slot[SLOTS];
    int in, out, sum;
};

union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct sembuf lock = {MUTEX, -1, 0}, unlock = {MUTEX, 1, 0};
static struct sembuf wait_empty = {EMPTY, -1, 0}, post_empty = {EMPTY, 1, 0};
static struct sembuf wait_full = {FULL, -1, 0}, post_full = {FULL, 1, 0};

static void produce(int sems, struct buffer *b, int item)
{
    if (semop(sems, &wait_empty, 1) < 0)
        die("semop");
    if (semop(sems, &lock, 1) < 0)
        die("semop");
    b->slot[b->in] = item;
    b->in = (b->in + 1) % SLOTS;
    if (semop(sems, &unlock, 1) < 0 || semop(sems, &post_full, 1) < 0)
        die("semop");
}

static void consume(int sems, struct buffer *b)
{
    if (semop(sems, &lock, 1) < 0)
        die("semop");
    if (semop(sems, &wait_full, 1) < 0)
        die("semop");
    b->sum += b->slot[b->out];
    b->out = (b->out + 1) % SLOTS;
    if (semop(sems, &unlock, 1) < 0 || semop(sems, &post_empty, 1) < 0)
        die("semop");
}

int main(void)
{
    int shm, sems, i, status, sum;
    struct buffer *b;
    pid_t child;

    shm = shmget(IPC_PRIVATE, sizeof *b, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    b = shmat(shm, NULL, 0);
    if (b == (void *)-1)
        die("shmat");
    sems = semget(IPC_PRIVATE, SEMS, IPC_CREAT | 0600);
    if (sems < 0)
        die("semget");
    if (semctl(sems, MUTEX, SETVAL, (union semun){.val = 1}) < 0)
        die("semctl");
    if (semctl(sems, EMPTY, SETVAL, (union semun){.val = SLOTS}) < 0)
        die("semctl");
    if (semctl(sems, FULL, SETVAL, (union semun){.val = 0}) < 0)
        die("semctl");

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        for (i = 1; i <= ITEMS; i++)
            produce(sems, b, i);
        exit(0);
    }
    for (i = 1; i <= ITEMS; i++)
        consume(sems, b);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    sum = b->sum;
    printf("sum %d\n", sum);
    if (shmdt(b) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    if (semctl(sems, 0, IPC_RMID) < 0)
        die("semctl");
    return sum == ITEMS * (ITEMS + 1) / 2 && status == 0 ? 0 : 1;
}

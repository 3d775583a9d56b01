/* expect: none */
/* Three processes count under one semaphore used as a mutex. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 3
#define ROUNDS  4

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

static void work(int sem, int *count)
{
    struct sembuf lock = {.sem_num = 0, .sem_op = -1};
    struct sembuf unlock = {.sem_num = 0, .sem_op = 1};
    int i;

    for (i = 0; i < ROUNDS; i++) {
        if (semop(sem, &lock, 1) < 0)
            die("semop");
        *count += 1;
        if (semop(sem, &unlock, 1) < 0)
            die("semop");
    }
}

int main(void)
{
    int shm, sem, i, status, total, failed = 0;
    int *count;
    pid_t child;

    shm = shmget(IPC_PRIVATE, sizeof *count, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    count = shmat(shm, NULL, 0);
    if (count == (void *)-1)
        die("shmat");
    sem = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    if (sem < 0)
        die("semget");
    if (semctl(sem, 0, SETVAL, (union semun){.val = 1}) < 0)
        die("semctl");

    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            work(sem, count);
            exit(0);
        }
    }
    for (i = 0; i < WORKERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }

    total = *count;
    printf("counted %d of %d\n", total, WORKERS * ROUNDS);
    if (shmdt(count) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    if (semctl(sem, 0, IPC_RMID) < 0)
        die("semctl");
    return total == WORKERS * ROUNDS && !failed ? 0 : 1;
}

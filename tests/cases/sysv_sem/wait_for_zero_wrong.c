/* expect: deadlock at 33 */
/* The semaphore starts one too high, so that it never gets down to zero. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 3

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

static int work(int sem, int *part, int me)
{
    struct sembuf arrive = {.sem_num = 0, .sem_op = -1};
    struct sembuf all_here = {.sem_num = 0, .sem_op = 0};

    part[me] = me + 1;
    if (semop(sem, &arrive, 1) < 0)
        die("semop");
    if (semop(sem, &all_here, 1) < 0)
        die("semop");
    return part[(me + 1) % WORKERS] == (me + 1) % WORKERS + 1 ? 0 : 1;
}

int main(void)
{
    int shm, sem, i, status, failed = 0;
    int *part;
    pid_t child;

    shm = shmget(IPC_PRIVATE, WORKERS * sizeof *part, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    part = shmat(shm, NULL, 0);
    if (part == (void *)-1)
        die("shmat");
    sem = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    if (sem < 0)
        die("semget");
    if (semctl(sem, 0, SETVAL, (union semun){.val = WORKERS + 1}) < 0)
        die("semctl");

    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0)
            exit(work(sem, part, i));
    }
    for (i = 0; i < WORKERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }

    printf("%s\n", failed ? "somebody was too early" : "all met");
    if (shmdt(part) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    if (semctl(sem, 0, IPC_RMID) < 0)
        die("semctl");
    return failed;
}

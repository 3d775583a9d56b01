/* expect: none */
/* The writer raises the semaphore after it has set the price, and the reader waits for it. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

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

int main(void)
{
    struct sembuf up = {.sem_num = 0, .sem_op = 1};
    struct sembuf down = {.sem_num = 0, .sem_op = -1};
    int shm, sem, status, seen;
    int *price;
    pid_t child;

    shm = shmget(IPC_PRIVATE, sizeof *price, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    price = shmat(shm, NULL, 0);
    if (price == (void *)-1)
        die("shmat");
    sem = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    if (sem < 0)
        die("semget");
    if (semctl(sem, 0, SETVAL, (union semun){.val = 0}) < 0)
        die("semctl");

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        *price = 250;
        if (semop(sem, &up, 1) < 0)
            die("semop");
        exit(0);
    }

    if (semop(sem, &down, 1) < 0)
        die("semop");
    seen = *price;
    printf("the price is %d\n", seen);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (shmdt(price) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    if (semctl(sem, 0, IPC_RMID) < 0)
        die("semctl");
    return seen == 250 && status == 0 ? 0 : 1;
}

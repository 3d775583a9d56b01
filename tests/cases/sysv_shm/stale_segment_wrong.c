/* expect: schedule-dependent */
/* The server makes a fresh segment of its own, and the client may have the old one. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
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

static int *attach(key_t key, int flags)
{
    int shm;
    int *p;

    shm = shmget(key, sizeof *p, flags);
    if (shm < 0)
        die("shmget");
    p = shmat(shm, NULL, 0);
    if (p == (void *)-1)
        die("shmat");
    return p;
}

static void serve(key_t key, int sem)
{
    struct sembuf up = {.sem_num = 0, .sem_op = 1};
    int *price;

    /* Away with what an earlier run may have left. */
    if (shmctl(shmget(key, 0, 0), IPC_RMID, NULL) < 0)
        die("shmctl");
    price = attach(key, IPC_CREAT | 0600);
    *price = 99;
    if (semop(sem, &up, 1) < 0)
        die("semop");
    exit(0);
}

static int buy(key_t key, int sem)
{
    struct sembuf down = {.sem_num = 0, .sem_op = -1};
    int *price = attach(key, IPC_CREAT | 0600);

    if (semop(sem, &down, 1) < 0)
        die("semop");
    return *price == 99 ? 0 : 1;
}

int main(void)
{
    key_t key = ftok(".", 'p');
    int sem, i, status, failed = 0;
    pid_t child;

    if (key == -1)
        die("ftok");
    sem = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    if (sem < 0)
        die("semget");
    if (semctl(sem, 0, SETVAL, (union semun){.val = 0}) < 0)
        die("semctl");
    if (shmdt(attach(key, IPC_CREAT | 0600)) < 0)
        die("shmdt");

    for (i = 0; i < 2; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0 && i == 0)
            serve(key, sem);
        if (child == 0)
            exit(buy(key, sem));
    }
    for (i = 0; i < 2; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }

    printf("%s\n", failed ? "the client saw no price" : "sold");
    if (shmctl(shmget(key, 0, 0), IPC_RMID, NULL) < 0)
        die("shmctl");
    if (semctl(sem, 0, IPC_RMID) < 0)
        die("semctl");
    return failed;
}

/* expect: none */
/* The semaphore that announces items is raised for good. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define ITEMS 3

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
    struct sembuf announce = {.sem_num = 0, .sem_op = 1};
    struct sembuf take = {.sem_num = 0, .sem_op = -1};
    int shm, sem, i, status, sum = 0;
    int *item;
    pid_t producer;

    shm = shmget(IPC_PRIVATE, ITEMS * sizeof *item, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    item = shmat(shm, NULL, 0);
    if (item == (void *)-1)
        die("shmat");
    sem = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    if (sem < 0)
        die("semget");
    if (semctl(sem, 0, SETVAL, (union semun){.val = 0}) < 0)
        die("semctl");

    producer = fork();
    if (producer < 0)
        die("fork");
    if (producer == 0) {
        for (i = 0; i < ITEMS; i++) {
            item[i] = i + 1;
            if (semop(sem, &announce, 1) < 0)
                die("semop");
        }
        exit(0);
    }
    for (i = 0; i < ITEMS; i++) {
        if (semop(sem, &take, 1) < 0)
            die("semop");
        sum += item[i];
    }

    if (waitpid(producer, &status, 0) < 0)
        die("waitpid");
    printf("sum %d\n", sum);
    if (shmdt(item) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    if (semctl(sem, 0, IPC_RMID) < 0)
        die("semctl");
    return sum == ITEMS * (ITEMS + 1) / 2 && status == 0 ? 0 : 1;
}

/* expect: schedule-dependent */
/* The parent removes the set while the worker may still be using it. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 3

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
    struct sembuf lock = {.sem_num = 0, .sem_op = -1};
    struct sembuf unlock = {.sem_num = 0, .sem_op = 1};
    int sem, i, status;
    pid_t child;

    sem = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    if (sem < 0)
        die("semget");
    if (semctl(sem, 0, SETVAL, (union semun){.val = 1}) < 0)
        die("semctl");

    child = fork();
    if (child < 0)
        die("fork");
    for (i = 0; i < ROUNDS; i++) {
        if (semop(sem, &lock, 1) < 0)
            die("semop");
        if (semop(sem, &unlock, 1) < 0)
            die("semop");
    }
    if (child == 0)
        exit(0);

    if (semctl(sem, 0, IPC_RMID) < 0)
        die("semctl");
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (status != 0)
        fprintf(stderr, "the worker could not finish\n");
    return status == 0 ? 0 : 1;
}

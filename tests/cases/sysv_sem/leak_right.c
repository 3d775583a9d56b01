/* expect: none */
/* The set is removed when the last user is done. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
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
    int sem, status;
    pid_t child;

    sem = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    if (sem < 0)
        die("semget");
    if (semctl(sem, 0, SETVAL, (union semun){.val = 0}) < 0)
        die("semctl");

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        if (semop(sem, &up, 1) < 0)
            die("semop");
        exit(0);
    }

    if (semop(sem, &down, 1) < 0)
        die("semop");
    printf("the child has started\n");
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (semctl(sem, 0, IPC_RMID) < 0)
        die("semctl");
    return status == 0 ? 0 : 1;
}

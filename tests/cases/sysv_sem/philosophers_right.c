/* expect: none */
/* Each philosopher takes both forks in one semop. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEATS 3

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

static void eat(int forks, int seat)
{
    struct sembuf take[2] = {{seat, -1, 0}, {(seat + 1) % SEATS, -1, 0}};
    struct sembuf put[2] = {{seat, 1, 0}, {(seat + 1) % SEATS, 1, 0}};

    if (semop(forks, take, 2) < 0)
        die("semop");
    if (semop(forks, put, 2) < 0)
        die("semop");
}

int main(void)
{
    int forks, i, status, failed = 0;
    pid_t child;

    forks = semget(IPC_PRIVATE, SEATS, IPC_CREAT | 0600);
    if (forks < 0)
        die("semget");
    for (i = 0; i < SEATS; i++) {
        if (semctl(forks, i, SETVAL, (union semun){.val = 1}) < 0)
            die("semctl");
    }

    for (i = 0; i < SEATS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            eat(forks, i);
            eat(forks, i);
            exit(0);
        }
    }
    for (i = 0; i < SEATS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }

    printf("%s\n", failed ? "somebody went hungry" : "everybody has eaten");
    if (semctl(forks, 0, IPC_RMID) < 0)
        die("semctl");
    return failed;
}

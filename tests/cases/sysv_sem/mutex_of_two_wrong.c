/* expect: data-race at 35 and 35 */
/* The semaphore that guards the tickets starts at two, and lets two processes in. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define SELLERS 2
#define TICKETS 5

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

static void sell(int sem, int *left)
{
    struct sembuf lock = {.sem_num = 0, .sem_op = -1};
    struct sembuf unlock = {.sem_num = 0, .sem_op = 1};
    int i;

    for (i = 0; i < TICKETS; i++) {
        if (semop(sem, &lock, 1) < 0)
            die("semop");
        *left -= 1;
        if (semop(sem, &unlock, 1) < 0)
            die("semop");
    }
}

int main(void)
{
    int shm, sem, i, status, left, failed = 0;
    int *tickets;
    pid_t child;

    shm = shmget(IPC_PRIVATE, sizeof *tickets, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    tickets = shmat(shm, NULL, 0);
    if (tickets == (void *)-1)
        die("shmat");
    *tickets = SELLERS * TICKETS;
    sem = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    if (sem < 0)
        die("semget");
    if (semctl(sem, 0, SETVAL, (union semun){.val = SELLERS}) < 0)
        die("semctl");

    for (i = 0; i < SELLERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            sell(sem, tickets);
            exit(0);
        }
    }
    for (i = 0; i < SELLERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }

    left = *tickets;
    printf("%d tickets left\n", left);
    if (shmdt(tickets) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    if (semctl(sem, 0, IPC_RMID) < 0)
        die("semctl");
    return left == 0 && !failed ? 0 : 1;
}

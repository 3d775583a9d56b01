/* expect: none */
/* Both sides of the account take the same semaphore of the set. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 3

enum { BALANCE_LOCK, LOG_LOCK, LOCKS };

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

static void change(int sems, int which, int by)
{
    struct sembuf op = {.sem_num = which, .sem_op = by};

    if (semop(sems, &op, 1) < 0)
        die("semop");
}

static void deposit(int sems, int *balance)
{
    change(sems, BALANCE_LOCK, -1);
    *balance += 20;
    change(sems, BALANCE_LOCK, 1);
}

static void withdraw(int sems, int *balance)
{
    change(sems, BALANCE_LOCK, -1);
    *balance -= 10;
    change(sems, BALANCE_LOCK, 1);
}

int main(void)
{
    int shm, sems, i, status, left;
    int *balance;
    pid_t child;

    shm = shmget(IPC_PRIVATE, sizeof *balance, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    balance = shmat(shm, NULL, 0);
    if (balance == (void *)-1)
        die("shmat");
    sems = semget(IPC_PRIVATE, LOCKS, IPC_CREAT | 0600);
    if (sems < 0)
        die("semget");
    for (i = 0; i < LOCKS; i++) {
        if (semctl(sems, i, SETVAL, (union semun){.val = 1}) < 0)
            die("semctl");
    }

    child = fork();
    if (child < 0)
        die("fork");
    for (i = 0; i < ROUNDS; i++) {
        if (child == 0)
            deposit(sems, balance);
        else
            withdraw(sems, balance);
    }
    if (child == 0)
        exit(0);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    left = *balance;
    printf("%d left\n", left);
    if (shmdt(balance) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    if (semctl(sems, 0, IPC_RMID) < 0)
        die("semctl");
    return left == ROUNDS * 10 && status == 0 ? 0 : 1;
}

/* expect: none */
/* The parent locks, the cook unlocks when the meal is ready, and the waiter locks after that. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

struct kitchen {
    int order;
    int meal;
};

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

static void change(int sem, int by)
{
    struct sembuf op = {.sem_num = 0, .sem_op = by};

    if (semop(sem, &op, 1) < 0)
        die("semop");
}

int main(void)
{
    int shm, sem, status, failed = 0, i;
    struct kitchen *k;
    pid_t cook, waiter;

    shm = shmget(IPC_PRIVATE, sizeof *k, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    k = shmat(shm, NULL, 0);
    if (k == (void *)-1)
        die("shmat");
    sem = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    if (sem < 0)
        die("semget");
    if (semctl(sem, 0, SETVAL, (union semun){.val = 1}) < 0)
        die("semctl");

    /* The kitchen is locked here and unlocked by the cook. */
    change(sem, -1);
    k->order = 12;

    cook = fork();
    if (cook < 0)
        die("fork");
    if (cook == 0) {
        k->meal = k->order * 10;
        change(sem, 1);
        exit(0);
    }
    waiter = fork();
    if (waiter < 0)
        die("fork");
    if (waiter == 0) {
        int meal;

        change(sem, -1);
        meal = k->meal;
        change(sem, 1);
        exit(meal == 120 ? 0 : 1);
    }

    for (i = 0; i < 2; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    printf("%s\n", failed ? "the meal was not ready" : "served");
    if (shmdt(k) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    if (semctl(sem, 0, IPC_RMID) < 0)
        die("semctl");
    return failed;
}

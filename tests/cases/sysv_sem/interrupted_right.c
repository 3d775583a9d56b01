/* expect: none */
/* A wait that a signal interrupts is begun again. */

#include <errno.h>
#include <signal.h>
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

static volatile sig_atomic_t reports;

static void on_report(int sig)
{
    (void)sig;
    reports++;
}

int main(void)
{
    struct sembuf up = {.sem_num = 0, .sem_op = 1};
    struct sembuf down = {.sem_num = 0, .sem_op = -1};
    struct sigaction act = {.sa_handler = on_report};
    int shm, sem, status, seen;
    int *result;
    pid_t child;

    sigemptyset(&act.sa_mask);
    if (sigaction(SIGUSR1, &act, NULL) < 0)
        die("sigaction");
    shm = shmget(IPC_PRIVATE, sizeof *result, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    result = shmat(shm, NULL, 0);
    if (result == (void *)-1)
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
        /* Half of the work is done. */
        if (kill(getppid(), SIGUSR1) < 0)
            die("kill");
        *result = 42;
        if (semop(sem, &up, 1) < 0)
            die("semop");
        exit(0);
    }

    while (semop(sem, &down, 1) < 0)
        if (errno != EINTR)
            die("semop");
    seen = *result;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            die("waitpid");
    printf("result %d after %d report\n", seen, (int)reports);
    if (shmdt(result) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    if (semctl(sem, 0, IPC_RMID) < 0)
        die("semctl");
    return seen == 42 && status == 0 ? 0 : 1;
}

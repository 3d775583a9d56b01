/* expect: deadlock at 30 */
/* The mutex is never set and starts at zero: nobody ever gets in. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 2

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

static void use_printer(int sem, int *pages)
{
    struct sembuf lock = {.sem_num = 0, .sem_op = -1};
    struct sembuf unlock = {.sem_num = 0, .sem_op = 1};

    if (semop(sem, &lock, 1) < 0)
        die("semop");
    *pages += 3;
    if (semop(sem, &unlock, 1) < 0)
        die("semop");
}

int main(void)
{
    int shm, sem, i, status, total, failed = 0;
    int *pages;
    pid_t child;

    shm = shmget(IPC_PRIVATE, sizeof *pages, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    pages = shmat(shm, NULL, 0);
    if (pages == (void *)-1)
        die("shmat");
    sem = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    if (sem < 0)
        die("semget");

    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            use_printer(sem, pages);
            exit(0);
        }
    }
    for (i = 0; i < WORKERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }

    total = *pages;
    printf("%d pages\n", total);
    if (shmdt(pages) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    if (semctl(sem, 0, IPC_RMID) < 0)
        die("semctl");
    return total == 3 * WORKERS && !failed ? 0 : 1;
}

/* expect: none */
/* Writers share a mutex; the reader takes none but is ordered by the counting semaphore. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define WRITERS 2
#define EACH    3
#define ENTRIES (WRITERS * EACH)

enum { MUTEX, WRITTEN, SEMS };

struct journal {
    int next;
    int entry[ENTRIES];
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

static void change(int sems, int which, int by)
{
    struct sembuf op = {.sem_num = which, .sem_op = by};

    if (semop(sems, &op, 1) < 0)
        die("semop");
}

static void write_entries(int sems, struct journal *j)
{
    int i;

    for (i = 1; i <= EACH; i++) {
        change(sems, MUTEX, -1);
        j->entry[j->next] = i;
        j->next++;
        change(sems, MUTEX, 1);
        change(sems, WRITTEN, 1);
    }
}

int main(void)
{
    int shm, sems, i, status, sum = 0, failed = 0;
    struct journal *j;
    pid_t child;

    shm = shmget(IPC_PRIVATE, sizeof *j, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    j = shmat(shm, NULL, 0);
    if (j == (void *)-1)
        die("shmat");
    sems = semget(IPC_PRIVATE, SEMS, IPC_CREAT | 0600);
    if (sems < 0)
        die("semget");
    if (semctl(sems, MUTEX, SETVAL, (union semun){.val = 1}) < 0)
        die("semctl");
    if (semctl(sems, WRITTEN, SETVAL, (union semun){.val = 0}) < 0)
        die("semctl");

    for (i = 0; i < WRITERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            write_entries(sems, j);
            exit(0);
        }
    }
    for (i = 0; i < ENTRIES; i++) {
        change(sems, WRITTEN, -1);
        sum += j->entry[i];
    }
    for (i = 0; i < WRITERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }

    printf("sum %d\n", sum);
    if (shmdt(j) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    if (semctl(sems, 0, IPC_RMID) < 0)
        die("semctl");
    return sum == WRITERS * EACH * (EACH + 1) / 2 && !failed ? 0 : 1;
}

/* expect: data-race at 44 and 47 or data-race at 44 and 44 or data-race at 47 and 47 */
/* Readers count themselves without the mutex. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define READERS 2

enum { MUTEX, WRITING, SEMS };

struct board {
    int readers;
    int text[2];
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

static int read_board(int sems, struct board *b)
{
    int same;

    if (++b->readers == 1)
        change(sems, WRITING, -1);
    same = b->text[0] == b->text[1];
    if (--b->readers == 0)
        change(sems, WRITING, 1);
    return same ? 0 : 1;
}

int main(void)
{
    int shm, sems, i, status, failed = 0;
    struct board *b;
    pid_t child;

    shm = shmget(IPC_PRIVATE, sizeof *b, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    b = shmat(shm, NULL, 0);
    if (b == (void *)-1)
        die("shmat");
    sems = semget(IPC_PRIVATE, SEMS, IPC_CREAT | 0600);
    if (sems < 0)
        die("semget");
    if (semctl(sems, MUTEX, SETVAL, (union semun){.val = 1}) < 0)
        die("semctl");
    if (semctl(sems, WRITING, SETVAL, (union semun){.val = 1}) < 0)
        die("semctl");

    for (i = 0; i < READERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0)
            exit(read_board(sems, b));
    }
    change(sems, WRITING, -1);
    b->text[0]++;
    b->text[1]++;
    change(sems, WRITING, 1);

    for (i = 0; i < READERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    printf("%s\n", failed ? "somebody read half a text" : "all texts were whole");
    if (shmdt(b) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    if (semctl(sems, 0, IPC_RMID) < 0)
        die("semctl");
    return failed;
}

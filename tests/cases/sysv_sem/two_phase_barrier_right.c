/* expect: none */
/* A reusable barrier with two turnstiles: nobody laps the others. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 3
#define ROUNDS  2

enum { MUTEX, IN, OUT, SEMS };

struct room {
    int here;
    int part[WORKERS];
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

static void barrier(int sems, struct room *room)
{
    change(sems, MUTEX, -1);
    if (++room->here == WORKERS)
        change(sems, IN, WORKERS);
    change(sems, MUTEX, 1);
    change(sems, IN, -1);

    change(sems, MUTEX, -1);
    if (--room->here == 0)
        change(sems, OUT, WORKERS);
    change(sems, MUTEX, 1);
    change(sems, OUT, -1);
}

static int work(int sems, struct room *room, int me)
{
    int round, seen, failed = 0;

    for (round = 1; round <= ROUNDS; round++) {
        room->part[me] = round;
        barrier(sems, room);
        seen = room->part[(me + 1) % WORKERS];
        failed |= seen != round;
        barrier(sems, room);
    }
    return failed;
}

int main(void)
{
    int shm, sems, i, status, failed = 0;
    struct room *room;
    pid_t child;

    shm = shmget(IPC_PRIVATE, sizeof *room, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    room = shmat(shm, NULL, 0);
    if (room == (void *)-1)
        die("shmat");
    sems = semget(IPC_PRIVATE, SEMS, IPC_CREAT | 0600);
    if (sems < 0)
        die("semget");
    if (semctl(sems, MUTEX, SETVAL, (union semun){.val = 1}) < 0)
        die("semctl");
    if (semctl(sems, IN, SETVAL, (union semun){.val = 0}) < 0)
        die("semctl");
    if (semctl(sems, OUT, SETVAL, (union semun){.val = 0}) < 0)
        die("semctl");

    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0)
            exit(work(sems, room, i));
    }
    for (i = 0; i < WORKERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }

    printf("%s\n", failed ? "somebody was too early" : "all met");
    if (shmdt(room) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    if (semctl(sems, 0, IPC_RMID) < 0)
        die("semctl");
    return failed;
}

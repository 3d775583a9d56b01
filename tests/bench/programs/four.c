/*
 * four.c - four processes that take turns in a critical section: what a second's schedules are counted with.
 *
 *   four         forks three others and is the fourth
 *   four WORD    is one of four that somebody starts; the last to leave removes everything
 *
 * Each makes the same few visits, so that a whole run has fewer than 200 points.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 4, VISITS = 10 };

struct shared {
    int visits, left;
};

static int semaphore, segment;
static struct shared *shared;

static void check(int result, const char *what)
{
    if (result == -1) {
        perror(what);
        exit(1);
    }
}

/* The semaphore is 0 when nobody is inside: new ones are. */
static void enter(void)
{
    struct sembuf operations[] = {{.sem_op = 0}, {.sem_op = 1, .sem_flg = SEM_UNDO}};
    check(semop(semaphore, operations, 2), "semop");
}

static void leave(void)
{
    struct sembuf operation = {.sem_op = -1, .sem_flg = SEM_UNDO};
    check(semop(semaphore, &operation, 1), "semop");
}

static void open_all(key_t key)
{
    segment = shmget(key, sizeof *shared, IPC_CREAT | 0600);
    check(segment, "shmget");
    shared = shmat(segment, NULL, 0);
    semaphore = semget(key, 1, IPC_CREAT | 0600);
    check(semaphore, "semget");
}

static void visit(void)
{
    for (int i = 0; i < VISITS; i++) {
        enter();
        shared->visits++;
        leave();
    }
}

static void remove_all(void)
{
    check(shared->visits == PROCESSES * VISITS ? 0 : -1, "visits");
    check(shmctl(segment, IPC_RMID, NULL), "shmctl");
    check(semctl(semaphore, 0, IPC_RMID), "semctl");
}

static int one(void)
{
    int left;

    open_all(ftok(".", 'F'));
    visit();
    enter();
    left = ++shared->left;
    leave();
    if (left == PROCESSES)
        remove_all();
    return 0;
}

static int all(void)
{
    open_all(IPC_PRIVATE);
    for (int i = 1; i < PROCESSES; i++)
        if (fork() == 0) {
            visit();
            return 0;
        }
    visit();
    for (int i = 1; i < PROCESSES; i++)
        wait(NULL);
    remove_all();
    return 0;
}

#ifndef FORKS
#define FORKS (argc == 1) /* -DFORKS=1: whatever its arguments are */
#endif

int main(int argc, char *argv[])
{
    (void)argc, (void)argv;
    return FORKS ? all() : one();
}

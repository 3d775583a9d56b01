/* expect: data-race at 47 and 47 */
/* Each worker sets the semaphore to 1 when it starts, although another may hold it. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 3

static void die(const char *what)
{
    perror(what);
    exit(1);
}

union semun {
    int val;
};

static void add(int sem, int by)
{
    struct sembuf op = {0, (short)by, 0};

    if (semop(sem, &op, 1) < 0)
        die("semop");
}

static int prepare(key_t key)
{
    int sem = semget(key, 1, IPC_CREAT | 0600);
    union semun one = {.val = 1};

    if (sem < 0 || semctl(sem, 0, SETVAL, one) < 0)
        die("preparing the semaphore");
    return sem;
}

static void work(key_t key, int *counter)
{
    int sem = prepare(key);

    add(sem, -1);
    *counter += 1;
    add(sem, 1);
    exit(0);
}

int main(void)
{
    key_t key = ftok(".", 'f');
    int shm = shmget(IPC_PRIVATE, sizeof(int), 0600), status, bad = 0, seen;
    int *counter = shm < 0 ? (void *)-1 : shmat(shm, NULL, 0);

    if (key == (key_t)-1 || counter == (void *)-1)
        die("preparing");
    *counter = 100;
    for (int i = 0; i < WORKERS; i++) {
        pid_t child = fork();
        if (child < 0)
            die("fork");
        if (child == 0)
            work(key, counter);
    }
    while (wait(&status) > 0)
        bad |= status;
    seen = *counter;
    printf("counted to %d\n", seen);
    if (semctl(semget(key, 1, 0), 0, IPC_RMID) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing");
    return seen == 100 + WORKERS && bad == 0 ? 0 : 1;
}

/* System V objects as the kernel has them: who is counted as waiting, when sem_otime is set, what SETVAL
 * forgets, which message MSG_COPY shows. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
};

static int *shared;

static void operate(int set, int count, int first, int by_first, int second, int by_second)
{
    struct sembuf ops[] = {{first, by_first, 0}, {second, by_second, 0}};
    if (semop(set, ops, count) < 0)
        perror("semop");
}

static void await_waiters(int set, int number, int command, int count)
{
    while (semctl(set, number, command) < count)
        usleep(1000);
}

/* By the operation that makes them wait, not by their first. */
static void counted_where_they_wait(void)
{
    int set = semget(IPC_PRIVATE, 2, 0600);

    semctl(set, 0, SETVAL, 5);
    for (int i = 0; i < 3; i++)
        if (fork() == 0) {
            operate(set, 2, 0, -1, 1, -1);
            _exit(0);
        }
    await_waiters(set, 1, GETNCNT, 3);
    printf("waiting: %d, %d\n", semctl(set, 0, GETNCNT), semctl(set, 1, GETNCNT));
    operate(set, 1, 1, 2, 0, 0);
    printf("one is left: %d\n", semctl(set, 1, GETNCNT));
    operate(set, 1, 1, 1, 0, 0);
    while (wait(NULL) > 0)
        ;
    printf("values: %d, %d\n", semctl(set, 0, GETVAL), semctl(set, 1, GETVAL));
    semctl(set, 0, IPC_RMID);
}

/* Whatever else happens to the set. */
static void counted_all_the_time(void)
{
    int set = semget(IPC_PRIVATE, 3, 0600);

    operate(set, 1, 2, 1, 0, 0);
    if (fork() == 0) {
        operate(set, 1, 0, -1, 0, 0);
        _exit(0);
    }
    if (fork() == 0) {
        operate(set, 1, 2, 0, 0, 0);
        _exit(0);
    }
    await_waiters(set, 0, GETNCNT, 1);
    await_waiters(set, 2, GETZCNT, 1);
    operate(set, 1, 1, 1, 0, 0);
    printf("still waiting: %d, %d\n", semctl(set, 0, GETNCNT), semctl(set, 2, GETZCNT));
    operate(set, 1, 0, 1, 0, 0);
    operate(set, 1, 2, -1, 0, 0);
    printf("not any more: %d, %d\n", semctl(set, 0, GETNCNT), semctl(set, 2, GETZCNT));
    while (wait(NULL) > 0)
        ;
    semctl(set, 0, IPC_RMID);
}

static void initialised_by_the_first_operation(void)
{
    int set = semget(IPC_PRIVATE, 1, 0600);
    struct semid_ds ds = {0};
    union semun argument = {.buf = &ds};

    if (fork() == 0) {
        shared[0] = 7;
        operate(set, 1, 0, 1, 0, 0);
        _exit(0);
    }
    while (semctl(set, 0, IPC_STAT, argument) == 0 && ds.sem_otime == 0)
        usleep(1000);
    printf("initialised: %d\n", shared[0]);
    wait(NULL);
    semctl(set, 0, IPC_RMID);
}

static void setval_forgets_what_is_owed(void)
{
    int set = semget(IPC_PRIVATE, 1, 0600);

    semctl(set, 0, SETVAL, 3);
    if (fork() == 0) {
        struct sembuf op = {0, -2, SEM_UNDO};
        semop(set, &op, 1);
        semctl(set, 0, SETVAL, 1);
        _exit(0);
    }
    wait(NULL);
    printf("value %d\n", semctl(set, 0, GETVAL));
    semctl(set, 0, IPC_RMID);
}

struct message {
    long mtype;
    char text[8];
};

static void send_by_a_child(int queue, const char *text, int index)
{
    if (fork() == 0) {
        struct message m = {.mtype = 1};
        strcpy(m.text, text);
        shared[index] = index;
        msgsnd(queue, &m, sizeof m.text, 0);
        _exit(0);
    }
}

static void copies(void)
{
    int queue = msgget(IPC_PRIVATE, 0600);
    struct message m = {0};

    send_by_a_child(queue, "first", 1);
    wait(NULL);
    send_by_a_child(queue, "second", 2);
    while (msgrcv(queue, &m, sizeof m.text, 1, MSG_COPY | IPC_NOWAIT) < 0 && errno == ENOMSG)
        usleep(1000);
    if (m.mtype) /* a kernel without CONFIG_CHECKPOINT_RESTORE has no copies */
        printf("copied: %s\n", shared[2] == 2 ? m.text : "too early");
    errno = 0;
    msgrcv(queue, &m, sizeof m.text, 1, MSG_COPY);
    printf("without IPC_NOWAIT: %s\n", strerror(errno));
    wait(NULL);
    msgrcv(queue, &m, sizeof m.text, -5, 0);
    printf("taken: %s\n", m.text);
    msgctl(queue, IPC_RMID, NULL);
}

int main(void)
{
    int segment = shmget(IPC_PRIVATE, 4096, 0600);

    setvbuf(stdout, NULL, _IOLBF, 0);
    shared = shmat(segment, NULL, 0);
    counted_where_they_wait();
    counted_all_the_time();
    initialised_by_the_first_operation();
    setval_forgets_what_is_owed();
    copies();
    return shmctl(segment, IPC_RMID, NULL);
}

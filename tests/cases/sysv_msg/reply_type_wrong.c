/* expect: schedule-dependent */
/* The server answers everybody under one type, and a client may take another one's answer. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLIENTS 2
#define ASK     1

struct message {
    long mtype;
    int from;
    int number;
};

#define SIZE (sizeof(struct message) - sizeof(long))

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void serve(int queue)
{
    struct message m;
    int i;

    for (i = 0; i < CLIENTS; i++) {
        if (msgrcv(queue, &m, SIZE, ASK, 0) < 0)
            die("msgrcv");
        m.mtype = ASK + 1;
        m.number *= 10;
        if (msgsnd(queue, &m, SIZE, 0) < 0)
            die("msgsnd");
    }
}

static int ask(int queue, int number)
{
    struct message m = {.mtype = ASK, .from = getpid(), .number = number};

    if (msgsnd(queue, &m, SIZE, 0) < 0)
        die("msgsnd");
    if (msgrcv(queue, &m, SIZE, ASK + 1, 0) < 0)
        die("msgrcv");
    return m.number == 10 * number ? 0 : 1;
}

int main(void)
{
    int queue, i, status, failed = 0;
    pid_t child;

    queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (queue < 0)
        die("msgget");
    for (i = 1; i <= CLIENTS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0)
            exit(ask(queue, i));
    }
    serve(queue);
    for (i = 0; i < CLIENTS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    printf("%s\n", failed ? "somebody got a strange answer" : "all is well");
    if (msgctl(queue, IPC_RMID, NULL) < 0)
        die("msgctl");
    return failed;
}

/* expect: schedule-dependent */
/* The child leaves with exit, which runs the handler, and the queue is gone too early. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

struct message {
    long mtype;
    int number;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int queue;

static void remove_queue(void)
{
    msgctl(queue, IPC_RMID, NULL);
}

int main(void)
{
    struct message m = {.mtype = 1, .number = 5};
    int status;
    pid_t child;

    queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (queue < 0)
        die("msgget");
    if (atexit(remove_queue) != 0)
        die("atexit");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        if (msgsnd(queue, &m, sizeof m.number, 0) < 0)
            _exit(1);
        exit(0);
    }

    if (msgrcv(queue, &m, sizeof m.number, 1, 0) < 0)
        die("msgrcv");
    printf("received %d\n", m.number);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    return m.number == 5 && status == 0 ? 0 : 1;
}

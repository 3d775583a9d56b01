/* expect: none */
/* The server is ended by SIGTERM; the parent, who sent it, removes the queue. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUESTION 1
#define ANSWER   2

struct message {
    long mtype;
    int number;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void serve(int queue)
{
    struct message m;

    for (;;) {
        if (msgrcv(queue, &m, sizeof m.number, QUESTION, 0) < 0)
            die("msgrcv");
        m.mtype = ANSWER;
        m.number++;
        if (msgsnd(queue, &m, sizeof m.number, 0) < 0)
            die("msgsnd");
    }
}

int main(void)
{
    struct message m = {.mtype = QUESTION, .number = 1};
    int queue, i, status;
    pid_t server;

    queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (queue < 0)
        die("msgget");
    server = fork();
    if (server < 0)
        die("fork");
    if (server == 0) {
        serve(queue);
        exit(0);
    }
    for (i = 0; i < 2; i++) {
        m.mtype = QUESTION;
        if (msgsnd(queue, &m, sizeof m.number, 0) < 0)
            die("msgsnd");
        if (msgrcv(queue, &m, sizeof m.number, ANSWER, 0) < 0)
            die("msgrcv");
    }
    if (kill(server, SIGTERM) < 0)
        die("kill");
    if (waitpid(server, &status, 0) < 0)
        die("waitpid");
    printf("the last answer was %d\n", m.number);
    if (msgctl(queue, IPC_RMID, NULL) < 0)
        die("msgctl");
    return m.number == 3 && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM ? 0 : 1;
}

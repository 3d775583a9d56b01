/* expect: none */
/* Questions and answers go through one queue under two types. */

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

    if (msgrcv(queue, &m, sizeof m.number, QUESTION, 0) < 0)
        die("msgrcv");
    m.mtype = ANSWER;
    m.number *= m.number;
    if (msgsnd(queue, &m, sizeof m.number, 0) < 0)
        die("msgsnd");
}

int main(void)
{
    struct message m = {.mtype = QUESTION, .number = 12};
    int queue, status;
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

    if (msgsnd(queue, &m, sizeof m.number, 0) < 0)
        die("msgsnd");
    if (msgrcv(queue, &m, sizeof m.number, ANSWER, 0) < 0)
        die("msgrcv");
    if (waitpid(server, &status, 0) < 0)
        die("waitpid");
    printf("12 * 12 = %d\n", m.number);
    if (msgctl(queue, IPC_RMID, NULL) < 0)
        die("msgctl");
    return m.number == 144 && status == 0 ? 0 : 1;
}

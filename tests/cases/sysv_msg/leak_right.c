/* expect: none */
/* The queue is removed when the conversation is over. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

struct message {
    long mtype;
    char text[24];
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    struct message m = {.mtype = 1, .text = "good morning"};
    int queue, status;
    pid_t child;

    queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (queue < 0)
        die("msgget");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        if (msgsnd(queue, &m, sizeof m.text, 0) < 0)
            die("msgsnd");
        exit(0);
    }
    if (msgrcv(queue, &m, sizeof m.text, 0, 0) < 0)
        die("msgrcv");
    printf("%s\n", m.text);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (msgctl(queue, IPC_RMID, NULL) < 0)
        die("msgctl");
    return status == 0 ? 0 : 1;
}

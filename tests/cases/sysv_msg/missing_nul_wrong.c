/* expect: uninitialised at 31 or wrong-exit or schedule-dependent */
/* The text is sent without its NUL, into memory that nobody has cleared. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

struct message {
    long mtype;
    char text[64];
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_to(int queue)
{
    struct message *m = malloc(sizeof *m);
    size_t length;

    if (m == NULL)
        die("malloc");
    if (msgrcv(queue, m, sizeof m->text, 1, 0) < 0)
        die("msgrcv");
    length = strlen(m->text);
    free(m);
    return length == 5 ? 0 : 1;
}

int main(void)
{
    struct message m = {.mtype = 1, .text = "hello"};
    int queue, status;
    pid_t child;

    queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (queue < 0)
        die("msgget");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0)
        exit(listen_to(queue));

    if (msgsnd(queue, &m, strlen(m.text), 0) < 0)
        die("msgsnd");
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", status == 0 ? "five letters" : "more than was sent");
    if (msgctl(queue, IPC_RMID, NULL) < 0)
        die("msgctl");
    return status == 0 ? 0 : 1;
}

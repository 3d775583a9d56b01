/* expect: none */
/* The texts are sent with their NUL. */

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

static void say(int queue, const char *text)
{
    struct message m = {.mtype = 1};

    strcpy(m.text, text);
    if (msgsnd(queue, &m, strlen(m.text) + 1, 0) < 0)
        die("msgsnd");
}

int main(void)
{
    struct message m = {.text = ""};
    int queue, status;
    pid_t child;

    queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (queue < 0)
        die("msgget");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        say(queue, "good morning");
        say(queue, "bye");
        exit(0);
    }
    if (msgrcv(queue, &m, sizeof m.text, 1, 0) < 0)
        die("msgrcv");
    if (msgrcv(queue, &m, sizeof m.text, 1, 0) < 0)
        die("msgrcv");
    printf("the last word is '%s'\n", m.text);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (msgctl(queue, IPC_RMID, NULL) < 0)
        die("msgctl");
    return strcmp(m.text, "bye") == 0 && status == 0 ? 0 : 1;
}

/* expect: unchecked-error at 46 or wrong-exit */
/* The message does not fit; nobody sees that msgrcv failed and left it in the queue. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

struct long_message {
    long mtype;
    char text[32];
};

struct short_message {
    long mtype;
    char text[16];
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    struct long_message out = {.mtype = 1, .text = "a sentence that is too long"};
    struct short_message in = {.text = ""};
    int queue, status;
    size_t length;
    pid_t child;

    queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (queue < 0)
        die("msgget");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        if (msgsnd(queue, &out, sizeof out.text, 0) < 0)
            die("msgsnd");
        exit(0);
    }
    msgrcv(queue, &in, sizeof in.text, 0, 0);
    length = strlen(in.text);
    printf("%zu letters\n", length);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (msgctl(queue, IPC_RMID, NULL) < 0)
        die("msgctl");
    return length == strlen(out.text) && status == 0 ? 0 : 1;
}

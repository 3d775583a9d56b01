/* expect: none */
/* The sender waits for room in the queue. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT 24
#define DATA  1
#define END   2

struct block {
    long mtype;
    char data[2000];
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void send_all(int queue)
{
    struct block b = {.mtype = DATA};
    int i;

    for (i = 0; i < COUNT; i++) {
        if (msgsnd(queue, &b, sizeof b.data, 0) < 0)
            die("msgsnd");
    }
    b.mtype = END;
    if (msgsnd(queue, &b, 0, 0) < 0)
        die("msgsnd");
}

int main(void)
{
    struct block b;
    int queue, status, got = 0;
    pid_t child;

    queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (queue < 0)
        die("msgget");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        send_all(queue);
        exit(0);
    }
    for (;;) {
        if (msgrcv(queue, &b, sizeof b.data, 0, 0) < 0)
            die("msgrcv");
        if (b.mtype == END)
            break;
        got++;
    }
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("%d of %d blocks\n", got, COUNT);
    if (msgctl(queue, IPC_RMID, NULL) < 0)
        die("msgctl");
    return got == COUNT && status == 0 ? 0 : 1;
}

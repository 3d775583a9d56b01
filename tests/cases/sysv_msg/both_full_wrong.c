/* expect: deadlock at 29 */
/* Both sides fill the other's queue before either receives anything. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT 24

struct block {
    long mtype;
    char data[1000];
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void send_all(int queue)
{
    struct block b = {.mtype = 1};
    int i;

    for (i = 0; i < COUNT; i++) {
        if (msgsnd(queue, &b, sizeof b.data, 0) < 0)
            die("msgsnd");
    }
}

static void receive_all(int queue)
{
    struct block b;
    int i;

    for (i = 0; i < COUNT; i++) {
        if (msgrcv(queue, &b, sizeof b.data, 1, 0) < 0)
            die("msgrcv");
    }
}

int main(void)
{
    int up, down, status;
    pid_t child;

    up = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (up < 0)
        die("msgget");
    down = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (down < 0)
        die("msgget");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        send_all(up);
        receive_all(down);
        exit(0);
    }
    send_all(down);
    receive_all(up);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("%d blocks each way\n", COUNT);
    if (msgctl(up, IPC_RMID, NULL) < 0 || msgctl(down, IPC_RMID, NULL) < 0)
        die("msgctl");
    return status == 0 ? 0 : 1;
}

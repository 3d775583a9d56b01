/* expect: wrong-msgsz at 49 */
/* The size of a message is that of the whole struct, mtype included. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

struct request {
    long mtype;
    int number;
    char what[20];
};

#define REQUEST_SIZE sizeof(struct request)

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int serve(int queue)
{
    struct request in;

    if (msgrcv(queue, &in, REQUEST_SIZE, 1, 0) < 0)
        die("msgrcv");
    return in.number == 3 && strcmp(in.what, "apples") == 0 ? 0 : 1;
}

int main(void)
{
    struct request out = {.mtype = 1, .number = 3, .what = "apples"};
    int queue, status;
    pid_t server;

    queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (queue < 0)
        die("msgget");
    server = fork();
    if (server < 0)
        die("fork");
    if (server == 0)
        exit(serve(queue));

    if (msgsnd(queue, &out, REQUEST_SIZE, 0) < 0)
        die("msgsnd");
    if (waitpid(server, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", status == 0 ? "three apples" : "something else");
    if (msgctl(queue, IPC_RMID, NULL) < 0)
        die("msgctl");
    return status == 0 ? 0 : 1;
}

/* expect: wrong-exit */
/* Type 0 takes the oldest message: what is urgent has to queue. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

struct call {
    long mtype;
    int floor;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void press(int queue, long urgency, int floor)
{
    struct call c = {.mtype = urgency, .floor = floor};

    if (msgsnd(queue, &c, sizeof c.floor, 0) < 0)
        die("msgsnd");
}

int main(void)
{
    struct call c;
    int queue, i, status, order = 0;
    pid_t child;

    queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (queue < 0)
        die("msgget");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        press(queue, 3, 7);
        press(queue, 2, 8);
        press(queue, 1, 9);
        exit(0);
    }
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");

    for (i = 0; i < 3; i++) {
        if (msgrcv(queue, &c, sizeof c.floor, 0, 0) < 0)
            die("msgrcv");
        order = 10 * order + c.floor;
    }
    printf("floors in the order %d\n", order);
    if (msgctl(queue, IPC_RMID, NULL) < 0)
        die("msgctl");
    return order == 987 && status == 0 ? 0 : 1;
}

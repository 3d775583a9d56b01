/* expect: deadlock at 51 and 43 */
/* Both sides send all their messages before they receive any. */

#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT 5

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static mqd_t make(const char *name)
{
    struct mq_attr attr = {.mq_maxmsg = 3, .mq_msgsize = sizeof(int)};
    mqd_t queue;

    queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
    if (queue < 0)
        die("mq_open");
    if (mq_unlink(name) < 0)
        die("mq_unlink");
    return queue;
}

int main(void)
{
    mqd_t there = make("/mq_there"), back = make("/mq_back");
    int i, number, status, sum = 0;
    pid_t child;

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        for (i = 1; i <= COUNT; i++)
            if (mq_send(back, (char *)&i, sizeof i, 0) < 0)
                die("mq_send");
        for (i = 1; i <= COUNT; i++)
            if (mq_receive(there, (char *)&number, sizeof number, NULL) < 0)
                die("mq_receive");
        exit(0);
    }
    for (i = 1; i <= COUNT; i++)
        if (mq_send(there, (char *)&i, sizeof i, 0) < 0)
            die("mq_send");
    for (i = 1; i <= COUNT; i++) {
        if (mq_receive(back, (char *)&number, sizeof number, NULL) < 0)
            die("mq_receive");
        sum += number;
    }

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("sum %d\n", sum);
    if (mq_close(there) < 0 || mq_close(back) < 0)
        die("mq_close");
    return sum == COUNT * (COUNT + 1) / 2 && status == 0 ? 0 : 1;
}

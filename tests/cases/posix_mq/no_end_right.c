/* expect: none */
/* An empty message ends the worker. */

#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/mq_no_end"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int work(mqd_t queue)
{
    int number, sum = 0;
    ssize_t n;

    while ((n = mq_receive(queue, (char *)&number, sizeof number, NULL)) > 0)
        sum += number;
    if (n < 0)
        die("mq_receive");
    return sum == 15 ? 0 : 1;
}

int main(void)
{
    struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = sizeof(int)};
    int i, status;
    mqd_t queue;
    pid_t worker;

    queue = mq_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
    if (queue < 0)
        die("mq_open");
    if (mq_unlink(NAME) < 0)
        die("mq_unlink");
    worker = fork();
    if (worker < 0)
        die("fork");
    if (worker == 0)
        exit(work(queue));

    for (i = 1; i <= 5; i++) {
        if (mq_send(queue, (char *)&i, sizeof i, 0) < 0)
            die("mq_send");
    }
    if (mq_send(queue, "", 0, 0) < 0)
        die("mq_send");
    if (waitpid(worker, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", status == 0 ? "all numbers arrived" : "numbers were lost");
    if (mq_close(queue) < 0)
        die("mq_close");
    return status == 0 ? 0 : 1;
}

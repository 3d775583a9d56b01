/* expect: none */
/* The name of the queue is unlinked at the end. */

#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/mq_leak"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 16};
    char text[16] = "good evening";
    int status;
    mqd_t queue;
    pid_t child;

    queue = mq_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
    if (queue < 0)
        die("mq_open");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        if (mq_send(queue, text, sizeof text, 0) < 0)
            die("mq_send");
        exit(0);
    }
    if (mq_receive(queue, text, sizeof text, NULL) < 0)
        die("mq_receive");
    printf("%s\n", text);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (mq_close(queue) < 0)
        die("mq_close");
    if (mq_unlink(NAME) < 0)
        die("mq_unlink");
    return status == 0 ? 0 : 1;
}

/* expect: unchecked-error at 42 or wrong-exit */
/* The buffer fits this message but not the longest, and nobody sees that mq_receive refused. */

#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME    "/mq_too_small"
#define LONGEST 32

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = LONGEST};
    char text[8] = "";
    int status;
    mqd_t queue;
    pid_t child;

    queue = mq_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
    if (queue < 0)
        die("mq_open");
    if (mq_unlink(NAME) < 0)
        die("mq_unlink");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        if (mq_send(queue, "hello", 6, 0) < 0)
            die("mq_send");
        exit(0);
    }
    mq_receive(queue, text, sizeof text, NULL);
    printf("received '%s'\n", text);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (mq_close(queue) < 0)
        die("mq_close");
    return strcmp(text, "hello") == 0 && status == 0 ? 0 : 1;
}

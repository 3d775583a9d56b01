/* expect: data-race at 44 and 50 */
/* The message is sent while the picture is still being painted. */

#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/mq_handoff"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 1};
    int status, seen;
    char byte = 'p';
    mqd_t queue;
    int *picture;
    pid_t child;

    picture =
        mmap(NULL, sizeof *picture, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (picture == MAP_FAILED)
        die("mmap");
    queue = mq_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
    if (queue < 0)
        die("mq_open");
    if (mq_unlink(NAME) < 0)
        die("mq_unlink");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        if (mq_send(queue, &byte, 1, 0) < 0)
            die("mq_send");
        *picture = 1503;
        exit(0);
    }

    if (mq_receive(queue, &byte, 1, NULL) < 0)
        die("mq_receive");
    seen = *picture;
    printf("the picture is of %d\n", seen);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (mq_close(queue) < 0)
        die("mq_close");
    return seen == 1503 && status == 0 ? 0 : 1;
}

/* expect: none */
/* The function that is notified posts a semaphore when it has taken the message. */

#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/mq_notify_thread"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static mqd_t queue;
static sem_t taken;
static int number;

static void take(union sigval unused)
{
    int n;

    (void)unused;
    if (mq_receive(queue, (char *)&n, sizeof n, NULL) < 0)
        die("mq_receive");
    number = n;
    if (sem_post(&taken) < 0)
        die("sem_post");
}

int main(void)
{
    struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = sizeof(int)};
    struct sigevent notice = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = take};
    int go[2], status, seen = 0;
    pid_t child;

    if (sem_init(&taken, 0, 0) < 0)
        die("sem_init");
    queue = mq_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
    if (queue < 0)
        die("mq_open");
    if (mq_unlink(NAME) < 0)
        die("mq_unlink");
    if (pipe(go) < 0)
        die("pipe");

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(go[1]);
        if (read(go[0], &seen, sizeof seen) != sizeof seen)
            die("read");
        if (mq_send(queue, (char *)&seen, sizeof seen, 0) < 0)
            die("mq_send");
        exit(0);
    }
    close(go[0]);
    seen = 5;
    if (mq_notify(queue, &notice) < 0)
        die("mq_notify");
    if (write(go[1], &seen, sizeof seen) != sizeof seen)
        die("write");
    close(go[1]);
    if (sem_wait(&taken) < 0)
        die("sem_wait");
    seen = number;
    printf("received %d\n", seen);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (mq_close(queue) < 0)
        die("mq_close");
    return seen == 5 && status == 0 ? 0 : 1;
}

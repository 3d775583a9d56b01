/* expect: lost-wakeup at 51 or deadlock at 51 or orphaned-blocking at 51 */
/* The parent asks for notice and waits for it: an earlier message gives none. */

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/mq_notify_signal"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = sizeof(int)};
    struct sigevent notice = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    int status, sig, number = 0;
    sigset_t usr1;
    mqd_t queue;
    pid_t child;

    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &usr1, NULL) < 0)
        die("sigprocmask");
    queue = mq_open(NAME, O_CREAT | O_EXCL | O_RDWR | O_NONBLOCK, 0600, &attr);
    if (queue < 0)
        die("mq_open");
    if (mq_unlink(NAME) < 0)
        die("mq_unlink");

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        number = 5;
        if (mq_send(queue, (char *)&number, sizeof number, 0) < 0)
            die("mq_send");
        exit(0);
    }
    if (mq_notify(queue, &notice) < 0)
        die("mq_notify");
    if (sigwait(&usr1, &sig) != 0)
        die("sigwait");
    if (mq_receive(queue, (char *)&number, sizeof number, NULL) < 0)
        die("mq_receive");
    printf("received %d\n", number);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (mq_close(queue) < 0)
        die("mq_close");
    return number == 5 && status == 0 ? 0 : 1;
}

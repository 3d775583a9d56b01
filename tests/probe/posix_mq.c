/* posix_mq.c - what mq_overview(7) promises, printed: the same natively and on every schedule. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char name[64], text[64];
static volatile sig_atomic_t noticed, value, code;

static void tell(const char *what, long result)
{
    printf("%s %ld %s\n", what, result, result < 0 ? strerror(errno) : "");
}

static struct timespec in_ms(long ms)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += ms * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

static void receive(mqd_t queue)
{
    unsigned priority = 99;
    ssize_t n = mq_receive(queue, text, sizeof text, &priority);
    if (n < 0)
        tell("receive", n);
    else
        printf("received %.*s priority %u\n", (int)n, text, priority);
}

static void on_notice(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)context;
    noticed++;
    value = info->si_value.sival_int;
    code = info->si_code;
}

static void alone(mqd_t queue)
{
    struct timespec soon = in_ms(20), bad = {0, -1};
    struct mq_attr attributes;

    mq_send(queue, "low", 3, 1);
    mq_send(queue, "high", 4, 7);
    tell("full", mq_timedsend(queue, "x", 1, 0, &soon));
    tell("bad time", mq_timedsend(queue, "x", 1, 0, &bad));
    mq_getattr(queue, &attributes);
    printf("messages %ld of %ld, size %ld\n", attributes.mq_curmsgs, attributes.mq_maxmsg,
           attributes.mq_msgsize);
    receive(queue);
    receive(queue);
    mq_send(queue, "first", 5, 3);
    mq_send(queue, "second", 6, 3);
    tell("too small", mq_receive(queue, text, 8, NULL));
    receive(queue);
    receive(queue);
    tell("empty", mq_timedreceive(queue, text, sizeof text, NULL, &soon));
    tell("too long", mq_send(queue, text, 60, 0));
    tell("bad priority", mq_send(queue, text, 1, 1u << 20));
    attributes.mq_flags = O_NONBLOCK;
    mq_setattr(queue, &attributes, NULL);
    receive(queue);
    attributes.mq_flags = 0;
    mq_setattr(queue, &attributes, NULL);
    tell("no queue", mq_send(99, text, 1, 0));
    tell("not mine", mq_send(0, text, 1, 0));
}

static void by_name(mqd_t queue)
{
    tell("exists", mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, NULL));
    mqd_t reader = mq_open(name, O_RDONLY);
    tell("read only", mq_send(reader, "x", 1, 0));
    if (fork() == 0) {
        mqd_t own = mq_open(name, O_WRONLY);
        for (int i = 0; i < 5; i++) {
            char c = (char)('a' + i);
            mq_send(own, &c, 1, 0);
        }
        _exit(0);
    }
    for (int i = 0; i < 5; i++)
        receive(reader);
    wait(NULL);
    tell("close", mq_close(reader));
    tell("close", mq_close(reader));
    tell("unlink", mq_unlink(name));
    tell("gone", mq_open(name, O_RDWR));
    mq_send(queue, "still", 5, 0);
    receive(queue);
}

static void notices(mqd_t queue)
{
    struct sigaction a = {.sa_sigaction = on_notice, .sa_flags = SA_SIGINFO};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    sigset_t usr1, before;

    event.sigev_value.sival_int = 42;
    sigaction(SIGUSR1, &a, NULL);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr1, &before);
    tell("notify", mq_notify(queue, &event));
    tell("busy", mq_notify(queue, &event));
    if (fork() == 0) {
        mq_send(queue, "one", 3, 0);
        mq_send(queue, "two", 3, 0);
        _exit(0);
    }
    while (!noticed)
        sigsuspend(&before);
    wait(NULL);
    printf("noticed %d value %d code %d\n", noticed, value, code == SI_MESGQ);
    tell("not empty", mq_notify(queue, &event));
    receive(queue);
    receive(queue);
    tell("withdrawn", mq_notify(queue, NULL));
    mq_send(queue, "three", 5, 0);
    receive(queue);
    mq_notify(queue, &event);
    mq_send(queue, "four", 4, 0);
    sigprocmask(SIG_SETMASK, &before, NULL);
    printf("noticed %d\n", noticed);
    receive(queue);
}

int main(void)
{
    struct mq_attr small = {.mq_maxmsg = 2, .mq_msgsize = 16}, bad = {.mq_maxmsg = 0};
    setvbuf(stdout, NULL, _IONBF, 0);
    snprintf(name, sizeof name, "/ipcgrade-test-%d", (int)getpid());
    tell("bad attributes", mq_open(name, O_CREAT | O_RDWR, 0600, &bad));
    tell("no slash", mq_open("x/y", O_CREAT | O_RDWR, 0600, NULL));
    mqd_t queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &small);
    alone(queue);
    by_name(queue);
    notices(queue);
    return 0;
}

/* poll, select and epoll as a program sees them, on every schedule. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(x)                                            \
    do                                                      \
        if (!(x)) {                                         \
            fprintf(stderr, "line %d: %s\n", __LINE__, #x); \
            _exit(1);                                       \
        }                                                   \
    while (0)

static volatile sig_atomic_t called;
static void call(int signal)
{
    called = signal;
}

static void timeouts(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    struct timeval tv = {.tv_usec = 20000};
    struct timespec ts = {.tv_nsec = 20000000};
    struct epoll_event e = {.events = EPOLLIN};
    struct timespec before, after;
    fd_set set;
    int ep = epoll_create1(0);

    clock_gettime(CLOCK_MONOTONIC, &before);
    CHECK(poll(&p, 1, 20) == 0 && p.revents == 0 && poll(&p, 1, 0) == 0);
    FD_ZERO(&set);
    FD_SET(fd, &set);
    CHECK(select(fd + 1, &set, NULL, NULL, &tv) == 0 && !FD_ISSET(fd, &set));
    CHECK(tv.tv_sec == 0 && tv.tv_usec == 0);
    CHECK(ppoll(&p, 1, &ts, NULL) == 0 && pselect(0, NULL, NULL, NULL, &ts, NULL) == 0);
    CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) == 0 && epoll_wait(ep, &e, 1, 20) == 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    long ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    CHECK(ms >= 99 && ms < 2000);
    close(ep);
    /* Below 64: select looks no further than the process's table of descriptors, which begins so small. */
    p.fd = 50;
    CHECK(poll(&p, 1, -1) == 1 && p.revents == POLLNVAL);
    FD_SET(50, &set);
    CHECK(select(51, &set, NULL, NULL, NULL) < 0 && errno == EBADF);
    CHECK(epoll_wait(50, &e, 1, -1) < 0 && errno == EBADF);
}

/* Two children write and end; the parent hears all by one of the calls. */
static void hears(int how)
{
    int pipes[2][2], open = 2, sum = 0, ep = epoll_create1(EPOLL_CLOEXEC);
    struct pollfd p[2];
    char c;

    for (int i = 0; i < 2; i++) {
        CHECK(pipe(pipes[i]) == 0);
        if (fork() == 0) {
            write(pipes[i][1], i ? "\2" : "\1", 1);
            sched_yield();
            write(pipes[i][1], i ? "\4" : "\3", 1);
            _exit(0);
        }
        close(pipes[i][1]);
        p[i] = (struct pollfd){.fd = pipes[i][0], .events = POLLIN};
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
        CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, pipes[i][0], &e) == 0);
    }
    while (open) {
        int ready[2] = {0, 0};
        if (how == 0) {
            CHECK(poll(p, 2, 5000) > 0);
            for (int i = 0; i < 2; i++)
                ready[i] = p[i].revents != 0;
        } else if (how == 1) {
            fd_set set;
            FD_ZERO(&set);
            for (int i = 0; i < 2; i++)
                if (p[i].fd >= 0)
                    FD_SET(p[i].fd, &set);
            CHECK(select(20, &set, NULL, NULL, NULL) > 0);
            for (int i = 0; i < 2; i++)
                ready[i] = p[i].fd >= 0 && FD_ISSET(p[i].fd, &set);
        } else {
            struct epoll_event e[2];
            int n = epoll_wait(ep, e, 2, -1);
            CHECK(n > 0);
            for (int i = 0; i < n; i++)
                ready[e[i].data.u32] = 1;
        }
        for (int i = 0; i < 2; i++) {
            if (!ready[i])
                continue;
            if (read(pipes[i][0], &c, 1) == 1) {
                sum += c;
            } else {
                epoll_ctl(ep, EPOLL_CTL_DEL, pipes[i][0], NULL); /* a child may have it open */
                close(pipes[i][0]);
                p[i].fd = -1;
                open--;
            }
        }
    }
    CHECK(sum == 10);
    close(ep);
    while (wait(NULL) > 0)
        ;
}

static void interrupted(void)
{
    struct sigaction act = {.sa_handler = call, .sa_flags = SA_RESTART};
    sigset_t one, none;
    sigemptyset(&none);
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    sigprocmask(SIG_BLOCK, &one, NULL);
    sigaction(SIGUSR1, &act, NULL);
    for (int i = 0; i < 2; i++) {
        called = 0;
        pid_t child = fork();
        if (child == 0) {
            kill(getppid(), SIGUSR1);
            _exit(0);
        }
        CHECK((i ? ppoll(NULL, 0, NULL, &none) : pselect(0, NULL, NULL, NULL, NULL, &none)) < 0);
        CHECK(errno == EINTR && called == SIGUSR1);
        sigprocmask(SIG_BLOCK, NULL, &none);
        CHECK(sigismember(&none, SIGUSR1));
        sigemptyset(&none);
        waitpid(child, NULL, 0);
    }
}

int main(void)
{
    int p[2];
    pipe(p);
    timeouts(p[0]);
    for (int how = 0; how < 3; how++)
        hears(how);
    interrupted();
    printf("done\n");
    return 0;
}

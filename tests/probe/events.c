/* events.c - eventfd, timerfd, signalfd and pidfd order and block; prints what they return. */
#include "common.h"

/* A counter, and a semaphore: what was done before the write is seen after the read. */
static int try_eventfd(void)
{
    int *p = shared(), e = eventfd(0, 0);
    uint64_t v = 1;
    if (!fork()) {
        p[0] = 42;
        v = 5;
        write(e, &v, 8);
        _exit(0);
    }
    read(e, &v, 8);
    printf("%d %d\n", (int)v, p[0]);
    wait(0);
    int s = eventfd(0, EFD_SEMAPHORE);
    for (int i = 0; i < 3; i++)
        if (!fork()) {
            p[1 + i] = i;
            eventfd_write(s, 1);
            _exit(0);
        }
    for (int i = 0; i < 3; i++)
        eventfd_read(s, &v);
    printf("%d %d %d\n", p[1], p[2], p[3]);
    all_end();
    return 0;
}

static int try_eventfd_poll(void)
{
    int *p = shared(), e = eventfd(0, EFD_NONBLOCK);
    uint64_t v = 1;
    if (!fork()) {
        usleep(100);
        p[0] = 42;
        write(e, &v, 8);
        _exit(0);
    }
    struct pollfd f = {e, POLLIN};
    poll(&f, 1, -1);
    int r = read(e, &v, 8);
    printf("%d %d\n", r, p[0]);
    printf("%d\n", (int)read(e, &v, 8));
    wait(0);
    return 0;
}

/* Virtual time: once, then five periods, while somebody else sleeps longer. */
static int try_timerfd(void)
{
    int t = timerfd_create(CLOCK_MONOTONIC, 0);
    uint64_t v;
    struct itimerspec s = {{0, 0}, {0, 20000000}};
    timerfd_settime(t, 0, &s, 0);
    read(t, &v, 8);
    printf("%d\n", (int)v);
    int *p = shared();
    if (!fork()) {
        sleep(1);
        p[0] = 1;
        _exit(0);
    }
    s.it_value.tv_nsec = 1000000;
    s.it_interval.tv_nsec = 1000000;
    timerfd_settime(t, 0, &s, 0);
    for (int n = 0; n < 5;) {
        struct pollfd f = {t, POLLIN};
        poll(&f, 1, -1);
        read(t, &v, 8);
        n += v;
    }
    wait(0);
    printf("%d\n", p[0]);
    return 0;
}

/* An epoll that ends before the timer, and one that the timer ends. */
static int try_timerfd_long(void)
{
    int t = timerfd_create(CLOCK_MONOTONIC, 0);
    uint64_t v;
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    struct itimerspec s = {{0, 0}, {1, 500000000}};
    timerfd_settime(t, 0, &s, 0);
    int e = epoll_create1(0);
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = t};
    epoll_ctl(e, EPOLL_CTL_ADD, t, &ev);
    int n = epoll_wait(e, &ev, 1, 100);
    printf("%d\n", n);
    n = epoll_wait(e, &ev, 1, -1);
    printf("%d\n", n);
    read(t, &v, 8);
    clock_gettime(CLOCK_MONOTONIC, &b);
    printf("%d %d\n", (int)v, (int)(b.tv_sec - a.tv_sec >= 1));
    return 0;
}

static int try_signalfd(void)
{
    int *p = shared();
    sigset_t m;
    sigemptyset(&m);
    sigaddset(&m, SIGUSR1);
    sigaddset(&m, SIGCHLD);
    sigprocmask(SIG_BLOCK, &m, 0);
    int f = signalfd(-1, &m, 0);
    struct signalfd_siginfo i;
    pid_t c = fork();
    if (!c) {
        p[0] = 7;
        kill(getppid(), SIGUSR1);
        _exit(3);
    }
    read(f, &i, sizeof i);
    printf("%d %d\n", i.ssi_signo, p[0]);
    struct pollfd q = {f, POLLIN};
    poll(&q, 1, -1);
    read(f, &i, sizeof i);
    printf("%d %d\n", i.ssi_signo == SIGCHLD, i.ssi_status);
    wait(0);
    return 0;
}

static int try_pidfd(void)
{
    int *p = shared();
    pid_t c = fork();
    if (!c) {
        p[0] = 9;
        usleep(10);
        _exit(3);
    }
    int f = syscall(SYS_pidfd_open, c, 0);
    struct pollfd q = {f, POLLIN};
    poll(&q, 1, -1);
    printf("%d %d\n", p[0], q.revents);
    siginfo_t i;
    waitid(P_PIDFD, f, &i, WEXITED);
    printf("%d\n", i.si_status);
    c = fork();
    if (!c) {
        pause();
        _exit(1);
    }
    f = pidfd_open(c, 0);
    pidfd_send_signal(f, SIGTERM, 0, 0);
    int s;
    waitpid(c, &s, 0);
    printf("%d\n", WTERMSIG(s));
    return 0;
}

/* Who sees that a pipe or a counter is readable acts on it, and never reads. */
static int e[2], *g;
static void *run(void *a)
{
    struct pollfd p = {e[0], POLLIN};
    poll(&p, 1, -1);
    g[(long)a] = g[0];
    return 0;
}
static int try_shutdownpipe(void)
{
    g = calloc(9, 4);
    pipe(e);
    pthread_t t[3];
    for (long i = 0; i < 3; i++)
        pthread_create(t + i, 0, run, (void *)(i + 1));
    g[0] = 7;
    write(e[1], "x", 1);
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], 0);
    printf("%d %d\n", g[1], g[3]);
    int q = epoll_create1(0), v = eventfd(0, 0);
    struct epoll_event ev = {EPOLLIN, {.u64 = 0x1234567890}};
    epoll_ctl(q, EPOLL_CTL_ADD, v, &ev);
    int *p = shared();
    if (!fork()) {
        p[0] = 8;
        eventfd_write(v, 1);
        _exit(0);
    }
    epoll_wait(q, &ev, 1, -1);
    printf("%d\n", p[0]);
    wait(0);
    return 0;
}

int main(void)
{
    int (*const all[])(void) = {try_eventfd,  try_eventfd_poll, try_timerfd,     try_timerfd_long,
                                try_signalfd, try_pidfd,        try_shutdownpipe};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        all[i]();
        fflush(stdout);
    }
    return 0;
}

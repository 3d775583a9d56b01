/* lives.c - processes and threads that begin and end in unusual ways. */
#include "common.h"

/* Handlers of fork that lock. */
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int n;
static void pre(void)
{
    pthread_mutex_lock(&m);
}
static void post(void)
{
    pthread_mutex_unlock(&m);
}
static void *run(void *a)
{
    for (int i = 0; i < 5; i++) {
        pthread_mutex_lock(&m);
        n++;
        pthread_mutex_unlock(&m);
    }
    return 0;
}
static int try_atfork(void)
{
    pthread_t t;
    pthread_atfork(pre, post, post);
    pthread_create(&t, 0, run, 0);
    int s = 0;
    if (!fork()) {
        pthread_mutex_lock(&m);
        n++;
        pthread_mutex_unlock(&m);
        _exit(4);
    }
    wait(&s);
    pthread_join(t, 0);
    printf("%d %d\n", n, WEXITSTATUS(s));
    return 0;
}

static int *p;
static void a(void)
{
    printf("a %d\n", p[0]);
    fflush(stdout);
    p[0]++;
}
static void b(int s, void *x)
{
    printf("b %d %d\n", s, p[0]);
    fflush(stdout);
}
static void q(void)
{
    printf("q\n");
    fflush(stdout);
}
static int try_atexits(void)
{
    p = shared();
    if (!fork()) {
        atexit(a);
        on_exit(b, 0);
        p[0] = 1;
        exit(3);
    }
    int s;
    wait(&s);
    printf("%d %d\n", WEXITSTATUS(s), p[0]);
    fflush(stdout);
    if (!fork()) {
        at_quick_exit(q);
        quick_exit(4);
    }
    wait(&s);
    printf("%d\n", WEXITSTATUS(s));
    return 0;
}

static int try_daemon(void)
{
    int e[2];
    pipe(e);
    int *p = shared();
    if (!fork()) {
        daemon(0, 1);
        p[0] = 5;
        write(e[1], "x", 1);
        _exit(0);
    }
    char c;
    wait(0);
    close(e[1]);
    read(e[0], &c, 1);
    printf("%c %d\n", c, p[0]);
    return 0;
}

/* A thread that ends by the system call alone. */
static int *left;
static void *end(void *a)
{
    left[0] = 5;
    syscall(SYS_exit, 0);
    return 0;
}
static int try_rawexit(void)
{
    left = calloc(4, 4);
    pthread_t t;
    pthread_create(&t, 0, end, 0);
    pthread_join(t, 0);
    printf("%d\n", left[0]);
    return 0;
}

/* A timer that runs a function. */
static volatile int *fired;
static void fire(union sigval v)
{
    __atomic_fetch_add(fired, 1, 5);
}
static int try_sigevthread(void)
{
    fired = shared();
    struct sigevent e = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = fire};
    timer_t t;
    timer_create(CLOCK_MONOTONIC, &e, &t);
    struct itimerspec s = {{0, 0}, {0, 10000000}};
    timer_settime(t, 0, &s, 0);
    while (!__atomic_load_n(fired, 5))
        usleep(1000);
    printf("%d\n", *fired);
    return 0;
}

int main(void)
{
    int (*const all[])(void) = {try_atfork, try_atexits, try_daemon, try_rawexit, try_sigevthread};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        all[i]();
        fflush(stdout);
    }
    return 0;
}

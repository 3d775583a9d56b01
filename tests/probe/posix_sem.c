/* posix_sem.c - what sem_overview(7) promises, printed: the same natively and on every schedule. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char name[64];

static void tell(const char *what, long result)
{
    printf("%s %ld %s\n", what, result, result < 0 ? strerror(errno) : "");
}

static void value(const char *what, sem_t *sem)
{
    int n = -1;
    sem_getvalue(sem, &n);
    printf("%s: value %d\n", what, n);
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

static void nothing(int signal)
{
    (void)signal;
}

static void alone(sem_t *sem)
{
    struct timespec soon = in_ms(20), bad = {0, 2000000000}, past = {1, 0};
    value("new", sem);
    tell("wait", sem_wait(sem));
    tell("trywait", sem_trywait(sem));
    tell("timedwait", sem_timedwait(sem, &soon));
    tell("past", sem_timedwait(sem, &past));
    tell("bad time", sem_timedwait(sem, &bad));
    tell("post", sem_post(sem));
    tell("past, but free", sem_timedwait(sem, &past));
    tell("clockwait", sem_clockwait(sem, CLOCK_REALTIME, &soon));
    sem_post(sem);
    sem_post(sem);
    value("posted", sem);
    tell("trywait", sem_trywait(sem));
    struct sigaction a = {.sa_handler = nothing};
    sigaction(SIGALRM, &a, NULL);
    sem_wait(sem);
    alarm(1);
    tell("interrupted", sem_wait(sem));
    sem_post(sem);
}

static void by_name(void)
{
    tell("not there", sem_open(name, 0) == SEM_FAILED ? -1 : 0);
    sem_t *sem = sem_open(name, O_CREAT | O_EXCL, 0600, 3);
    value("open", sem);
    tell("again", sem_open(name, O_CREAT | O_EXCL, 0600, 1) == SEM_FAILED ? -1 : 0);
    sem_t *same = sem_open(name, O_CREAT, 0600, 9);
    printf("same %d\n", same == sem);
    value("the first counts", same);
    if (fork() == 0) {
        sem_t *own = sem_open(name, 0);
        for (int i = 0; i < 4; i++)
            sem_wait(own);
        value("child", own);
        sem_close(own);
        _exit(0);
    }
    sem_post(sem);
    wait(NULL);
    tell("close", sem_close(same));
    sem_post(sem);
    tell("unlink", sem_unlink(name));
    tell("unlink", sem_unlink(name));
    value("still there", sem);
    tell("close", sem_close(sem));
    tell("too much", sem_open(name, O_CREAT, 0600, 1u << 31) == SEM_FAILED ? -1 : 0);
    tell("no name", sem_open("/", O_CREAT, 0600, 1) == SEM_FAILED ? -1 : 0);
}

static void shared(void)
{
    struct {
        sem_t lock, done;
        int count;
    } *s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&s->lock, 1, 1);
    sem_init(&s->done, 1, 0);
    for (int i = 0; i < 3; i++)
        if (fork() == 0) {
            for (int k = 0; k < 4; k++) {
                sem_wait(&s->lock);
                s->count++;
                sem_post(&s->lock);
            }
            sem_post(&s->done);
            _exit(0);
        }
    for (int i = 0; i < 3; i++)
        sem_wait(&s->done);
    printf("count %d\n", s->count);
    while (wait(NULL) > 0)
        ;
    tell("destroy", sem_destroy(&s->lock));
    munmap(s, 4096);
}

int main(void)
{
    sem_t here;
    setvbuf(stdout, NULL, _IONBF, 0);
    snprintf(name, sizeof name, "/ipcgrade-test-%d", (int)getpid());
    sem_init(&here, 0, 1);
    alone(&here);
    sem_destroy(&here);
    by_name();
    shared();
    tell("init", sem_init(&here, 0, 1u << 31));
    return 0;
}

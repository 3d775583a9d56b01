/* expect: orphaned-blocking at 59 or deadlock at 59 */
/* The mutex is not robust: who comes after a dead owner waits for ever. */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    pthread_mutex_t mutex;
    int halves;
};

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void check(int error)
{
    if (error != 0)
        stop("pthread call failed");
}

int main(void)
{
    pthread_mutexattr_t attr;
    struct shared *s;
    int status, error;
    pid_t child;

    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        stop("mmap");
    check(pthread_mutexattr_init(&attr));
    check(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED));
    check(pthread_mutex_init(&s->mutex, &attr));
    check(pthread_mutexattr_destroy(&attr));

    child = fork();
    if (child < 0)
        stop("fork");
    if (child == 0) {
        check(pthread_mutex_lock(&s->mutex));
        s->halves = 1;
        raise(SIGKILL);
        s->halves = 2;
        check(pthread_mutex_unlock(&s->mutex));
        exit(0);
    }
    if (waitpid(child, &status, 0) < 0)
        stop("waitpid");

    error = pthread_mutex_lock(&s->mutex);
    if (error == EOWNERDEAD) {
        s->halves = 2;
        error = pthread_mutex_consistent(&s->mutex);
    }
    check(error);
    printf("%d halves\n", s->halves);
    check(pthread_mutex_unlock(&s->mutex));
    check(pthread_mutex_destroy(&s->mutex));
    return 0;
}

/* expect: none */
/* The flag changes under the mutex, and the condition tells the other process. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int ready;
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

static struct shared *make_shared(void)
{
    pthread_mutexattr_t mutex;
    pthread_condattr_t cond;
    struct shared *s;

    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        stop("mmap");
    check(pthread_mutexattr_init(&mutex));
    check(pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED));
    check(pthread_mutex_init(&s->mutex, &mutex));
    check(pthread_mutexattr_destroy(&mutex));
    check(pthread_condattr_init(&cond));
    check(pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_SHARED));
    check(pthread_cond_init(&s->changed, &cond));
    check(pthread_condattr_destroy(&cond));
    return s;
}

int main(void)
{
    struct shared *s = make_shared();
    int status;
    pid_t child = fork();

    if (child < 0)
        stop("fork");
    if (child == 0) {
        check(pthread_mutex_lock(&s->mutex));
        s->ready = 1;
        check(pthread_cond_signal(&s->changed));
        check(pthread_mutex_unlock(&s->mutex));
        exit(0);
    }
    check(pthread_mutex_lock(&s->mutex));
    while (!s->ready)
        check(pthread_cond_wait(&s->changed, &s->mutex));
    check(pthread_mutex_unlock(&s->mutex));

    if (waitpid(child, &status, 0) < 0)
        stop("waitpid");
    printf("the child is ready\n");
    check(pthread_cond_destroy(&s->changed));
    check(pthread_mutex_destroy(&s->mutex));
    return status == 0 ? 0 : 1;
}

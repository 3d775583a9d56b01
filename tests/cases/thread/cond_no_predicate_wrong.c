/* expect: lost-wakeup at 40 or deadlock at 40 or orphaned-blocking at 40 */
/* Main waits for the signal without a look at whether it has come already. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
static int result;

static void check(int error)
{
    if (error != 0)
        stop("pthread call failed");
}

static void *compute(void *unused)
{
    check(pthread_mutex_lock(&mutex));
    result = 12;
    check(pthread_cond_signal(&finished));
    check(pthread_mutex_unlock(&mutex));
    return unused;
}

int main(void)
{
    pthread_t thread;
    int seen;

    check(pthread_create(&thread, NULL, compute, NULL));
    check(pthread_mutex_lock(&mutex));
    check(pthread_cond_wait(&finished, &mutex));
    seen = result;
    check(pthread_mutex_unlock(&mutex));
    check(pthread_join(thread, NULL));
    printf("result %d\n", seen);
    return seen == 12 ? 0 : 1;
}

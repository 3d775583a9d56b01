/* expect: data-race at 36 and 22 */
/* The threads share a volatile stop flag. */

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static volatile int stopped;

static void *spin(void *arg)
{
    long *rounds = arg;

    while (!stopped) {
        ++*rounds;
        sched_yield();
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    long rounds = 0;

    if (pthread_create(&thread, NULL, spin, &rounds) != 0)
        stop("pthread_create");
    stopped = 1;
    if (pthread_join(thread, NULL) != 0)
        stop("pthread_join");
    printf("%s\n", rounds >= 0 ? "stopped" : "turned over");
    return rounds >= 0 ? 0 : 1;
}

/* expect: none */
/* Both threads count under the mutex. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 4

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void lock(void)
{
    if (pthread_mutex_lock(&mutex) != 0)
        stop("pthread_mutex_lock");
}

static void unlock(void)
{
    if (pthread_mutex_unlock(&mutex) != 0)
        stop("pthread_mutex_unlock");
}

static void *up(void *unused)
{
    int i;

    for (i = 0; i < ROUNDS; i++) {
        lock();
        count += 2;
        unlock();
    }
    return unused;
}

static void *down(void *unused)
{
    int i;

    for (i = 0; i < ROUNDS; i++) {
        lock();
        count -= 1;
        unlock();
    }
    return unused;
}

int main(void)
{
    pthread_t a, b;

    if (pthread_create(&a, NULL, up, NULL) != 0 || pthread_create(&b, NULL, down, NULL) != 0)
        stop("pthread_create");
    if (pthread_join(a, NULL) != 0 || pthread_join(b, NULL) != 0)
        stop("pthread_join");
    printf("count %d\n", count);
    return count == ROUNDS ? 0 : 1;
}

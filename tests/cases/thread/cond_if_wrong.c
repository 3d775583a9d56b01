/* expect: schedule-dependent */
/* A consumer that is woken believes that there is something to take. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define CONSUMERS 2

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int items, taken;

static void check(int error)
{
    if (error != 0)
        stop("pthread call failed");
}

static void *consume(void *unused)
{
    check(pthread_mutex_lock(&mutex));
    if (items == 0)
        check(pthread_cond_wait(&changed, &mutex));
    if (items == 0)
        stop("nothing to take");
    items--;
    taken++;
    check(pthread_mutex_unlock(&mutex));
    return unused;
}

int main(void)
{
    pthread_t consumer[CONSUMERS];
    int i;

    for (i = 0; i < CONSUMERS; i++)
        check(pthread_create(&consumer[i], NULL, consume, NULL));
    for (i = 0; i < CONSUMERS; i++) {
        check(pthread_mutex_lock(&mutex));
        items++;
        check(pthread_cond_broadcast(&changed));
        check(pthread_mutex_unlock(&mutex));
    }
    for (i = 0; i < CONSUMERS; i++)
        check(pthread_join(consumer[i], NULL));
    printf("%d taken, %d left\n", taken, items);
    return taken == CONSUMERS && items == 0 ? 0 : 1;
}

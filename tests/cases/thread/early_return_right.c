/* expect: none */
/* The mutex is given back on every way out. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define ENTRIES 4

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int total;

static void book(int sum)
{
    if (pthread_mutex_lock(&mutex) != 0)
        stop("pthread_mutex_lock");
    if (sum == 0) {
        pthread_mutex_unlock(&mutex);
        return;
    }
    total += sum;
    if (pthread_mutex_unlock(&mutex) != 0)
        stop("pthread_mutex_unlock");
}

static void *run(void *unused)
{
    const int entry[ENTRIES] = {4, 3, 0, 3};
    int i;

    for (i = 0; i < ENTRIES; i++)
        book(entry[i]);
    return unused;
}

int main(void)
{
    pthread_t a, b;

    if (pthread_create(&a, NULL, run, NULL) != 0 || pthread_create(&b, NULL, run, NULL) != 0)
        stop("pthread_create");
    if (pthread_join(a, NULL) != 0 || pthread_join(b, NULL) != 0)
        stop("pthread_join");
    printf("total %d\n", total);
    return total == 20 ? 0 : 1;
}

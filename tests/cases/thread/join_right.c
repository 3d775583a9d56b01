/* expect: none */
/* Main reads the sum when it has joined the thread. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void *add_up(void *arg)
{
    int *sum = arg;
    int i, s = 0;

    for (i = 1; i <= 100; i++)
        s += i;
    *sum = s;
    return NULL;
}

int main(void)
{
    pthread_t adder;
    int sum = 0, seen;

    if (pthread_create(&adder, NULL, add_up, &sum) != 0)
        stop("pthread_create");
    if (pthread_join(adder, NULL) != 0)
        stop("pthread_join");
    seen = sum;
    printf("the sum is %d\n", seen);
    return seen == 5050 ? 0 : 1;
}

/* expect: data-race at 34 and 16 */
/* A counter with its mutex: it is destroyed while others may still use it. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct counter {
    pthread_mutex_t lock;
    int value;
};

static void *count(void *at)
{
    struct counter *c = at;
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&c->lock);
        c->value++;
        pthread_mutex_unlock(&c->lock);
    }
    return NULL;
}

int main(void)
{
    struct counter *c = malloc(sizeof *c);
    pthread_t threads[2];

    if (!c)
        return 1;
    pthread_mutex_init(&c->lock, NULL);
    c->value = 0;
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, count, c);
    pthread_mutex_destroy(&c->lock);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    int value = c->value;
    free(c);
    printf("%d\n", value);
    return value != 6;
}

/* expect: unlock-not-held at 17 */
/* Two tellers draw from one account; who finds too little unlocks twice. */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int balance = 30;

static int draw(int amount)
{
    pthread_mutex_lock(&lock);
    int enough = balance >= amount;
    if (enough)
        balance -= amount;
    else
        pthread_mutex_unlock(&lock);
    pthread_mutex_unlock(&lock);
    return enough ? 0 : -1;
}

static void *teller(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++)
        draw(10);
    return NULL;
}

int main(void)
{
    pthread_t tellers[2];

    for (int i = 0; i < 2; i++)
        pthread_create(&tellers[i], NULL, teller, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(tellers[i], NULL);
    printf("%d left\n", balance);
    return balance != 0;
}

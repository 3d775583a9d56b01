/* Threads as a program sees them: every call's result as natively, on every schedule, and no race. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define CHECK(x)                                            \
    do                                                      \
        if (!(x)) {                                         \
            fprintf(stderr, "line %d: %s\n", __LINE__, #x); \
            exit(1);                                        \
        }                                                   \
    while (0)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int counter, made;
static atomic_int destroyed;
static __thread int mine;

static struct timespec in(clockid_t clock, long seconds)
{
    struct timespec t;
    clock_gettime(clock, &t);
    t.tv_sec += seconds;
    return t;
}

static pthread_mutex_t made_of(int kind)
{
    pthread_mutexattr_t a;
    pthread_mutex_t m;
    pthread_mutexattr_init(&a);
    pthread_mutexattr_settype(&a, kind);
    pthread_mutex_init(&m, &a);
    return m;
}

static void *tries(void *m)
{
    struct timespec soon = in(CLOCK_REALTIME, 1);
    CHECK(pthread_mutex_trylock(m) == EBUSY);
    CHECK(pthread_mutex_timedlock(m, &soon) == ETIMEDOUT);
    return NULL;
}

static void mutexes(void)
{
    pthread_t t;
    pthread_mutex_t r = made_of(PTHREAD_MUTEX_RECURSIVE), e = made_of(PTHREAD_MUTEX_ERRORCHECK);
    CHECK(pthread_mutex_lock(&r) == 0 && pthread_mutex_lock(&r) == 0);
    CHECK(pthread_mutex_unlock(&r) == 0);
    CHECK(pthread_create(&t, NULL, tries, &r) == 0 && pthread_join(t, NULL) == 0);
    CHECK(pthread_mutex_unlock(&r) == 0 && pthread_mutex_unlock(&r) == EPERM);
    CHECK(pthread_mutex_lock(&e) == 0 && pthread_mutex_lock(&e) == EDEADLK);
    CHECK(pthread_mutex_destroy(&e) == EBUSY && pthread_mutex_unlock(&e) == 0);
    CHECK(pthread_mutex_unlock(&e) == EPERM && pthread_mutex_destroy(&e) == 0);
}

static void *counts(void *arg)
{
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        pthread_cond_broadcast(&cond);
        pthread_mutex_unlock(&mutex);
        mine++;
    }
    CHECK(mine == 3);
    return arg;
}

static void conditions(void)
{
    pthread_t t;
    struct timespec soon = in(CLOCK_REALTIME, 1), far = in(CLOCK_REALTIME, 5000);
    void *got = NULL;

    counter = 0;
    CHECK(pthread_mutex_lock(&mutex) == 0);
    CHECK(pthread_cond_timedwait(&cond, &mutex, &soon) == ETIMEDOUT);
    CHECK(pthread_create(&t, NULL, counts, &counter) == 0);
    while (counter < 3)
        CHECK(pthread_cond_timedwait(&cond, &mutex, &far) == 0);
    pthread_mutex_unlock(&mutex);
    CHECK(pthread_join(t, &got) == 0 && got == &counter);
}

static void make(void)
{
    made++;
    sched_yield();
}

static void destroy(void *value)
{
    atomic_fetch_add(&destroyed, *(int *)value);
    free(value);
}

/* Heap memory that one thread frees and another gets. */
static void *works(void *arg)
{
    int *own = malloc(sizeof *own);
    pthread_once(&once, make);
    *own = made;
    pthread_setspecific(key, own);
    for (int i = 0; i < 4; i++) {
        char *text = malloc(64);
        snprintf(text, 64, "text %d", i);
        text[0]++;
        free(text);
    }
    return arg;
}

static void memory(void)
{
    pthread_t t[2];
    destroyed = 0;
    pthread_key_create(&key, destroy);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&t[i], NULL, works, NULL) == 0);
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
    CHECK(made == 1 && destroyed == 2);
    pthread_key_delete(key);
}

static void *sleeps(void *arg)
{
    for (;;)
        sleep(1);
    return arg;
}

static void cleanup(void *m)
{
    counter = 77;
    pthread_mutex_unlock(m);
}

static void *waits(void *m)
{
    pthread_mutex_lock(m);
    pthread_cleanup_push(cleanup, m);
    for (;;)
        pthread_cond_wait(&cond, m);
    pthread_cleanup_pop(0);
    return NULL;
}

static pthread_once_t left_once = PTHREAD_ONCE_INIT;
static sem_t entered;
static int attempts;

static void is_left_at_first(void)
{
    if (attempts++ == 0) {
        sem_post(&entered);
        for (;;)
            pause();
    }
}

static void *runs_once(void *arg)
{
    pthread_once(&left_once, is_left_at_first);
    return arg;
}

static void cancels_in_once(void)
{
    pthread_t t, u;
    sem_init(&entered, 0, 0);
    pthread_create(&t, NULL, runs_once, NULL);
    sem_wait(&entered);
    pthread_create(&u, NULL, runs_once, NULL);
    CHECK(pthread_cancel(t) == 0);
    CHECK(pthread_join(u, NULL) == 0);
    CHECK(pthread_join(t, NULL) == 0);
    CHECK(attempts == 2);
}

static void cancels(void)
{
    pthread_t t;
    void *got = NULL;
    CHECK(pthread_create(&t, NULL, sleeps, NULL) == 0);
    CHECK(pthread_tryjoin_np(t, NULL) == EBUSY);
    CHECK(pthread_cancel(t) == 0);
    CHECK(pthread_join(t, &got) == 0 && got == PTHREAD_CANCELED);
    CHECK(pthread_create(&t, NULL, waits, &mutex) == 0);
    CHECK(pthread_cancel(t) == 0);
    CHECK(pthread_join(t, &got) == 0 && got == PTHREAD_CANCELED);
    CHECK(pthread_mutex_trylock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
}

struct shared {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    pthread_barrier_t barrier;
    pthread_rwlock_t lock;
    int flag, sum;
};

static void *adds(void *at)
{
    struct shared *s = at;
    pthread_barrier_wait(&s->barrier);
    pthread_rwlock_wrlock(&s->lock);
    s->sum++;
    pthread_rwlock_unlock(&s->lock);
    return NULL;
}

static void between_processes(void)
{
    int id = shmget(IPC_PRIVATE, 4096, 0600), status;
    struct shared *s = shmat(id, NULL, 0);
    pthread_mutexattr_t m;
    pthread_condattr_t c;
    pthread_barrierattr_t b;
    pthread_rwlockattr_t l;
    pthread_t t;

    shmctl(id, IPC_RMID, NULL);
    pthread_mutexattr_init(&m);
    pthread_mutexattr_setpshared(&m, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&m, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&s->mutex, &m);
    pthread_condattr_init(&c);
    pthread_condattr_setpshared(&c, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&s->cond, &c);
    pthread_barrierattr_init(&b);
    pthread_barrierattr_setpshared(&b, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&s->barrier, &b, 4);
    pthread_rwlockattr_init(&l);
    pthread_rwlockattr_setpshared(&l, PTHREAD_PROCESS_SHARED);
    pthread_rwlock_init(&s->lock, &l);
    pid_t child = fork();
    CHECK(pthread_create(&t, NULL, adds, s) == 0);
    adds(s);
    CHECK(pthread_join(t, NULL) == 0);
    if (child == 0) {
        pthread_mutex_lock(&s->mutex);
        s->flag = 1;
        pthread_cond_signal(&s->cond);
        _exit(0); /* with the mutex */
    }
    int r = pthread_mutex_lock(&s->mutex);
    while (r == 0 && !s->flag)
        r = pthread_cond_wait(&s->cond, &s->mutex);
    CHECK(r == EOWNERDEAD && s->flag == 1);
    CHECK(pthread_mutex_consistent(&s->mutex) == 0 && pthread_mutex_unlock(&s->mutex) == 0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(s->sum == 4);
    shmdt(s);
}

static int c11(void *arg)
{
    mtx_t *m = arg;
    mtx_lock(m);
    counter++;
    mtx_unlock(m);
    return 5;
}

static atomic_int published;
static int payload;

static void *publishes(void *arg)
{
    payload = 9;
    atomic_store_explicit(&published, 1, memory_order_release);
    atomic_store_explicit(&published, 2, memory_order_relaxed); /* of the same release sequence */
    return arg;
}

static void atomics(void)
{
    pthread_t t;
    pthread_create(&t, NULL, publishes, NULL);
    while (atomic_load_explicit(&published, memory_order_acquire) != 2)
        sched_yield();
    CHECK(payload == 9);
    pthread_join(t, NULL);
}

static void *detached(void *arg)
{
    pthread_mutex_lock(&mutex);
    counter = 1000;
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&mutex);
    return arg;
}

int main(void)
{
    pthread_t t;
    thrd_t c;
    mtx_t m;
    int value;

    mutexes();
    conditions();
    memory();
    cancels();
    cancels_in_once();
    between_processes();
    atomics();
    counter = 0;
    mtx_init(&m, mtx_plain);
    CHECK(thrd_create(&c, c11, &m) == thrd_success);
    CHECK(thrd_join(c, &value) == thrd_success && value == 5 && counter == 1);
    for (int i = 0; i < 3; i++) { /* on the same stack, perhaps */
        pthread_mutex_lock(&mutex);
        counter = 0;
        CHECK(pthread_create(&t, NULL, detached, NULL) == 0 && pthread_detach(t) == 0);
        while (!counter)
            pthread_cond_wait(&cond, &mutex);
        pthread_mutex_unlock(&mutex);
    }
    printf("done\n");
    CHECK(pthread_create(&t, NULL, counts, NULL) == 0 && pthread_detach(t) == 0);
    pthread_exit(NULL); /* the last thread ends the process with 0 */
}

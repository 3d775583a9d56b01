/* c11.c - C11 threads: glibc's are its POSIX threads under other names, which do not come by ours.
 */
#include "../sync.h"

#include <errno.h>
#include <threads.h>

static int result(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case ENOMEM:
        return thrd_nomem;
    case ETIMEDOUT:
        return thrd_timedout;
    case EBUSY:
        return thrd_busy;
    default:
        return thrd_error;
    }
}

struct call {
    int (*run)(void *);
    void *argument;
};

static void *run_thread(void *at)
{
    struct call call = *(struct call *)at;
    heap_put(at, sizeof call);
    return (void *)(long)call.run(call.argument);
}

EXPORT int thrd_create(thrd_t *thread, thrd_start_t run, void *argument)
{
    if (!probe_on())
        return REAL(thrd_create)(thread, run, argument);
    struct call *call = heap_get(sizeof *call);
    *call = (struct call){run, argument};
    return result(VIA(pthread_create(thread, NULL, run_thread, call)));
}

EXPORT int thrd_join(thrd_t thread, int *value)
{
    void *got = NULL;
    if (!probe_on())
        return REAL(thrd_join)(thread, value);
    int r = VIA(pthread_join(thread, &got));
    if (value && r == 0)
        *value = (int)(long)got;
    return result(r);
}

EXPORT void thrd_exit(int value)
{
    pthread_exit((void *)(long)value);
}

EXPORT int thrd_detach(thrd_t thread)
{
    return result(VIA(pthread_detach(thread)));
}

EXPORT int mtx_lock(mtx_t *m)
{
    return result(VIA(pthread_mutex_lock((pthread_mutex_t *)m)));
}

EXPORT int mtx_trylock(mtx_t *m)
{
    return result(VIA(pthread_mutex_trylock((pthread_mutex_t *)m)));
}

EXPORT int mtx_timedlock(mtx_t *restrict m, const struct timespec *restrict until)
{
    return result(VIA(pthread_mutex_timedlock((pthread_mutex_t *)m, until)));
}

EXPORT int mtx_unlock(mtx_t *m)
{
    return result(VIA(pthread_mutex_unlock((pthread_mutex_t *)m)));
}

EXPORT void mtx_destroy(mtx_t *m)
{
    (void)VIA(pthread_mutex_destroy((pthread_mutex_t *)m));
}

EXPORT int cnd_init(cnd_t *c)
{
    return result(VIA(pthread_cond_init((pthread_cond_t *)c, NULL)));
}

EXPORT int cnd_wait(cnd_t *c, mtx_t *m)
{
    return result(VIA(pthread_cond_wait((pthread_cond_t *)c, (pthread_mutex_t *)m)));
}

EXPORT int cnd_timedwait(cnd_t *restrict c, mtx_t *restrict m,
                         const struct timespec *restrict until)
{
    return result(VIA(pthread_cond_timedwait((pthread_cond_t *)c, (pthread_mutex_t *)m, until)));
}

EXPORT int cnd_signal(cnd_t *c)
{
    return result(VIA(pthread_cond_signal((pthread_cond_t *)c)));
}

EXPORT int cnd_broadcast(cnd_t *c)
{
    return result(VIA(pthread_cond_broadcast((pthread_cond_t *)c)));
}

EXPORT void cnd_destroy(cnd_t *c)
{
    (void)VIA(pthread_cond_destroy((pthread_cond_t *)c));
}

EXPORT void call_once(once_flag *flag, void (*run)(void))
{
    (void)VIA(pthread_once((pthread_once_t *)flag, run));
}

/* raw.c - system calls by their number, and a lock made of the futex by hand. */
#include "common.h"

static int try_rawcalls(void)
{
    int *p = shared(), e[2];
    char c;
    syscall(SYS_pipe2, e, 0);
    if (!fork()) {
        p[0] = 4;
        syscall(SYS_write, e[1], "x", 1);
        syscall(SYS_exit_group, 3);
    }
    syscall(SYS_read, e[0], &c, 1);
    int s = 0;
    printf("%c %d\n", c, p[0]);
    syscall(SYS_wait4, -1, &s, 0, 0);
    printf("%d %d\n", WEXITSTATUS(s), syscall(SYS_getpid) == getpid());
    int id = syscall(SYS_semget, IPC_PRIVATE, 1, 0600);
    if (!fork()) {
        p[1] = 6;
        struct sembuf b = {0, 1, 0};
        syscall(SYS_semop, id, &b, 1);
        _exit(0);
    }
    struct sembuf b = {0, -1, 0};
    syscall(SYS_semop, id, &b, 1);
    printf("%d\n", p[1]);
    wait(0);
    syscall(SYS_semctl, id, 0, IPC_RMID, 0);
    int q = syscall(SYS_msgget, IPC_PRIVATE, 0600);
    struct {
        long t;
        int v;
    } m = {1, 5};
    if (!fork()) {
        p[2] = 7;
        syscall(SYS_msgsnd, q, &m, sizeof m.v, 0);
        _exit(0);
    }
    m.v = 0;
    syscall(SYS_msgrcv, q, &m, sizeof m.v, 0, 0);
    printf("%d %d\n", m.v, p[2]);
    wait(0);
    syscall(SYS_msgctl, q, IPC_RMID, 0);
    syscall(SYS_nanosleep, &(struct timespec){0, 1000}, 0);
    printf("%d\n", syscall(SYS_gettid) == gettid());
    return 0;
}

static void lock(atomic_int *m)
{
    int c = 0;
    if (!atomic_compare_exchange_strong(m, &c, 1)) {
        if (c != 2)
            c = atomic_exchange(m, 2);
        while (c) {
            syscall(SYS_futex, m, FUTEX_WAIT, 2, 0, 0, 0);
            c = atomic_exchange(m, 2);
        }
    }
}
static void unlock(atomic_int *m)
{
    if (atomic_fetch_sub(m, 1) != 1) {
        atomic_store(m, 0);
        syscall(SYS_futex, m, FUTEX_WAKE, 1, 0, 0, 0);
    }
}
static int try_futex(void)
{
    int *p = shared();
    for (int i = 0; i < 3; i++)
        if (!fork()) {
            for (int k = 0; k < 3; k++) {
                lock((atomic_int *)p);
                p[1]++;
                unlock((atomic_int *)p);
            }
            _exit(0);
        }
    all_end();
    printf("%d\n", p[1]);
    struct timespec ts = {0, 1000000};
    p[2] = 0;
    int r = syscall(SYS_futex, p + 2, FUTEX_WAIT, 0, &ts, 0, 0);
    printf("%d %d\n", r, errno == ETIMEDOUT);
    return 0;
}

int main(void)
{
    int (*const all[])(void) = {try_rawcalls, try_futex};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        all[i]();
        fflush(stdout);
    }
    return 0;
}

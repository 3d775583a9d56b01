/*
 * deadlock.c - two processes lock two semaphores, crosswise with -DCROSSWISE and in the same order without.
 *
 * Before each lock that may be the one that closes the circle a process prints what the monotonic clock says,
 * by bare system calls: the libraries' clocks are virtual under the probe, and these calls no points. The last
 * number that is printed is a moment just before the deadlock exists.
 */
#include <stdio.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int set;

static long bare(long number, long a, const void *b, long c)
{
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

static void print_clock(void)
{
    struct timespec now;
    char text[64];
    int length;

    bare(SYS_clock_gettime, CLOCK_MONOTONIC, &now, 0);
    length = snprintf(text, sizeof text, "%lld\n", now.tv_sec * 1000000000LL + now.tv_nsec);
    bare(SYS_write, 1, text, length);
}

static int change(int semaphore, int by)
{
    struct sembuf operation = {.sem_num = (unsigned short)semaphore, .sem_op = (short)by};
    return semop(set, &operation, 1);
}

static void lock_both(int first, int second)
{
    change(first, -1);
#ifdef CROSSWISE
    change(2, -1); /* both have one: */
    change(2, 0);
#endif
    print_clock();
    change(second, -1);
    change(second, 1);
    change(first, 1);
}

int main(void)
{
    set = semget(IPC_PRIVATE, 3, 0600);
    if (set < 0 || change(0, 1) < 0 || change(1, 1) < 0 || change(2, 2) < 0)
        return 1;
    if (fork() == 0) {
#ifdef CROSSWISE
        lock_both(1, 0);
#else
        lock_both(0, 1);
#endif
        return 0;
    }
    lock_both(0, 1);
    wait(NULL);
    return semctl(set, 0, IPC_RMID);
}

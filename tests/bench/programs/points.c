/*
 * points.c - many points and little else: what one decision costs is the difference of many and few.
 *
 *   points call PROCESSES ROUNDS      each raises and lowers a semaphore of its own, so that nobody waits
 *   points access PROCESSES ROUNDS    each reads and writes a shared number of its own
 *
 * With -DKIND, -DPROCESSES and -DROUNDS whatever its arguments are.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 8 };

static void call(int set, int number, long rounds)
{
    struct sembuf up = {.sem_num = (unsigned short)number, .sem_op = 1};
    struct sembuf down = {.sem_num = (unsigned short)number, .sem_op = -1};
    for (long i = 0; i < rounds; i++)
        if (semop(set, &up, 1) < 0 || semop(set, &down, 1) < 0)
            _exit(1);
}

static void access_it(volatile int *number, long rounds)
{
    for (long i = 0; i < rounds; i++)
        *number = *number + 1;
}

#ifndef KIND
#define KIND      argv[1]
#define PROCESSES atoi(argv[2])
#define ROUNDS    atol(argv[3])
#endif

int main(int argc, char *argv[])
{
    if (argc < 2)
        return 1;
    int processes = PROCESSES, status, bad = 0;
    long rounds = ROUNDS;
    int set = semget(IPC_PRIVATE, MOST, 0600);
    int *numbers = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (processes > MOST || set < 0 || numbers == MAP_FAILED)
        return 1;
    for (int i = 0; i < processes; i++)
        if (fork() == 0) {
            if (KIND[0] == 'c')
                call(set, i, rounds);
            else
                access_it(&numbers[16 * i], rounds);
            _exit(0);
        }
    while (wait(&status) > 0)
        bad |= status;
    return semctl(set, 0, IPC_RMID) < 0 || bad;
}

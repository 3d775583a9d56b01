/* expect: schedule-dependent */
/* The parent removes the segment at once, but the worker still has to look it up. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int work(int *total)
{
    int i;

    for (i = 1; i <= 4; i++)
        *total += i;
    return 0;
}

int main(void)
{
    int shm, status, total = 0;
    int *sum;
    key_t key;
    pid_t child;

    key = ftok(".", 's');
    if (key == -1)
        die("ftok");
    shm = shmget(key, sizeof *sum, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    sum = shmat(shm, NULL, 0);
    if (sum == (void *)-1)
        die("shmat");

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        shm = shmget(key, sizeof *sum, 0);
        if (shm < 0)
            die("shmget");
        sum = shmat(shm, NULL, 0);
        if (sum == (void *)-1)
            die("shmat");
        exit(work(sum));
    }
    if (shmctl(shm, IPC_RMID, NULL) < 0)
        die("shmctl");

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    total = *sum;
    printf("the sum is %d\n", total);
    if (shmdt(sum) < 0)
        die("shmdt");
    return total == 10 && status == 0 ? 0 : 1;
}

/* expect: none */
/* A segment that is attached at two addresses is still one: the writers take turns. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    int shm, status, sum;
    int *here, *there;
    pid_t child;

    shm = shmget(IPC_PRIVATE, sizeof *here, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    here = shmat(shm, NULL, 0);
    if (here == (void *)-1)
        die("shmat");
    there = shmat(shm, NULL, 0);
    if (there == (void *)-1)
        die("shmat");

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        *there += 5;
        exit(0);
    }
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    *here += 6;

    sum = *here;
    printf("sum %d\n", sum);
    if (shmdt(there) < 0)
        die("shmdt");
    if (shmdt(here) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    return sum == 11 && status == 0 ? 0 : 1;
}

/* expect: leak-sysv-shm */
/* The segment is never removed. */

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
    int shm, status, seen;
    int *answer;
    pid_t child;

    shm = shmget(IPC_PRIVATE, sizeof *answer, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    answer = shmat(shm, NULL, 0);
    if (answer == (void *)-1)
        die("shmat");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        *answer = 42;
        exit(0);
    }

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    seen = *answer;
    printf("the answer is %d\n", seen);
    if (shmdt(answer) < 0)
        die("shmdt");
    return seen == 42 && status == 0 ? 0 : 1;
}

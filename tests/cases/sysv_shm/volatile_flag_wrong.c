/* expect: data-race at 39 and 43 */
/* The reader waits for a volatile flag; volatile does not order anything. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

struct figures {
    int sum;
    volatile int ready;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    int shm, status, seen;
    struct figures *f;
    pid_t child;

    shm = shmget(IPC_PRIVATE, sizeof *f, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    f = shmat(shm, NULL, 0);
    if (f == (void *)-1)
        die("shmat");

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        f->sum = 1 + 2 + 3;
        f->ready = 1;
        exit(0);
    }

    while (f->ready == 0)
        usleep(1000);
    seen = f->sum;
    printf("the sum is %d\n", seen);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (shmdt(f) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    return seen == 6 && status == 0 ? 0 : 1;
}

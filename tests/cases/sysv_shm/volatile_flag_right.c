/* expect: none */
/* The reader waits in a pipe until the writer has put the figures down. */

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
    int done[2];
    char byte = 'd';
    pid_t child;

    shm = shmget(IPC_PRIVATE, sizeof *f, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    f = shmat(shm, NULL, 0);
    if (f == (void *)-1)
        die("shmat");
    if (pipe(done) < 0)
        die("pipe");

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        f->sum = 1 + 2 + 3;
        close(done[0]);
        if (write(done[1], &byte, 1) != 1)
            die("write");
        exit(0);
    }
    close(done[1]);

    if (read(done[0], &byte, 1) != 1)
        die("read");
    close(done[0]);
    seen = f->sum;
    printf("the sum is %d\n", seen);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (shmdt(f) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    return seen == 6 && status == 0 ? 0 : 1;
}

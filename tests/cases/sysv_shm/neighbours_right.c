/* expect: none */
/* Two processes count in two bytes that lie side by side: nothing is shared. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 5

struct votes {
    unsigned char yes;
    unsigned char no;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    int shm, i, status, yes, no;
    struct votes *v;
    pid_t child;

    shm = shmget(IPC_PRIVATE, sizeof *v, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    v = shmat(shm, NULL, 0);
    if (v == (void *)-1)
        die("shmat");
    child = fork();
    if (child < 0)
        die("fork");
    for (i = 0; i < ROUNDS; i++) {
        if (child == 0)
            v->yes++;
        else
            v->no++;
    }
    if (child == 0)
        exit(0);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    yes = v->yes;
    no = v->no;
    printf("%d yes, %d no\n", yes, no);
    if (shmdt(v) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    return yes == ROUNDS && no == ROUNDS && status == 0 ? 0 : 1;
}

/* expect: data-race at 40 and 42 */
/* Two processes count in two bit-fields of the same byte. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 5

struct votes {
    unsigned char yes : 4;
    unsigned char no : 4;
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

/* expect: none */
/* The child says that it is done also when there was nothing to do. */

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int work(atomic_int *done, int amount)
{
    while (amount > 0)
        amount--;
    atomic_store(done, 1);
    return 0;
}

int main(void)
{
    atomic_int *done;
    int status;
    pid_t child;

    done = mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (done == MAP_FAILED)
        die("mmap");
    atomic_init(done, 0);
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0)
        exit(work(done, 0));

    while (!atomic_load(done))
        sched_yield();
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("all is done\n");
    return status == 0 ? 0 : 1;
}

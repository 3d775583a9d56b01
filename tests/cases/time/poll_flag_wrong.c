/* expect: data-race at 36 and 39 */
/* The parent polls a plain flag. */

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    int done;
    int result;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    struct shared *s;
    int status, seen;
    pid_t child;

    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        die("mmap");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        s->result = 365;
        s->done = 1;
        exit(0);
    }
    while (s->done == 0)
        usleep(1000);
    seen = s->result;
    printf("the result is %d\n", seen);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    return seen == 365 && status == 0 ? 0 : 1;
}

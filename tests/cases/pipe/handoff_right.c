/* expect: none */
/* The child writes its result to shared memory and then a byte to the pipe. */

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

int main(void)
{
    int ready[2], status, seen;
    char byte = '!';
    int *result;
    pid_t child;

    result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (result == MAP_FAILED)
        die("mmap");
    if (pipe(ready) < 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(ready[0]);
        *result = 17;
        if (write(ready[1], &byte, 1) != 1)
            die("write");
        exit(0);
    }
    close(ready[1]);

    if (read(ready[0], &byte, 1) != 1)
        die("read");
    seen = *result;
    printf("result %d\n", seen);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    close(ready[0]);
    return seen == 17 && status == 0 ? 0 : 1;
}

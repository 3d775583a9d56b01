/* expect: none */
/* The child puts its result into memory that both have mapped. */

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

static int *result;

int main(void)
{
    int status;
    pid_t child;

    result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (result == MAP_FAILED)
        die("mmap");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        *result = 42;
        exit(0);
    }
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("the result is %d\n", *result);
    return *result == 42 && status == 0 ? 0 : 1;
}

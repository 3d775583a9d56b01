/* expect: none */
/* Each worker fills its own half of the array. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define HALF 4

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void fill(int *squares, int from)
{
    int i;

    for (i = from; i < from + HALF; i++)
        squares[i] = i * i;
}

int main(void)
{
    int i, status, sum = 0, failed = 0;
    int *squares;
    pid_t child;

    squares = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (squares == MAP_FAILED)
        die("mmap");
    for (i = 0; i < 2; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            fill(squares, i * HALF);
            exit(0);
        }
    }
    for (i = 0; i < 2; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    for (i = 0; i < 2 * HALF; i++)
        sum += squares[i];
    printf("sum %d\n", sum);
    if (munmap(squares, 4096) < 0)
        die("munmap");
    return sum == 140 && !failed ? 0 : 1;
}

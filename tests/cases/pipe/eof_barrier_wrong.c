/* expect: pipe-end-open at 43 or deadlock at 43 */
/* The parent has kept the write end itself and will never see the end. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 3

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    int gate[2], i, status, sum = 0, failed = 0;
    char byte;
    int *part;
    pid_t child;

    part = mmap(NULL, WORKERS * sizeof *part, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                -1, 0);
    if (part == MAP_FAILED)
        die("mmap");
    if (pipe(gate) < 0)
        die("pipe");
    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            close(gate[0]);
            part[i] = i + 1;
            close(gate[1]);
            exit(0);
        }
    }

    if (read(gate[0], &byte, 1) != 0)
        die("read");
    for (i = 0; i < WORKERS; i++)
        sum += part[i];
    printf("sum %d\n", sum);

    for (i = 0; i < WORKERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    close(gate[0]);
    return sum == WORKERS * (WORKERS + 1) / 2 && !failed ? 0 : 1;
}

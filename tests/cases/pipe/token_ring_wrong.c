/* expect: data-race at 38 and 38 */
/* Each process passes the token on before it changes the total. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NODES 3
#define LAPS  2

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int ring[NODES][2];

static void run(int me, int *total)
{
    char token;
    int i;

    /* I read from my own pipe and write to the next one; the others are not mine. */
    for (i = 0; i < NODES; i++) {
        if (i != me)
            close(ring[i][0]);
        if (i != (me + 1) % NODES)
            close(ring[i][1]);
    }
    for (i = 0; i < LAPS; i++) {
        if (read(ring[me][0], &token, 1) != 1)
            die("read");
        if (write(ring[(me + 1) % NODES][1], &token, 1) != 1)
            die("write");
        *total += me + 1;
    }
    if (me == 0 && read(ring[me][0], &token, 1) != 1)
        die("read");
}

int main(void)
{
    char token = 't';
    int i, status, sum, failed = 0;
    int *total;
    pid_t child;

    total = mmap(NULL, sizeof *total, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (total == MAP_FAILED)
        die("mmap");
    for (i = 0; i < NODES; i++) {
        if (pipe(ring[i]) < 0)
            die("pipe");
    }
    for (i = 0; i < NODES; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            run(i, total);
            exit(0);
        }
    }
    if (write(ring[0][1], &token, 1) != 1)
        die("write");
    for (i = 0; i < NODES; i++) {
        close(ring[i][0]);
        close(ring[i][1]);
    }
    for (i = 0; i < NODES; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    sum = *total;
    printf("total %d\n", sum);
    return sum == LAPS * NODES * (NODES + 1) / 2 && !failed ? 0 : 1;
}

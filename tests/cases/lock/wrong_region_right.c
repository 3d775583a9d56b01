/* expect: none */
/* Both workers lock the byte that stands for the total. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 2
#define ROUNDS  3

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void work(int me, int *total)
{
    off_t place = WORKERS;
    int fd, i;

    fd = open("places", O_RDWR);
    if (fd < 0)
        die("open");
    for (i = 0; i < ROUNDS; i++) {
        if (lseek(fd, place, SEEK_SET) < 0 || lockf(fd, F_LOCK, 1) < 0)
            die("lockf");
        *total += me + 1;
        if (lockf(fd, F_ULOCK, 1) < 0)
            die("lockf");
    }
    close(fd);
}

int main(void)
{
    int fd, i, status, sum, failed = 0;
    int *total;
    pid_t child;

    fd = open("places", O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0)
        die("open");
    close(fd);
    total = mmap(NULL, sizeof *total, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (total == MAP_FAILED)
        die("mmap");
    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            work(i, total);
            exit(0);
        }
    }
    for (i = 0; i < WORKERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    sum = *total;
    printf("total %d\n", sum);
    if (unlink("places") < 0)
        die("unlink");
    return sum == ROUNDS * WORKERS * (WORKERS + 1) / 2 && !failed ? 0 : 1;
}

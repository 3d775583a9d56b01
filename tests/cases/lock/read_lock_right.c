/* expect: none */
/* Who changes the sum has a write lock. */

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

static void set_lock(int fd, int type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

    if (fcntl(fd, F_SETLKW, &lock) < 0)
        die("fcntl");
}

static void work(int fd, int *sum)
{
    int i;

    for (i = 1; i <= ROUNDS; i++) {
        set_lock(fd, F_WRLCK);
        *sum += i;
        set_lock(fd, F_UNLCK);
    }
}

int main(void)
{
    int fd, i, status, total, failed = 0;
    int *sum;
    pid_t child;

    fd = open("sum.lock", O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0)
        die("open");
    if (unlink("sum.lock") < 0)
        die("unlink");
    sum = mmap(NULL, sizeof *sum, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (sum == MAP_FAILED)
        die("mmap");
    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            work(fd, sum);
            exit(0);
        }
    }
    for (i = 0; i < WORKERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    total = *sum;
    printf("sum %d\n", total);
    close(fd);
    return total == WORKERS * ROUNDS * (ROUNDS + 1) / 2 && !failed ? 0 : 1;
}

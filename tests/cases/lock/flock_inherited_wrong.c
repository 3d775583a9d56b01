/* expect: data-race at 29 and 29 */
/* The workers share the descriptor that they inherited, and with it the lock. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 2
#define ROUNDS  3
#define PATH    "stock.lock"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void work(int fd, int *stock)
{
    int i;

    for (i = 0; i < ROUNDS; i++) {
        if (flock(fd, LOCK_EX) < 0)
            die("flock");
        *stock -= 1;
        if (flock(fd, LOCK_UN) < 0)
            die("flock");
    }
    close(fd);
}

int main(void)
{
    int fd, i, status, left, failed = 0;
    int *stock;
    pid_t child;

    fd = open(PATH, O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0)
        die("open");
    stock = mmap(NULL, sizeof *stock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (stock == MAP_FAILED)
        die("mmap");
    *stock = WORKERS * ROUNDS;
    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            work(fd, stock);
            exit(0);
        }
    }
    for (i = 0; i < WORKERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    left = *stock;
    printf("%d left\n", left);
    close(fd);
    if (unlink(PATH) < 0)
        die("unlink");
    return left == 0 && !failed ? 0 : 1;
}

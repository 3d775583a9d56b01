/* expect: none */
/* The file that is locked is not opened a second time. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 2
#define PATH    "account"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void look_at_file(void)
{
    int fd;

    fd = open(PATH, O_RDONLY);
    if (fd < 0)
        die("open");
    close(fd);
}

static void book(int *sum)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd;

    fd = open(PATH, O_RDWR);
    if (fd < 0)
        die("open");
    look_at_file();
    if (fcntl(fd, F_SETLKW, &lock) < 0)
        die("fcntl");
    *sum += 50;
    lock.l_type = F_UNLCK;
    if (fcntl(fd, F_SETLK, &lock) < 0)
        die("fcntl");
    close(fd);
}

int main(void)
{
    int fd, i, status, total, failed = 0;
    int *sum;
    pid_t child;

    fd = open(PATH, O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0)
        die("open");
    close(fd);
    sum = mmap(NULL, sizeof *sum, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (sum == MAP_FAILED)
        die("mmap");
    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            book(sum);
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
    if (unlink(PATH) < 0)
        die("unlink");
    return total == 50 * WORKERS && !failed ? 0 : 1;
}

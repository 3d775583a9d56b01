/* expect: data-race at 31 and 31 or unchecked-error at 30 */
/* Who does not get the lock at once goes on without it. */

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

static int count_up(int *count)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd, i;

    fd = open("counter.lock", O_RDWR);
    if (fd < 0)
        die("open");
    for (i = 0; i < ROUNDS; i++) {
        lock.l_type = F_WRLCK;
        fcntl(fd, F_SETLK, &lock);
        *count += 1;
        lock.l_type = F_UNLCK;
        if (fcntl(fd, F_SETLK, &lock) < 0)
            die("fcntl");
    }
    close(fd);
    return 0;
}

int main(void)
{
    int fd, i, status, total, failed = 0;
    int *count;
    pid_t child;

    fd = open("counter.lock", O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0)
        die("open");
    close(fd);
    count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (count == MAP_FAILED)
        die("mmap");
    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0)
            exit(count_up(count));
    }
    for (i = 0; i < WORKERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    total = *count;
    printf("counted %d of %d\n", total, WORKERS * ROUNDS);
    if (unlink("counter.lock") < 0)
        die("unlink");
    return total == WORKERS * ROUNDS && !failed ? 0 : 1;
}

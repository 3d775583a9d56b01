/* expect: schedule-dependent or deadlock */
/* In opposite order; the kernel sees that nobody could go on, and refuses one of them. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void lock_record(int fd, int type, int record)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = record, .l_len = 1};

    if (fcntl(fd, F_SETLKW, &lock) < 0)
        die("fcntl");
}

static void lock_both(int fd, int first, int second)
{
    lock_record(fd, F_WRLCK, first);
    lock_record(fd, F_WRLCK, second);
    lock_record(fd, F_UNLCK, second);
    lock_record(fd, F_UNLCK, first);
}

int main(void)
{
    int fd, i, status, failed = 0;
    pid_t child;

    fd = open("records", O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0)
        die("open");
    if (unlink("records") < 0)
        die("unlink");
    for (i = 0; i < 2; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            lock_both(fd, i, 1 - i);
            exit(0);
        }
    }
    for (i = 0; i < 2; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    printf("%s\n", failed ? "somebody was refused" : "both had both records");
    close(fd);
    return failed;
}

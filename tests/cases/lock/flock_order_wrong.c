/* expect: deadlock at 54 and 49 */
/* The processes lock the two files in opposite order. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 3

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int open_lock(const char *path)
{
    int fd;

    fd = open(path, O_CREAT | O_RDWR, 0600);
    if (fd < 0)
        die("open");
    return fd;
}

static void unlock_both(int a, int b)
{
    if (flock(a, LOCK_UN) < 0 || flock(b, LOCK_UN) < 0)
        die("flock");
}

int main(void)
{
    int a, b, i, status;
    pid_t child;

    child = fork();
    if (child < 0)
        die("fork");
    a = open_lock("a.lock");
    b = open_lock("b.lock");
    for (i = 0; i < ROUNDS; i++) {
        if (child == 0) {
            if (flock(b, LOCK_EX) < 0)
                die("flock");
            if (flock(a, LOCK_EX) < 0)
                die("flock");
        } else {
            if (flock(a, LOCK_EX) < 0)
                die("flock");
            if (flock(b, LOCK_EX) < 0)
                die("flock");
        }
        unlock_both(a, b);
    }
    close(a);
    close(b);
    if (child == 0)
        exit(0);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("both had both files\n");
    if (unlink("a.lock") < 0 || unlink("b.lock") < 0)
        die("unlink");
    return status == 0 ? 0 : 1;
}

/* expect: none */
/* The parent makes the object and gives it its size before there is a child to open it. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/start_order"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int *map(int flags)
{
    int fd;
    int *p;

    fd = shm_open(NAME, flags, 0600);
    if (fd < 0)
        die("shm_open");
    if (flags & O_CREAT)
        if (ftruncate(fd, sizeof *p) < 0)
            die("ftruncate");
    p = mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        die("mmap");
    close(fd);
    return p;
}

int main(void)
{
    int status, seen;
    int *p;
    pid_t child;

    p = map(O_CREAT | O_RDWR);
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        p = map(O_RDWR);
        *p = 5;
        exit(0);
    }

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    seen = *p;
    printf("the child wrote %d\n", seen);
    if (shm_unlink(NAME) < 0)
        die("shm_unlink");
    return seen == 5 && status == 0 ? 0 : 1;
}

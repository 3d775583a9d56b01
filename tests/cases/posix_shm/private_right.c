/* expect: none */
/* The object is mapped MAP_SHARED. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/mapped_private"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    int fd, status, seen;
    int *p;
    pid_t child;

    fd = shm_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0)
        die("shm_open");
    if (ftruncate(fd, sizeof *p) < 0)
        die("ftruncate");
    p = mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        die("mmap");
    close(fd);

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
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

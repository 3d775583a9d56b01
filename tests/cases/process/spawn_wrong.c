/* expect: data-race at 49 and 56 */
/* The parent reads the spawned program's result while it may be writing it. */

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/spawn_result"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

extern char **environ;

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

int main(int argc, char **argv)
{
    char *args[] = {argv[0], "compute", NULL};
    int status, seen;
    int *result;
    pid_t child;

    if (argc == 2) {
        result = map(O_RDWR);
        *result = 99;
        return 0;
    }
    result = map(O_CREAT | O_EXCL | O_RDWR);
    if (posix_spawn(&child, argv[0], NULL, NULL, args, environ) != 0)
        die("posix_spawn");

    seen = *result;
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("result %d\n", seen);
    if (shm_unlink(NAME) < 0)
        die("shm_unlink");
    return seen == 99 && status == 0 ? 0 : 1;
}

/* expect: none */
/* Two mappings of one file show the same bytes; who writes last has waited for the other. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int *map_file(void)
{
    int fd;
    int *p;

    fd = open("total", O_CREAT | O_RDWR, 0600);
    if (fd < 0)
        die("open");
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
    int status, sum;
    int *total;
    pid_t child;

    child = fork();
    if (child < 0)
        die("fork");
    total = map_file();
    if (child == 0) {
        *total += 30;
        exit(0);
    }
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    *total += 12;

    sum = *total;
    printf("total %d\n", sum);
    if (munmap(total, sizeof *total) < 0)
        die("munmap");
    if (unlink("total") < 0)
        die("unlink");
    return sum == 42 && status == 0 ? 0 : 1;
}

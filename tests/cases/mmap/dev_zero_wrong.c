/* expect: data-race at 43 and 48 */
/* A mapping of /dev/zero is shared with the child, and nothing tells when to read. */

#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    sem_t written;
    int year;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    struct shared *s;
    int fd, status, seen;
    pid_t child;

    fd = open("/dev/zero", O_RDWR);
    if (fd < 0)
        die("open");
    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (s == MAP_FAILED)
        die("mmap");
    close(fd);
    if (sem_init(&s->written, 1, 0) < 0)
        die("sem_init");

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        s->year = 1979;
        if (sem_post(&s->written) < 0)
            die("sem_post");
        exit(0);
    }
    seen = s->year;
    printf("the child wrote %d\n", seen);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (sem_destroy(&s->written) < 0)
        die("sem_destroy");
    return seen == 1979 && status == 0 ? 0 : 1;
}

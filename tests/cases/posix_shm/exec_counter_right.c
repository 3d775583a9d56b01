/* expect: none */
/* Two programs find the segment by its name and count under the semaphore in it. */

#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME    "/exec_counter"
#define WORKERS 2
#define ROUNDS  3

struct shared {
    sem_t mutex;
    int count;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct shared *map(int flags)
{
    struct shared *s;
    int fd;

    fd = shm_open(NAME, flags, 0600);
    if (fd < 0)
        die("shm_open");
    if (flags & O_CREAT)
        if (ftruncate(fd, sizeof *s) < 0)
            die("ftruncate");
    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (s == MAP_FAILED)
        die("mmap");
    close(fd);
    return s;
}

static int work(void)
{
    struct shared *s = map(O_RDWR);
    int i;

    for (i = 0; i < ROUNDS; i++) {
        if (sem_wait(&s->mutex) < 0)
            die("sem_wait");
        s->count++;
        if (sem_post(&s->mutex) < 0)
            die("sem_post");
    }
    return 0;
}

int main(int argc, char **argv)
{
    char *args[] = {argv[0], "work", NULL};
    struct shared *s;
    int i, status, total, failed = 0;
    pid_t child;

    if (argc == 2 && strcmp(argv[1], "work") == 0)
        return work();

    s = map(O_CREAT | O_EXCL | O_RDWR);
    if (sem_init(&s->mutex, 1, 1) < 0)
        die("sem_init");
    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            execv(argv[0], args);
            die("execv");
        }
    }
    for (i = 0; i < WORKERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    total = s->count;
    printf("counted %d of %d\n", total, WORKERS * ROUNDS);
    if (sem_destroy(&s->mutex) < 0 || shm_unlink(NAME) < 0)
        die("removing the segment");
    return total == WORKERS * ROUNDS && !failed ? 0 : 1;
}

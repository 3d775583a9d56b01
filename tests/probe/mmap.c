/* mmap.c - shared mappings in all their kinds, printed: the same natively and on every schedule. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };
static char name[64];

static void tell(const char *what, long result)
{
    printf("%s %ld %s\n", what, result, result < 0 ? strerror(errno) : "");
}

static int *map(int fd, int flags, size_t length)
{
    return mmap(NULL, length, PROT_READ | PROT_WRITE, flags, fd, 0);
}

static void set_in_child(int *p, int value)
{
    if (fork() == 0) {
        *p = value;
        _exit(0);
    }
    wait(NULL);
}

static void file(int fd)
{
    tell("ftruncate", ftruncate(fd, 2 * PAGE));
    int *a = map(fd, MAP_SHARED, 2 * PAGE), *b = map(fd, MAP_SHARED, 2 * PAGE);
    int *own = map(fd, MAP_PRIVATE, PAGE);
    *a = 5;
    printf("twice %d\n", *b);
    *own = 6;
    set_in_child(b, 7);
    printf("shared %d own %d\n", *a, *own);
    int *moved = mremap(a, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE);
    printf("moved %d\n", *moved);
    tell("msync", msync(b, PAGE, MS_SYNC));
    tell("munmap", munmap(b, PAGE));
    set_in_child(b + PAGE / sizeof *b, 8);
    printf("second page %d\n", moved[PAGE / sizeof *b]);
    tell("mprotect", mprotect(moved, PAGE, PROT_READ));
    int status;
    if (fork() == 0) {
        *moved = 9;
        _exit(0);
    }
    wait(&status);
    printf("read only: signal %d\n", WTERMSIG(status));
    munmap(moved, 3 * PAGE);
    tell("unaligned", munmap((char *)b + 1, PAGE));
    struct stat st;
    fstat(fd, &st);
    printf("size %ld\n", (long)st.st_size);
}

static void errors(void)
{
    int fd = open("/dev/null", O_RDONLY), ends[2];
    pipe(ends);
    tell("length 0", map(-1, MAP_SHARED | MAP_ANONYMOUS, 0) == MAP_FAILED ? -1 : 0);
    tell("no fd", map(99, MAP_SHARED, PAGE) == MAP_FAILED ? -1 : 0);
    tell("a pipe", map(ends[0], MAP_SHARED, PAGE) == MAP_FAILED ? -1 : 0);
    tell("nothing", shm_unlink(name));
    tell("nobody", shm_open(name, O_RDWR, 0));
    close(fd);
    close(ends[0]);
    close(ends[1]);
}

int main(int count, char **arguments)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    if (count > 2) { /* executed: the mapping is gone, the name is not */
        int fd = shm_open(arguments[2], O_RDWR, 0);
        int *p = map(fd, MAP_SHARED, PAGE);
        *p += 1;
        return 0;
    }
    snprintf(name, sizeof name, "/ipcgrade-test-%d", (int)getpid());
    errors();
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    tell("exists", shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
    file(fd);
    if (fork() == 0)
        execl("/proc/self/exe", "program", "again", name, NULL);
    wait(NULL);
    int *p = map(fd, MAP_SHARED, PAGE);
    printf("after exec %d\n", *p);
    tell("unlink", shm_unlink(name));
    set_in_child(p, 11);
    printf("unlinked %d\n", *p);
    munmap(p, PAGE);
    close(fd);
    p = map(-1, MAP_SHARED | MAP_ANONYMOUS, 3 * PAGE);
    set_in_child(p + 2 * PAGE / sizeof *p, 12);
    printf("anonymous %d\n", p[2 * PAGE / sizeof *p]);
    fd = open("/dev/zero", O_RDWR);
    p = map(fd, MAP_SHARED, PAGE);
    set_in_child(p, 13);
    printf("zero %d\n", *p);
    close(fd);
    FILE *f = tmpfile();
    file(fileno(f));
    return 0;
}

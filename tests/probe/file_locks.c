/* File locks as a program sees them, on every schedule. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(x)                                            \
    do                                                      \
        if (!(x)) {                                         \
            fprintf(stderr, "line %d: %s\n", __LINE__, #x); \
            _exit(1);                                       \
        }                                                   \
    while (0)

static int set(int fd, int command, int type, int from, int length)
{
    struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = from, .l_len = length};
    return fcntl(fd, command, &l);
}

static int fresh(void)
{
    char name[] = "lockXXXXXX";
    int fd = mkstemp(name);
    unlink(name);
    return fd;
}

static void finish(pid_t child)
{
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* Each way to give a lock up lets the other one on, and orders it. */
static void handed_over(int *value, int way)
{
    int fd = fresh(), ready[2];
    char c;
    pipe(ready);
    *value = 0;
    pid_t child = fork();
    if (child == 0) {
        char name[32];
        sprintf(name, "/proc/self/fd/%d", fd);
        int own = open(name, O_RDWR);
        CHECK(way < 2    ? set(fd, F_SETLK, F_WRLCK, 0, 10) == 0
              : way == 2 ? lockf(fd, F_LOCK, 10) == 0
              : way == 3 ? flock(own, LOCK_EX) == 0
                         : set(own, F_OFD_SETLK, F_WRLCK, 0, 10) == 0);
        write(ready[1], "x", 1);
        *value = way + 1;
        if (way == 0)
            set(fd, F_SETLK, F_UNLCK, 0, 0);
        else if (way == 1)
            close(dup(fd));
        else if (way == 3)
            close(own);
        _exit(0); /* the others by this */
    }
    read(ready[0], &c, 1);
    CHECK(way == 3   ? flock(fd, LOCK_SH) == 0
          : way == 4 ? set(fd, F_OFD_SETLKW, F_WRLCK, 5, 1) == 0
                     : set(fd, F_SETLKW, F_RDLCK, 5, 1) == 0);
    CHECK(*value == way + 1);
    close(ready[0]);
    close(ready[1]);
    close(fd);
    finish(child);
}

static void refused(void)
{
    int fd = fresh(), there[2], back[2];
    char c;
    pipe(there);
    pipe(back);
    CHECK(set(fd, F_SETLK, F_WRLCK, 0, 1) == 0);
    pid_t child = fork();
    if (child == 0) {
        struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
        CHECK(fcntl(fd, F_GETLK, &l) == 0 && l.l_type == F_WRLCK && l.l_pid == getppid());
        CHECK(set(fd, F_SETLK, F_RDLCK, 0, 1) < 0 && (errno == EAGAIN || errno == EACCES));
        CHECK(lockf(fd, F_TEST, 1) < 0 && lockf(fd, F_TLOCK, 1) < 0);
        CHECK(set(fd, F_SETLK, F_WRLCK, 1, 1) == 0);
        write(there[1], "x", 1);
        read(back[0], &c, 1);
        _exit(0);
    }
    read(there[0], &c, 1);
    CHECK(set(fd, F_SETLK, F_RDLCK, 1, 1) < 0 && set(-1, F_SETLK, F_RDLCK, 1, 1) < 0);
    CHECK(errno == EBADF);
    write(back[1], "x", 1);
    finish(child);
    CHECK(set(fd, F_SETLK, F_RDLCK, 1, 1) == 0);
    CHECK(flock(fd, LOCK_EX | LOCK_NB) == 0 && flock(fd, LOCK_UN) == 0 && flock(-1, LOCK_EX) < 0);
    close(fd);
}

int main(void)
{
    int id = shmget(IPC_PRIVATE, 4096, 0600);
    int *value = shmat(id, NULL, 0);
    shmctl(id, IPC_RMID, NULL);
    for (int way = 0; way < 5; way++)
        handed_over(value, way);
    refused();
    printf("done\n");
    return 0;
}

/* expect: none */
/* The parent has the lock before it forks, and gives it up when the plan is written. */

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

static void set_lock(int fd, int type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

    if (fcntl(fd, F_SETLKW, &lock) < 0)
        die("fcntl");
}

int main(void)
{
    int fd, status, seen;
    int *plan;
    pid_t child;

    fd = open("plan.lock", O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0)
        die("open");
    if (unlink("plan.lock") < 0)
        die("unlink");
    plan = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (plan == MAP_FAILED)
        die("mmap");
    set_lock(fd, F_WRLCK);
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        set_lock(fd, F_RDLCK);
        seen = *plan;
        set_lock(fd, F_UNLCK);
        exit(seen == 9 ? 0 : 1);
    }
    *plan = 9;
    set_lock(fd, F_UNLCK);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", status == 0 ? "the plan was read" : "there was no plan yet");
    close(fd);
    return status == 0 ? 0 : 1;
}

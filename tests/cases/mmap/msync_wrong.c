/* expect: data-race at 38 and 45 */
/* Both sides call msync, which orders nothing. */

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

int main(void)
{
    int fd, status, seen;
    int *record;
    pid_t child;

    fd = open("record", O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0)
        die("open");
    if (unlink("record") < 0)
        die("unlink");
    if (ftruncate(fd, sizeof *record) < 0)
        die("ftruncate");
    record = mmap(NULL, sizeof *record, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (record == MAP_FAILED)
        die("mmap");

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        *record = 1969;
        if (msync(record, sizeof *record, MS_SYNC) < 0)
            die("msync");
        exit(0);
    }
    if (msync(record, sizeof *record, MS_SYNC) < 0)
        die("msync");
    seen = *record;
    printf("the record says %d\n", seen);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (munmap(record, sizeof *record) < 0)
        die("munmap");
    close(fd);
    return seen == 1969 && status == 0 ? 0 : 1;
}

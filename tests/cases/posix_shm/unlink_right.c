/* expect: none */
/* The name is unlinked right after shm_open: the mapping needs it no more. */

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
    int *answer;
    pid_t child;

    fd = shm_open("/unlink_answer", O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0)
        die("shm_open");
    if (shm_unlink("/unlink_answer") < 0)
        die("shm_unlink");
    if (ftruncate(fd, sizeof *answer) < 0)
        die("ftruncate");
    answer = mmap(NULL, sizeof *answer, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (answer == MAP_FAILED)
        die("mmap");
    close(fd);

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        *answer = 42;
        exit(0);
    }
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    seen = *answer;
    printf("the answer is %d\n", seen);
    if (munmap(answer, sizeof *answer) < 0)
        die("munmap");
    return seen == 42 && status == 0 ? 0 : 1;
}

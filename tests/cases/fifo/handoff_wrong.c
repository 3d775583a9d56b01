/* expect: data-race at 41 and 50 */
/* The byte goes through the FIFO before the shared page is complete. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH "page_ready"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    int fd, status, seen;
    char byte = 'p';
    int *page;
    pid_t child;

    page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        die("mmap");
    if (mkfifo(PATH, 0600) < 0)
        die("mkfifo");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        fd = open(PATH, O_WRONLY);
        if (fd < 0)
            die("open");
        if (write(fd, &byte, 1) != 1)
            die("write");
        *page = 88;
        exit(0);
    }

    fd = open(PATH, O_RDONLY);
    if (fd < 0)
        die("open");
    if (read(fd, &byte, 1) != 1)
        die("read");
    seen = *page;
    printf("page %d\n", seen);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    close(fd);
    if (unlink(PATH) < 0)
        die("unlink");
    return seen == 88 && status == 0 ? 0 : 1;
}

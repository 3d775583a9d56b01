/* expect: data-race at 47 and 52 */
/* The parent looks at the mapping while the loader may be reading the file into it. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 16

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void make_file(int fd)
{
    if (write(fd, "0123456789abcdef", SIZE) != SIZE)
        die("write");
    if (lseek(fd, 0, SEEK_SET) < 0)
        die("lseek");
}

int main(void)
{
    int fd, status;
    char *page, first;
    pid_t loader;

    fd = open("page", O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0)
        die("open");
    if (unlink("page") < 0)
        die("unlink");
    make_file(fd);
    page = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        die("mmap");

    loader = fork();
    if (loader < 0)
        die("fork");
    if (loader == 0) {
        if (read(fd, page, SIZE) != SIZE)
            die("read");
        exit(0);
    }
    close(fd);
    first = page[0];
    if (waitpid(loader, &status, 0) < 0)
        die("waitpid");
    printf("the page begins with '%c'\n", first);
    return first == '0' && status == 0 ? 0 : 1;
}

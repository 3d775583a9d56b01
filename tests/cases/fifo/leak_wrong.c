/* expect: leak-fifo */
/* The FIFO stays in the folder. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH "greetings"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    char text[6] = "";
    int fd, status;
    pid_t child;

    if (mkfifo(PATH, 0600) < 0)
        die("mkfifo");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        fd = open(PATH, O_WRONLY);
        if (fd < 0)
            die("open");
        if (write(fd, "hello", 6) != 6)
            die("write");
        exit(0);
    }
    fd = open(PATH, O_RDONLY);
    if (fd < 0)
        die("open");
    if (read(fd, text, 6) != 6)
        die("read");
    printf("%s\n", text);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    close(fd);
    return strcmp(text, "hello") == 0 && status == 0 ? 0 : 1;
}

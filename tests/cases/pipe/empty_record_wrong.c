/* expect: deadlock at 28 and 54 */
/* A record of no bytes is no reason to answer: the sender waits for it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void send_record(int fd, const char *text)
{
    unsigned char length = (unsigned char)strlen(text);

    if (write(fd, &length, 1) != 1 || write(fd, text, length) != length)
        die("write");
}

/* The length, or -1 at the end. */
static int receive_record(int fd, char *text)
{
    unsigned char length;
    ssize_t n = read(fd, &length, 1);

    if (n == 0)
        return -1;
    if (n < 0 || read(fd, text, length) != length)
        die("read");
    return length;
}

int main(void)
{
    int there[2], back[2], status, n, sum = 0;
    char text[256], go;
    pid_t child;

    if (pipe(there) < 0 || pipe(back) < 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        static const char *const texts[] = {"one", "", "three"};
        close(there[0]);
        close(back[1]);
        for (int i = 0; i < 3; i++) {
            send_record(there[1], texts[i]);
            if (read(back[0], &go, 1) != 1)
                die("read");
        }
        exit(0);
    }
    close(there[1]);
    close(back[0]);
    while ((n = receive_record(there[0], text)) >= 0) {
        sum += n;
        if (n == 0)
            continue;
        if (write(back[1], "x", 1) != 1)
            die("write");
    }
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("%d bytes\n", sum);
    return sum == 8 && status == 0 ? 0 : 1;
}

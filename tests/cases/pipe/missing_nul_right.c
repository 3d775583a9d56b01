/* expect: none */
/* The child sends its words with the NUL that ends them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 16

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void say(int out, const char *word)
{
    size_t length = strlen(word) + 1;

    if (write(out, &length, sizeof length) != sizeof length)
        die("write");
    if (write(out, word, length) != (ssize_t)length)
        die("write");
}

static void listen_to(int in, char *word)
{
    size_t length;

    if (read(in, &length, sizeof length) != sizeof length || length > SIZE)
        die("read");
    if (read(in, word, length) != (ssize_t)length)
        die("read");
}

int main(void)
{
    char word[SIZE] = "";
    int fd[2], status;
    pid_t child;

    if (pipe(fd) < 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(fd[0]);
        say(fd[1], "continue");
        say(fd[1], "stop");
        exit(0);
    }
    close(fd[1]);
    listen_to(fd[0], word);
    listen_to(fd[0], word);
    printf("the last word is '%s'\n", word);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    close(fd[0]);
    return strcmp(word, "stop") == 0 && status == 0 ? 0 : 1;
}

/* expect: schedule-dependent */
/* The read that the handler interrupts fails with EINTR, which is taken for an error. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static volatile sig_atomic_t halves;

static void on_half(int sig)
{
    (void)sig;
    halves++;
}

int main(void)
{
    struct sigaction act = {.sa_handler = on_half};
    int fd[2], status, number = 0;
    pid_t child;

    sigemptyset(&act.sa_mask);
    if (sigaction(SIGUSR1, &act, NULL) < 0)
        die("sigaction");
    if (pipe(fd) < 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(fd[0]);
        number = 10;
        if (kill(getppid(), SIGUSR1) < 0)
            die("kill");
        number *= 2;
        if (write(fd[1], &number, sizeof number) != sizeof number)
            _exit(1);
        exit(0);
    }
    close(fd[1]);
    if (read(fd[0], &number, sizeof number) != sizeof number)
        die("read");
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("received %d\n", number);
    close(fd[0]);
    return number == 20 && halves == 1 && status == 0 ? 0 : 1;
}

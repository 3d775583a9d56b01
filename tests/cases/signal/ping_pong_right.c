/* expect: none */
/* Each side changes the ball before it signals the other one. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 3

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static volatile sig_atomic_t mine;

static void on_turn(int sig)
{
    (void)sig;
    mine = 1;
}

static void wait_for_turn(const sigset_t *open)
{
    while (!mine)
        sigsuspend(open);
    mine = 0;
}

int main(void)
{
    struct sigaction act = {.sa_handler = on_turn};
    sigset_t usr1, open;
    int i, status, end;
    int *ball;
    pid_t child;

    ball = mmap(NULL, sizeof *ball, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (ball == MAP_FAILED)
        die("mmap");
    sigemptyset(&act.sa_mask);
    if (sigaction(SIGUSR1, &act, NULL) < 0)
        die("sigaction");
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &usr1, &open) < 0)
        die("sigprocmask");
    child = fork();
    if (child < 0)
        die("fork");
    for (i = 0; i < ROUNDS; i++) {
        if (child == 0) {
            wait_for_turn(&open);
            *ball += 1;
            if (kill(getppid(), SIGUSR1) < 0)
                die("kill");
        } else {
            *ball *= 2;
            if (kill(child, SIGUSR1) < 0)
                die("kill");
            wait_for_turn(&open);
        }
    }
    if (child == 0)
        exit(0);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    end = *ball;
    printf("the ball has come to %d\n", end);
    return end == 7 && status == 0 ? 0 : 1;
}

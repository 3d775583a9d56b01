/* Sends deadly signals to everybody it can reach: to all, its parent, process 1, all groups. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    static const int deadly[] = {SIGKILL, SIGSTOP, SIGTERM, SIGSEGV, SIGHUP, SIGALRM, SIGUSR1};
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    for (unsigned i = 0; i < sizeof deadly / sizeof *deadly; i++) {
        kill(-1, deadly[i]);
        kill(1, deadly[i]);
        if (getppid() > 0)
            kill(getppid(), deadly[i]);
        for (pid_t pid = 1; pid < 70000; pid++) {
            if (pid == getpid())
                continue;
            kill(pid, deadly[i]);
            if (pid > 1 && pid != getpgrp())
                kill(-pid, deadly[i]);
        }
    }
    puts("contained");
    return 0;
}

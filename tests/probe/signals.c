/* signals.c - what signal(7) promises, printed: the same natively and on every schedule. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t count, last, code, value, order[8], orders;
static sigjmp_buf back;

static void counts(int signal)
{
    count++;
    last = signal;
}

static void tells(int signal, siginfo_t *info, void *context)
{
    (void)context;
    last = signal;
    code = info->si_code;
    value = info->si_value.sival_int;
}

static void notes(int signal)
{
    order[orders++ % 8] = signal;
}

static void jumps(int signal)
{
    siglongjmp(back, signal);
}

static void tell(const char *what, long result)
{
    printf("%s %ld %s\n", what, result, result < 0 ? strerror(errno) : "");
}

static void on(int signal, void (*handler)(int), int flags)
{
    struct sigaction a = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&a.sa_mask);
    sigaction(signal, &a, NULL);
}

static sigset_t set_of(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    if (signal)
        sigaddset(&set, signal);
    return set;
}

static void block(int how, int signal)
{
    sigset_t set = set_of(signal);
    sigprocmask(how, &set, NULL);
}

static void to_oneself(void)
{
    on(SIGUSR1, counts, 0);
    raise(SIGUSR1);
    kill(getpid(), SIGUSR1);
    printf("raised %d\n", count);
    block(SIG_BLOCK, SIGUSR1);
    raise(SIGUSR1);
    raise(SIGUSR1);
    sigset_t pending;
    sigpending(&pending);
    printf("blocked %d pending %d\n", count, sigismember(&pending, SIGUSR1));
    block(SIG_UNBLOCK, SIGUSR1);
    printf("merged %d\n", count);
    signal(SIGUSR2, SIG_IGN);
    raise(SIGUSR2);
    on(SIGUSR1, counts, (int)SA_RESETHAND);
    raise(SIGUSR1);
    struct sigaction now;
    sigaction(SIGUSR1, NULL, &now);
    printf("once %d default %d\n", count, now.sa_handler == SIG_DFL);
    signal(SIGUSR1, counts);
    sigaction(SIGUSR1, NULL, &now);
    printf("mine %d restart %d\n", now.sa_handler == counts, !!(now.sa_flags & SA_RESTART));
    tell("kill", kill(getpid(), 65));
    tell("sigaction", sigaction(SIGKILL, &now, NULL));
    printf("was %d\n", signal(SIGUSR1, SIG_DFL) == counts);
}

static void with_values(void)
{
    struct sigaction a = {.sa_sigaction = tells, .sa_flags = SA_SIGINFO};
    sigemptyset(&a.sa_mask);
    sigaction(SIGRTMIN + 1, &a, NULL);
    sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 42});
    printf("queued %d %d %d\n", last == SIGRTMIN + 1, code == SI_QUEUE, value);
    block(SIG_BLOCK, SIGRTMIN + 1);
    for (int i = 1; i <= 3; i++)
        sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = i});
    sigset_t set = set_of(SIGRTMIN + 1);
    siginfo_t info;
    for (int i = 0; i < 3; i++) {
        int signal = sigwaitinfo(&set, &info);
        printf("waited %d %d %d\n", signal == SIGRTMIN + 1, info.si_value.sival_int,
               info.si_pid == getpid());
    }
    struct timespec zero = {0}, soon = {.tv_nsec = 1000000};
    int r = sigtimedwait(&set, &info, &zero);
    printf("none %d %d\n", r, errno == EAGAIN);
    r = sigtimedwait(&set, &info, &soon);
    printf("late %d %d\n", r, errno == EAGAIN);
    sigqueue(getpid(), SIGRTMIN + 1, (union sigval){0});
    int got = 0;
    r = sigwait(&set, &got);
    printf("sigwait %d %d\n", r, got == SIGRTMIN + 1);
    block(SIG_UNBLOCK, SIGRTMIN + 1);
}

static void in_the_kernels_order(void)
{
    on(SIGUSR1, notes, 0);
    on(SIGUSR2, notes, 0);
    block(SIG_BLOCK, SIGUSR1);
    block(SIG_BLOCK, SIGUSR2);
    raise(SIGUSR2);
    raise(SIGUSR1);
    sigset_t none = set_of(0);
    tell("suspend", sigsuspend(&none));
    printf("order %d: %d %d\n", orders, order[0], order[1]);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A child that sends `signal` when its parent is surely blocked, and again until it is ended. */
static pid_t sender(int signal)
{
    pid_t pid = fork();
    if (pid == 0) {
        for (;;) {
            usleep(20000);
            kill(getppid(), signal);
        }
    }
    return pid;
}

static void end(pid_t pid)
{
    int status;
    kill(pid, SIGTERM);
    while (waitpid(pid, &status, 0) < 0)
        ;
    printf("ended by %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : -1);
}

static void interrupted(void)
{
    struct sembuf down = {0, -1, 0};
    struct {
        long type;
        char text[8];
    } message;
    int sem = semget(IPC_PRIVATE, 1, 0600), queue = msgget(IPC_PRIVATE, 0600), pipe_[2];
    char byte;

    pipe(pipe_);
    on(SIGUSR1, counts, 0);
    pid_t pid = sender(SIGUSR1);
    tell("pause", pause());
    tell("semop", semop(sem, &down, 1));
    tell("msgrcv", msgrcv(queue, &message, 8, 0, 0));
    tell("read", read(pipe_[0], &byte, 1));
    tell("wait", wait(NULL));
    printf("sleep %d\n", sleep(100) > 90);
    struct timespec long_time = {100, 0}, rest;
    tell("nanosleep", nanosleep(&long_time, &rest));
    printf("rest %d\n", rest.tv_sec > 90);
    end(pid);
    on(SIGUSR1, counts, SA_RESTART);
    pid = sender(SIGUSR1);
    tell("semop again", semop(sem, &down, 1));
    count = 0;
    pid_t writer = fork();
    if (writer == 0) {
        usleep(100000);
        write(pipe_[1], "x", 1);
        _exit(0);
    }
    printf("restarted %d\n", (int)read(pipe_[0], &byte, 1));
    printf("and handled %d\n", count > 0);
    end(pid);
    waitpid(writer, NULL, 0);
    semctl(sem, 0, IPC_RMID);
    msgctl(queue, IPC_RMID, NULL);
    close(pipe_[0]);
    close(pipe_[1]);
}

static void timed(void)
{
    on(SIGALRM, counts, 0);
    count = 0;
    alarm(1);
    printf("alarm left %u\n", alarm(2));
    pause();
    printf("alarm %d %d\n", count, last == SIGALRM);
    struct itimerval every = {{0, 20000}, {0, 10000}}, off = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &every, NULL);
    while (count < 4)
        pause();
    setitimer(ITIMER_REAL, &off, NULL);
    printf("ticked %d\n", count);
    if (sigsetjmp(back, 1) == 0) {
        on(SIGALRM, jumps, 0);
        alarm(1);
        for (;;)
            pause();
    }
    printf("jumped\n");
    struct sigaction a = {.sa_sigaction = tells, .sa_flags = SA_SIGINFO};
    sigemptyset(&a.sa_mask);
    sigaction(SIGRTMIN, &a, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    event.sigev_value.sival_int = 7;
    timer_t timer;
    struct itimerspec soon = {{0, 0}, {0, 5000000}};
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &soon, NULL);
    pause();
    printf("timer %d %d %d\n", last == SIGRTMIN, code == SI_TIMER, value);
    timer_delete(timer);
    on(SIGVTALRM, counts, 0);
    count = 0;
    setitimer(ITIMER_VIRTUAL, &(struct itimerval){{0, 0}, {0, 10000}}, NULL);
    while (!count)
        ;
    printf("cpu time %d\n", count);
}

static pid_t victim;

static void kills(int signal)
{
    count = signal;
    kill(victim, SIGKILL);
}

static void timed_out(void)
{
    int status;

    on(SIGALRM, kills, SA_RESTART);
    victim = fork();
    if (victim == 0)
        for (;;)
            pause();
    alarm(1);
    waitpid(victim, &status, 0);
    printf("timed out %d, killed %d\n", count == SIGALRM, WTERMSIG(status));
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 500000}}, NULL);
    victim = 0x7fffffff;
    printf("unslept %u\n", sleep(3));
}

static void children(void)
{
    int status;
    on(SIGCHLD, counts, SA_RESTART);
    count = 0;
    if (fork() == 0)
        _exit(3);
    wait(&status);
    printf("SIGCHLD %d status %d\n", count, WEXITSTATUS(status));
    signal(SIGCHLD, SIG_DFL);
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    kill(pid, SIGSTOP);
    waitpid(pid, &status, WUNTRACED);
    printf("stopped %d\n", WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    kill(pid, SIGCONT);
    waitpid(pid, &status, WCONTINUED);
    printf("continued %d\n", WIFCONTINUED(status));
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    printf("killed %d\n", WTERMSIG(status));
    if ((pid = fork()) == 0) {
        raise(SIGSTOP);
        _exit(4);
    }
    waitpid(pid, &status, WUNTRACED);
    printf("stopped itself %d\n", WIFSTOPPED(status));
    kill(pid, SIGCONT);
    waitpid(pid, &status, 0);
    printf("went on %d\n", WEXITSTATUS(status));
    if ((pid = fork()) == 0) {
        setpgid(0, 0);
        if (fork() == 0)
            for (;;)
                pause();
        kill(0, SIGKILL);
        _exit(5);
    }
    waitpid(pid, &status, 0);
    printf("group %d\n", WTERMSIG(status));
    if ((pid = fork()) == 0)
        abort();
    waitpid(pid, &status, 0);
    printf("aborted %d\n", WTERMSIG(status));
    int ends[2];
    pipe(ends);
    close(ends[0]);
    if ((pid = fork()) == 0) {
        write(ends[1], "x", 1);
        _exit(6);
    }
    waitpid(pid, &status, 0);
    printf("broken pipe %d\n", WTERMSIG(status));
    on(SIGPIPE, counts, 0);
    count = 0;
    tell("write", write(ends[1], "x", 1));
    printf("handled %d\n", count);
    tell("nobody", kill(pid, 0));
}

/* The deprecated interfaces, which textbooks still teach. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

int sigpause_with(int mask) __asm__("sigpause"); /* BSD's, whose name X/Open's has taken */

static void of_old(void)
{
    pid_t partner;

    count = 0;
    printf("set %d\n", sigset(SIGUSR1, counts) == SIG_DFL);
    sighold(SIGUSR1);
    raise(SIGUSR1);
    printf("held %d, known %d\n", count, sigset(SIGUSR1, SIG_HOLD) == SIG_HOLD);
    partner = sender(SIGUSR1); /* becomes one with the first, or comes later */
    while (count < 1)
        sigpause(SIGUSR1);
    end(partner);
    sigrelse(SIGUSR1);
    printf("released %d\n", count >= 1);
    sigignore(SIGUSR1);
    count = 0;
    raise(SIGUSR1);
    printf("ignored %d, known %d\n", count, sigset(SIGUSR1, counts) == SIG_IGN);
    int before = sigblock(sigmask(SIGUSR1));
    raise(SIGUSR1);
    printf("blocked %d\n", count);
    while (!count)
        sigpause_with(before);
    printf("let in %d, blocked %d\n", count, sigsetmask(before) == sigmask(SIGUSR1));
    tell("no such signal", sighold(65));
    sigset(SIGUSR1, SIG_DFL);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    to_oneself();
    with_values();
    in_the_kernels_order();
    interrupted();
    timed();
    timed_out();
    children();
    of_old();
    return 0;
}

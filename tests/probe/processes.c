/* Making processes and waiting for them, in the less usual ways. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

static int *shared;

static int doubles(void *argument)
{
    *shared = 2 * *(int *)argument;
    return 5;
}

static void cloned(void)
{
    size_t size = 1 << 16;
    char *stack = malloc(size);
    int number = 21, status;
    pid_t child = clone(doubles, stack + size, SIGCHLD, &number);

    printf("waited: %d\n", waitpid(child, &status, 0) == child);
    printf("cloned: %d, exit %d\n", *shared, WEXITSTATUS(status));
    free(stack);
}

/* The orphan comes to the nearest ancestor that wants it. */
static void inherited(void)
{
    int n = 0;

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (fork() == 0) {
        if (fork() == 0)
            *shared = 42;
        _exit(0);
    }
    while (wait(NULL) > 0)
        n++;
    printf("inherited: %d, %d\n", n, *shared);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static void asked_again_and_again(void)
{
    siginfo_t info = {0};
    pid_t child = fork();

    if (child == 0) {
        sleep(1);
        _exit(7);
    }
    while (waitid(P_PID, child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0)
        ;
    printf("waitid: %d, status %d\n", info.si_pid == child, info.si_status);
    printf("again: %d\n", waitid(P_ALL, 0, &info, WEXITED));
    printf("none: %d %s\n", waitid(P_ALL, 0, &info, WEXITED), strerror(errno));
}

static void opened(const char *mode)
{
    errno = 0;
    FILE *f = popen("exit 3", mode);
    const char *why = strerror(errno);
    printf("popen %s: %d\n", mode, f ? WEXITSTATUS(pclose(f)) : -1);
    if (!f)
        printf("%s\n", why);
}

/* When the writer has written and gone before the stream gets there, too. */
static void reopened(void)
{
    char line[32] = "";

    mkfifo("reopened", 0600);
    if (fork() == 0) {
        int fd = open("reopened", O_WRONLY);
        if (write(fd, "more\n", 5) != 5)
            _exit(1);
        _exit(0);
    }
    if (!freopen("reopened", "r", stdin))
        perror("freopen");
    while (fgets(line, sizeof line, stdin))
        printf("stdin, descriptor %d: %s", fileno(stdin), line);
    wait(NULL);
    unlink("reopened");
}

/* Nobody has had it open for writing yet: that is an end, not an empty pipe. */
static void not_opened_yet(void)
{
    char c;

    mkfifo("empty", 0600);
    int fd = open("empty", O_RDONLY | O_NONBLOCK);
    printf("not opened yet: %zd\n", read(fd, &c, 1));
    int writer = open("empty", O_WRONLY);
    errno = 0;
    printf("opened: %zd", read(fd, &c, 1));
    printf(" %s\n", strerror(errno));
    close(writer);
    close(fd);
    unlink("empty");
}

/* What cannot be read is said at once; what is not to be read, too. */
static void read_in_vain(void)
{
    int ends[2];
    char c;

    if (pipe(ends) < 0)
        exit(1);
    printf("nothing: %zd\n", read(ends[0], &c, 0));
    printf("wrong end: %zd", read(ends[1], &c, 1));
    printf(" %s\n", strerror(errno));
    printf("wrong end: %zd", write(ends[0], &c, 1));
    printf(" %s\n", strerror(errno));
    close(ends[0]);
    close(ends[1]);
}

/* The keyboard's signals are the command's meanwhile. */
static void interrupted_meanwhile(void)
{
    printf("system: %d\n", WEXITSTATUS(system("kill -INT $PPID; kill -QUIT $PPID; exit 4")));
    printf("system: %d\n", WTERMSIG(system("kill -INT $$")));
}

/* As much as the kernel packs into the pipe, not a byte less. */
static void filled(size_t piece, int flags)
{
    static char bytes[200000];
    size_t all = 0;
    ssize_t n;
    int ends[2];

    if (pipe2(ends, flags) < 0)
        exit(1);
    for (all = 0; all + piece <= 54096; all += (size_t)n)
        if ((n = write(ends[1], bytes, piece)) < 0)
            break;
    printf("pieces of %zu: %zu\n", piece, all);
    if (flags & O_NONBLOCK) {
        n = write(ends[1], bytes, sizeof bytes);
        printf("the rest: %zd\n", n);
        n = write(ends[1], bytes, 1);
        printf("no more: %zd %s\n", n, strerror(errno));
    }
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cloned();
    inherited();
    asked_again_and_again();
    opened("r");
    opened("ew");
    opened("rw");
    opened("read");
    reopened();
    not_opened_yet();
    read_in_vain();
    interrupted_meanwhile();
    filled(5000, 0);
    filled(5000, O_NONBLOCK);
    return 0;
}

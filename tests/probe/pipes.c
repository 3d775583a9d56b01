/* Hand-off by a pipe's bytes and by its end of file; popen; a FIFO that overflows; system; exec; a crash. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void hand_off(int *shared)
{
    int ends[2], status;
    char c;

    if (pipe(ends) < 0)
        exit(1);
    if (fork() == 0) {
        close(ends[0]);
        shared[0] = 42;
        if (write(ends[1], "x", 1) != 1)
            _exit(1);
        shared[1] = 7;
        close(ends[1]);
        sleep(45);
        _exit(3);
    }
    close(ends[1]);
    if (read(ends[0], &c, 1) != 1 || shared[0] != 42)
        exit(1);
    while (read(ends[0], &c, 1) > 0)
        ;
    printf("eof %d\n", shared[1]);
    wait(&status);
    printf("exit %d\n", WEXITSTATUS(status));
    fflush(stdout);
    close(ends[0]);
}

static void command(void)
{
    char line[64];
    FILE *f = popen("echo hello; sleep 2; echo world | wc -c", "r");
    while (fgets(line, sizeof line, f))
        printf("got %s", line);
    printf("pclose %d\n", pclose(f));
    fflush(stdout);
}

static void fifo(void)
{
    char line[64];
    int n = 0;

    mkfifo("fifo", 0600);
    if (fork() == 0) {
        FILE *w = fopen("fifo", "w");
        for (int i = 0; i < 2000; i++)
            fprintf(w, "line number %d of those that fill it up\n", i);
        fclose(w);
        _exit(0);
    }
    FILE *r = fdopen(open("fifo", O_RDONLY), "r");
    while (fgets(line, sizeof line, r))
        n++;
    fclose(r);
    wait(NULL);
    unlink("fifo");
    printf("lines %d\n", n);
}

int main(void)
{
    int id = shmget(IPC_PRIVATE, 4096, 0600 | IPC_CREAT), status;
    int *shared = shmat(id, NULL, 0);

    shmctl(id, IPC_RMID, NULL);
    hand_off(shared);
    command();
    fifo();
    printf("system %d\n", WEXITSTATUS(system("exit 5")));
    fflush(stdout);
    if (fork() == 0)
        execlp("echo", "echo", "from exec", (char *)NULL);
    wait(NULL);
    if (fork() == 0)
        *(volatile int *)8 = 1;
    wait(&status);
    printf("signal %d\n", WTERMSIG(status));
    return 0;
}

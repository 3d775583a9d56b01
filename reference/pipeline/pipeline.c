/*
 * pipeline.c - runs commands joined by pipes.
 *
 *     pipeline COMMAND [ARGUMENT]... [ , COMMAND [ARGUMENT]... ]...
 *
 * One pipe exists at a time in this process: the one between the stage just started and the next.
 * All its ends are close-on-exec, so a stage keeps only what dup2() made its descriptors 0 and 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_NOT_EXECUTED = 127, STATUS_SIGNAL = 128 };

struct stage {
    char **argv; /* NULL-terminated, a part of main's */
    pid_t pid;
};

/* Cuts argv at the separators. Returns the number of stages, 0 if one is empty. */
static int cut_into_stages(char *argv[], struct stage *stages)
{
    int count = 0;
    char **begin = argv;
    for (char **word = argv;; word++) {
        bool last = *word == NULL;
        if (!last && strcmp(*word, ",") != 0)
            continue;
        if (word == begin)
            return 0;
        stages[count++].argv = begin;
        if (last)
            return count;
        *word = NULL;
        begin = word + 1;
    }
}

/* In the child: becomes the stage. One write, so that messages of several stages do not mix. */
static void become(const struct stage *stage, int in, int out)
{
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0) {
        perror("pipeline: dup2");
        _exit(STATUS_FAILED);
    }
    execvp(stage->argv[0], stage->argv);
    dprintf(STDERR_FILENO, "pipeline: %s: %s\n", stage->argv[0], strerror(errno));
    _exit(STATUS_NOT_EXECUTED);
}

static void close_unless_standard(int fd)
{
    if (fd > STDERR_FILENO)
        close(fd);
}

/* Starts a stage that reads `in`, which this process then no longer has. Returns what the next
 * stage reads, or -1 with a message. */
static int start_stage(struct stage *stage, int in, bool last)
{
    int ends[2] = {STDIN_FILENO, STDOUT_FILENO}; /* of the last stage: its pipe is our own output */
    if (!last && pipe2(ends, O_CLOEXEC) < 0) {
        perror("pipeline: pipe");
        close_unless_standard(in);
        return -1;
    }
    stage->pid = fork();
    if (stage->pid == 0)
        become(stage, in, ends[1]);
    if (stage->pid < 0)
        perror("pipeline: fork");
    close_unless_standard(in);
    close_unless_standard(ends[1]);
    if (stage->pid < 0)
        close_unless_standard(ends[0]);
    return stage->pid < 0 ? -1 : ends[0];
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return STATUS_FAILED;
    return WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_stages(struct stage *stages, int count)
{
    int started = 0;
    for (int in = STDIN_FILENO; started < count; started++) {
        in = start_stage(&stages[started], in, started == count - 1);
        if (in < 0)
            break;
    }
    int status = STATUS_FAILED;
    for (int i = 0; i < started; i++)
        status = wait_for(stages[i].pid);
    return started == count ? status : STATUS_FAILED;
}

int main(int argc, char *argv[])
{
    struct stage *stages = calloc((size_t)argc, sizeof *stages);
    if (!stages) {
        perror("pipeline");
        return STATUS_FAILED;
    }
    int count = cut_into_stages(argv + 1, stages);
    if (count == 0)
        fprintf(stderr,
                "pipeline: usage: pipeline COMMAND [ARGUMENT]... [ , COMMAND [ARGUMENT]... ]...\n");
    int status = count ? run_stages(stages, count) : STATUS_USAGE;
    free(stages);
    return status;
}

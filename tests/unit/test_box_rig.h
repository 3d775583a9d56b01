/*
 * test_box_rig.h - runs one command in a box and tells what was seen; runs a group of tests as root
 * and as an ordinary user.
 */
#ifndef IPCGRADE_TEST_BOX_RIG_H
#define IPCGRADE_TEST_BOX_RIG_H

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/die.h"
#include "box/box.h"

enum { SEEN_BYTES = 60000, NOBODY = 65534, PAST_PATIENCE = -1 };

struct seen {
    const struct box_spec *spec;
    const char *const *argv;
    const void *program; /* put into the work folder as "program" */
    size_t program_bytes;
    unsigned patience_ms; /* 0: until the command ends; else it is killed then */

    bool spawned;
    int error;  /* of box_spawn */
    int status; /* wait status of the command, or PAST_PATIENCE */
    int killed; /* how many processes box_kill_rest reaped */
    int box_status;
    char output[SEEN_BYTES + 1]; /* both outputs of the command */
    char fault[512];
};

static struct box_spec rig_spec(enum box_kind kind)
{
    static struct limits limits;
    limits = limits_complete((struct limits){0}, limits_default);
    return (struct box_spec){.kind = kind, .limits = limits};
}

static void rig_count(void *arg, pid_t pid, int status)
{
    (void)pid;
    (void)status;
    ++*(int *)arg;
}

static int rig_wait(pid_t pid, unsigned patience_ms)
{
    int status;
    for (unsigned ms = 0; patience_ms == 0 || ms < patience_ms; ms += 5) {
        if (waitpid(pid, &status, patience_ms ? WNOHANG : 0) == pid)
            return status;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    return PAST_PATIENCE;
}

static void rig_furnish(const struct seen *seen)
{
    int fd = open(BOX_WORK "/program", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    if (fd < 0 || write(fd, seen->program, seen->program_bytes) != (ssize_t)seen->program_bytes ||
        !box_give(fd))
        die_errno("program");
    close(fd);
}

static int rig_guest(void *arg)
{
    struct seen *seen = arg;
    int out[2];
    if (pipe2(out, O_CLOEXEC) < 0)
        die_errno("pipe");
    if (seen->program)
        rig_furnish(seen);
    struct box_command command = {
        .argv = seen->argv, .in = -1, .out = out[1], .err = out[1], .session = true};
    struct box_child child;
    seen->spawned = box_spawn(seen->spec, &command, &child);
    seen->error = errno;
    close(out[1]);
    if (seen->spawned)
        seen->status = rig_wait(child.pid, seen->patience_ms);
    box_kill_rest(rig_count, &seen->killed);
    ssize_t n;
    for (size_t at = 0; at < SEEN_BYTES; at += (size_t)n)
        if ((n = read(out[0], seen->output + at, SEEN_BYTES - at)) <= 0)
            break;
    return 0;
}

static struct arena *rig_arena;

/* What is seen stays until rig_done(). The box itself must have ended well. */
static struct seen *rig_run(struct seen how)
{
    if (!rig_arena)
        rig_arena = arena_new((size_t)1 << 28);
    struct seen *seen = arena_alloc(rig_arena, sizeof *seen);
    *seen = how;
    struct box box = box_start(how.spec, rig_guest, seen, seen->fault, sizeof seen->fault);
    seen->box_status = box_wait(&box, true);
    if (seen->box_status != 0)
        print_error("box: status %#x: %s\n", (unsigned)seen->box_status, seen->fault);
    assert_int_equal(seen->box_status, 0);
    return seen;
}

static inline struct seen *rig_shell(enum box_kind kind, const char *script)
{
    struct box_spec spec = rig_spec(kind);
    const char *const argv[] = {"sh", "-c", script, NULL};
    return rig_run((struct seen){.spec = &spec, .argv = argv});
}

/* The group as whoever runs this; if that is root, then once more as nobody. */
static int rig_main(int (*group)(const char *as))
{
    int failed = group(geteuid() == 0 ? "root" : "user");
    arena_free(rig_arena);
    rig_arena = NULL;
    if (geteuid() != 0)
        return failed;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
            setresuid(NOBODY, NOBODY, NOBODY) || prctl(PR_SET_DUMPABLE, 1))
            _exit(EXIT_HARNESS);
        exit(group("nobody"));
    }
    int status;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? failed + WEXITSTATUS(status) : 99;
}

#endif

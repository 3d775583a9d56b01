/*
 * scratch.c - the private folder of one call (see scratch.h).
 *
 * A signal handler may call next to nothing, and removing a folder needs memory. So it starts
 * rm(1): fork, exec and waitpid are among the few things that are always allowed.
 */
#include "cli/scratch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/die.h"
#include "base/fs.h"
#include "base/terminal.h"
#include "box/box.h"

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

static pid_t owner; /* a box is a copy of this process, and inherits the handler */
static char *folder;
static const char *also;

static void remove_by_command(void)
{
    pid_t pid = _Fork();
    if (pid == 0) {
        if (also)
            execl("/bin/rm", "rm", "-rf", "--", folder, also, (char *)NULL);
        else
            execl("/bin/rm", "rm", "-rf", "--", folder, (char *)NULL);
        _exit(127);
    }
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

static void end_by(int signal_number)
{
    if (getpid() == owner && folder) {
        terminal_restore();
        box_kill_all();
        while (waitpid(-1, NULL, __WALL) > 0) /* boxes write below the folder until they are gone */
            continue;
        remove_by_command();
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number); /* blocked here, so it comes on return: the caller sees how we ended */
}

static void remove_on_signals(void)
{
    struct sigaction ours = {.sa_handler = end_by}, before;
    for (size_t i = 0; i < sizeof ending_signals / sizeof *ending_signals; i++)
        sigaddset(&ours.sa_mask, ending_signals[i]);
    for (size_t i = 0; i < sizeof ending_signals / sizeof *ending_signals; i++)
        if (sigaction(ending_signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(ending_signals[i], &ours, NULL); /* nohup's SIGHUP stays ignored */
}

static void remove_when_dying(void)
{
    if (getpid() == owner) {
        terminal_restore();
        box_kill_all();
        while (waitpid(-1, NULL, __WALL) > 0)
            continue;
        scratch_remove();
    }
}

const char *scratch_make(struct arena *arena)
{
    const char *parent = getenv("TMPDIR");
    char *path = fs_join(arena, parent && *parent ? parent : "/tmp", "ipcgrade.XXXXXX");
    if (!mkdtemp(path))
        die_errno("%s", path);
    owner = getpid();
    folder = path;
    remove_on_signals();
    die_cleanup(remove_when_dying);
    return path;
}

void scratch_also(const char *file)
{
    also = file;
}

void scratch_remove(void)
{
    if (also)
        unlink(also);
    if (folder && !fs_remove_tree(folder))
        complain(folder, "cannot be removed: %s", strerror(errno));
    folder = NULL;
}

/*
 * bench_box.c - what starting and tearing down a box costs, next to bubblewrap's doing the same,
 * interleaved.
 *
 * Both run /bin/true in new user, PID, IPC, mount, network and UTS namespaces. bubblewrap does it
 * twice: with the host's root bound whole (the least it can do), and with a root of pieces like the
 * box's.
 */
#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/die.h"
#include "box/box.h"

enum { ROUNDS = 99, PAUSE_MS = 10 };
enum way { BOX, WHOLE, PIECES, WAYS };

extern char **environ;

static char *const bwrap_whole[] = {"bwrap", "--unshare-all", "--ro-bind", "/",
                                    "/",     "/bin/true",     NULL};
/* clang-format off */
static char *const bwrap_pieces[] = {
    "bwrap", "--unshare-all", "--die-with-parent",
    "--ro-bind", "/usr/bin", "/usr/bin", "--ro-bind", "/usr/lib", "/usr/lib",
    "--ro-bind-try", "/usr/lib64", "/usr/lib64", "--ro-bind-try", "/usr/lib32", "/usr/lib32",
    "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
    "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache",
    "--ro-bind-try", "/etc/alternatives", "/etc/alternatives",
    "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/dev/shm", "--mqueue", "/dev/mqueue",
    "--tmpfs", "/tmp", "--tmpfs", "/home/student", "--chdir", "/home/student",
    "/bin/true", NULL};
/* clang-format on */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int guest(void *arg)
{
    static const char *const argv[] = {"/bin/true", NULL};
    struct box_command command = {.argv = argv, .in = -1, .out = -1, .err = -1};
    struct box_child child;
    int status = -1;
    if (!box_spawn(arg, &command, &child) || waitpid(child.pid, &status, 0) < 0)
        die_errno("/bin/true");
    return status;
}

static double one_box(void)
{
    struct box_spec spec = {.kind = BOX_RUN,
                            .limits = limits_complete(limits_default, limits_default)};
    double from = now();
    struct box box = box_start(&spec, guest, &spec, NULL, 0);
    if (box_wait(&box, true) != 0)
        die("bench", "a box failed");
    return now() - from;
}

/* Negative: there is no bubblewrap, or it fails here. */
static double one_bwrap(char *const *argv)
{
    double from = now();
    pid_t pid;
    int status;
    if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0 ||
        waitpid(pid, &status, 0) < 0 || status != 0)
        return -1;
    return now() - from;
}

static int ascending(const void *a, const void *b)
{
    double d = *(const double *)a - *(const double *)b;
    return d < 0 ? -1 : d > 0;
}

static double median(double *times)
{
    qsort(times, ROUNDS, sizeof *times, ascending);
    return times[ROUNDS / 2];
}

/* The kernel frees the namespaces of one after it has ended, and holds locks meanwhile that the next
 * needs: a pause keeps it out of the next one's time, and the order takes turns. */
static void measure(int round, double times[WAYS][ROUNDS])
{
    for (int i = 0; i < WAYS; i++) {
        enum way way = (enum way)((round + i) % WAYS);
        poll(NULL, 0, PAUSE_MS);
        double t = way == BOX ? one_box() : one_bwrap(way == WHOLE ? bwrap_whole : bwrap_pieces);
        if (t < 0)
            die("bench", "bwrap (package bubblewrap) does not run here");
        times[way][round] = t;
    }
}

int main(void)
{
    static double times[WAYS][ROUNDS];
    one_box(); /* the first writes the filter and looks at the host */
    for (int round = 0; round < ROUNDS; round++)
        measure(round, times);
    double box = median(times[BOX]), whole = median(times[WHOLE]), pieces = median(times[PIECES]);
    printf("bench box start+teardown: %.2f ms, bwrap: %.2f ms, ratio %.2f\n", box, whole,
           box / whole);
    printf("bench box, bwrap with a root like it: %.2f ms, bwrap: %.2f ms, ratio %.2f\n", box,
           pieces, box / pieces);
    return 0;
}

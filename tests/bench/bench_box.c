/*
 * bench_box.c - what starting and tearing down a box costs, next to bubblewrap's doing the same,
 * interleaved.
 *
 * Both run /bin/true in new user, PID, IPC, mount, network and UTS namespaces. bubblewrap does it
 * twice: with the host's root bound whole (the least it can do), and with a root of pieces like the
 * box's.
 */
#include <poll.h>
#include <sys/wait.h>

#include "base/die.h"
#include "box/box.h"
#include "tests/support/bench.h"

enum { ROUNDS = 99, PAUSE_MS = 10 };

static const char *const bwrap_whole[] = {"bwrap", "--unshare-all", "--ro-bind", "/",
                                          "/",     "/bin/true",     NULL};
/* clang-format off */
static const char *const bwrap_pieces[] = {
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

/* The kernel frees the namespaces of one after it has ended, and holds locks meanwhile that the next
 * needs: a pause keeps it out of the next one's time. */
static void rest(void)
{
    poll(NULL, 0, PAUSE_MS);
}

static double one_box(void *arg)
{
    struct box_spec spec = {.kind = BOX_RUN,
                            .limits = limits_complete(limits_default, limits_default)};
    (void)arg;
    rest();
    double from = bench_now();
    struct box box = box_start(&spec, guest, &spec, NULL, 0);
    if (box_wait(&box, true) != 0)
        die("bench", "a box failed");
    return bench_now() - from;
}

static double one_bwrap(void *arg)
{
    rest();
    return bench_run(NULL, 0, arg);
}

int main(void)
{
    enum { BOX, WHOLE, PIECES, WAYS };
    struct contender ways[WAYS] = {[BOX] = {one_box, NULL},
                                   [WHOLE] = {one_bwrap, (void *)bwrap_whole},
                                   [PIECES] = {one_bwrap, (void *)bwrap_pieces}};
    struct bench_times times;
    one_box(NULL); /* the first writes the filter and looks at the host */
    bench_interleave("box", ways, WAYS, ROUNDS, &times);
    bench_row(&(struct bench_row){
        "ms to start and tear down a box", "-", bench_text("%.1f", bench_time(&times, BOX)),
        bench_text("bwrap: %.1f (ratio %.2f), with a root like the box's: %.1f (%.2f)",
                   bench_time(&times, WHOLE), bench_ratio(&times, BOX, WHOLE),
                   bench_time(&times, PIECES), bench_ratio(&times, BOX, PIECES))});
    return 0;
}

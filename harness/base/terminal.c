/* terminal.c - a pair of terminals and a loop that copies (see terminal.h). */
#include "base/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/die.h"

struct terminal {
    int outer, inner; /* the pair: ours, and the process's */
};

static struct termios before;
static volatile sig_atomic_t is_raw;

/* ---- the pair -------------------------------------------------------------------------------- */

static void copy_size(const struct terminal *t)
{
    struct winsize size;
    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
        ioctl(t->outer, TIOCSWINSZ, &size);
}

struct terminal *terminal_lend(void)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0)
        return NULL;
    struct terminal *t = calloc(1, sizeof *t);
    const char *name;
    if (!t)
        die_errno("memory");
    t->outer = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (t->outer < 0 || grantpt(t->outer) != 0 || unlockpt(t->outer) != 0 ||
        !(name = ptsname(t->outer)))
        die_errno("a terminal");
    t->inner = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (t->inner < 0 || tcsetattr(t->inner, TCSANOW, &before) != 0)
        die_errno("a terminal");
    copy_size(t);
    return t;
}

int terminal_inner(const struct terminal *t)
{
    return t->inner;
}

/* ---- passing on ------------------------------------------------------------------------------ */

static void resized(int signal)
{
    (void)signal; /* it has ended poll(), that is all */
}

static void make_raw(void)
{
    struct termios raw = before;
    struct sigaction action = {.sa_handler = resized};
    cfmakeraw(&raw);
    is_raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
    sigaction(SIGWINCH, &action, NULL);
}

void terminal_restore(void)
{
    if (is_raw)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    is_raw = false;
}

static void write_all(int to, const char *bytes, ssize_t n)
{
    while (n > 0) {
        ssize_t written = write(to, bytes, (size_t)n);
        if (written < 0 && errno != EINTR)
            return;
        if (written > 0) {
            bytes += written;
            n -= written;
        }
    }
}

/* False: there is nothing more to come. */
static bool pass_on(int from, int to)
{
    char bytes[4096];
    ssize_t n = read(from, bytes, sizeof bytes);
    if (n > 0)
        write_all(to, bytes, n);
    return n > 0 || (n < 0 && errno == EINTR);
}

/* What the process has written last of all. */
static void drain(const struct terminal *t)
{
    struct pollfd left = {.fd = t->outer, .events = POLLIN};
    while (poll(&left, 1, 0) == 1 && left.revents & POLLIN && pass_on(t->outer, STDOUT_FILENO))
        continue;
}

void terminal_relay(struct terminal *t, int end)
{
    struct pollfd ends[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                            {.fd = t->outer, .events = POLLIN},
                            {.fd = end, .events = POLLIN}};
    close(t->inner); /* the process has it */
    make_raw();
    while (!(ends[2].revents & POLLIN)) {
        if (poll(ends, 3, -1) < 0) {
            copy_size(t);
            ends[2].revents = 0;
            continue;
        }
        if (ends[0].revents && !pass_on(STDIN_FILENO, t->outer))
            ends[0].fd = -1;
        if (ends[1].revents && !pass_on(t->outer, STDOUT_FILENO))
            ends[1].fd = -1; /* the process has ended, the box has not yet */
    }
    drain(t);
    terminal_restore();
    close(t->outer);
    free(t);
}

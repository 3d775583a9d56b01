/*
 * capture.c - what a process prints, as a terminal receives it.
 *
 * A terminal and not a file or a pipe, because stdio then flushes a line at a time: what a student
 * saw on the screen is what is judged, also of a program that is killed. Only the modes differ from
 * a shell's window: no echo, and "\n" stays "\n".
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/die.h"
#include "run/world.h"

static void set_modes(int slave)
{
    struct termios modes;
    if (tcgetattr(slave, &modes) != 0)
        die_errno("terminal of a program");
    modes.c_oflag &= ~(tcflag_t)OPOST;
    modes.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ISIG);
    if (tcsetattr(slave, TCSANOW, &modes) != 0)
        die_errno("terminal of a program");
}

void capture_open(struct run *run, struct capture *capture, int *slave)
{
    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    int unlocked = 0;
    if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) != 0)
        die_errno("terminal of a program");
    *slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*slave < 0)
        die_errno("terminal of a program");
    set_modes(*slave);
    size_t room = (size_t)run->spec->limits.output_kb * 1024;
    *capture = (struct capture){
        .terminal = master, .bytes = arena_alloc(run->arena, room + 1), .room = room};
}

/* A read of a terminal's master flushes what the slave's side has written (n_tty(4) in the kernel),
 * so after a process has ended, draining until EAGAIN gets all of it, whoever else still holds the
 * slave. */
size_t capture_drain(struct capture *capture)
{
    char buffer[16384];
    size_t total = 0;
    while (capture->terminal >= 0 && total < ((size_t)1 << 20)) {
        ssize_t n = read(capture->terminal, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break; /* EAGAIN: nothing now; EIO: nobody holds the slave, and nothing is left */
        size_t keep = capture->room - capture->length;
        keep = (size_t)n < keep ? (size_t)n : keep;
        memcpy(capture->bytes + capture->length, buffer, keep);
        capture->length += keep;
        capture->dropped += (size_t)n - keep;
        total += (size_t)n;
    }
    return total;
}

void capture_close(struct capture *capture)
{
    if (capture->terminal >= 0)
        close(capture->terminal);
    capture->terminal = -1;
}

/*
 * capture.c - what a process prints, as a terminal receives it.
 *
 * A terminal and not a file or a pipe, because stdio then flushes a line at a time: what a student
 * saw on the screen is what is judged, also of a program that is killed. Only the modes differ from
 * a shell's window: no echo, and "\n" stays "\n". On the schedules lens a terminal that a program has left as it
 * found it serves the next schedule: making one costs as much as forking the program.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/die.h"
#include "run/world.h"

/* ---- how one looks --------------------------------------------------------------------------- */

/* All that a program can change of a terminal and that outlives the program. */
struct look {
    struct termios modes;
    struct winsize size;
    int discipline, exclusive;
    mode_t permissions;
};

/* False: it cannot be looked at, since the session that had it has ended. */
static bool look_at(int slave, struct look *look)
{
    struct stat st;
    if (tcgetattr(slave, &look->modes) != 0 || ioctl(slave, TIOCGWINSZ, &look->size) != 0 ||
        ioctl(slave, TIOCGETD, &look->discipline) != 0 ||
        ioctl(slave, TIOCGEXCL, &look->exclusive) != 0 || fstat(slave, &st) != 0)
        return false;
    look->permissions = st.st_mode;
    return true;
}

static bool same_modes(const struct termios *a, const struct termios *b)
{
    return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
           a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0 &&
           cfgetispeed(a) == cfgetispeed(b) && cfgetospeed(a) == cfgetospeed(b);
}

static bool same_look(const struct look *a, const struct look *b)
{
    return same_modes(&a->modes, &b->modes) && memcmp(&a->size, &b->size, sizeof a->size) == 0 &&
           a->discipline == b->discipline && a->exclusive == b->exclusive &&
           a->permissions == b->permissions;
}

static struct look as_made; /* all of them */

/* Also nobody's controlling terminal, not held up, and empty. */
static bool is_as_made(const struct terminal *t)
{
    struct look now;
    pid_t session;
    return look_at(t->slave, &now) && same_look(&now, &as_made) &&
           ioctl(t->master, TIOCGSID, &session) != 0 && tcflow(t->slave, TCOON) == 0 &&
           tcflush(t->slave, TCIOFLUSH) == 0;
}

/* ---- making one ------------------------------------------------------------------------------ */

static void set_modes(int slave)
{
    struct termios modes;
    if (tcgetattr(slave, &modes) != 0)
        die_errno("terminal of a program");
    modes.c_oflag &= ~(tcflag_t)OPOST;
    modes.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ISIG);
    if (tcsetattr(slave, TCSANOW, &modes) != 0 || !look_at(slave, &as_made))
        die_errno("terminal of a program");
}

static int open_slave(int master)
{
    int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        die_errno("terminal of a program");
    return slave;
}

static struct terminal make_terminal(struct arena *arena, size_t room)
{
    struct terminal t = {.master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK),
                         .bytes = arena_alloc(arena, room + 1)};
    int unlocked = 0;
    if (t.master < 0 || ioctl(t.master, TIOCSPTLCK, &unlocked) != 0)
        die_errno("terminal of a program");
    t.slave = open_slave(t.master);
    set_modes(t.slave);
    return t;
}

/* ---- from one schedule to the next ----------------------------------------------------------- */

void capture_open(struct run *run, struct capture *capture, int *slave)
{
    struct idle_terminals *idle = &run->idle;
    size_t room = (size_t)run->spec->limits.output_kb * 1024;
    struct terminal t = idle->count ? idle->all[--idle->count]
                                    : make_terminal(idle->arena ? idle->arena : run->arena, room);
    *slave = t.slave;
    if (idle->arena) /* a description of its own: O_NONBLOCK and its like belong to that */
        *slave = open_slave(t.master);
    else
        t.slave = -1;
    *capture = (struct capture){.terminal = t, .bytes = t.bytes, .room = room};
}

void capture_recycle(struct run *run, struct capture *capture)
{
    struct terminal *t = &capture->terminal;
    if (is_as_made(t)) {
        attendant_forget_terminal(t->master);
        memset(t->bytes, 0, capture->length);
        run->idle.all[run->idle.count++] = *t;
    } else {
        close(t->master);
        close(t->slave);
    }
}

/* ---- what comes out of it -------------------------------------------------------------------- */

/* A read of a terminal's master flushes what the slave's side has written (n_tty(4) in the kernel),
 * so after a process has ended, draining until EAGAIN gets all of it, whoever else still holds the
 * slave. */
size_t capture_drain(struct capture *capture)
{
    char buffer[16384];
    size_t total = 0;
    while (total < ((size_t)1 << 20)) {
        ssize_t n = read(capture->terminal.master, buffer, sizeof buffer);
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

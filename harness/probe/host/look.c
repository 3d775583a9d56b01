/* look.c - what the kernel says of a process: the supervisor believes nobody else. */
#include "driver.h"
#include "inside.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The state letter of /proc/PID/stat; 'X' if it is gone, '?' if it has not begun yet. */
static char state_of(int pid)
{
    char path[64], text[512];

    if (pid <= 0)
        return '?';
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ESRCH ? 'X' : '?';
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return 'X';
    text[n] = 0;
    const char *after_name = strrchr(text, ')');
    return after_name && after_name[1] ? after_name[2] : '?';
}

bool process_is_dead(int pid)
{
    char state = state_of(pid);
    return state == 'X' || state == 'Z';
}

bool process_has_ended(int pid)
{
    siginfo_t child = {0};
    if (pid > 0 && waitid(P_PID, (id_t)pid, &child, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0)
        return child.si_pid == pid;
    int fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    struct pollfd end = {.fd = fd, .events = POLLIN};

    if (fd < 0)
        return pid > 0 && errno == ESRCH;
    bool ended = poll(&end, 1, 0) > 0;
    close(fd);
    return ended;
}

bool process_is_zombie(int pid)
{
    return state_of(pid) == 'Z';
}

bool process_computes(int pid)
{
    char state = state_of(pid);
    return state == 'R' || state == 'D';
}

bool process_sleeps(int pid)
{
    return state_of(pid) == 'S';
}

bool process_is_asleep(int pid)
{
    char state = state_of(pid);
    return state == 'S' || state == 'D' || state == 'T' || state == 't';
}

bool process_is_traced(int pid)
{
    char path[64], line[256];
    int tracer = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *status = fopen(path, "re");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "TracerPid: %d", &tracer) == 1)
            break;
    if (status)
        fclose(status);
    return tracer != 0;
}

/* An ELF file that names no interpreter: the dynamic loader. */
static bool lacks_interpreter(int fd)
{
    enum { MOST_HEADERS = 64 };
    Elf64_Ehdr header;
    Elf64_Phdr h;

    if (pread(fd, &header, sizeof header, 0) != sizeof header ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return false;
    for (int i = 0; i < header.e_phnum && i < MOST_HEADERS; i++)
        if (pread(fd, &h, sizeof h, (off_t)(header.e_phoff + (Elf64_Off)i * header.e_phentsize)) !=
                sizeof h ||
            h.p_type == PT_INTERP)
            return false;
    return true;
}

bool process_is_static(int pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool yes = fd >= 0 && lacks_interpreter(fd);
    if (fd >= 0)
        close(fd);
    return yes;
}

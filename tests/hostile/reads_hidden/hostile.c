/*
 * Looks for the scenarios, the reference and the harness: arguments, environment, open descriptors, mounts,
 * process 1, parent folders, and every file outside of /usr. Prints each thing that it finds.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;
static int found;

static int tells(const char *text, size_t length)
{
    /* Put together, so that this program does not find itself. */
    char hidden[4][32] = {"5f1d-hid", "ipcgr", "scena", "reference/"};
    strcat(hidden[0], "den-from");
    strcat(hidden[1], "ade");
    strcat(hidden[2], "rios.c");
    strcat(hidden[3], "pipeline");
    for (int i = 0; i < 4; i++)
        if (memmem(text, length, hidden[i], strlen(hidden[i])))
            return 1;
    return 0;
}

static void look_at(const char *what, const char *text, size_t length)
{
    if (!tells(text, length))
        return;
    found++;
    printf("found in %s\n", what);
}

static void look_into(const char *path)
{
    static char content[1 << 20];
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return;
    ssize_t n = read(fd, content, sizeof content);
    if (n > 0)
        look_at(path, content, (size_t)n);
    close(fd);
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    static const char *const apart[] = {"/usr", "/lib", "/bin", "/sbin", "/proc", "/sys", "/dev"};
    (void)status, (void)ftw;
    look_at("a file's name", path, strlen(path));
    for (unsigned i = 0; i < sizeof apart / sizeof *apart; i++)
        if (!strncmp(path, apart[i], strlen(apart[i])))
            return 0;
    if (type == FTW_F && strcmp(path + strlen(path) - 7, "hostile"))
        look_into(path);
    return 0;
}

static void look_at_process(const char *pid)
{
    static const char *const files[] = {"cmdline", "environ",   "maps",   "mountinfo", "mounts",
                                        "status",  "mountstats", "cgroup", "auxv",      "smaps"};
    static const char *const links[] = {"exe", "cwd", "root"};
    char path[128], target[4096];
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "/proc/%s/%s", pid, files[i]);
        look_into(path);
    }
    for (unsigned i = 0; i < sizeof links / sizeof *links; i++) {
        snprintf(path, sizeof path, "/proc/%s/%s", pid, links[i]);
        ssize_t n = readlink(path, target, sizeof target);
        if (n > 0)
            look_at(path, target, (size_t)n);
    }
    for (int fd = 0; fd < 100; fd++) {
        snprintf(path, sizeof path, "/proc/%s/fd/%d", pid, fd);
        ssize_t n = readlink(path, target, sizeof target);
        if (n > 0)
            look_at(path, target, (size_t)n);
        if (n > 0 && (fd > 2 || strcmp(pid, "self"))) {
            printf("open: %s -> %.*s\n", path, (int)n, target);
            found++;
        }
    }
}

int main(int argc, char *argv[])
{
    for (int i = 0; i < argc; i++)
        look_at("an argument", argv[i], strlen(argv[i]));
    for (char **e = environ; *e; e++)
        look_at("the environment", *e, strlen(*e));
    look_at_process("self");
    for (int pid = 1; pid < 100; pid++) {
        char text[16];
        snprintf(text, sizeof text, "%d", pid);
        if (pid != getpid())
            look_at_process(text);
    }
    look_into("/proc/1/mem");
    look_into("../scenarios.c");
    look_into("../../scenarios.c");
    look_into("/proc/1/root/etc/shadow");
    if (access("/etc/shadow", R_OK) == 0) {
        puts("/etc/shadow can be read");
        found++;
    }
    nftw("/", visit, 32, FTW_PHYS);
    if (!found)
        puts("contained");
    return 0;
}

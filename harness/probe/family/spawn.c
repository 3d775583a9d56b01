/*
 * spawn.c - popen, pclose, system, posix_spawn: glibc makes their processes where nothing can be
 * interposed, so the first three are made of fork and exec here, and a spawned one is recognised
 * when it arrives.
 */
#include "../misuse.h"
#include "../process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAMILY_NAME "processes"

CALL(system, FAMILY_NAME, "");
CALL(popen, FAMILY_NAME, "");
CALL(posix_spawn, FAMILY_NAME, "");
CALL(daemon, FAMILY_NAME, "");

/* What stands while system() waits: the keyboard's signals are the command's, and SIGCHLD comes later. */
struct set_aside {
    struct sigaction interrupt, quit;
    uint64_t mask;
};

static struct set_aside set_aside(void)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    uint64_t chld = 1ull << (SIGCHLD - 1);
    struct set_aside s = {0};

    REAL(sigaction)(SIGINT, &ignore, &s.interrupt);
    REAL(sigaction)(SIGQUIT, &ignore, &s.quit);
    sys(SYS_rt_sigprocmask, SIG_BLOCK, &chld, &s.mask, sizeof chld);
    return s;
}

static void put_back(const struct set_aside *s)
{
    REAL(sigaction)(SIGINT, &s->interrupt, NULL);
    REAL(sigaction)(SIGQUIT, &s->quit, NULL);
    sys(SYS_rt_sigprocmask, SIG_SETMASK, &s->mask, NULL, sizeof s->mask);
}

EXPORT int system(const char *command)
{
    uint32_t child;
    int status = 0;

    if (!probe_on())
        return REAL(system)(command);
    if (!command)
        return 1;
    struct set_aside before = set_aside();
    pid_t pid = process_fork(&call_system, CALLER, &child);
    if (pid == 0) {
        put_back(&before);
        execute_shell(command);
    }
    while (pid > 0 && process_wait(CALLER, pid, &status, 0, NULL) < 0)
        if (*real_errno() != EINTR) {
            status = -1;
            break;
        }
    put_back(&before);
    return pid < 0 ? -1 : status;
}

/* The parent ends at once, without exit handlers; the child has neither terminal nor streams. */
EXPORT int daemon(int stay, int keep)
{
    uint32_t child;

    if (!probe_on())
        return REAL(daemon)(stay, keep);
    pid_t pid = process_fork(&call_daemon, CALLER, &child);
    if (pid < 0)
        return -1;
    if (pid > 0)
        VIA((_exit(0), 0));
    sys(SYS_setsid);
    if (!stay)
        sys(SYS_chdir, "/");
    long null = keep ? -1 : sys(SYS_open, "/dev/null", O_RDWR);
    for (int i = 0; i < 3 && null >= 0; i++)
        VIA(dup2((int)null, i));
    if (null > 2)
        sys(SYS_close, null);
    return 0;
}

/* ---- popen ----------------------------------------------------------------------------------- */

static struct opened {
    FILE *file;
    pid_t pid;
    uint32_t site;
    const char *read, *written; /* where its buffer stood when the next one was opened */
} opened[64];

static void forked(uint32_t child);
static void leaving(void);
FAMILY(spawn, .forked = forked, .leaving = leaving);

static struct opened *slot_of(const FILE *file)
{
    for (unsigned i = 0; i < sizeof opened / sizeof *opened; i++)
        if (opened[i].file == file)
            return &opened[i];
    return NULL;
}

/* The parent's are not this process's to close. */
static uint32_t inherited;

static void forked(uint32_t child)
{
    (void)child;
    for (unsigned i = 0; i < sizeof opened / sizeof *opened; i++)
        inherited += opened[i].file != NULL;
}

static void next_is_opened(void)
{
    for (unsigned i = 0; i < sizeof opened / sizeof *opened; i++)
        if (opened[i].file && !opened[i].read) {
            opened[i].read = opened[i].file->_IO_read_ptr;
            opened[i].written = opened[i].file->_IO_write_ptr;
        }
}

/* Opened there, never closed, and not used any more once the next one was. */
static uint32_t count_given_up(uint32_t site)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < sizeof opened / sizeof *opened; i++) {
        const struct opened *o = &opened[i];
        n += o->file && o->site == site && o->read && o->read == o->file->_IO_read_ptr &&
             o->written == o->file->_IO_write_ptr;
    }
    return n;
}

/* Again and again, and none is ever closed: what each has opened, its process included, adds up. */
static void leaving(void)
{
    enum { PILE = 2 };
    for (unsigned i = 0; i < sizeof opened / sizeof *opened && !inherited; i++) {
        uint32_t n = opened[i].file ? count_given_up(opened[i].site) : 0;
        struct probe_access place = {me()->process, opened[i].site, 0, n};
        if (n >= PILE)
            misuse_tell("leak-fd", &place, NULL, 0);
    }
}

/* POSIX: ends of earlier popens are not open in the new child. */
static void become_command(const char *command, int ends[2], bool reads_it)
{
    int mine = ends[reads_it], target = reads_it ? 1 : 0;

    for (unsigned i = 0; i < sizeof opened / sizeof *opened; i++)
        if (opened[i].file)
            close(opened[i].file->_fileno);
    if (mine != target) {
        dup2(mine, target);
        close(mine);
    }
    if (ends[!reads_it] != target)
        close(ends[!reads_it]);
    execute_shell(command);
}

static bool has(const char *mode, char letter)
{
    while (*mode && *mode != letter)
        mode++;
    return *mode;
}

/* One of r and w, and perhaps an e, in any order. */
static bool good_mode(const char *mode)
{
    for (const char *m = mode; *m; m++)
        if (!has("rwe", *m))
            return false;
    return has(mode, 'r') != has(mode, 'w');
}

EXPORT FILE *popen(const char *command, const char *mode)
{
    bool reads_it = has(mode, 'r');
    struct opened *slot = slot_of(NULL);
    uint32_t child;
    int ends[2];

    if (!probe_on() || !slot || !good_mode(mode))
        return REAL(popen)(command, mode);
    if (pipe(ends) < 0)
        return NULL;
    pid_t pid = process_fork(&call_popen, CALLER, &child);
    if (pid == 0)
        become_command(command, ends, reads_it);
    close(ends[reads_it]);
    FILE *file = pid < 0 ? NULL : REAL(fdopen)(ends[!reads_it], reads_it ? "r" : "w");
    if (!file) {
        close(ends[!reads_it]);
        return NULL;
    }
    if (has(mode, 'e'))
        sys(SYS_fcntl, ends[!reads_it], F_SETFD, FD_CLOEXEC);
    next_is_opened();
    *slot = (struct opened){.file = file, .pid = pid, .site = site_of(CALLER)};
    return file;
}

/* Wrong for what popen has opened, but not left open. */
EXPORT int fclose(FILE *file)
{
    struct opened *slot = file ? slot_of(file) : NULL;
    if (slot)
        slot->file = NULL;
    return REAL(fclose)(file);
}

EXPORT int pclose(FILE *file)
{
    struct opened *slot = slot_of(file);
    int status = -1;

    if (!probe_on() || !file || !slot)
        return REAL(pclose)(file);
    pid_t pid = slot->pid;
    slot->file = NULL;
    REAL(fclose)(file);
    while (process_wait(CALLER, pid, &status, 0, NULL) < 0)
        if (*real_errno() != EINTR)
            return -1;
    return status;
}

/* ---- posix_spawn ----------------------------------------------------------------------------- */

typedef int spawn_fn(pid_t *, const char *, const posix_spawn_file_actions_t *,
                     const posix_spawnattr_t *, char *const[], char *const[]);

/* The kernel holds the parent until the child has executed, so this is all within one turn. The
 * child waits in start.c for the pid that stands here only afterwards. */
static int spawn(spawn_fn *real, const void *site, pid_t *pid, const char *path,
                 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
                 char *const argv[], char *const envp[])
{
    char room[environment_size(envp)] __attribute__((aligned(16)));
    struct point p;
    pid_t own = 0;

    point_begin(&p, &call_posix_spawn, site, 0);
    uint32_t child = task_create(PROBE_SPAWNING | PROBE_EXECED);
    int error = real(&own, path, actions, attributes, argv, environment_with_probe(envp, room));
    if (child != PROBE_NOBODY) {
        if (error)
            task_forget(child);
        task_at(child)->pid = own;
        task_at(child)->flags &= ~(uint32_t)PROBE_SPAWNING;
    }
    if (!error && pid)
        *pid = own;
    int kept = *real_errno();
    point_end(&p, error ? -error : own);
    *real_errno() = kept;
    return error;
}

EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    spawn_fn *real = REAL(posix_spawn);
    return probe_on() ? spawn(real, CALLER, pid, path, actions, attributes, argv, envp)
                      : real(pid, path, actions, attributes, argv, envp);
}

EXPORT int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    spawn_fn *real = REAL(posix_spawnp);
    return probe_on() ? spawn(real, CALLER, pid, file, actions, attributes, argv, envp)
                      : real(pid, file, actions, attributes, argv, envp);
}

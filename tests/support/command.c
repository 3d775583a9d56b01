/*
 * command.c - runs build/ipcgrade as a user would. See command.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/fs.h"
#include "tests/support/command.h"

enum { MINUTES = 10 }; /* an answer may take, where nothing else is said */

/* ---- folders of the test's own ------------------------------------------------------------ */

static char base[PATH_MAX];        /* holds all below; removed at exit */
static char own_tmp[PATH_MAX + 8]; /* TMPDIR of the commands */
static pid_t owner;

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status, (void)type, (void)ftw;
    return remove(path);
}

static void remove_base(void)
{
    if (getpid() == owner)
        nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_folder(const char *path)
{
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(chmod(path, 0777), 0);
}

static void prepare(void)
{
    if (owner)
        return;
    const char *tmp = getenv("TMPDIR");
    snprintf(base, sizeof base, "%s/ipcgrade-test-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(base));
    assert_int_equal(chmod(base, 0755), 0);
    owner = getpid();
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    atexit(remove_base);
    snprintf(own_tmp, sizeof own_tmp, "%s/tmp", base);
    make_folder(own_tmp);
}

int leftovers(void)
{
    prepare();
    DIR *folder = opendir(own_tmp);
    assert_non_null(folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}

const char *scratch_folder(void)
{
    enum { MOST = 512 };
    static char *paths[MOST]; /* alive as long as the test */
    static int count;
    prepare();
    assert_true(count < MOST);
    char **path = &paths[count++];
    assert_true(asprintf(path, "%s/%d", base, count) > 0);
    make_folder(*path);
    return *path;
}

void write_bytes(const char *folder, const char *name, const void *content, size_t length)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

void write_text(const char *folder, const char *name, const char *content)
{
    write_bytes(folder, name, content, strlen(content));
}

/* ---- running the command ------------------------------------------------------------------ */

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static const char *command_path(void)
{
    static char path[PATH_MAX];
    if (path[0])
        return path;
    const char *build = getenv("BUILD");
    char relative[PATH_MAX];
    snprintf(relative, sizeof relative, "%s/ipcgrade", build ? build : "build");
    if (!realpath(relative, path))
        fail_msg("%s: %s (tests run in the repository's folder, after make)", relative,
                 strerror(errno));
    return path;
}

/* A file that only we know of. Not memfd_create: what a full disk does to a report is tested too.
 */
static int unlinked_file(void)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/said-XXXXXX", base);
    int fd = mkostemp(path, O_CLOEXEC);
    assert_true(fd >= 0);
    unlink(path);
    return fd;
}

/* The repository may lie where only root can go (/root): another user gets it at a place of its own.
 * Returns the command's path there. */
static bool show_repository(uid_t uid, char *path, size_t size)
{
    char here[PATH_MAX], there[sizeof base + 32];
    const char *command = command_path();
    if (!getcwd(here, sizeof here) || strncmp(command, here, strlen(here)) != 0)
        return false;
    snprintf(there, sizeof there, "%s/repository", base);
    mkdir(there, 0755); /* it may be there from before: the mount is not, it was another's */
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount(here, there, NULL, MS_BIND | MS_REC, NULL) != 0 || chdir(there) != 0 ||
        setgroups(0, NULL) != 0 || setgid(uid) != 0 || setuid(uid) != 0)
        return false;
    snprintf(path, size, "%s%s", there, command + strlen(here));
    return true;
}

static void become_command(struct manner manner, const char *const argv[], int out, int err)
{
    char path[2 * PATH_MAX];
    const char *words[64] = {command_path()};
    for (int i = 0; i < 62 && argv[i]; i++)
        words[i + 1] = argv[i];
    setenv("TMPDIR", manner.tmpdir ? manner.tmpdir : own_tmp, 1);
    int null = open("/dev/null", O_RDONLY);
    if (manner.folder && chdir(manner.folder) != 0)
        _exit(99);
    if (manner.out_path)
        out = open(manner.out_path, O_WRONLY | O_CREAT, 0666);
    if (null < 0 || out < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(99);
    if (manner.uid) {
        if (!show_repository(manner.uid, path, sizeof path))
            _exit(99);
        words[0] = path;
    }
    execv(words[0], (char *const *)words);
    _exit(99);
}

struct asking ask_in_background(struct manner manner, const char *const argv[])
{
    prepare();
    command_path();
    struct asking asking = {.out = unlinked_file(),
                            .err = unlinked_file(),
                            .minutes = manner.minutes ? manner.minutes : MINUTES};
    asking.pid = fork();
    assert_true(asking.pid >= 0);
    if (asking.pid == 0)
        become_command(manner, argv, asking.out, asking.err);
    return asking;
}

static char *read_all(int fd, size_t *length)
{
    struct stat status;
    assert_int_equal(fstat(fd, &status), 0);
    *length = (size_t)status.st_size;
    char *content = calloc(1, *length + 1);
    assert_non_null(content);
    assert_int_equal(pread(fd, content, *length, 0), status.st_size);
    close(fd);
    return content;
}

struct answer answer_of(struct asking asking)
{
    int pidfd = pidfd_open(asking.pid, 0);
    assert_true(pidfd >= 0);
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    bool in_time = poll(&ended, 1, asking.minutes * 60000) == 1;
    if (!in_time)
        kill(asking.pid, SIGKILL);
    close(pidfd);
    int status;
    struct rusage usage;
    assert_int_equal(wait4(asking.pid, &status, 0, &usage), asking.pid);
    struct answer answer = {.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)};
    answer.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    answer.out = read_all(asking.out, &answer.out_length);
    answer.err = read_all(asking.err, &answer.err_length);
    if (!in_time)
        fail_msg("ipcgrade did not end within %d minutes; it said: %s", asking.minutes, answer.err);
    return answer;
}

struct answer ask_as(struct manner manner, const char *const argv[])
{
    return answer_of(ask_in_background(manner, argv));
}

void answer_free(struct answer *answer)
{
    free(answer->out);
    free(answer->err);
    *answer = (struct answer){0};
}

/* ---- what it said ------------------------------------------------------------------------- */

json_t *parse_json(const struct answer *answer)
{
    json_error_t error;
    json_t *report = json_loadb(answer->out, answer->out_length, 0, &error);
    if (!report)
        fail_msg("no JSON (%s, line %d), exit status %d, it said:\n%.2000s%.2000s", error.text,
                 error.line, answer->status, answer->out, answer->err);
    assert_string_equal(json_text(report, "schema"), "ipcgrade/1");
    return report;
}

json_t *grade_json(struct answer *answer, const char *assignment, const char *folder)
{
    *answer = ask("grade", "--schedules", "0", "--format", "json", "-a", assignment, folder);
    return parse_json(answer);
}

const char *json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

bool has_finding(const json_t *report, const char *rule)
{
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(report, "findings"), i, finding)
    {
        if (!rule || !strcmp(json_text(finding, "rule"), rule))
            return true;
    }
    return false;
}

bool is_one_clear_line(const struct answer *answer, const char *mention)
{
    const char *newline = strchr(answer->err, '\n');
    bool good = answer->status == 2 && answer->out_length == 0 &&
                !strncmp(answer->err, "ipcgrade: ", 10) && newline && newline[1] == '\0' &&
                strstr(answer->err, mention);
    if (!good)
        print_message("exit status %d, standard output: %.500s\nstandard error: %.500s\n",
                      answer->status, answer->out, answer->err);
    return good;
}

/* ---- the host ----------------------------------------------------------------------------- */

bool has_escaped_processes(void)
{
    siginfo_t ended;
    return waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

void own_host_ipc(void)
{
    if (getuid() != 0)
        return;
    assert_int_equal(unshare(CLONE_NEWIPC | CLONE_NEWNS), 0);
    assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    assert_int_equal(mount("test", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"), 0);
}

/* Lines of a table in /proc/sysvipc whose column `uid` is ours. */
static int own_lines(const char *path, int uid_column)
{
    cleanup_file FILE *file = fopen(path, "re");
    char line[512];
    int count = 0;
    while (file && fgets(line, sizeof line, file)) {
        char *word = strtok(line, " \n");
        for (int i = 1; word && i < uid_column; i++)
            word = strtok(NULL, " \n");
        count += word && strtoul(word, NULL, 10) == getuid() && *word >= '0' && *word <= '9';
    }
    return count;
}

int host_ipc_objects(void)
{
    int count = own_lines("/proc/sysvipc/msg", 8) + own_lines("/proc/sysvipc/sem", 5) +
                own_lines("/proc/sysvipc/shm", 8);
    DIR *shm = opendir("/dev/shm");
    struct stat status;
    for (struct dirent *entry; shm && (entry = readdir(shm));)
        count += fstatat(dirfd(shm), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                 status.st_uid == getuid();
    if (shm)
        closedir(shm);
    return count;
}

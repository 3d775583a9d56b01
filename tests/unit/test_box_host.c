/*
 * test_box_host.c - hosts that allow no box: one line says what is forbidden, and the command that
 * allows it.
 *
 * The first box of a process is the one that tells, so none is started here before.
 */
#include "test_box_rig.h"

#include <sched.h>
#include <sys/mount.h>

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return ok;
}

/* In a user namespace of its own, `forbid` shapes the host for a child that then starts a box. */
static void refusal(bool (*forbid)(void), char *text, size_t size)
{
    int err[2];
    assert_int_equal(pipe(err), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct box_spec spec = rig_spec(BOX_RUN);
        dup2(err[1], 2);
        char uid[32], gid[32];
        snprintf(uid, sizeof uid, "0 %u 1", geteuid());
        snprintf(gid, sizeof gid, "0 %u 1", getegid());
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) || !write_text("/proc/self/setgroups", "deny") ||
            !write_text("/proc/self/uid_map", uid) || !write_text("/proc/self/gid_map", gid) ||
            !forbid())
            _exit(77);
        box_start(&spec, rig_guest, NULL, NULL, 0);
        _exit(0);
    }
    close(err[1]);
    size_t at = 0;
    for (ssize_t n; at < size - 1 && (n = read(err[0], text + at, size - 1 - at)) > 0;)
        at += (size_t)n;
    text[at] = '\0';
    close(err[0]);
    int status;
    waitpid(pid, &status, 0);
    if (status == 77 << 8)
        skip();
    assert_int_equal(status, EXIT_HARNESS << 8);
    assert_ptr_equal(strchr(text, '\n'), text + at - 1); /* one line */
}

static bool no_namespaces(void)
{
    return write_text("/proc/sys/user/max_user_namespaces", "0");
}

static bool masked_proc(void)
{
    return mount("/dev/null", "/proc/version", NULL, MS_BIND, NULL) == 0;
}

static void no_namespaces_allowed(void **state)
{
    (void)state;
    char said[1024];
    refusal(no_namespaces, said, sizeof said);
    assert_non_null(strstr(said, "ipcgrade: sandbox: this host forbids user namespaces"));
    assert_non_null(strstr(said, "sudo sysctl user.max_user_namespaces="));
}

/* As in a container. */
static void no_fresh_proc_allowed(void **state)
{
    (void)state;
    char said[1024];
    refusal(masked_proc, said, sizeof said);
    assert_non_null(
        strstr(said, "ipcgrade: sandbox: mounting a new proc: Operation not permitted"));
    assert_non_null(strstr(said, "systempaths=unconfined"));
}

static int group(const char *as)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_namespaces_allowed),
                                       cmocka_unit_test(no_fresh_proc_allowed)};
    return cmocka_run_group_tests_name(as, tests, NULL, NULL);
}

int main(void)
{
    return rig_main(group);
}

/*
 * test_box_limits.c - every limit of a box bites, the box outlives it, and the driver can watch
 * calls.
 */
#include "test_box_rig.h"

#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "test_box_attacks.h"

static struct box_spec small(void)
{
    struct box_spec spec = rig_spec(BOX_RUN);
    spec.limits = limits_complete((struct limits){.cpu_seconds = 1,
                                                  .memory_mb = 64,
                                                  .processes = 12,
                                                  .open_files = 40,
                                                  .file_mb = 8,
                                                  .queues = 5,
                                                  .segments = 6,
                                                  .semaphore_sets = 7},
                                  limits_default);
    return spec;
}

static long told(const struct seen *s, const char *name)
{
    const char *line = strstr(s->output, name);
    assert_non_null(line);
    return line ? strtol(line + strlen(name), NULL, 10) : -1;
}

/* Whether this kernel lets this user set the IPC limits of a box (limits.c). */
static bool sysctls_work(void)
{
    return strcmp(rig_shell(BOX_RUN, "cat /proc/sys/kernel/msgmni")->output, "32\n") == 0;
}

static void zeros_are_replaced(void **state)
{
    (void)state;
    struct limits own = {.queues = 3}, general = {.queues = 4, .processes = 5};
    struct limits l = limits_complete(own, general);
    assert_int_equal(l.queues, 3);
    assert_int_equal(l.processes, 5);
    assert_int_equal(l.memory_mb, limits_default.memory_mb);
    const unsigned *field = (const unsigned *)&l;
    for (size_t i = 0; i < sizeof l / sizeof *field; i++)
        assert_true(field[i] > 0);
}

static void numbers_of_things(void **state)
{
    (void)state;
    struct seen *s = attack("limits", small(), 2000);
    assert_int_equal(told(s, "processes "), 12);
    assert_int_equal(told(s, "descriptors "), 37); /* and 0, 1, 2 */
    assert_in_range(told(s, "shm files "), 1000, 1023);
    if (!sysctls_work())
        skip();
    assert_int_equal(told(s, "queues "), 5);
    assert_int_equal(told(s, "segments "), 6);
    assert_int_equal(told(s, "sets "), 7);
    assert_in_range(told(s, "mqueues "), 1, 5);
}

static void amounts_of_memory(void **state)
{
    (void)state;
    /* twice the budget and 512, so that the driver's watch speaks first */
    assert_in_range(told(attack("memory", small(), 0), "memory "), 64, 2 * 64 + 512);
    assert_in_range(told(attack("shm", rig_spec(BOX_RUN), 0), "shm "), 15 << 10, 16 << 10);
}

static void big_file(void **state)
{
    (void)state;
    struct seen *s = attack("big_file", small(), 0);
    assert_true(s->status == SIGXFSZ || strcmp(s->output, "big ENOSPC\n") == 0);
}

static void cpu_time(void **state)
{
    (void)state;
    assert_int_equal(attack("spin", small(), 0)->status, SIGXCPU);
}

static void no_core(void **state)
{
    (void)state;
    assert_int_equal(rig_shell(BOX_RUN, "kill -SEGV $$")->status, SIGSEGV);
    assert_string_equal(rig_shell(BOX_RUN, "ulimit -c; ls")->output, "0\n");
}

/* More is mapped than a student may have, as an arena or a sanitizer does, and the stack is deep. */
static __attribute__((noinline)) int deep_guest(void *arg)
{
    volatile char deep[300 << 10];
    const struct box_spec *spec = arg;
    const char *const argv[] = {"true", NULL};
    struct box_command command = {.argv = argv, .in = -1, .out = -1, .err = -1};
    struct box_child child;
    int status = -1;
    for (size_t i = 0; i < sizeof deep; i += 1024)
        deep[i] = 0;
    if (!box_spawn(spec, &command, &child) || waitpid(child.pid, &status, 0) < 0)
        die_errno("spawn");
    return status == 0 ? deep[0] : 1;
}

static int full_guest(void *arg)
{
    return arena_new((size_t)8 << 30) ? deep_guest(arg) : 1;
}

static void full_driver_can_spawn(void **state)
{
    (void)state;
    struct box_spec spec = small();
    struct box box = box_start(&spec, full_guest, &spec, NULL, 0);
    assert_int_equal(box_wait(&box, true), 0);
}

/* The driver's own processes do not count, and its limits are its own. */
static int crowded_guest(void *arg)
{
    struct seen *seen = arg;
    const char *const argv[] = {"sleep", "1000", NULL};
    struct box_command command = {.argv = argv, .in = -1, .out = -1, .err = -1, .session = true};
    struct box_child child;
    for (int i = 0; i < 40; i++)
        if (!box_spawn(seen->spec, &command, &child)) {
            seen->error = errno;
            seen->status = i;
            break;
        }
    for (int i = 0; i < 20; i++) {
        pid_t pid = fork();
        if (pid < 0)
            die_errno("the driver's fork");
        if (pid == 0)
            _exit(0);
    }
    box_kill_rest(rig_count, &seen->killed);
    return 0;
}

static void one_process_too_many(void **state)
{
    (void)state;
    struct box_spec spec = small();
    struct seen *seen = arena_alloc(rig_arena, sizeof *seen);
    *seen = (struct seen){.spec = &spec};
    struct box box = box_start(&spec, crowded_guest, seen, seen->fault, sizeof seen->fault);
    assert_int_equal(box_wait(&box, true), 0);
    assert_int_equal(seen->status, 12);
    assert_int_equal(seen->error, EAGAIN);
    assert_int_equal(seen->killed, 12 + 20);
}

/* ---- watched calls --------------------------------------------------------------------------- */

static int watching_guest(void *arg)
{
    const struct box_spec *spec = arg;
    const char *const argv[] = {"ipcmk", "-Q", NULL};
    struct box_command command = {.argv = argv, .in = -1, .out = -1, .err = -1, .watch = true};
    struct box_child child;
    struct seccomp_notif request = {0};
    if (!box_spawn(spec, &command, &child) || child.listener < 0)
        die_errno("spawn");
    if (ioctl(child.listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
        die_errno("receive");
    if (request.data.nr != SYS_msgget || !box_watched(request.data.nr) ||
        (pid_t)request.pid != child.pid)
        die("notification", "call %d of %u", request.data.nr, request.pid);
    struct seccomp_notif_resp answer = {.id = request.id, .error = -EDOM};
    int status;
    if (ioctl(child.listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0 ||
        waitpid(child.pid, &status, 0) < 0)
        die_errno("answer");
    return status == 1 << 8 ? 0 : 1; /* ipcmk could not make one */
}

static void calls_can_be_watched(void **state)
{
    (void)state;
    struct box_spec spec = rig_spec(BOX_RUN);
    char *fault = arena_alloc(rig_arena, 512);
    struct box box = box_start(&spec, watching_guest, &spec, fault, 512);
    int status = box_wait(&box, true);
    assert_string_equal(fault, "");
    assert_int_equal(status, 0);
    assert_false(box_watched(SYS_read));
    assert_false(box_watched(-1));
}

static int group(const char *as)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_are_replaced),
        cmocka_unit_test(numbers_of_things),
        cmocka_unit_test(amounts_of_memory),
        cmocka_unit_test(big_file),
        cmocka_unit_test(cpu_time),
        cmocka_unit_test(no_core),
        cmocka_unit_test(full_driver_can_spawn),
        cmocka_unit_test(one_process_too_many),
        cmocka_unit_test(calls_can_be_watched),
    };
    return cmocka_run_group_tests_name(as, tests, compile_attacks, NULL);
}

int main(void)
{
    read_attacks();
    return rig_main(group);
}

/*
 * test_box.c - what a box is, seen from inside and outside: new namespaces, nothing of the harness
 * or the host in view, spawning, ids, faults, and nothing left behind.
 */
#include "test_box_rig.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>

/* ---- what a student's process sees ----------------------------------------------------------- */

static void namespaces_are_new(void **state)
{
    (void)state;
    static const char *const kinds[] = {"user", "pid", "ipc", "mnt", "net", "uts"};
    const char *inside = rig_shell(BOX_RUN, "readlink /proc/self/ns/*")->output;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char path[64], outside[64] = "";
        snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
        assert_true(readlink(path, outside, sizeof outside - 1) > 0);
        assert_non_null(strstr(inside, kinds[i]));
        assert_null(strstr(inside, outside));
    }
}

static void the_root_holds_what_is_needed_only(void **state)
{
    (void)state;
    const char *script = "cd /; ls -d [!bsl]* etc/* home/* home/student/* tmp/* usr/[!bl]* opt/* "
                         "srv/* dev/shm/* dev/mqueue/* 2> /dev/null; :";
    const char *expected = "dev\netc\netc/alternatives\netc/group\netc/hosts\netc/ld.so.cache\n"
                           "etc/passwd\nhome\nhome/student\nproc\ntmp\nusr\n";
    assert_string_equal(rig_shell(BOX_RUN, script)->output, expected);
}

static void it_cannot_be_written(void **state)
{
    (void)state;
    const char *targets =
        "for f in /x /etc/passwd /usr/bin/x /usr/lib/x /dev/x /proc/sys/kernel/msgmni "
        "/proc/sys/kernel/hostname /opt/x; do "
        "(echo 1 > $f) 2> /dev/null && echo $f; done; :";
    assert_string_equal(rig_shell(BOX_RUN, targets)->output, "");
    assert_string_equal(rig_shell(BOX_BUILD, targets)->output, "");
    assert_string_equal(rig_shell(BOX_RUN,
                                  "for d in . /tmp /dev/shm; do echo 1 > $d/x && cat $d/x; done;"
                                  "touch /dev/mqueue/q && ls /dev/mqueue")
                            ->output,
                        "1\n1\n1\nq\n");
}

static void nothing_of_the_harness_is_visible(void **state)
{
    (void)state;
    char cwd[4096], script[8192];
    setenv("IPCGRADE_TEST_SECRET", "secret", 1);
    assert_non_null(getcwd(cwd, sizeof cwd));
    snprintf(
        script, sizeof script,
        "ls /proc/self/fd | wc -l; ls -d '%s' /proc/1 /root 2>&- | wc -l; env | grep -c SECRET;"
        "grep -c -a . /proc/1/cmdline /proc/1/environ 2>&- | wc -l; echo /proc/[0-9]*;"
        "ls /proc/$$/task | wc -l; uname -n; id -u",
        cwd);
    /* ls holds 0, 1, 2 and the folder; 1000 is the shell */
    assert_string_equal(rig_shell(BOX_RUN, script)->output,
                        "4\n0\n0\n0\n/proc/1000\n1\nbox\n1000\n");
}

static void the_environment_is_ours(void **state)
{
    (void)state;
    struct box_spec spec = rig_spec(BOX_RUN);
    const char *const argv[] = {"env", NULL};
    const char *output = rig_run((struct seen){.spec = &spec, .argv = argv})->output;
    size_t length = 0;
    for (const char *const *e = box_environment; *e; e++) {
        assert_non_null(strstr(output, *e));
        length += strlen(*e) + 1;
    }
    assert_int_equal(strlen(output), length);
}

static void it_is_reproducible(void **state)
{
    (void)state;
    /* 1000 is the shell; addresses are not random */
    assert_string_equal(rig_shell(BOX_RUN,
                                  "echo $$; cat /proc/self/personality; umask; pwd;"
                                  "grep -E '^Sig(Blk|Ign)|^NoNewPrivs|^CapEff' /proc/self/status")
                            ->output,
                        "1000\n00040000\n0022\n/home/student\nSigBlk:\t0000000000000000\n"
                        "SigIgn:\t0000000000000000\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n");
}

static void outputs_can_be_opened_by_name(void **state)
{
    (void)state;
    assert_string_equal(rig_shell(BOX_RUN, "echo a > /dev/stdout; echo b > /dev/stderr")->output,
                        "a\nb\n");
}

static void hidden_folder_is_masked(void **state)
{
    (void)state;
    struct box_spec spec = rig_spec(BOX_RUN);
    spec.hide = "/usr/lib/locale";
    const char *const argv[] = {"ls", spec.hide, NULL};
    if (access(spec.hide, F_OK) != 0)
        skip();
    assert_string_equal(rig_run((struct seen){.spec = &spec, .argv = argv})->output, "");
}

/* ---- building -------------------------------------------------------------------------------- */

static void compilers_get_the_flags(void **state)
{
    (void)state;
    struct box_spec spec = rig_spec(BOX_BUILD);
    spec.wrapper_flags = "-DFLAG=7 -Wall";
    const char *const argv[] = {
        "sh", "-c",
        "printf '#include <stdio.h>\\nint main(void) { printf(\"%%d\\\\n\", FLAG); }'"
        " > a.c; cp a.c b.cc; printf 'all: a b\\n' > Makefile; make -s && ./a && ./b;"
        "for c in gcc cc g++ c++ c99; do command -v $c; done",
        NULL};
    assert_string_equal(rig_run((struct seen){.spec = &spec, .argv = argv})->output,
                        "7\n7\n/opt/compilers/gcc\n/opt/compilers/cc\n/opt/compilers/g++\n"
                        "/opt/compilers/c++\n/opt/compilers/c99\n");
    assert_non_null(strstr(rig_shell(BOX_RUN, "ls /usr/include")->output, "No such file"));
}

static void compilers_see_nothing_of_the_host(void **state)
{
    (void)state;
    const char *output =
        rig_shell(BOX_BUILD, "printf '#include \"/etc/shadow\"\\n' > a.c; gcc -c a.c;"
                             "printf '#include \"/dev/zero\"\\n' > b.c; gcc -c b.c; echo $?")
            ->output;
    assert_non_null(strstr(output, "/etc/shadow: No such file"));
    assert_null(strstr(output, "root:"));
    assert_string_equal(output + strlen(output) - 2, "1\n");
}

/* ---- spawning -------------------------------------------------------------------------------- */

static int spawn_errors_guest(void *arg)
{
    const struct box_spec *spec = arg;
    const char *const missing[] = {"no-such-command", NULL}, *const here[] = {"./data", NULL};
    const char *const script[] = {"./script", "x", NULL};
    const char *const bare[] = {"PATH=/nowhere:" BOX_WORK, NULL}, *const found[] = {"script", "y",
                                                                                    NULL};
    struct box_command c = {.argv = missing, .in = -1, .out = -1, .err = -1};
    struct box_child child;
    int status;
    if (box_spawn(spec, &c, &child) || errno != ENOENT)
        die("missing", "%d", errno);
    int fd = open("data", O_CREAT | O_WRONLY, 0644);
    c.argv = here;
    if (box_spawn(spec, &c, &child) || errno != EACCES)
        die("not executable", "%d", errno);
    close(fd);
    fd = open("script", O_CREAT | O_WRONLY, 0755);
    if (write(fd, "exit $#", 7) != 7)
        die_errno("script");
    close(fd);
    c.argv = script;
    if (!box_spawn(spec, &c, &child) || waitpid(child.pid, &status, 0) < 0 || status != 1 << 8)
        die("script without #!", "%d", errno);
    c.argv = found;
    c.env = bare;
    if (!box_spawn(spec, &c, &child) || waitpid(child.pid, &status, 0) < 0 || status != 1 << 8)
        die("script in PATH", "%d", errno);
    return waitpid(-1, NULL, 0) < 0 && errno == ECHILD ? 0 : 1;
}

static int crossed_guest(void *arg)
{
    /* the driver's 0, 1 and 2 are what the child wants as 1, 2 and 0 */
    int a[2], b[2], c[2];
    if (pipe(a) || pipe(b) || pipe(c) || write(c[1], "in", 2) != 2)
        die_errno("pipe");
    if (dup2(a[1], 0) < 0 || dup2(b[1], 1) < 0 || dup2(c[0], 2) < 0)
        die_errno("dup2");
    const char *const argv[] = {"sh", "-c", "head -c 2; echo err >&2", NULL};
    struct box_command command = {.argv = argv, .in = 2, .out = 0, .err = 1};
    struct box_child child;
    char out[16] = "", err[16] = "";
    if (!box_spawn(arg, &command, &child) || waitpid(child.pid, NULL, 0) < 0)
        die_errno("spawn");
    if (read(a[0], out, sizeof out - 1) < 0 || read(b[0], err, sizeof err - 1) < 0)
        die_errno("read");
    if (strcmp(out, "in") != 0 || strcmp(err, "err\n") != 0)
        die("crossed descriptors", "'%s' '%s'", out, err);
    return 0;
}

/* ---- ids of IPC objects ---------------------------------------------------------------------- */

static int ids_guest(void *arg)
{
    (void)arg;
    for (int first = 0; first <= 5; first += 5) {
        box_first_ids(first);
        int q = msgget(IPC_PRIVATE, 0600), m = shmget(IPC_PRIVATE, 1, 0600),
            s = semget(IPC_PRIVATE, 1, 0600);
        if (q != first || m != first || s != first)
            die("first ids", "%d: %d %d %d", first, q, m, s);
        for (int i = 0; first > 0 && i < 200; i++) {
            msgctl(q, IPC_RMID, NULL);
            if ((q = msgget(IPC_PRIVATE, 0600)) <= 0)
                die("later id", "%d", q);
        }
    }
    return 0;
}

/* ---- faults and ends ------------------------------------------------------------------------- */

static int dying_guest(void *arg)
{
    (void)arg;
    die("the guest", "has reason %d", 7);
}

static int sleeping_guest(void *arg)
{
    (void)arg;
    return pause();
}

static int exit_guest(void *arg)
{
    return *(int *)arg;
}

static char *shared_text(void)
{
    if (!rig_arena)
        rig_arena = arena_new((size_t)1 << 28);
    return arena_alloc(rig_arena, 512);
}

static int play(box_guest *guest, char *fault)
{
    struct box_spec spec = rig_spec(BOX_RUN);
    struct box box = box_start(&spec, guest, &spec, fault, 512);
    int status = box_wait(&box, true);
    if (fault[0])
        print_message("%s\n", fault);
    return status;
}

static void spawning_tells_errors(void **state)
{
    (void)state;
    assert_int_equal(play(spawn_errors_guest, shared_text()), 0);
}

static void descriptors_may_be_crossed(void **state)
{
    (void)state;
    assert_int_equal(play(crossed_guest, shared_text()), 0);
}

static void first_ids_are_as_told(void **state)
{
    (void)state;
    if (access("/proc/sys/kernel/msg_next_id", F_OK) != 0)
        skip();
    assert_int_equal(play(ids_guest, shared_text()), 0);
}

static void fault_arrives(void **state)
{
    (void)state;
    char *fault = shared_text();
    assert_int_equal(play(dying_guest, fault), EXIT_HARNESS << 8);
    assert_string_equal(fault, "the guest: has reason 7");
}

static void exit_status_and_kill(void **state)
{
    (void)state;
    int seven = 7;
    struct box_spec spec = rig_spec(BOX_RUN);
    struct box box = box_start(&spec, exit_guest, &seven, NULL, 0);
    assert_int_equal(box_wait(&box, true), 7 << 8);
    box = box_start(&spec, sleeping_guest, NULL, NULL, 0);
    assert_int_equal(box_wait(&box, false), -1);
    box_kill(&box);
    assert_int_equal(box_wait(&box, true), SIGKILL);
    struct box two[2];
    for (int i = 0; i < 2; i++)
        two[i] = box_start(&spec, sleeping_guest, NULL, NULL, 0);
    box_kill_all();
    for (int i = 0; i < 2; i++)
        assert_int_equal(box_wait(&two[i], true), SIGKILL);
}

static int terminal_guest(void *arg)
{
    (void)arg;
    return open("/dev/tty", O_RDWR) < 0 && errno == ENXIO ? 0 : 1;
}

/* A starter with a controlling terminal: nothing in the box has it. */
static void terminal_is_left(void **state)
{
    (void)state;
    pid_t starter = fork();
    if (starter == 0) {
        int master = posix_openpt(O_RDWR | O_NOCTTY);
        if (setsid() < 0 || grantpt(master) || unlockpt(master) ||
            open(ptsname(master), O_RDWR) < 0 || open("/dev/tty", O_RDWR) < 0)
            _exit(77);
        _exit(play(terminal_guest, shared_text()) == 0 ? 0 : 1);
    }
    int status;
    waitpid(starter, &status, 0);
    if (status == 77 << 8)
        skip();
    assert_int_equal(status, 0);
}

static void box_ends_with_its_starter(void **state)
{
    (void)state;
    int told[2];
    assert_int_equal(pipe(told), 0);
    pid_t starter = fork();
    if (starter == 0) {
        struct box_spec spec = rig_spec(BOX_RUN);
        struct box box = box_start(&spec, sleeping_guest, NULL, NULL, 0);
        if (write(told[1], &box.pid, sizeof box.pid) > 0)
            pause();
        _exit(1);
    }
    pid_t guest;
    assert_int_equal(read(told[0], &guest, sizeof guest), sizeof guest);
    int pidfd = (int)syscall(SYS_pidfd_open, guest, 0);
    assert_true(pidfd >= 0);
    kill(starter, SIGKILL);
    waitpid(starter, NULL, 0);
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    assert_int_equal(poll(&end, 1, 10000), 1);
    close(pidfd);
    close(told[0]);
    close(told[1]);
}

/* ---- nothing is left ------------------------------------------------------------------------- */

static int count_entries(const char *folder)
{
    int n = 0;
    DIR *d = opendir(folder);
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static void read_all(const char *path, char *text, size_t size)
{
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    text[fread(text, 1, size - 1, f)] = '\0';
    fclose(f);
}

static void nothing_is_left(void **state)
{
    (void)state;
    static char before[65536], after[65536];
    read_all("/proc/self/mountinfo", before, sizeof before);
    int descriptors = count_entries("/proc/self/fd");
    for (int i = 0; i < 3; i++)
        rig_shell(BOX_BUILD, "ipcmk -Q -M 100 -S 1 > /dev/null; echo > /dev/shm/a; echo > /tmp/a;"
                             "touch /dev/mqueue/a; (setsid sleep 1000 &); mkfifo f");
    read_all("/proc/self/mountinfo", after, sizeof after);
    assert_string_equal(before, after);
    assert_int_equal(count_entries("/proc/self/fd"), descriptors);
    assert_int_equal(waitpid(-1, NULL, 0), -1);
    assert_int_equal(errno, ECHILD);
}

static int group(const char *as)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(namespaces_are_new),
        cmocka_unit_test(the_root_holds_what_is_needed_only),
        cmocka_unit_test(it_cannot_be_written),
        cmocka_unit_test(nothing_of_the_harness_is_visible),
        cmocka_unit_test(the_environment_is_ours),
        cmocka_unit_test(it_is_reproducible),
        cmocka_unit_test(outputs_can_be_opened_by_name),
        cmocka_unit_test(hidden_folder_is_masked),
        cmocka_unit_test(compilers_get_the_flags),
        cmocka_unit_test(compilers_see_nothing_of_the_host),
        cmocka_unit_test(spawning_tells_errors),
        cmocka_unit_test(descriptors_may_be_crossed),
        cmocka_unit_test(first_ids_are_as_told),
        cmocka_unit_test(fault_arrives),
        cmocka_unit_test(exit_status_and_kill),
        cmocka_unit_test(terminal_is_left),
        cmocka_unit_test(box_ends_with_its_starter),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests_name(as, tests, NULL, NULL);
}

int main(void)
{
    return rig_main(group);
}

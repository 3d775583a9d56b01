/* test_probe_robust.c - programs that are hostile or badly broken: each schedule ends, in an honest result,
 * and the next one is clean. */
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

/* The first run in a folder does `misdeed` (with `helpers` before main), every later one behaves. */
static struct trial *misbehave(const char *helpers, const char *misdeed)
{
    static char text[16384];
    snprintf(
        text, sizeof text,
        "#define _GNU_SOURCE 1\n"
        "#include <errno.h>\n#include <fcntl.h>\n#include <sched.h>\n#include <signal.h>\n"
        "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <sys/sem.h>\n"
        "#include <sys/syscall.h>\n#include <sys/wait.h>\n#include <time.h>\n#include <unistd.h>\n"
        "%s\n"
        "int behave(void) { int p[2]; char c = 'x'; pipe(p);\n"
        "  if (fork() == 0) { write(p[1], &c, 1); _exit(3); }\n"
        "  read(p[0], &c, 1); int s; wait(&s); printf(\"clean %%d\\n\", WEXITSTATUS(s)); return 0; "
        "}\n"
        "int main(int argc, char **argv) {\n"
        "  int f = open(\"done\", O_CREAT | O_EXCL | O_WRONLY, 0600);\n"
        "  if (f < 0 && argc < 3) return behave();\n"
        "  close(f);\n%s\n}\n",
        helpers, misdeed);
    return trial_text(text);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* One schedule, which must not take long. */
static void run(struct trial *t, unsigned schedule, struct world_result *r)
{
    struct probe_config config = {.seed = 2, .schedule = schedule, .strategy = PROBE_PORTFOLIO};
    double before = now();
    trial_run(t, &config, NULL, 0, r);
    assert_int_not_equal(r->end, PROBE_RUNNING);
    assert_true(now() - before < 10);
}

static void next_is_clean(struct trial *t)
{
    struct world_result r;
    run(t, 1, &r);
    assert_int_equal(r.end, PROBE_DONE);
    assert_int_equal(r.doubts, 0);
    assert_false(r.tampered);
    assert_int_equal(r.findings, 0);
    assert_int_equal(r.tasks, 2);
    assert_string_equal(trial_output(t), "clean 3\n");
    world_forget(&r);
}

/* It may do that, and is followed all along. */
static void is_followed(const char *helpers, const char *deed, int wait_status, size_t tasks,
                        const char *output)
{
    struct trial *t = misbehave(helpers, deed);
    struct world_result r;
    run(t, 0, &r);
    assert_int_equal(r.end, PROBE_DONE);
    assert_int_equal(r.doubts, 0);
    assert_false(r.tampered);
    assert_int_equal(r.findings, 0);
    assert_int_equal(r.tasks, tasks);
    assert_int_equal(trial_status(t, 0), wait_status);
    assert_string_equal(trial_output(t), output);
    world_forget(&r);
    next_is_clean(t);
    trial_close(t);
}

#define EXITED(status) ((status) << 8)

static void closes_all_descriptors(void **state)
{
    (void)state;
    is_followed("",
                "for (int i = 0; i < 1024; i++) close(i);\n"
                "int p[2], s; char c = 0; pipe(p);\n"
                "if (fork() == 0) { sleep(1); write(p[1], \"y\", 1); _exit(4); }\n"
                "read(p[0], &c, 1); wait(&s); return c == 'y' ? WEXITSTATUS(s) : 99;",
                EXITED(4), 2, "");
}

/* At once, by the calls that were made for it. */
static void closes_ranges_of_descriptors(void **state)
{
    (void)state;
    const char *const ways[] = {"close_range(0, ~0u, 0);", "closefrom(0);",
                                "syscall(SYS_close_range, 3, ~0u, 0);"};
    for (int i = 0; i < 3; i++) {
        char deed[512];
        snprintf(deed, sizeof deed,
                 "int p[2], q[2], s; char c; pipe(p); pipe(q);\n"
                 "if (fork() == 0) { %s sleep(9); _exit(4); }\n"
                 "close(q[1]); read(q[0], &c, 1); %s pipe(p);\n"
                 "if (fork() == 0) { sleep(1); write(p[1], \"y\", 1); _exit(4); }\n"
                 "c = 0; read(p[0], &c, 1); wait(&s); wait(&s); return c == 'y' ? 5 : 99;",
                 ways[i], ways[i]);
        is_followed("", deed, EXITED(5), 3, "");
    }
}

static void makes_a_thousand_points(void **state)
{
    (void)state;
    is_followed(
        "",
        "int s, id = semget(IPC_PRIVATE, 2, 0600 | IPC_CREAT);\n"
        "struct sembuf a[2] = {{0, 1, 0}, {1, -1, 0}}, b[2] = {{0, -1, 0}, {1, 1, 0}};\n"
        "if (fork() == 0) { for (int i = 0; i < 250; i++) semop(id, b, 1), semop(id, b + 1, 1);\n"
        "  _exit(7); }\n"
        "for (int i = 0; i < 250; i++) semop(id, a, 1), semop(id, a + 1, 1);\n"
        "wait(&s); semctl(id, 0, IPC_RMID); return WEXITSTATUS(s);",
        EXITED(7), 2, "");
}

static void executes_without_environment(void **state)
{
    (void)state;
    is_followed(
        "extern char **environ;",
        "char *none[] = {NULL}, *args[] = {argv[0], \"a\", \"b\", NULL};\n"
        "if (argc < 3) { environ = NULL; close(0); execve(argv[0], args, none); return 98; }\n"
        "int s; if (fork() == 0) { sleep(1000); _exit(5); }\n"
        "wait(&s); return WEXITSTATUS(s);",
        EXITED(5), 2, "");
}

static void redefines_libc(void **state)
{
    (void)state;
    is_followed("int sem_init(void *s, int p, unsigned v) { abort(); }\n"
                "int send(int a) { abort(); }\nvoid error(const char *s) { abort(); }\n"
                "void init(void) { abort(); }\nint initialised(void) { abort(); }\n"
                "void *malloc(size_t n) { static char all[1 << 20]; static size_t at;\n"
                "  at += (n + 15) / 16 * 16; return all + at - (n + 15) / 16 * 16; }\n"
                "void free(void *p) { }\nint poll(void) { abort(); }\n"
                "int fstat64(void) { abort(); }\nint text_put(void) { abort(); }\n"
                "int strange(void) { return 0; }\nvoid presence(void) { abort(); }\n"
                "int self(void) { abort(); }\nint chance(void) { abort(); }\n",
                "int p[2], s; char c; pipe(p);\n"
                "if (fork() == 0) { write(p[1], \"z\", 1); _exit(6); }\n"
                "read(p[0], &c, 1); wait(&s); return c == 'z' ? WEXITSTATUS(s) : 99;",
                EXITED(6), 2, "");
}

/* Names that are among the newest of our own, and a student's favourites for a list, a shell, a game. */
static void redefines_more(void **state)
{
    (void)state;
    static const char *const names[] = {
        "link",     "remove",   "rename", "access",   "stat",          "fstat",   "mkdir",
        "unlink",   "signal",   "kill",   "sem_wait", "sem_post",      "ioctl",   "lseek",
        "readlink", "truncate", "splice", "tee",      "eventfd",       "daemon",  "getline",
        "strdup",   "qsort",    "index",  "wcslen",   "clock_gettime", "getppid", "pthread_once",
    };
    char helpers[8192] = "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        snprintf(strchr(helpers, 0), 128,
                 "int my%zu(void) __asm__(\"%s\"); int my%zu(void) { abort(); }\n", i, names[i], i);
    is_followed(helpers,
                "int p[2], s; char c; pipe(p);\n"
                "if (fork() == 0) { write(p[1], \"z\", 1); _exit(6); }\n"
                "read(p[0], &c, 1); wait(&s); return c == 'z' ? WEXITSTATUS(s) : 99;",
                EXITED(6), 2, "");
}

static void forks_sixty(void **state)
{
    (void)state;
    is_followed("",
                "int n = 0, s, id = semget(IPC_PRIVATE, 1, 0600 | IPC_CREAT);\n"
                "struct sembuf down = {0, -1, 0}, up = {0, 1, 0};\n"
                "for (int i = 0; i < 60; i++) if (fork() == 0) { semop(id, &down, 1); _exit(1); }\n"
                "for (int i = 0; i < 60; i++) semop(id, &up, 1);\n"
                "while (wait(&s) > 0) n += WEXITSTATUS(s);\n"
                "semctl(id, 0, IPC_RMID); return n;",
                EXITED(60), 61, "");
}

/* In mid-turn, by a system call that the probe does not see; then while it is blocked in one that it does. */
static void kills_itself(void **state)
{
    (void)state;
    is_followed("",
                "int s; if (fork() == 0) { syscall(SYS_kill, getpid(), SIGKILL); _exit(1); }\n"
                "wait(&s); return WIFSIGNALED(s) ? WTERMSIG(s) : 99;",
                EXITED(9), 2, "");
    is_followed("", "raise(SIGKILL); return 1;", SIGKILL, 1, "");
    is_followed("", "*(volatile int *)8 = 1; return 1;", SIGSEGV, 1, "");
}

/* Its other thread may not have begun by then, and nobody else is left to look. */
static void crashes_beside_a_thread(void **state)
{
    (void)state;
    struct trial *t = trial_text("#include <pthread.h>\n#include <stdlib.h>\n"
                                 "static void *run(void *at) { return at; }\n"
                                 "int main(void) { pthread_t t; pthread_create(&t, 0, run, 0);\n"
                                 "*(volatile int *)0 = 1; }\n");
    for (unsigned i = 0; i < 20; i++) {
        struct world_result r;
        run(t, i, &r);
        assert_int_equal(r.end, PROBE_DONE);
        assert_int_equal(r.doubts, 0);
        assert_true(WIFSIGNALED(trial_status(t, 0)));
        assert_int_equal(WTERMSIG(trial_status(t, 0)), SIGSEGV);
        world_forget(&r);
    }
    trial_close(t);
}

static void kills_a_blocked_one(void **state)
{
    (void)state;
    const char *const ways[] = {"kill(pid, SIGKILL);", "syscall(SYS_kill, pid, SIGKILL);",
                                ("long r; __asm__ volatile(\"syscall\" : \"=a\"(r) : "
                                 "\"a\"((long)SYS_kill), \"D\"((long)pid), "
                                 "\"S\"((long)SIGKILL) : \"rcx\", \"r11\", \"memory\");")};
    for (int i = 0; i < 3; i++) {
        char deed[1024];
        snprintf(deed, sizeof deed,
                 "int s, id = semget(IPC_PRIVATE, 1, 0600 | IPC_CREAT);\n"
                 "struct sembuf down = {0, -1, 0}; pid_t pid = fork();\n"
                 "if (pid == 0) { semop(id, &down, 1); _exit(1); }\n"
                 "sleep(1); %s wait(&s); semctl(id, 0, IPC_RMID);\n"
                 "return WIFSIGNALED(s) ? WTERMSIG(s) : 99;",
                 ways[i]);
        is_followed("", deed, EXITED(9), 2, "");
    }
}

/* ---- what cannot be followed is said ---------------------------------------------------------- */

static void is_doubtful(const char *helpers, const char *deed, unsigned doubt)
{
    struct trial *t = misbehave(helpers, deed);
    struct world_result r;
    run(t, 0, &r);
    assert_true(r.doubts & doubt);
    world_forget(&r);
    next_is_clean(t);
    trial_close(t);
}

static void makes_raw_processes(void **state)
{
    (void)state;
    is_doubtful("",
                "if (syscall(SYS_fork) == 0) { usleep(1000); _exit(0); }\nwait(NULL); return 0;",
                PROBE_RAW_FORK);
    is_doubtful(
        "", "if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0) _exit(0);\nwait(NULL); return 0;",
        PROBE_RAW_FORK);
    is_doubtful("static char stack[65536];\nstatic int child(void *a) { _exit(0); }\n",
                "clone(child, stack + sizeof stack, CLONE_FILES | SIGCHLD, NULL); wait(NULL);\n"
                "return 0;",
                PROBE_RAW_FORK);
    is_doubtful(
        "",
        "long pid; __asm__ volatile(\"syscall\" : \"=a\"(pid) : \"a\"((long)SYS_fork) : \"rcx\", "
        "\"r11\", \"memory\");\n"
        "if (pid == 0) _exit(0);\nwait(NULL); return 0;",
        PROBE_UNKNOWN);
}

static void static_program(void **state)
{
    (void)state;
    char folder[] = "/tmp/ipcgrade-static-XXXXXX", program[64], command[512];
    const char *const bodies[] = {"return 0;", "pause();", "for (;;);"};
    assert_non_null(mkdtemp(folder));
    snprintf(program, sizeof program, "%s/program", folder);
    for (int i = 0; i < 2; i++) {
        const char *argv[] = {program, NULL};
        snprintf(command, sizeof command,
                 "echo '#include <unistd.h>\nint main(void) { %s }' | gcc -w -static -x c - -o %s",
                 bodies[i], program);
        assert_int_equal(system(command), 0);
        struct trial *t = trial_command(argv);
        struct world_result r;
        run(t, 0, &r);
        assert_true(r.doubts & PROBE_STATIC);
        world_forget(&r);
        trial_close(t);
    }
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

/* ---- a scribbled region ----------------------------------------------------------------------- */

/* All of what the probe uses of it: random bytes, or all the same. By stores that it does not see coming. */
#define SCRIBBLE                                                                    \
    "static void scribble(unsigned seed) { unsigned long x = seed * 2654435761u + " \
    "88172645463325252u;\n"                                                         \
    "  unsigned long *at = (void *)0x200000000000, *end = at + (6 << 20) / 8;\n"    \
    "  for (; at < end; at++) { x ^= x << 13; x ^= x >> 7; x ^= x << 17;\n"         \
    "    unsigned long value = seed == 0 ? 0 : seed == 1 ? ~0ul : x;\n"             \
    "    __asm__ volatile(\"mov %1, %0\" : \"=m\"(*at) : \"r\"(value)); } }\n"

static void scribbles(void **state)
{
    (void)state;
    const char *const moments[] = {
        "scribble(SEED); fork(); return 0;",
        "if (fork() == 0) { scribble(SEED); _exit(0); } wait(NULL); return 0;",
        ("int p[2]; char c; pipe(p); if (fork() == 0) { read(p[0], &c, 1); _exit(0); }\n"
         "sleep(1); scribble(SEED); write(p[1], &c, 1); wait(NULL); return 0;"),
        "if (fork() == 0) { for (;;) sleep(1); } sleep(2); scribble(SEED); _exit(0);",
    };
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++)
        for (unsigned seed = 0; seed < 4; seed++) {
            char helpers[1024];
            snprintf(helpers, sizeof helpers, "enum { SEED = %u };\n%s", seed, SCRIBBLE);
            struct trial *t = misbehave(helpers, moments[i]);
            struct world_result r;
            run(t, 0, &r);
            assert_true(r.tampered);
            world_forget(&r);
            next_is_clean(t);
            trial_close(t);
        }
}

/* In small, so that all looks as it should: a race is forgotten, a doubt taken back. It is seen before it is
 * done, whichever way the hand takes. */
static void is_caught(const char *deed)
{
    static const char race[] = "int *p = mmap(0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
                               "if (fork() == 0) { ++*p; _exit(0); }\n++*p; wait(NULL);\n";
    static const char address[] =
        "#include <sys/mman.h>\n#include <sys/uio.h>\n"
        "#define AT(field) (0x200000000000 + (long)&((struct probe_region *)0)->field)\n"
        "static unsigned zero;\n";
    char helpers[4096], text[2048], *top = getcwd(NULL, 0);
    assert_non_null(top);
    snprintf(helpers, sizeof helpers, "#include \"%s/harness/probe/probe_abi.h\"\n%s", top,
             address);
    snprintf(text, sizeof text, "%s%s\nreturn 0;", race, deed);
    free(top);
    is_doubtful(helpers, text, PROBE_REACHED);
}

static void reaches_for_the_region(void **state)
{
    (void)state;
    is_caught("*(unsigned *)AT(world.findings) = 0;");
    is_caught("memset((void *)AT(world.findings), 0, 4);");
    is_caught("__atomic_store_n((unsigned *)AT(world.doubts), 0, 0);");
    is_caught("int g = open(\"/proc/self/mem\", O_RDWR); pwrite(g, &zero, 4, AT(world.findings));");
    is_caught(
        "FILE *g = fopen(\"/proc/self/mem\", \"r+\"); fseek(g, AT(world.findings), SEEK_SET);\n"
        "fwrite(&zero, 4, 1, g); fclose(g);");
    is_caught("int g = syscall(SYS_openat, AT_FDCWD, getenv(PROBE_ENV), O_RDWR);\n"
              "pwrite(g, &zero, 4, AT(world.findings) - PROBE_ADDRESS);");
    is_caught("open(getenv(PROBE_ENV), O_RDONLY);");
    is_caught(
        "int q[2]; pipe(q); write(q[1], &zero, 4); read(q[0], (void *)AT(world.findings), 4);");
    is_caught("signal(SIGALRM, exit), alarm(1), munmap((void *)PROBE_ADDRESS, PROBE_SIZE);");
    is_caught(
        "mmap((void *)PROBE_ADDRESS, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);");
    is_caught("mprotect((void *)PROBE_ADDRESS, PROBE_SIZE, PROT_READ);");
}

/* Code that asks the compiler to leave it out. */
static void nothing_is_left_out(void **state)
{
    (void)state;
    static const char *const wishes[] = {
        "__attribute__((no_sanitize_thread))", "__attribute__((no_sanitize(\"thread\")))",
        "__attribute__((__no_sanitize__(\"thread\")))", "__attribute__((no_sanitize(\"all\")))",
        "__attribute__((optimize(\"no-sanitize=thread\")))"};
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        char helpers[512];
        snprintf(helpers, sizeof helpers,
                 "#include <sys/mman.h>\n%s static void add(int *p) { ++*p; }", wishes[i]);
        struct trial *t = misbehave(
            helpers, "int *p = mmap(0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
                     "if (fork() == 0) { add(p); _exit(0); }\nadd(p); wait(NULL); return 0;");
        struct world_result r;
        run(t, 0, &r);
        assert_int_not_equal(r.findings, 0);
        world_forget(&r);
        next_is_clean(t);
        trial_close(t);
    }
}

/* Not linked, but found by their names. */
static void functions_looked_up_are_followed(void **state)
{
    (void)state;
    static const char *const handles[] = {"RTLD_NEXT", "RTLD_DEFAULT",
                                          "dlopen(\"libc.so.6\", RTLD_LAZY)",
                                          "dlopen(\"libm.so.6\", RTLD_LAZY)"};
    for (size_t i = 0; i < sizeof handles / sizeof *handles; i++) {
        char deed[512];
        snprintf(deed, sizeof deed,
                 "void *(*map)(void *, long, int, int, int, long) = dlsym(%s, \"mmap\");\n"
                 "int *p = map(0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
                 "if (fork() == 0) { ++*p; _exit(0); }\n++*p; wait(NULL); return 0;",
                 handles[i]);
        struct trial *t = misbehave("#include <dlfcn.h>\n#include <sys/mman.h>\n", deed);
        struct world_result r;
        run(t, 0, &r);
        assert_int_equal(r.end, PROBE_DONE);
        assert_int_not_equal(r.findings, 0);
        world_forget(&r);
        next_is_clean(t);
        trial_close(t);
    }
}

/* Made before the probe was there, or by names that are the C library's own. */
static void unknown_sharing_is_told(void **state)
{
    (void)state;
    static const char *const ways[] = {
        "static void make(void) { p = mmap(0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0); }\n"
        "__attribute__((section(\".preinit_array\"), used)) static void (*first)(void) = make;\n",
        "__attribute__((constructor)) static void make(void)\n"
        "{ p = ((void *(*)(void *, long, int, int, int, long))dlvsym(RTLD_NEXT, \"mmap\", "
        "\"GLIBC_2.2.5\"))(0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0); }\n"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char helpers[1024];
        snprintf(helpers, sizeof helpers,
                 "#include <dlfcn.h>\n#include <sys/mman.h>\nstatic int *p;\n%s", ways[i]);
        struct trial *t =
            misbehave(helpers, "if (fork() == 0) { ++*p; _exit(0); }\n++*p; wait(NULL); return 0;");
        struct world_result r;
        run(t, 0, &r);
        assert_true(r.doubts & PROBE_UNFOLLOWED);
        assert_string_equal(r.unfollowed, "shared memory of unknown origin");
        world_forget(&r);
        trial_close(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closes_all_descriptors),
        cmocka_unit_test(closes_ranges_of_descriptors),
        cmocka_unit_test(makes_a_thousand_points),
        cmocka_unit_test(redefines_more),
        cmocka_unit_test(executes_without_environment),
        cmocka_unit_test(redefines_libc),
        cmocka_unit_test(forks_sixty),
        cmocka_unit_test(kills_itself),
        cmocka_unit_test(crashes_beside_a_thread),
        cmocka_unit_test(kills_a_blocked_one),
        cmocka_unit_test(makes_raw_processes),
        cmocka_unit_test(static_program),
        cmocka_unit_test(scribbles),
        cmocka_unit_test(reaches_for_the_region),
        cmocka_unit_test(nothing_is_left_out),
        cmocka_unit_test(functions_looked_up_are_followed),
        cmocka_unit_test(unknown_sharing_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

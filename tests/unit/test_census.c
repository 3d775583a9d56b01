/*
 * test_census.c - the census against what the kernel was told to make, and against the real ipcs(1).
 *
 * Each test runs in a child with IPC and mount namespaces of its own, inside a user namespace, so that
 * an ordinary user can run it and the host sees nothing of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judge/census.h"

/* ---- a private place -------------------------------------------------------------------------- */

/* cmocka's assertions jump back into its runner, which must not happen in a forked child. */
#define MUST(condition)                                                                          \
    do {                                                                                         \
        if (!(condition)) {                                                                      \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, strerror(errno)); \
            _exit(1);                                                                            \
        }                                                                                        \
    } while (0)

enum { NOT_ALLOWED = 77 };

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    MUST(fd >= 0);
    MUST(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void enter_private_place(void)
{
    char map[64];
    int uid = (int)getuid(), gid = (int)getgid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWIPC | CLONE_NEWNS) < 0)
        _exit(NOT_ALLOWED);
    snprintf(map, sizeof map, "0 %d 1", uid);
    write_file("/proc/self/uid_map", map);
    write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %d 1", gid);
    write_file("/proc/self/gid_map", map);
    MUST(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    MUST(mount("tmpfs", "/tmp", "tmpfs", 0, NULL) == 0);
    MUST(mount("tmpfs", "/dev", "tmpfs", 0, NULL) == 0); /* the host's may lack mqueue */
    MUST(mkdir("/dev/shm", 0700) == 0 && mkdir("/dev/mqueue", 0700) == 0);
    MUST(mount("mqueue", "/dev/mqueue", "mqueue", 0, NULL) == 0);
    MUST(mkdir("/tmp/work", 0700) == 0 && chdir("/tmp/work") == 0);
}

static void in_private_place(void (*body)(struct arena *arena))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        enter_private_place();
        struct arena *arena = arena_new(64 << 20);
        body(arena);
        arena_free(arena);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_ALLOWED) {
        print_message("user namespaces are not allowed here\n");
        skip();
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static const struct object *find(struct census census, enum object_kind kind, const char *name)
{
    for (int i = 0; i < census.count; i++)
        if (census.objects[i].kind == kind && strcmp(census.objects[i].name, name) == 0)
            return &census.objects[i];
    return NULL;
}

/* ---- System V --------------------------------------------------------------------------------- */

static void send(int queue, const char *text)
{
    struct {
        long type;
        char text[64];
    } m = {.type = 1};
    snprintf(m.text, sizeof m.text, "%s", text);
    MUST(msgsnd(queue, &m, strlen(m.text), 0) == 0);
}

static void system_v_body(struct arena *arena)
{
    struct census before = census_take(arena, "/tmp/work");
    MUST(before.count == 0);
    int queue = msgget((key_t)0xfedcba98, IPC_CREAT | 0640);
    int set = semget(0x2a, 3, IPC_CREAT | 0600), segment = shmget(IPC_PRIVATE, 5000, 0666);
    MUST(queue >= 0 && set >= 0 && segment >= 0);
    send(queue, "hello");
    send(queue, "world!");
    MUST(shmat(segment, NULL, 0) != (void *)-1);
    struct census after = census_new(arena, before, census_take(arena, "/tmp/work"));
    MUST(after.count == 3);
    const struct object *shm = &after.objects[0], *msg = &after.objects[1],
                        *sem = &after.objects[2];
    MUST(shm->kind == OBJECT_SYSV_SHM && shm->id == segment && shm->key == 0);
    MUST(shm->size == 5000 && shm->attached == 1 && shm->mode == 0666);
    MUST(shm->created > 1000000000);
    MUST(msg->kind == OBJECT_SYSV_QUEUE && msg->id == queue && msg->key == 0xfedcba98);
    MUST(msg->size == 11 && msg->messages == 2 && msg->mode == 0640);
    MUST(sem->kind == OBJECT_SYSV_SEMAPHORE && sem->id == set && sem->key == 0x2a);
    MUST(sem->size == 3 && sem->mode == 0600);
    MUST(strcmp(msg->name, "") == 0 && strcmp(msg->creator, "?") == 0);
}

static void system_v_objects(void **state)
{
    (void)state;
    in_private_place(system_v_body);
}

static void again_body(struct arena *arena)
{
    int queue = msgget(7, IPC_CREAT | 0600);
    struct census before = census_take(arena, "/tmp/work");
    MUST(msgctl(queue, IPC_RMID, NULL) == 0);
    MUST(msgget(7, IPC_CREAT | 0600) >= 0);
    struct census now = census_take(arena, "/tmp/work");
    MUST(before.count == 1 && now.count == 1);
    MUST(census_new(arena, before, now).count == 1); /* the same key, another queue */
    MUST(census_new(arena, now, now).count == 0);

    int segment = shmget(8, 100, IPC_CREAT | 0600);
    MUST(shmat(segment, NULL, 0) != (void *)-1);
    MUST(shmctl(segment, IPC_RMID, NULL) == 0);
    struct census doomed = census_take(arena, "/tmp/work");
    MUST(doomed.count == 2 && census_is_doomed(&doomed.objects[0]));
    MUST(census_new(arena, now, doomed).count == 0);
}

static void made_anew_is_new_and_doomed_is_no_leak(void **state)
{
    (void)state;
    in_private_place(again_body);
}

/* ---- against ipcs(1) -------------------------------------------------------------------------- */

enum { MOST_LINES = 256 };

struct lines {
    char text[MOST_LINES][120];
    int count;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Its tables: key, id, owner, permissions, and two numbers (of which semaphores have one). */
static void ask_ipcs(struct lines *lines, const char *option)
{
    char command[64], line[256], owner[64];
    unsigned key, mode;
    long id, first, second;
    snprintf(command, sizeof command, "LC_ALL=C ipcs %s", option);
    FILE *ipcs = popen(command, "re");
    MUST(ipcs);
    while (fgets(line, sizeof line, ipcs)) {
        second = 0;
        if (sscanf(line, "%x %ld %63s %o %ld %ld", &key, &id, owner, &mode, &first, &second) >= 5)
            snprintf(lines->text[lines->count++], sizeof lines->text[0], "%s %08x %ld %o %ld %ld",
                     option, key, id, mode, first, second);
        MUST(lines->count < MOST_LINES);
    }
    MUST(pclose(ipcs) == 0);
}

static void list_census(struct lines *lines, struct census census)
{
    static const char *const options[] = {
        [OBJECT_SYSV_SHM] = "-m", [OBJECT_SYSV_QUEUE] = "-q", [OBJECT_SYSV_SEMAPHORE] = "-s"};
    for (int i = 0; i < census.count; i++) {
        const struct object *o = &census.objects[i];
        MUST(o->kind <= OBJECT_SYSV_SEMAPHORE);
        snprintf(lines->text[lines->count++], sizeof lines->text[0], "%s %08x %ld %o %ld %ld",
                 options[o->kind], o->key, o->id, o->mode & 0777, o->size,
                 o->kind == OBJECT_SYSV_SHM ? o->attached : o->messages);
    }
}

static void make_some(void)
{
    for (int i = 0; i < 20; i++) {
        int queue = msgget(i * 7919 - 50000, IPC_CREAT | (i % 2 ? 0600 : 0666));
        MUST(queue >= 0);
        for (int n = 0; n < i; n++)
            send(queue, "some text");
        MUST(semget(IPC_PRIVATE, i + 1, 0600) >= 0);
        int segment = shmget(i + 1, 1000 * (size_t)i + 1, IPC_CREAT | 0644);
        MUST(segment >= 0);
        for (int n = 0; n < i % 3; n++)
            MUST(shmat(segment, NULL, SHM_RDONLY) != (void *)-1);
        if (i % 4 == 2) /* "dest" while it is attached; two are not, and so gone */
            MUST(shmctl(segment, IPC_RMID, NULL) == 0);
    }
}

static void ipcs_body(struct arena *arena)
{
    static struct lines ours, theirs;
    make_some();
    list_census(&ours, census_take(arena, "/tmp/work"));
    ask_ipcs(&theirs, "-m");
    ask_ipcs(&theirs, "-q");
    ask_ipcs(&theirs, "-s");
    MUST(ours.count == theirs.count && ours.count == 58);
    qsort(ours.text, (size_t)ours.count, sizeof ours.text[0], by_text);
    qsort(theirs.text, (size_t)theirs.count, sizeof theirs.text[0], by_text);
    for (int i = 0; i < ours.count; i++)
        if (strcmp(ours.text[i], theirs.text[i]) != 0) {
            fprintf(stderr, "ours: %s, ipcs: %s\n", ours.text[i], theirs.text[i]);
            _exit(1);
        }
}

static void the_census_is_what_ipcs_shows(void **state)
{
    (void)state;
    in_private_place(ipcs_body);
}

/* ---- POSIX ------------------------------------------------------------------------------------ */

static void posix_body(struct arena *arena)
{
    struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 32};
    int shm = shm_open("/buffer", O_RDWR | O_CREAT, 0600);
    MUST(shm >= 0 && ftruncate(shm, 4096) == 0);
    MUST(sem_open("/mutex", O_CREAT, 0600, 1) != SEM_FAILED);
    mqd_t queue = mq_open("/jobs", O_RDWR | O_CREAT, 0600, &attributes);
    MUST(queue >= 0 && mq_send(queue, "hello", 5, 0) == 0 && mq_send(queue, "you", 3, 0) == 0);
    MUST(mkdir("/dev/shm/folder", 0700) == 0 && mkfifo("/dev/shm/fifo", 0600) == 0);
    struct census c = census_take(arena, "/tmp/work");
    const struct object *o = find(c, OBJECT_POSIX_SHM, "/buffer");
    MUST(o && o->size == 4096 && o->inode != 0 && o->mode == 0600);
    MUST(find(c, OBJECT_POSIX_SEMAPHORE, "/mutex"));
    MUST(find(c, OBJECT_FILE, "/dev/shm/folder") && find(c, OBJECT_FIFO, "/dev/shm/fifo"));
    o = find(c, OBJECT_POSIX_QUEUE, "/jobs");
    MUST(o && o->messages == 2 && o->size == 8 && o->mode == 0600);
    MUST(shm_unlink("/buffer") == 0);
    int other = shm_open("/buffer", O_RDWR | O_CREAT, 0600);
    MUST(other >= 0);
    struct census fresh = census_new(arena, c, census_take(arena, "/tmp/work"));
    MUST(fresh.count == 1 && find(fresh, OBJECT_POSIX_SHM, "/buffer"));
}

static void posix_objects(void **state)
{
    (void)state;
    in_private_place(posix_body);
}

/* ---- the work folder -------------------------------------------------------------------------- */

static void work_body(struct arena *arena)
{
    write_file("program", "x");
    struct census before = census_take(arena, "/tmp/work");
    MUST(before.count == 1);
    MUST(mkfifo("requests", 0600) == 0);
    write_file("a\nb \x1b[31m\xff", "text");
    MUST(mkdir("folder", 0700) == 0 && mkdir("folder/closed", 0) == 0);
    write_file("folder/file", "");
    MUST(symlink("/etc", "link") == 0 && symlink("..", "folder/up") == 0);
    write_file("huge", "");
    MUST(truncate("huge", (off_t)1 << 40) == 0 || errno == EFBIG || errno == EINVAL);
    struct census c = census_new(arena, before, census_take(arena, "/tmp/work"));
    MUST(c.count == 8);
    MUST(find(c, OBJECT_FIFO, "requests") && find(c, OBJECT_FILE, "a\nb \x1b[31m\xff"));
    MUST(find(c, OBJECT_FILE, "a\nb \x1b[31m\xff")->size == 4);
    MUST(find(c, OBJECT_FILE, "folder/") && find(c, OBJECT_FILE, "folder/closed/"));
    MUST(find(c, OBJECT_FILE, "folder/file") && find(c, OBJECT_FILE, "folder/up"));
    MUST(find(c, OBJECT_FILE, "link") && find(c, OBJECT_FILE, "huge"));
}

static void files_and_fifos_by_any_name(void **state)
{
    (void)state;
    in_private_place(work_body);
}

static void crowd_body(struct arena *arena)
{
    char name[64];
    for (int i = 0; i < 6000; i++) {
        snprintf(name, sizeof name, "file%d", i);
        MUST(mknod(name, S_IFREG | 0600, 0) == 0);
        snprintf(name, sizeof name, "fifo%d", i);
        MUST(mkfifo(name, 0600) == 0);
    }
    for (int i = 0; i < 40; i++) /* deeper than anybody needs */
        MUST(mkdir("d", 0700) == 0 && chdir("d") == 0);
    struct census c = census_take(arena, "/tmp/work");
    int of_kind[OBJECT_KINDS] = {0};
    for (int i = 0; i < c.count; i++) {
        of_kind[c.objects[i].kind]++;
        MUST(i == 0 || c.objects[i - 1].kind <= c.objects[i].kind);
    }
    MUST(of_kind[OBJECT_FILE] == 4096 && of_kind[OBJECT_FIFO] == 4096);
}

static void a_crowd_is_bounded(void **state)
{
    (void)state;
    in_private_place(crowd_body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(system_v_objects),
        cmocka_unit_test(made_anew_is_new_and_doomed_is_no_leak),
        cmocka_unit_test(the_census_is_what_ipcs_shows),
        cmocka_unit_test(posix_objects),
        cmocka_unit_test(files_and_fifos_by_any_name),
        cmocka_unit_test(a_crowd_is_bounded),
    };
    return cmocka_run_group_tests_name("census", tests, NULL, NULL);
}

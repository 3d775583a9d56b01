/* probe_world.c - a world in a temporary folder: see probe_world.h. */
#include "probe_world.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "submit/lens_flags.h"

enum { MAX_STARTED = 8, MAX_OUTPUT = 1 << 16, PATIENCE_MS = 20000 };

struct trial {
    char folder[160], program[200], probe[200];
    const char *const *command;
    unsigned instances, flags;
    struct world *world;
    int status[MAX_STARTED];
    pid_t pid[MAX_STARTED];
    double ended_at;
    char output[MAX_OUTPUT];
};

static void fail(const char *what)
{
    fprintf(stderr, "probe_world: %s: %s\n", what, strerror(errno));
    abort();
}

/* The library stands beside the tests: build/tests/unit/test_x -> build/libipcprobe.so. */
void probe_test_library(const char *folder, char *link, size_t size)
{
    char path[PATH_MAX];
    const char *named = getenv("IPCGRADE_TEST_PROBE");
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof "/libipcprobe.so");

    if (n < 0)
        fail("/proc/self/exe");
    path[n] = 0;
    for (int i = 0; i < 3; i++)
        *strrchr(path, '/') = 0;
    memcpy(strchr(path, 0), "/libipcprobe.so", sizeof "/libipcprobe.so");
    snprintf(link, size, "%s/libipcprobe.so", folder);
    if (symlink(named ? named : path, link) < 0)
        fail(link);
}

void probe_test_folder(char *folder, size_t size)
{
    const char *tmp = getenv("TMPDIR");
    bool usable = tmp && strlen(tmp) < size - 32 && !strpbrk(tmp, " :'");
    snprintf(folder, size, "%s/ipcgrade-trial-XXXXXX", usable ? tmp : "/tmp");
    if (!mkdtemp(folder))
        fail("mkdtemp");
}

void probe_test_region(const char *folder, char *path, size_t size)
{
    const char *suite = getenv("IPCGRADE_TESTS"); /* run-tests.sh looks for names that begin so */
    suite = suite ? strrchr(suite, '/') : NULL;
    snprintf(path, size, "/dev/shm/%s%s", suite ? suite + 1 : "", strrchr(folder, '/') + 1);
}

static struct trial *trial_new(void)
{
    struct trial *t = calloc(1, sizeof *t);
    char path[192];

    if (!t)
        fail("calloc");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    probe_test_folder(t->folder, sizeof t->folder);
    probe_test_library(t->folder, t->probe, sizeof t->probe);
    t->instances = 1;
    snprintf(t->program, sizeof t->program, "%s/program", t->folder);
    /* A path of its own on tmpfs, since tests run side by side. */
    probe_test_region(t->folder, path, sizeof path);
    t->world = world_create(path);
    if (!t->world)
        fail("world_create");
    return t;
}

struct trial *trial_compile(const char *source, const char *flags)
{
    struct trial *t = trial_new();
    const char *compiler = strstr(source, ".cc") ? "g++ -std=c++20" : "gcc";
    char command[2048];

    snprintf(command, sizeof command,
             "%s %s -w %s %s -c -o %s.o '%s' && "
             "%s -o %s %s.o '%s' -pthread", /* found by LD_PRELOAD when it runs */
             compiler, lens_flags[LENS_SCHEDULES].first, flags, lens_flags[LENS_SCHEDULES].last,
             t->program, source, compiler, t->program, t->program, t->probe);
    if (system(command) != 0)
        fail(source);
    return t;
}

struct trial *trial_text(const char *program)
{
    char path[] = "/tmp/ipcgrade-text-XXXXXX.c";
    int fd = mkstemps(path, 2);

    if (fd < 0 || write(fd, program, strlen(program)) != (ssize_t)strlen(program))
        fail("mkstemps");
    close(fd);
    struct trial *t = trial_compile(path, "");
    unlink(path);
    return t;
}

struct trial *trial_command(const char *const argv[])
{
    struct trial *t = trial_new();
    t->command = argv;
    return t;
}

void trial_instances(struct trial *t, unsigned n)
{
    t->instances = n < MAX_STARTED ? n : MAX_STARTED;
}

void trial_close(struct trial *t)
{
    char command[200];
    world_destroy(t->world);
    snprintf(command, sizeof command, "rm -rf %s", t->folder);
    if (system(command) != 0)
        fail(t->folder);
    free(t);
}

/* ---- one schedule ---------------------------------------------------------------------------- */

static _Noreturn void become_program(struct trial *t, unsigned i, unsigned task, int output)
{
    char region[192], region_entry[256], preload[600], number[16];
    probe_test_region(t->folder, region, sizeof region);
    snprintf(region_entry, sizeof region_entry, PROBE_ENV "=%s", region);
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", t->probe);
    snprintf(number, sizeof number, "%u", i);
    char *env[] = {region_entry, preload, (char *)"PATH=/usr/bin:/bin", NULL};
    char *argv[] = {t->program, number, NULL};

    int null = open("/dev/null", O_RDONLY);
    if (setsid() < 0 || chdir(t->folder) < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 ||
        dup2(output, 2) < 0)
        _exit(126);
    close_range(3, ~0u, 0);
    world_become(t->world, task);
    if (t->command)
        execve(t->command[0], (char *const *)t->command, env);
    else
        execve(t->program, argv, env);
    _exit(127);
}

static void start_all(struct trial *t, int output)
{
    unsigned tasks[MAX_STARTED];

    for (unsigned i = 0; i < t->instances; i++) {
        char name[32];
        snprintf(name, sizeof name, "program#%u", i + 1);
        tasks[i] = world_add(t->world, name, 0);
    }
    for (unsigned i = 0; i < t->instances; i++) {
        t->status[i] = -1;
        t->pid[i] = fork();
        if (t->pid[i] == 0)
            become_program(t, i, tasks[i], output);
        if (t->pid[i] < 0)
            fail("fork");
        world_set_pid(t->world, tasks[i], t->pid[i]);
    }
    world_start(t->world);
}

static void note_status(struct trial *t, pid_t pid, int status)
{
    for (unsigned i = 0; i < t->instances; i++)
        if (t->pid[i] == pid)
            t->status[i] = status;
}

/* Our children: orphans are ours too. By the kernel's list, since the region may hold any number. */
static void kill_children(void)
{
    char path[64], list[4096];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, list, sizeof list - 1);
    if (fd >= 0)
        close(fd);
    list[n > 0 ? n : 0] = 0;
    for (char *at = list, *end; strtol(at, &end, 10) > 1; at = end)
        kill((pid_t)strtol(at, &end, 10), SIGKILL);
}

/* Kills what the schedule left. At PROBE_DONE all are on their way out, and must not be killed on it. */
static void kill_rest(struct trial *t, struct world_result *r)
{
    int grace = r->end == PROBE_DONE && !r->tampered ? 4000 : 1;
    int status;
    pid_t pid;

    for (int round = 0; round < 8000; round++) {
        if (round >= grace)
            kill_children();
        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
            note_status(t, pid, status);
        if (pid < 0)
            return;
        usleep(round ? 500 : 100);
    }
}

static void remove_objects(const struct world_result *r)
{
    for (size_t i = 1; i < r->objects && !r->tampered; i++) {
        const struct probe_object *o = &r->object[i];
        if (!strcmp(o->kind, "System V semaphore set"))
            semctl((int)o->id[0], 0, IPC_RMID);
        else if (!strcmp(o->kind, "System V message queue"))
            msgctl((int)o->id[0], IPC_RMID, NULL);
        else if (!strcmp(o->kind, "shared memory segment"))
            shmctl((int)o->id[0], IPC_RMID, NULL);
    }
}

static double monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

void trial_run(struct trial *t, const struct probe_config *config,
               const struct probe_decision *forced, size_t count, struct world_result *result)
{
    char path[192];
    snprintf(path, sizeof path, "%s/.output", t->folder);
    int output = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

    if (output < 0)
        fail(path);
    world_reset(t->world, config, forced, count);
    start_all(t, output);
    world_watch(t->world, PATIENCE_MS);
    t->ended_at = monotonic_ms();
    if (!world_read(t->world, result))
        fail("world_read");
    kill_rest(t, result);
    remove_objects(result);
    ssize_t n = pread(output, t->output, sizeof t->output - 1, 0);
    t->output[n > 0 ? n : 0] = 0;
    close(output);
}

void trial_in_fair_time(struct trial *t)
{
    t->flags |= PROBE_FAIR_TIME;
}

const char *trial_output(const struct trial *t)
{
    return t->output;
}

double trial_ended_at(const struct trial *t)
{
    return t->ended_at;
}

int trial_status(const struct trial *t, unsigned i)
{
    return t->status[i];
}

/* ---- many ------------------------------------------------------------------------------------ */

static struct probe_config portfolio(const struct trial *t, unsigned schedule)
{
    return (struct probe_config){
        .seed = 1, .schedule = schedule, .strategy = PROBE_PORTFOLIO, .flags = t->flags};
}

static bool any_race(const struct world_result *r)
{
    for (size_t k = 0; k < r->findings; k++)
        if (r->finding[k].rule == PROBE_DATA_RACE)
            return true;
    return false;
}

static bool any_wrong(const struct trial *t)
{
    for (unsigned k = 0; k < t->instances; k++)
        if (t->status[k] != 0)
            return true;
    return false;
}

bool trial_is_silent(struct trial *t, unsigned schedules, const char *output)
{
    bool silent = true;

    for (unsigned i = 0; i < schedules && silent; i++) {
        struct probe_config config = portfolio(t, i);
        struct world_result r;
        trial_run(t, &config, NULL, 0, &r);
        silent = r.end == PROBE_DONE && !r.findings && !r.doubts && !r.tampered && !any_wrong(t) &&
                 (!output || !strcmp(output, t->output));
        if (!silent) {
            fprintf(stderr, "schedule %u: status %d, output: %s\n", i, t->status[0], t->output);
            trial_print(stderr, &r, 40);
        }
        world_forget(&r);
    }
    return silent;
}

struct tally trial_tally(struct trial *t, unsigned schedules)
{
    struct tally tally = {.schedules = schedules};

    for (unsigned i = 0; i < schedules; i++) {
        struct probe_config config = portfolio(t, i);
        struct world_result r;
        trial_run(t, &config, NULL, 0, &r);
        tally.races += any_race(&r);
        tally.wrong += any_wrong(t);
        tally.stuck += r.end == PROBE_STUCK;
        tally.livelocked += r.end == PROBE_LIVELOCKED;
        tally.other_ends +=
            r.end != PROBE_STUCK && r.end != PROBE_LIVELOCKED && r.end != PROBE_DONE;
        tally.doubtful += r.doubts != 0 || r.tampered;
        world_forget(&r);
    }
    return tally;
}

const char *trial_line(const struct world_result *r, unsigned site)
{
    static char text[512];
    char command[512];

    snprintf(command, sizeof command, "addr2line -s -e '%s' 0x%lx",
             r->module[r->site[site].module].path, (unsigned long)r->site[site].offset - 1);
    FILE *f = popen(command, "r");
    if (!f || !fgets(text, sizeof text, f))
        strcpy(text, "?");
    if (f)
        pclose(f);
    text[strcspn(text, " \n")] = 0;
    return text;
}

void trial_print(FILE *to, const struct world_result *r, unsigned events)
{
    fprintf(to, "end %d doubts %x tampered %d steps %u events %zu decisions %zu\n", r->end,
            r->doubts, r->tampered, r->steps, r->events, r->decisions);
    for (size_t i = 0; i < r->tasks; i++)
        fprintf(to, "  task %zu %s pid %d state %u in %s at %s object %u\n", i, r->task[i].name,
                r->task[i].pid, r->task[i].state, r->call[r->task[i].call].name,
                trial_line(r, r->task[i].site), r->task[i].object);
    for (size_t i = 0; i < r->findings; i++) {
        const struct probe_finding *f = &r->finding[i];
        fprintf(to, "  finding rule %u object %s offset %lu: task %u flags %u %s", f->rule,
                r->object[f->object].name, (unsigned long)f->offset, f->first.task, f->first.flags,
                trial_line(r, f->first.site));
        fprintf(to, " / task %u flags %u %s\n", f->second.task, f->second.flags,
                trial_line(r, f->second.site));
    }
    for (size_t i = r->events > events ? r->events - events : 0; i < r->events; i++) {
        const struct probe_event *e = &r->event[i];
        fprintf(to, "  %4u %-14s %-10s obj %u args %ld %ld %ld %ld = %ld  %s\n", e->step,
                r->task[e->task].name, r->call[e->call].name, e->object, (long)e->args[0],
                (long)e->args[1], (long)e->args[2], (long)e->args[3], (long)e->result,
                trial_line(r, e->site));
    }
}

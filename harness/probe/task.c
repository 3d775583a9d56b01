/* task.c - who takes part: identities by ancestry, so that they are the same on every run. */
#include "process.h"

__thread struct self self __attribute__((tls_model("initial-exec"))) = {
    .task = PROBE_NOBODY,
    .epoch = EPOCH_UNKNOWN,
    .fuel = FUEL,
    .inside = true /* a thread that we have not seen begin */
};
struct presence nowhere;
struct presence *presence = &nowhere;

static uint32_t tasks_used(void)
{
    uint32_t n = WORLD->tasks;
    return n < PROBE_TASKS ? n : PROBE_TASKS;
}

/* "consumer#1" has the children "consumer#1.1", "consumer#1.2", …; a name too long loses its front.
 */
static void name_child(struct probe_task *child, const struct probe_task *parent)
{
    char suffix[16] = ".";
    size_t n = 1 + text_put_number(suffix + 1, sizeof suffix - 1, child->ordinal, 10);
    size_t room = sizeof child->name - n;
    size_t length = text_length(parent->name);
    const char *from = length + 1 > room ? parent->name + length + 1 - room : parent->name;

    length = text_put(child->name, room, from);
    text_put(child->name + length, sizeof child->name - length, suffix);
}

/* The number of "server#2" if it runs `program`; 0: another program, or a child of one of those. */
static uint64_t number_of(const char *name, const char *program, size_t length)
{
    uint64_t n = 0;

    for (size_t i = 0; i < length; i++)
        if (name[i] != program[i])
            return 0;
    if (name[length] != '#')
        return 0;
    for (const char *c = name + length + 1; *c; c++) {
        if (*c < '0' || *c > '9')
            return 0;
        n = n * 10 + (uint64_t)(*c - '0');
    }
    return n;
}

void task_name_after_program(const char *path)
{
    enum { LONGEST = 24 };
    struct probe_task *t = me();
    const char *program = path;
    uint64_t last = 0;

    for (const char *c = path; *c; c++)
        if (*c == '/')
            program = c + 1;
    size_t length = text_length(program) < LONGEST ? text_length(program) : LONGEST;
    if (t->parent == PROBE_NOBODY || !length || number_of(t->name, program, length))
        return;
    for (uint32_t i = 0; i < tasks_used(); i++) {
        uint64_t n = number_of(task_at(i)->name, program, length);
        last = n > last ? n : last;
    }
    size_t n = text_put(t->name, length + 1, program);
    n += text_put(t->name + n, sizeof t->name - n, "#");
    text_put_number(t->name + n, sizeof t->name - n, last + 1, 10);
}

uint32_t task_create(uint32_t flags)
{
    uint32_t task = tasks_used();

    if (task >= PROBE_TASKS) {
        turn_doubt(PROBE_NO_TASKS);
        return PROBE_NOBODY;
    }
    struct probe_task *t = task_at(task), *parent = me();
    *t = (struct probe_task){.state = PROBE_READY,
                             .flags = flags | PROBE_ARRIVED | (parent->flags & PROBE_TOOL),
                             .parent = self.task,
                             .process = flags & PROBE_THREAD ? parent->process : task,
                             .ordinal = ++parent->children,
                             .wake_at = PROBE_NEVER};
    name_child(t, parent);
    WORLD->tasks = task + 1;
    clock_start(task, true);
    strategy_new_task(task);
    return task;
}

void task_forget(uint32_t task)
{
    task_at(task)->state = PROBE_DEAD;
}

void task_become(uint32_t task)
{
    self = SELF_OF(task);
    me()->pid = (int32_t)sys(SYS_gettid);
    turn_wait();
}

uint32_t task_by_pid(int32_t pid)
{
    for (uint32_t i = 0; i < tasks_used(); i++) {
        struct probe_task *t = task_at(i);
        if (t->pid == pid && t->state != PROBE_FREE && t->state != PROBE_DEAD)
            return i;
    }
    return PROBE_NOBODY;
}

uint32_t task_child_by_pid(uint32_t parent, int32_t pid)
{
    for (uint32_t i = tasks_used(); i-- > 0;)
        if (task_at(i)->pid == pid &&
            task_at(task_at(i)->parent)->process == task_at(parent)->process)
            return i;
    return PROBE_NOBODY;
}

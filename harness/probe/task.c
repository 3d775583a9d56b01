/* task.c - who takes part: identities by ancestry, so that they are the same on every run. */
#include "probe.h"

__thread struct self self __attribute__((tls_model("initial-exec"))) = {
    .task = PROBE_NOBODY, .inside = true /* a thread that we have not seen begin */
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
    self = (struct self){.task = task};
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

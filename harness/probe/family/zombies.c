/*
 * zombies.c - children that have ended and are never waited for, while their parent goes on and makes more.
 *
 * A parent may leave its children alone, and end before or after them. But one that knows that several have
 * ended (it has seen the end of their pipe, say, so that this is so on every schedule), makes another, and
 * waits for none until it ends itself, piles them up. Whether they are zombies the kernel says,
 * both times: one whose SIGCHLD is ignored is none.
 */
#include "../misuse.h"
#include "../process.h"

#include <sys/wait.h>

enum { PILE = 2 };

static void forked(uint32_t child);
static void leaving(void);
FAMILY(zombies, .forked = forked, .leaving = leaving);

static bool waits; /* this process does, for some */

void zombies_awaited(void)
{
    waits = true;
}

/* Of this process: where a child was made although so many had ended. */
static struct {
    uint32_t count, site, tasks; /* tasks: those made until then */
} piled;

/* It had begun to end before what I do now. */
static bool end_is_known(uint32_t task)
{
    uint32_t left = task_at(task)->left;
    return left && clock_known(clock_of(self.task), task) >= left;
}

static bool is_zombie(int32_t pid)
{
    siginfo_t info = {0};
    return sys(SYS_waitid, P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT, 0) == 0 &&
           info.si_pid == pid;
}

static uint32_t count(uint32_t tasks)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < tasks && i < WORLD->tasks && i < PROBE_TASKS; i++) {
        const struct probe_task *t = task_at(i);
        if (t->process == i && t->parent != PROBE_NOBODY &&
            task_at(t->parent)->process == me()->process && end_is_known(i) && is_zombie(t->pid))
            n++;
    }
    return n;
}

void zombies_count(uint32_t site)
{
    uint32_t n = waits ? 0 : count(WORLD->tasks);
    if (n < PILE || n < piled.count)
        return;
    piled.count = n;
    piled.site = site;
    piled.tasks = WORLD->tasks;
}

/* They are the parent's. */
static void forked(uint32_t child)
{
    (void)child;
    piled.count = 0;
    waits = false;
}

static void leaving(void)
{
    uint32_t left = piled.count && !waits ? count(piled.tasks) : 0;
    struct probe_access place = {me()->process, piled.site, 0, left};
    if (left >= PILE)
        misuse_tell("zombie", &place, NULL, 0);
}

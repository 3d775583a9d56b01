/*
 * wait.c - the player's waits: for something to happen, or for the proof that it never will.
 */
#include <unistd.h>

#include "base/die.h"
#include "run/world.h"

static void nudge(struct run *run)
{
    uint64_t one = 1;
    if (write(run->nudge, &one, sizeof one) != sizeof one)
        die_errno("watching the box");
}

bool await(struct run *run, condition *holds, void *arg)
{
    if (run->world)
        return await_turn(run, holds, arg);
    pthread_mutex_lock(&run->lock);
    run->waiting = true;
    if (run->rest == AT_REST)
        run->rest = MOVING; /* the player may have acted since */
    run->seen_valid = run->before_valid = false;
    bool held = holds(arg);
    if (!held)
        nudge(run);
    while (!held && run->rest == MOVING) {
        pthread_cond_wait(&run->changed, &run->lock);
        held = holds(arg);
    }
    run->waiting = false;
    pthread_mutex_unlock(&run->lock);
    return held;
}

/* ---- conditions ------------------------------------------------------------------------------ */

static bool has_ended(void *arg)
{
    return ((const struct process *)arg)->ended;
}

static bool has_settled(void *arg)
{
    return process_settled(arg);
}

static bool never(void *arg)
{
    (void)arg;
    return false;
}

struct lines {
    const struct process *of;
    int wanted;
};

static int count_lines(const struct capture *capture)
{
    int n = 0;
    for (size_t i = 0; i < capture->length; i++)
        n += capture->bytes[i] == '\n';
    return n;
}

static bool has_lines(void *arg)
{
    const struct lines *lines = arg;
    return count_lines(&lines->of->out) >= lines->wanted || lines->of->ended;
}

static const char *lines_wanted(struct process *p, int n)
{
    int came = count_lines(&p->out);
    bool part = p->out.length && p->out.bytes[p->out.length - 1] != '\n';
    return text(p->run, "to print %d line%s (%d came%s)", n, n == 1 ? "" : "s", came,
                part ? ", and the beginning of one: where is its newline?" : "");
}

/* ---- what scenarios call --------------------------------------------------------------------- */

void wait_end(struct process *p)
{
    if (!await(p->run, has_ended, p))
        fail_in_vain(p->run, p, "to end");
}

void settle(struct run *run)
{
    if (!await(run, never, NULL) && run->rest != AT_REST)
        fail_in_vain(run, NULL, "to come to rest");
}

bool settle_process(struct process *p)
{
    if (!await(p->run, has_settled, p) && p->run->rest != AT_REST)
        fail_in_vain(p->run, p, "to block or to end");
    return !p->ended;
}

void wait_lines(struct process *p, int n)
{
    struct lines lines = {p, n};
    if (!await_eagerly(p->run, has_lines, &lines))
        fail_in_vain(p->run, p, lines_wanted(p, n));
    if (count_lines(&p->out) < n && p->status != 0)
        fail_ending(p, text(p->run, "at least %d line%s of output", n, n == 1 ? "" : "s"));
    if (count_lines(&p->out) < n)
        fail(p->run, "wrong-output", p, "%s ended after %d line%s of output; %d were expected",
             p->name, count_lines(&p->out), count_lines(&p->out) == 1 ? "" : "s", n);
}

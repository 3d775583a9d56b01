/*
 * expect_exit.c - expectations on how programs end and what they are doing.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "run/world.h"

static const char *signal_name(struct run *run, int signal)
{
    const char *name = sigabbrev_np(signal);
    return name ? text(run, "SIG%s", name) : text(run, "signal %d", signal);
}

/* "ended with exit status 3", "was killed by SIGSEGV" */
static const char *ending(struct run *run, int status)
{
    if (WIFSIGNALED(status))
        return text(run, "was killed by %s (%s)", signal_name(run, WTERMSIG(status)),
                    sigdescr_np(WTERMSIG(status)));
    return text(run, "ended with exit status %d", WEXITSTATUS(status));
}

static bool is_crash(int signal)
{
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL ||
           signal == SIGABRT || signal == SIGSYS || signal == SIGTRAP;
}

/* The rule for an ending that was not expected. */
static const char *rule_of(int status)
{
    if (!WIFSIGNALED(status))
        return "wrong-exit";
    if (WTERMSIG(status) == SIGXCPU)
        return "spin";
    return is_crash(WTERMSIG(status)) ? "crash" : "wrong-exit";
}

/* What it last said on standard error helps more than its status. */
static const char *last_words(struct run *run, const struct process *p)
{
    const struct capture *err = &p->err;
    size_t end = err->length;
    while (end && (err->bytes[end - 1] == '\n' || err->bytes[end - 1] == '\r'))
        end--;
    size_t begin = end;
    while (begin && err->bytes[begin - 1] != '\n' && end - begin < 200)
        begin--;
    if (begin == end)
        return "";
    return text(run, "; the last it said on standard error: \"%.*s\"", (int)(end - begin),
                err->bytes + begin);
}

/* It was to go on, or to wait. */
static void fail_early(struct process *p, const char *wanted)
{
    struct run *run = p->run;
    fail(run, rule_of(p->status), p, "%s %s; it was expected %s%s", p->name, ending(run, p->status),
         wanted, last_words(run, p));
}

void fail_ending(struct process *p, const char *wanted)
{
    struct run *run = p->run;
    fail(run, rule_of(p->status), p, "%s %s; %s was expected%s", p->name, ending(run, p->status),
         wanted, last_words(run, p));
}

void expect_exit(struct process *p, int status)
{
    wait_end(p);
    if (!WIFEXITED(p->status) || WEXITSTATUS(p->status) != status)
        fail_ending(p, text(p->run, "exit status %d", status));
}

void expect_failure(struct process *p)
{
    wait_end(p);
    if (!WIFEXITED(p->status) || WEXITSTATUS(p->status) == 0)
        fail_ending(p, "an exit status that is not 0");
}

void expect_killed(struct process *p, int signal)
{
    wait_end(p);
    if (!WIFSIGNALED(p->status) || WTERMSIG(p->status) != signal)
        fail_ending(p, text(p->run, "death by %s", signal_name(p->run, signal)));
}

void expect_alive(struct process *p)
{
    settle_process(p);
    if (p->ended)
        fail_early(p, "to go on");
}

int exit_status_of(struct process *p)
{
    wait_end(p);
    return WIFEXITED(p->status) ? WEXITSTATUS(p->status) : -1;
}

/* ---- blocked in a call ----------------------------------------------------------------------- */

struct blocked {
    struct process *process;
    const char *calls; /* "semop|futex" */
};

static bool is_one_of(const char *name, const char *calls)
{
    size_t n = strlen(name); /* 0: a program that has not come to its first call */
    for (const char *at = calls; n && (at = strstr(at, name)); at += n)
        if ((at == calls || at[-1] == '|') && (at[n] == '|' || at[n] == '\0'))
            return true;
    return false;
}

static const char *task_call_name(struct run *run, const struct task *t)
{
    return t->turn_task ? turn_call_name(run, t) : blocking_call_name(t->nr);
}

/* A process may pass through other calls on its way; only the one that was asked for ends the wait. Any of its
 * threads may be in it, or a child that does its work while it waits itself. */
static bool is_blocked_there(void *arg)
{
    const struct blocked *b = arg;
    struct run *run = b->process->run;
    if (b->process->ended)
        return true;
    if (!process_settled(b->process))
        return false;
    for (int i = 0; i < run->seen->count; i++) {
        const struct task *t = &run->seen->tasks[i];
        if (t->activity != TASK_BLOCKED || process_of(run, t->pid) != b->process)
            continue;
        const char *name = task_call_name(run, t);
        if (name && is_one_of(name, b->calls))
            return true;
    }
    return false;
}

void expect_blocked(struct process *p, const char *call)
{
    struct run *run = p->run;
    struct blocked blocked = {p, call};
    bool held = await(run, is_blocked_there, &blocked);
    if (p->ended)
        fail_early(p, text(run, "to wait in %s", call));
    if (held)
        return;
    if (run->rest == OVERSLEPT)
        fail(run, "not-blocking", p,
             "%s was expected to wait in %s, but it sleeps a little and looks again, and so on: it "
             "polls",
             p->name, call);
    if (run->rest != AT_REST)
        fail_in_vain(run, p, text(run, "to wait in %s", call));
    char what[512] = "nothing that can be seen";
    const struct task *t = process_task(run, p);
    if (t && t->turn_task)
        snprintf(what, sizeof what, "%s", turn_site(run, t).access);
    else if (t)
        task_describe(t, what, sizeof what);
    fail(run, "not-blocking", p, "%s was expected to wait in %s; it waits in %s", p->name, call,
         what);
}

static bool descends(struct run *run, const struct process *p)
{
    for (int i = 0; i < run->seen->count; i++)
        if (run->seen->tasks[i].pid != p->pid && process_of(run, run->seen->tasks[i].pid) == p)
            return true;
    return false;
}

static bool has_no_children(void *arg)
{
    const struct process *p = arg;
    return process_settled(p) && p->run->seen_valid && !descends(p->run, p);
}

/* The one that is named: the first by the alphabet, as the order of pids may differ from run to run. */
static const struct task *first_child(struct run *run, const struct process *p)
{
    const struct task *first = NULL;
    const char *first_label = NULL;
    for (int i = 0; i < run->seen->count; i++) {
        const struct task *t = &run->seen->tasks[i];
        if (t->pid == p->pid || process_of(run, t->pid) != p)
            continue;
        const char *label = process_label(run, t->pid);
        if (!first || strcmp(label, first_label) < 0) {
            first = t;
            first_label = label;
        }
    }
    return first;
}

void expect_no_children(struct process *p)
{
    struct run *run = p->run;
    if (await(run, has_no_children, p))
        return;
    if (run->rest != AT_REST)
        fail_in_vain(run, p, "to be rid of its children");
    const struct task *t = first_child(run, p);
    const char *child = t ? process_label(run, t->pid) : "a child";
    if (t && t->activity == TASK_ZOMBIE)
        fail(run, "zombie", p, "%s has ended, but %s never waited for it: it stays a zombie", child,
             p->name);
    if (p->ended)
        fail(run, "orphan", p, "%s is still there, although %s has ended", child, p->name);
    fail(run, "orphan", p, "%s is still there", child);
}

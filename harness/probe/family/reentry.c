/*
 * reentry.c - a handler that uses a stream which the code that it interrupts may be using.
 *
 * Handlers run at points here, and so never really in the midst of printf. But a handler may come in the midst of
 * one if its signal was sent by somebody who did not know that it was over: then nothing keeps the signal from
 * being sent earlier, as with two accesses that race. It must have been let in then, and its handler
 * installed. A program that blocks it meanwhile, or that only waits while it may come, does nothing wrong.
 * Timers are left out: how early they can go off is a matter of their time.
 */
#include "../misuse.h"

#include <signal.h>

/* A use of a stream outside of handlers: the last of each kind. */
struct use {
    const void *stream;
    uint64_t mask; /* of signals that it was safe from */
    uint32_t epoch, site, number;
};
static __thread struct use uses[8] __attribute__((tls_model("initial-exec")));
static __thread unsigned next_use __attribute__((tls_model("initial-exec")));

static uint32_t made;          /* uses so far, in this process */
static uint32_t installed[65]; /* of each signal: 1 + uses made when its handler was */

static __thread struct handling now __attribute__((tls_model("initial-exec")));

void reentry_installed(int signal)
{
    if (signal > 0 && signal <= 64)
        installed[signal] = made + 1;
}

static bool is_timers(int signal)
{
    return signal == SIGALRM || signal == SIGVTALRM || signal == SIGPROF;
}

struct handling reentry_begin(struct handling new)
{
    struct handling before = now;
    now = new;
    if (is_timers(new.signal) || before.signal)
        now.signal = -1;
    return before;
}

void reentry_end(struct handling before)
{
    now = before;
}

static bool any_installed(void)
{
    for (unsigned i = 1; i < sizeof installed / sizeof *installed; i++)
        if (installed[i])
            return true;
    return false;
}

static void note(const void *stream, const void *site)
{
    uint64_t mask = 0;
    struct use *u = NULL;

    sys(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
    for (unsigned i = 0; i < sizeof uses / sizeof *uses; i++)
        if (uses[i].stream == stream && uses[i].mask == mask)
            u = &uses[i];
    if (!u)
        u = &uses[next_use++ % (sizeof uses / sizeof *uses)];
    *u = (struct use){stream, mask, clock_epoch(), site_of(site), ++made};
}

static bool may_be_interrupted(const struct use *u)
{
    return epoch_task(u->epoch) == self.task && (u->epoch & 0xffffff) > now.known &&
           !(u->mask & 1ull << (now.signal - 1)) && installed[now.signal] &&
           u->number >= installed[now.signal];
}

static void check(const void *stream, const void *site)
{
    for (unsigned i = 0; i < sizeof uses / sizeof *uses; i++) {
        const struct use *u = &uses[i];
        if (u->stream != stream || !may_be_interrupted(u))
            continue;
        struct probe_access first = {.task = self.task, .site = site_of(site)};
        struct probe_access second = {.task = self.task, .site = u->site};
        misuse_tell("async-signal-unsafe", &first, &second, (uint64_t)now.signal);
        return;
    }
}

void reentry_stream(const void *stream, const void *site)
{
    if (!probe_on() || !stream)
        return;
    if (now.signal && (const void *)__builtin_frame_address(0) > now.frame)
        now.signal = 0; /* it has jumped out of its handler */
    if (now.signal > 0)
        check(stream, site);
    else if (!now.signal && any_installed())
        note(stream, site);
}

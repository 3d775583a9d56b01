/*
 * signal_xsi.c - the older interfaces to signals, of System V and BSD. The C library makes them of functions
 * that no interposer sees; here they are made of ours.
 */
#include "../probe.h"

#include <errno.h>
#include <signal.h>

static sigset_t only(int signal)
{
    sigset_t set = {0};
    *(uint64_t *)&set = 1ull << (signal - 1);
    return set;
}

static bool valid(int signal)
{
    return signal > 0 && signal <= 64;
}

static int change(int how, int signal, bool *was_blocked)
{
    sigset_t before;

    if (!valid(signal))
        return (int)probe_result(-EINVAL);
    sigset_t set = only(signal);
    int r = sigprocmask(how, &set, &before);
    *was_blocked = r == 0 && *(uint64_t *)&before & *(uint64_t *)&set;
    return r;
}

EXPORT int sighold(int signal)
{
    bool was;
    return VIA(change(SIG_BLOCK, signal, &was));
}

EXPORT int sigrelse(int signal)
{
    bool was;
    return VIA(change(SIG_UNBLOCK, signal, &was));
}

static sighandler_t set(int signal, sighandler_t handler)
{
    struct sigaction new = {.sa_handler = handler}, old;
    bool holds = handler == SIG_HOLD, was_blocked = false;

    if (sigaction(signal, holds ? NULL : &new, &old) < 0 ||
        change(holds ? SIG_BLOCK : SIG_UNBLOCK, signal, &was_blocked) < 0)
        return SIG_ERR;
    return was_blocked ? SIG_HOLD : old.sa_handler;
}

EXPORT sighandler_t sigset(int signal, sighandler_t handler)
{
    return VIA(set(signal, handler));
}

EXPORT int sigignore(int signal)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    return VIA(sigaction(signal, &ignore, NULL));
}

/* ---- waiting: the signal is let in, or the mask of the first 32 is this one ------------------------ */

static int pause_without(int signal)
{
    sigset_t mask;

    if (!valid(signal))
        return (int)probe_result(-EINVAL);
    sigprocmask(SIG_SETMASK, NULL, &mask);
    *(uint64_t *)&mask &= ~(1ull << (signal - 1));
    return sigsuspend(&mask);
}

EXPORT int __xpg_sigpause(int signal);
EXPORT int __xpg_sigpause(int signal)
{
    return VIA(pause_without(signal));
}

static sigset_t of_first(int mask)
{
    sigset_t set = {0};
    *(uint64_t *)&set = (uint32_t)mask;
    return set;
}

/* signal.h takes the name for the one above. */
EXPORT int sigpause_with(int mask) __asm__("sigpause");
EXPORT int sigpause_with(int mask)
{
    sigset_t set = of_first(mask);
    return VIA(sigsuspend(&set));
}

/* ---- masks of the first 32, in an int --------------------------------------------------------------- */

static int change_first(int how, int mask)
{
    sigset_t set = of_first(mask), before;
    return sigprocmask(how, &set, &before) < 0 ? -1 : (int)*(uint64_t *)&before;
}

EXPORT int sigblock(int mask)
{
    return VIA(change_first(SIG_BLOCK, mask));
}

EXPORT int sigsetmask(int mask)
{
    return VIA(change_first(SIG_SETMASK, mask));
}

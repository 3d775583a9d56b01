/*
 * template.c - a program that has been loaded once, and from which schedules fork.
 *
 * fork, exec and dynamic linking take five times as long as a fork alone. So the harness starts each command
 * line once as a *template*: it stops here, before any code of the student's main program has run, and makes
 * a process whenever it is asked to, a sibling of itself (CLONE_PARENT), so that the driver is the parent
 * as of any program. Descriptor 0 is the socket on which requests come (probe_abi.h); the process gets
 * descriptors 0 to 2 of its own, a session of its own, and is then as if it had been executed.
 *
 * A fork of the C library's would not do: it makes children only. What it sees to besides the system call is
 * done here: the thread's id in the C library's memory (by the kernel, at the address that the loader once
 * named) and the list of robust mutexes.
 */
#include "probe.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { REQUESTS = 0, GIVEN = 3 }; /* descriptors */

union control {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int) * GIVEN)];
};

/* The next request; ends the template when there is none any more. */
static void receive(struct probe_fork_request *request, int descriptor[GIVEN])
{
    union control control = {{0}};
    struct iovec data = {request, sizeof *request};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    long n;

    do
        n = sys(SYS_recvmsg, REQUESTS, &message, 0);
    while (n == -EINTR);
    bool whole = n == sizeof *request && message.msg_controllen >= CMSG_LEN(sizeof(int) * GIVEN) &&
                 control.header.cmsg_type == SCM_RIGHTS;
    if (!whole)
        sys(SYS_exit_group, 0);
    for (int i = 0; i < GIVEN; i++)
        descriptor[i] = ((const int *)(const void *)CMSG_DATA(&control.header))[i];
}

static void answer(int32_t error)
{
    struct probe_fork_answer a = {error};
    sys(SYS_sendto, REQUESTS, &a, sizeof a, MSG_NOSIGNAL, 0, 0);
}

static void limit_processes(const struct probe_fork_request *request)
{
    struct rlimit limit = {request->processes, request->processes};
    sys(SYS_prlimit64, 0, RLIMIT_NPROC, &limit, 0);
}

/* In the process that was made. */
static void begin(const struct probe_fork_request *request, const int descriptor[GIVEN])
{
    limit_processes(request);
    sys(SYS_setsid);
    task_at(request->task)->pid = (int32_t)sys(SYS_getpid);
    answer(0);
    for (int i = 0; i < GIVEN; i++)
        sys(SYS_dup2, descriptor[i], i);
    sys(SYS_close_range, GIVEN, ~0u, 0);
}

bool template_asked(void)
{
    return WORLD->template && WORLD->template == (int32_t)sys(SYS_getpid);
}

void template_serve(void)
{
    struct probe_fork_request request = {0};
    int descriptor[GIVEN] = {0};
    void *thread_id = 0, *robust = 0;
    size_t robust_size = 0;

    if (sys(SYS_prctl, PR_GET_TID_ADDRESS, &thread_id) < 0 || !thread_id)
        sys(SYS_exit_group, 0); /* not this kernel: the harness does without */
    sys(SYS_get_robust_list, 0, &robust, &robust_size);
    program_path(); /* found once for all */
    real_resolve_all();
    for (;;) {
        receive(&request, descriptor);
        long pid =
            sys(SYS_clone, CLONE_PARENT | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, 0, 0,
                thread_id, 0);
        if (pid == 0) {
            sys(SYS_set_robust_list, robust, robust_size);
            begin(&request, descriptor);
            return;
        }
        if (pid < 0)
            answer((int32_t)-pid);
        for (int i = 0; i < GIVEN; i++)
            sys(SYS_close, descriptor[i]);
    }
}

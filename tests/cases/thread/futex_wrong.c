/* expect: deadlock at 14 and 37 */
/* A flag in shared memory with a futex to wait for it: but waits of that kind are for the threads of one process. */
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void await(atomic_int *flag)
{
    while (atomic_load(flag) == 0)
        syscall(SYS_futex, flag, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void set(atomic_int *flag)
{
    atomic_store(flag, 1);
    syscall(SYS_futex, flag, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

int main(void)
{
    atomic_int *flag =
        mmap(NULL, sizeof *flag, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = 1;

    if (flag == MAP_FAILED)
        return 1;
    pid_t child = fork();
    if (child == 0) {
        await(flag);
        _exit(0);
    }
    set(flag);
    waitpid(child, &status, 0);
    printf("the flag was seen\n");
    return status != 0;
}

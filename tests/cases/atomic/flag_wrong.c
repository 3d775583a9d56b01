/* expect: data-race at 38 and 43 */
/* The atomic flag is set before the data. */

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    atomic_bool ready;
    int data;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    struct shared *s;
    int status, seen;
    pid_t child;

    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        die("mmap");
    atomic_init(&s->ready, 0);
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        atomic_store_explicit(&s->ready, 1, memory_order_release);
        s->data = 23;
        exit(0);
    }
    while (!atomic_load_explicit(&s->ready, memory_order_acquire))
        sched_yield();
    seen = s->data;
    printf("data %d\n", seen);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    return seen == 23 && status == 0 ? 0 : 1;
}

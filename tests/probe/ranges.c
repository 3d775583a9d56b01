/* Makes the calls of ranges.h in a child, while the parent writes, unordered, to the bytes at the edges of
 * what each call may touch: one before, the first, the last, one after. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOT = 64, AT = 16 };

static int compare(const void *a, const void *b)
{
    (void)a, (void)b;
    return 0;
}

static void call_all(char *base)
{
    char own[64] = "own", *m, *found;
    FILE *zeros = fopen("/dev/zero", "r");
    int number, k = 0;
#define OP(before, first, last, ...) \
    m = base + AT + SLOT * k++;      \
    __VA_ARGS__;
#include "ranges.h"
#undef OP
    fclose(zeros);
    (void)found;
}

static const struct {
    const char *before;
    int first, last;
} ops[] = {
#define OP(before, first, last, ...) {before, first, last},
#include "ranges.h"
#undef OP
};

static void touch_edges(char *m, int k)
{
    char was[SLOT] = "";
    strcpy(was, ops[k].before);
    m[ops[k].first - 1] = 0;
    m[ops[k].first] = was[ops[k].first];
    m[ops[k].last] = was[ops[k].last];
    m[ops[k].last + 1] = was[ops[k].last + 1];
}

int main(void)
{
    int count = sizeof ops / sizeof *ops;
    int segment = shmget(IPC_PRIVATE, (size_t)(count * SLOT), 0600 | IPC_CREAT);
    char *base = shmat(segment, NULL, 0);

    for (int k = 0; k < count; k++)
        strcpy(base + AT + SLOT * k, ops[k].before);
    if (fork() == 0) {
        call_all(base);
        exit(0);
    }
    sleep(
        1); /* the child first, without being ordered by it: of one call only the first byte is told */
    for (int k = 0; k < count; k++)
        touch_edges(base + AT + SLOT * k, k);
    wait(NULL);
    call_all(base); /* in order: nothing to find */
    shmctl(segment, IPC_RMID, NULL);
    return 0;
}

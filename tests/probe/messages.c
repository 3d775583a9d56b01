/* messages.c - msgsnd with messages that lie here and there, all of the right size; -DWRONG: but the last. */
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>

struct msg {
    long type;
    char text[24];
};
struct more {
    struct msg m;
    int after[4];
};
static struct msg global = {.type = 1};

static void give(int q, const struct msg *m)
{
    msgsnd(q, m, sizeof m->text, 0);
}

int main(int argc, char **argv)
{
    struct msg one = {.type = 1}, many[3] = {{1, ""}, {1, ""}, {1, ""}};
    struct more nested = {.m = {.type = 1}};
    struct msg *heap = calloc(1, sizeof *heap);
    int q = msgget(IPC_PRIVATE, 0600);
    heap->type = 1;
    (void)argv;
    msgsnd(q, &one, sizeof one.text, 0);
    msgsnd(q, &one, 3, 0);
    msgsnd(q, &many[2], sizeof many[2].text, 0);
    msgsnd(q, &nested.m, sizeof nested.m.text, 0);
    msgsnd(q, heap, sizeof heap->text, 0);
    msgsnd(q, &global, sizeof global.text, 0);
    for (int i = 0; i < 2; i++) {
        struct msg inner = {.type = 1};
        msgsnd(q, &inner, sizeof inner - sizeof(long), 0);
        give(q, &inner);
        char raw[sizeof(long) + argc * 8];
        memset(raw, 0, sizeof raw);
        raw[0] = 1;
        msgsnd(q, raw, sizeof raw - sizeof(long), 0);
    }
    free(heap);
#ifdef WRONG
    {
        struct msg last = {.type = 1};
        msgsnd(q, &last, sizeof last, 0);
    }
#endif
    msgctl(q, IPC_RMID, NULL);
    return 0;
}

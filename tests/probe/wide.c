/* wide.c - wide characters in shared memory, and streams of them through a pipe. */
#include "common.h"

static int try_wide(void)
{
    wchar_t *p = (wchar_t *)shared();
    if (!fork()) {
        wcscpy(p, L"hello");
        wmemcpy(p + 100, p, 5);
        swprintf(p + 200, 20, L"%ls %d", p, 3);
        _exit(0);
    }
    wait(0);
    printf("%d %d %ls\n", (int)wcslen(p), (int)wmemcmp(p, p + 100, 5), p + 200);
    fflush(stdout);
    int e[2];
    pipe(e);
    if (!fork()) {
        close(e[0]);
        FILE *f = fdopen(e[1], "w");
        fwprintf(f, L"wide %ls\n", p);
        fclose(f);
        _exit(0);
    }
    close(e[1]);
    FILE *f = fdopen(e[0], "r");
    wchar_t l[20];
    fgetws(l, 20, f);
    printf("%ls", l);
    wait(0);
    return 0;
}

int main(void)
{
    int (*const all[])(void) = {try_wide};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        all[i]();
        fflush(stdout);
    }
    return 0;
}

/* report.c - the formats that were built in, from their linker section (see report.h). */
#include "report/report.h"

#include <stdint.h>
#include <string.h>

extern const struct report_format __start_ipcgrade_reports[];
extern const struct report_format __stop_ipcgrade_reports[];

/* To the compiler the linker's two symbols are arrays that have nothing to do with each other. */
static int format_count(void)
{
    uintptr_t bytes = (uintptr_t)__stop_ipcgrade_reports - (uintptr_t)__start_ipcgrade_reports;
    return (int)(bytes / sizeof(struct report_format));
}

const struct report_format *report_find(const char *name)
{
    for (int i = 0; i < format_count(); i++)
        if (strcmp(__start_ipcgrade_reports[i].name, name) == 0)
            return &__start_ipcgrade_reports[i];
    return NULL;
}

/* In the order of names: the linker's is an accident. */
static const struct report_format *next_after(const struct report_format *last)
{
    const struct report_format *next = NULL;
    for (int i = 0; i < format_count(); i++) {
        const struct report_format *f = &__start_ipcgrade_reports[i];
        if ((!last || strcmp(f->name, last->name) > 0) &&
            (!next || strcmp(f->name, next->name) < 0))
            next = f;
    }
    return next;
}

void report_list(FILE *to)
{
    const struct report_format *f = NULL;
    while ((f = next_after(f)))
        fprintf(to, "  %-10s %s\n", f->name, f->about ? f->about : "");
}

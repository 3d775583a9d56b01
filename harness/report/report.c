/* report.c - the formats that were built in, from their linker section (see report.h). */
#include "report/report.h"

#include <string.h>

extern const struct report_format __start_ipcgrade_reports[];
extern const struct report_format __stop_ipcgrade_reports[];

const struct report_format *report_find(const char *name)
{
    for (const struct report_format *f = __start_ipcgrade_reports; f < __stop_ipcgrade_reports; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

/* In the order of names: the linker's is an accident. */
static const struct report_format *next_after(const struct report_format *last)
{
    const struct report_format *next = NULL;
    for (const struct report_format *f = __start_ipcgrade_reports; f < __stop_ipcgrade_reports; f++)
        if ((!last || strcmp(f->name, last->name) > 0) &&
            (!next || strcmp(f->name, next->name) < 0))
            next = f;
    return next;
}

void report_list(FILE *to)
{
    const struct report_format *f = NULL;
    while ((f = next_after(f)))
        fprintf(to, "  %-10s %s\n", f->name, f->about ? f->about : "");
}

/*
 * trace.c - a replayed schedule for a person: one line a point, in the order in which they happened.
 *
 * With room for it, each process has a column of its own, so that a switch is a step to the side.
 */
#include <string.h>

#include "base/text.h"
#include "report/page.h"
#include "report/report.h"

enum { STEP = 6, PLACE = 22, LEAST_COLUMN = 26, MAX_COLUMNS = 6 };

struct columns {
    const char *process[MAX_COLUMNS];
    int count, width; /* width 0: no columns */
};

static int column_of(const struct columns *c, const char *process)
{
    for (int i = 0; i < c->count; i++)
        if (strcmp(c->process[i], process) == 0)
            return i;
    return -1;
}

static struct columns plan(const struct evidence *e, int page)
{
    struct columns c = {.count = 0};
    for (int i = 0; i < e->trace_count; i++) {
        if (column_of(&c, e->trace[i].process) >= 0)
            continue;
        if (c.count == MAX_COLUMNS)
            return (struct columns){.count = 0};
        c.process[c.count++] = e->trace[i].process;
    }
    int width = c.count ? (page - STEP - PLACE) / c.count : 0;
    c.width = width >= LEAST_COLUMN ? width : 0;
    return c;
}

static void pad(FILE *to, int used, int width)
{
    fprintf(to, "%*s", used < width ? width - used : 0, "");
}

static int shown(FILE *to, const char *s, int width)
{
    return text_print(to, s, strlen(s), width);
}

static void print_place(FILE *to, const struct trace_line *l)
{
    if (!l->file)
        return;
    shown(to, l->file, PLACE - 6);
    fprintf(to, ":%d", l->line);
}

static void print_in_columns(FILE *to, const struct columns *c, const struct trace_line *l)
{
    int at = column_of(c, l->process) * c->width;
    pad(to, 0, at);
    int used = shown(to, l->call, c->width - 2 - (int)strlen(l->result) - 3);
    if (*l->result)
        used += fprintf(to, " = ") + shown(to, l->result, c->width);
    pad(to, at + used, c->count * c->width);
    print_place(to, l);
}

static void print_line(FILE *to, const struct trace_line *l)
{
    int used = shown(to, l->process, 20);
    pad(to, used, 22);
    shown(to, l->call, 200);
    if (*l->result) {
        fprintf(to, " = ");
        shown(to, l->result, 40);
    }
    if (l->file)
        fprintf(to, "   ");
    print_place(to, l);
}

static void print_head(FILE *to, const struct columns *c)
{
    pad(to, 0, STEP);
    for (int i = 0; i < c->count; i++)
        pad(to, shown(to, c->process[i], c->width - 1), c->width);
    fputc('\n', to);
}

void report_trace(FILE *to, const struct evidence *e, const struct report_style *style,
                  int page_width)
{
    struct page page = {to, style->color};
    struct columns c = plan(e, page_width);
    const char *last = "";
    if (c.width)
        print_head(to, &c);
    for (int i = 0; i < e->trace_count; i++) {
        const struct trace_line *l = &e->trace[i];
        bool switched = strcmp(last, l->process) != 0;
        page_ink(&page, switched ? INK_BOLD : INK_PLAIN); /* where another goes on */
        fprintf(to, "%*u  ", STEP - 2, l->step);
        if (c.width)
            print_in_columns(to, &c, l);
        else
            print_line(to, l);
        page_ink(&page, INK_PLAIN);
        fputc('\n', to);
        last = l->process;
    }
}

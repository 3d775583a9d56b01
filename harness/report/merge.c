/* merge.c - the same finding in several scenarios (see merge.h). */
#include "report/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/memory.h"

/* The program of "consumer#2" is "consumer". */
static bool same_program(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    size_t n = strcspn(a, "#");
    return n == strcspn(b, "#") && strncmp(a, b, n) == 0;
}

static bool same_place(const struct finding *a, const struct finding *b)
{
    if (a->site_count != b->site_count)
        return false;
    for (int i = 0; i < a->site_count; i++)
        if (a->sites[i].line != b->sites[i].line || !same_text(a->sites[i].file, b->sites[i].file))
            return false;
    return true;
}

static bool has_line(const struct finding *f, const struct site *site)
{
    for (int i = 0; i < f->site_count; i++)
        if (f->sites[i].line == site->line && same_text(f->sites[i].file, site->file))
            return true;
    return false;
}

bool merge_same_lines(const struct finding *a, const struct finding *b)
{
    bool same = a->site_count > 0 && b->site_count > 0;
    for (int i = 0; same && i < a->site_count; i++)
        same = a->sites[i].file && has_line(b, &a->sites[i]);
    for (int i = 0; same && i < b->site_count; i++)
        same = has_line(a, &b->sites[i]);
    return same;
}

bool is_race(const struct finding *f)
{
    return strcmp(f->rule, "data-race") == 0 && f->site_count == 2;
}

/* Leaks made by the same line are one bug, whatever id the object had and whichever process came
 * first; where the line is not known, by the same program. Two lines that race are one bug, on however
 * many schedules. Of everything else the whole text must agree. */
static bool is_same(const struct finding *a, const struct finding *b)
{
    if (strcmp(a->rule, b->rule) != 0 || a->quality != b->quality || a->lens != b->lens ||
        a->for_review != b->for_review || !(is_race(a) ? merge_same_lines(a, b) : same_place(a, b)))
        return false;
    if (strncmp(a->rule, "leak-", 5) == 0)
        return merge_same_lines(a, b) || same_program(a->process, b->process);
    if (is_race(a))
        return true;
    return same_text(a->message, b->message) && same_text(a->expected, b->expected) &&
           same_text(a->came, b->came);
}

static int scenario_index(const struct grade *grade, const char *name)
{
    for (int i = 0; name && i < grade->result_count; i++)
        if (strcmp(grade->results[i].scenario->name, name) == 0)
            return i;
    return -1;
}

static void add_scenario(struct merged *merged, int index)
{
    for (int i = 0; i < merged->scenario_count; i++)
        if (merged->scenarios[i] == index)
            return;
    merged->scenarios[merged->scenario_count++] = index;
}

struct merged_findings merge_findings(const struct grade *grade)
{
    struct merged_findings all = {
        .items = memory_zeroed((size_t)grade->finding_count, sizeof *all.items)};
    for (int i = 0; i < grade->finding_count; i++) {
        const struct finding *f = &grade->findings[i];
        struct merged *m = all.items;
        while (m < all.items + all.count && !is_same(m->first, f))
            m++;
        if (m == all.items + all.count) {
            all.count++;
            m->first = f;
            m->scenarios = memory_zeroed((size_t)grade->result_count, sizeof *m->scenarios);
        }
        int index = scenario_index(grade, f->scenario);
        if (index >= 0)
            add_scenario(m, index);
    }
    return all;
}

void merged_free(struct merged_findings *merged)
{
    for (int i = 0; i < merged->count; i++)
        free(merged->items[i].scenarios);
    free(merged->items);
    *merged = (struct merged_findings){0};
}

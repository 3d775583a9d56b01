/* explain.c - a rule of the catalogue for reading: `ipcgrade explain` (see report.h). */
#include <string.h>

#include "judge/rules.h"
#include "judge/verdict.h"
#include "report/page.h"
#include "report/report.h"

enum { INDENT = 2 };

/* Our own text: newlines end a paragraph, and lines that begin with a blank are code, shown as it
 * is. */
static void paragraphs(const struct page *page, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        fprintf(page->to, "%*s", INDENT, "");
        if (*text == ' ')
            fprintf(page->to, "%.*s\n", (int)n, text);
        else
            page_wrap_bytes(page, INDENT, strncmp(text, "- ", 2) == 0 ? INDENT + 2 : INDENT, text,
                            n);
        text += n;
        text += *text == '\n';
    }
}

static void section(const struct page *page, const char *title, const char *text)
{
    if (!text)
        return;
    fputc('\n', page->to);
    page_mark(page, INK_BOLD, title);
    fputc('\n', page->to);
    paragraphs(page, text);
}

void rule_explain(FILE *to, const struct rule *rule, bool color)
{
    struct page page = {.to = to, .color = color};
    page_mark(&page, INK_BOLD, rule->name);
    fprintf(to, ": %s (costs %s)\n", rule->title, quality_names[rule->quality]);
    section(&page, "What it means", rule->meaning);
    section(&page, "Why it matters", rule->matters);
    section(&page, "How it is cured", rule->cure);
    section(&page, "The next thing to try", rule->next);
    section(&page, "To read", rule->see);
}

void rule_list(FILE *to)
{
    const struct rule *rule;
    for (int i = 0; (rule = rule_at(i)); i++)
        fprintf(to, "  %-20s %s\n", rule->name, rule->title);
}

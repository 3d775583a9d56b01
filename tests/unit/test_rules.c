/* test_rules.c - the catalogue is whole, fits its readers, and holds every rule that is written down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/census.h"
#include "judge/rules.h"
#include "report/page.h"
#include "report/report.h"

/* Of design.md and of the driver. */
static const char *const wanted[] = {
    "build-error",
    "wrong-output",
    "wrong-exit",
    "crash",
    "timeout",
    "spin",
    "waiting-for-input",
    "data-race",
    "deadlock",
    "livelock",
    "schedule-dependent",
    "not-process-shared",
    "unlock-not-held",
    "leak-sysv-shm",
    "leak-sysv-queue",
    "leak-sysv-semaphore",
    "leak-posix-shm",
    "leak-posix-queue",
    "leak-posix-semaphore",
    "leak-fifo",
    "leak-fd",
    "orphan",
    "zombie",
    "invalid-access",
    "uninitialised",
    "leak-heap",
    "duplicated-output",
    "unchecked-error",
    "pipe-end-open",
    "wrong-msgsz",
    "tampered",
    "inconclusive",
    "too-much-output",
    "memory-limit",
    "process-limit",
    "not-blocking",
    "no-ipc-used",
    "lost-wakeup",
    "orphaned-blocking",
    "starvation",
    "wrong-state",
    "missing-nul",
    "leak-file",
};

static void every_rule_that_is_used_exists(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!rule_find(wanted[i]))
            fail_msg("no rule %s", wanted[i]);
    for (int kind = 0; kind < OBJECT_KINDS; kind++)
        assert_non_null(rule_find(object_kind_rules[kind]));
    assert_null(rule_find("no-such-rule"));
}

static void every_entry_is_whole(void **state)
{
    (void)state;
    const struct rule *rule;
    for (int i = 0; (rule = rule_at(i)); i++) {
        const char *const texts[] = {rule->title, rule->meaning, rule->matters,
                                     rule->cure,  rule->next,    rule->see};
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            if (!texts[t] || !*texts[t])
                fail_msg("%s: text %zu is missing", rule->name, t);
        if (strspn(rule->name, "abcdefghijklmnopqrstuvwxyz-") != strlen(rule->name))
            fail_msg("%s: a name is kebab-case", rule->name);
        if (strlen(rule->next) > 90 || strchr(rule->next, '\n'))
            fail_msg("%s: what to try next is one line", rule->name);
        if (!strchr(rule->see, '('))
            fail_msg("%s: names no manual page", rule->name);
    }
}

static void rules_come_in_order_once_each(void **state)
{
    (void)state;
    for (int i = 1; rule_at(i); i++)
        assert_true(strcmp(rule_at(i - 1)->name, rule_at(i)->name) < 0);
}

static void explanations_fit_the_page(void **state)
{
    (void)state;
    const struct rule *rule;
    for (int i = 0; (rule = rule_at(i)); i++) {
        char *text = NULL;
        size_t size;
        FILE *to = open_memstream(&text, &size);
        rule_explain(to, rule, false);
        fclose(to);
        for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
            if (strcspn(line, "\n") > PAGE_WIDTH)
                fail_msg("%s: too wide: %.120s", rule->name, line);
        assert_null(strchr(text, '\033'));
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_that_is_used_exists),
        cmocka_unit_test(every_entry_is_whole),
        cmocka_unit_test(rules_come_in_order_once_each),
        cmocka_unit_test(explanations_fit_the_page),
    };
    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}

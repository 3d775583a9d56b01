/*
 * rules.h - the catalogue of findings: stable names, what they mean, why they matter, how they are cured.
 */
#ifndef IPCGRADE_RULES_H
#define IPCGRADE_RULES_H

#include "model.h"

struct rule {
    const char *name; /* "leak-sysv-shm" */
    const char *title;
    enum quality quality; /* what such a finding costs, unless the finding says otherwise */
    const char *meaning;  /* what was seen: a short paragraph for a second-year student */
    const char *matters;  /* what it does to real programs and users */
    const char *cure;     /* how it is usually cured; lines that begin with blanks are code */
    const char *next;     /* the next thing to try, one line: ends a finding on the terminal */
    const char *see;      /* manual pages: "shmctl(2), sysvipc(7)" */
};

/* One file a family of rules, found through a linker section: RULES(leaks) = {{.name = …}, …}; */
#define RULES(family) \
    __attribute__((used, section("ipcgrade_rules"), aligned(8))) static const struct rule family[]

const struct rule *rule_find(const char *name); /* NULL: unknown */
const struct rule *rule_at(int index);          /* in the order of names; NULL: past the last */

#endif

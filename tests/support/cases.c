/* cases.c - the paired cases, several at a time (see cases.h). */
#include "tests/support/cases.h"

#include <glob.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/fs.h"
#include "tests/support/command.h"

#define FOLDER "tests/cases/"
enum { AT_ONCE = 4, LINE = 512, LINE_SLACK = 2 };

/* ---- what there is ----------------------------------------------------------------------------- */

static void read_expectation(struct tried_case *c)
{
    char path[160], line[LINE] = "";
    snprintf(path, sizeof path, FOLDER "%s", c->path);
    cleanup_file FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    if (sscanf(line, "/* expect: %199[^*]", c->expected) != 1)
        fail_msg("%s: the first line says nothing of what to expect", path);
    c->right = strncmp(c->expected, "none", 4) == 0;
}

/* Lines of `waiting`: a path, a blank, the reason. */
static void read_waiting(struct tried_case *cases, int count)
{
    char line[LINE], path[96], reason[160];
    cleanup_file FILE *file = fopen(FOLDER "waiting", "re");
    while (file && fgets(line, sizeof line, file)) {
        if (*line == '#' || *line == '\n')
            continue;
        if (sscanf(line, "%95s %159[^\n]", path, reason) != 2)
            fail_msg(FOLDER "waiting: no reason: %s", line);
        struct tried_case *c = cases;
        while (c < cases + count && strcmp(c->path, path) != 0)
            c++;
        if (c == cases + count)
            fail_msg(FOLDER "waiting: there is no %s", path);
        memcpy(c->waits_for, reason, sizeof reason);
    }
}

struct tried_case *cases_list(int *count)
{
    glob_t found;
    assert_int_equal(glob(FOLDER "*/*.c", 0, NULL, &found), 0);
    struct tried_case *cases = calloc(found.gl_pathc, sizeof *cases);
    assert_non_null(cases);
    *count = (int)found.gl_pathc;
    for (int i = 0; i < *count; i++) {
        snprintf(cases[i].path, sizeof cases[i].path, "%s", found.gl_pathv[i] + strlen(FOLDER));
        cases[i].wanted = true;
        read_expectation(&cases[i]);
    }
    globfree(&found);
    read_waiting(cases, *count);
    return cases;
}

/* ---- is it what was expected? ------------------------------------------------------------------ */

static bool has_line(const json_t *finding, int line)
{
    size_t i;
    json_t *site;
    json_array_foreach(json_object_get(finding, "sites"), i, site)
    {
        json_int_t there = json_integer_value(json_object_get(site, "line"));
        if (there && llabs(there - line) <= LINE_SLACK)
            return true;
    }
    return false;
}

static bool same_rule(const char *found, const char *expected)
{
    return !strcmp(found, expected) ||
           (!strcmp(found, "wrong-exit") && !strcmp(expected, "schedule-dependent"));
}

/* "data-race at 41 and 63" */
static bool is_met(const json_t *report, const char *alternative)
{
    char rule[64];
    int line[2] = {0, 0};
    if (sscanf(alternative, "%63s at %d and %d", rule, &line[0], &line[1]) < 1)
        return false;
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(report, "findings"), i, finding)
    {
        if (same_rule(json_text(finding, "rule"), rule) &&
            (!line[0] || has_line(finding, line[0])) && (!line[1] || has_line(finding, line[1])))
            return true;
    }
    return false;
}

static bool any_is_met(const json_t *report, const char *expected)
{
    char copy[200];
    snprintf(copy, sizeof copy, "%s", expected);
    for (char *at = copy, * or ; at; at = or ? or +4 : NULL) {
        or = strstr(at, " or ");
        if (or)
            * or = '\0';
        if (is_met(report, at))
            return true;
    }
    return false;
}

/* A process that is accused of waiting waits in some call. */
static bool each_says_in_what(const json_t *report)
{
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(report, "findings"), i, finding)
    {
        if (strstr(json_text(finding, "message"), "waits in ?"))
            return false;
    }
    return true;
}

static void note_findings(struct tried_case *c, const json_t *report)
{
    size_t i, n = 0;
    json_t *finding;
    n += (size_t)snprintf(c->said, sizeof c->said, "%s", json_text(report, "verdict"));
    json_array_foreach(json_object_get(report, "findings"), i, finding)
    {
        if (n + 1 < sizeof c->said)
            n += (size_t)snprintf(c->said + n, sizeof c->said - n, "; %s: %s",
                                  json_text(finding, "rule"), json_text(finding, "message"));
    }
}

static void judge(struct tried_case *c, const struct answer *answer)
{
    json_t *report = json_loadb(answer->out, answer->out_length, 0, NULL);
    if (!report) {
        snprintf(c->said, sizeof c->said, "status %d: %.500s", answer->status, answer->err);
        return;
    }
    c->passed = c->right ? answer->status == 0
                         : any_is_met(report, c->expected) && each_says_in_what(report);
    note_findings(c, report);
    json_decref(report);
}

/* ---- several at a time ------------------------------------------------------------------------- */

struct slot {
    struct tried_case *of; /* NULL: free */
    bool built;
    struct asking asking;
    int pidfd;
    char folder[256];
};

static void begin(struct slot *slot, const char *const argv[])
{
    slot->asking = ask_in_background((struct manner){.folder = slot->folder}, argv);
    slot->pidfd = pidfd_open(slot->asking.pid, 0);
    assert_true(slot->pidfd >= 0);
}

static void begin_building(struct slot *slot, struct tried_case *c)
{
    char source[512], here[160];
    assert_non_null(getcwd(here, sizeof here));
    snprintf(source, sizeof source, "%s/" FOLDER "%s", here, c->path);
    slot->of = c;
    slot->built = false;
    c->passed = false;
    begin(slot, (const char *const[]){"cc", "-pthread", "-o", "case", source, NULL});
}

static void begin_running(struct slot *slot, int schedules)
{
    char number[16];
    snprintf(number, sizeof number, "%d", schedules);
    slot->built = true;
    begin(slot,
          (const char *const[]){"run", "--schedules", number, "-f", "json", "--", "./case", NULL});
}

static void go_on(struct slot *slot, int schedules)
{
    struct answer answer = answer_of(slot->asking);
    close(slot->pidfd);
    slot->pidfd = -1;
    if (!slot->built && answer.status == 0) {
        begin_running(slot, schedules);
    } else {
        if (slot->built)
            judge(slot->of, &answer);
        else
            snprintf(slot->of->said, sizeof slot->of->said, "does not build: %.500s", answer.err);
        slot->of = NULL;
    }
    answer_free(&answer);
}

static void wait_for_one(struct slot *slots, int schedules)
{
    struct pollfd ended[AT_ONCE];
    for (int i = 0; i < AT_ONCE; i++)
        ended[i] = (struct pollfd){.fd = slots[i].of ? slots[i].pidfd : -1, .events = POLLIN};
    poll(ended, AT_ONCE, -1);
    for (int i = 0; i < AT_ONCE; i++)
        if (ended[i].fd >= 0 && ended[i].revents)
            go_on(&slots[i], schedules);
}

static struct tried_case *next_wanted(struct tried_case *c, const struct tried_case *end)
{
    while (c < end && !c->wanted)
        c++;
    return c;
}

void cases_try(struct tried_case *cases, int count, int schedules)
{
    struct slot slots[AT_ONCE];
    struct tried_case *end = cases + count, *next = next_wanted(cases, end);
    memset(slots, 0, sizeof slots);
    for (int i = 0; i < AT_ONCE; i++)
        snprintf(slots[i].folder, sizeof slots[i].folder, "%s", scratch_folder());
    for (bool busy = true; busy;) {
        busy = false;
        for (int i = 0; i < AT_ONCE; i++) {
            if (!slots[i].of && next < end) {
                begin_building(&slots[i], next);
                next = next_wanted(next + 1, end);
            }
            busy |= slots[i].of != NULL;
        }
        if (busy)
            wait_for_one(slots, schedules);
    }
}

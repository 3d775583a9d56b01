/*
 * test_names.c - what a report calls the memory that two lines race for, and that it shows the lines: by the
 * student's own name where that is known for sure, by the offset where it is not. Never by a wrong name.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/support/programs.h"

static int make_folder(void **state)
{
    (void)state;
    programs_begin();
    return 0;
}

static void compile(const char *verb, const char *source, const char *flag)
{
    struct answer answer = SAY(verb, "-w", "-pthread", "-o", "program", source, flag);
    if (answer.status != 0)
        fail_msg("%s", answer.err);
    answer_free(&answer);
}

static json_t *report_of_run(void)
{
    struct answer answer = SAY("run", "--schedules", "3", "-f", "json", "--", "./program");
    json_t *report = parse_json(&answer);
    answer_free(&answer);
    return report;
}

/* The first race; fails if there is none. */
static json_t *first_race(const json_t *report)
{
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(report, "findings"), i, finding)
    {
        if (strcmp(json_text(finding, "rule"), "data-race") == 0)
            return finding;
    }
    fail_msg("there is no race");
    return NULL;
}

/* ---- shared memory --------------------------------------------------------------------------- */

#define HEAD                                                                                   \
    "#include <fcntl.h>\n#include <pthread.h>\n#include <stdio.h>\n#include <stdlib.h>\n"      \
    "#include <string.h>\n#include <sys/ipc.h>\n#include <sys/mman.h>\n#include <sys/shm.h>\n" \
    "#include <sys/wait.h>\n#include <unistd.h>\n"
#define MAPPED(size) "mmap(0, " size ", 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0)"
#define TYPES                                                                                   \
    "struct slot { int key; long value; };\n"                                                   \
    "struct buf { int count, head; struct slot slots[4]; char name[16]; int bit : 1, two : 1; " \
    "};\n"                                                                                      \
    "#define TOTAL b->head\n#define SECOND(p) ((p)->head)\n"

struct row {
    const char *memory;      /* what `void *m` is */
    const char *one, *other; /* what two processes do */
    const char *variable;    /* NULL: no name */
    const char *told;        /* in the message */
};

/* Two processes, in which b and n point to the beginning of the memory. */
static json_t *race_between(const struct row *row, const char *verb)
{
    char text[3000];
    snprintf(text, sizeof text,
             HEAD TYPES
             "int main(void)\n{\n    char *m = (char *)%s;\n"
             "    struct buf *b = (struct buf *)m, *c = b;\n    int *n = (int *)m, i = 1, seen;\n"
             "    if (fork() == 0) {\n        %s\n        _exit(0);\n    }\n    %s\n"
             "    wait(NULL);\n    return 0;\n}\n",
             row->memory, row->one, row->other);
    const char *source = strcmp(verb, "cc") == 0 ? "t.c" : "t.cc";
    write_text(here, source, text);
    compile(verb, source, "-g");
    return report_of_run();
}

static void check_rows(const struct row *rows, size_t count, const char *verb)
{
    for (size_t i = 0; i < count; i++) {
        json_t *report = race_between(&rows[i], verb), *race = first_race(report);
        const char *wanted = rows[i].variable ? rows[i].variable : "";
        const char *message = json_text(race, "message");
        if (strcmp(json_text(race, "variable"), wanted) != 0 || !strstr(message, rows[i].told))
            fail_msg("%s <> %s: `%s`, %s", rows[i].one, rows[i].other, json_text(race, "variable"),
                     message);
        json_decref(report);
    }
}
#define CHECK(rows, verb) check_rows(rows, sizeof(rows) / sizeof *(rows), verb)

#define SEGMENT "shmat(shmget(1234, sizeof(struct buf), IPC_CREAT | 0600), 0, 0)"
#define PAGE    MAPPED("4096")

static void a_member_has_its_name(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {SEGMENT, "b->count++;", "b->count++;", "b->count",
         "the same 4 bytes, `b->count` (at offset 0 of a shared memory segment, key 0x4d2)"},
        {SEGMENT, "b->slots[i].value = 1;", "seen = (int)b->slots[1].value;", "b->slots[1].value",
         "the same 8 bytes, `"},
        {PAGE, "b->slots[i].key = 1;", "b->slots[i].key = 2;", "b->slots[i].key",
         "an anonymous mapping made at t.c:"},
        {PAGE, "b->slots[i].key = 1;", "b->slots[1].key = 2;", "b->slots[...].key", "offset 24 of"},
        {PAGE, "++*n;", "int v = *n;", "*n", "offset 0 of"},
        {PAGE, "b->count = 1;", "n[0] = 2;", "b->count", "offset 0 of"},
        {PAGE, "strcpy(b->name, \"Ada\");", "seen = strlen(b->name);", "b->name", "the same "},
        {PAGE, "b->head = b->count;", "printf(\"%d\", b->head);", "b->head", "offset 4 of"},
        {"shmat(shmget(ftok(\".\", 'B'), sizeof(struct buf), IPC_CREAT | 0600), 0, 0)",
         "(*b).head++;", "b->head = 1;", "b->head", "segment, key of ftok(\".\", 'B'))"},
        {"shmat(shmget(IPC_PRIVATE, 4096, 0600), 0, 0)", "b->head++;", "b->head = 1;", "b->head",
         "a shared memory segment made with IPC_PRIVATE at t.c:"},
        {"mmap(0, 4096, 3, MAP_SHARED, ({ int f = shm_open(\"/t\", O_RDWR | O_CREAT, 0600); "
         "ftruncate(f, 4096); f; }), 0)",
         "b->head++;", "b->head = 1;", "b->head", "the POSIX shared memory /t)"},
        {"mmap(0, 4096, 3, MAP_SHARED, ({ int f = open(\"f\", O_RDWR | O_CREAT, 0600); "
         "unlink(\"f\"); "
         "ftruncate(f, 4096); f; }), 0)",
         "b->head++;", "b->head = 1;", "b->head", "the mapped file f)"},
    };
    CHECK(rows, "cc");
}

static void what_is_not_sure_has_none(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {PAGE, "TOTAL = 1;", "TOTAL = 2;", NULL, "bytes (at offset 4 of"},
        {PAGE, "((struct buf *)m)->head = 1;", "SECOND(b) = 2;", NULL, "bytes (at offset 4 of"},
        {PAGE, "*(n + 1) = 1;", "*(&b->count + 1) = 2;", NULL, "bytes (at offset 4 of"},
        {PAGE, "b->bit = 1;", "b->two = 1;", NULL, "(at offset"},
        /* Not at the beginning of the memory: the wrong member would fit there. */
        {PAGE, "b = (struct buf *)(m + 4); seen = SECOND(b) + b->count;", "*(int *)(m + 8) = 1;",
         NULL, "bytes (at offset 8 of"},
        {PAGE, "b = (struct buf *)(m + 4); int v = b->count;", "*(int *)(m + 4) = 1;", NULL,
         "bytes (at offset 4 of"},
        /* One says this, the other that. */
        {PAGE, "b->head = 1;", "struct slot *s = (struct slot *)(m + 4); s->key = 2;", NULL,
         "bytes (at offset 4 of"},
    };
    CHECK(rows, "cc");
}

static void cplusplus_has_names_too(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {SEGMENT, "b->count++;", "auto &r = *b; r.count = 3;", "b->count", "key 0x4d2"},
        {PAGE, "b->slots[i].key = 1;", "seen = b->slots[i].key;", "b->slots[i].key",
         "offset 24 of"},
        {PAGE, "++*n;", "(*n)--;", "*n", "offset 0 of"},
    };
    CHECK(rows, "c++");
}

/* ---- a process's own memory ------------------------------------------------------------------ */

static void check_threads(const char *declared, const char *argument, const char *one,
                          const char *other, const char *variable, const char *told)
{
    char text[2000];
    snprintf(text, sizeof text,
             HEAD TYPES
             "%s\nstatic void *work(void *arg)\n{\n    struct buf *b = arg; int *n = arg;\n"
             "    %s\n    return 0;\n}\n"
             "int main(void)\n{\n    int own[3] = {0}; pthread_t t;\n"
             "    struct buf *b = calloc(2, sizeof *b);\n"
             "    pthread_create(&t, 0, work, %s);\n    %s\n    pthread_join(t, 0);\n"
             "    return own[2];\n}\n",
             declared, one, argument, other);
    write_text(here, "t.c", text);
    compile("cc", "t.c", "-g");
    json_t *report = report_of_run(), *race = first_race(report);
    const char *message = json_text(race, "message");
    if (strcmp(json_text(race, "variable"), variable ? variable : "") != 0 ||
        !strstr(message, told))
        fail_msg("%s <> %s: `%s`, %s", one, other, json_text(race, "variable"), message);
    json_decref(report);
}

static void static_memory_is_known_by_its_address(void **state)
{
    (void)state;
    check_threads("static struct buf table[2];", "table", "b[1].slots[2].value = 1;",
                  "memset(&table[1].slots[2].value, 0, 8);", "table[1].slots[2].value",
                  "the same 8 bytes, `table[1].slots[2].value` (in static memory)");
    check_threads("int hits;", "&hits", "++*n;", "hits++;", "hits", "`hits` (in static memory)");
    check_threads("static int *where(void) { static int calls; return &calls; }", "where()",
                  "++*n;", "*where() = 1;", "calls", "`calls` (in static memory)");
}

static void other_memory_by_what_the_lines_say(void **state)
{
    (void)state;
    check_threads("", "b", "b->head++;", "b->head = 1;", "b->head", "`b->head` (on the heap)");
    check_threads("", "own", "*n = 1;", "own[0]++;", NULL, "4 bytes (on the stack of program#1)");
    check_threads("", "own + 1", "*n = 1;", "*(own + 1) = 1;", "*n",
                  "`*n` (on the stack of program#1)");
}

/* ---- the lines ------------------------------------------------------------------------------- */

static const char racy[] = HEAD "int main(void)\n{\n    int *n = " PAGE ";\n"
                                "    if (fork() == 0) {\n"
                                "\t\t++*n;\t/* \033[31mred\033[0m */\n        _exit(0);\n    }\n"
                                "    ++*n;\n    wait(NULL);\n    return 0;\n}\n";

static struct answer told_to_people(void)
{
    return SAY("run", "--schedules", "2", "--color", "never", "--", "./program");
}

static bool says(struct answer answer, const char *text)
{
    bool found = strstr(answer.out, text);
    answer_free(&answer);
    return found;
}

static void lines_are_shown_and_cannot_do_harm(void **state)
{
    (void)state;
    write_text(here, "lines.c", racy);
    compile("cc", "lines.c", "-g");
    assert_true(says(told_to_people(), "              15 | ++*n; /* \\x1b[31mred\\x1b[0m */\n"));
    assert_true(says(told_to_people(), "              18 | ++*n;\n"));
    json_t *report = report_of_run();
    json_t *site = json_array_get(json_object_get(first_race(report), "sites"), 0);
    assert_non_null(strstr(json_text(site, "source"), "++*n;"));
    json_decref(report);
}

static void set_time(const char *name, time_t seconds)
{
    struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
    int folder = open(here, O_RDONLY | O_DIRECTORY);
    assert_int_equal(utimensat(folder, name, times, 0), 0);
    close(folder);
}

static void what_is_not_the_programs_source_is_not_shown(void **state)
{
    (void)state;
    write_text(here, "lines.c", racy);
    compile("cc", "lines.c", "-g");
    set_time("program", 1000000);
    set_time("lines.c", 1000001);
    assert_false(says(told_to_people(), " | "));
    set_time("lines.c", 1000000);
    assert_true(says(told_to_people(), " | "));
    char from[PATH_MAX + 16], to[PATH_MAX + 16];
    snprintf(from, sizeof from, "%s/lines.c", here);
    snprintf(to, sizeof to, "%s/other", here);
    assert_int_equal(rename(from, to), 0);
    assert_false(says(told_to_people(), " | ")); /* is not there */
    assert_int_equal(symlink("other", from), 0);
    assert_false(says(told_to_people(), " | ")); /* is a link */
    assert_int_equal(unlink(from), 0);
    assert_false(says(told_to_people(), "`*n`"));
}

static void a_grade_names_and_shows_them(void **state)
{
    (void)state;
    struct answer answer = ask("grade", "-a", "bounded_buffer", "--schedules", "8", "--color",
                               "never", "fixtures/bounded_buffer/counter_outside_lock");
    assert_non_null(strstr(answer.out, "`buf->total`"));
    assert_non_null(strstr(answer.out, "              97 | buf->total++;\n"));
    answer_free(&answer);
}

int main(void)
{
    own_host_ipc();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_has_its_name),
        cmocka_unit_test(what_is_not_sure_has_none),
        cmocka_unit_test(cplusplus_has_names_too),
        cmocka_unit_test(static_memory_is_known_by_its_address),
        cmocka_unit_test(other_memory_by_what_the_lines_say),
        cmocka_unit_test(lines_are_shown_and_cannot_do_harm),
        cmocka_unit_test(what_is_not_the_programs_source_is_not_shown),
        cmocka_unit_test(a_grade_names_and_shows_them),
    };
    return cmocka_run_group_tests(tests, make_folder, check_leftovers);
}

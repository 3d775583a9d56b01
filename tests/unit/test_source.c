/* test_source.c - the lines of sources that a report shows: of our copy's plain files, and of nothing else. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/fs.h"
#include "submit/source.h"
#include "submit/submission.h"

static struct arena *arena;
static char *around, *folder; /* `around` holds what must not be shown */
static int opened;

static void put(const char *parent, const char *name, const void *bytes, size_t n)
{
    cleanup_fd int fd = open(fs_join(arena, parent, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0 && fs_write_all(fd, bytes, n));
}

static void put_text(const char *parent, const char *name, const char *text)
{
    put(parent, name, text, strlen(text));
}

static int make_folders(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    arena = arena_new((size_t)256 << 20);
    around = fs_join(arena, tmp ? tmp : "/tmp", "ipcgrade-source.XXXXXX");
    if (!mkdtemp(around))
        return -1;
    folder = fs_join(arena, around, "ada");
    if (mkdir(folder, 0755) != 0 || mkdir(fs_join(arena, folder, "sub"), 0755) != 0)
        return -1;
    opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return opened < 0;
}

static int remove_folders(void **state)
{
    (void)state;
    close(opened);
    bool removed = fs_remove_tree(around);
    arena_free(arena);
    return removed ? 0 : -1;
}

static const char *line(const char *file, int number)
{
    struct site site = {.file = file, .line = number};
    return source_line(arena, opened, &site);
}

static void lines_are_counted_from_one(void **state)
{
    (void)state;
    put_text(folder, "a.c", "first\n\n\tthird;  \r\n  last");
    put_text(folder, "sub/b.c", "below\n");
    assert_string_equal(line("a.c", 1), "first");
    assert_null(line("a.c", 2)); /* nothing to show */
    assert_string_equal(line("a.c", 3), "\tthird;");
    assert_string_equal(line("a.c", 4), "  last");
    assert_null(line("a.c", 5));
    assert_null(line("a.c", 0));
    assert_null(line("a.c", -1));
    assert_null(line("a.c", 2000000000));
    assert_string_equal(line("sub/b.c", 1), "below");
    assert_null(line("sub/b.c", 2));
    assert_null(line(NULL, 1));
}

static void long_lines_and_large_files_are_bounded(void **state)
{
    (void)state;
    enum { LENGTH = 100000 };
    char *text = malloc(LENGTH);
    assert_non_null(text);
    memset(text, 'x', LENGTH);
    put(folder, "long.c", text, LENGTH);
    assert_int_equal(strlen(line("long.c", 1)), SOURCE_COLUMNS);
    memset(text, 0, LENGTH);
    put(folder, "zeros.c", text, LENGTH);
    assert_null(line("zeros.c", 1));
    put_text(folder, "empty.c", "");
    assert_null(line("empty.c", 1));
    put_text(folder, "huge.c", "x\n");
    assert_int_equal(truncate(fs_join(arena, folder, "huge.c"), SUBMISSION_BYTES + 1), 0);
    assert_null(line("huge.c", 1));
    free(text);
}

static void nothing_leads_out_of_the_folder(void **state)
{
    (void)state;
    put_text(around, "secret", "secret\n");
    assert_int_equal(symlink("../secret", fs_join(arena, folder, "link.c")), 0);
    assert_int_equal(symlink("..", fs_join(arena, folder, "up")), 0);
    assert_int_equal(symlink("a.c", fs_join(arena, folder, "inner.c")), 0);
    assert_int_equal(mkfifo(fs_join(arena, folder, "fifo.c"), 0644), 0);
    const char *const names[] = {"link.c",
                                 "up/secret",
                                 "inner.c",
                                 "fifo.c",
                                 "../secret",
                                 "sub/../../secret",
                                 "/etc/passwd",
                                 "sub",
                                 "missing.c",
                                 "",
                                 "/proc/self/environ",
                                 fs_join(arena, around, "secret")};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (line(names[i], 1))
            fail_msg("%s: %s", names[i], line(names[i], 1));
}

/* Who edits after compiling would be shown lines that are not the program's. */
static void a_source_newer_than_its_program_is_not_shown(void **state)
{
    (void)state;
    put_text(folder, "c.c", "int x;\n");
    put_text(folder, "program", "\177ELF");
    struct site site = {.file = "c.c", .line = 1, .program = "program"};
    struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_int_equal(utimensat(opened, "c.c", times, 0), 0);
    assert_string_equal(source_line(arena, opened, &site), "int x;");
    assert_int_equal(utimensat(opened, "program", times, 0), 0);
    assert_string_equal(source_line(arena, opened, &site), "int x;");
    times[1].tv_nsec = 1;
    assert_int_equal(utimensat(opened, "c.c", times, 0), 0);
    assert_null(source_line(arena, opened, &site));
    site.program = "elsewhere"; /* in a submission's folder no program is */
    assert_string_equal(source_line(arena, opened, &site), "int x;");
}

static void every_site_is_filled_in(void **state)
{
    (void)state;
    put_text(folder, "d.c", "one\ntwo\n");
    struct finding findings[] = {
        {.site_count = 2, .sites = {{.file = "d.c", .line = 2}, {.file = "d.c", .line = 9}}},
        {.site_count = 0},
        {.site_count = 1, .sites = {{.file = "d.c", .line = 1}}},
    };
    source_show(arena, folder, findings, 3);
    assert_string_equal(findings[0].sites[0].source, "two");
    assert_null(findings[0].sites[1].source);
    assert_string_equal(findings[2].sites[0].source, "one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_counted_from_one),
        cmocka_unit_test(long_lines_and_large_files_are_bounded),
        cmocka_unit_test(nothing_leads_out_of_the_folder),
        cmocka_unit_test(a_source_newer_than_its_program_is_not_shown),
        cmocka_unit_test(every_site_is_filled_in),
    };
    return cmocka_run_group_tests(tests, make_folders, remove_folders);
}

/* test_submission.c - intake: what is taken, dropped and refused, and the hash. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/fs.h"
#include "submit/submission.h"

static struct arena *arena;
static char *scratch, *folder;

static int make_folders(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    arena = arena_new((size_t)256 << 20);
    scratch = fs_join(arena, tmp ? tmp : "/tmp", "ipcgrade-intake.XXXXXX");
    if (!mkdtemp(scratch))
        return -1;
    folder = fs_join(arena, scratch, "ada");
    return mkdir(folder, 0755);
}

static int remove_folders(void **state)
{
    (void)state;
    bool removed = fs_remove_tree(scratch);
    arena_free(arena);
    return removed ? 0 : -1;
}

static const char *in_folder(const char *name)
{
    return fs_join(arena, folder, name);
}

static void put_bytes(const char *name, const void *bytes, size_t n)
{
    cleanup_fd int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_true(fs_write_all(fd, bytes, n));
}

static void put(const char *name, const char *text)
{
    put_bytes(name, text, strlen(text));
}

static struct submission taken(void)
{
    struct submission s;
    const char *why = NULL;
    if (!submission_take(arena, folder, scratch, &s, &why))
        fail_msg("refused: %s", why);
    return s;
}

static void assert_refused(const char *mention)
{
    struct submission s;
    const char *why = NULL;
    assert_false(submission_take(arena, folder, scratch, &s, &why));
    if (!strstr(why, mention))
        print_error("%s\n", why);
    assert_non_null(strstr(why, mention));
}

static bool has_file(const struct submission *s, const char *path)
{
    for (int i = 0; i < s->file_count; i++)
        if (strcmp(s->files[i].path, path) == 0)
            return access(fs_join(arena, s->staged, path), F_OK) == 0;
    return false;
}

static void assert_notice(const struct submission *s, const char *text)
{
    for (int i = 0; i < s->notice_count; i++)
        if (strcmp(s->notices[i], text) == 0)
            return;
    fail_msg("no notice: %s", text);
}

/* ---- taken -------------------------------------------------------------------------------------- */

static void sources_data_and_folders_are_taken(void **state)
{
    (void)state;
    put("main.c", "int main(void) { return 0; }\n");
    put("words.txt", "one\ntwo\n");
    put("empty.h", "");
    assert_int_equal(mkdir(in_folder("sub"), 0755), 0);
    put("sub/part.cc", "int part;\n");
    struct submission s = taken();
    assert_string_equal(s.name, "ada");
    assert_int_equal(s.file_count, 4);
    assert_true(has_file(&s, "main.c") && has_file(&s, "words.txt") && has_file(&s, "empty.h"));
    assert_true(has_file(&s, "sub/part.cc"));
    assert_int_equal(s.notice_count, 0);
    assert_int_equal(strlen(s.hash), 64);
}

static void names_may_be_anything(void **state)
{
    (void)state;
    put("a b.txt", "int x;\n");
    put("new\nline.txt", "int y;\n");
    put("\xff\xfe.c", "int z;\n");
    put("-rf.c", "int r;\n");
    struct submission s = taken();
    assert_int_equal(s.file_count, 4);
    assert_true(has_file(&s, "new\nline.txt") && has_file(&s, "\xff\xfe.c") &&
                has_file(&s, "-rf.c"));
}

/* make cannot name such a source: it would be two, and the compiler's complaint about them no help. */
static void a_source_with_a_blank_in_its_name_is_dropped_with_a_word(void **state)
{
    (void)state;
    put("copy of a.c", "int x;\n");
    put("new\nline.cpp", "int y;\n");
    struct submission s = taken(); /* not refused: the failed build is the student's */
    assert_int_equal(s.file_count, 0);
    assert_int_equal(s.notice_count, 2);
    assert_non_null(strstr(s.notices[0], "copy of a.c: make cannot build"));
}

static void garbage_named_c_is_the_compilers(void **state)
{
    (void)state;
    put_bytes("noise.c", "\0\1\2\3\xff\xfe", 6);
    struct submission s = taken();
    assert_true(has_file(&s, "noise.c"));
}

/* ---- dropped ------------------------------------------------------------------------------------ */

static void what_is_built_is_dropped_by_content(void **state)
{
    (void)state;
    put("main.c", "int main(void) { return 0; }\n");
    put("producer", "\177ELF and so on");
    put("disguised.c", "\177ELF and so on");
    put("libx.dat", "!<arch>\nand so on");
    put("fake.o", "not an object at all");
    struct submission s = taken();
    assert_int_equal(s.file_count, 1);
    assert_int_equal(s.notice_count, 4);
    assert_notice(&s, "dropped disguised.c: objects, libraries and executables are built here");
    assert_notice(&s, "dropped fake.o: objects, libraries and executables are built here");
}

static void links_and_special_files_are_dropped(void **state)
{
    (void)state;
    put("main.c", "int main(void) { return 0; }\n");
    assert_int_equal(symlink("/etc/passwd", in_folder("secret.c")), 0);
    assert_int_equal(symlink("/etc", in_folder("etc")), 0);
    assert_int_equal(symlink("main.c", in_folder("alias.c")), 0);
    assert_int_equal(symlink(".", in_folder("loop")), 0);
    assert_int_equal(mkfifo(in_folder("pipe.c"), 0600), 0);
    assert_int_equal(mkdir(in_folder(".git"), 0755), 0);
    put(".git/config.c", "");
    struct submission s = taken(); /* and does not wait for the FIFO's writer */
    assert_int_equal(s.file_count, 1);
    assert_notice(&s, "dropped secret.c: a symbolic link is not taken");
    assert_notice(&s, "dropped etc: a symbolic link is not taken");
    assert_notice(&s, "dropped pipe.c: a FIFO is not taken");
    assert_notice(&s, "dropped .git: not part of the sources");
}

static void notices_have_an_end(void **state)
{
    (void)state;
    put("main.c", "int main(void) { return 0; }\n");
    for (int i = 0; i < 300; i++)
        assert_int_equal(symlink("x", in_folder(arena_printf(arena, "link%d", i))), 0);
    struct submission s = taken();
    assert_int_equal(s.notice_count, 50);
    assert_string_equal(s.notices[49], "dropped 251 more");
}

/* ---- refused ------------------------------------------------------------------------------------ */

static void no_source_file(void **state)
{
    (void)state;
    assert_refused("no source file");
    put("README", "to do\n");
    put("only.h", "int x;\n");
    assert_refused("no source file");
}

static void folders_that_are_none(void **state)
{
    (void)state;
    const char *parent = folder;
    folder = fs_join(arena, parent, "nowhere");
    assert_refused("no such folder");
    folder = fs_join(arena, parent, "file");
    cleanup_fd int fd = open(folder, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_refused("not a folder");
}

static void too_many_files(void **state)
{
    (void)state;
    for (int i = 0; i <= SUBMISSION_FILES; i++)
        put(arena_printf(arena, "%d.c", i), "");
    assert_refused("more than 500 files");
}

static void too_deep(void **state)
{
    (void)state;
    const char *path = "deep";
    for (int i = 0; i <= SUBMISSION_DEPTH; i++, path = fs_join(arena, path, "er"))
        assert_int_equal(mkdir(in_folder(path), 0755), 0);
    assert_refused("folders more than 8 deep");
}

static void too_large(void **state)
{
    (void)state;
    put("main.c", "int main(void) { return 0; }\n");
    assert_int_equal(truncate(in_folder("main.c"), (off_t)10 << 30), 0); /* a hole of 10 GB */
    assert_refused("more than 32 MiB");
}

/* ---- the hash ----------------------------------------------------------------------------------- */

static const char *hash_now(void)
{
    return arena_strdup(arena, taken().hash);
}

static void the_hash_is_of_names_and_contents(void **state)
{
    (void)state;
    put("a.c", "xy");
    const char *first = hash_now();
    assert_string_equal(first, hash_now());
    put("a.c", "xz");
    const char *changed = hash_now();
    assert_string_not_equal(first, changed);
    put("a.c", "xy");
    assert_int_equal(rename(in_folder("a.c"), in_folder("b.c")), 0);
    assert_string_not_equal(first, hash_now());
    put("a.c", "x"); /* the same bytes in a row, cut elsewhere */
    put("b.c", "y");
    assert_string_not_equal(first, hash_now());
    assert_int_equal(symlink("a.c", in_folder("link.c")), 0); /* dropped: no part of it */
    const char *with_link = hash_now();
    assert_int_equal(unlink(in_folder("link.c")), 0);
    assert_string_equal(with_link, hash_now());
}

/* sha256sum of the bytes that submission.c hashes for one file: "a.c\0", the size, the content. */
static void the_hash_is_sha_256(void **state)
{
    (void)state;
    put("a.c", "");
    assert_string_equal(taken().hash,
                        "f6fe302f70cba25aa9b768720840ffb49f3a07866b6c36d76f35d32e1d7b6c91");
}

int main(void)
{
#define INTAKE(name) cmocka_unit_test_setup_teardown(name, make_folders, remove_folders)
    const struct CMUnitTest tests[] = {
        INTAKE(sources_data_and_folders_are_taken),
        INTAKE(names_may_be_anything),
        INTAKE(a_source_with_a_blank_in_its_name_is_dropped_with_a_word),
        INTAKE(garbage_named_c_is_the_compilers),
        INTAKE(what_is_built_is_dropped_by_content),
        INTAKE(links_and_special_files_are_dropped),
        INTAKE(notices_have_an_end),
        INTAKE(no_source_file),
        INTAKE(folders_that_are_none),
        INTAKE(too_many_files),
        INTAKE(too_deep),
        INTAKE(too_large),
        INTAKE(the_hash_is_of_names_and_contents),
        INTAKE(the_hash_is_sha_256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

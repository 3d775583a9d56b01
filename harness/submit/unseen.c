/* unseen.c - finds what the probe would not see in sources and programs (see unseen.h). */
#include "submit/unseen.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "run/probed.h"
#include "run/registry.h"

/* ---- a little of the language: comments, literals, words ------------------------------------- */

struct reader {
    const char *at;
    int line;
};

static void step(struct reader *r)
{
    r->line += *r->at == '\n';
    r->at++;
}

static void skip_literal(struct reader *r)
{
    char quote = *r->at;
    step(r);
    while (*r->at && *r->at != quote && *r->at != '\n') {
        if (*r->at == '\\' && r->at[1])
            step(r);
        step(r);
    }
    if (*r->at == quote)
        step(r);
}

/* Over what means nothing; false: there stands something else. */
static bool skip_blank(struct reader *r)
{
    if (strncmp(r->at, "//", 2) == 0) {
        while (*r->at && *r->at != '\n')
            step(r);
    } else if (strncmp(r->at, "/*", 2) == 0) {
        while (*r->at && strncmp(r->at, "*/", 2) != 0)
            step(r);
        if (*r->at)
            r->at += 2;
    } else if (*r->at && strchr(" \t\r\n\f\v\\", *r->at)) {
        step(r);
    } else {
        return false;
    }
    return true;
}

static bool is_in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static size_t word_length(const char *at)
{
    size_t n = 0;
    while (is_in_word(at[n]))
        n++;
    return n;
}

static bool is_word_of(const char *at, size_t length, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == length && strncmp(at, *words, length) == 0)
            return true;
    return false;
}

/* ---- inline assembly ------------------------------------------------------------------------- */

/* The template of one that orders nothing between processes and touches nothing. */
static bool is_harmless(struct reader r)
{
    static const char *const templates[] = {"\"\"",        "\"pause\"",    "\"nop\"",
                                            "\"mfence\"",  "\"lfence\"",   "\"sfence\"",
                                            "\"rep;nop\"", "\"rep; nop\"", NULL};
    while (skip_blank(&r))
        ;
    const char *from = r.at;
    if (*from != '"')
        return false;
    skip_literal(&r);
    bool known = is_word_of(from, (size_t)(r.at - from), templates);
    while (skip_blank(&r))
        ;
    return known && (*r.at == ')' || *r.at == ':');
}

/* Behind the keyword: qualifiers and a parenthesis, or it is only a word. */
static bool is_assembly(struct reader r)
{
    static const char *const qualifiers[] = {"volatile", "__volatile__", "__volatile", "goto",
                                             "inline",   "__inline__",   NULL};
    while (skip_blank(&r) || is_in_word(*r.at)) {
        size_t n = word_length(r.at);
        if (n && !is_word_of(r.at, n, qualifiers))
            return false;
        r.at += n;
    }
    if (*r.at != '(')
        return false;
    r.at++;
    return !is_harmless(r);
}

static bool is_assembly_there(struct reader word, size_t n)
{
    static const char *const keywords[] = {"asm", "__asm__", "__asm", NULL};
    struct reader behind = {word.at + n, word.line};
    return is_word_of(word.at, n, keywords) && is_assembly(behind);
}

/* ---- other code for the probe ---------------------------------------------------------------- */

/* Macros of which the lenses have different ones. */
static bool is_choice_there(struct reader word, size_t n)
{
    static const char *const macros[] = {"__SANITIZE_THREAD__", "__OPTIMIZE__", "__NO_INLINE__",
                                         NULL};
    return is_word_of(word.at, n, macros);
}

/* ---- a text ---------------------------------------------------------------------------------- */

/* The line of the first word that is `wanted`; 0: none. */
static int find_word(const char *text, bool (*wanted)(struct reader word, size_t length))
{
    struct reader r = {text, 1};
    while (*r.at) {
        size_t n = word_length(r.at);
        if (skip_blank(&r))
            continue;
        if (*r.at == '"' || *r.at == '\'') {
            skip_literal(&r);
        } else if (n == 0) {
            step(&r);
        } else {
            if (wanted(r, n))
                return r.line;
            r.at += n;
        }
    }
    return 0;
}

int unseen_assembly(const char *text)
{
    return find_word(text, is_assembly_there);
}

int unseen_choice(const char *text)
{
    return find_word(text, is_choice_there);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static const char *in_text(struct arena *arena, const char *path, const char *text)
{
    int line = unseen_assembly(text);
    if (line)
        return arena_printf(arena, "what inline assembly does (%s:%d) is not seen", path, line);
    line = unseen_choice(text);
    return line ? arena_printf(arena, "which code is compiled hangs on how it is built (%s:%d)",
                               path, line)
                : NULL;
}

static const char *in_sources(struct arena *arena, const struct submission *submission)
{
    cleanup_fd int folder = open(submission->staged, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < submission->file_count; i++) {
        const struct submitted_file *file = &submission->files[i];
        struct stat st;
        cleanup_fd int in = fs_open_regular(folder, file->path, &st);
        const char *what =
            in < 0 ? NULL : in_text(arena, file->path, fs_text(arena, in, (size_t)file->size));
        if (what)
            return what;
    }
    return NULL;
}

const char *unseen(struct arena *arena, const struct assignment *assignment,
                   const struct submission *submission, const struct built *with_probe)
{
    for (int i = 0; i < MAX_PROGRAMS && assignment->programs[i]; i++) {
        const char *name = assignment->programs[i];
        if (probed_has_own_hooks(fs_join(arena, with_probe->folder, name)))
            return arena_printf(arena,
                                "%s defines functions of the sanitizer itself (__tsan_...), and so "
                                "keeps from the probe what it does to shared memory",
                                name);
    }
    return in_sources(arena, submission);
}

/* lvalue.c - reads as much of C as it takes to find names and what is done to them (see lvalue.h). */
#include "run/lvalue.h"

#include <ctype.h>
#include <string.h>

enum { TOKENS = 256 };

enum token_kind { WORD, KEYWORD, LITERAL, SIGN };

struct token {
    enum token_kind kind;
    struct slice text;
    int column;
};

struct tokens {
    struct token list[TOKENS];
    int count;
};

static bool is(const struct token *t, const char *text)
{
    return t->kind != LITERAL && t->text.length == strlen(text) &&
           memcmp(t->text.at, text, t->text.length) == 0;
}

static bool is_one_of(const struct token *t, const char *const *texts)
{
    for (; *texts; texts++)
        if (is(t, *texts))
            return true;
    return false;
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static const char *const keywords[] = {
    "return", "case",   "else",   "do",       "goto",     "if",       "while",      "for",
    "switch", "sizeof", "typeof", "int",      "char",     "long",     "short",      "void",
    "float",  "double", "const",  "struct",   "union",    "enum",     "static",     "auto",
    "signed", "bool",   "_Bool",  "unsigned", "volatile", "register", "__typeof__", NULL};

static const char *const signs[] = {
    "<<=", ">>=", "->", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=",
    "^=",  "<<",  ">>", "==", "!=", "<=", ">=", "&&", "||", "::", NULL};

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static size_t word_length(const char *s)
{
    size_t n = 0;
    while (in_word(s[n]))
        n++;
    return n;
}

static size_t number_length(const char *s)
{
    size_t n = 0;
    while (in_word(s[n]) || s[n] == '.')
        n++;
    return n;
}

/* With its quotes; up to the end of the line if it has only one. */
static size_t quoted_length(const char *s)
{
    size_t n = 1;
    while (s[n] && s[n] != *s)
        n += s[n] == '\\' && s[n + 1] ? 2 : 1;
    return n + (s[n] == *s);
}

static size_t sign_length(const char *s)
{
    for (const char *const *sign = signs; *sign; sign++)
        if (strncmp(s, *sign, strlen(*sign)) == 0)
            return strlen(*sign);
    return 1;
}

static const char *after_comment(const char *s)
{
    const char *end = s[1] == '*' ? strstr(s + 2, "*/") : NULL;
    return end ? end + 2 : s + strlen(s);
}

static struct token token_at(const char *line, const char *s)
{
    struct token t = {.kind = SIGN, .column = (int)(s - line) + 1};
    bool number = isdigit((unsigned char)*s) || (*s == '.' && isdigit((unsigned char)s[1]));
    bool quoted = *s == '"' || *s == '\'';
    t.text = (struct slice){s, number        ? number_length(s)
                               : in_word(*s) ? word_length(s)
                               : quoted      ? quoted_length(s)
                                             : sign_length(s)};
    if (number || quoted)
        t.kind = LITERAL;
    else if (in_word(*s))
        t.kind = is_one_of(&t, keywords) ? KEYWORD : WORD;
    return t;
}

/* False: too long to be understood. */
static bool split(const char *line, struct tokens *t)
{
    t->count = 0;
    for (const char *s = line; *s;) {
        if (isspace((unsigned char)*s)) {
            s++;
        } else if (s[0] == '/' && (s[1] == '/' || s[1] == '*')) {
            s = after_comment(s);
        } else if (t->count == TOKENS) {
            return false;
        } else {
            t->list[t->count] = token_at(line, s);
            s += t->list[t->count++].text.length;
        }
    }
    return true;
}

/* ---- what stands around ---------------------------------------------------------------------- */

static const struct token no_token = {.kind = SIGN, .text = {"", 0}};

static const struct token *token(const struct tokens *t, int i)
{
    return i >= 0 && i < t->count ? &t->list[i] : &no_token;
}

/* The index of the bracket that belongs to the one there, to the right (by = 1) or left (-1); or -1. */
static int partner(const struct tokens *t, int i, int by)
{
    int depth = 0;
    for (; i >= 0 && i < t->count; i += by) {
        if (is(token(t, i), "(") || is(token(t, i), "["))
            depth += by;
        else if (is(token(t, i), ")") || is(token(t, i), "]"))
            depth -= by;
        if (depth == 0)
            return i;
    }
    return -1;
}

/* `if (...)` and the like: what follows the bracket begins a statement. */
static bool closes_condition(const struct tokens *t, int i)
{
    static const char *const before[] = {"if", "while", "for", "switch", NULL};
    int open = is(token(t, i), ")") ? partner(t, i, -1) : -1;
    return open > 0 && is_one_of(token(t, open - 1), before);
}

/* It is, or may be, the end of a value: a * after it multiplies, a bracket calls. */
static bool ends_value(const struct tokens *t, int i)
{
    const struct token *at = token(t, i);
    if (is(at, "++") || is(at, "--"))
        return ends_value(t, i - 1);
    return at->kind == WORD || at->kind == LITERAL || is(at, "]") ||
           (is(at, ")") && !closes_condition(t, i));
}

/* In the operand of sizeof nothing is accessed. */
static bool is_measured(const struct tokens *t, int i)
{
    while (i > 0 && (is(token(t, i - 1), "(") || is(token(t, i - 1), "*")))
        i--;
    return is(token(t, i - 1), "sizeof") || is(token(t, i - 1), "typeof") ||
           is(token(t, i - 1), "__typeof__");
}

static bool may_be_variable(const struct tokens *t, int i)
{
    static const char *const before[] = {".", "->", "::", "struct", "union", "enum", "goto", NULL};
    return token(t, i)->kind == WORD && !is_one_of(token(t, i - 1), before) &&
           !is(token(t, i + 1), "(") && !is(token(t, i + 1), "::");
}

/* ---- expressions ----------------------------------------------------------------------------- */

/* One that has been read: from token `from` up to, but not including, `to`. */
struct expression {
    struct lvalue lvalue;
    int from, to;
};

static bool add_step(struct lvalue *l, char kind, const struct token *sign, struct slice name,
                     int name_column)
{
    if (l->count == LVALUE_STEPS)
        return false;
    l->steps[l->count++] = (struct lvalue_step){kind, name, sign->column, name_column};
    return true;
}

/* What is between the brackets, as it stands there. */
static struct slice between(const struct token *open, const struct token *close)
{
    const char *from = open->text.at + 1, *to = close->text.at;
    while (from < to && *from == ' ')
        from++;
    while (to > from && to[-1] == ' ')
        to--;
    return (struct slice){from, (size_t)(to - from)};
}

static bool read_after(const struct tokens *t, struct expression *e)
{
    for (;;) {
        const struct token *sign = token(t, e->to), *name = token(t, e->to + 1);
        bool through = is(sign, "->");
        if (is(sign, "[")) {
            int close = partner(t, e->to, 1);
            if (close < 0 || !add_step(&e->lvalue, '[', sign, between(sign, token(t, close)), 0))
                return false;
            e->to = close + 1;
        } else if ((through || is(sign, ".")) && name->kind == WORD) {
            if (through && !add_step(&e->lvalue, '*', sign, (struct slice){"", 0}, 0))
                return false;
            if (!add_step(&e->lvalue, '.', sign, name->text, name->column))
                return false;
            e->to += 2;
        } else {
            return true;
        }
    }
}

/* False: what begins there is none of ours. */
static bool read_expression(const struct tokens *t, int i, struct expression *e)
{
    const struct token *first = token(t, i);
    if (is(first, "*")) {
        if (ends_value(t, i - 1) || !read_expression(t, i + 1, e))
            return false;
        e->from = i;
        return add_step(&e->lvalue, '*', first, (struct slice){"", 0}, 0);
    }
    if (is(first, "(")) {
        if (ends_value(t, i - 1) || !read_expression(t, i + 1, e) || !is(token(t, e->to), ")"))
            return false;
        e->from = i;
        e->to++;
        return read_after(t, e);
    }
    if (!may_be_variable(t, i))
        return false;
    *e = (struct expression){.lvalue = {.root = first->text}, .from = i, .to = i + 1};
    return read_after(t, e);
}

static bool is_assignment(const struct token *t)
{
    static const char *const all[] = {
        "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", NULL};
    return t->kind == SIGN && is_one_of(t, all);
}

static bool is_count(const struct token *t)
{
    return is(t, "++") || is(t, "--");
}

/* ---- by column ------------------------------------------------------------------------------- */

static int token_in_column(const struct tokens *t, int column)
{
    for (int i = 0; i < t->count; i++)
        if (t->list[i].column == column)
            return i;
    return -1;
}

/* What the operator there changes: it stands before an assignment, and on either side of a ++. */
static bool written_by(const struct tokens *t, int sign, struct lvalue *lvalue)
{
    struct expression e;
    bool counts = is_count(token(t, sign));
    if (!counts && !is_assignment(token(t, sign)))
        return false;
    for (int i = 0; i < sign; i++) {
        if ((counts && is(token(t, i), "*")) || !read_expression(t, i, &e) || e.to != sign)
            continue; /* *p++ counts p */
        *lvalue = e.lvalue;
        return counts || !is(token(t, i - 1), "*"); /* a * that may be part of it, or may not */
    }
    if (!counts || !read_expression(t, sign + 1, &e))
        return false;
    *lvalue = e.lvalue;
    return true;
}

/* The step whose operator or member stands in the column: the expression ends there. */
static bool read_by(const struct tokens *t, int column, struct lvalue *lvalue)
{
    for (int i = 0; i < t->count; i++) {
        struct expression e;
        if (is_measured(t, i) || !read_expression(t, i, &e))
            continue;
        for (int k = e.lvalue.count - 1; k >= 0; k--)
            if (e.lvalue.steps[k].column == column || e.lvalue.steps[k].name_column == column) {
                *lvalue = e.lvalue;
                lvalue->count = k + 1;
                return true;
            }
    }
    return false;
}

bool lvalue_at(const char *line, int column, bool write, struct lvalue *lvalue)
{
    struct tokens t;
    int at = split(line, &t) ? token_in_column(&t, column) : -1;
    return at >= 0 && (write ? written_by(&t, at, lvalue) : read_by(&t, column, lvalue));
}

/* ---- all of a line --------------------------------------------------------------------------- */

static bool is_used(const struct tokens *t, const struct expression *e, enum lvalue_use use)
{
    const struct token *before = token(t, e->from - 1), *after = token(t, e->to);
    switch (use) {
    case LVALUE_WRITTEN:
        return is_assignment(after) || is_count(before) ||
               (is_count(after) && !is(token(t, e->from), "*"));
    case LVALUE_READ:
        return !is(after, "=") && !(is(before, "&") && !ends_value(t, e->from - 2));
    default:
        return true;
    }
}

/* A sign that may go through a pointer. Between two values a * only multiplies. */
static bool may_access(const struct tokens *t, int i)
{
    static const char *const signs_of_access[] = {"->", "[", NULL};
    const struct token *before = token(t, i - 1);
    bool multiplies = before->kind == WORD || before->kind == LITERAL || is(before, "]");
    return is_one_of(token(t, i), signs_of_access) || (is(token(t, i), "*") && !multiplies);
}

/* All such signs belong to expressions that have been read. */
static bool is_all_read(const struct tokens *t, const bool *read)
{
    for (int i = 0; i < t->count; i++)
        if (!read[i] && may_access(t, i))
            return false;
    return true;
}

int lvalues_in(const char *line, enum lvalue_use use, struct lvalue list[LVALUES])
{
    struct tokens t;
    bool read[TOKENS] = {false};
    int count = 0;
    if (!split(line, &t))
        return -1;
    for (int i = 0; i < t.count; i++) {
        struct expression e;
        if (!read_expression(&t, i, &e))
            continue;
        memset(read + e.from, true, (size_t)(e.to - e.from));
        bool used = is_used(&t, &e, use);
        int steps = e.lvalue.count;
        for (int k = use == LVALUE_READ ? 1 : steps; k <= steps && !is_measured(&t, i); k++) {
            if (k == 0 || (k == steps && !used))
                continue;
            if (count == LVALUES)
                return -1;
            list[count] = e.lvalue;
            list[count++].count = k;
        }
    }
    return is_all_read(&t, read) ? count : -1;
}

/* ---- telling --------------------------------------------------------------------------------- */

const char *lvalue_told(struct arena *arena, const struct lvalue *l, const long *indices)
{
    const char *told = arena_bytes(arena, l->root.at, l->root.length);
    for (int i = 0; i < l->count; i++) {
        const struct lvalue_step *s = &l->steps[i];
        int length = (int)s->name.length;
        if (s->kind == '[' && indices[i] >= 0)
            told = arena_printf(arena, "%s[%ld]", told, indices[i]);
        else if (s->kind == '[')
            told = arena_printf(arena, "%s[%.*s]", told, length, s->name.at);
        else if (s->kind == '.')
            told = arena_printf(arena, "%s.%.*s", told, length, s->name.at);
        else if (i + 1 == l->count)
            told = arena_printf(arena, "*%s", told);
        else if (s[1].kind == '.')
            told = arena_printf(arena, "%s->%.*s", told, (int)s[1].name.length, s[1].name.at), i++;
        else
            told = arena_printf(arena, "(*%s)", told);
    }
    return told;
}

static int next_part(const struct lvalue *l, int i)
{
    while (i < l->count && l->steps[i].kind == '*')
        i++;
    return i;
}

bool lvalue_same_way(const struct lvalue *a, const struct lvalue *b)
{
    int i = next_part(a, 0), k = next_part(b, 0);
    for (; i < a->count && k < b->count; i = next_part(a, i + 1), k = next_part(b, k + 1)) {
        const struct lvalue_step *s = &a->steps[i], *o = &b->steps[k];
        if (s->kind != o->kind)
            return false;
        if (s->kind == '.' && (s->name.length != o->name.length ||
                               memcmp(s->name.at, o->name.at, s->name.length) != 0))
            return false;
    }
    return i == a->count && k == b->count;
}

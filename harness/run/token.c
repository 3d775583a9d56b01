/* token.c - schedules as short texts (see token.h). */
#include "run/token.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probe/host/strategies.h"

static const char by_default[] = "portfolio";

const char *token_of(struct arena *arena, const struct replay *replay)
{
    const char *token = arena_printf(arena, "%s@%u%s", replay->scenario, replay->schedule,
                                     replay->forced ? ":" : "");
    if (!replay->forced && replay->strategy && strcmp(replay->strategy, by_default) != 0)
        token = arena_printf(arena, "%s/%s", token, replay->strategy);
    for (int i = 0; replay->forced && i < replay->switch_count; i++)
        token = arena_printf(arena, "%s%s%u.%u", token, i ? "," : "", replay->switches[i].step,
                             replay->switches[i].task);
    return token;
}

/* A number, and what must follow it, if anything follows. */
static bool read_number(const char **at, uint32_t *number)
{
    char *end;
    errno = 0;
    if (**at < '0' || **at > '9')
        return false;
    unsigned long n = strtoul(*at, &end, 10);
    *at = end;
    *number = (uint32_t)n;
    return errno == 0 && n <= UINT32_MAX;
}

static bool read_switches(struct arena *arena, const char *at, struct replay *replay)
{
    struct turn_switch *list = NULL;
    replay->forced = true;
    for (; *at; at += *at == ',') {
        struct turn_switch one;
        if (!read_number(&at, &one.step) || *at++ != '.' || !read_number(&at, &one.task) ||
            (*at && *at != ',') || (*at == ',' && !at[1]))
            return false;
        list = arena_grow(arena, list, replay->switch_count, sizeof *list);
        list[replay->switch_count++] = one;
    }
    replay->switches = list;
    return true;
}

bool token_read(struct arena *arena, const char *token, struct replay *replay)
{
    const char *at = strrchr(token, '@');
    if (!at || at == token)
        return false;
    *replay = (struct replay){.scenario = arena_bytes(arena, token, (size_t)(at - token))};
    at++;
    if (!read_number(&at, &replay->schedule))
        return false;
    if (*at == '/') {
        replay->strategy = arena_strdup(arena, at + 1);
        return strategy_named(replay->strategy) >= 0;
    }
    return *at == '\0' || (*at == ':' && read_switches(arena, at + 1, replay));
}

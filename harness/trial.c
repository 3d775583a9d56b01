/*
 * trial.c - the straight line without an assignment (see trial.h):
 *
 *     folder -> box -> run (the command x schedule) -> evidence -> findings
 */
#include "trial.h"

#include "judge/verdict.h"
#include "run/command.h"
#include "run/driver.h"
#include "submit/folder.h"
#include "submit/source.h"

/* NULL: the folder cannot be copied. */
static const struct evidence *play(struct arena *arena, const struct options *options,
                                   const char *scratch, const char **sources, const char **why)
{
    off_t bytes;
    struct built built = {.ok = true};
    built.folder = folder_copy(arena, options->command->folder, scratch, &bytes, why);
    built.sources = *sources = built.folder;
    if (!built.folder)
        return NULL;
    struct assignment_set *set = arena_alloc(arena, sizeof *set);
    *set = command_set(arena, bytes);
    const struct evidence *e =
        play_finish(play_start(arena, options, set, set->scenarios[0], &built, LENS_SCHEDULES));
    *why = e->fault;
    return e;
}

bool trial_explore(struct arena *arena, const struct options *options, const char *scratch,
                   struct grade *grade, const char **why)
{
    const char *sources;
    const struct evidence *evidence = play(arena, options, scratch, &sources, why);
    if (!evidence)
        return false;
    *grade = (struct grade){.command = options->command, .schedules_lens = true};
    verdict_command(arena, grade, evidence);
    source_show(arena, sources, grade->findings, grade->finding_count);
    *why = grade->fault;
    return !grade->fault;
}

const struct evidence *trial_replay(struct arena *arena, const struct options *options,
                                    const char *scratch, const char **why)
{
    const char *sources;
    const struct evidence *evidence = play(arena, options, scratch, &sources, why);
    return evidence && evidence->complete ? evidence : NULL;
}

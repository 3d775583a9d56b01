/*
 * template.h - schedules lens: programs that are loaded once and forked for every schedule.
 *
 * A command line that has been started on an earlier schedule, and came to the probe there, gets a template
 * (harness/probe/template.c) at its next start; from then on each start of it is one fork off that. Whatever
 * goes wrong with a template - a student's process like any other, which others may kill or stop - it is given
 * up, and the program started in the ordinary way. Its word counts for nothing: the kernel says which process
 * answered.
 */
#ifndef IPCGRADE_TEMPLATE_H
#define IPCGRADE_TEMPLATE_H

#include "run/world.h"

struct templates;

/* Nothing in it yet; lives as long as the arena. */
struct templates *templates_new(struct arena *arena);
/* As box_spawn(), from a template if there is one; run->next_task is its task. Under the lock, as all here. */
bool templates_spawn(struct run *run, const struct box_command *command, struct box_child *child);
/* The schedule is over: what was started and came to the probe may get a template. */
void templates_note(struct run *run);
/* SIGKILL to everybody in the box but the driver and the templates; whether there was anybody. */
bool templates_kill_others_once(const struct run *run, bool reap);
/* Until none is left; whether there was anybody. */
bool templates_kill_others(struct run *run);
bool is_template(const struct run *run, pid_t pid);
/* Answers the listeners of what templates have made. True if there was anything to answer. */
bool templates_answer(struct run *run);

#endif

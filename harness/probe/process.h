/* process.h - what exec, popen, system and posix_spawn need of family/process.c. */
#ifndef IPCGRADE_PROCESS_H
#define IPCGRADE_PROCESS_H

#include "probe.h"

#include <sys/resource.h>
#include <sys/types.h>

/* fork with its point; in the child it returns 0 with the child's turn. *child: its task, or
 * PROBE_NOBODY. */
pid_t process_fork(const struct probe_call *call, const void *site, uint32_t *child);
pid_t process_wait(const void *site, pid_t pid, int *status, int options, struct rusage *usage);

/* task.c: a task that another has made and that executes a program is called after that: "server#1". */
void task_name_after_program(const char *path);

/* The environment with LD_PRELOAD and the region's path put (back) in, at `room`, which must hold
 * environment_size() bytes. */
size_t environment_size(char *const environment[]);
char **environment_with_probe(char *const environment[], void *room);
/* False for a program that runs without the dynamic loader. A script is judged by its interpreter.
 */
bool program_takes_part(const char *path);
/* A shell command, in a child that has just been forked. Does not return. */
_Noreturn void execute_shell(const char *command);

#endif

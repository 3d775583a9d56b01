/*
 * strategies.h - the names of the strategies, as people type them.
 */
#ifndef IPCGRADE_STRATEGIES_H
#define IPCGRADE_STRATEGIES_H

const char *strategy_name(int strategy); /* of enum probe_strategy */
int strategy_named(const char *name);    /* -1: none of that name */
const char *strategy_list(void);         /* "run-to-block, random, …" */

#endif

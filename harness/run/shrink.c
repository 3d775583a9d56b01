/*
 * shrink.c - delta debugging on a list of switches (see shrink.h; the method is Zeller's ddmin, "Simplifying
 * and Isolating Failure-Inducing Input", 2002, without its test of subsets alone).
 */
#include "run/shrink.h"

#include <stdlib.h>
#include <string.h>

static void without(const struct probe_decision *list, int count, int from, int length,
                    struct probe_decision *rest)
{
    memcpy(rest, list, sizeof *list * (size_t)from);
    memcpy(rest + from, list + from + length, sizeof *list * (size_t)(count - from - length));
}

int shrink(struct probe_decision *list, int count, int tries, shows_again *again, void *arg)
{
    struct probe_decision *rest = calloc((size_t)count + 1, sizeof *rest);
    for (int length = count; rest && length > 0 && tries > 0;) {
        bool shorter = false;
        for (int from = 0; from < count && tries > 0;) {
            int cut = from + length <= count ? length : count - from;
            without(list, count, from, cut, rest);
            tries--;
            if (again(arg, rest, count - cut)) {
                count -= cut;
                memcpy(list, rest, sizeof *list * (size_t)count);
                shorter = true;
            } else {
                from += cut;
            }
        }
        if (!shorter || length > 1)
            length = length > 1 ? (length + 1) / 2 : 0;
    }
    free(rest);
    return count;
}

/* misuse.c - see misuse.h. */
#include "misuse.h"

static bool is_told(const struct probe_finding *f, const char *rule, uint32_t first,
                    uint32_t second)
{
    return f->rule == PROBE_MISUSE && text_equal(f->text, rule) && f->first.site == first &&
           f->second.site == second;
}

void misuse_tell(const char *rule, const struct probe_access *first,
                 const struct probe_access *second, uint64_t offset)
{
    struct probe_access other = {.task = PROBE_NOBODY};
    uint32_t n = WORLD->findings;

    if (second)
        other = *second;
    for (uint32_t i = 0; i < n && i < PROBE_FINDINGS; i++)
        if (is_told(&REGION->findings[i], rule, first->site, other.site))
            return;
    log_finding(PROBE_MISUSE, 0, first->site, rule);
    if (WORLD->findings == n)
        return;
    struct probe_finding *f = &REGION->findings[n % PROBE_FINDINGS];
    f->first = *first;
    f->second = other;
    f->offset = offset;
}

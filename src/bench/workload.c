#include "bench/workload.h"

#include "base/check.h"

#include "base/banned.h"

#define S WORKLOAD_SEND
#define R WORKLOAD_RECEIVE
#define D WORKLOAD_DELETE

const struct workload workload_fill = {
    .name = "fill", .roles = {{{S}, 1, false, false}}, .roles_count = 1};
const struct workload workload_collect = {
    .name = "collect", .roles = {{{R}, 1, false, true}}, .roles_count = 1};
const struct workload workload_drain = {
    .name = "drain", .roles = {{{R, D}, 2, true, false}}, .roles_count = 1};

static const struct workload workloads[] = {
    {.name = "send", .about = "send messages", .roles = {{{S}, 1, false, false}}, .roles_count = 1},
    {.name = "receive",
     .about = "receive messages sent before, leave them hidden",
     .roles = {{{R}, 1, false, false}},
     .roles_count = 1,
     .needs_messages = true},
    {.name = "delete",
     .about = "delete messages sent and received before",
     .roles = {{{D}, 1, false, false}},
     .roles_count = 1,
     .needs_messages = true,
     .needs_receipts = true},
    {.name = "receive-delete",
     .about = "receive messages sent before, delete each",
     .roles = {{{R, D}, 2, false, false}},
     .roles_count = 1,
     .needs_messages = true},
    {.name = "round-trip",
     .about = "send, receive, delete",
     .roles = {{{S, R, D}, 3, false, false}},
     .roles_count = 1},
    {.name = "flow",
     .about = "half of the connections send, the others receive (long polls) and delete",
     .roles = {{{S}, 1, false, false}, {{R, D}, 2, true, false}},
     .roles_count = 2,
     .has_delivery = true},
    {.name = "wake",
     .about = "as flow, but few messages: how soon a parked receiver is answered",
     .roles = {{{S}, 1, false, false}, {{R, D}, 2, true, false}},
     .roles_count = 2,
     .has_delivery = true,
     .rate = 200},
};

const struct workload *workload_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(workloads); i++)
        if (strcmp(workloads[i].name, name) == 0)
            return &workloads[i];
    return NULL;
}

const struct workload *workload_next(const struct workload *workload)
{
    if (workload == NULL)
        return workloads;
    return workload + 1 < workloads + ARRAY_COUNT(workloads) ? workload + 1 : NULL;
}

const char *workload_step_name(enum workload_step step)
{
    static const char *const names[] = {"send", "receive", "delete"};
    ASSERT(step < ARRAY_COUNT(names));
    return names[step];
}

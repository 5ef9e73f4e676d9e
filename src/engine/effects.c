#include "engine/internal.h"

#include "base/banned.h"

struct engine_fact *effects_fact(struct engine_effects *effects, enum engine_fact_kind kind,
                                 uint64_t queue, int64_t at)
{
    ASSERT(effects->facts_count < ENGINE_FACTS_MAX);
    struct engine_fact *fact = &effects->facts[effects->facts_count++];
    memset(fact, 0, sizeof(*fact));
    fact->kind = kind;
    fact->queue.v = queue;
    fact->at.v = at;
    return fact;
}

void effects_body(struct engine_effects *effects, uint64_t body)
{
    if (effects == NULL) /* replay: the caller follows the facts itself */
        return;
    ASSERT(effects->bodies_count < ENGINE_BODIES_MAX);
    effects->bodies[effects->bodies_count++].v = body;
}

bool effects_have_room(const struct engine_effects *effects, uint32_t facts_max,
                       uint32_t bodies_max)
{
    return effects->facts_count < facts_max && effects->bodies_count < bodies_max;
}

/* The queues that dead letters came from: few, counted, so that a message needs only an index. */
#include "engine/internal.h"

#include "base/banned.h"

static struct origin *origin_at(const struct engine *engine, uint32_t index)
{
    return pool_at(&engine->origins, index);
}

static uint64_t hash(const void *context, uint32_t index)
{
    return chains_mix(origin_at(context, index)->queue);
}

void origins_init(struct engine *engine)
{
    pool_init(&engine->origins, sizeof(struct origin), 64);
    chains_init(&engine->origins_by_queue, &engine->origins, offsetof(struct origin, chain), hash,
                engine);
}

uint32_t origins_take(struct engine *engine, uint64_t queue)
{
    if (queue == 0)
        return 0;
    uint32_t index = chains_first(&engine->origins_by_queue, chains_mix(queue));
    while (index != 0 && origin_at(engine, index)->queue != queue)
        index = chains_next(&engine->origins_by_queue, index);
    if (index == 0) {
        if (!chains_reserve(&engine->origins_by_queue))
            check_failed(__FILE__, __LINE__, "out of memory");
        index = must_have(pool_take(&engine->origins));
        origin_at(engine, index)->queue = queue;
        chains_add(&engine->origins_by_queue, chains_mix(queue), index);
    }
    origin_at(engine, index)->references++;
    return index;
}

void origins_give(struct engine *engine, uint32_t index)
{
    if (index == 0 || --origin_at(engine, index)->references > 0)
        return;
    chains_remove(&engine->origins_by_queue, chains_mix(origin_at(engine, index)->queue), index);
    pool_give(&engine->origins, index);
}

uint64_t origins_queue(const struct engine *engine, uint32_t index)
{
    return index == 0 ? 0 : origin_at(engine, index)->queue;
}

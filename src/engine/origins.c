/* Where dead letters came from and with which receive count: few different ones, counted, so that a message needs only
 * an index. The count is needed because consumers see it grow over all queues (E14), but each queue's redrive limit
 * looks at its own receives only. */
#include "engine/internal.h"

#include "base/banned.h"

static struct origin *origin_at(const struct engine *engine, uint32_t index)
{
    return pool_at(&engine->origins, index);
}

static uint64_t hash_of(uint64_t queue, uint32_t receive_count)
{
    return chains_mix(chains_mix(queue) + receive_count);
}

static uint64_t hash(const void *context, uint32_t index)
{
    const struct origin *origin = origin_at(context, index);
    return hash_of(origin->queue, origin->receive_count);
}

void origins_init(struct engine *engine)
{
    pool_init(&engine->origins, sizeof(struct origin), 64);
    chains_init(&engine->origins_by_queue, &engine->origins, offsetof(struct origin, chain), hash,
                engine);
}

uint32_t origins_take(struct engine *engine, uint64_t queue, uint32_t receive_count)
{
    if (queue == 0)
        return 0;
    uint32_t index = chains_first(&engine->origins_by_queue, hash_of(queue, receive_count));
    while (index != 0 && (origin_at(engine, index)->queue != queue ||
                          origin_at(engine, index)->receive_count != receive_count))
        index = chains_next(&engine->origins_by_queue, index);
    if (index == 0) {
        if (!chains_reserve(&engine->origins_by_queue))
            check_failed(__FILE__, __LINE__, "out of memory");
        index = must_have(pool_take(&engine->origins));
        origin_at(engine, index)->queue = queue;
        origin_at(engine, index)->receive_count = receive_count;
        chains_add(&engine->origins_by_queue, hash_of(queue, receive_count), index);
    }
    origin_at(engine, index)->references++;
    return index;
}

void origins_give(struct engine *engine, uint32_t index)
{
    if (index == 0 || --origin_at(engine, index)->references > 0)
        return;
    chains_remove(&engine->origins_by_queue, hash(engine, index), index);
    pool_give(&engine->origins, index);
}

uint64_t origins_queue(const struct engine *engine, uint32_t index)
{
    return index == 0 ? 0 : origin_at(engine, index)->queue;
}

uint32_t origins_receive_count(const struct engine *engine, uint32_t index)
{
    return index == 0 ? 0 : origin_at(engine, index)->receive_count;
}

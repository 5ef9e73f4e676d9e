/* Messages that have arrived from other queues (D13). After a crash the source may ask for a move that had been done:
 * the same id with the same receive count arrives again, and is not taken again. The count tells it from a message that
 * came back honestly, over a circle of dead-letter queues: that one was received meanwhile.
 *
 * An arrival is known until the source confirms that it will not ask any more, also when the message is deleted or
 * purged. Confirmations may get lost in a crash, so the number is bounded: beyond it the oldest one is forgotten. For
 * that, the outcomes of ENGINE_ARRIVALS_MAX moves must be unknown to their sources at one time. */
#include "engine/internal.h"

#include "base/banned.h"

static uint64_t hash_id(const struct engine *engine, uint64_t queue, const uint8_t *message_id)
{
    uint64_t low;
    uint64_t high;
    memcpy(&low, message_id, sizeof(low));
    memcpy(&high, message_id + sizeof(low), sizeof(high));
    return chains_mix(chains_mix((low ^ engine->seed) + queue) ^ high);
}

static uint64_t hash(const void *context, uint32_t index)
{
    const struct engine *engine = context;
    const struct arrival *arrival = arrival_at(engine, index);
    return hash_id(engine, arrival->queue, arrival->message_id);
}

void arrivals_init(struct engine *engine)
{
    pool_init(&engine->arrivals, sizeof(struct arrival), 256);
    chains_init(&engine->arrivals_by_id, &engine->arrivals, offsetof(struct arrival, chain), hash,
                engine);
}

bool arrivals_reserve(struct engine *engine)
{
    return pool_reserve(&engine->arrivals, 1) && chains_reserve(&engine->arrivals_by_id);
}

uint32_t arrivals_find(const struct engine *engine, uint64_t queue, const uint8_t message_id[16],
                       uint32_t receive_count)
{
    uint32_t index = chains_first(&engine->arrivals_by_id, hash_id(engine, queue, message_id));
    for (; index != 0; index = chains_next(&engine->arrivals_by_id, index)) {
        const struct arrival *arrival = arrival_at(engine, index);
        if (arrival->queue == queue && arrival->receive_count == receive_count &&
            memcmp(arrival->message_id, message_id, sizeof(arrival->message_id)) == 0)
            break;
    }
    return index;
}

static void forget(struct engine *engine, uint32_t index)
{
    dump_skip(engine, DUMP_ARRIVALS, index, arrival_at(engine, index)->link.next);
    list_remove(&engine->arrivals_by_age, ARRIVALS(engine), index);
    chains_remove(&engine->arrivals_by_id, hash(engine, index), index);
    pool_give(&engine->arrivals, index);
}

void arrivals_put(struct engine *engine, const struct engine_fact *fact)
{
    static const uint8_t none[16];
    if (memcmp(fact->message_id, none, sizeof(none)) == 0)
        return;
    if (arrivals_find(engine, fact->queue.v, fact->message_id, fact->receive_count) != 0)
        return; /* replay over a later state */
    if (pool_count(&engine->arrivals) >= ENGINE_ARRIVALS_MAX)
        forget(engine, engine->arrivals_by_age.head);
    if (!chains_reserve(&engine->arrivals_by_id))
        check_failed(__FILE__, __LINE__, "out of memory");
    uint32_t index = must_have(pool_take(&engine->arrivals));
    struct arrival *arrival = arrival_at(engine, index);
    arrival->queue = fact->queue.v;
    arrival->sequence = fact->sequence;
    memcpy(arrival->message_id, fact->message_id, sizeof(arrival->message_id));
    arrival->receive_count = fact->receive_count;
    chains_add(&engine->arrivals_by_id, hash_id(engine, arrival->queue, arrival->message_id),
               index);
    list_append(&engine->arrivals_by_age, ARRIVALS(engine), index);
}

void arrivals_forget(struct engine *engine, const struct engine_fact *fact)
{
    uint32_t index = arrivals_find(engine, fact->queue.v, fact->message_id, fact->receive_count);
    if (index != 0)
        forget(engine, index);
}

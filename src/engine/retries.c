/* Repeated calls (D11): for a minute, a send that comes again with its retry key is answered with the first one's message.
 * The newest ENGINE_RETRIES_MAX are known; like dedup entries they outlive their message and not a purge. They need no
 * timer: the next sends and whatever tick comes free the old ones.
 *
 * A replay brings one with each message, and nobody asks: they are only lined up then ("loose"), so that a long log costs
 * no more than its last ones. The table is made when somebody asks first. */
#include "engine/internal.h"

#include "base/banned.h"

#define EXPIRED_A_PUT 2u /* so that they cannot pile up */

static uint64_t hash_key(const struct engine *engine, const struct engine_key *key)
{
    uint64_t low;
    uint64_t high;
    memcpy(&low, key->v, sizeof(low));
    memcpy(&high, key->v + sizeof(low), sizeof(high));
    return chains_mix(chains_mix(low ^ engine->seed) ^ high);
}

static uint64_t hash(const void *context, uint32_t index)
{
    const struct engine *engine = context;
    return hash_key(engine, &retry_at(engine, index)->key);
}

void retries_init(struct engine *engine)
{
    pool_init(&engine->retries, sizeof(struct retry), 64);
    chains_init(&engine->retries_by_key, &engine->retries, offsetof(struct retry, chain), hash,
                engine);
}

bool retries_reserve(struct engine *engine)
{
    return pool_reserve(&engine->retries, 1) && chains_reserve(&engine->retries_by_key);
}

static uint32_t find(const struct engine *engine, uint64_t queue, const struct engine_key *key)
{
    uint32_t index = chains_first(&engine->retries_by_key, hash_key(engine, key));
    for (; index != 0; index = chains_next(&engine->retries_by_key, index)) {
        const struct retry *retry = retry_at(engine, index);
        if (retry->queue == queue && memcmp(&retry->key, key, sizeof(*key)) == 0)
            break;
    }
    return index;
}

static void forget(struct engine *engine, uint32_t index)
{
    dump_skip(engine, DUMP_RETRIES, index, retry_at(engine, index)->link.next);
    list_remove(&engine->retries_by_age, RETRIES(engine), index);
    if (!engine->retries_are_loose)
        chains_remove(&engine->retries_by_key, hash(engine, index), index);
    pool_give(&engine->retries, index);
}

/* Into the table, in the place of an older one with that key. */
static void enter(struct engine *engine, uint32_t index)
{
    const struct retry *retry = retry_at(engine, index);
    uint32_t known = find(engine, retry->queue, &retry->key);
    if (known != 0)
        forget(engine, known);
    chains_add(&engine->retries_by_key, hash_key(engine, &retry->key), index);
}

static void tie(struct engine *engine)
{
    if (!engine->retries_are_loose)
        return;
    engine->retries_are_loose = false;
    for (uint32_t i = engine->retries_by_age.head, next; i != 0; i = next) {
        next = retry_at(engine, i)->link.next;
        enter(engine, i);
    }
}

void retries_tie(const struct engine *engine)
{
    /* The same retries, otherwise arranged: nothing that the const is about. */
    tie((struct engine *)(uintptr_t)engine);
}

uint32_t retries_find(const struct engine *engine, uint64_t queue, const struct engine_key *key,
                      uint64_t purged_upto, int64_t at)
{
    if (engine
            ->retries_are_loose) /* the same retries, otherwise arranged: nothing that the const is about */
        tie((struct engine *)(uintptr_t)engine);
    uint32_t index = find(engine, queue, key);
    if (index == 0)
        return 0;
    const struct retry *retry = retry_at(engine, index);
    return retry->sequence > purged_upto && retry->accepted_at + ENGINE_RETRY_MS > at ? index : 0;
}

/* What a dump told comes again in the facts since it began; by age they are in the order of their sequences. */
static bool is_lined_up(const struct engine *engine, const struct engine_fact *fact)
{
    uint32_t last = engine->retries_by_age.tail;
    return last != 0 && retry_at(engine, last)->sequence >= fact->sequence;
}

/* The next ones to be forgotten are known, and where they stand in the table: a table of a minute does not fit into the
 * processor's caches, so each look at it waits for memory unless that was asked for one send before. */
static inline __attribute__((always_inline)) void fetch_oldest(const struct engine *engine)
{
    const struct chains *chains = &engine->retries_by_key;
    uint32_t oldest = engine->retries_by_age.head;
    if (engine->retries_are_loose || oldest == 0)
        return;
    chains_fetch_item(chains, hash(engine, oldest));
    uint32_t second = retry_at(engine, oldest)->link.next;
    if (second == 0)
        return;
    chains_fetch_bucket(chains, hash(engine, second));
    uint32_t third = retry_at(engine, second)->link.next;
    if (third != 0)
        __builtin_prefetch(retry_at(engine, third));
}

void retries_put(struct engine *engine, const struct engine_fact *fact, bool is_replay)
{
    if (engine->retries_by_age.head == 0)
        engine->retries_are_loose = is_replay;
    else if (!is_replay)
        tie(engine);
    if (engine->retries_are_loose && is_lined_up(engine, fact))
        return;
    retries_run(engine, EXPIRED_A_PUT);
    if (pool_count(&engine->retries) >= ENGINE_RETRIES_MAX)
        forget(engine, engine->retries_by_age.head);
    if (!chains_reserve(&engine->retries_by_key))
        check_failed(__FILE__, __LINE__, "out of memory");
    uint32_t index = must_have(pool_take(&engine->retries));
    struct retry *retry = retry_at(engine, index);
    retry->key = fact->retry;
    memcpy(retry->message_id, fact->message_id, sizeof(retry->message_id));
    retry->queue = fact->queue.v;
    retry->sequence = fact->sequence;
    retry->accepted_at = fact->at.v;
    if (!engine->retries_are_loose)
        enter(engine, index);
    list_append(&engine->retries_by_age, RETRIES(engine), index);
    fetch_oldest(engine);
}

void retries_run(struct engine *engine, uint32_t count)
{
    for (; count > 0 && engine->retries_by_age.head != 0; count--) {
        uint32_t index = engine->retries_by_age.head;
        if (retry_at(engine, index)->accepted_at + ENGINE_RETRY_MS > engine->now.mono.v)
            return;
        forget(engine, index);
    }
}

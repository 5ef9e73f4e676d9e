/* Deduplication (E10): what was accepted in the last five minutes, by key. Entries live on when the message is deleted,
 * and die with the content (purge). */
#include "engine/internal.h"

#include "base/banned.h"

static struct dedup *dedup_at(const struct engine *engine, uint32_t index)
{
    return pool_at(&engine->dedups, index);
}

static uint64_t hash_key(const struct engine *engine, uint32_t content,
                         const struct engine_key *key)
{
    uint64_t low;
    uint64_t high;
    memcpy(&low, key->v, sizeof(low));
    memcpy(&high, key->v + sizeof(low), sizeof(high));
    return chains_mix(chains_mix((low ^ engine->seed) + content) ^ high);
}

static uint64_t hash(const void *context, uint32_t index)
{
    const struct engine *engine = context;
    const struct dedup *dedup = dedup_at(engine, index);
    return hash_key(engine, dedup->content, &dedup->key);
}

void dedups_init(struct engine *engine)
{
    pool_init(&engine->dedups, sizeof(struct dedup), 256);
    chains_init(&engine->dedups_by_key, &engine->dedups, offsetof(struct dedup, chain), hash,
                engine);
}

static uint32_t find(const struct engine *engine, uint32_t content, const struct engine_key *key)
{
    uint32_t index = chains_first(&engine->dedups_by_key, hash_key(engine, content, key));
    for (; index != 0; index = chains_next(&engine->dedups_by_key, index)) {
        const struct dedup *dedup = dedup_at(engine, index);
        if (dedup->content == content && memcmp(&dedup->key, key, sizeof(*key)) == 0)
            break;
    }
    return index;
}

uint32_t dedups_find(const struct engine *engine, uint32_t content, const struct engine_key *key,
                     int64_t at)
{
    uint32_t index = find(engine, content, key);
    if (index == 0)
        return 0;
    const struct dedup *dedup = dedup_at(engine, index);
    bool is_purged = dedup->sequence <= content_at(engine, content)->purged_upto;
    return !is_purged && dedup->accepted_at + ENGINE_DEDUP_MS > at ? index : 0;
}

void dedups_put(struct engine *engine, uint32_t content, const struct engine_fact *fact)
{
    uint32_t index = find(engine, content, &fact->dedup);
    if (index != 0) {
        dump_skip(engine, DUMP_DEDUPS, index, dedup_at(engine, index)->link.next);
        list_remove(&engine->dedups_by_age, DEDUPS(engine), index);
    } else {
        if (!chains_reserve(&engine->dedups_by_key))
            check_failed(__FILE__, __LINE__, "out of memory");
        index = must_have(pool_take(&engine->dedups));
        dedup_at(engine, index)->key = fact->dedup;
        dedup_at(engine, index)->content = content;
        chains_add(&engine->dedups_by_key, hash_key(engine, content, &fact->dedup), index);
        content_at(engine, content)->dedups_count++;
    }
    struct dedup *dedup = dedup_at(engine, index);
    memcpy(dedup->message_id, fact->message_id, sizeof(dedup->message_id));
    dedup->sequence = fact->sequence;
    dedup->accepted_at = fact->at.v;
    list_append(&engine->dedups_by_age, DEDUPS(engine), index);
}

int64_t dedups_due(const struct engine *engine)
{
    uint32_t oldest = engine->dedups_by_age.head;
    return oldest == 0 ? INT64_MAX : dedup_at(engine, oldest)->accepted_at + ENGINE_DEDUP_MS;
}

void dedups_run(struct engine *engine, uint32_t count)
{
    for (; count > 0 && dedups_due(engine) <= engine->now.mono.v; count--) {
        uint32_t index = engine->dedups_by_age.head;
        const struct dedup *dedup = dedup_at(engine, index);
        uint32_t content = dedup->content;
        dump_skip(engine, DUMP_DEDUPS, index, dedup->link.next);
        list_remove(&engine->dedups_by_age, DEDUPS(engine), index);
        chains_remove(&engine->dedups_by_key, hash_key(engine, content, &dedup->key), index);
        pool_give(&engine->dedups, index);
        content_at(engine, content)->dedups_count--;
        partitions_free_content(engine, content);
    }
}

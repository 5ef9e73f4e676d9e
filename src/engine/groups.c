/* Message groups: of a FIFO queue, or the tenants of a fair queue. A group lives while it has messages. */
#include "engine/internal.h"

#include "base/banned.h"

static uint64_t hash_key(const struct engine *engine, uint32_t content, const uint8_t *key)
{
    uint64_t low;
    uint64_t high;
    memcpy(&low, key, sizeof(low));
    memcpy(&high, key + sizeof(low), sizeof(high));
    return chains_mix(chains_mix((low ^ engine->seed) + content) ^ high);
}

static uint64_t hash(const void *context, uint32_t index)
{
    const struct engine *engine = context;
    const struct group *group = group_at(engine, index);
    return hash_key(engine, group->content, group->key);
}

void groups_init(struct engine *engine)
{
    pool_init(&engine->groups, sizeof(struct group), 64);
    chains_init(&engine->groups_by_key, &engine->groups, offsetof(struct group, chain), hash,
                engine);
}

uint32_t groups_find(const struct engine *engine, uint32_t content, const struct engine_key *key)
{
    uint32_t index = chains_first(&engine->groups_by_key, hash_key(engine, content, key->v));
    for (; index != 0; index = chains_next(&engine->groups_by_key, index)) {
        const struct group *group = group_at(engine, index);
        if (group->content == content && memcmp(group->key, key->v, sizeof(key->v)) == 0)
            break;
    }
    return index;
}

uint32_t groups_create(struct engine *engine, uint32_t content, const struct engine_key *key)
{
    if (!chains_reserve(&engine->groups_by_key))
        check_failed(__FILE__, __LINE__, "out of memory");
    uint32_t index = must_have(pool_take(&engine->groups));
    struct group *group = group_at(engine, index);
    group->content = content;
    group->has_key = key != NULL;
    if (group->has_key) {
        memcpy(group->key, key->v, sizeof(key->v));
        chains_add(&engine->groups_by_key, hash_key(engine, content, key->v), index);
        content_at(engine, content)->groups_count++;
    }
    return index;
}

void groups_remove(struct engine *engine, uint32_t index)
{
    struct group *group = group_at(engine, index);
    ASSERT(group->messages == 0);
    timers_clear(engine, TIMER_GROUP, index);
    if (group->has_key) {
        chains_remove(&engine->groups_by_key, hash_key(engine, group->content, group->key), index);
        content_at(engine, group->content)->groups_count--;
    }
    pool_give(&engine->groups, index);
}

void groups_count(struct content *content, struct group *group, enum engine_message_state state,
                  int change)
{
    uint32_t before = group->count[state];
    group->count[state] += (uint32_t)change;
    group->messages += (uint32_t)change;
    content->count[state] += (uint32_t)change;
    if (group->is_noisy)
        content->noisy_count[state] += (uint32_t)change;
    if (state == ENGINE_INFLIGHT && (before == 0 || group->count[state] == 0))
        content->groups_inflight += (uint32_t)change;
}

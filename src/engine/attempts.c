/* Receive attempts (E11): for five minutes, a receive with the same attempt id gives the same messages with the same
 * handles, as long as all of them are in flight by that very receive and nobody changed their visibility. */
#include "engine/internal.h"

#include "base/banned.h"

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
    const struct attempt *attempt = attempt_at(engine, index);
    return hash_key(engine, attempt->content, &attempt->key);
}

void attempts_init(struct engine *engine)
{
    pool_init(&engine->attempts, sizeof(struct attempt), 64);
    chains_init(&engine->attempts_by_key, &engine->attempts, offsetof(struct attempt, chain), hash,
                engine);
}

static uint32_t find(const struct engine *engine, uint32_t content, const struct engine_key *key)
{
    uint32_t index = chains_first(&engine->attempts_by_key, hash_key(engine, content, key));
    for (; index != 0; index = chains_next(&engine->attempts_by_key, index)) {
        const struct attempt *attempt = attempt_at(engine, index);
        if (attempt->content == content && memcmp(&attempt->key, key, sizeof(*key)) == 0)
            break;
    }
    return index;
}

static bool is_untouched(const struct engine *engine, const struct attempt *attempt, int64_t at)
{
    for (uint32_t i = 0; i < attempt->count; i++) {
        uint32_t index = messages_find(engine, attempt->content, attempt->sequences[i]);
        if (index == 0)
            return false;
        const struct message *message = message_at(engine, index);
        if (message->state != ENGINE_INFLIGHT ||
            message->receive_count != attempt->generations[i] ||
            (message->flags & FLAG_CHANGED) != 0 || messages_until(engine, index) <= at)
            return false;
    }
    return attempt->count > 0;
}

uint32_t attempts_find(const struct engine *engine, uint32_t content, const struct engine_key *key,
                       int64_t at)
{
    uint32_t index = find(engine, content, key);
    if (index == 0)
        return 0;
    const struct attempt *attempt = attempt_at(engine, index);
    if (attempt->received_at + ENGINE_ATTEMPT_MS <= at || !is_untouched(engine, attempt, at))
        return 0;
    return index;
}

/* Facts of one receive have the same time; another time is another receive with the same id. So is one at the same time
 * whose forerunner was touched meanwhile. */
void attempts_put(struct engine *engine, uint32_t content, const struct engine_fact *fact)
{
    uint32_t index = find(engine, content, &fact->attempt);
    if (index == 0) {
        if (!chains_reserve(&engine->attempts_by_key))
            check_failed(__FILE__, __LINE__, "out of memory");
        index = must_have(pool_take(&engine->attempts));
        attempt_at(engine, index)->key = fact->attempt;
        attempt_at(engine, index)->content = content;
        chains_add(&engine->attempts_by_key, hash_key(engine, content, &fact->attempt), index);
        content_at(engine, content)->attempts_count++;
    } else {
        list_remove(&engine->attempts_by_age, ATTEMPTS(engine), index);
    }
    struct attempt *attempt = attempt_at(engine, index);
    if (attempt->received_at != fact->at.v || attempt->count == ENGINE_RECEIVE_MAX ||
        !is_untouched(engine, attempt, fact->at.v))
        attempt->count = 0;
    attempt->received_at = fact->at.v;
    attempt->sequences[attempt->count] = fact->sequence;
    attempt->generations[attempt->count] = fact->generation;
    attempt->count++;
    list_append(&engine->attempts_by_age, ATTEMPTS(engine), index);
}

int64_t attempts_due(const struct engine *engine)
{
    uint32_t oldest = engine->attempts_by_age.head;
    return oldest == 0 ? INT64_MAX : attempt_at(engine, oldest)->received_at + ENGINE_ATTEMPT_MS;
}

void attempts_run(struct engine *engine, uint32_t count)
{
    for (; count > 0 && attempts_due(engine) <= engine->now.mono.v; count--) {
        uint32_t index = engine->attempts_by_age.head;
        const struct attempt *attempt = attempt_at(engine, index);
        uint32_t content = attempt->content;
        list_remove(&engine->attempts_by_age, ATTEMPTS(engine), index);
        chains_remove(&engine->attempts_by_key, hash_key(engine, content, &attempt->key), index);
        pool_give(&engine->attempts, index);
        content_at(engine, content)->attempts_count--;
        partitions_free_content(engine, content);
    }
}

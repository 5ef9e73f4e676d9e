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

static bool is_same(const struct attempt *attempt, const struct engine_fact *fact)
{
    return attempt->count > fact->attempt_index &&
           attempt->sequences[fact->attempt_index] == fact->sequence &&
           attempt->generations[fact->attempt_index] == fact->generation;
}

/* The first fact of a receive starts anew, the others add to it. In a replay over a later state they repeat what is
 * there. */
void attempts_put(struct engine *engine, uint32_t content, const struct engine_fact *fact)
{
    int64_t received_at = fact->received_at.v != 0 ? fact->received_at.v : fact->at.v;
    uint32_t place = fact->attempt_index;
    uint32_t index = find(engine, content, &fact->attempt);
    bool is_present = index != 0 && attempt_at(engine, index)->received_at == received_at;
    if (is_present && is_same(attempt_at(engine, index), fact))
        return;
    if (place >= ENGINE_RECEIVE_MAX ||
        (place > 0 && (!is_present || attempt_at(engine, index)->count < place)))
        return;
    if (index == 0) {
        if (!chains_reserve(&engine->attempts_by_key))
            check_failed(__FILE__, __LINE__, "out of memory");
        index = must_have(pool_take(&engine->attempts));
        attempt_at(engine, index)->key = fact->attempt;
        attempt_at(engine, index)->content = content;
        chains_add(&engine->attempts_by_key, hash_key(engine, content, &fact->attempt), index);
        content_at(engine, content)->attempts_count++;
    } else {
        dump_skip(engine, DUMP_ATTEMPTS, index, attempt_at(engine, index)->link.next);
        list_remove(&engine->attempts_by_age, ATTEMPTS(engine), index);
    }
    struct attempt *attempt = attempt_at(engine, index);
    attempt->received_at = received_at;
    attempt->sequences[place] = fact->sequence;
    attempt->generations[place] = fact->generation;
    attempt->count = place + 1;
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
        dump_skip(engine, DUMP_ATTEMPTS, index, attempt->link.next);
        list_remove(&engine->attempts_by_age, ATTEMPTS(engine), index);
        chains_remove(&engine->attempts_by_key, hash_key(engine, content, &attempt->key), index);
        pool_give(&engine->attempts, index);
        content_at(engine, content)->attempts_count--;
        partitions_free_content(engine, content);
    }
}

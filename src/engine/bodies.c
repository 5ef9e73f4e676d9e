/* Where bodies lie: what the log asks when it moves them and counts them. */
#include "engine/internal.h"

#include "base/banned.h"

static uint32_t find(const struct engine *engine, struct engine_queue queue, uint64_t sequence,
                     struct engine_body body)
{
    uint32_t partition = partitions_find_any(engine, queue.v);
    if (partition == 0)
        return 0;
    uint32_t index = messages_find(engine, partition_at(engine, partition)->content, sequence);
    return index != 0 && message_at(engine, index)->body == body.v ? index : 0;
}

bool engine_is_live(const struct engine *engine, struct engine_queue queue, uint64_t sequence,
                    struct engine_body body)
{
    return find(engine, queue, sequence, body) != 0;
}

bool engine_relocate(struct engine *engine, struct engine_queue queue, uint64_t sequence,
                     struct engine_body from, struct engine_body to)
{
    uint32_t index = find(engine, queue, sequence, from);
    if (index == 0)
        return false;
    message_at(engine, index)->body = to.v;
    return true;
}

uint32_t engine_bodies(const struct engine *engine, uint32_t *cursor, struct engine_held *ret_held,
                       uint32_t capacity)
{
    uint32_t count = 0;
    uint32_t index = *cursor + 1;
    for (; index < engine->messages.used && count < capacity; index++) {
        const struct message *message = message_at(engine, index);
        if (message->group == 0) /* given back */
            continue;
        const struct content *content = content_of_message(engine, message);
        ret_held[count++] = (struct engine_held){
            .queue = {content->is_dead ? 0 : partition_at(engine, content->partition)->queue},
            .sequence = message->sequence,
            .body = {message->body},
            .body_bytes = message->body_bytes,
        };
    }
    *cursor = index - 1;
    return count;
}

/* Applying facts: what commands decided, and what a replay repeats. Nothing here fails, and nothing reads a clock: the
 * time is the fact's.
 *
 * A replay sees no ticks, so a message may be in any state when a fact about its next one comes. A fact about a message
 * or a queue that is not there is skipped: the log may hold more than is still alive. */
#include "engine/internal.h"

#include "base/banned.h"

struct engine_fact *facts_of_message(struct engine *engine, struct engine_effects *effects,
                                     enum engine_fact_kind kind, uint32_t index)
{
    const struct message *message = message_at(engine, index);
    const struct content *content = content_of_message(engine, message);
    uint64_t queue = partition_at(engine, content->partition)->queue;
    struct engine_fact *fact = effects_fact(effects, kind, queue, engine->now.mono.v);
    fact->sequence = message->sequence;
    return fact;
}

static uint32_t apply_sent(struct engine *engine, uint32_t content, const struct engine_fact *fact)
{
    if (fact->sequence >= engine->next_sequence)
        engine->next_sequence = fact->sequence + 1;
    if (fact->sequence <= content_at(engine, content)->purged_upto)
        return 0;
    if (content_at(engine, content)->is_fifo && fact->has_dedup)
        dedups_put(engine, content, fact);
    if (messages_find(engine, content, fact->sequence) != 0)
        return 0;
    return messages_create(engine, content, fact);
}

static void apply_received(struct engine *engine, uint32_t content, uint32_t index,
                           const struct engine_fact *fact)
{
    struct message *message = message_at(engine, index);
    if (message->state == ENGINE_INFLIGHT && message->receive_count == fact->generation) {
        timers_set(engine, TIMER_MESSAGE, index,
                   fact->until.v); /* a repeated attempt: the same receive (E11) */
        return;
    }
    message->receive_count = fact->receive_count;
    message->first_received = fact->first_received.v;
    message->flags &= (uint8_t)~FLAG_CHANGED;
    messages_change(engine, index, ENGINE_INFLIGHT, fact->until.v, fact->at.v);
    if (fact->has_attempt)
        attempts_put(engine, content, fact);
}

static void apply_hidden(struct engine *engine, uint32_t index, const struct engine_fact *fact)
{
    struct message *message = message_at(engine, index);
    message->flags |= FLAG_CHANGED;
    if (fact->until.v <= fact->at.v)
        messages_change(engine, index, ENGINE_VISIBLE, 0, fact->at.v);
    else if (message->state == ENGINE_INFLIGHT)
        timers_set(engine, TIMER_MESSAGE, index, fact->until.v);
    else
        messages_change(engine, index, ENGINE_INFLIGHT, fact->until.v, fact->at.v);
}

static void apply_moving(struct engine *engine, uint32_t index, const struct engine_fact *fact,
                         bool is_replay)
{
    if (fact->task != 0)
        message_at(engine, index)->flags |= FLAG_TASK;
    messages_change(engine, index, ENGINE_MOVING, 0, fact->at.v);
    if (is_replay)
        moves_remember(engine, index, fact);
}

static void apply_returned(struct engine *engine, uint32_t content_index, uint32_t index,
                           const struct engine_fact *fact)
{
    struct message *message = message_at(engine, index);
    struct content *content = content_at(engine, content_index);
    if (message->state != ENGINE_MOVING)
        return;
    if ((message->flags & FLAG_TASK) == 0)
        message->refused_epoch = partition_at(engine, content->partition)->epoch;
    messages_change(engine, index, ENGINE_VISIBLE, 0, fact->at.v);
    ages_returned(engine, content, index);
}

static void apply_to_message(struct engine *engine, uint32_t content,
                             const struct engine_fact *fact, struct engine_effects *effects)
{
    uint32_t index = messages_find(engine, content, fact->sequence);
    if (index == 0)
        return;
    switch (fact->kind) {
    case FACT_RECEIVED:
        apply_received(engine, content, index, fact);
        return;
    case FACT_HIDDEN:
        apply_hidden(engine, index, fact);
        return;
    case FACT_MOVING:
        apply_moving(engine, index, fact, effects == NULL);
        return;
    case FACT_GONE:
        effects_body(effects, messages_remove(engine, index, fact->at.v));
        return;
    case FACT_RETURNED:
        apply_returned(engine, content, index, fact);
        return;
    case FACT_SENT:
    case FACT_PURGED:
    case FACT_DROPPED:
    case FACT_TASK:
    case FACT_MESSAGE:
    case FACT_MEMORY:
    case FACT_ATTEMPT:
    case FACT_CONFIRMED:
    case FACT_LATEST:
        break;
    }
    UNREACHABLE("a fact about no message");
}

static void apply_purged(struct engine *engine, uint32_t partition_index,
                         const struct engine_fact *fact, bool is_replay)
{
    struct partition *partition = partition_at(engine, partition_index);
    struct content *content = content_at(engine, partition->content);
    partition->purged_at = fact->at.v;
    partition->was_purged = true;
    if (content->sequence_last <= fact->sequence) {
        partitions_clear(engine, partition_index, is_replay);
        content = content_at(engine, partition->content);
    } else { /* only in a replay out of order: younger messages came first and stay */
        uint32_t head;
        while ((head = content->order.head) != 0 &&
               message_at(engine, head)->sequence <= fact->sequence)
            messages_remove(engine, head, fact->at.v);
    }
    content->purged_upto = fact->sequence;
}

static void apply_task(struct engine *engine, uint32_t partition, const struct engine_fact *fact)
{
    struct task *task = &partition_at(engine, partition)->task;
    task->id = fact->task;
    task->moved = fact->task_moved;
}

uint32_t facts_apply(struct engine *engine, const struct engine_fact *fact,
                     struct engine_effects *effects)
{
    uint32_t partition = partitions_find(engine, fact->queue.v);
    if (partition == 0)
        return 0;
    switch (fact->kind) {
    case FACT_SENT:
        return apply_sent(engine, partition_at(engine, partition)->content, fact);
    case FACT_RECEIVED:
    case FACT_HIDDEN:
    case FACT_MOVING:
    case FACT_GONE:
    case FACT_RETURNED:
        apply_to_message(engine, partition_at(engine, partition)->content, fact, effects);
        return 0;
    case FACT_PURGED:
        apply_purged(engine, partition, fact, effects == NULL);
        return 0;
    case FACT_DROPPED:
        partitions_drop(engine, partition, effects == NULL);
        return 0;
    case FACT_TASK:
        apply_task(engine, partition, fact);
        return 0;
    case FACT_MESSAGE:
    case FACT_MEMORY:
    case FACT_ATTEMPT:
    case FACT_CONFIRMED:
    case FACT_LATEST:
        return 0;
    }
    UNREACHABLE("fact of no kind");
}

void engine_apply(struct engine *engine, const struct engine_fact *fact)
{
    if (facts_apply(engine, fact, NULL) != 0)
        arrivals_put(engine, fact);
}

/* The commands that are one decision: send, arrive, delete, change visibility, purge, drop, retract. */
#include "engine/internal.h"

#include "base/banned.h"

/* So that nothing can fail once a command is decided. */
static bool reserve_message(struct engine *engine, bool has_dedup, bool has_retry, bool is_arrival)
{
    if (pool_count(&engine->messages) >= MESSAGES_MAX || !pool_reserve(&engine->messages, 1) ||
        !chains_reserve(&engine->messages_by_sequence) || !pool_reserve(&engine->groups, 1) ||
        !chains_reserve(&engine->groups_by_key) || !heap_reserve(&engine->timers, TIMERS_SPARE))
        return false;
    if (has_dedup && (!pool_reserve(&engine->dedups, 1) || !chains_reserve(&engine->dedups_by_key)))
        return false;
    if (has_retry && !retries_reserve(engine))
        return false;
    return !is_arrival ||
           (arrivals_reserve(engine) && pool_reserve(&engine->lates, 1) &&
            pool_reserve(&engine->origins, 1) && chains_reserve(&engine->origins_by_queue));
}

static void answer_duplicate(struct partition *partition, const uint8_t message_id[16],
                             uint64_t sequence, struct engine_effects *effects)
{
    effects->is_duplicate = true;
    memcpy(effects->message_id, message_id, sizeof(effects->message_id));
    effects->sequence = sequence;
    partition->duplicates_total++;
}

/* What is known by the key of this send, or by the one that an earlier scope of the queue gave it (E10); or 0. */
static uint32_t find_dedup(const struct engine *engine, const struct partition *partition,
                           const struct engine_event *event)
{
    int64_t now = engine->now.mono.v;
    uint32_t index = 0;
    if (!partition->config.is_fifo)
        return 0;
    if (event->send.has_dedup)
        index = dedups_find(engine, partition->content, &event->send.dedup, now);
    if (index == 0 && event->send.has_former)
        index = dedups_find(engine, partition->content, &event->send.former, now);
    return index;
}

/* The answer to a repeated send, when it is one: the same call again (D11), or the same content (E10). */
static bool is_answered(struct engine *engine, struct partition *partition,
                        const struct engine_event *event, struct engine_effects *effects)
{
    int64_t now = engine->now.mono.v;
    if (event->send.has_retry) {
        uint64_t purged_upto = content_at(engine, partition->content)->purged_upto;
        uint32_t index =
            retries_find(engine, partition->queue, &event->send.retry, purged_upto, now);
        const struct retry *retry = index == 0 ? NULL : retry_at(engine, index);
        if (retry != NULL)
            answer_duplicate(partition, retry->message_id, retry->sequence, effects);
    }
    if (!effects->is_duplicate) {
        uint32_t index = find_dedup(engine, partition, event);
        const struct dedup *dedup = index == 0 ? NULL : pool_at(&engine->dedups, index);
        if (dedup != NULL)
            answer_duplicate(partition, dedup->message_id, dedup->sequence, effects);
    }
    return effects->is_duplicate;
}

void commands_send(struct engine *engine, const struct engine_event *event,
                   struct engine_effects *effects)
{
    uint32_t index = partitions_find(engine, event->queue.v);
    if (index == 0) {
        effects->result = ENGINE_NO_QUEUE;
        return;
    }
    struct partition *partition = partition_at(engine, index);
    if (is_answered(engine, partition, event, effects))
        return;
    bool is_fifo = partition->config.is_fifo;
    if (!reserve_message(engine, is_fifo && event->send.has_dedup, event->send.has_retry, false)) {
        effects->result = ENGINE_FULL;
        return;
    }
    int64_t now = engine->now.mono.v;
    int64_t delay_ms = is_fifo ? partition->config.delay_ms : event->send.delay_ms; /* E6 */
    struct engine_fact *fact = effects_fact(effects, FACT_SENT, event->queue.v, now);
    fact->sequence = engine->next_sequence;
    fact->until.v = delay_ms > 0 ? now + delay_ms : 0;
    fact->enqueued_at.v = now;
    fact->body = event->send.body;
    fact->body_bytes = event->send.body_bytes;
    memcpy(fact->message_id, event->send.message_id, sizeof(fact->message_id));
    fact->is_fifo = is_fifo;
    fact->has_group = event->send.has_group;
    fact->group = event->send.group;
    fact->has_dedup = is_fifo && event->send.has_dedup;
    fact->dedup = event->send.dedup;
    fact->has_retry = event->send.has_retry;
    if (fact->has_retry)
        fact->retry = event->send.retry;
    facts_apply(engine, fact, effects);
    memcpy(effects->message_id, event->send.message_id, sizeof(effects->message_id));
    effects->sequence = fact->sequence;
    partition->sent_total++;
}

static void fill_arrived(struct engine_fact *fact, const struct engine_event *event, bool is_fifo,
                         int64_t now)
{
    fact->enqueued_at.v = now;
    fact->body = event->arrive.body;
    fact->body_bytes = event->arrive.body_bytes;
    memcpy(fact->message_id, event->arrive.message_id, sizeof(fact->message_id));
    fact->is_fifo = is_fifo;
    fact->is_arrival = true;
    fact->has_group = event->arrive.has_group;
    fact->group = event->arrive.group;
    fact->has_dedup = is_fifo && event->arrive.has_dedup;
    fact->dedup = event->arrive.dedup;
    if (event->arrive.kind ==
        ENGINE_MOVE_TASK) /* C20: a new message: its times and counts start again */
        return;
    fact->origin = event->arrive.source;
    fact->first_received = event->arrive.first_received;
    fact->receive_count = event->arrive.receive_count;
    if (!is_fifo && event->arrive.enqueued_at.v < now) /* E7: on FIFO queues age starts again */
        fact->enqueued_at = event->arrive.enqueued_at;
}

/* No handle of here fits it, but it is in flight all the same: on a FIFO queue it holds its group. */
static void hide_arrived(struct engine *engine, uint32_t index, int64_t hidden_ms,
                         struct engine_effects *effects)
{
    int64_t now = engine->now.mono.v;
    if (hidden_ms > ENGINE_VISIBILITY_MS_MAX)
        hidden_ms = ENGINE_VISIBILITY_MS_MAX;
    struct engine_fact *fact = facts_of_message(engine, effects, FACT_HIDDEN, index);
    fact->until.v = now + hidden_ms;
    facts_apply(engine, fact, effects);
}

void commands_arrive(struct engine *engine, const struct engine_event *event,
                     struct engine_effects *effects)
{
    uint32_t index = partitions_find(engine, event->queue.v);
    if (index == 0) {
        effects->result = ENGINE_NO_QUEUE;
        return;
    }
    bool is_task = event->arrive.kind == ENGINE_MOVE_TASK;
    uint32_t known = arrivals_find(engine, event->queue.v, event->arrive.message_id,
                                   is_task ? 0 : event->arrive.receive_count);
    memcpy(effects->message_id, event->arrive.message_id, sizeof(effects->message_id));
    effects->is_duplicate = known != 0;
    if (effects->is_duplicate) {
        effects->sequence = arrival_at(engine, known)->sequence;
        return;
    }
    struct partition *partition = partition_at(engine, index);
    bool is_fifo = partition->config.is_fifo;
    if (!reserve_message(engine, is_fifo && event->arrive.has_dedup, false, true)) {
        effects->result = ENGINE_FULL;
        return;
    }
    int64_t now = engine->now.mono.v;
    struct engine_fact *fact = effects_fact(effects, FACT_SENT, event->queue.v, now);
    fact->sequence = engine->next_sequence;
    fill_arrived(fact, event, is_fifo, now);
    if (is_task && is_fifo && partition->config.delay_ms > 0) /* E14: no delay for a dead letter */
        fact->until.v = now + partition->config.delay_ms;
    effects->sequence = fact->sequence;
    uint32_t arrived = facts_apply(engine, fact, effects);
    if (!is_task && event->arrive.hidden_ms > 0)
        hide_arrived(engine, arrived, event->arrive.hidden_ms, effects);
    partition->sent_total += is_task; /* G: automatic moves do not count */
}

/* E5: on a FIFO queue only the handle of the receive that is running has power. */
static bool is_handle_expired(const struct engine *engine, uint32_t index, uint32_t generation)
{
    const struct message *message = message_at(engine, index);
    if (!content_of_message(engine, message)->is_fifo)
        return false;
    return message->state != ENGINE_INFLIGHT || message->receive_count != generation ||
           messages_until(engine, index) <= engine->now.mono.v;
}

void commands_delete(struct engine *engine, const struct engine_event *event,
                     struct engine_effects *effects)
{
    uint32_t partition_index = partitions_find(engine, event->queue.v);
    if (partition_index == 0) {
        effects->result = ENGINE_NO_QUEUE;
        return;
    }
    struct partition *partition = partition_at(engine, partition_index);
    uint32_t index = messages_find(engine, partition->content, event->delete_.sequence);
    bool is_here = index != 0 && message_at(engine, index)->state != ENGINE_MOVING;
    if (is_here && is_handle_expired(engine, index, event->delete_.generation)) {
        effects->result = ENGINE_HANDLE_EXPIRED;
        return;
    }
    if (is_here)
        facts_apply(engine, facts_of_message(engine, effects, FACT_GONE, index), effects);
    partition->deleted_total++; /* G: repeated deletes count */
}

void commands_change(struct engine *engine, const struct engine_event *event,
                     struct engine_effects *effects)
{
    uint32_t partition = partitions_find(engine, event->queue.v);
    if (partition == 0) {
        effects->result = ENGINE_NO_QUEUE;
        return;
    }
    uint32_t index =
        messages_find(engine, partition_at(engine, partition)->content, event->change.sequence);
    int64_t now = engine->now.mono.v;
    int64_t visibility_ms = event->change.visibility_ms;
    if (index == 0 || message_at(engine, index)->state == ENGINE_MOVING)
        effects->result = ENGINE_NO_MESSAGE;
    else if (is_handle_expired(engine, index, event->change.generation))
        effects->result = ENGINE_HANDLE_EXPIRED;
    else if (now - event->change.received_at.v + visibility_ms > ENGINE_VISIBILITY_MS_MAX)
        effects->result = ENGINE_BEYOND_LIMIT;
    else if (!heap_reserve(&engine->timers, TIMERS_SPARE))
        effects->result = ENGINE_FULL;
    if (effects->result != ENGINE_DONE)
        return;
    if (visibility_ms <= 0 && message_at(engine, index)->state == ENGINE_VISIBLE)
        return;
    struct engine_fact *fact = facts_of_message(engine, effects, FACT_HIDDEN, index);
    fact->until.v = now + visibility_ms;
    facts_apply(engine, fact, effects);
}

void commands_purge(struct engine *engine, const struct engine_event *event,
                    struct engine_effects *effects)
{
    uint32_t index = partitions_find(engine, event->queue.v);
    if (index == 0) {
        effects->result = ENGINE_NO_QUEUE;
        return;
    }
    const struct partition *partition = partition_at(engine, index);
    int64_t now = engine->now.mono.v;
    if (!event->purge.ignores_pause && partition->was_purged &&
        partition->purged_at + ENGINE_PURGE_PAUSE_MS > now) {
        effects->result = ENGINE_PURGED_RECENTLY;
        return;
    }
    if (!partitions_reserve_content(engine)) {
        effects->result = ENGINE_FULL;
        return;
    }
    struct engine_fact *fact = effects_fact(effects, FACT_PURGED, event->queue.v, now);
    fact->is_fifo = partition->config.is_fifo;
    fact->sequence = engine->next_sequence - 1; /* all that was given out until now */
    facts_apply(engine, fact, effects);
}

void commands_drop(struct engine *engine, const struct engine_event *event,
                   struct engine_effects *effects)
{
    uint32_t index = partitions_find_any(engine, event->queue.v);
    if (index == 0) {
        effects->result = ENGINE_NO_QUEUE;
        return;
    }
    struct engine_fact *fact =
        effects_fact(effects, FACT_DROPPED, event->queue.v, engine->now.mono.v);
    fact->is_fifo = partition_at(engine, index)->config.is_fifo;
    facts_apply(engine, fact, effects);
    partitions_reclaim(engine, effects);
}

/* Also when the queue is gone or the arrival unknown: then there is nothing to do, and nothing to record. */
void commands_confirm(struct engine *engine, const struct engine_event *event,
                      struct engine_effects *effects)
{
    bool is_task = event->confirmed.kind == ENGINE_MOVE_TASK;
    uint32_t receive_count = is_task ? 0 : event->confirmed.receive_count;
    if (arrivals_find(engine, event->queue.v, event->confirmed.message_id, receive_count) == 0)
        return;
    struct engine_fact *fact =
        effects_fact(effects, FACT_CONFIRMED, event->queue.v, engine->now.mono.v);
    memcpy(fact->message_id, event->confirmed.message_id, sizeof(fact->message_id));
    fact->receive_count = receive_count;
    uint32_t partition = partitions_find(engine, event->queue.v);
    fact->is_fifo = partition != 0 && partition_at(engine, partition)->config.is_fifo;
    facts_apply(engine, fact, effects);
}

void commands_retract(struct engine *engine, const struct engine_event *event,
                      struct engine_effects *effects)
{
    MAYBE(effects);
    uint32_t index = waiters_find(engine, event->retract);
    if (index != 0)
        waiters_end(engine, index);
}

/* Applying facts: what commands decided, and what a replay repeats. Nothing here fails, and nothing reads a clock: the
 * time is the fact's.
 *
 * A replay sees no ticks, so a message may be in any state when a fact about its next one comes. Behind a dump it may
 * even be in a later one, and go through its history again: each kind of fact sets all that it is about, and the last
 * one of a kind is the one that the live engine saw last. A fact about a message that is not there is skipped: the log
 * may hold more than is still alive. */
#include "engine/internal.h"

#include "base/banned.h"

#define EXPIRED_A_FACT 2u

struct engine_fact *facts_of_message(struct engine *engine, struct engine_effects *effects,
                                     enum engine_fact_kind kind, uint32_t index)
{
    const struct message *message = message_at(engine, index);
    const struct content *content = content_of_message(engine, message);
    uint64_t queue = partition_at(engine, content->partition)->queue;
    struct engine_fact *fact = effects_fact(effects, kind, queue, engine->now.mono.v);
    fact->sequence = message->sequence;
    fact->body.v = message->body;
    fact->is_fifo = content->is_fifo;
    return fact;
}

/* What outlives the message. Arrivals outlive a purge, too: their source does not know of it. */
static void remember(struct engine *engine, uint32_t content, const struct engine_fact *fact,
                     bool is_replay)
{
    if (fact->is_arrival)
        arrivals_put(engine, fact);
    if (content == 0 || fact->sequence <= content_at(engine, content)->purged_upto)
        return;
    if (content_at(engine, content)->is_fifo && fact->has_dedup)
        dedups_put(engine, content, fact);
    if (fact->has_retry)
        retries_put(engine, fact, is_replay);
}

/* In ordinary life and in most of a replay the sequence is a new one: then nothing is looked for. */
static uint32_t find_known(const struct engine *engine, uint32_t content, uint64_t sequence)
{
    if (sequence > content_at(engine, content)->sequence_last)
        return 0;
    return messages_find(engine, content, sequence);
}

static uint32_t apply_sent(struct engine *engine, uint32_t content, const struct engine_fact *fact,
                           bool is_replay)
{
    remember(engine, content, fact, is_replay);
    if (fact->sequence <= content_at(engine, content)->purged_upto ||
        find_known(engine, content, fact->sequence) != 0)
        return 0;
    return messages_create(engine, content, fact);
}

static void apply_message(struct engine *engine, uint32_t content, const struct engine_fact *fact)
{
    if (fact->sequence <= content_at(engine, content)->purged_upto)
        return;
    uint32_t index = find_known(engine, content, fact->sequence);
    if (index != 0)
        messages_remove(engine, index, fact->at.v);
    messages_create(engine, content, fact);
}

static void apply_received(struct engine *engine, uint32_t index, const struct engine_fact *fact)
{
    struct message *message = message_at(engine, index);
    if (message->state == ENGINE_INFLIGHT && message->receive_count == fact->generation) {
        timers_set(engine, TIMER_MESSAGE, index,
                   fact->until.v); /* a repeated attempt: the same receive (E11) */
    } else {
        message->receive_count = fact->receive_count;
        message->first_received = fact->first_received.v;
        messages_change(engine, index, ENGINE_INFLIGHT, fact->until.v, fact->at.v);
    }
    message->flags &= (uint8_t)~FLAG_CHANGED;
}

static void apply_hidden(struct engine *engine, uint32_t index, const struct engine_fact *fact)
{
    struct message *message = message_at(engine, index);
    bool was_moving = message->state == ENGINE_MOVING;
    message->flags |= FLAG_CHANGED;
    if (fact->until.v <= fact->at.v)
        messages_change(engine, index, ENGINE_VISIBLE, 0, fact->at.v);
    else if (message->state == ENGINE_INFLIGHT)
        timers_set(engine, TIMER_MESSAGE, index, fact->until.v);
    else
        messages_change(engine, index, ENGINE_INFLIGHT, fact->until.v, fact->at.v);
    if (was_moving) /* a move that is to be tried again later */
        ages_returned(engine, content_of_message(engine, message), index);
}

static void apply_moving(struct engine *engine, uint32_t index, const struct engine_fact *fact,
                         bool is_replay)
{
    if (message_at(engine, index)->state == ENGINE_MOVING) /* replay over a later state */
        messages_change(engine, index, ENGINE_VISIBLE, 0, fact->at.v);
    if (fact->task != 0)
        message_at(engine, index)->flags |= FLAG_TASK;
    messages_change(engine, index, ENGINE_MOVING, 0, fact->at.v);
    moves_remember(engine, index, fact->target.v, is_replay);
}

static void apply_returned(struct engine *engine, uint32_t content_index, uint32_t index,
                           const struct engine_fact *fact)
{
    struct message *message = message_at(engine, index);
    struct content *content = content_at(engine, content_index);
    if (message->state != ENGINE_MOVING)
        return; /* replay over a later state: what made it so comes again */
    const struct partition *partition = partition_at(engine, content->partition);
    bool is_target = moves_target(engine, message) == partition->config.dead_letter.v;
    if ((message->flags & FLAG_TASK) == 0 && is_target) /* else it was a former one that refused */
        message->refused_epoch = partition->epoch;
    messages_change(engine, index, ENGINE_VISIBLE, 0, fact->at.v);
    ages_returned(engine, content, index);
}

static void apply_to_message(struct engine *engine, uint32_t content,
                             const struct engine_fact *fact, struct engine_effects *effects)
{
    uint32_t index = messages_find(engine, content, fact->sequence);
    if (fact->kind == FACT_RECEIVED && fact->has_attempt)
        attempts_put(engine, content,
                     fact); /* void when a message of it is gone, but then known as that */
    if (index == 0)
        return;
    switch (fact->kind) {
    case FACT_RECEIVED:
        apply_received(engine, index, fact);
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
    case FACT_UNDELAYED:
        break;
    }
    UNREACHABLE("a fact about no message");
}

/* In a replay younger messages may have come first, and stay. */
static void purge_older(struct engine *engine, struct content *content,
                        const struct engine_fact *fact)
{
    uint32_t head;
    while ((head = content->order.head) != 0 &&
           message_at(engine, head)->sequence <= fact->sequence)
        messages_remove(engine, head, fact->at.v);
}

static void apply_purged(struct engine *engine, uint32_t partition_index,
                         const struct engine_fact *fact, bool is_replay)
{
    struct partition *partition = partition_at(engine, partition_index);
    struct content *content = content_at(engine, partition->content);
    if (fact->sequence < content->purged_upto)
        return; /* replay over a later state */
    partition->purged_at = fact->at.v;
    partition->was_purged = true;
    if (content->order.head == 0 || content->sequence_last > fact->sequence) {
        purge_older(engine, content, fact);
    } else {
        partitions_clear(engine, partition_index, is_replay);
        content = content_at(engine, partition->content);
    }
    content->purged_upto = fact->sequence;
}

static void apply_task(struct engine *engine, uint32_t partition, const struct engine_fact *fact,
                       bool is_replay)
{
    struct task *task = &partition_at(engine, partition)->task;
    task->id = fact->task;
    task->moved = fact->task_moved;
    if (!is_replay)
        return;
    task->sequence_last = fact->sequence;
    task->is_restored = fact->task_status == ENGINE_TASK_ACTIVE;
}

static void apply_undelayed(struct engine *engine, uint32_t content_index,
                            const struct engine_fact *fact)
{
    const struct content *content = content_at(engine, content_index);
    if (content->is_fifo)
        fifo_undelay(engine, content_index, fact->sequence, fact->at.v);
}

/* Those that tell of something to be kept: then there is a partition for it, configured or not. */
static bool makes_partition(enum engine_fact_kind kind)
{
    return kind == FACT_SENT || kind == FACT_MESSAGE || kind == FACT_MEMORY ||
           kind == FACT_ATTEMPT || kind == FACT_PURGED || kind == FACT_TASK;
}

uint32_t facts_apply(struct engine *engine, const struct engine_fact *fact,
                     struct engine_effects *effects)
{
    bool is_replay = effects == NULL;
    if (fact->sequence >= engine->next_sequence)
        engine->next_sequence = fact->sequence + 1;
    if (fact->kind == FACT_CONFIRMED)
        arrivals_forget(engine, fact);
    uint32_t index = partitions_find_any(engine, fact->queue.v);
    if (index == 0 && is_replay && makes_partition(fact->kind))
        index = partitions_create_unconfigured(engine, fact->queue.v, fact->is_fifo);
    if (index == 0)
        return 0;
    uint32_t content = partition_at(engine, index)->content;
    switch (fact->kind) {
    case FACT_SENT:
        return apply_sent(engine, content, fact, is_replay);
    case FACT_RECEIVED:
    case FACT_HIDDEN:
    case FACT_MOVING:
    case FACT_GONE:
    case FACT_RETURNED:
        apply_to_message(engine, content, fact, effects);
        return 0;
    case FACT_PURGED:
        apply_purged(engine, index, fact, is_replay);
        return 0;
    case FACT_DROPPED:
        partitions_drop(engine, index, is_replay);
        return 0;
    case FACT_TASK:
        apply_task(engine, index, fact, is_replay);
        return 0;
    case FACT_MESSAGE:
        apply_message(engine, content, fact);
        return 0;
    case FACT_MEMORY:
        remember(engine, content, fact, is_replay);
        return 0;
    case FACT_ATTEMPT:
        attempts_put(engine, content, fact);
        return 0;
    case FACT_UNDELAYED:
        apply_undelayed(engine, content, fact);
        return 0;
    case FACT_CONFIRMED:
    case FACT_LATEST:
        return 0;
    }
    UNREACHABLE("fact of no kind");
}

void engine_apply(struct engine *engine, const struct engine_fact *fact)
{
    if (fact->at.v > engine->now.mono.v)
        engine->now.mono = fact->at;
    facts_apply(engine, fact, NULL);
    /* There are no ticks in a replay, and it may tell of days. */
    if (fact->has_dedup)
        dedups_run(engine, EXPIRED_A_FACT);
    if (fact->has_attempt)
        attempts_run(engine, EXPIRED_A_FACT);
}

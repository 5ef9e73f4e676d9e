/* The store of messages. A message is in the table by sequence, in its content's order, and in what its state asks
 * for:
 *
 *              standard                                   FIFO (always in its group's list)
 *   VISIBLE    the group's ready list or returned heap    -
 *   INFLIGHT   timer                                      timer
 *   DELAYED    timer                                      behind the content's delay cursor
 *   MOVING     struct resume                              the same
 *
 * leave and enter are the only places that know this table. */
#include "engine/internal.h"

#include "base/banned.h"

/* Sequences that follow each other stand in buckets side by side, so that whoever goes through messages in their order
 * (sends, receives, a replay, a table that grows) finds the next one's bucket and message in the cache. Blocks of them are
 * spread, and each is turned by an amount of its own: else what is left when only every 64th stays would meet. */
#define BLOCK_SHIFT 6u
static uint64_t hash_of(uint64_t sequence)
{
    uint64_t block = chains_mix(sequence >> BLOCK_SHIFT);
    uint64_t turned = sequence + (block >> (64 - BLOCK_SHIFT));
    return block << BLOCK_SHIFT | (turned & ((1u << BLOCK_SHIFT) - 1));
}

static uint64_t hash(const void *context, uint32_t index)
{
    return hash_of(message_at(context, index)->sequence);
}

void messages_init(struct engine *engine)
{
    pool_init(&engine->messages, sizeof(struct message), 1u << MESSAGES_SHIFT);
    chains_init(&engine->messages_by_sequence, &engine->messages, offsetof(struct message, chain),
                hash, engine);
}

uint32_t messages_find(const struct engine *engine, uint32_t content, uint64_t sequence)
{
    uint32_t index = chains_first(&engine->messages_by_sequence, hash_of(sequence));
    for (; index != 0; index = chains_next(&engine->messages_by_sequence, index)) {
        const struct message *message = message_at(engine, index);
        if (message->sequence == sequence && group_at(engine, message->group)->content == content)
            break;
    }
    return index;
}

static int64_t received_at(const struct message *message)
{
    return (int64_t)((uint64_t)message->received_high << 32 | message->received_low);
}

static bool has_timer(const struct message *message, const struct content *content)
{
    return message->state == ENGINE_INFLIGHT ||
           (message->state == ENGINE_DELAYED && !content->is_fifo);
}

/* The place in the order is looked for from the last insertion on: at the end in ordinary life, next to the one before
 * when a replay brings messages of a rewritten part of the log. */
static void insert_in_order(struct engine *engine, struct content *content, uint32_t index)
{
    uint64_t sequence = message_at(engine, index)->sequence;
    uint32_t before = content->order.tail;
    if (before != 0 && message_at(engine, before)->sequence > sequence) {
        before = content->inserted != 0 ? content->inserted : before;
        while (before != 0 && message_at(engine, before)->sequence > sequence)
            before = message_at(engine, before)->order.prev;
        uint32_t next = before != 0 ? message_at(engine, before)->order.next : content->order.head;
        while (next != 0 && message_at(engine, next)->sequence < sequence) {
            before = next;
            next = message_at(engine, before)->order.next;
        }
    }
    list_insert_after(&content->order, ORDER(engine), before, index);
    content->inserted = index;
}

static void enter(struct engine *engine, struct content *content, struct group *group,
                  uint32_t index, int64_t until, int64_t at)
{
    struct message *message = message_at(engine, index);
    switch ((enum engine_message_state)message->state) {
    case ENGINE_VISIBLE:
        if (!content->is_fifo)
            standard_add(engine, group, index);
        partitions_touch(engine, content->partition);
        break;
    case ENGINE_INFLIGHT:
        timers_set(engine, TIMER_MESSAGE, index, until);
        if (!content->is_fifo) {
            message->received_low = (uint32_t)at;
            message->received_high = (uint32_t)((uint64_t)at >> 32);
        }
        break;
    case ENGINE_DELAYED:
        if (content->is_fifo)
            fifo_delayed(engine, content, index);
        else
            timers_set(engine, TIMER_MESSAGE, index, until);
        break;
    case ENGINE_MOVING:
        content->task_moving += (message->flags & FLAG_TASK) != 0;
        break;
    case ENGINE_LOCKED:
        UNREACHABLE("locked is no state of its own");
    }
    groups_count(content, group, (enum engine_message_state)message->state, 1);
}

static void leave(struct engine *engine, struct content *content, struct group *group,
                  uint32_t index, int64_t at)
{
    struct message *message = message_at(engine, index);
    groups_count(content, group, (enum engine_message_state)message->state, -1);
    switch ((enum engine_message_state)message->state) {
    case ENGINE_VISIBLE:
        if (!content->is_fifo)
            standard_remove(engine, group, index);
        break;
    case ENGINE_INFLIGHT:
        if (!content->is_fifo) {
            int64_t until = messages_until(engine, index);
            fair_worked(content, group, (until < at ? until : at) - received_at(message), at);
            message->received_low = message->received_high = 0;
        }
        timers_clear(engine, TIMER_MESSAGE, index);
        partitions_touch(engine, content->partition); /* one less against the limit of E13 */
        break;
    case ENGINE_DELAYED:
        if (!content->is_fifo)
            timers_clear(engine, TIMER_MESSAGE, index);
        break;
    case ENGINE_MOVING:
        moves_forget(engine, message);
        content->task_moving -= (message->flags & FLAG_TASK) != 0;
        message->flags &= (uint8_t)~FLAG_TASK;
        break;
    case ENGINE_LOCKED:
        UNREACHABLE("locked is no state of its own");
    }
}

static void update_group(struct engine *engine, const struct content *content, uint32_t group,
                         int64_t at)
{
    if (content->is_fifo)
        fifo_update(engine, group);
    else
        fair_update(engine, group, at);
}

/* What a message begins with: as it was sent, or as a dump found it. */
static void fill(struct engine *engine, struct message *message, const struct engine_fact *fact)
{
    bool is_dump = fact->kind == FACT_MESSAGE;
    message->sequence = fact->sequence;
    message->body = fact->body.v;
    message->body_bytes = fact->body_bytes;
    message->enqueued_at = fact->enqueued_at.v;
    message->first_received = fact->first_received.v;
    message->receive_count = fact->receive_count;
    message->origin =
        origins_take(engine, fact->origin.v, is_dump ? fact->arrived_count : fact->receive_count);
    message->state = is_dump                      ? fact->state
                     : fact->until.v > fact->at.v ? ENGINE_DELAYED
                                                  : ENGINE_VISIBLE;
    if (fact->is_changed)
        message->flags |= FLAG_CHANGED;
    if (message->state == ENGINE_MOVING && fact->task != 0)
        message->flags |= FLAG_TASK;
}

uint32_t messages_create(struct engine *engine, uint32_t content_index,
                         const struct engine_fact *fact)
{
    struct content *content = content_at(engine, content_index);
    uint32_t group = content->ungrouped;
    if (fact->has_group) {
        group = groups_find(engine, content_index, &fact->group);
        if (group == 0)
            group = groups_create(engine, content_index, &fact->group);
    }
    if (!chains_reserve(&engine->messages_by_sequence))
        check_failed(__FILE__, __LINE__, "out of memory");
    uint32_t index = must_have(pool_take(&engine->messages));
    struct message *message = message_at(engine, index);
    fill(engine, message, fact);
    message->group = group;
    chains_add(&engine->messages_by_sequence, hash_of(message->sequence), index);
    insert_in_order(engine, content, index);
    bool is_last = content->order.tail == index;
    if (is_last)
        content->sequence_last = message->sequence;
    ages_add(engine, content, index, is_last);
    content->bytes += message->body_bytes;
    struct group *at_group = group_at(engine, group);
    at_group->sent_at = fact->kind == FACT_MESSAGE ? message->enqueued_at : fact->at.v;
    if (content->is_fifo)
        fifo_add(engine, at_group, index);
    enter(engine, content, at_group, index, fact->until.v,
          fact->kind == FACT_MESSAGE ? fact->received_at.v : fact->at.v);
    if (message->state == ENGINE_MOVING)
        moves_remember(engine, index, fact->target.v, true);
    update_group(engine, content, group, fact->at.v);
    return index;
}

void messages_change(struct engine *engine, uint32_t index, enum engine_message_state state,
                     int64_t until, int64_t at)
{
    struct message *message = message_at(engine, index);
    struct group *group = group_at(engine, message->group);
    struct content *content = content_at(engine, group->content);
    leave(engine, content, group, index, at);
    message->state = (uint8_t)state;
    enter(engine, content, group, index, until, at);
    update_group(engine, content, message->group, at);
}

/* What is left of a message outside the structures of its state and its group. */
static uint64_t release(struct engine *engine, struct content *content, uint32_t index)
{
    struct message *message = message_at(engine, index);
    uint64_t body = message->body;
    if (content->inserted == index)
        content->inserted = message->order.prev;
    if (content->delay_cursor == index)
        content->delay_cursor = message->order.next;
    ages_remove(engine, content, index);
    dump_skip(engine, DUMP_MESSAGES, index, message->order.next);
    list_remove(&content->order, ORDER(engine), index);
    chains_remove(&engine->messages_by_sequence, hash_of(message->sequence), index);
    origins_give(engine, message->origin);
    content->bytes -= message->body_bytes;
    message->group = 0; /* so that engine_bodies knows */
    pool_give(&engine->messages, index);
    return body;
}

uint64_t messages_remove(struct engine *engine, uint32_t index, int64_t at)
{
    uint32_t group_index = message_at(engine, index)->group;
    struct group *group = group_at(engine, group_index);
    struct content *content = content_at(engine, group->content);
    leave(engine, content, group, index, at);
    if (content->is_fifo)
        list_remove(&group->line, LINE(engine), index);
    uint64_t body = release(engine, content, index);
    update_group(engine, content, group_index, at);
    if (group->messages == 0 && group->has_key)
        groups_remove(engine, group_index);
    return body;
}

uint64_t messages_reclaim(struct engine *engine, uint32_t index)
{
    struct message *message = message_at(engine, index);
    uint32_t group_index = message->group;
    struct group *group = group_at(engine, group_index);
    struct content *content = content_at(engine, group->content);
    ASSERT(content->is_dead);
    if (has_timer(message, content))
        timers_clear(engine, TIMER_MESSAGE, index);
    else if (message->state == ENGINE_MOVING)
        moves_forget(engine, message);
    uint64_t body = release(engine, content, index);
    if (--group->messages == 0 && group->has_key)
        groups_remove(engine, group_index);
    return body;
}

int64_t messages_until(const struct engine *engine, uint32_t index)
{
    const struct message *message = message_at(engine, index);
    const struct content *content = content_of_message(engine, message);
    if (has_timer(message, content))
        return timers_due(engine, TIMER_MESSAGE, index);
    if (message->state == ENGINE_DELAYED)
        return message->enqueued_at + partition_at(engine, content->partition)->config.delay_ms;
    return 0;
}

int64_t messages_received_at(const struct engine *engine, uint32_t index)
{
    const struct message *message = message_at(engine, index);
    bool is_kept =
        message->state == ENGINE_INFLIGHT && !content_of_message(engine, message)->is_fifo;
    return is_kept ? received_at(message) : 0;
}

/* FIFO order (E9): a message is receivable when it is visible and no older one of its group is invisible. So a group is
 * available when its head is visible, and gives its messages up to the first invisible one. Available groups rotate:
 * one that becomes available goes to the end. A message on its way to a dead-letter queue blocks its group until the
 * target has it, because it may come back.
 *
 * Delay (E6) is the queue's and the same for all, so the delayed messages end their delay in the order of sequence: one
 * cursor and one timer do for all of them, and a change of the queue's delay needs no walk. That a delay is over is no
 * fact, as it follows from the clock and the configuration: but only until the delay is made longer, so then one fact says
 * up to where it was over. */
#include "engine/internal.h"

#include "base/banned.h"

void fifo_add(struct engine *engine, struct group *group, uint32_t index)
{
    uint64_t sequence = message_at(engine, index)->sequence;
    uint32_t before = group->line.tail;
    while (before != 0 &&
           message_at(engine, before)->sequence > sequence) /* only in a replay out of order */
        before = message_at(engine, before)->line.prev;
    list_insert_after(&group->line, LINE(engine), before, index);
}

void fifo_update(struct engine *engine, uint32_t index)
{
    struct group *group = group_at(engine, index);
    struct content *content = content_at(engine, group->content);
    uint32_t head = group->line.head;
    bool is_available = head != 0 && message_at(engine, head)->state == ENGINE_VISIBLE;
    if (is_available == group->is_available)
        return;
    group->is_available = is_available;
    struct task *task = &partition_at(engine, content->partition)->task;
    if (task->is_active && group->skipped_by == task->serial)
        task->skipped += is_available ? 1u : -1u;
    if (is_available) {
        list_append(&content->rotation, ROTATION(engine), index);
        content->groups_available++;
        partitions_touch(engine, content->partition);
    } else {
        list_remove(&content->rotation, ROTATION(engine), index);
        content->groups_available--;
    }
}

uint32_t fifo_next(const struct engine *engine, const struct content *content, uint32_t last)
{
    if (last != 0 && message_at(engine, last)->state == ENGINE_INFLIGHT) {
        uint32_t next = message_at(engine, last)->line.next;
        if (next != 0 && message_at(engine, next)->state == ENGINE_VISIBLE)
            return next;
    }
    return content->rotation.head == 0 ? 0 : group_at(engine, content->rotation.head)->line.head;
}

void fifo_delayed(struct engine *engine, struct content *content, uint32_t index)
{
    uint32_t cursor = content->delay_cursor;
    if (cursor != 0 && message_at(engine, cursor)->sequence < message_at(engine, index)->sequence)
        return;
    content->delay_cursor = index;
    fifo_arm(engine, content->partition);
}

void fifo_arm(struct engine *engine, uint32_t partition_index)
{
    const struct partition *partition = partition_at(engine, partition_index);
    uint32_t cursor = content_at(engine, partition->content)->delay_cursor;
    if (cursor == 0)
        timers_clear(engine, TIMER_DELAY, partition_index);
    else
        timers_set(engine, TIMER_DELAY, partition_index,
                   message_at(engine, cursor)->enqueued_at + partition->config.delay_ms);
}

void fifo_tell_undelayed(struct engine *engine, uint32_t partition_index,
                         struct engine_effects *effects)
{
    const struct partition *partition = partition_at(engine, partition_index);
    const struct content *content = content_at(engine, partition->content);
    uint32_t cursor = content->delay_cursor;
    uint32_t last = cursor != 0 ? message_at(engine, cursor)->order.prev : content->order.tail;
    if (last == 0)
        return;
    struct engine_fact *fact =
        effects_fact(effects, FACT_UNDELAYED, partition->queue, engine->now.mono.v);
    fact->sequence = message_at(engine, last)->sequence;
    fact->is_fifo = true;
    facts_apply(engine, fact, effects);
}

void fifo_undelay(struct engine *engine, uint32_t content_index, uint64_t sequence, int64_t at)
{
    struct content *content = content_at(engine, content_index);
    while (content->delay_cursor != 0 &&
           message_at(engine, content->delay_cursor)->sequence <= sequence) {
        uint32_t index = content->delay_cursor;
        content->delay_cursor = message_at(engine, index)->order.next;
        if (message_at(engine, index)->state == ENGINE_DELAYED)
            messages_change(engine, index, ENGINE_VISIBLE, 0, at);
    }
    fifo_arm(engine, content->partition);
}

uint32_t fifo_run(struct engine *engine, uint32_t partition_index, uint32_t messages_max)
{
    const struct partition *partition = partition_at(engine, partition_index);
    struct content *content = content_at(engine, partition->content);
    int64_t now = engine->now.mono.v;
    uint32_t looked = 0;
    for (; looked < messages_max && content->delay_cursor != 0; looked++) {
        uint32_t index = content->delay_cursor;
        const struct message *message = message_at(engine, index);
        bool is_delayed = message->state == ENGINE_DELAYED;
        if (is_delayed && message->enqueued_at + partition->config.delay_ms > now)
            break;
        content->delay_cursor = message->order.next;
        if (is_delayed)
            messages_change(engine, index, ENGINE_VISIBLE, 0, now);
    }
    fifo_arm(engine, partition_index);
    return looked;
}

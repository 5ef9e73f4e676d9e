/* Reading without side effects. */
#include "engine/internal.h"

#include "base/banned.h"

struct mono_ms engine_latest(const struct engine *engine)
{
    return engine->now.mono;
}

bool engine_holds(const struct engine *engine, struct engine_queue queue)
{
    return partitions_find_any(engine, queue.v) != 0;
}

uint32_t engine_unconfigured_look(const struct engine *engine, uint64_t *ret_messages,
                                  uint64_t *ret_highest)
{
    uint32_t count = 0;
    *ret_messages = 0;
    *ret_highest = 0;
    for (uint32_t index = 1; index < engine->partitions.used; index++) {
        const struct partition *partition = partition_at(engine, index);
        if (partition->queue == 0 || partition->is_gone || partition->is_configured)
            continue;
        const struct content *content = content_at(engine, partition->content);
        for (int state = ENGINE_VISIBLE; state <= ENGINE_MOVING; state++)
            *ret_messages += content->count[state];
        if (partition->queue > *ret_highest)
            *ret_highest = partition->queue;
        count++;
    }
    return count;
}

bool engine_counts(const struct engine *engine, struct engine_queue queue,
                   struct engine_counts *ret_counts)
{
    uint32_t index = partitions_find(engine, queue.v);
    if (index == 0)
        return false;
    const struct partition *partition = partition_at(engine, index);
    const struct content *content = content_at(engine, partition->content);
    const uint32_t *count = content->count;
    const uint32_t *noisy = content->noisy_count;
    *ret_counts = (struct engine_counts){
        .visible = count[ENGINE_VISIBLE],
        .inflight = count[ENGINE_INFLIGHT],
        .delayed = count[ENGINE_DELAYED],
        .moving = count[ENGINE_MOVING],
        .bytes = content->bytes,
        .waiters = partition->parked_count + partition->offered_count,
        .groups = content->groups_count,
        .groups_inflight = content->is_fifo ? content->groups_inflight : 0,
        .groups_noisy = content->groups_noisy,
        .visible_quiet = count[ENGINE_VISIBLE] - noisy[ENGINE_VISIBLE],
        .inflight_quiet = count[ENGINE_INFLIGHT] - noisy[ENGINE_INFLIGHT],
        .delayed_quiet = count[ENGINE_DELAYED] - noisy[ENGINE_DELAYED],
        .oldest_enqueued = {ages_oldest(engine, content)},
        .sent_total = partition->sent_total,
        .received_total = partition->received_total,
        .empty_receives_total = partition->empty_receives_total,
        .deleted_total = partition->deleted_total,
        .duplicates_total = partition->duplicates_total,
        .dead_lettered_total = partition->dead_lettered_total,
        .expired_total = partition->expired_total,
    };
    return true;
}

/* What one call has found out about the last group it met. */
struct group_view {
    uint32_t group;
    uint64_t locked_after; /* sequence of its first invisible message; UINT64_MAX: none */
};

static bool is_locked(const struct engine *engine, struct group_view *view,
                      const struct message *message)
{
    const struct group *group = group_at(engine, message->group);
    if (group->messages == group->count[ENGINE_VISIBLE])
        return false;
    if (view->group != message->group) {
        uint32_t index = group->line.head;
        while (index != 0 && message_at(engine, index)->state == ENGINE_VISIBLE)
            index = message_at(engine, index)->line.next;
        view->group = message->group;
        view->locked_after = index == 0 ? UINT64_MAX : message_at(engine, index)->sequence;
    }
    return message->sequence > view->locked_after;
}

bool engine_task(const struct engine *engine, struct engine_queue queue,
                 struct engine_task_news *ret_news)
{
    uint32_t index = partitions_find(engine, queue.v);
    if (index == 0 || !partition_at(engine, index)->task.is_active)
        return false;
    const struct task *task = &partition_at(engine, index)->task;
    *ret_news = (struct engine_task_news){
        .task = task->id, .queue = queue, .status = ENGINE_TASK_ACTIVE, .moved_count = task->moved};
    return true;
}

bool engine_find(const struct engine *engine, struct engine_queue queue, uint64_t sequence,
                 struct engine_body *ret_body)
{
    uint32_t partition = partitions_find(engine, queue.v);
    uint32_t index =
        partition == 0 ? 0
                       : messages_find(engine, partition_at(engine, partition)->content, sequence);
    if (index == 0)
        return false;
    ret_body->v = message_at(engine, index)->body;
    return true;
}

static void show(const struct engine *engine, const struct content *content,
                 struct group_view *view, uint32_t index, struct engine_peek *ret_found)
{
    const struct message *message = message_at(engine, index);
    enum engine_message_state state = (enum engine_message_state)message->state;
    if (content->is_fifo && state == ENGINE_VISIBLE && is_locked(engine, view, message))
        state = ENGINE_LOCKED;
    *ret_found = (struct engine_peek){
        .sequence = message->sequence,
        .body = {message->body},
        .body_bytes = message->body_bytes,
        .state = state,
        .until = {messages_until(engine, index)},
        .enqueued_at = {message->enqueued_at},
        .first_received = {message->first_received},
        .receive_count = message->receive_count,
        .generation = message->receive_count,
    };
}

static uint32_t first_above(const struct engine *engine, uint32_t content_index, uint64_t after)
{
    const struct content *content = content_at(engine, content_index);
    if (after == 0)
        return content->order.head;
    uint32_t index = messages_find(engine, content_index, after);
    if (index != 0)
        return message_at(engine, index)->order.next;
    index = content->order.head; /* it is gone: look from the start */
    while (index != 0 && message_at(engine, index)->sequence <= after)
        index = message_at(engine, index)->order.next;
    return index;
}

uint32_t engine_peek(const struct engine *engine, struct engine_queue queue, uint64_t after,
                     struct engine_peek *ret_found, uint32_t capacity)
{
    uint32_t partition = partitions_find(engine, queue.v);
    if (partition == 0)
        return 0;
    uint32_t content_index = partition_at(engine, partition)->content;
    const struct content *content = content_at(engine, content_index);
    struct group_view view = {0, 0};
    uint32_t count = 0;
    uint32_t index = first_above(engine, content_index, after);
    for (; index != 0 && count < capacity; index = message_at(engine, index)->order.next)
        show(engine, content, &view, index, &ret_found[count++]);
    return count;
}

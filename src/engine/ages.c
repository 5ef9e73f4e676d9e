/* Retention (E7). Messages come with growing sequence numbers and, but for dead letters of standard queues, growing
 * enqueue times. One that is older than its forerunners is "late" and also in a heap by enqueue time. Then the oldest
 * message is either the first in the order or the first in that heap: a late first one stands for itself in the heap,
 * and whatever is not late behind it was enqueued after it.
 *
 * A message on its way to another queue is never dropped: the look-out passes it (FLAG_PASSED) and goes back to it when
 * it returns. */
#include "engine/internal.h"

#include "base/banned.h"

static struct late *late_at(const struct engine *engine, uint32_t index)
{
    return pool_at(&engine->lates, index);
}

static int64_t key(const void *context, uint32_t index)
{
    return message_at(context, late_at(context, index)->message)->enqueued_at;
}

void ages_init(struct engine *engine)
{
    pool_init(&engine->lates, sizeof(struct late), 64);
    meld_kind_init(&engine->ages, &engine->lates, offsetof(struct late, node), key, engine);
}

void ages_add(struct engine *engine, struct content *content, uint32_t index, bool is_last)
{
    struct message *message = message_at(engine, index);
    bool is_first = content->order.head == index && is_last;
    if (!is_first && (!is_last || message->enqueued_at < content->enqueued_last)) {
        message->late = must_have(pool_take(&engine->lates));
        late_at(engine, message->late)->message = index;
        meld_push(&engine->ages, &content->late_root, message->late);
    } else {
        content->enqueued_last = message->enqueued_at;
    }
    uint32_t cursor = content->age_cursor;
    if (cursor == 0 || message->sequence < message_at(engine, cursor)->sequence)
        content->age_cursor = index;
    int64_t due =
        message->enqueued_at + partition_at(engine, content->partition)->config.retention_ms;
    if (due < timers_due(engine, TIMER_RETENTION, content->partition))
        timers_set(engine, TIMER_RETENTION, content->partition, due);
}

void ages_remove(struct engine *engine, struct content *content, uint32_t index)
{
    struct message *message = message_at(engine, index);
    if (content->age_cursor == index)
        content->age_cursor = message->order.next;
    if (message->late == 0)
        return;
    if ((message->flags & FLAG_PASSED) == 0)
        meld_remove(&engine->ages, &content->late_root, message->late);
    pool_give(&engine->lates, message->late);
    message->late = 0;
}

/* A message on the way, due: look past it. */
static void pass(struct engine *engine, struct content *content, uint32_t index)
{
    struct message *message = message_at(engine, index);
    message->flags |= FLAG_PASSED;
    if (message->late != 0)
        meld_remove(&engine->ages, &content->late_root, message->late);
}

void ages_returned(struct engine *engine, struct content *content, uint32_t index)
{
    struct message *message = message_at(engine, index);
    if ((message->flags & FLAG_PASSED) == 0)
        return;
    message->flags &= (uint8_t)~FLAG_PASSED;
    if (message->late != 0)
        meld_push(&engine->ages, &content->late_root, message->late);
    uint32_t cursor = content->age_cursor;
    if (cursor == 0 || message->sequence < message_at(engine, cursor)->sequence)
        content->age_cursor = index;
    ages_arm(engine, content->partition);
}

/* The oldest one that was not passed, or 0. */
static uint32_t first(struct engine *engine, struct content *content)
{
    while (content->age_cursor != 0 &&
           (message_at(engine, content->age_cursor)->flags & FLAG_PASSED) != 0)
        content->age_cursor = message_at(engine, content->age_cursor)->order.next;
    uint32_t in_order = content->age_cursor;
    if (content->late_root == 0)
        return in_order;
    uint32_t late = late_at(engine, content->late_root)->message;
    if (in_order == 0 ||
        message_at(engine, late)->enqueued_at < message_at(engine, in_order)->enqueued_at)
        return late;
    return in_order;
}

int64_t ages_oldest(const struct engine *engine, const struct content *content)
{
    if (content->order.head == 0)
        return 0;
    int64_t oldest = message_at(engine, content->order.head)->enqueued_at;
    if (content->late_root != 0) {
        int64_t late = key(engine, content->late_root);
        oldest = late < oldest ? late : oldest;
    }
    return oldest;
}

void ages_arm(struct engine *engine, uint32_t partition_index)
{
    const struct partition *partition = partition_at(engine, partition_index);
    uint32_t index = first(engine, content_at(engine, partition->content));
    if (index == 0)
        timers_clear(engine, TIMER_RETENTION, partition_index);
    else
        timers_set(engine, TIMER_RETENTION, partition_index,
                   message_at(engine, index)->enqueued_at + partition->config.retention_ms);
}

void ages_run(struct engine *engine, uint32_t partition_index, struct engine_effects *effects,
              uint32_t facts_max, uint32_t bodies_max)
{
    struct partition *partition = partition_at(engine, partition_index);
    struct content *content = content_at(engine, partition->content);
    int64_t now = engine->now.mono.v;
    while (effects_have_room(effects, facts_max, bodies_max)) {
        uint32_t index = first(engine, content);
        if (index == 0 ||
            message_at(engine, index)->enqueued_at + partition->config.retention_ms > now)
            break;
        if (message_at(engine, index)->state == ENGINE_MOVING) {
            pass(engine, content, index);
            continue;
        }
        facts_apply(engine, facts_of_message(engine, effects, FACT_GONE, index), effects);
        partition->expired_total++;
    }
    ages_arm(engine, partition_index);
}

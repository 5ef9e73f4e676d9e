/* The naive model: what is known of message groups besides their messages: the rotation of FIFO groups (E9), and what
 * must and what may be noisy on a standard queue (E15). */
#include "engine/model_naive.h"

#include "base/banned.h"

struct group_counts {
    uint32_t waiting; /* visible and delayed */
    uint32_t inflight;
    bool is_available;
};

static void count(const struct naive_queue *queue, const struct naive_group *group, int64_t now,
                  struct group_counts *ret_counts)
{
    struct group_counts counts = {0};
    bool is_first = true;
    for (uint32_t i = 0; i < queue->messages_count; i++) {
        const struct naive_message *message = &queue->messages[i];
        if (!message->has_group || !naive_key_equal(&message->group, &group->key))
            continue;
        if (is_first)
            counts.is_available = naive_is_visible(queue, message, now);
        is_first = false;
        counts.inflight += naive_is_inflight(message, now);
        counts.waiting +=
            naive_is_visible(queue, message, now) || naive_is_delayed(queue, message, now);
    }
    *ret_counts = counts;
}

static uint32_t count_inflight(const struct naive_queue *queue, int64_t now)
{
    uint32_t inflight = 0;
    for (uint32_t i = 0; i < queue->messages_count; i++)
        inflight += naive_is_inflight(&queue->messages[i], now);
    return inflight;
}

static void note_standard(struct naive_queue *queue, struct naive_group *group, int64_t now)
{
    struct group_counts counts;
    count(queue, group, now, &counts);
    if ((counts.inflight >= NAIVE_NOISY_INFLIGHT &&
         counts.inflight * 10 > count_inflight(queue, now)) ||
        group->worked_ms >= NAIVE_NOISY_WORKED_MS)
        group->may_be_noisy = true;
    if (counts.waiting == 0 || now - group->sent_at >= NAIVE_NOISY_SENT_MS)
        group->is_noisy = false;
}

void naive_note_groups(struct naive_queue *queue, int64_t now)
{
    for (uint32_t i = 0; i < queue->groups_count; i++) {
        struct naive_group *group = &queue->groups[i];
        struct group_counts counts;
        if (!queue->config.is_fifo) {
            note_standard(queue, group, now);
            continue;
        }
        count(queue, group, now, &counts);
        if (counts.is_available && !group->is_available)
            group->place_low = group->place_high = queue->place_next;
        group->is_available = counts.is_available;
    }
}

void naive_note_delivered(struct naive_queue *queue, const struct engine_key *key,
                          bool stays_visible, int64_t now)
{
    struct naive_group *group = naive_group(queue, key);
    struct group_counts counts;
    count(queue, group, now, &counts);
    group->is_available = false; /* served: goes to the back, even when it stays visible */
    /* With a timeout of 0 its messages were in flight for a moment, and its backlog was empty for one: who knows. */
    if (stays_visible)
        group->is_noisy = false;
    if (stays_visible && counts.inflight + ENGINE_RECEIVE_MAX >= NAIVE_NOISY_INFLIGHT)
        group->may_be_noisy = true;
    if (!stays_visible && counts.inflight >= NAIVE_NOISY_INFLIGHT && counts.waiting > 0 &&
        counts.inflight * 10 > count_inflight(queue, now) &&
        now - group->sent_at < NAIVE_NOISY_SENT_MS)
        group->is_noisy = true;
}

void naive_note_lost(struct naive_queue *queue, const struct engine_key *key)
{
    struct naive_group *group = naive_group(queue, key);
    if (group != NULL)
        group->place_high = queue->place_next;
}

void naive_note_work(struct naive_queue *queue, int64_t now, int64_t ms)
{
    for (uint32_t i = 0; i < queue->groups_count; i++) {
        struct group_counts counts;
        count(queue, &queue->groups[i], now, &counts);
        queue->groups[i].worked_ms += ms * counts.inflight;
    }
}

void naive_forget_groups(struct naive_queue *queue)
{
    for (uint32_t i = 0; i < queue->groups_count; i++) {
        queue->groups[i].place_low = 0;
        queue->groups[i].place_high = queue->place_next;
        queue->groups[i].is_noisy = false;
    }
}

bool naive_is_surely_quiet(const struct naive_queue *queue, const struct naive_group *group,
                           int64_t now)
{
    struct group_counts counts;
    count(queue, group, now, &counts);
    return !group->may_be_noisy && counts.inflight + ENGINE_RECEIVE_MAX < NAIVE_NOISY_INFLIGHT;
}

bool naive_is_order_free(const struct naive_queue *queue, int64_t now)
{
    for (uint32_t i = 0; i < queue->groups_count; i++) {
        if (queue->config.is_fifo || !naive_is_surely_quiet(queue, &queue->groups[i], now))
            return true;
    }
    return false;
}

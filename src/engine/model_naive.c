/* The naive model: what a message is at a given time, and what can be counted. */
#include "engine/model_naive.h"

#include "base/banned.h"

void naive_init(struct naive *naive)
{
    memset(naive, 0, sizeof(*naive));
}

struct naive_queue *naive_find(struct naive *naive, struct engine_queue queue)
{
    for (uint32_t i = 0; i < naive->queues_count; i++) {
        if (naive->queues[i].exists && naive->queues[i].id.v == queue.v)
            return &naive->queues[i];
    }
    return NULL;
}

struct naive_queue *naive_create(struct naive *naive, struct engine_queue queue)
{
    ASSERT(naive_find(naive, queue) == NULL);
    struct naive_queue *free_queue = NULL;
    for (uint32_t i = 0; i < naive->queues_count; i++) {
        if (!naive->queues[i].exists)
            free_queue = &naive->queues[i];
    }
    if (free_queue == NULL) {
        ASSERT(naive->queues_count < NAIVE_QUEUES_MAX);
        free_queue = &naive->queues[naive->queues_count++];
    }
    memset(free_queue, 0, sizeof(*free_queue));
    free_queue->id = queue;
    free_queue->exists = true;
    return free_queue;
}

void naive_drop(struct naive_queue *queue)
{
    queue->exists = false;
}

struct naive_message *naive_message(struct naive_queue *queue, uint64_t sequence)
{
    for (uint32_t i = 0; i < queue->messages_count; i++) {
        if (queue->messages[i].sequence == sequence)
            return &queue->messages[i];
    }
    return NULL;
}

bool naive_key_equal(const struct engine_key *a, const struct engine_key *b)
{
    return memcmp(a->v, b->v, sizeof(a->v)) == 0;
}

struct naive_group *naive_group(struct naive_queue *queue, const struct engine_key *key)
{
    for (uint32_t i = 0; i < queue->groups_count; i++) {
        if (naive_key_equal(&queue->groups[i].key, key))
            return &queue->groups[i];
    }
    return NULL;
}

bool naive_is_delayed(const struct naive_queue *queue, const struct naive_message *message,
                      int64_t now)
{
    if (message->is_moving || message->is_arrival)
        return false;
    if (!queue->config.is_fifo)
        return message->delayed_until > now;
    /* E6: the queue's value in force, also for messages that wait already; but what is over is over. */
    return !message->is_delay_over && message->enqueued_at + queue->config.delay_ms > now;
}

bool naive_is_inflight(const struct naive_message *message, int64_t now)
{
    return !message->is_moving && message->hidden_until > now;
}

bool naive_is_visible(const struct naive_queue *queue, const struct naive_message *message,
                      int64_t now)
{
    return !message->is_moving && !naive_is_inflight(message, now) &&
           !naive_is_delayed(queue, message, now);
}

void naive_note_delays(struct naive_queue *queue, int64_t now)
{
    for (uint32_t i = 0; i < queue->messages_count; i++) {
        struct naive_message *message = &queue->messages[i];
        if (!message->is_moving && !naive_is_delayed(queue, message, now))
            message->is_delay_over = true;
    }
}

static bool is_same_group(const struct naive_message *a, const struct naive_message *b)
{
    return a->has_group && b->has_group && naive_key_equal(&a->group, &b->group);
}

bool naive_is_receivable(const struct naive_queue *queue, const struct naive_message *message,
                         int64_t now)
{
    if (!naive_is_visible(queue, message, now))
        return false;
    if (!queue->config.is_fifo)
        return true;
    for (const struct naive_message *older = queue->messages; older != message; older++) {
        if (is_same_group(older, message) && !naive_is_visible(queue, older, now))
            return false;
    }
    return true;
}

bool naive_is_dead(const struct naive_queue *queue, const struct naive_message *message)
{
    return queue->config.receive_count_max > 0 && queue->config.dead_letter.v != 0 &&
           queue->config.dead_letter.v != queue->id.v && !message->is_refused &&
           message->received_here >= queue->config.receive_count_max;
}

bool naive_is_at_limit(const struct naive_queue *queue, int64_t now)
{
    uint32_t inflight = 0;
    for (uint32_t i = 0; i < queue->messages_count; i++)
        inflight += naive_is_inflight(&queue->messages[i], now);
    return inflight >= queue->config.inflight_max;
}

uint32_t naive_receivable(const struct naive_queue *queue, int64_t now)
{
    uint32_t count = 0;
    if (naive_is_at_limit(queue, now))
        return 0;
    for (uint32_t i = 0; i < queue->messages_count; i++)
        count += naive_is_receivable(queue, &queue->messages[i], now);
    return count;
}

uint32_t naive_task_moving(const struct naive_queue *queue)
{
    uint32_t moving = 0;
    for (uint32_t i = 0; i < queue->messages_count; i++)
        moving += queue->messages[i].is_moving && queue->messages[i].move_kind == ENGINE_MOVE_TASK;
    return moving;
}

static bool group_is_inflight(const struct naive_queue *queue, const struct naive_group *group,
                              int64_t now)
{
    for (uint32_t i = 0; i < queue->messages_count; i++) {
        const struct naive_message *message = &queue->messages[i];
        if (message->has_group && naive_key_equal(&message->group, &group->key) &&
            naive_is_inflight(message, now))
            return true;
    }
    return false;
}

void naive_count(const struct naive_queue *queue, int64_t now, struct naive_counts *ret_counts)
{
    struct naive_counts counts = {0};
    for (uint32_t i = 0; i < queue->messages_count; i++) {
        const struct naive_message *message = &queue->messages[i];
        counts.moving += message->is_moving;
        counts.inflight += naive_is_inflight(message, now);
        counts.delayed += naive_is_delayed(queue, message, now);
        counts.visible += naive_is_visible(queue, message, now);
        counts.bytes += message->body_bytes;
        if (i == 0 || message->enqueued_at < counts.oldest_enqueued)
            counts.oldest_enqueued = message->enqueued_at;
    }
    counts.groups = queue->groups_count;
    for (uint32_t i = 0; i < queue->groups_count; i++)
        counts.groups_inflight += group_is_inflight(queue, &queue->groups[i], now);
    *ret_counts = counts;
}

static void nearer(int64_t *next, int64_t at, int64_t now)
{
    if (at > now && at < *next)
        *next = at;
}

int64_t naive_next(const struct naive_queue *queue, int64_t now)
{
    int64_t next = INT64_MAX;
    for (uint32_t i = 0; i < queue->messages_count; i++) {
        const struct naive_message *message = &queue->messages[i];
        if (message->is_moving)
            continue;
        int64_t expiry = message->enqueued_at + queue->config.retention_ms;
        if (expiry < next)
            next = expiry;
        nearer(&next, message->hidden_until, now);
        if (!naive_is_delayed(queue, message, now))
            continue;
        nearer(&next,
               queue->config.is_fifo ? message->enqueued_at + queue->config.delay_ms
                                     : message->delayed_until,
               now);
    }
    for (uint32_t i = 0; i < queue->waiters_count; i++)
        nearer(&next, queue->waiters[i].deadline, now);
    return next;
}

/* The naive model: commands but for receive. */
#include "engine/model_naive.h"

#include "base/banned.h"

static const struct naive_dedup *find_memory(const struct naive_dedup *memory, uint32_t count,
                                             const struct engine_key *key, int64_t since)
{
    for (uint32_t i = 0; i < count; i++) {
        if (naive_key_equal(&memory[i].key, key) && memory[i].at > since)
            return &memory[i];
    }
    return NULL;
}

/* Forgets what is not younger than `since`, and adds one. */
static void remember(struct naive_dedup *memory, uint32_t *count, int64_t since,
                     const struct naive_dedup *added)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *count; i++) {
        if (memory[i].at > since)
            memory[kept++] = memory[i];
    }
    ASSERT(kept < NAIVE_DEDUPS_MAX);
    memory[kept++] = *added;
    *count = kept;
}

static struct naive_dedup memory_of(const struct naive_message *message,
                                    const struct engine_key *key, int64_t now)
{
    struct naive_dedup dedup = {.key = *key, .at = now, .sequence = message->sequence};
    memcpy(dedup.message_id, message->message_id, sizeof(dedup.message_id));
    return dedup;
}

const struct naive_dedup *naive_duplicate(const struct naive_queue *queue,
                                          const struct engine_key *key, int64_t now)
{
    if (!queue->config.is_fifo)
        return NULL;
    return find_memory(queue->dedups, queue->dedups_count, key, now - ENGINE_DEDUP_MS);
}

const struct naive_dedup *naive_retried(const struct naive_queue *queue,
                                        const struct engine_key *key, int64_t now)
{
    return find_memory(queue->retries, queue->retries_count, key, now - ENGINE_RETRY_MS);
}

void naive_remember_retry(struct naive_queue *queue, const struct naive_message *message,
                          const struct engine_key *key, int64_t now)
{
    struct naive_dedup added = memory_of(message, key, now);
    remember(queue->retries, &queue->retries_count, now - ENGINE_RETRY_MS, &added);
}

void naive_add(struct naive_queue *queue, const struct naive_message *message, bool has_dedup,
               const struct engine_key *dedup, int64_t now)
{
    ASSERT(queue->messages_count < NAIVE_MESSAGES_MAX);
    ASSERT(message->sequence > queue->sequence_last);
    queue->sequence_last = message->sequence;
    queue->messages[queue->messages_count++] = *message;
    if (queue->config.is_fifo && has_dedup) {
        struct naive_dedup added = memory_of(message, dedup, now);
        remember(queue->dedups, &queue->dedups_count, now - ENGINE_DEDUP_MS, &added);
    }
    if (!message->has_group)
        return;
    struct naive_group *group = naive_group(queue, &message->group);
    if (group == NULL) {
        ASSERT(queue->groups_count < NAIVE_GROUPS_MAX);
        group = &queue->groups[queue->groups_count++];
        *group = (struct naive_group){.key = message->group};
    }
    group->sent_at = now;
}

static void remove_empty_group(struct naive_queue *queue, const struct engine_key *key)
{
    for (uint32_t i = 0; i < queue->messages_count; i++) {
        if (queue->messages[i].has_group && naive_key_equal(&queue->messages[i].group, key))
            return;
    }
    struct naive_group *group = naive_group(queue, key);
    ASSERT(group != NULL);
    *group = queue->groups[--queue->groups_count];
}

void naive_remove(struct naive_queue *queue, uint64_t sequence)
{
    struct naive_message *message = naive_message(queue, sequence);
    ASSERT(message != NULL);
    struct naive_message removed = *message;
    uint32_t index = (uint32_t)(message - queue->messages);
    memmove(message, message + 1, (queue->messages_count - index - 1) * sizeof(*message));
    queue->messages_count--;
    if (removed.has_group)
        remove_empty_group(queue, &removed.group);
}

/* FIFO: only the newest handle, and only while its receive still hides the message (E5). */
static bool is_expired_handle(const struct naive_queue *queue, const struct naive_message *message,
                              uint32_t generation, int64_t now)
{
    return queue->config.is_fifo &&
           (generation != message->generation || !naive_is_inflight(message, now));
}

enum engine_result naive_delete(struct naive_queue *queue, uint64_t sequence, uint32_t generation,
                                int64_t now)
{
    struct naive_message *message = naive_message(queue, sequence);
    /* The metric counts every successful delete, repeated ones too (reference G). */
    queue->totals.deleted += message == NULL || message->is_moving;
    if (message == NULL || message->is_moving)
        return ENGINE_DONE;
    if (is_expired_handle(queue, message, generation, now))
        return ENGINE_HANDLE_EXPIRED;
    naive_remove(queue, sequence);
    queue->totals.deleted++;
    return ENGINE_DONE;
}

enum engine_result naive_change(struct naive_queue *queue, uint64_t sequence, uint32_t generation,
                                int64_t received_at, int64_t visibility_ms, int64_t now)
{
    struct naive_message *message = naive_message(queue, sequence);
    if (message == NULL || message->is_moving)
        return ENGINE_NO_MESSAGE;
    if (is_expired_handle(queue, message, generation, now))
        return ENGINE_HANDLE_EXPIRED;
    if (now - received_at + visibility_ms > ENGINE_VISIBILITY_MS_MAX)
        return ENGINE_BEYOND_LIMIT;
    /* Hidden again by hand: its consumer seems to have worked on it all the time. */
    if (message->has_group && !naive_is_inflight(message, now))
        naive_group(queue, &message->group)->worked_ms += now - message->received_at;
    message->hidden_until = now + visibility_ms;
    message->changes++;
    return ENGINE_DONE;
}

void naive_hide(struct naive_message *message, int64_t now, int64_t ms)
{
    message->hidden_until = now + ms;
    message->received_at = now; /* its time in flight begins anew */
    message->changes++;
}

enum engine_result naive_purge(struct naive_queue *queue, int64_t now)
{
    if (queue->was_purged && now - queue->purged_at < ENGINE_PURGE_PAUSE_MS)
        return ENGINE_PURGED_RECENTLY;
    queue->was_purged = true;
    queue->purged_at = now;
    queue->messages_count = 0;
    queue->groups_count = 0;
    queue->dedups_count = 0;
    queue->retries_count = 0;
    return ENGINE_DONE;
}

void naive_expire(struct naive_queue *queue, int64_t now,
                  void (*on_gone)(void *context, const struct naive_message *message),
                  void *context)
{
    for (uint32_t i = 0; i < queue->messages_count;) {
        const struct naive_message *message = &queue->messages[i];
        if (message->is_moving || message->enqueued_at + queue->config.retention_ms > now) {
            i++;
            continue;
        }
        struct naive_message gone = *message;
        on_gone(context, &gone);
        queue->totals.expired++;
        naive_remove(queue, gone.sequence);
        if (gone.has_group)
            naive_note_lost(queue, &gone.group);
    }
}

/* The rig: the commands that are neither receives nor moves, compared with the model. */
#include "engine/model_rig.h"

#include "base/banned.h"

static void expect(struct rig *rig, enum engine_result expected)
{
    enum engine_result result = rig->effects->result;
    rig_note_more(rig, " -> %s", rig_result_name(result));
    RIG_CHECK(rig, result == expected, "engine: %s, model: %s", rig_result_name(result),
              rig_result_name(expected));
    RIG_CHECK(rig, rig->effects->deliveries_count == 0, "deliveries without a receive");
    for (uint32_t i = 0; i < rig->effects->facts_count && result != ENGINE_DONE; i++) {
        /* What was due before the command may have come to its end, and tasks may go on. */
        enum engine_fact_kind kind = rig->effects->facts[i].kind;
        RIG_CHECK(rig, kind == FACT_GONE || kind == FACT_MOVING || kind == FACT_TASK,
                  "a refused command changed the state");
    }
}

void rig_configure(struct rig *rig, struct engine_queue queue, const struct engine_config *config)
{
    struct engine_event event = {.kind = ENGINE_CONFIGURE, .queue = queue, .configure = *config};
    rig_note(rig, "configure %llu v%llu%s retention=%lld delay=%lld redrive=%u to %llu limit=%u",
             (unsigned long long)queue.v, (unsigned long long)config->version,
             config->is_fifo ? " fifo" : "", (long long)config->retention_ms,
             (long long)config->delay_ms, (unsigned)config->receive_count_max,
             (unsigned long long)config->dead_letter.v, (unsigned)config->inflight_max);
    rig_step(rig, &event);
    expect(rig, ENGINE_DONE);
    struct naive_queue *known = naive_find(rig->naive, queue);
    if (known == NULL)
        known = naive_create(rig->naive, queue);
    if (config->version > known->config.version) {
        known->config = *config;
        for (uint32_t i = 0; i < known->messages_count; i++)
            known->messages[i].is_refused = false;
        naive_forget_groups(known); /* may change in one step what is due for many, in any order */
    }
    model_history_configure(&rig->history, queue, config);
    rig_take_task_effects(rig);
}

void rig_drop(struct rig *rig, struct naive_queue *queue)
{
    struct engine_event event = {.kind = ENGINE_DROP, .queue = queue->id};
    rig_note(rig, "drop %llu", (unsigned long long)queue->id.v);
    naive_drop(queue);
    rig_step(rig, &event);
    expect(rig, ENGINE_DONE);
    model_history_drop(&rig->history, queue->id);
    ASSERT(rig->dropped_count < RIG_DROPPED_MAX);
    rig->dropped[rig->dropped_count++] = queue->id;
    rig_take_task_effects(rig);
    rig_settle(rig);
    RIG_CHECK(rig, queue->waiters_count == 0, "%u waiters of a dropped queue wait for ever",
              (unsigned)queue->waiters_count);
}

static void add_sent(struct rig *rig, struct naive_queue *queue, const struct engine_event *event)
{
    const struct engine_effects *effects = rig->effects;
    RIG_CHECK(rig, rig_sent_sequence(rig, queue->id) == effects->sequence,
              "a send answers with another sequence number than its fact has");
    RIG_CHECK(rig, effects->sequence > queue->sequence_last, "sequence %llu after %llu",
              (unsigned long long)effects->sequence, (unsigned long long)queue->sequence_last);
    struct naive_message message = {
        .sequence = effects->sequence,
        .body = event->send.body.v,
        .body_bytes = event->send.body_bytes,
        .has_group = event->send.has_group,
        .group = event->send.group,
        .enqueued_at = rig->now.mono.v,
        .delayed_until = rig->now.mono.v + event->send.delay_ms,
    };
    memcpy(message.message_id, event->send.message_id, sizeof(message.message_id));
    rig->body_is_owned[message.body] = 1;
    rig->bodies_owned++;
    naive_add(queue, &message, event->send.has_dedup, &event->send.dedup, rig->now.mono.v);
    if (event->send.has_retry)
        naive_remember_retry(queue, &message, &event->send.retry, rig->now.mono.v);
    queue->totals.sent++;
    rig_note_more(rig, " %llu", (unsigned long long)effects->sequence);
}

static void check_duplicate(struct rig *rig, const struct naive_dedup *first)
{
    const struct engine_effects *effects = rig->effects;
    RIG_CHECK(rig, effects->is_duplicate == (first != NULL), "engine: %s, model: %s",
              effects->is_duplicate ? "duplicate" : "new", first != NULL ? "duplicate" : "new");
    if (first == NULL)
        return;
    for (uint32_t i = 0; i < effects->facts_count; i++)
        RIG_CHECK(rig, effects->facts[i].kind != FACT_SENT, "a duplicate was sent");
    RIG_CHECK(rig, effects->sequence == first->sequence, "duplicate of %llu, not of %llu",
              (unsigned long long)effects->sequence, (unsigned long long)first->sequence);
    RIG_CHECK(rig, memcmp(effects->message_id, first->message_id, 16) == 0,
              "the duplicate got another message id");
    rig_note_more(rig, " duplicate");
}

void rig_send(struct rig *rig, struct engine_queue queue, const struct rig_send *send)
{
    struct naive_queue *known = naive_find(rig->naive, queue);
    struct engine_event event = {.kind = ENGINE_SEND, .queue = queue};
    uint64_t id = ++rig->message_next;
    memcpy(event.send.message_id, &id, sizeof(id));
    event.send.message_id[15] = 1; /* unlike every deduplication name */
    event.send.body.v = rig->body_next++;
    ASSERT(rig->body_next < RIG_BODIES_MAX);
    event.send.body_bytes = (uint32_t)(id % 100 + 1);
    event.send.delay_ms = send->delay_ms;
    event.send.has_group = send->has_group;
    event.send.group = send->group;
    event.send.has_dedup = send->has_dedup;
    event.send.dedup = send->dedup;
    event.send.has_former = send->has_former;
    event.send.former = send->former;
    event.send.has_retry = send->has_retry;
    event.send.retry = send->retry;
    rig_note(rig, "send %llu delay=%lld group=%c dedup=%c", (unsigned long long)queue.v,
             (long long)send->delay_ms, send->has_group ? send->group.v[0] : '-',
             send->has_dedup ? send->dedup.v[0] : '-');
    rig_step(rig, &event);
    if (known == NULL) {
        expect(rig, ENGINE_NO_QUEUE);
    } else {
        expect(rig, ENGINE_DONE);
        const struct naive_dedup *first =
            send->has_retry ? naive_retried(known, &send->retry, rig->now.mono.v) : NULL;
        if (first == NULL && send->has_dedup)
            first = naive_duplicate(known, &send->dedup, rig->now.mono.v);
        if (first == NULL && send->has_former)
            first = naive_duplicate(known, &send->former, rig->now.mono.v);
        check_duplicate(rig, first);
        if (first == NULL)
            add_sent(rig, known, &event);
        else
            known->totals.duplicates++;
    }
    rig_take_task_effects(rig);
    rig_settle(rig);
}

void rig_delete(struct rig *rig, const struct rig_handle *handle)
{
    struct naive_queue *queue = naive_find(rig->naive, handle->queue);
    struct engine_event event = {.kind = ENGINE_DELETE, .queue = handle->queue};
    event.delete_.sequence = handle->sequence;
    event.delete_.generation = handle->generation;
    rig_note(rig, "delete %llu generation %u of %llu", (unsigned long long)handle->sequence,
             (unsigned)handle->generation, (unsigned long long)handle->queue.v);
    rig_step(rig, &event);
    expect(rig, queue == NULL
                    ? ENGINE_NO_QUEUE
                    : naive_delete(queue, handle->sequence, handle->generation, rig->now.mono.v));
    rig_take_task_effects(rig);
    rig_settle(rig);
}

void rig_change(struct rig *rig, const struct rig_handle *handle, int64_t visibility_ms)
{
    struct naive_queue *queue = naive_find(rig->naive, handle->queue);
    struct engine_event event = {.kind = ENGINE_CHANGE_VISIBILITY, .queue = handle->queue};
    event.change.sequence = handle->sequence;
    event.change.generation = handle->generation;
    event.change.received_at.v = handle->received_at;
    event.change.visibility_ms = visibility_ms;
    rig_note(rig, "change %llu generation %u of %llu to %lld", (unsigned long long)handle->sequence,
             (unsigned)handle->generation, (unsigned long long)handle->queue.v,
             (long long)visibility_ms);
    rig_step(rig, &event);
    expect(rig, queue == NULL ? ENGINE_NO_QUEUE
                              : naive_change(queue, handle->sequence, handle->generation,
                                             handle->received_at, visibility_ms, rig->now.mono.v));
    rig_take_task_effects(rig);
    rig_settle(rig);
}

void rig_purge(struct rig *rig, struct engine_queue queue)
{
    struct naive_queue *known = naive_find(rig->naive, queue);
    struct engine_event event = {.kind = ENGINE_PURGE, .queue = queue};
    rig_note(rig, "purge %llu", (unsigned long long)queue.v);
    rig_step(rig, &event);
    expect(rig, known == NULL ? ENGINE_NO_QUEUE : naive_purge(known, rig->now.mono.v));
    struct engine_counts counts;
    /* C15: atomic and immediate, however many messages there were. */
    if (rig->effects->result == ENGINE_DONE && engine_counts(rig->engine, queue, &counts))
        RIG_CHECK(rig, counts.visible + counts.inflight + counts.delayed + counts.moving == 0,
                  "the purged queue still counts messages");
    rig_take_task_effects(rig);
    rig_settle(rig);
}

void rig_relocate(struct rig *rig, struct naive_queue *queue)
{
    if (queue->messages_count == 0)
        return;
    struct naive_message *message = &queue->messages[rig_draw(rig, queue->messages_count)];
    struct engine_body from = {message->body};
    struct engine_body to = {rig->body_next++};
    rig_note(rig, "body of %llu of %llu moves", (unsigned long long)message->sequence,
             (unsigned long long)queue->id.v);
    RIG_CHECK(rig,
              engine_is_live(rig->engine, queue->id, message->sequence, from) &&
                  !engine_is_live(rig->engine, queue->id, message->sequence, to),
              "a body lies where nobody put it");
    RIG_CHECK(rig, !engine_relocate(rig->engine, queue->id, message->sequence, to, from),
              "a body moved away from where it was not");
    RIG_CHECK(rig, engine_relocate(rig->engine, queue->id, message->sequence, from, to),
              "a body could not be moved");
    model_history_relocate(&rig->history, queue->id, message->sequence, from, to);
    rig->body_is_owned[from.v] = 0;
    rig->body_is_owned[to.v] = 1;
    message->body = to.v;
}

void rig_task_start(struct rig *rig, struct naive_queue *queue, struct engine_queue destination,
                    uint32_t per_second)
{
    struct engine_event event = {.kind = ENGINE_TASK_START, .queue = queue->id};
    event.task_start.task = ++rig->task_next;
    event.task_start.destination = destination;
    event.task_start.per_second = per_second;
    rig_note(rig, "task %llu from %llu to %llu rate %u", (unsigned long long)rig->task_next,
             (unsigned long long)queue->id.v, (unsigned long long)destination.v,
             (unsigned)per_second);
    rig_step(rig, &event);
    if (queue->task.is_active) {
        expect(rig, ENGINE_TASK_RUNNING);
    } else {
        expect(rig, ENGINE_DONE);
        queue->task = (struct naive_task){
            .is_active = true,
            .name = event.task_start.task,
            .destination = destination.v,
            .per_second = per_second,
            .sequence_last = queue->sequence_last,
            .started_at = rig->now.mono.v,
        };
    }
    rig_take_task_effects(rig);
    rig_settle(rig);
}

void rig_task_cancel(struct rig *rig, struct naive_queue *queue)
{
    struct engine_event event = {.kind = ENGINE_TASK_CANCEL, .queue = queue->id};
    event.task_cancel = queue->task.name;
    rig_note(rig, "cancel task %llu of %llu", (unsigned long long)queue->task.name,
             (unsigned long long)queue->id.v);
    rig_step(rig, &event);
    expect(rig, queue->task.is_active ? ENGINE_DONE : ENGINE_NO_TASK);
    queue->task.is_cancelled = queue->task.is_active;
    rig_take_task_effects(rig);
    rig_settle(rig);
}

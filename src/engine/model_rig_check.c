/* The rig: after every command the whole state is compared. */
#include "engine/model_rig.h"

#include "base/banned.h"

#define PEEK_COUNT 32u

static void check_number(struct rig *rig, const struct naive_queue *queue, const char *what,
                         uint64_t got, uint64_t want)
{
    RIG_CHECK(rig, got == want, "queue %llu: %s is %llu, the model has %llu",
              (unsigned long long)queue->id.v, what, (unsigned long long)got,
              (unsigned long long)want);
}

static void check_fairness_counts(struct rig *rig, const struct naive_queue *queue,
                                  const struct engine_counts *counts)
{
    uint32_t most = 0;
    uint32_t least = 0;
    for (uint32_t i = 0; i < queue->groups_count; i++)
        least += queue->groups[i].is_noisy;
    for (uint32_t i = 0; i < queue->groups_count; i++)
        most += queue->groups[i].may_be_noisy;
    RIG_CHECK(rig, counts->groups_noisy <= most, "queue %llu: %llu noisy groups, at most %u can be",
              (unsigned long long)queue->id.v, (unsigned long long)counts->groups_noisy,
              (unsigned)most);
    RIG_CHECK(rig, counts->groups_noisy >= least,
              "queue %llu: %llu noisy groups, at least %u must be", (unsigned long long)queue->id.v,
              (unsigned long long)counts->groups_noisy, (unsigned)least);
    RIG_CHECK(rig, counts->visible_quiet <= counts->visible, "more quiet visible than visible");
    RIG_CHECK(rig, counts->inflight_quiet <= counts->inflight,
              "more quiet in flight than in flight");
    RIG_CHECK(rig, counts->delayed_quiet <= counts->delayed, "more quiet delayed than delayed");
    if (counts->groups_noisy > 0)
        return;
    check_number(rig, queue, "visible_quiet", counts->visible_quiet, counts->visible);
    check_number(rig, queue, "inflight_quiet", counts->inflight_quiet, counts->inflight);
    check_number(rig, queue, "delayed_quiet", counts->delayed_quiet, counts->delayed);
}

static void check_counts(struct rig *rig, const struct naive_queue *queue)
{
    struct engine_counts got;
    struct naive_counts want;
    RIG_CHECK(rig, engine_counts(rig->engine, queue->id, &got), "queue %llu is unknown",
              (unsigned long long)queue->id.v);
    naive_count(queue, rig->now.mono.v, &want);
    check_number(rig, queue, "visible", got.visible, want.visible);
    check_number(rig, queue, "inflight", got.inflight, want.inflight);
    check_number(rig, queue, "delayed", got.delayed, want.delayed);
    check_number(rig, queue, "moving", got.moving, want.moving);
    check_number(rig, queue, "bytes", got.bytes, want.bytes);
    check_number(rig, queue, "waiters", got.waiters, queue->waiters_count);
    check_number(rig, queue, "groups", got.groups, want.groups);
    if (queue->config.is_fifo)
        check_number(rig, queue, "groups_inflight", got.groups_inflight, want.groups_inflight);
    else
        check_fairness_counts(rig, queue, &got);
    /* Whether what is on the way still counts here is nobody's concern. */
    if (want.moving == 0)
        check_number(rig, queue, "oldest_enqueued", (uint64_t)got.oldest_enqueued.v,
                     (uint64_t)want.oldest_enqueued);
    check_number(rig, queue, "sent_total", got.sent_total, queue->totals.sent);
    check_number(rig, queue, "received_total", got.received_total, queue->totals.received);
    check_number(rig, queue, "empty_receives_total", got.empty_receives_total,
                 queue->totals.empty_receives);
    check_number(rig, queue, "deleted_total", got.deleted_total, queue->totals.deleted);
    check_number(rig, queue, "duplicates_total", got.duplicates_total, queue->totals.duplicates);
    check_number(rig, queue, "dead_lettered_total", got.dead_lettered_total,
                 queue->totals.dead_lettered);
    check_number(rig, queue, "expired_total", got.expired_total, queue->totals.expired);
}

static void check_waiters(struct rig *rig, const struct naive_queue *queue)
{
    RIG_CHECK(rig, queue->waiters_count == 0 || naive_receivable(queue, rig->now.mono.v) == 0,
              "queue %llu: %u messages are receivable while %u waiters wait",
              (unsigned long long)queue->id.v, (unsigned)naive_receivable(queue, rig->now.mono.v),
              (unsigned)queue->waiters_count);
    for (uint32_t i = 0; i < queue->waiters_count; i++) {
        RIG_CHECK(rig, !queue->waiters[i].is_offered, "an offer was forgotten");
        RIG_CHECK(rig, queue->waiters[i].deadline > rig->now.mono.v, "waiter %llu waits too long",
                  (unsigned long long)queue->waiters[i].waiter);
    }
}

/* A task that has work must either wait for a move's outcome, for its rate, or for room at its target. */
static void check_task(struct rig *rig, const struct naive_queue *queue)
{
    const struct naive_task *task = &queue->task;
    if (!task->is_active || naive_task_moving(queue) > 0)
        return;
    uint32_t eligible = 0;
    for (uint32_t i = 0; i < queue->messages_count; i++)
        eligible += queue->messages[i].sequence <= task->sequence_last &&
                    naive_is_receivable(queue, &queue->messages[i], rig->now.mono.v);
    RIG_CHECK(rig, !task->is_cancelled && !task->has_failed, "queue %llu: the task does not end",
              (unsigned long long)queue->id.v);
    bool is_paused = task->paused_until > rig->now.mono.v;
    RIG_CHECK(rig, task->per_second > 0 || is_paused, "queue %llu: the task leaves %u messages",
              (unsigned long long)queue->id.v, (unsigned)eligible);
    RIG_CHECK(rig, engine_next_tick(rig->engine).v <= rig->now.mono.v + 1000,
              "queue %llu: the task sleeps over %u messages", (unsigned long long)queue->id.v,
              (unsigned)eligible);
}

static enum engine_message_state state_of(const struct naive_queue *queue,
                                          const struct naive_message *message, int64_t now)
{
    if (message->is_moving)
        return ENGINE_MOVING;
    if (naive_is_inflight(message, now))
        return ENGINE_INFLIGHT;
    if (naive_is_delayed(queue, message, now))
        return ENGINE_DELAYED;
    return naive_is_receivable(queue, message, now) ? ENGINE_VISIBLE : ENGINE_LOCKED;
}

static void check_peeked(struct rig *rig, const struct naive_queue *queue,
                         const struct naive_message *want, const struct engine_peek *got)
{
    int64_t now = rig->now.mono.v;
    enum engine_message_state state = state_of(queue, want, now);
    check_number(rig, queue, "a peeked sequence", got->sequence, want->sequence);
    RIG_CHECK(rig, got->state == state,
              "queue %llu: message %llu is in state %d, in the model in %d",
              (unsigned long long)queue->id.v, (unsigned long long)want->sequence, (int)got->state,
              (int)state);
    check_number(rig, queue, "a peeked body", got->body.v, want->body);
    check_number(rig, queue, "a peeked size", got->body_bytes, want->body_bytes);
    check_number(rig, queue, "a peeked receive count", got->receive_count, want->receive_count);
    check_number(rig, queue, "a peeked enqueue time", (uint64_t)got->enqueued_at.v,
                 (uint64_t)want->enqueued_at);
    if (want->received_here > 0)
        check_number(rig, queue, "a peeked generation", got->generation, want->generation);
    if (state == ENGINE_INFLIGHT)
        check_number(rig, queue, "an end of invisibility", (uint64_t)got->until.v,
                     (uint64_t)want->hidden_until);
    if (state == ENGINE_DELAYED)
        check_number(rig, queue, "an end of delay", (uint64_t)got->until.v,
                     (uint64_t)(queue->config.is_fifo ? want->enqueued_at + queue->config.delay_ms
                                                      : want->delayed_until));
}

void rig_check_peek(struct rig *rig, struct engine *engine, struct naive_queue *queue)
{
    struct engine_peek found[PEEK_COUNT];
    uint64_t after = 0;
    uint32_t seen = 0;
    for (uint32_t count = PEEK_COUNT; count > 0;) {
        count = engine_peek(engine, queue->id, after, found, PEEK_COUNT);
        for (uint32_t i = 0; i < count; i++) {
            RIG_CHECK(rig, seen < queue->messages_count, "queue %llu: message %llu is too much",
                      (unsigned long long)queue->id.v, (unsigned long long)found[i].sequence);
            check_peeked(rig, queue, &queue->messages[seen++], &found[i]);
            after = found[i].sequence;
        }
    }
    check_number(rig, queue, "the number of peeked messages", seen, queue->messages_count);
}

static void check_bodies(struct rig *rig)
{
    uint64_t messages = 0;
    for (uint32_t i = 0; i < rig->naive->queues_count; i++) {
        const struct naive_queue *queue = &rig->naive->queues[i];
        for (uint32_t j = 0; queue->exists && j < queue->messages_count; j++) {
            RIG_CHECK(rig, rig->body_is_owned[queue->messages[j].body],
                      "the body of message %llu was let go",
                      (unsigned long long)queue->messages[j].sequence);
            messages++;
        }
    }
    struct engine_held held[PEEK_COUNT];
    uint32_t cursor = 0;
    uint64_t held_count = 0;
    for (uint32_t count = 1; count > 0; held_count += count) {
        count = engine_bodies(rig->engine, &cursor, held, PEEK_COUNT);
        for (uint32_t i = 0; i < count; i++)
            RIG_CHECK(rig, rig->body_is_owned[held[i].body.v], "body %llu is held, but was let go",
                      (unsigned long long)held[i].body.v);
    }
    RIG_CHECK(rig, held_count == rig->bodies_owned, "%llu bodies are held, but %llu are owned",
              (unsigned long long)held_count, (unsigned long long)rig->bodies_owned);
    RIG_CHECK(rig, messages == rig->bodies_owned, "%llu messages, but %llu bodies are kept",
              (unsigned long long)messages, (unsigned long long)rig->bodies_owned);
}

void rig_check_all(struct rig *rig)
{
    int64_t next = engine_next_tick(rig->engine).v;
    for (uint32_t i = 0; i < rig->naive->queues_count; i++) {
        struct naive_queue *queue = &rig->naive->queues[i];
        if (!queue->exists)
            continue;
        naive_note_groups(queue, rig->now.mono.v);
        queue->place_next++;
        if (queue->task.is_active)
            naive_forget_groups(queue); /* what a task passes by goes to the back */
        check_counts(rig, queue);
        check_waiters(rig, queue);
        check_task(rig, queue);
        int64_t due = naive_next(queue, rig->now.mono.v);
        RIG_CHECK(rig, next <= due,
                  "queue %llu: the next tick is due in %lld ms, asked for in %lld",
                  (unsigned long long)queue->id.v, (long long)(due - rig->now.mono.v),
                  (long long)(next - rig->now.mono.v));
    }
    struct engine_counts counts;
    if (rig->dropped_count > 0)
        RIG_CHECK(rig, !engine_counts(rig->engine, rig->dropped[rig->dropped_count - 1], &counts),
                  "a dropped queue is still there");
    check_bodies(rig);
    if (rig->naive->queues_count > 0) {
        struct naive_queue *queue = &rig->naive->queues[rig_draw(rig, rig->naive->queues_count)];
        if (queue->exists)
            rig_check_peek(rig, rig->engine, queue);
    }
}

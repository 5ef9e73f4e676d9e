/* The rig: dead letters and move tasks, performed as the server does it (E14, C20): the target
 * first, then the source hears of it. A move may be held between any two steps, may fail, and may
 * come twice. */
#include "engine/model_rig.h"

#include "base/digest.h"

#include "base/banned.h"

static struct naive_queue *source_of(struct rig *rig, const struct engine_move *move)
{
    return naive_find(rig->naive, move->source);
}

static void check_fields(struct rig *rig, const struct engine_move *move,
                         const struct naive_message *message)
{
    unsigned long long sequence = (unsigned long long)move->sequence;
    RIG_CHECK(rig, move->kind == message->move_kind, "move of %llu: wrong kind", sequence);
    RIG_CHECK(rig, move->target.v == message->move_target, "move of %llu: target %llu, not %llu",
              sequence, (unsigned long long)move->target.v,
              (unsigned long long)message->move_target);
    RIG_CHECK(rig, move->body.v == message->body && move->body_bytes == message->body_bytes,
              "move of %llu: wrong body", sequence);
    RIG_CHECK(rig, move->enqueued_at.v == message->enqueued_at,
              "move of %llu: enqueued at %lld, not %lld", sequence, (long long)move->enqueued_at.v,
              (long long)message->enqueued_at);
    RIG_CHECK(rig, move->first_received.v == message->first_received,
              "move of %llu: wrong first receive", sequence);
    RIG_CHECK(rig, move->receive_count == message->receive_count,
              "move of %llu: receive count %u, not %u", sequence, (unsigned)move->receive_count,
              (unsigned)message->receive_count);
    RIG_CHECK(rig, move->has_group == message->has_group, "move of %llu: group lost", sequence);
    RIG_CHECK(rig, !move->has_group || naive_key_equal(&move->group, &message->group),
              "move of %llu: wrong group", sequence);
    RIG_CHECK(rig, move->origin.v == message->origin, "move of %llu: origin %llu, not %llu",
              sequence, (unsigned long long)move->origin.v, (unsigned long long)message->origin);
}

/* A dead letter keeps its id. A moved message is a new one (C20); its id is made from where it came
 * from, so that the same move after a restart has the same. */
static void make_message_id(const struct engine_move *move, const struct naive_message *message,
                            uint8_t ret_id[16])
{
    if (move->kind == ENGINE_MOVE_DEAD_LETTER) {
        memcpy(ret_id, message->message_id, 16);
        return;
    }
    uint64_t from[2] = {move->source.v, move->sequence};
    uint8_t digest[SHA256_BYTES];
    digest_sha256(slice_of(from, sizeof(from)), digest);
    memcpy(ret_id, digest, 16);
}

void rig_push_move(struct rig *rig, const struct engine_move *move)
{
    struct naive_queue *source = source_of(rig, move);
    RIG_CHECK(rig, source != NULL, "a move out of a queue that does not exist");
    struct naive_message *message = naive_message(source, move->sequence);
    RIG_CHECK(rig, message != NULL && message->is_moving, "a move of %llu, which does not move",
              (unsigned long long)move->sequence);
    check_fields(rig, move, message);
    ASSERT(rig->moves_count < RIG_PENDING_MAX);
    struct rig_move *pending = &rig->moves[rig->moves_count++];
    *pending = (struct rig_move){.move = *move};
    make_message_id(move, message, pending->message_id);
}

/* ---- tasks ---- */

static bool is_eligible(const struct naive_queue *queue, const struct naive_message *message,
                        int64_t now)
{
    return message->sequence <= queue->task.sequence_last &&
           naive_is_receivable(queue, message, now);
}

/* A task may have several messages of a FIFO group on the way at once, in their order. */
static bool may_move(const struct naive_queue *queue, const struct naive_message *message,
                     int64_t now)
{
    if (!queue->config.is_fifo)
        return is_eligible(queue, message, now);
    if (message->sequence > queue->task.sequence_last || !naive_is_visible(queue, message, now))
        return false;
    for (const struct naive_message *older = queue->messages; older != message; older++) {
        if (naive_key_equal(&older->group, &message->group) &&
            !(older->is_moving && older->move_task == queue->task.name))
            return false;
    }
    return true;
}

static const struct naive_message *first_eligible(const struct naive_queue *queue, int64_t now)
{
    for (uint32_t i = 0; i < queue->messages_count; i++) {
        if (is_eligible(queue, &queue->messages[i], now))
            return &queue->messages[i];
    }
    return NULL;
}

static void take_task_move(struct rig *rig, const struct engine_move *move)
{
    unsigned long long sequence = (unsigned long long)move->sequence;
    struct naive_queue *source = source_of(rig, move);
    RIG_CHECK(rig, move->kind == ENGINE_MOVE_TASK, "a dead letter %llu without a receive",
              sequence);
    RIG_CHECK(rig,
              source != NULL && source->task.is_active && !source->task.is_cancelled &&
                  !source->task.has_failed,
              "a task's move of %llu without a task", sequence);
    struct naive_message *message = naive_message(source, move->sequence);
    RIG_CHECK(rig, message != NULL && may_move(source, message, rig->now.mono.v),
              "the task moves %llu, which is not receivable or came later", sequence);
    const struct naive_message *first = first_eligible(source, rig->now.mono.v);
    RIG_CHECK(rig, naive_is_order_free(source, rig->now.mono.v) || first == message,
              "the task moves %llu, but %llu is older", sequence,
              (unsigned long long)first->sequence);
    message->is_moving = true;
    message->hidden_until = 0;
    message->move_kind = ENGINE_MOVE_TASK;
    message->move_task = source->task.name;
    message->move_target =
        source->task.destination != 0 ? source->task.destination : message->origin;
    RIG_CHECK(rig, message->move_target != 0, "the task moves %llu, whose origin is unknown",
              sequence);
    RIG_CHECK(rig, source->task.paused_until <= rig->now.mono.v, "the task moves %llu in its pause",
              sequence);
    source->task.asked++;
    uint64_t seconds = (uint64_t)((rig->now.mono.v - source->task.started_at) / 1000);
    RIG_CHECK(rig,
              source->task.per_second == 0 ||
                  source->task.asked <= source->task.per_second * (seconds + 1),
              "the task asked for %llu moves after %llu s", (unsigned long long)source->task.asked,
              (unsigned long long)seconds);
    rig_note(rig, "task moves %llu from %llu to %llu", sequence, (unsigned long long)move->source.v,
             (unsigned long long)move->target.v);
    rig_push_move(rig, move);
}

static void take_task_news(struct rig *rig, const struct engine_task_news *news)
{
    struct naive_queue *queue = naive_find(rig->naive, news->queue);
    rig_note(rig, "task %llu ends as %d", (unsigned long long)news->task, (int)news->status);
    if (queue == NULL)
        return; /* dropped with its task */
    struct naive_task *task = &queue->task;
    const struct naive_message *first = first_eligible(queue, rig->now.mono.v);
    RIG_CHECK(rig, task->is_active && task->name == news->task,
              "news of a task that is not active");
    RIG_CHECK(rig, news->moved_count == task->moved, "the task says it moved %llu, not %llu",
              (unsigned long long)news->moved_count, (unsigned long long)task->moved);
    switch (news->status) {
    case ENGINE_TASK_COMPLETED:
        RIG_CHECK(rig, first == NULL && naive_task_moving(queue) == 0,
                  "the task completed before its work was done");
        break;
    case ENGINE_TASK_CANCELLED:
        RIG_CHECK(rig, task->is_cancelled, "the task was cancelled by nobody");
        break;
    case ENGINE_TASK_FAILED:
        RIG_CHECK(rig,
                  news->origin_unknown ? task->destination == 0
                                       : task->has_failed && news->destination_gone,
                  "the task failed without need: %s%s",
                  news->origin_unknown ? "origin unknown " : "",
                  news->destination_gone ? "destination gone" : "");
        break;
    case ENGINE_TASK_ACTIVE:
        return;
    }
    task->is_active = false;
    naive_forget_groups(queue);
}

void rig_take_task_effects(struct rig *rig)
{
    struct engine_effects *effects = rig->effects;
    uint32_t letters = 0;
    for (uint32_t i = 0; i < effects->moves_count; i++) {
        if (rig->kind == ENGINE_RECEIVE && effects->moves[i].kind == ENGINE_MOVE_DEAD_LETTER)
            effects->moves[letters++] = effects->moves[i];
        else
            take_task_move(rig, &effects->moves[i]);
    }
    effects->moves_count = letters;
    for (uint32_t i = 0; i < effects->tasks_count; i++)
        take_task_news(rig, &effects->tasks[i]);
}

/* ---- performing ---- */

/* What the model makes of a message whose move has ended. */
static void settle(struct rig *rig, struct naive_queue *source, struct naive_message *message,
                   enum engine_move_outcome outcome)
{
    struct naive_task *task = &source->task;
    bool is_task = message->move_kind == ENGINE_MOVE_TASK;
    bool arrived = outcome == ENGINE_MOVE_ARRIVED;
    bool is_refused = outcome == ENGINE_MOVE_REFUSED;
    if (is_task && task->is_active) {
        task->moved += arrived;
        task->has_failed = task->has_failed || is_refused;
        if (outcome == ENGINE_MOVE_LATER)
            task->paused_until = rig->now.mono.v + ENGINE_MOVE_LATER_MS;
    }
    message->is_moving = false;
    message->is_refused =
        message->is_refused ||
        (is_refused && !is_task && message->move_target == source->config.dead_letter.v);
    if (outcome == ENGINE_MOVE_UNREAD || (outcome == ENGINE_MOVE_LATER && !is_task)) {
        naive_hide(message, rig->now.mono.v,
                   outcome == ENGINE_MOVE_LATER ? ENGINE_MOVE_LATER_MS : ENGINE_MOVE_UNREAD_MS);
    } else if (arrived) {
        source->totals.dead_lettered += !is_task;
        naive_remove(source, message->sequence);
    }
}

static void moved(struct rig *rig, const struct rig_move *pending, enum engine_move_outcome outcome)
{
    static const char *const names[] = {"for later", "unread", "refused", "done"};
    const struct engine_move *move = &pending->move;
    struct engine_event event = {.kind = ENGINE_MOVED, .queue = move->source};
    event.moved.sequence = move->sequence;
    event.moved.outcome = outcome;
    rig_step(rig, &event);
    struct naive_queue *source = source_of(rig, move);
    struct naive_message *message = source != NULL ? naive_message(source, move->sequence) : NULL;
    rig_note(rig, "move of %llu out of %llu %s: %s", (unsigned long long)move->sequence,
             (unsigned long long)move->source.v, names[outcome],
             rig_result_name(rig->effects->result));
    if (source == NULL) {
        RIG_CHECK(rig, rig->effects->result == ENGINE_NO_QUEUE, "a move's outcome at no queue");
    } else if (message == NULL) {
        for (uint32_t i = 0; i < rig->effects->facts_count; i++)
            RIG_CHECK(rig, rig->effects->facts[i].sequence != move->sequence,
                      "outcome of a purged message's move: a fact about it");
    } else {
        RIG_CHECK(rig, rig->effects->result == ENGINE_DONE, "outcome of a move refused");
        settle(rig, source, message, outcome);
    }
    rig_take_task_effects(rig);
}

/* The target need not remember the arrival any more. The word may get lost. */
static void confirm(struct rig *rig, const struct rig_move *pending)
{
    if (!rig_chance(rig, rig->options.confirm_percent))
        return;
    struct engine_event event = {.kind = ENGINE_ARRIVAL_CONFIRMED, .queue = pending->move.target};
    event.confirmed.kind = pending->move.kind;
    memcpy(event.confirmed.message_id, pending->message_id, 16);
    event.confirmed.receive_count = pending->move.receive_count;
    rig_step(rig, &event);
    RIG_CHECK(rig,
              rig->effects->result == ENGINE_DONE ||
                  naive_find(rig->naive, pending->move.target) == NULL,
              "a confirmed arrival: %s", rig_result_name(rig->effects->result));
    rig_take_task_effects(rig);
}

static void add_arrived(struct rig *rig, struct naive_queue *target,
                        const struct engine_event *event)
{
    uint64_t sequence = rig_sent_sequence(rig, target->id);
    RIG_CHECK(rig, sequence > target->sequence_last, "sequence %llu given out again",
              (unsigned long long)sequence);
    bool is_letter = event->arrive.kind == ENGINE_MOVE_DEAD_LETTER;
    struct naive_message message = {
        .sequence = sequence,
        .body = event->arrive.body.v,
        .body_bytes = event->arrive.body_bytes,
        .has_group = event->arrive.has_group,
        .group = event->arrive.group,
        /* E7: the age goes on for a dead letter on a standard queue and starts again on a FIFO
           queue. */
        .enqueued_at =
            is_letter && !target->config.is_fifo ? event->arrive.enqueued_at.v : rig->now.mono.v,
        .is_arrival = is_letter || !target->config.is_fifo,
        .first_received = is_letter ? event->arrive.first_received.v : 0,
        .receive_count = is_letter ? event->arrive.receive_count : 0,
        .origin = is_letter ? event->arrive.source.v : 0,
    };
    memcpy(message.message_id, event->arrive.message_id, sizeof(message.message_id));
    rig->body_is_owned[message.body] = 1;
    rig->bodies_owned++;
    target->totals.sent +=
        !is_letter; /* a task sends on its caller's behalf, a dead letter is no send */
    naive_add(target, &message, event->arrive.has_dedup, &event->arrive.dedup, rig->now.mono.v);
    rig_note_more(rig, " as %llu", (unsigned long long)sequence);
}

static bool has_copy(const struct naive_queue *queue, const uint8_t message_id[16])
{
    for (uint32_t i = 0; i < queue->messages_count; i++) {
        if (memcmp(queue->messages[i].message_id, message_id, 16) == 0)
            return true;
    }
    return false;
}

/* False when the target does not exist (any more). */
static bool arrive(struct rig *rig, const struct rig_move *pending, bool is_repeated)
{
    const struct engine_move *move = &pending->move;
    struct engine_event event = {.kind = ENGINE_ARRIVE, .queue = move->target};
    event.arrive.kind = move->kind;
    event.arrive.body.v = rig->body_next++;
    event.arrive.body_bytes = move->body_bytes;
    memcpy(event.arrive.message_id, pending->message_id, 16);
    event.arrive.source = move->source;
    event.arrive.enqueued_at = move->enqueued_at;
    event.arrive.first_received = move->first_received;
    event.arrive.receive_count = move->receive_count;
    event.arrive.has_group = move->has_group;
    event.arrive.group = move->group;
    struct naive_queue *target = naive_find(rig->naive, move->target);
    event.arrive.has_dedup = target != NULL && target->config.is_fifo;
    memcpy(event.arrive.dedup.v, pending->message_id, 16);
    rig_note(rig, "%llu of %llu arrives in %llu%s", (unsigned long long)move->sequence,
             (unsigned long long)move->source.v, (unsigned long long)move->target.v,
             is_repeated ? " again" : "");
    rig_step(rig, &event);
    if (target == NULL) {
        RIG_CHECK(rig, rig->effects->result == ENGINE_NO_QUEUE, "arrival in no queue: %s",
                  rig_result_name(rig->effects->result));
        return false;
    }
    RIG_CHECK(rig, rig->effects->result == ENGINE_DONE, "arrival: %s",
              rig_result_name(rig->effects->result));
    if (is_repeated && has_copy(target, pending->message_id))
        RIG_CHECK(rig, rig->effects->is_duplicate, "a repeated arrival was not recognised");
    RIG_CHECK(rig, is_repeated || !rig->effects->is_duplicate, "a first arrival was dropped");
    if (!rig->effects->is_duplicate)
        add_arrived(rig, target, &event);
    rig_take_task_effects(rig);
    return true;
}

static void forget_dead_letter_queue(struct rig *rig, const struct engine_move *move)
{
    struct naive_queue *source = source_of(rig, move);
    if (source == NULL || source->config.dead_letter.v != move->target.v)
        return;
    struct engine_config config = source->config;
    config.version++;
    config.dead_letter.v = 0;
    rig_configure(rig, source->id, &config);
}

static enum engine_move_outcome draw_failure(struct rig *rig)
{
    if (rig_chance(rig, 33))
        return ENGINE_MOVE_REFUSED;
    return rig_chance(rig, 50) ? ENGINE_MOVE_LATER : ENGINE_MOVE_UNREAD;
}

static void perform(struct rig *rig, struct rig_move pending, bool arrives)
{
    bool is_absent = false;
    if (arrives && !pending.is_performed) {
        arrives = arrive(rig, &pending, false);
        is_absent = !arrives;
        if (is_absent)
            forget_dead_letter_queue(rig, &pending.move);
        else if (rig_chance(rig, rig->options.repeat_percent))
            (void)arrive(rig, &pending, true);
    } else if (arrives && rig_chance(rig, rig->options.repeat_percent)) {
        (void)arrive(rig, &pending, true);
    }
    moved(rig, &pending,
          arrives     ? ENGINE_MOVE_ARRIVED
          : is_absent ? ENGINE_MOVE_REFUSED
                      : draw_failure(rig));
    if (arrives)
        confirm(rig, &pending);
}

void rig_next_move(struct rig *rig)
{
    ASSERT(rig->moves_count > 0);
    struct rig_move pending = rig->moves[0];
    memmove(rig->moves, rig->moves + 1, --rig->moves_count * sizeof(rig->moves[0]));
    if (rig->held_count < RIG_PENDING_MAX / 2 && rig_chance(rig, rig->options.hold_percent)) {
        rig_note(rig, "move of %llu is held", (unsigned long long)pending.move.sequence);
        rig->held[rig->held_count++] = pending;
    } else {
        perform(rig, pending, true);
    }
}

static struct rig_move take_held(struct rig *rig, uint32_t index)
{
    ASSERT(index < rig->held_count);
    struct rig_move pending = rig->held[index];
    rig->held_count--;
    memmove(rig->held + index, rig->held + index + 1,
            (rig->held_count - index) * sizeof(rig->held[0]));
    return pending;
}

void rig_release_held(struct rig *rig, uint32_t index, bool arrives)
{
    struct rig_move pending = take_held(rig, index);
    perform(rig, pending, arrives || pending.is_performed);
    rig_settle(rig);
}

void rig_half_release_held(struct rig *rig, uint32_t index)
{
    if (!rig->held[index].is_performed) {
        struct rig_move pending = take_held(rig, index);
        if (arrive(rig, &pending, false)) {
            pending.is_performed = true;
            rig->held[rig->held_count++] = pending;
        } else {
            forget_dead_letter_queue(rig, &pending.move);
            moved(rig, &pending, ENGINE_MOVE_REFUSED);
        }
    }
    rig_settle(rig);
}

static bool is_same_move(const struct engine_move *a, const struct engine_move *b)
{
    return a->source.v == b->source.v && a->sequence == b->sequence;
}

uint32_t rig_count_held(struct rig *rig)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < rig->held_count; i++) {
        struct naive_queue *source = source_of(rig, &rig->held[i].move);
        count += source != NULL && naive_message(source, rig->held[i].move.sequence) != NULL;
    }
    return count;
}

/* The new process knows nothing of what was on the way: the engine has to ask again for every move
 * whose message is still moving. A target that has its copy already sees a repeated arrival. */
void rig_expect_moves_again(struct rig *rig, const struct engine_move *moves, uint32_t count)
{
    static struct rig_move before[RIG_PENDING_MAX];
    uint32_t before_count = 0;
    for (uint32_t i = 0; i < rig->held_count; i++) {
        struct naive_queue *source = source_of(rig, &rig->held[i].move);
        if (source != NULL && naive_message(source, rig->held[i].move.sequence) != NULL)
            before[before_count++] = rig->held[i];
    }
    rig->held_count = 0;
    RIG_CHECK(rig, count == before_count,
              "restart: %u moves are asked for again, %u are on the way", (unsigned)count,
              (unsigned)before_count);
    for (uint32_t i = 0; i < count; i++) {
        bool is_performed = false;
        bool is_known = false;
        for (uint32_t j = 0; j < before_count; j++) {
            if (is_same_move(&before[j].move, &moves[i])) {
                is_known = true;
                is_performed = before[j].is_performed;
            }
        }
        RIG_CHECK(rig, is_known, "restart: a move of %llu that was not on the way",
                  (unsigned long long)moves[i].sequence);
        rig_push_move(rig, &moves[i]);
        struct rig_move again = rig->moves[--rig->moves_count];
        again.is_performed = is_performed;
        rig->held[rig->held_count++] = again;
        if (is_performed)
            (void)arrive(rig, &again, true);
    }
}

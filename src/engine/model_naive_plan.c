/* The naive model: what one receive delivers and moves (E3, E9, E11, E13, E14). */
#include "engine/model_naive.h"

#include "base/banned.h"

struct planning {
    struct naive_queue *queue;
    const struct naive_receive *receive;
    int64_t now;
    uint32_t inflight; /* as the receive goes on */
    const struct engine_effects *hint;
    struct naive_plan *plan;
};

static void add_pick(struct planning *planning, enum naive_pick_kind kind, uint64_t sequence)
{
    struct naive_plan *plan = planning->plan;
    ASSERT(plan->picks_count < ARRAY_COUNT(plan->picks));
    plan->picks[plan->picks_count++] = (struct naive_pick){kind, sequence};
    plan->deliveries += kind != NAIVE_MOVE;
    plan->moves += kind == NAIVE_MOVE;
}

static bool is_full(const struct planning *planning)
{
    return planning->plan->is_cut || planning->plan->deliveries == planning->receive->count_max ||
           planning->inflight >= planning->queue->config.inflight_max;
}

/* Delivers or moves one receivable message. */
static void pick(struct planning *planning, const struct naive_message *message)
{
    if (!naive_is_dead(planning->queue, message)) {
        add_pick(planning, NAIVE_DELIVER, message->sequence);
        planning->inflight++; /* also with a timeout of 0, within the receive */
    } else if (planning->plan->moves < ENGINE_MOVES_MAX) {
        add_pick(planning, NAIVE_MOVE, message->sequence);
    } else {
        planning->plan->is_cut = true;
    }
}

static void plan_standard(struct planning *planning)
{
    const struct naive_queue *queue = planning->queue;
    for (uint32_t i = 0; i < queue->messages_count && !is_full(planning); i++) {
        if (naive_is_visible(queue, &queue->messages[i], planning->now))
            pick(planning, &queue->messages[i]);
    }
}

/* Of one group in order until an older message that is hidden blocks the rest. */
static void plan_group(struct planning *planning, const struct engine_key *group)
{
    const struct naive_queue *queue = planning->queue;
    for (uint32_t i = 0; i < queue->messages_count && !is_full(planning); i++) {
        const struct naive_message *message = &queue->messages[i];
        if (!naive_key_equal(&message->group, group))
            continue;
        if (!naive_is_visible(queue, message, planning->now))
            break;
        pick(planning, message);
        if (naive_is_dead(queue, message))
            break; /* on the way it locks the group: a move that fails brings it back to its place */
    }
}

/* Among groups of one place: the one that the engine came to next, by what it moved or delivered next. */
static uint32_t hinted_rank(const struct planning *planning, const struct naive_group *group)
{
    const struct naive_queue *queue = planning->queue;
    const struct engine_effects *hint = planning->hint;
    uint32_t i = 0;
    while (!naive_key_equal(&queue->messages[i].group, &group->key))
        i++;
    uint64_t head = queue->messages[i].sequence;
    if (planning->plan->moves < hint->moves_count &&
        hint->moves[planning->plan->moves].sequence == head)
        return 0;
    return planning->plan->deliveries < hint->deliveries_count &&
                   hint->deliveries[planning->plan->deliveries].sequence == head
               ? 1
               : 2;
}

static bool may_be_next(const struct naive_queue *queue, const bool *is_done, uint32_t index)
{
    for (uint32_t i = 0; i < queue->groups_count; i++) {
        if (queue->groups[i].is_available && !is_done[i] &&
            queue->groups[i].place_high < queue->groups[index].place_low)
            return false;
    }
    return true;
}

static void plan_fifo(struct planning *planning)
{
    struct naive_queue *queue = planning->queue;
    bool is_done[NAIVE_GROUPS_MAX] = {false};
    while (!is_full(planning)) {
        uint32_t next = UINT32_MAX;
        for (uint32_t i = 0; i < queue->groups_count; i++) {
            if (!queue->groups[i].is_available || is_done[i] || !may_be_next(queue, is_done, i))
                continue;
            if (next == UINT32_MAX || hinted_rank(planning, &queue->groups[i]) <
                                          hinted_rank(planning, &queue->groups[next]))
                next = i;
        }
        if (next == UINT32_MAX)
            break;
        is_done[next] = true;
        plan_group(planning, &queue->groups[next].key);
    }
}

/* E11: the messages of the attempt, in their order, when all of them are still as that receive left them. */
static const struct naive_attempt *find_attempt(const struct planning *planning)
{
    const struct naive_attempt *found = NULL;
    if (!planning->queue->config.is_fifo || !planning->receive->has_attempt)
        return NULL;
    for (uint32_t i = 0; i < planning->queue->attempts_count; i++) {
        if (naive_key_equal(&planning->queue->attempts[i].key, &planning->receive->attempt))
            found = &planning->queue->attempts[i];
    }
    if (found == NULL || planning->now - found->at >= ENGINE_ATTEMPT_MS)
        return NULL;
    for (uint32_t i = 0; i < found->count; i++) {
        const struct naive_message *message =
            naive_message(planning->queue, found->messages[i].sequence);
        if (message == NULL || message->generation != found->messages[i].generation ||
            message->changes != found->messages[i].changes ||
            !naive_is_inflight(message, planning->now))
            return NULL;
    }
    return found;
}

void naive_plan(struct naive_queue *queue, const struct naive_receive *receive, bool is_short_poll,
                int64_t now, const struct engine_effects *hint, struct naive_plan *ret_plan)
{
    struct planning planning = {queue, receive, now, 0, hint, ret_plan};
    *ret_plan = (struct naive_plan){.result = ENGINE_DONE};
    for (uint32_t i = 0; i < queue->messages_count; i++)
        planning.inflight += naive_is_inflight(&queue->messages[i], now);
    const struct naive_attempt *attempt = find_attempt(&planning);
    if (attempt != NULL) {
        for (uint32_t i = 0; i < attempt->count && i < receive->count_max; i++)
            add_pick(&planning, NAIVE_DELIVER_AGAIN, attempt->messages[i].sequence);
    } else if (queue->config.is_fifo) {
        plan_fifo(&planning);
    } else if (is_short_poll && planning.inflight >= queue->config.inflight_max) {
        ret_plan->result = ENGINE_OVER_LIMIT;
        queue->totals.empty_receives++;
    } else {
        plan_standard(&planning);
    }
}

void naive_commit(struct naive_queue *queue, const struct naive_receive *receive,
                  const struct naive_pick *picked, uint32_t generation, struct clock_now now)
{
    struct naive_message *message = naive_message(queue, picked->sequence);
    ASSERT(message != NULL);
    switch (picked->kind) {
    case NAIVE_MOVE:
        message->is_moving = true;
        message->move_kind = ENGINE_MOVE_DEAD_LETTER;
        message->move_target = queue->config.dead_letter.v;
        message->hidden_until = 0;
        return;
    case NAIVE_DELIVER:
        message->generation = generation;
        message->received_at = now.mono.v;
        if (message->first_received == 0)
            message->first_received = now.wall.v;
        message->receive_count++;
        message->received_here++;
        break;
    case NAIVE_DELIVER_AGAIN:
        break;
    }
    message->hidden_until = now.mono.v + receive->visibility_ms;
    queue->totals.received++;
    if (message->has_group && picked->kind == NAIVE_DELIVER)
        naive_note_delivered(queue, &message->group, receive->visibility_ms == 0, now.mono.v);
}

static void remember_attempt(struct naive_queue *queue, const struct naive_receive *receive,
                             const struct naive_plan *plan, int64_t now)
{
    struct naive_attempt attempt = {.key = receive->attempt, .at = now};
    for (uint32_t i = 0; i < plan->picks_count; i++) {
        if (plan->picks[i].kind == NAIVE_DELIVER_AGAIN)
            return; /* the five minutes count from the first time */
        if (plan->picks[i].kind == NAIVE_MOVE)
            continue;
        const struct naive_message *message = naive_message(queue, plan->picks[i].sequence);
        attempt.messages[attempt.count].sequence = message->sequence;
        attempt.messages[attempt.count].generation = message->generation;
        attempt.messages[attempt.count++].changes = message->changes;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < queue->attempts_count; i++) {
        if (!naive_key_equal(&queue->attempts[i].key, &attempt.key) &&
            now - queue->attempts[i].at < ENGINE_ATTEMPT_MS)
            queue->attempts[kept++] = queue->attempts[i];
    }
    ASSERT(kept < NAIVE_ATTEMPTS_MAX);
    queue->attempts[kept++] = attempt;
    queue->attempts_count = kept;
}

void naive_commit_done(struct naive_queue *queue, const struct naive_receive *receive,
                       const struct naive_plan *plan, int64_t now)
{
    if (queue->config.is_fifo && plan->deliveries > 0 && receive->has_attempt)
        remember_attempt(queue, receive, plan, now);
}

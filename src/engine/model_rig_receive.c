/* The rig: receives, compared message by message, and the answers to offers (E3, D10). */
#include "engine/model_rig.h"

#include "base/banned.h"

struct receiving {
    struct rig *rig;
    struct naive_queue *queue; /* NULL: unknown */
    struct naive_receive receive;
    int64_t wait_ms;
    int64_t deadline;
    struct engine_waiter waiter; /* 0: new */
    uint64_t token;
    struct naive_plan plan;
};

static void print_plan(char *text, size_t bytes, const struct naive_plan *plan)
{
    size_t used = 0;
    text[0] = 0;
    for (uint32_t i = 0; i < plan->picks_count && used < bytes; i++) {
        static const char *const marks[] = {"", "(again)", "(move)"};
        used += (size_t)snprintf(text + used, bytes - used, " %llu%s",
                                 (unsigned long long)plan->picks[i].sequence,
                                 marks[plan->picks[i].kind]);
    }
}

static void print_effects(char *text, size_t bytes, const struct engine_effects *effects)
{
    size_t used = (size_t)snprintf(text, bytes, "%s%s:", rig_result_name(effects->result),
                                   effects->again ? ", again" : "");
    for (uint32_t i = 0; i < effects->deliveries_count && used < bytes; i++)
        used += (size_t)snprintf(text + used, bytes - used, " %llu",
                                 (unsigned long long)effects->deliveries[i].sequence);
    for (uint32_t i = 0; i < effects->moves_count && used < bytes; i++)
        used += (size_t)snprintf(text + used, bytes - used, " %llu(move)",
                                 (unsigned long long)effects->moves[i].sequence);
}

static NORETURN void differ(const struct receiving *receiving, const char *what)
{
    char planned[RIG_TRACE_BYTES];
    char got[RIG_TRACE_BYTES];
    print_plan(planned, sizeof(planned), &receiving->plan);
    print_effects(got, sizeof(got), receiving->rig->effects);
    rig_fail(receiving->rig, "receive: %s\n  engine: %s\n  model:  %s:%s%s", what, got,
             rig_result_name(receiving->plan.result), planned,
             receiving->plan.is_cut ? " cut" : "");
}

/* ---- fair queues: which messages come is free within E15, so the engine's choice is checked and
 * taken over ---- */

static bool is_in(const struct naive_plan *plan, uint64_t sequence)
{
    for (uint32_t i = 0; i < plan->picks_count; i++) {
        if (plan->picks[i].sequence == sequence)
            return true;
    }
    return false;
}

/* A plan that says what the engine did, after checking that it might. */
static void follow(struct receiving *receiving)
{
    struct naive_queue *queue = receiving->queue;
    const struct engine_effects *effects = receiving->rig->effects;
    int64_t now = receiving->rig->now.mono.v;
    struct naive_plan followed = {.result = ENGINE_DONE, .is_cut = receiving->plan.is_cut};
    for (uint32_t i = 0; i < effects->deliveries_count + effects->moves_count; i++) {
        bool is_move = i >= effects->deliveries_count;
        uint64_t sequence = is_move ? effects->moves[i - effects->deliveries_count].sequence
                                    : effects->deliveries[i].sequence;
        const struct naive_message *message = naive_message(queue, sequence);
        if (message == NULL || !naive_is_visible(queue, message, now) ||
            naive_is_dead(queue, message) != is_move || is_in(&followed, sequence))
            differ(receiving, "fair queue: not receivable");
        followed.picks[followed.picks_count++] =
            (struct naive_pick){is_move ? NAIVE_MOVE : NAIVE_DELIVER, sequence};
        followed.deliveries += !is_move;
        followed.moves += is_move;
    }
    if (receiving->plan.moves == 0 && followed.moves == 0 &&
        followed.deliveries != receiving->plan.deliveries)
        differ(receiving, "fair queue: another number of messages");
    bool leaves_quiet = false;
    for (uint32_t i = 0; i < queue->messages_count; i++) {
        const struct naive_message *message = &queue->messages[i];
        bool is_quiet = !message->has_group ||
                        naive_is_surely_quiet(queue, naive_group(queue, &message->group), now);
        leaves_quiet = leaves_quiet ||
                       (is_quiet && naive_is_visible(queue, message, now) &&
                        !naive_is_dead(queue, message) && !is_in(&followed, message->sequence));
    }
    for (uint32_t i = 0; i < followed.picks_count && leaves_quiet; i++) {
        const struct naive_message *message = naive_message(queue, followed.picks[i].sequence);
        if (followed.picks[i].kind == NAIVE_DELIVER && message->has_group &&
            naive_group(queue, &message->group)->is_noisy)
            differ(receiving, "fair queue: a noisy group is served while a quiet one waits");
    }
    receiving->plan = followed;
}

/* ---- comparing ---- */

static void check_delivery(const struct receiving *receiving, const struct naive_pick *pick,
                           const struct engine_delivery *delivery)
{
    const struct naive_message *before = naive_message(receiving->queue, pick->sequence);
    int64_t now = receiving->rig->now.mono.v;
    bool is_again = pick->kind == NAIVE_DELIVER_AGAIN;
    if (delivery->sequence != pick->sequence || delivery->body.v != before->body)
        differ(receiving, "another message");
    if (delivery->receive_count != before->receive_count + !is_again)
        differ(receiving, "wrong receive count");
    if (delivery->received_at.v != (is_again ? before->received_at : now))
        differ(receiving, "wrong time of receive");
    if (is_again ? delivery->generation != before->generation
                 : before->received_here > 0 && delivery->generation <= before->generation)
        differ(receiving, "wrong generation");
    if (delivery->first_received.v !=
        (before->first_received != 0 ? before->first_received : receiving->rig->now.wall.v))
        differ(receiving, "wrong time of first receive");
}

static void check_result(const struct receiving *receiving)
{
    const struct engine_effects *effects = receiving->rig->effects;
    const struct naive_plan *plan = &receiving->plan;
    bool is_waiting = receiving->wait_ms > 0 || receiving->waiter.v != 0;
    enum engine_result expected = plan->result;
    if (plan->result == ENGINE_DONE && plan->deliveries == 0 && is_waiting && !effects->again)
        expected = ENGINE_PARKED;
    bool is_late = receiving->waiter.v != 0 && receiving->deadline <= receiving->rig->now.mono.v;
    if (effects->result != expected &&
        !(is_late && expected == ENGINE_PARKED && effects->result == ENGINE_DONE))
        differ(receiving, "another result");
    /* FIFO: a message on the way locks its group, so a short poll asks for what comes behind it after the move (E9). */
    bool is_locked = receiving->queue->config.is_fifo && plan->moves > 0 && !is_waiting;
    if (effects->again != ((plan->is_cut || is_locked) && plan->deliveries == 0))
        differ(receiving, "wrong `again`");
    if (effects->deliveries_count != plan->deliveries || effects->moves_count != plan->moves)
        differ(receiving, "another number of messages");
}

static void keep_handle(struct receiving *receiving, const struct engine_delivery *delivery)
{
    struct rig *rig = receiving->rig;
    rig->handles[rig->handles_next++ % RIG_HANDLES_MAX] = (struct rig_handle){
        receiving->queue->id, delivery->sequence, delivery->generation, delivery->received_at.v};
}

static void commit(struct receiving *receiving)
{
    struct rig *rig = receiving->rig;
    const struct engine_effects *effects = rig->effects;
    uint32_t deliveries = 0;
    uint32_t moves = 0;
    for (uint32_t i = 0; i < receiving->plan.picks_count; i++) {
        const struct naive_pick *pick = &receiving->plan.picks[i];
        uint32_t generation = 0;
        if (pick->kind == NAIVE_MOVE) {
            if (effects->moves[moves].sequence != pick->sequence)
                differ(receiving, "another message moves");
        } else {
            const struct engine_delivery *delivery = &effects->deliveries[deliveries++];
            check_delivery(receiving, pick, delivery);
            generation = delivery->generation;
            keep_handle(receiving, delivery);
            rig_note_more(rig, " %llu/%u", (unsigned long long)pick->sequence,
                          (unsigned)delivery->receive_count);
        }
        naive_commit(receiving->queue, &receiving->receive, pick, generation, rig->now);
        if (pick->kind == NAIVE_MOVE) {
            rig_note_more(rig, " %llu(move)", (unsigned long long)pick->sequence);
            rig_push_move(rig, &effects->moves[moves++]);
        }
    }
    naive_commit_done(receiving->queue, &receiving->receive, &receiving->plan, rig->now.mono.v);
}

static struct naive_waiter *find_waiter(struct naive_queue *queue, struct engine_waiter waiter)
{
    for (uint32_t i = 0; i < queue->waiters_count; i++) {
        if (queue->waiters[i].waiter == waiter.v)
            return &queue->waiters[i];
    }
    return NULL;
}

static void forget_waiter(struct naive_queue *queue, struct naive_waiter *waiter)
{
    uint32_t index = (uint32_t)(waiter - queue->waiters);
    queue->waiters_count--;
    memmove(waiter, waiter + 1, (queue->waiters_count - index) * sizeof(*waiter));
}

static void park_or_end(struct receiving *receiving)
{
    struct rig *rig = receiving->rig;
    struct naive_queue *queue = receiving->queue;
    struct naive_waiter *known =
        receiving->waiter.v != 0 ? find_waiter(queue, receiving->waiter) : NULL;
    if (rig->effects->result == ENGINE_PARKED) {
        uint64_t name = rig->effects->waiter.v;
        rig_note_more(rig, " waiter %llu", (unsigned long long)name);
        if (known != NULL) {
            RIG_CHECK(rig, name == known->waiter, "the waiter got another name");
            return;
        }
        RIG_CHECK(rig, name > 0, "parked without a name");
        ASSERT(queue->waiters_count < NAIVE_WAITERS_MAX);
        queue->waiters[queue->waiters_count++] = (struct naive_waiter){
            .waiter = name,
            .token = receiving->token,
            .deadline = receiving->deadline,
            .receive = receiving->receive,
        };
        return;
    }
    if (known != NULL)
        forget_waiter(queue, known);
    if (rig->effects->result == ENGINE_DONE && receiving->plan.deliveries == 0)
        queue->totals.empty_receives++;
}

static void perform(struct receiving *receiving)
{
    struct rig *rig = receiving->rig;
    struct engine_event event = {.kind = ENGINE_RECEIVE, .queue = receiving->queue->id};
    event.receive.count_max = receiving->receive.count_max;
    event.receive.visibility_ms = receiving->receive.visibility_ms;
    event.receive.wait_ms = receiving->wait_ms;
    event.receive.token = receiving->token;
    event.receive.waiter = receiving->waiter;
    event.receive.has_attempt = receiving->receive.has_attempt;
    event.receive.attempt = receiving->receive.attempt;
    bool is_cut = true;
    while (is_cut) {
        rig_step(rig, &event);
        rig_take_task_effects(rig);
        naive_plan(receiving->queue, &receiving->receive,
                   receiving->wait_ms == 0 && receiving->waiter.v == 0, rig->now.mono.v,
                   rig->effects, &receiving->plan);
        if (!receiving->queue->config.is_fifo && receiving->plan.result == ENGINE_DONE &&
            naive_is_order_free(receiving->queue, rig->now.mono.v))
            follow(receiving);
        check_result(receiving);
        rig_note_more(rig, " -> %s", rig_result_name(rig->effects->result));
        is_cut = rig->effects->again;
        commit(receiving);
        if (is_cut) {
            while (rig->moves_count > 0)
                rig_next_move(rig);
            rig_note(rig, "the same receive again");
        }
    }
    park_or_end(receiving);
}

static void note_receive(struct rig *rig, const char *who, uint64_t queue,
                         const struct naive_receive *receive, int64_t wait_ms)
{
    rig_note(rig, "%s %llu max=%u visibility=%lld wait=%lld%s%02x", who, (unsigned long long)queue,
             (unsigned)receive->count_max, (long long)receive->visibility_ms, (long long)wait_ms,
             receive->has_attempt ? " attempt=" : " ",
             receive->has_attempt ? receive->attempt.v[8] : 0);
}

void rig_receive(struct rig *rig, struct engine_queue queue, const struct naive_receive *receive,
                 int64_t wait_ms)
{
    struct receiving receiving = {.rig = rig,
                                  .queue = naive_find(rig->naive, queue),
                                  .receive = *receive,
                                  .wait_ms = wait_ms,
                                  .deadline = rig->now.mono.v + wait_ms,
                                  .token = ++rig->token_next};
    note_receive(rig, "receive", queue.v, receive, wait_ms);
    if (receiving.queue == NULL) {
        struct engine_event event = {.kind = ENGINE_RECEIVE, .queue = queue};
        event.receive.count_max = receive->count_max;
        event.receive.wait_ms = wait_ms;
        rig_step(rig, &event);
        RIG_CHECK(rig, rig->effects->result == ENGINE_NO_QUEUE, "receive of no queue: %s",
                  rig_result_name(rig->effects->result));
    } else {
        perform(&receiving);
    }
    rig_settle(rig);
}

/* ---- wakes ---- */

static struct naive_waiter *waiter_of(struct rig *rig, const struct engine_wake *wake,
                                      struct naive_queue **ret_queue)
{
    for (uint32_t i = 0; i < rig->naive->queues_count; i++) {
        struct naive_waiter *waiter = find_waiter(&rig->naive->queues[i], wake->waiter);
        if (waiter != NULL) {
            *ret_queue = &rig->naive->queues[i];
            return waiter;
        }
    }
    rig_fail(rig, "waiter %llu is woken, but does not wait", (unsigned long long)wake->waiter.v);
}

/* Its client is past all of them; one that tells of the end of the wait has been counted. */
static void forget_wakes(struct rig *rig, struct naive_queue *queue, struct engine_waiter waiter)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < rig->wakes_count; i++) {
        if (rig->wakes[i].waiter.v != waiter.v)
            rig->wakes[kept++] = rig->wakes[i];
        else
            queue->totals.empty_receives += !rig->wakes[i].is_offer;
    }
    rig->wakes_count = kept;
}

static void retract(struct rig *rig, struct naive_queue *queue, struct naive_waiter *waiter)
{
    struct engine_event event = {.kind = ENGINE_RETRACT, .queue = queue->id};
    event.retract.v = waiter->waiter;
    rig_note(rig, "retract waiter %llu of %llu", (unsigned long long)waiter->waiter,
             (unsigned long long)queue->id.v);
    forget_wakes(rig, queue, event.retract);
    forget_waiter(queue, waiter);
    rig_step(rig, &event);
    RIG_CHECK(rig, rig->effects->result == ENGINE_DONE, "retract: %s",
              rig_result_name(rig->effects->result));
    rig_take_task_effects(rig);
}

void rig_retract(struct rig *rig, struct naive_queue *queue, uint32_t waiter_index)
{
    retract(rig, queue, &queue->waiters[waiter_index]);
    rig_settle(rig);
}

static void end_wait(struct rig *rig, const struct engine_wake *wake, struct naive_queue *queue,
                     struct naive_waiter *waiter)
{
    rig_note(rig, "waiter %llu ends%s", (unsigned long long)wake->waiter.v,
             wake->queue_gone ? ", queue gone" : "");
    RIG_CHECK(rig, !wake->queue_gone || !queue->exists, "the wait ends for the wrong reason");
    RIG_CHECK(rig, wake->queue_gone || waiter->deadline <= rig->now.mono.v,
              "the wait ends %lld ms too early", (long long)(waiter->deadline - rig->now.mono.v));
    queue->totals.empty_receives++;
    forget_waiter(queue, waiter);
}

/* D10: the one who waits longest is told first. */
void rig_note_offer(struct rig *rig, const struct engine_wake *wake)
{
    struct naive_queue *queue = NULL;
    struct naive_waiter *waiter = waiter_of(rig, wake, &queue);
    for (const struct naive_waiter *other = queue->waiters; other != waiter; other++) {
        bool is_over = other->deadline <= rig->now.mono.v; /* its wait ends in the same step */
        RIG_CHECK(rig, is_over || other->is_offered || other->waiter == rig->resuming,
                  "waiter %llu is offered a message before waiter %llu",
                  (unsigned long long)waiter->waiter, (unsigned long long)other->waiter);
    }
    waiter->is_offered = true;
}

static void resume(struct rig *rig, struct naive_queue *queue, struct naive_waiter *waiter)
{
    struct receiving receiving = {.rig = rig,
                                  .queue = queue,
                                  .receive = waiter->receive,
                                  .deadline = waiter->deadline,
                                  .waiter = {waiter->waiter},
                                  .token = waiter->token};
    note_receive(rig, "offered: receive", queue->id.v, &waiter->receive, 0);
    rig_note_more(rig, " waiter %llu", (unsigned long long)waiter->waiter);
    rig->resuming = waiter->waiter;
    waiter->is_offered = false;
    perform(&receiving);
    rig->resuming = 0;
}

/* An offer is the last that its waiter hears until it has answered. */
static void check_is_only(struct rig *rig, const struct engine_wake *offer)
{
    for (uint32_t i = 0; i < rig->wakes_count; i++)
        RIG_CHECK(rig, rig->wakes[i].waiter.v != offer->waiter.v,
                  "waiter %llu is woken again before it has answered",
                  (unsigned long long)offer->waiter.v);
}

/* The queue went while the offer was on its way. */
static void resume_of_gone(struct rig *rig, struct naive_queue *queue, struct naive_waiter *waiter)
{
    struct engine_event event = {.kind = ENGINE_RECEIVE, .queue = queue->id};
    event.receive.count_max = waiter->receive.count_max;
    event.receive.visibility_ms = waiter->receive.visibility_ms;
    event.receive.token = waiter->token;
    event.receive.waiter.v = waiter->waiter;
    rig_note(rig, "offered, queue gone: receive %llu waiter %llu", (unsigned long long)queue->id.v,
             (unsigned long long)waiter->waiter);
    forget_waiter(queue, waiter);
    rig_step(rig, &event);
    RIG_CHECK(rig, rig->effects->result == ENGINE_NO_QUEUE && rig->effects->deliveries_count == 0,
              "a waiter of a queue that is gone receives: %s",
              rig_result_name(rig->effects->result));
    rig_take_task_effects(rig);
}

void rig_next_wake(struct rig *rig)
{
    ASSERT(rig->wakes_count > 0);
    struct engine_wake wake = rig->wakes[0];
    memmove(rig->wakes, rig->wakes + 1, --rig->wakes_count * sizeof(rig->wakes[0]));
    struct naive_queue *queue = NULL;
    struct naive_waiter *waiter = waiter_of(rig, &wake, &queue);
    RIG_CHECK(rig, wake.token == waiter->token, "waiter %llu is woken with another token",
              (unsigned long long)wake.waiter.v);
    if (!wake.is_offer) {
        end_wait(rig, &wake, queue, waiter);
        return;
    }
    check_is_only(rig, &wake);
    if (rig_chance(rig, rig->options.vanish_percent))
        retract(rig, queue, waiter);
    else if (queue->exists)
        resume(rig, queue, waiter);
    else
        resume_of_gone(rig, queue, waiter);
}

/* ENGINE_RECEIVE: new ones and those of waiters that were offered a message (E3, E9, E11, E13, E14). */
#include "engine/internal.h"

#include "base/banned.h"

struct receiver {
    struct partition *partition;
    struct content *content;
    uint32_t index;  /* of the partition */
    uint32_t waiter; /* 0: a new receive */
    const struct engine_event *event;
    struct engine_effects *effects;
};

static bool reserve(struct engine *engine)
{
    return heap_reserve(&engine->timers, TIMERS_SPARE) && pool_reserve(&engine->waiters, 1) &&
           pool_reserve(&engine->attempts, 1) && chains_reserve(&engine->attempts_by_key) &&
           moves_reserve(engine, ENGINE_MOVES_MAX);
}

/* E14: received as often as this queue allows, and there is a place for it. What a dead letter was received elsewhere
 * does not count: else a chain of queues with one limit would pass it on unseen. */
static bool must_move(const struct engine *engine, const struct partition *partition,
                      const struct message *message)
{
    const struct engine_config *config = &partition->config;
    uint32_t received_here =
        message->receive_count - origins_receive_count(engine, message->origin);
    return config->receive_count_max > 0 && received_here >= config->receive_count_max &&
           config->dead_letter.v != 0 && config->dead_letter.v != partition->queue &&
           message->refused_epoch != partition->epoch;
}

static void add_delivery(struct receiver *receiver, const struct message *message,
                         int64_t received_at)
{
    struct engine_effects *effects = receiver->effects;
    ASSERT(effects->deliveries_count < ENGINE_RECEIVE_MAX);
    effects->deliveries[effects->deliveries_count++] = (struct engine_delivery){
        .body = {message->body},
        .sequence = message->sequence,
        .generation = message->receive_count,
        .receive_count = message->receive_count,
        .received_at = {received_at},
        .first_received = {message->first_received},
    };
    receiver->partition->received_total++;
}

static void deliver(struct engine *engine, struct receiver *receiver, uint32_t index)
{
    const struct engine_event *event = receiver->event;
    const struct message *message = message_at(engine, index);
    int64_t now = engine->now.mono.v;
    struct engine_fact *fact = facts_of_message(engine, receiver->effects, FACT_RECEIVED, index);
    fact->until.v = now + event->receive.visibility_ms;
    fact->receive_count = fact->generation = message->receive_count + 1;
    fact->first_received.v =
        message->first_received != 0 ? message->first_received : engine->now.wall.v;
    fact->has_attempt = receiver->content->is_fifo && event->receive.has_attempt;
    if (fact->has_attempt) {
        fact->attempt = event->receive.attempt;
        fact->attempt_index = (uint8_t)receiver->effects->deliveries_count;
    }
    facts_apply(engine, fact, receiver->effects);
    add_delivery(receiver, message, now);
}

/* E11: the same again, as many as this one asks for. False when this receive is no repetition, or no longer one. */
static bool repeat_attempt(struct engine *engine, struct receiver *receiver)
{
    const struct engine_event *event = receiver->event;
    if (!receiver->content->is_fifo || !event->receive.has_attempt)
        return false;
    int64_t now = engine->now.mono.v;
    uint32_t found =
        attempts_find(engine, receiver->partition->content, &event->receive.attempt, now);
    if (found == 0)
        return false;
    const struct attempt *attempt = attempt_at(engine, found);
    uint32_t wanted = event->receive.count_max;
    for (uint32_t i = 0; i < attempt->count && i < wanted; i++) {
        uint32_t index = messages_find(engine, attempt->content, attempt->sequences[i]);
        const struct message *message = message_at(engine, index);
        struct engine_fact *fact =
            facts_of_message(engine, receiver->effects, FACT_RECEIVED, index);
        fact->until.v = now + event->receive.visibility_ms;
        fact->receive_count = fact->generation = message->receive_count;
        fact->first_received.v = message->first_received;
        fact->received_at.v = attempt->received_at;
        fact->has_attempt = true;
        fact->attempt = event->receive.attempt;
        fact->attempt_index = (uint8_t)i;
        facts_apply(engine, fact, receiver->effects);
        add_delivery(receiver, message, attempt->received_at);
    }
    return true;
}

static void collect(struct engine *engine, struct receiver *receiver, uint32_t wanted)
{
    struct engine_effects *effects = receiver->effects;
    uint32_t last = 0;
    while (effects->deliveries_count < wanted) {
        uint32_t index = receiver->content->is_fifo ? fifo_next(engine, receiver->content, last)
                                                    : standard_next(engine, receiver->content);
        if (index == 0)
            return;
        if (!must_move(engine, receiver->partition, message_at(engine, index))) {
            deliver(engine, receiver, index);
        } else if (effects->moves_count < ENGINE_MOVES_MAX) {
            moves_ask(engine, effects, index, ENGINE_MOVE_DEAD_LETTER,
                      receiver->partition->config.dead_letter.v);
        } else {
            effects->again = effects->deliveries_count == 0;
            return;
        }
        last = index;
    }
}

/* Messages received with a timeout of 0 are in flight for this step only: so none is given twice in it, and a replay
 * needs no other rule. */
static void show_again(struct engine *engine, const struct receiver *receiver)
{
    int64_t now = engine->now.mono.v;
    for (uint32_t i = 0; i < receiver->effects->deliveries_count; i++) {
        uint32_t index = messages_find(engine, receiver->partition->content,
                                       receiver->effects->deliveries[i].sequence);
        ASSERT(index != 0);
        if (messages_until(engine, index) <= now)
            messages_change(engine, index, ENGINE_VISIBLE, 0, now);
    }
}

static void finish(struct engine *engine, struct receiver *receiver)
{
    struct engine_effects *effects = receiver->effects;
    int64_t wait_ms = receiver->event->receive.wait_ms;
    if (effects->again)
        return; /* an offered waiter stays offered: the event comes again */
    if (effects->deliveries_count > 0) {
        if (receiver->waiter != 0)
            waiters_end(engine, receiver->waiter);
    } else if (receiver->waiter != 0) {
        effects->waiter.v = waiter_at(engine, receiver->waiter)->id;
        effects->result = ENGINE_PARKED;
        waiters_park_again(engine, receiver->waiter);
    } else if (wait_ms > 0) {
        effects->waiter = waiters_park(engine, receiver->index, receiver->event->receive.token,
                                       engine->now.mono.v + wait_ms);
        effects->result = ENGINE_PARKED;
    } else {
        receiver->partition->empty_receives_total++;
    }
}

/* How many the limit of E13 allows. */
static uint32_t allowed(const struct receiver *receiver)
{
    uint32_t inflight_max = receiver->partition->config.inflight_max;
    uint32_t inflight = receiver->content->count[ENGINE_INFLIGHT];
    uint32_t wanted = receiver->event->receive.count_max;
    wanted = wanted < ENGINE_RECEIVE_MAX ? wanted : ENGINE_RECEIVE_MAX;
    if (inflight_max == 0)
        return wanted;
    uint32_t room = inflight < inflight_max ? inflight_max - inflight : 0;
    return wanted < room ? wanted : room;
}

static void receive_in(struct engine *engine, struct receiver *receiver)
{
    struct engine_effects *effects = receiver->effects;
    if (!repeat_attempt(engine, receiver)) {
        uint32_t wanted = allowed(receiver);
        bool is_long_poll = receiver->waiter != 0 || receiver->event->receive.wait_ms > 0;
        if (wanted == 0 && !receiver->content->is_fifo && !is_long_poll) {
            effects->result = ENGINE_OVER_LIMIT;
            receiver->partition->empty_receives_total++;
            return;
        }
        uint32_t moves_before = effects->moves_count;
        collect(engine, receiver, wanted);
        /* E9, last row: the group goes on with the next message, but only when the dead letter cannot come back any
         * more. A long poll hears of that by an offer. */
        if (receiver->content->is_fifo && !is_long_poll && effects->deliveries_count == 0 &&
            effects->moves_count > moves_before)
            effects->again = true;
    }
    if (receiver->event->receive.visibility_ms == 0)
        show_again(engine, receiver);
    finish(engine, receiver);
}

void receive_run(struct engine *engine, const struct engine_event *event,
                 struct engine_effects *effects)
{
    struct receiver receiver = {.event = event, .effects = effects};
    receiver.index = partitions_find(engine, event->queue.v);
    receiver.waiter = waiters_find(engine, event->receive.waiter);
    bool is_orphan =
        receiver.waiter != 0 && waiter_at(engine, receiver.waiter)->partition != receiver.index;
    if (receiver.index == 0 || is_orphan) {
        effects->result = ENGINE_NO_QUEUE;
        if (receiver.waiter != 0)
            waiters_end(engine, receiver.waiter);
        return;
    }
    if (event->receive.waiter.v != 0 && receiver.waiter == 0)
        return; /* ended already: its client is answered, so nothing may be given to it */
    if (!reserve(engine)) {
        effects->result = ENGINE_FULL;
        if (receiver.waiter != 0)
            waiters_end(engine, receiver.waiter);
        return;
    }
    receiver.partition = partition_at(engine, receiver.index);
    receiver.content = content_at(engine, receiver.partition->content);
    receive_in(engine, &receiver);
}

/* The world of a scenario: what a server does around an engine. */
#include "engine/scenario_world.h"

#include "base/banned.h"

#define SETTLE_BOUND 100000u

/* ---- steps ---- */

static void take_bodies(struct scenario_world *world)
{
    for (uint32_t i = 0; i < world->effects->bodies_count; i++) {
        uint64_t body = world->effects->bodies[i].v;
        ASSERT(body > 0 && body < world->bodies_count && world->bodies[body].is_owned);
        world->bodies[body].is_owned = false;
    }
}

static void take_news(struct scenario_world *world, const struct engine_task_news *news)
{
    static const char *const words[] = {"active", "completed", "cancelled", "failed"};
    struct slice name = SLICE("?");
    if (news->status == ENGINE_TASK_ACTIVE)
        return; /* that it started is no surprise */
    for (uint32_t i = 0; i < world->tasks_count; i++) {
        if (world->tasks[i].id == news->task)
            name = world->tasks[i].name;
    }
    scenario_say(world, "%.*s %s, moved %llu%s%s", SLICE_PRINT(name), words[news->status],
                 (unsigned long long)news->moved_count,
                 news->origin_unknown ? ": origin unknown" : "",
                 news->destination_gone ? ": destination gone" : "");
}

/* The message that this event itself lets go. */
static bool is_asked_for(const struct engine_event *event, const struct engine_fact *fact)
{
    return event->queue.v == fact->queue.v &&
           ((event->kind == ENGINE_DELETE && event->delete_.sequence == fact->sequence) ||
            (event->kind == ENGINE_MOVED && event->moved.sequence == fact->sequence));
}

static void say_expired(struct scenario_world *world, const struct engine_event *event)
{
    for (uint32_t i = 0; i < world->effects->facts_count; i++) {
        const struct engine_fact *fact = &world->effects->facts[i];
        if (fact->kind == FACT_GONE && !is_asked_for(event, fact))
            scenario_say(world, "%.*s expired",
                         SLICE_PRINT(scenario_message_name(world, fact->queue, fact->sequence)));
    }
}

void scenario_step(struct scenario_world *world, struct engine_event *event)
{
    event->now = world->now;
    engine_step(world->engine, event, world->effects);
    engine_check(world->engine);
    model_history_keep(&world->history, world->effects);
    take_bodies(world);
    say_expired(world, event);
    for (uint32_t i = 0; i < world->effects->wakes_count; i++) {
        ASSERT(world->wakes_count < SCENARIO_PENDING_MAX);
        world->wakes[world->wakes_count++] = world->effects->wakes[i];
    }
    for (uint32_t i = 0; i < world->effects->tasks_count; i++)
        take_news(world, &world->effects->tasks[i]);
}

static void tick(struct scenario_world *world)
{
    struct engine_event event = {.kind = ENGINE_TICK};
    scenario_step(world, &event);
    scenario_take_moves(world);
}

/* ---- moves ---- */

void scenario_take_moves(struct scenario_world *world)
{
    for (uint32_t i = 0; i < world->effects->moves_count; i++) {
        const struct engine_move *move = &world->effects->moves[i];
        ASSERT(world->moves_count < SCENARIO_PENDING_MAX);
        ASSERT(move->body.v > 0 && move->body.v < world->bodies_count);
        struct scenario_move *pending = &world->moves[world->moves_count++];
        *pending = (struct scenario_move){.move = *move, .name = world->bodies[move->body.v].name};
        memcpy(pending->message_id, world->bodies[move->body.v].message_id, 16);
        if (move->kind == ENGINE_MOVE_TASK) {
            /* A new message; the same move asked for again has the same id. */
            char text[64];
            (void)snprintf(text, sizeof(text), "%llu/%llu", (unsigned long long)move->source.v,
                           (unsigned long long)move->sequence);
            struct engine_key id = scenario_key("moved:", slice_from_text(text));
            memcpy(pending->message_id, id.v, sizeof(id.v));
        }
    }
    world->effects->moves_count = 0; /* taken once */
}

static bool target_is_fifo(struct scenario_world *world, struct engine_queue target)
{
    for (uint32_t i = 0; i < world->queues_count; i++) {
        if (world->queues[i].id.v == target.v)
            return world->queues[i].config.is_fifo;
    }
    return false;
}

static enum engine_result arrive(struct scenario_world *world, const struct scenario_move *pending)
{
    const struct engine_move *move = &pending->move;
    struct engine_event event = {.kind = ENGINE_ARRIVE, .queue = move->target};
    struct engine_body body =
        scenario_body_add(world, pending->name, move->target, pending->message_id);
    event.arrive.kind = move->kind;
    event.arrive.body = body;
    event.arrive.body_bytes = move->body_bytes;
    memcpy(event.arrive.message_id, pending->message_id, 16);
    event.arrive.source = move->source;
    event.arrive.enqueued_at = move->enqueued_at;
    event.arrive.first_received = move->first_received;
    event.arrive.receive_count = move->receive_count;
    event.arrive.has_group = move->has_group;
    event.arrive.group = move->group;
    event.arrive.has_dedup =
        target_is_fifo(world, move->target); /* E14: replaced by the message id */
    memcpy(event.arrive.dedup.v, pending->message_id, 16);
    scenario_step(world, &event);
    if (world->effects->result == ENGINE_DONE && !world->effects->is_duplicate) {
        for (uint32_t i = 0; i < world->effects->facts_count; i++) {
            const struct engine_fact *fact = &world->effects->facts[i];
            if (fact->kind == FACT_SENT && fact->body.v == body.v)
                world->bodies[body.v].sequence = fact->sequence;
        }
        world->bodies[body.v].is_owned = true;
    }
    scenario_take_moves(world);
    return world->effects->result;
}

static void tell_source(struct scenario_world *world, const struct scenario_move *pending,
                        bool arrived)
{
    struct engine_event event = {.kind = ENGINE_MOVED, .queue = pending->move.source};
    event.moved.sequence = pending->move.sequence;
    event.moved.outcome = arrived ? ENGINE_MOVE_ARRIVED : ENGINE_MOVE_REFUSED;
    scenario_step(world, &event);
    scenario_take_moves(world);
}

static void perform(struct scenario_world *world, const struct scenario_move *pending,
                    enum scenario_release how)
{
    struct slice from = scenario_queue_name(world, pending->move.source);
    struct slice to = scenario_queue_name(world, pending->move.target);
    if (how == SCENARIO_FAILS || arrive(world, pending) != ENGINE_DONE) {
        scenario_say(world, "%.*s stays in %.*s", SLICE_PRINT(pending->name), SLICE_PRINT(from));
        tell_source(world, pending, false);
        return;
    }
    if (world->effects->is_duplicate)
        scenario_say(world, "%.*s is in %.*s already", SLICE_PRINT(pending->name), SLICE_PRINT(to));
    else
        scenario_say(world, "%.*s moved %.*s -> %.*s", SLICE_PRINT(pending->name),
                     SLICE_PRINT(from), SLICE_PRINT(to));
    if (how == SCENARIO_HALF)
        return;
    if (how == SCENARIO_ARRIVES_TWICE) {
        (void)arrive(world, pending);
        scenario_say(world, "%.*s arrives again: %s", SLICE_PRINT(pending->name),
                     world->effects->is_duplicate ? "duplicate" : "taken twice");
    }
    tell_source(world, pending, true);
    struct engine_event event = {.kind = ENGINE_ARRIVAL_CONFIRMED, .queue = pending->move.target};
    event.confirmed.kind = pending->move.kind;
    memcpy(event.confirmed.message_id, pending->message_id, 16);
    event.confirmed.receive_count = pending->move.receive_count;
    scenario_step(world, &event);
    scenario_take_moves(world);
}

static void next_move(struct scenario_world *world)
{
    struct scenario_move pending = world->moves[0];
    memmove(world->moves, world->moves + 1, --world->moves_count * sizeof(world->moves[0]));
    if (!world->is_holding) {
        perform(world, &pending, SCENARIO_ARRIVES);
        return;
    }
    struct slice from = scenario_queue_name(world, pending.move.source);
    struct slice to = scenario_queue_name(world, pending.move.target);
    scenario_say(world, "%.*s moving %.*s -> %.*s", SLICE_PRINT(pending.name), SLICE_PRINT(from),
                 SLICE_PRINT(to));
    ASSERT(world->held_count < SCENARIO_PENDING_MAX);
    world->held[world->held_count++] = pending;
}

void scenario_release(struct scenario_world *world, enum scenario_release how)
{
    uint32_t count = world->held_count;
    world->is_holding = how == SCENARIO_HALF;
    for (uint32_t i = 0; i < count; i++)
        perform(world, &world->held[i], how);
    if (how != SCENARIO_HALF)
        world->held_count = 0;
    scenario_settle(world);
}

/* ---- receives and wakes ---- */

static void take_deliveries(struct scenario_world *world, struct engine_queue queue)
{
    for (uint32_t i = 0; i < world->effects->deliveries_count; i++) {
        const struct engine_delivery *delivery = &world->effects->deliveries[i];
        ASSERT(delivery->body.v > 0 && delivery->body.v < world->bodies_count);
        const struct scenario_body *body = &world->bodies[delivery->body.v];
        ASSERT(body->is_owned && body->sequence == delivery->sequence);
        scenario_add(world, " %.*s/%u", SLICE_PRINT(body->name), (unsigned)delivery->receive_count);
        ASSERT(world->handles_count < SCENARIO_HANDLES_MAX);
        world->handles[world->handles_count++] = (struct scenario_handle){
            body->name, queue, delivery->sequence, delivery->generation, delivery->received_at};
    }
    scenario_add(world, "\n");
}

static void say_received(struct scenario_world *world, const struct engine_event *event,
                         struct scenario_waiter *waiter, bool is_resumed)
{
    enum engine_result result = world->effects->result;
    if (result == ENGINE_PARKED) {
        ASSERT(waiter != NULL && world->effects->waiter.v != 0);
        waiter->waiter = world->effects->waiter;
        if (!is_resumed)
            scenario_say(world, "%.*s waits", SLICE_PRINT(waiter->name));
        return;
    }
    if (waiter != NULL)
        waiter->waiter.v = 0;
    if (result != ENGINE_DONE) {
        scenario_begin(world);
        if (waiter != NULL)
            scenario_add(world, "%.*s: ", SLICE_PRINT(waiter->name));
        scenario_add(world, "%s\n", scenario_result_name(result));
        return;
    }
    scenario_begin(world);
    if (waiter != NULL)
        scenario_add(world, "%.*s ", SLICE_PRINT(waiter->name));
    scenario_add(world, "got%s", world->effects->deliveries_count == 0 ? " nothing" : "");
    take_deliveries(world, event->queue);
}

void scenario_receive(struct scenario_world *world, struct engine_event *event,
                      struct scenario_waiter *waiter)
{
    bool is_resumed = event->receive.waiter.v != 0;
    scenario_step(world, event);
    while (world->effects->again) {
        scenario_take_moves(world);
        while (world->moves_count > 0)
            next_move(world);
        scenario_step(world, event);
    }
    say_received(world, event, waiter, is_resumed);
    scenario_take_moves(world);
}

static struct scenario_waiter *waiter_of(struct scenario_world *world,
                                         const struct engine_wake *wake)
{
    for (uint32_t i = 0; i < world->waiters_count; i++) {
        if (world->waiters[i].waiter.v == wake->waiter.v)
            return &world->waiters[i];
    }
    return NULL;
}

static void next_wake(struct scenario_world *world)
{
    struct engine_wake wake = world->wakes[0];
    memmove(world->wakes, world->wakes + 1, --world->wakes_count * sizeof(world->wakes[0]));
    struct scenario_waiter *waiter = waiter_of(world, &wake);
    if (waiter == NULL) {
        scenario_say(world, "somebody is woken who does not wait");
    } else if (wake.is_offer && world->is_holding_offers) {
        ASSERT(world->held_offers_count < SCENARIO_PENDING_MAX);
        world->held_offers[world->held_offers_count++] = wake;
        scenario_say(world, "%.*s is offered a message", SLICE_PRINT(waiter->name));
    } else if (!wake.is_offer) {
        waiter->waiter.v = 0;
        scenario_say(world, "%.*s ends with nothing%s", SLICE_PRINT(waiter->name),
                     wake.queue_gone ? ": queue gone" : "");
    } else if (waiter->is_gone) {
        struct engine_event event = {.kind = ENGINE_RETRACT, .queue = waiter->receive.queue};
        event.retract = waiter->waiter;
        waiter->waiter.v = 0;
        scenario_say(world, "%.*s has gone", SLICE_PRINT(waiter->name));
        scenario_step(world, &event);
        scenario_take_moves(world);
    } else {
        struct engine_event event = waiter->receive;
        event.receive.waiter = waiter->waiter;
        scenario_receive(world, &event, waiter);
    }
}

void scenario_release_offers(struct scenario_world *world)
{
    ASSERT(world->wakes_count + world->held_offers_count <= SCENARIO_PENDING_MAX);
    memmove(world->wakes + world->held_offers_count, world->wakes,
            world->wakes_count * sizeof(world->wakes[0]));
    memcpy(world->wakes, world->held_offers, world->held_offers_count * sizeof(world->wakes[0]));
    world->wakes_count += world->held_offers_count;
    world->held_offers_count = 0;
    world->is_holding_offers = false;
    scenario_settle(world);
}

/* ---- time ---- */

void scenario_settle(struct scenario_world *world)
{
    for (uint32_t i = 0;; i++) {
        ASSERT(i < SETTLE_BOUND);
        if (world->moves_count > 0)
            next_move(world);
        else if (world->wakes_count > 0)
            next_wake(world);
        else if (engine_next_tick(world->engine).v <= world->now.mono.v)
            tick(world);
        else
            break;
    }
}

void scenario_advance(struct scenario_world *world, int64_t ms)
{
    int64_t target = world->now.mono.v + ms;
    world->is_advancing = true;
    world->advancing_since = world->now.mono.v;
    while (world->now.mono.v < target) {
        int64_t next = engine_next_tick(world->engine).v;
        int64_t at = next < target ? next : target;
        world->now.wall.v += at - world->now.mono.v;
        world->now.mono.v = at;
        scenario_settle(world);
    }
    world->is_advancing = false;
}

/* ---- replay ---- */

void scenario_replay(struct scenario_world *world, bool stay)
{
    struct engine_event event = {.kind = ENGINE_TICK, .now = world->now};
    struct model_replay how = {.configures_first = !stay};
    scenario_step(world, &event); /* so that both engines know what time it is */
    scenario_take_moves(world);
    scenario_settle(world);
    struct engine *replayed =
        model_history_replay(&world->history, how, world->now, world->effects);
    while (engine_next_tick(replayed).v <= world->now.mono.v)
        engine_step(replayed, &event, world->effects);
    engine_check(replayed);
    if (engine_fingerprint(replayed) != engine_fingerprint(world->engine))
        scenario_say(world, "replay differs");
    engine_destroy(replayed);
    if (!stay)
        return;
    /* Again, because this time its first ticks count: what was on the way is asked for again. */
    engine_destroy(world->engine);
    world->engine = model_history_replay(&world->history, how, world->now, world->effects);
    world->held_count = world->held_offers_count = 0;
    for (uint32_t i = 0; i < world->waiters_count; i++)
        world->waiters[i].waiter.v = 0;
    scenario_settle(world);
}

/* The rig: life, steps, time, replay. */
#include "engine/model_rig.h"

#include "base/random.h"

#include "base/banned.h"

#define START_MS     INT64_C(1000000)
#define SETTLE_BOUND 100000u
#define DUE_A_STEP   4u /* so many are surely done before the command of a step */

uint64_t rig_draw(struct rig *rig, uint64_t below)
{
    ASSERT(below > 0);
    return random_next(&rig->random) % below;
}

bool rig_chance(struct rig *rig, uint32_t percent)
{
    return rig_draw(rig, 100) < percent;
}

void rig_init(struct rig *rig, const struct rig_options *options)
{
    *rig = (struct rig){.options = *options, .random = options->seed};
    rig->now = (struct clock_now){{START_MS}, {START_MS}};
    rig->stepped_at = START_MS;
    rig->engine = engine_create(1);
    rig->naive = malloc(sizeof(*rig->naive));
    rig->effects = malloc(sizeof(*rig->effects));
    rig->body_is_owned = calloc(1, RIG_BODIES_MAX);
    ASSERT(rig->engine != NULL && rig->naive != NULL && rig->effects != NULL);
    ASSERT(rig->body_is_owned != NULL);
    rig->body_next = 1;
    rig->queue_next = 1;
    naive_init(rig->naive);
    model_history_init(&rig->history);
}

void rig_done(struct rig *rig)
{
    engine_destroy(rig->engine);
    model_history_done(&rig->history);
    free(rig->naive);
    free(rig->effects);
    free(rig->body_is_owned);
}

static void take_bodies(struct rig *rig)
{
    const struct engine_effects *effects = rig->effects;
    RIG_CHECK(rig, effects->bodies_count <= ENGINE_BODIES_MAX, "too many bodies");
    for (uint32_t i = 0; i < effects->bodies_count; i++) {
        uint64_t body = effects->bodies[i].v;
        RIG_CHECK(rig, body > 0 && body < rig->body_next && rig->body_is_owned[body],
                  "the engine lets go of body %llu, which it does not own",
                  (unsigned long long)body);
        rig->body_is_owned[body] = 0;
        rig->bodies_owned--;
    }
}

static void take_wakes(struct rig *rig)
{
    const struct engine_effects *effects = rig->effects;
    RIG_CHECK(rig, effects->wakes_count <= ENGINE_WAKES_MAX, "too many wakes");
    for (uint32_t i = 0; i < effects->wakes_count; i++) {
        ASSERT(rig->wakes_count < RIG_PENDING_MAX);
        rig->wakes[rig->wakes_count++] = effects->wakes[i];
        if (effects->wakes[i].is_offer)
            rig_note_offer(rig, &effects->wakes[i]);
    }
}

static void on_expired(void *context, const struct naive_message *message)
{
    rig_note(context, "expires: %llu", (unsigned long long)message->sequence);
}

/* Every step but a retract first lets act what is due. */
static void expire(struct rig *rig)
{
    for (uint32_t i = 0; i < rig->naive->queues_count; i++) {
        if (rig->naive->queues[i].exists)
            naive_expire(&rig->naive->queues[i], rig->now.mono.v, on_expired, rig);
    }
}

static void note_groups(struct rig *rig, int64_t now)
{
    for (uint32_t i = 0; i < rig->naive->queues_count; i++) {
        if (!rig->naive->queues[i].exists)
            continue;
        naive_note_delays(&rig->naive->queues[i], now);
        naive_note_groups(&rig->naive->queues[i], now);
    }
}

void rig_step(struct rig *rig, struct engine_event *event)
{
    event->now = rig->now;
    rig->kind = event->kind;
    note_groups(rig, rig->stepped_at);
    if (event->kind != ENGINE_RETRACT)
        expire(rig);
    note_groups(rig, rig->now.mono.v);
    rig->stepped_at = rig->now.mono.v;
    engine_step(rig->engine, event, rig->effects);
    RIG_CHECK(rig, rig->effects->facts_count <= ENGINE_FACTS_MAX, "too many facts");
    RIG_CHECK(rig, rig->effects->moves_count <= ENGINE_MOVES_MAX, "too many moves");
    RIG_CHECK(rig, rig->effects->deliveries_count <= ENGINE_RECEIVE_MAX, "too many deliveries");
    RIG_CHECK(rig, rig->effects->tasks_count <= ENGINE_TASKS_MAX, "too many task news");
    model_history_keep(&rig->history, rig->effects);
    take_bodies(rig);
    take_wakes(rig);
    engine_check(rig->engine);
}

uint64_t rig_sent_sequence(struct rig *rig, struct engine_queue queue)
{
    for (uint32_t i = 0; i < rig->effects->facts_count; i++) {
        const struct engine_fact *fact = &rig->effects->facts[i];
        if (fact->kind == FACT_SENT && fact->queue.v == queue.v)
            return fact->sequence;
    }
    rig_fail(rig, "a message came without a fact");
}

static void tick(struct rig *rig)
{
    struct engine_event event = {.kind = ENGINE_TICK};
    rig_note(rig, "tick");
    rig_step(rig, &event);
    RIG_CHECK(rig, rig->effects->result == ENGINE_DONE, "a tick answers \"%s\"",
              rig_result_name(rig->effects->result));
    RIG_CHECK(rig, rig->effects->deliveries_count == 0, "a tick delivers");
    rig_take_task_effects(rig);
}

void rig_settle(struct rig *rig)
{
    for (uint32_t i = 0;; i++) {
        RIG_CHECK(rig, i < SETTLE_BOUND, "the engine never comes to rest at one time");
        if (engine_next_tick(rig->engine).v <= rig->now.mono.v)
            tick(rig);
        else if (rig->moves_count > 0)
            rig_next_move(rig);
        else if (rig->wakes_count > 0 && !rig->holds_wakes)
            rig_next_wake(rig);
        else
            break;
    }
    if (rig->holds_wakes)
        return; /* nothing is at rest */
    rig_check_all(rig);
}

static void pass(struct rig *rig, int64_t ms)
{
    for (uint32_t i = 0; i < rig->naive->queues_count; i++)
        naive_note_work(&rig->naive->queues[i], rig->now.mono.v, ms);
    rig->now.wall.v += ms;
    rig->now.mono.v += ms;
}

static uint32_t count_expired(const struct rig *rig, int64_t now)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < rig->naive->queues_count; i++) {
        const struct naive_queue *queue = &rig->naive->queues[i];
        for (uint32_t j = 0; queue->exists && j < queue->messages_count; j++)
            count += queue->messages[j].enqueued_at + queue->config.retention_ms <= now;
    }
    return count;
}

/* How many messages and waiters have a deadline from now on up to the target. */
static uint32_t count_due(const struct rig *rig, int64_t target)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < rig->naive->queues_count; i++) {
        const struct naive_queue *queue = &rig->naive->queues[i];
        for (uint32_t j = 0; queue->exists && j < queue->messages_count; j++) {
            const struct naive_message *message = &queue->messages[j];
            count += naive_is_visible(queue, message, target) &&
                     !naive_is_visible(queue, message, rig->now.mono.v);
        }
        for (uint32_t j = 0; queue->exists && j < queue->waiters_count; j++)
            count += queue->waiters[j].deadline <= target;
    }
    return count;
}

/* What is due is done in bounded parts, and only ticks finish it: until then an engine may still give what has expired.
 * So time jumps only when little is due, and commands come before ticks only then. */
static bool may_jump(struct rig *rig, int64_t target)
{
    return rig->options.backlog_max <= 40 && count_expired(rig, target) <= DUE_A_STEP &&
           rig_chance(rig, rig->options.late_percent);
}

void rig_advance(struct rig *rig, int64_t ms)
{
    int64_t target = rig->now.mono.v + ms;
    if (may_jump(rig, target)) {
        bool is_much = count_due(rig, target) > DUE_A_STEP;
        rig_note_more(rig, " late");
        pass(rig, ms);
        if (is_much || rig_chance(rig, 50))
            rig_settle(rig);
        return;
    }
    rig_settle(rig);
    while (rig->now.mono.v < target) {
        int64_t next = engine_next_tick(rig->engine).v;
        ASSERT(next > rig->now.mono.v);
        pass(rig, (next < target ? next : target) - rig->now.mono.v);
        rig_settle(rig);
    }
}

void rig_dump(struct rig *rig)
{
    uint32_t capacity = ENGINE_DUMP_MIN + (uint32_t)rig_draw(rig, 20);
    rig_note(rig, "dump%s", rig->history.dump.is_running ? " goes on" : "");
    model_history_dump(&rig->history, rig->engine, capacity);
    rig_note_more(rig, rig->history.dump.is_running ? "" : ": complete");
    engine_check(rig->engine);
}

/* Ticks the replayed engine until it rests and collects the moves it asks for again. */
static uint32_t rest_replayed(struct rig *rig, struct engine *engine, struct engine_move *ret_moves)
{
    uint32_t count = 0;
    struct engine_event event = {.kind = ENGINE_TICK, .now = rig->now};
    for (uint32_t i = 0; engine_next_tick(engine).v <= rig->now.mono.v; i++) {
        RIG_CHECK(rig, i < SETTLE_BOUND, "the replayed engine never comes to rest");
        engine_step(engine, &event, rig->effects);
        RIG_CHECK(rig, rig->effects->facts_count == 0, "replay: new facts at the first ticks");
        RIG_CHECK(rig, rig->effects->bodies_count == 0, "replay: a body is let go once more");
        RIG_CHECK(rig, rig->effects->wakes_count == 0, "replay: somebody is woken");
        for (uint32_t j = 0; j < rig->effects->moves_count; j++) {
            ASSERT(count < RIG_PENDING_MAX);
            ret_moves[count++] = rig->effects->moves[j];
        }
    }
    engine_check(engine);
    return count;
}

static void go_on_with(struct rig *rig, struct engine *replayed, const struct engine_move *moves,
                       uint32_t moves_count)
{
    engine_destroy(rig->engine);
    rig->engine = replayed;
    model_history_dump_ends(&rig->history);
    for (uint32_t i = 0; i < rig->naive->queues_count; i++) {
        struct naive_queue *queue = &rig->naive->queues[i];
        naive_forget_groups(queue);
        queue->task.is_active = false; /* its keeper starts it anew */
        for (uint32_t j = 0; j < queue->messages_count; j++)
            queue->messages[j].is_refused = false;
        queue->waiters_count = 0; /* their connections ended with the process */
        queue->totals = (struct naive_totals){0};
        struct engine_counts counts;
        if (!queue->exists || !engine_counts(replayed, queue->id, &counts))
            continue;
        queue->totals = (struct naive_totals){
            counts.sent_total,    counts.received_total,   counts.empty_receives_total,
            counts.deleted_total, counts.duplicates_total, counts.dead_lettered_total,
            counts.expired_total};
    }
    rig_expect_moves_again(rig, moves, moves_count);
}

void rig_replay(struct rig *rig, bool stay)
{
    static struct engine_move moves[RIG_PENDING_MAX];
    tick(rig); /* so that both engines know what time it is */
    rig_settle(rig);
    rig_note(rig, "replay%s", stay ? " and go on with it" : "");
    struct model_replay how = {.from_dump = rig_chance(rig, 70),
                               .configures_first = rig_chance(rig, 50)};
    rig_note_more(rig, "%s%s", how.from_dump && rig->history.dump.is_complete ? ", of a dump" : "",
                  how.configures_first ? ", configured first" : "");
    struct engine *replayed = model_history_replay(&rig->history, how, rig->now, rig->effects);
    RIG_CHECK(rig, engine_latest(replayed).v <= rig->now.mono.v,
              "replay: the engine knows a later time");
    RIG_CHECK(rig, engine_unconfigured(replayed) == 0,
              "replay: something is left of a dropped queue");
    uint32_t moves_count = rest_replayed(rig, replayed, moves);
    uint64_t before = engine_fingerprint(rig->engine);
    uint64_t after = engine_fingerprint(replayed);
    for (uint32_t i = 0; i < rig->naive->queues_count; i++) {
        if (rig->naive->queues[i].exists)
            rig_check_peek(rig, replayed, &rig->naive->queues[i]);
    }
    RIG_CHECK(rig, before == after, "replay gives another fingerprint: %016llx, was %016llx",
              (unsigned long long)after, (unsigned long long)before);
    if (stay) {
        go_on_with(rig, replayed, moves, moves_count);
        rig_settle(rig);
    } else {
        RIG_CHECK(rig, moves_count == rig_count_held(rig),
                  "replay: %u moves are asked for again, %u are on the way", (unsigned)moves_count,
                  (unsigned)rig_count_held(rig));
        engine_destroy(replayed);
    }
}

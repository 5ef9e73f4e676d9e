/* Life of the engine, and the way of an event through a step:
 *
 *   what is due by now acts (bounded), the command decides and applies its facts, waiters of the partitions that
 *   changed are offered messages (bounded).
 *
 * A tick has no command and wider bounds, and does the slow work: reclaiming, tasks, asking again for moves. Whatever a
 * bound cut off makes the next tick due at once. */
#include "engine/internal.h"

#include "base/banned.h"

#define EXPIRED_A_TICK 256u /* of dedup entries, attempts and retries, each */

struct engine *engine_create(uint64_t sequence_base)
{
    struct chunks home;
    chunks_init(&home, sizeof(struct engine));
    if (!chunks_add(&home)) {
        chunks_done(&home);
        return NULL;
    }
    struct engine *engine = home.at[0];
    engine->home = home;
    engine->seed =
        chains_mix((uint64_t)(uintptr_t)engine); /* as random as the process's addresses */
    engine->next_sequence = sequence_base > 0 ? sequence_base : 1;
    pool_init(&engine->waiters, sizeof(struct waiter), 64);
    pool_init(&engine->resumes, sizeof(struct resume), 64);
    timers_init(engine);
    origins_init(engine);
    groups_init(engine);
    messages_init(engine);
    ages_init(engine);
    standard_init(engine);
    fair_init(engine);
    partitions_init(engine);
    dedups_init(engine);
    attempts_init(engine);
    arrivals_init(engine);
    retries_init(engine);
    return engine;
}

void engine_destroy(struct engine *engine)
{
    if (engine == NULL)
        return;
    struct pool *pools[] = {&engine->messages,   &engine->lates,    &engine->resumes,
                            &engine->origins,    &engine->groups,   &engine->contents,
                            &engine->partitions, &engine->waiters,  &engine->dedups,
                            &engine->attempts,   &engine->arrivals, &engine->retries};
    struct chains *chains[] = {&engine->messages_by_sequence, &engine->origins_by_queue,
                               &engine->groups_by_key,        &engine->partitions_by_queue,
                               &engine->dedups_by_key,        &engine->attempts_by_key,
                               &engine->arrivals_by_id,       &engine->retries_by_key};
    for (size_t i = 0; i < ARRAY_COUNT(pools); i++)
        pool_done(pools[i]);
    for (size_t i = 0; i < ARRAY_COUNT(chains); i++)
        chains_done(chains[i]);
    heap_done(&engine->timers);
    struct chunks home = engine->home;
    chunks_done(&home);
}

static void reset(struct engine_effects *effects)
{
    effects->result = ENGINE_DONE;
    effects->is_duplicate = false;
    effects->sequence = 0;
    effects->waiter.v = 0;
    effects->again = false;
    effects->facts_count = effects->deliveries_count = effects->moves_count = 0;
    effects->wakes_count = effects->bodies_count = effects->tasks_count = 0;
}

static void see_time(struct engine *engine, struct clock_now now)
{
    if (now.mono.v > engine->now.mono.v)
        engine->now.mono = now.mono;
    engine->now.wall = now.wall;
}

static void tick(struct engine *engine, struct engine_effects *effects)
{
    timers_run(engine, effects, TIMERS_A_TICK, FACTS_BEFORE_TASKS, ENGINE_BODIES_MAX);
    dedups_run(engine, EXPIRED_A_TICK);
    attempts_run(engine, EXPIRED_A_TICK);
    retries_run(engine, EXPIRED_A_TICK);
    moves_ask_again(engine, effects);
    tasks_run_pending(engine, effects);
    partitions_reclaim(engine, effects);
}

static void run_command(struct engine *engine, const struct engine_event *event,
                        struct engine_effects *effects)
{
    switch (event->kind) {
    case ENGINE_CONFIGURE:
        effects->result = partitions_configure(engine, &event->configure, event->queue.v, effects);
        return;
    case ENGINE_DROP:
        commands_drop(engine, event, effects);
        return;
    case ENGINE_SEND:
        commands_send(engine, event, effects);
        return;
    case ENGINE_RECEIVE:
        receive_run(engine, event, effects);
        return;
    case ENGINE_RETRACT:
        commands_retract(engine, event, effects);
        return;
    case ENGINE_DELETE:
        commands_delete(engine, event, effects);
        return;
    case ENGINE_CHANGE_VISIBILITY:
        commands_change(engine, event, effects);
        return;
    case ENGINE_PURGE:
        commands_purge(engine, event, effects);
        return;
    case ENGINE_ARRIVE:
        commands_arrive(engine, event, effects);
        return;
    case ENGINE_MOVED:
        moves_outcome(engine, event, effects);
        return;
    case ENGINE_ARRIVAL_CONFIRMED:
        commands_confirm(engine, event, effects);
        return;
    case ENGINE_TASK_START:
        tasks_start(engine, event, effects);
        return;
    case ENGINE_TASK_CANCEL:
        tasks_cancel(engine, event, effects);
        return;
    case ENGINE_TICK:
        tick(engine, effects);
        return;
    }
    UNREACHABLE("event of no kind");
}

void engine_step(struct engine *engine, const struct engine_event *event,
                 struct engine_effects *ret_effects)
{
    reset(ret_effects);
    see_time(engine, event->now);
    /* Not before a retract: its waiter must not be told of an end that its client is past. */
    if (event->kind != ENGINE_TICK && event->kind != ENGINE_RETRACT)
        timers_run(engine, ret_effects, TIMERS_BEFORE_COMMAND, FACTS_BEFORE_COMMAND,
                   BODIES_BEFORE_COMMAND);
    run_command(engine, event, ret_effects);
    waiters_offer(engine, ret_effects);
}

uint32_t engine_unconfigured(const struct engine *engine)
{
    return engine->unconfigured_count;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

struct mono_ms engine_next_tick(const struct engine *engine)
{
    if (engine->dirty.head != 0 || engine->pending.head != 0 || engine->gone.head != 0 ||
        engine->dead.head != 0 || engine->unasked.head != 0)
        return engine->now.mono;
    const struct heap_entry *first = heap_first(&engine->timers);
    int64_t due = first == NULL ? INT64_MAX : first->key;
    return (struct mono_ms){earlier(due, earlier(dedups_due(engine), attempts_due(engine)))};
}

void engine_memory(const struct engine *engine, uint64_t *ret_bytes, uint64_t *ret_messages)
{
    const struct pool *pools[] = {&engine->messages,   &engine->lates,    &engine->resumes,
                                  &engine->origins,    &engine->groups,   &engine->contents,
                                  &engine->partitions, &engine->waiters,  &engine->dedups,
                                  &engine->attempts,   &engine->arrivals, &engine->retries};
    const struct chains *chains[] = {&engine->messages_by_sequence, &engine->origins_by_queue,
                                     &engine->groups_by_key,        &engine->partitions_by_queue,
                                     &engine->dedups_by_key,        &engine->attempts_by_key,
                                     &engine->arrivals_by_id,       &engine->retries_by_key};
    uint64_t bytes = chunks_bytes(&engine->home) + heap_bytes(&engine->timers);
    for (size_t i = 0; i < ARRAY_COUNT(pools); i++)
        bytes += pool_bytes(pools[i]);
    for (size_t i = 0; i < ARRAY_COUNT(chains); i++)
        bytes += chains_bytes(chains[i]);
    *ret_bytes = bytes;
    *ret_messages = pool_count(&engine->messages);
}

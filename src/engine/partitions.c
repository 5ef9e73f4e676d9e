/* Partitions: configuring, clearing, dropping; and the slow end of what was cleared or dropped. */
#include "engine/internal.h"

#include "base/banned.h"

/* Messages: each lets go of a body. More than a step can bring, so what is dead gets less under any load; and few, for each
 * step of the worker comes behind a tick. */
#define RECLAIMED_A_TICK 16u
#define ORPHANS_A_TICK   256u
#define FOREVER_MS       (INT64_MAX / 4)

static uint64_t hash(const void *context, uint32_t index)
{
    return chains_mix(partition_at(context, index)->queue);
}

void partitions_init(struct engine *engine)
{
    pool_init(&engine->partitions, sizeof(struct partition), 32);
    pool_init(&engine->contents, sizeof(struct content), 32);
    chains_init(&engine->partitions_by_queue, &engine->partitions,
                offsetof(struct partition, chain), hash, engine);
}

uint32_t partitions_find_any(const struct engine *engine, uint64_t queue)
{
    uint32_t index = chains_first(&engine->partitions_by_queue, chains_mix(queue));
    while (index != 0 && partition_at(engine, index)->queue != queue)
        index = chains_next(&engine->partitions_by_queue, index);
    return index;
}

uint32_t partitions_find(const struct engine *engine, uint64_t queue)
{
    uint32_t index = partitions_find_any(engine, queue);
    return index != 0 && partition_at(engine, index)->is_configured ? index : 0;
}

bool partitions_reserve_content(struct engine *engine)
{
    return pool_reserve(&engine->contents, 1) && pool_reserve(&engine->groups, 1) &&
           chains_reserve(&engine->groups_by_key);
}

static uint32_t content_create(struct engine *engine, uint32_t partition)
{
    uint32_t index = must_have(pool_take(&engine->contents));
    struct content *content = content_at(engine, index);
    content->partition = partition;
    content->is_fifo = partition_at(engine, partition)->config.is_fifo;
    content->ungrouped = groups_create(engine, index, NULL);
    return index;
}

/* Does not come back: an epoch is told from the few before it only. */
static uint8_t next_epoch(uint8_t epoch)
{
    return epoch == UINT8_MAX ? 1 : (uint8_t)(epoch + 1);
}

static bool reserve(struct engine *engine)
{
    return pool_reserve(&engine->partitions, 1) && chains_reserve(&engine->partitions_by_queue) &&
           partitions_reserve_content(engine);
}

static uint32_t create(struct engine *engine, const struct engine_config *config, uint64_t queue)
{
    uint32_t index = must_have(pool_take(&engine->partitions));
    struct partition *partition = partition_at(engine, index);
    partition->queue = queue;
    partition->config = *config;
    partition->epoch = 1;
    partition->content = content_create(engine, index);
    chains_add(&engine->partitions_by_queue, chains_mix(queue), index);
    return index;
}

uint32_t partitions_create_unconfigured(struct engine *engine, uint64_t queue, bool is_fifo)
{
    /* Nothing may end in it by time before it is known when. */
    struct engine_config config = {
        .is_fifo = is_fifo, .retention_ms = FOREVER_MS, .delay_ms = FOREVER_MS};
    if (!reserve(engine))
        check_failed(__FILE__, __LINE__, "out of memory");
    engine->unconfigured_count++;
    return create(engine, &config, queue);
}

/* The facts know the kind of the queue, unless they told of nothing that depends on it. */
static void take_over(struct engine *engine, uint32_t index, bool is_fifo)
{
    struct partition *partition = partition_at(engine, index);
    struct content *content = content_at(engine, partition->content);
    if (content->order.head == 0 && content->dedups_count == 0 && content->attempts_count == 0)
        content->is_fifo = partition->config.is_fifo = is_fifo;
    partition->is_configured = true;
    engine->unconfigured_count--;
    moves_release(engine, index);
}

enum engine_result partitions_configure(struct engine *engine, const struct engine_config *config,
                                        uint64_t queue, struct engine_effects *effects)
{
    uint32_t index = partitions_find_any(engine, queue);
    if (index == 0) {
        if (!reserve(engine))
            return ENGINE_FULL;
        index = create(engine, config, queue);
        partition_at(engine, index)->is_configured = true;
        return ENGINE_DONE;
    }
    struct partition *partition = partition_at(engine, index);
    if (!partition->is_configured)
        take_over(engine, index, config->is_fifo);
    else if (config->version <= partition->config.version)
        return ENGINE_DONE;
    else if (partition->config.is_fifo && config->delay_ms > partition->config.delay_ms)
        fifo_tell_undelayed(engine, index, effects);
    bool is_fifo = partition->config.is_fifo;
    partition->config = *config;
    partition->config.is_fifo = is_fifo;
    partition->epoch = next_epoch(partition->epoch);
    ages_arm(engine, index);
    if (is_fifo)
        fifo_arm(engine, index);
    partitions_touch(engine, index);
    return ENGINE_DONE;
}

static void chain_push(struct chain_queue *queue, uint32_t *tail_next, uint32_t index)
{
    if (queue->tail == 0)
        queue->head = index;
    else
        *tail_next = index;
    queue->tail = index;
}

static void chain_pop(struct chain_queue *queue, uint32_t *head_next)
{
    queue->head = *head_next;
    if (queue->head == 0)
        queue->tail = 0;
    *head_next = 0;
}

/* The structures of its messages are gone; dedup memory that is left frees it later. */
static void content_end(struct engine *engine, uint32_t index)
{
    struct content *content = content_at(engine, index);
    groups_remove(engine, content->ungrouped);
    content->ungrouped = 0;
    partitions_free_content(engine, index);
}

static void content_kill(struct engine *engine, uint32_t partition, uint32_t index, bool is_replay)
{
    struct content *content = content_at(engine, index);
    timers_clear(engine, TIMER_RETENTION, partition);
    timers_clear(engine, TIMER_DELAY, partition);
    dump_skip_messages(engine, partition);
    content->is_dead = true;
    if (is_replay) { /* at once: a replay has no ticks, and may tell of many purges */
        while (content->order.head != 0)
            messages_reclaim(engine, content->order.head);
        content_end(engine, index);
        return;
    }
    uint32_t tail = engine->dead.tail;
    chain_push(&engine->dead, tail == 0 ? NULL : &content_at(engine, tail)->dead_next, index);
}

void partitions_clear(struct engine *engine, uint32_t index, bool is_replay)
{
    struct partition *partition = partition_at(engine, index);
    uint32_t old = partition->content;
    partition->content = content_create(engine, index);
    partition->task.skipped = 0;
    if (partition->task.is_active)
        partitions_pend(engine, index); /* what it waited for will not come back */
    content_kill(engine, index, old, is_replay);
}

static void free_partition(struct engine *engine, uint32_t index)
{
    partition_at(engine, index)->queue = 0; /* so that walks over the pool know */
    pool_give(&engine->partitions, index);
}

void partitions_drop(struct engine *engine, uint32_t index, bool is_replay)
{
    struct partition *partition = partition_at(engine, index);
    chains_remove(&engine->partitions_by_queue, chains_mix(partition->queue), index);
    timers_clear(engine, TIMER_TASK, index);
    engine->unconfigured_count -= !partition->is_configured;
    content_kill(engine, index, partition->content, is_replay);
    partition->content = 0;
    partition->is_gone = true;
    bool has_waiters = partition->parked.head != 0 || partition->offered.head != 0;
    if (is_replay && !has_waiters && !partition->is_dirty && !partition->is_pending) {
        free_partition(engine, index);
        return;
    }
    uint32_t tail = engine->gone.tail;
    chain_push(&engine->gone, tail == 0 ? NULL : &partition_at(engine, tail)->gone_next, index);
}

void partitions_touch(struct engine *engine, uint32_t index)
{
    struct partition *partition = partition_at(engine, index);
    if (partition->parked_count == 0 || partition->is_dirty || partition->is_gone)
        return;
    partition->is_dirty = true;
    uint32_t tail = engine->dirty.tail;
    chain_push(&engine->dirty, tail == 0 ? NULL : &partition_at(engine, tail)->dirty_next, index);
}

void partitions_untouch_first(struct engine *engine)
{
    struct partition *partition = partition_at(engine, engine->dirty.head);
    partition->is_dirty = false;
    chain_pop(&engine->dirty, &partition->dirty_next);
}

void partitions_pend(struct engine *engine, uint32_t index)
{
    struct partition *partition = partition_at(engine, index);
    if (partition->is_pending || partition->is_gone)
        return;
    partition->is_pending = true;
    uint32_t tail = engine->pending.tail;
    chain_push(&engine->pending, tail == 0 ? NULL : &partition_at(engine, tail)->pending_next,
               index);
}

void partitions_unpend_first(struct engine *engine)
{
    struct partition *partition = partition_at(engine, engine->pending.head);
    partition->is_pending = false;
    chain_pop(&engine->pending, &partition->pending_next);
}

void partitions_free_content(struct engine *engine, uint32_t index)
{
    const struct content *content = content_at(engine, index);
    if (content->is_dead && content->ungrouped == 0 && content->dedups_count == 0 &&
        content->attempts_count == 0)
        pool_give(&engine->contents, index);
}

static void reclaim_contents(struct engine *engine, struct engine_effects *effects)
{
    for (uint32_t i = 0; i < RECLAIMED_A_TICK && engine->dead.head != 0; i++) {
        uint32_t index = engine->dead.head;
        struct content *content = content_at(engine, index);
        if (content->order.head != 0) {
            if (effects->bodies_count == ENGINE_BODIES_MAX)
                return;
            effects_body(effects, messages_reclaim(engine, content->order.head));
            continue;
        }
        chain_pop(&engine->dead, &content->dead_next);
        content_end(engine, index);
    }
}

static void reclaim_partitions(struct engine *engine, struct engine_effects *effects)
{
    uint32_t orphans = 0;
    while (engine->gone.head != 0) {
        uint32_t index = engine->gone.head;
        struct partition *partition = partition_at(engine, index);
        while (partition->parked.head != 0)
            if (!waiters_time_out(engine, partition->parked.head, effects, true))
                return;
        for (; partition->offered.head != 0; orphans++) {
            if (orphans == ORPHANS_A_TICK)
                return;
            waiters_orphan(engine, partition->offered.head); /* it is told when it comes back */
        }
        if (partition->is_dirty ||
            partition->is_pending) /* the end of this step or of the next takes it out */
            return;
        chain_pop(&engine->gone, &partition->gone_next);
        free_partition(engine, index);
    }
}

void partitions_reclaim(struct engine *engine, struct engine_effects *effects)
{
    reclaim_partitions(engine, effects);
    reclaim_contents(engine, effects);
}

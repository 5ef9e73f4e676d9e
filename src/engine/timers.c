/* One heap of deadlines for the whole engine. A timer is (kind, index); its owner knows its position. */
#include "engine/internal.h"

#include "base/banned.h"

#define INDEX_BITS 29u
#define INDEX_MASK ((1u << INDEX_BITS) - 1)

static uint32_t value_of(enum timer_kind kind, uint32_t index)
{
    ASSERT(index <= INDEX_MASK);
    return (uint32_t)kind << INDEX_BITS | index;
}

static uint32_t *place_of(const struct engine *engine, enum timer_kind kind, uint32_t index)
{
    switch (kind) {
    case TIMER_MESSAGE:
        return &message_at(engine, index)->place;
    case TIMER_WAITER:
        return &waiter_at(engine, index)->timer;
    case TIMER_GROUP:
        return &group_at(engine, index)->timer;
    case TIMER_RETENTION:
        return &partition_at(engine, index)->retention_timer;
    case TIMER_DELAY:
        return &partition_at(engine, index)->delay_timer;
    case TIMER_TASK:
        return &partition_at(engine, index)->task_timer;
    }
    UNREACHABLE("timer of no kind");
}

static void moved(void *context, uint32_t value, uint32_t position)
{
    *place_of(context, (enum timer_kind)(value >> INDEX_BITS), value & INDEX_MASK) = position;
}

void timers_init(struct engine *engine)
{
    heap_init(&engine->timers, moved, engine);
}

void timers_set(struct engine *engine, enum timer_kind kind, uint32_t index, int64_t due)
{
    uint32_t position = *place_of(engine, kind, index);
    if (position != 0) {
        heap_update(&engine->timers, position, due);
        return;
    }
    /* Commands have made sure of room before they decided; this is for replay. */
    if (!heap_reserve(&engine->timers, 1))
        check_failed(__FILE__, __LINE__, "out of memory");
    heap_push(&engine->timers, due, value_of(kind, index));
}

void timers_clear(struct engine *engine, enum timer_kind kind, uint32_t index)
{
    uint32_t position = *place_of(engine, kind, index);
    if (position != 0)
        heap_remove(&engine->timers, position);
}

int64_t timers_due(const struct engine *engine, enum timer_kind kind, uint32_t index)
{
    uint32_t position = *place_of(engine, kind, index);
    return position == 0 ? INT64_MAX : heap_at(&engine->timers, position)->key;
}

uint32_t timers_owner(const struct engine *engine, uint32_t position)
{
    return heap_at(&engine->timers, position)->value & INDEX_MASK;
}

/* False: not now, for lack of room. *left: how much work the step may still do; a timer that acts for many messages takes
 * its part of it. */
static bool fire(struct engine *engine, enum timer_kind kind, uint32_t index,
                 struct engine_effects *effects, uint32_t facts_max, uint32_t bodies_max,
                 uint32_t *left)
{
    switch (kind) {
    case TIMER_MESSAGE:
        if (content_of_message(engine, message_at(engine, index))->is_dead)
            timers_clear(engine, kind, index);
        else
            messages_change(engine, index, ENGINE_VISIBLE, 0, engine->now.mono.v);
        return true;
    case TIMER_WAITER:
        return waiters_time_out(engine, index, effects, false);
    case TIMER_GROUP:
        timers_clear(engine, kind, index);
        fair_run(engine, index);
        return true;
    case TIMER_RETENTION:
        if (!effects_have_room(effects, facts_max, bodies_max))
            return false;
        ages_run(engine, index, effects, facts_max, bodies_max);
        return true;
    case TIMER_DELAY:
        *left -= fifo_run(engine, index, *left);
        return true;
    case TIMER_TASK:
        timers_clear(engine, kind, index);
        partitions_pend(engine, index);
        return true;
    }
    UNREACHABLE("timer of no kind");
}

void timers_run(struct engine *engine, struct engine_effects *effects, uint32_t timers_max,
                uint32_t facts_max, uint32_t bodies_max)
{
    for (uint32_t left = timers_max; left > 0;) {
        left--;
        const struct heap_entry *first = heap_first(&engine->timers);
        if (first == NULL || first->key > engine->now.mono.v)
            return;
        if (!fire(engine, (enum timer_kind)(first->value >> INDEX_BITS), first->value & INDEX_MASK,
                  effects, facts_max, bodies_max, &left))
            return;
    }
}

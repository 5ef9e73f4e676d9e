/* Parked receives (D10). A waiter is parked, or offered: told that a message may be there. As many are offered as there
 * are receivable messages, so that one message wakes one client. An offered waiter comes back with a receive, and is
 * parked again at its old place when that finds nothing, or is retracted: then the offer goes to the next one.
 *
 * At most one wake of a waiter is on its way at any time: an offered waiter hears nothing more until it has come back,
 * neither of the end of its wait nor of the end of its queue. The shell keeps one letter a call because of that. */
#include "engine/internal.h"

#include "base/banned.h"

#define INDEX_BITS 24u

struct engine_waiter waiters_park(struct engine *engine, uint32_t partition_index, uint64_t token,
                                  int64_t deadline)
{
    uint32_t index = must_have(pool_take(&engine->waiters));
    ASSERT(index < 1u << INDEX_BITS);
    struct partition *partition = partition_at(engine, partition_index);
    struct waiter *waiter = waiter_at(engine, index);
    waiter->id = ++engine->next_waiter << INDEX_BITS | index;
    waiter->token = token;
    waiter->deadline = deadline;
    waiter->partition = partition_index;
    list_append(&partition->parked, WAITERS(engine), index);
    partition->parked_count++;
    timers_set(engine, TIMER_WAITER, index, deadline);
    return (struct engine_waiter){waiter->id};
}

uint32_t waiters_find(const struct engine *engine, struct engine_waiter wanted)
{
    uint32_t index = (uint32_t)(wanted.v & ((1u << INDEX_BITS) - 1));
    if (index == 0 || index >= engine->waiters.used || waiter_at(engine, index)->id != wanted.v)
        return 0;
    return index;
}

static void unlink_waiter(struct engine *engine, uint32_t index)
{
    const struct waiter *waiter = waiter_at(engine, index);
    if (waiter->partition == 0)
        return; /* its queue is gone: it is in no list */
    struct partition *partition = partition_at(engine, waiter->partition);
    if (waiter->is_offered) {
        list_remove(&partition->offered, WAITERS(engine), index);
        partition->offered_count--;
        partitions_touch(engine, waiter->partition);
    } else {
        list_remove(&partition->parked, WAITERS(engine), index);
        partition->parked_count--;
    }
    timers_clear(engine, TIMER_WAITER, index);
}

/* Those before it in the order of arrival that are parked are few: they were offered and came back, too. */
void waiters_park_again(struct engine *engine, uint32_t index)
{
    struct waiter *waiter = waiter_at(engine, index);
    struct partition *partition = partition_at(engine, waiter->partition);
    unlink_waiter(engine, index);
    waiter->is_offered = false;
    uint32_t before = 0;
    uint32_t next = partition->parked.head;
    while (next != 0 && waiter_at(engine, next)->id < waiter->id) {
        before = next;
        next = waiter_at(engine, next)->link.next;
    }
    list_insert_after(&partition->parked, WAITERS(engine), before, index);
    partition->parked_count++;
    timers_set(engine, TIMER_WAITER, index, waiter->deadline);
    partitions_touch(engine, waiter->partition);
}

void waiters_end(struct engine *engine, uint32_t index)
{
    unlink_waiter(engine, index);
    waiter_at(engine, index)->id = 0;
    pool_give(&engine->waiters, index);
}

void waiters_orphan(struct engine *engine, uint32_t index)
{
    struct waiter *waiter = waiter_at(engine, index);
    ASSERT(waiter->is_offered);
    unlink_waiter(engine, index);
    waiter->partition = 0;
}

static void wake(const struct waiter *waiter, struct engine_effects *effects, bool is_offer,
                 bool queue_gone)
{
    ASSERT(effects->wakes_count < ENGINE_WAKES_MAX);
    effects->wakes[effects->wakes_count++] = (struct engine_wake){.token = waiter->token,
                                                                  .waiter = {waiter->id},
                                                                  .is_offer = is_offer,
                                                                  .queue_gone = queue_gone};
}

bool waiters_time_out(struct engine *engine, uint32_t index, struct engine_effects *effects,
                      bool queue_gone)
{
    const struct waiter *waiter = waiter_at(engine, index);
    ASSERT(!waiter->is_offered);
    if (effects->wakes_count == ENGINE_WAKES_MAX)
        return false;
    wake(waiter, effects, false, queue_gone);
    if (!queue_gone)
        partition_at(engine, waiter->partition)->empty_receives_total++;
    waiters_end(engine, index);
    return true;
}

/* How many receives would find something now. */
static uint32_t receivable(const struct engine *engine, const struct partition *partition)
{
    const struct content *content = content_at(engine, partition->content);
    uint32_t count = content->is_fifo ? content->groups_available : content->count[ENGINE_VISIBLE];
    uint32_t inflight_max = partition->config.inflight_max;
    if (inflight_max == 0)
        return count;
    uint32_t inflight = content->count[ENGINE_INFLIGHT];
    uint32_t room = inflight < inflight_max ? inflight_max - inflight : 0; /* E13 */
    return count < room ? count : room;
}

static bool offer_in(struct engine *engine, struct partition *partition,
                     struct engine_effects *effects)
{
    uint32_t wanted = receivable(engine, partition);
    while (partition->parked.head != 0 && partition->offered_count < wanted) {
        if (effects->wakes_count == ENGINE_WAKES_MAX)
            return false;
        uint32_t index = partition->parked.head;
        struct waiter *waiter = waiter_at(engine, index);
        list_remove(&partition->parked, WAITERS(engine), index);
        partition->parked_count--;
        timers_clear(engine, TIMER_WAITER,
                     index); /* an offer is answered at once: time waits for it */
        waiter->is_offered = true;
        list_append(&partition->offered, WAITERS(engine), index);
        partition->offered_count++;
        wake(waiter, effects, true, false);
    }
    return true;
}

void waiters_offer(struct engine *engine, struct engine_effects *effects)
{
    while (engine->dirty.head != 0) {
        struct partition *partition = partition_at(engine, engine->dirty.head);
        if (!partition->is_gone && !offer_in(engine, partition, effects))
            return; /* the rest with the next tick, which is due at once */
        partitions_untouch_first(engine);
    }
}

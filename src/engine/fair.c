/* Fair queues: a standard queue whose messages carry group ids serves the quiet groups first (E15).
 *
 * A group turns noisy when it has many messages in flight and a tenth of all that are, or when consumers spent more
 * than a tenth of their recent time on it; and quiet when nothing of it waits any more, or when nothing was sent to it
 * for five minutes. Quiet groups with visible messages are in a heap by the sequence of their oldest one, noisy ones in
 * a heap by their messages in flight. Nothing of this is in the facts: after a restart groups are judged anew. */
#include "engine/internal.h"

#include "base/banned.h"

#define INFLIGHT_MIN  30u
#define SHARE         10u         /* a tenth */
#define SENT_MS_MAX   (5 * 60000) /* quiet again after this time without a send */
#define WORKED_MS_MIN 60000u      /* of recent time: about one consumer that does nothing else */
#define MINUTE_MS     60000

static int64_t key(const void *context, uint32_t index)
{
    return group_at(context, index)->heap_key;
}

void fair_init(struct engine *engine)
{
    meld_kind_init(&engine->quiet, &engine->groups, offsetof(struct group, node), key, engine);
    meld_kind_init(&engine->noisy, &engine->groups, offsetof(struct group, node), key, engine);
}

static void decay(uint64_t *worked_ms, uint32_t *minute, int64_t at)
{
    uint32_t now = (uint32_t)(at / MINUTE_MS);
    uint32_t passed = now > *minute ? now - *minute : 0;
    *worked_ms = passed < 64 ? *worked_ms >> passed : 0;
    *minute = now;
}

void fair_worked(struct content *content, struct group *group, int64_t spent_ms, int64_t at)
{
    if (spent_ms <= 0)
        return;
    decay(&content->worked_ms, &content->worked_minute, at);
    content->worked_ms += (uint64_t)spent_ms;
    decay(&group->worked_ms, &group->worked_minute, at);
    group->worked_ms += (uint64_t)spent_ms;
}

static void leave_heap(struct engine *engine, struct content *content, struct group *group,
                       uint32_t index)
{
    if (group->heap == HEAP_QUIET)
        meld_remove(&engine->quiet, &content->quiet_root, index);
    else if (group->heap == HEAP_NOISY)
        meld_remove(&engine->noisy, &content->noisy_root, index);
    group->heap = HEAP_NONE;
}

/* Puts the group where its counts and its head want it. */
static void place(struct engine *engine, struct content *content, struct group *group,
                  uint32_t index)
{
    uint32_t head = standard_head(engine, group);
    enum group_heap heap = head == 0 ? HEAP_NONE : group->is_noisy ? HEAP_NOISY : HEAP_QUIET;
    int64_t heap_key = 0;
    if (heap == HEAP_NOISY)
        heap_key = group->count[ENGINE_INFLIGHT];
    else if (heap == HEAP_QUIET)
        heap_key = (int64_t)message_at(engine, head)->sequence;
    if (heap == (enum group_heap)group->heap && heap_key == group->heap_key)
        return;
    leave_heap(engine, content, group, index);
    group->heap = (uint8_t)heap;
    group->heap_key = heap_key;
    if (heap == HEAP_QUIET)
        meld_push(&engine->quiet, &content->quiet_root, index);
    else if (heap == HEAP_NOISY)
        meld_push(&engine->noisy, &content->noisy_root, index);
}

static void set_noisy(struct engine *engine, struct content *content, struct group *group,
                      uint32_t index, bool is_noisy)
{
    group->is_noisy = is_noisy;
    for (uint32_t state = 0; state < STATES; state++)
        content->noisy_count[state] += is_noisy ? group->count[state] : -group->count[state];
    content->groups_noisy += is_noisy ? 1u : -1u;
    if (is_noisy)
        timers_set(engine, TIMER_GROUP, index, group->sent_at + SENT_MS_MAX);
    else
        timers_clear(engine, TIMER_GROUP, index);
}

static bool may_be_noisy(const struct group *group, int64_t at)
{
    return group->count[ENGINE_VISIBLE] + group->count[ENGINE_DELAYED] > 0 &&
           group->sent_at + SENT_MS_MAX > at;
}

void fair_update(struct engine *engine, uint32_t index, int64_t at)
{
    struct group *group = group_at(engine, index);
    struct content *content = content_at(engine, group->content);
    if (!group->has_key)
        return;
    uint64_t inflight = group->count[ENGINE_INFLIGHT];
    if (group->is_noisy && group->count[ENGINE_VISIBLE] + group->count[ENGINE_DELAYED] == 0)
        set_noisy(engine, content, group, index, false);
    else if (!group->is_noisy && inflight >= INFLIGHT_MIN &&
             inflight * SHARE > content->count[ENGINE_INFLIGHT] && may_be_noisy(group, at))
        set_noisy(engine, content, group, index, true);
    place(engine, content, group, index);
}

bool fair_judge(struct engine *engine, uint32_t index, int64_t at)
{
    struct group *group = group_at(engine, index);
    struct content *content = content_at(engine, group->content);
    if (group->is_noisy || group->worked_ms < WORKED_MS_MIN)
        return group->is_noisy;
    decay(&content->worked_ms, &content->worked_minute, at);
    decay(&group->worked_ms, &group->worked_minute, at);
    if (group->worked_ms < WORKED_MS_MIN || group->worked_ms * SHARE <= content->worked_ms ||
        !may_be_noisy(group, at))
        return false;
    set_noisy(engine, content, group, index, true);
    place(engine, content, group, index);
    return true;
}

void fair_run(struct engine *engine, uint32_t index)
{
    struct group *group = group_at(engine, index);
    struct content *content = content_at(engine, group->content);
    if (content->is_dead || !group->is_noisy)
        return;
    if (group->sent_at + SENT_MS_MAX > engine->now.mono.v) {
        timers_set(engine, TIMER_GROUP, index, group->sent_at + SENT_MS_MAX);
        return;
    }
    set_noisy(engine, content, group, index, false);
    place(engine, content, group, index);
}

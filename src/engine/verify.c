/* For tests: the invariants of the whole state, and a digest of all that a replay must restore. */
#include "engine/internal.h"

#include "base/banned.h"

struct sums {
    uint64_t count[STATES];
    uint64_t noisy_count[STATES];
    uint64_t bytes;
    uint64_t task_moving;
    uint64_t lates;
};

static void check_message(const struct engine *engine, uint32_t content_index,
                          const struct content *content, uint32_t index, struct sums *sums)
{
    const struct message *message = message_at(engine, index);
    const struct group *group = group_at(engine, message->group);
    ASSERT(group->content == content_index);
    ASSERT(messages_find(engine, content_index, message->sequence) == index);
    bool has_timer = message->state == ENGINE_INFLIGHT ||
                     (message->state == ENGINE_DELAYED && !content->is_fifo);
    if (has_timer)
        ASSERT(timers_owner(engine, message->place) == index);
    if (message->state == ENGINE_DELAYED && content->is_fifo)
        ASSERT(content->delay_cursor != 0 &&
               message_at(engine, content->delay_cursor)->sequence <= message->sequence);
    ASSERT_IMPLIES((message->flags & FLAG_RETURNED) != 0,
                   !content->is_fifo && message->state == ENGINE_VISIBLE);
    ASSERT_IMPLIES((message->flags & FLAG_PASSED) != 0, message->state == ENGINE_MOVING);
    ASSERT_IMPLIES((message->flags & FLAG_TASK) != 0, message->state == ENGINE_MOVING);
    sums->count[message->state]++;
    sums->noisy_count[message->state] += group->is_noisy;
    sums->bytes += message->body_bytes;
    sums->task_moving += (message->flags & FLAG_TASK) != 0;
    sums->lates += message->late != 0 && (message->flags & FLAG_PASSED) == 0;
}

static void check_standard_group(const struct engine *engine, const struct group *group)
{
    uint64_t visible = 0;
    uint64_t sequence = 0;
    for (uint32_t index = group->line.head; index != 0;
         index = message_at(engine, index)->line.next, visible++) {
        ASSERT(message_at(engine, index)->state == ENGINE_VISIBLE);
        ASSERT(message_at(engine, index)->sequence > sequence);
        sequence = message_at(engine, index)->sequence;
    }
    uint64_t smallest =
        group->returned_root == 0 ? 0 : message_at(engine, group->returned_root)->sequence;
    for (uint32_t index = group->returned_root; index != 0;
         index = meld_next(&engine->returned, index), visible++) {
        ASSERT((message_at(engine, index)->flags & FLAG_RETURNED) != 0);
        ASSERT(message_at(engine, index)->sequence >= smallest);
    }
    ASSERT(visible == group->count[ENGINE_VISIBLE]);
    if (group->has_key) {
        uint32_t head = standard_head(engine, group);
        ASSERT((head == 0) == (group->heap == HEAP_NONE));
        ASSERT_IMPLIES(group->heap == HEAP_QUIET,
                       group->heap_key == (int64_t)message_at(engine, head)->sequence);
        ASSERT_IMPLIES(group->heap == HEAP_NOISY, group->heap_key == group->count[ENGINE_INFLIGHT]);
    }
}

static void check_fifo_group(const struct engine *engine, const struct group *group)
{
    uint64_t messages = 0;
    uint64_t sequence = 0;
    for (uint32_t index = group->line.head; index != 0;
         index = message_at(engine, index)->line.next, messages++) {
        ASSERT(message_at(engine, index)->sequence > sequence);
        sequence = message_at(engine, index)->sequence;
    }
    ASSERT(messages == group->messages);
    uint32_t head = group->line.head;
    ASSERT(group->is_available == (head != 0 && message_at(engine, head)->state == ENGINE_VISIBLE));
}

static void check_group(const struct engine *engine, const struct content *content,
                        const struct group *group)
{
    uint64_t messages = 0;
    for (uint32_t state = 0; state < STATES; state++)
        messages += group->count[state];
    ASSERT(messages == group->messages);
    ASSERT_IMPLIES(group->has_key, messages > 0);
    ASSERT_IMPLIES(group->is_noisy,
                   group->count[ENGINE_VISIBLE] + group->count[ENGINE_DELAYED] > 0);
    if (content->is_fifo)
        check_fifo_group(engine, group);
    else
        check_standard_group(engine, group);
}

static void check_lists(const struct engine *engine, const struct content *content)
{
    const struct task *task = &partition_at(engine, content->partition)->task;
    uint64_t count = 0;
    uint64_t skipped = 0;
    for (uint32_t index = content->rotation.head; index != 0;
         index = group_at(engine, index)->rotation.next) {
        ASSERT(group_at(engine, index)->is_available);
        count++;
        skipped += group_at(engine, index)->skipped_by == task->serial;
    }
    ASSERT(count == content->groups_available);
    ASSERT_IMPLIES(task->is_active, skipped == task->skipped);
    for (uint32_t index = content->quiet_root; index != 0; index = meld_next(&engine->quiet, index))
        ASSERT(group_at(engine, index)->heap == HEAP_QUIET && !group_at(engine, index)->is_noisy);
    for (uint32_t index = content->noisy_root; index != 0; index = meld_next(&engine->noisy, index))
        ASSERT(group_at(engine, index)->heap == HEAP_NOISY && group_at(engine, index)->is_noisy);
}

static void check_content(const struct engine *engine, uint32_t content_index)
{
    const struct content *content = content_at(engine, content_index);
    struct sums sums = {0};
    uint64_t sequence = content->purged_upto;
    uint64_t groups = 0;
    uint64_t groups_inflight = 0;
    uint64_t groups_noisy = 0;
    check_group(engine, content, group_at(engine, content->ungrouped));
    for (uint32_t index = content->order.head; index != 0;
         index = message_at(engine, index)->order.next) {
        const struct message *message = message_at(engine, index);
        ASSERT(message->sequence > sequence);
        sequence = message->sequence;
        check_message(engine, content_index, content, index, &sums);
    }
    for (uint32_t i = 0; i < engine->groups_by_key.buckets_count; i++) {
        for (uint32_t index = chains_first(&engine->groups_by_key, i); index != 0;
             index = chains_next(&engine->groups_by_key, index)) {
            const struct group *group = group_at(engine, index);
            if (group->content != content_index)
                continue;
            check_group(engine, content, group);
            groups++;
            groups_inflight += group->count[ENGINE_INFLIGHT] > 0;
            groups_noisy += group->is_noisy;
        }
    }
    groups_inflight += group_at(engine, content->ungrouped)->count[ENGINE_INFLIGHT] > 0;
    for (uint32_t state = 0; state < STATES; state++) {
        ASSERT(sums.count[state] == content->count[state]);
        ASSERT(sums.noisy_count[state] == content->noisy_count[state]);
    }
    ASSERT(sums.bytes == content->bytes);
    ASSERT(sums.task_moving == content->task_moving);
    ASSERT(groups == content->groups_count);
    ASSERT(groups_inflight == content->groups_inflight);
    ASSERT(groups_noisy == content->groups_noisy);
    uint64_t lates = 0;
    for (uint32_t index = content->late_root; index != 0; index = meld_next(&engine->ages, index))
        lates++;
    ASSERT(lates == sums.lates);
    check_lists(engine, content);
}

static void check_waiters(const struct engine *engine, uint32_t index)
{
    const struct partition *partition = partition_at(engine, index);
    uint64_t last = 0;
    uint64_t count = 0;
    for (uint32_t at = partition->parked.head; at != 0;
         at = waiter_at(engine, at)->link.next, count++) {
        const struct waiter *waiter = waiter_at(engine, at);
        ASSERT(waiter->partition == index && !waiter->is_offered);
        ASSERT(waiter->id > last);
        ASSERT(timers_owner(engine, waiter->timer) == at);
        last = waiter->id;
    }
    ASSERT(count == partition->parked_count);
    count = 0;
    for (uint32_t at = partition->offered.head; at != 0;
         at = waiter_at(engine, at)->link.next, count++)
        ASSERT(waiter_at(engine, at)->is_offered && waiter_at(engine, at)->timer == 0);
    ASSERT(count == partition->offered_count);
}

/* Every partition: the table's chains hold them all. */
static uint32_t next_partition(const struct engine *engine, uint32_t *bucket, uint32_t last)
{
    uint32_t index = last == 0 ? 0 : chains_next(&engine->partitions_by_queue, last);
    while (index == 0 && *bucket < engine->partitions_by_queue.buckets_count)
        index = chains_first(&engine->partitions_by_queue, (*bucket)++);
    return index;
}

void engine_check(const struct engine *engine)
{
    heap_check(&engine->timers);
    uint32_t bucket = 0;
    for (uint32_t index = next_partition(engine, &bucket, 0); index != 0;
         index = next_partition(engine, &bucket, index)) {
        check_content(engine, partition_at(engine, index)->content);
        check_waiters(engine, index);
    }
}

static uint64_t mix_bytes(uint64_t digest, const void *at, size_t bytes)
{
    const uint8_t *byte = at;
    for (size_t i = 0; i < bytes; i++)
        digest = (digest ^ byte[i]) * 0x100000001b3u;
    return digest;
}

static uint64_t mix(uint64_t digest, uint64_t value)
{
    return chains_mix(digest * 31 + value);
}

static uint64_t digest_message(const struct engine *engine, uint32_t index)
{
    const struct message *message = message_at(engine, index);
    const struct group *group = group_at(engine, message->group);
    uint64_t digest = mix(1, message->sequence);
    digest = mix(digest, message->body);
    digest = mix(digest, message->body_bytes);
    digest = mix(digest, (uint64_t)message->enqueued_at);
    digest = mix(digest, (uint64_t)message->first_received);
    digest = mix(digest, message->receive_count);
    digest = mix(digest, message->state);
    digest = mix(digest, message->flags & (FLAG_CHANGED | FLAG_TASK));
    digest = mix(digest, (uint64_t)messages_until(engine, index));
    digest = mix(digest, origins_queue(engine, message->origin));
    digest = mix(digest, origins_receive_count(engine, message->origin));
    if (message->state == ENGINE_MOVING)
        digest = mix(digest, moves_target(engine, message));
    return group->has_key ? mix_bytes(digest, group->key, sizeof(group->key)) : digest;
}

/* Of the dedup entries and attempts of a content that are still in force: in no order, so they are added up. */
static uint64_t digest_memories(const struct engine *engine, uint32_t content)
{
    uint64_t digest = 0;
    int64_t now = engine->now.mono.v;
    for (uint32_t i = engine->dedups_by_age.head; i != 0; i = list_link(DEDUPS(engine), i)->next) {
        const struct dedup *dedup = pool_at(&engine->dedups, i);
        if (dedup->content != content || dedups_find(engine, content, &dedup->key, now) != i)
            continue;
        uint64_t one = mix_bytes(mix(2, dedup->sequence), dedup->key.v, sizeof(dedup->key.v));
        digest += mix(mix_bytes(one, dedup->message_id, sizeof(dedup->message_id)),
                      (uint64_t)dedup->accepted_at);
    }
    for (uint32_t i = engine->attempts_by_age.head; i != 0;
         i = list_link(ATTEMPTS(engine), i)->next) {
        const struct attempt *attempt = attempt_at(engine, i);
        if (attempt->content != content || attempts_find(engine, content, &attempt->key, now) != i)
            continue;
        uint64_t one = mix_bytes(mix(3, (uint64_t)attempt->received_at), attempt->key.v,
                                 sizeof(attempt->key.v));
        for (uint32_t k = 0; k < attempt->count; k++)
            one = mix(mix(one, attempt->sequences[k]), attempt->generations[k]);
        digest += one;
    }
    return digest;
}

/* Of the arrivals and the retries still in force of a queue. */
static uint64_t digest_of_queue(const struct engine *engine, uint64_t queue, uint64_t purged_upto)
{
    uint64_t digest = 0;
    for (uint32_t i = engine->arrivals_by_age.head; i != 0;
         i = list_link(ARRIVALS(engine), i)->next) {
        const struct arrival *arrival = arrival_at(engine, i);
        uint64_t one = mix(mix(5, arrival->sequence), arrival->receive_count);
        if (arrival->queue == queue)
            digest += mix_bytes(one, arrival->message_id, sizeof(arrival->message_id));
    }
    for (uint32_t i = engine->retries_by_age.head; i != 0;
         i = list_link(RETRIES(engine), i)->next) {
        const struct retry *retry = retry_at(engine, i);
        if (retries_find(engine, queue, &retry->key, purged_upto, engine->now.mono.v) != i)
            continue;
        uint64_t one = mix_bytes(mix(6, retry->sequence), retry->key.v, sizeof(retry->key.v));
        digest += mix(mix_bytes(one, retry->message_id, sizeof(retry->message_id)),
                      (uint64_t)retry->accepted_at);
    }
    return digest;
}

uint64_t engine_fingerprint(const struct engine *engine)
{
    uint64_t digest = 0;
    uint32_t bucket = 0;
    retries_tie(engine);
    for (uint32_t index = next_partition(engine, &bucket, 0); index != 0;
         index = next_partition(engine, &bucket, index)) {
        const struct partition *partition = partition_at(engine, index);
        const struct content *content = content_at(engine, partition->content);
        uint64_t one = mix(mix(4, partition->queue), content->purged_upto);
        one = mix(one, (uint64_t)partition->purged_at);
        one = mix(mix(one, partition->task.id), partition->task.moved);
        for (uint32_t at = content->order.head; at != 0; at = message_at(engine, at)->order.next)
            one = mix(one, digest_message(engine, at));
        one = mix(one, digest_memories(engine, partition->content));
        digest += mix(one, digest_of_queue(engine, partition->queue, content->purged_upto));
    }
    return digest;
}

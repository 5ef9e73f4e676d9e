/* The state as facts, in slices, while it goes on changing.
 *
 * What came after the start is in the facts since, so the walk needs to meet only what was there at the start and stays
 * until it is met: each list is walked from its head, new items stand behind, and whatever leaves a list just where the
 * walk will go on tells it (dump_skip). Messages come in the order of sequence, so that a replay appends them.
 *
 * Every call looks at a bounded number of items. When none of them was worth a fact, it gives the time once more: only
 * the end is empty. */
#include "engine/internal.h"

#include "base/banned.h"

#define LOOKED_AT_A_FACT 8u
#define FACTS_OF_ONE_MAX ENGINE_RECEIVE_MAX /* of an attempt */
_Static_assert(ENGINE_DUMP_MIN > FACTS_OF_ONE_MAX, "a call gets on");

struct output {
    struct engine_fact *facts;
    uint32_t count;
};

static struct engine_fact *add(struct output *output, enum engine_fact_kind kind, uint64_t queue,
                               int64_t at)
{
    struct engine_fact *fact = &output->facts[output->count++];
    memset(fact, 0, sizeof(*fact));
    fact->kind = kind;
    fact->queue.v = queue;
    fact->at.v = at;
    return fact;
}

static void add_latest(const struct engine *engine, struct output *output)
{
    add(output, FACT_LATEST, 0, engine->now.mono.v)->sequence = engine->next_sequence - 1;
}

static void add_partition(const struct engine *engine, const struct partition *partition,
                          struct output *output)
{
    const struct content *content = content_at(engine, partition->content);
    if (partition->was_purged) {
        struct engine_fact *fact = add(output, FACT_PURGED, partition->queue, partition->purged_at);
        fact->sequence = content->purged_upto;
        fact->is_fifo = content->is_fifo;
    }
    const struct task *task = &partition->task;
    if (task->id != 0) {
        struct engine_fact *fact = add(output, FACT_TASK, partition->queue, engine->now.mono.v);
        fact->sequence = task->sequence_last;
        fact->is_fifo = content->is_fifo;
        fact->task = task->id;
        fact->task_moved = task->moved;
        fact->task_status =
            task->is_active || task->is_restored ? ENGINE_TASK_ACTIVE : ENGINE_TASK_COMPLETED;
    }
}

static void add_message(const struct engine *engine, uint32_t index, struct output *output)
{
    const struct message *message = message_at(engine, index);
    const struct group *group = group_at(engine, message->group);
    const struct content *content = content_at(engine, group->content);
    const struct partition *partition = partition_at(engine, content->partition);
    struct engine_fact *fact = add(output, FACT_MESSAGE, partition->queue, engine->now.mono.v);
    fact->sequence = message->sequence;
    fact->until.v = messages_until(engine, index);
    fact->enqueued_at.v = message->enqueued_at;
    fact->received_at.v = messages_received_at(engine, index);
    fact->first_received.v = message->first_received;
    fact->receive_count = message->receive_count;
    fact->arrived_count = origins_receive_count(engine, message->origin);
    fact->body_bytes = message->body_bytes;
    fact->body.v = message->body;
    fact->is_fifo = content->is_fifo;
    fact->is_changed = (message->flags & FLAG_CHANGED) != 0;
    fact->has_group = group->has_key;
    memcpy(fact->group.v, group->key, sizeof(fact->group.v));
    fact->state = message->state;
    fact->origin.v = origins_queue(engine, message->origin);
    if (message->state == ENGINE_MOVING)
        fact->target.v = moves_target(engine, message);
    if ((message->flags & FLAG_TASK) != 0)
        fact->task = partition->task.id;
}

static void add_attempt(const struct engine *engine, uint32_t index, struct output *output)
{
    const struct attempt *attempt = attempt_at(engine, index);
    const struct content *content = content_at(engine, attempt->content);
    if (attempts_find(engine, attempt->content, &attempt->key, engine->now.mono.v) != index ||
        content->is_dead)
        return; /* void for ever */
    uint64_t queue = partition_at(engine, content->partition)->queue;
    for (uint32_t i = 0; i < attempt->count; i++) {
        struct engine_fact *fact = add(output, FACT_ATTEMPT, queue, attempt->received_at);
        fact->sequence = attempt->sequences[i];
        fact->generation = attempt->generations[i];
        fact->received_at.v = attempt->received_at;
        fact->is_fifo = true;
        fact->has_attempt = true;
        fact->attempt = attempt->key;
        fact->attempt_index = (uint8_t)i;
    }
}

static void add_dedup(const struct engine *engine, uint32_t index, struct output *output)
{
    const struct dedup *dedup = pool_at(&engine->dedups, index);
    const struct content *content = content_at(engine, dedup->content);
    if (content->is_dead ||
        dedups_find(engine, dedup->content, &dedup->key, engine->now.mono.v) != index)
        return;
    uint64_t queue = partition_at(engine, content->partition)->queue;
    struct engine_fact *fact = add(output, FACT_MEMORY, queue, dedup->accepted_at);
    fact->sequence = dedup->sequence;
    memcpy(fact->message_id, dedup->message_id, sizeof(fact->message_id));
    fact->is_fifo = true;
    fact->has_dedup = true;
    fact->dedup = dedup->key;
}

static void add_retry(const struct engine *engine, uint32_t index, struct output *output)
{
    const struct retry *retry = retry_at(engine, index);
    uint32_t partition = partitions_find_any(engine, retry->queue);
    if (partition == 0 || retry->accepted_at + ENGINE_RETRY_MS <= engine->now.mono.v)
        return;
    const struct content *content = content_at(engine, partition_at(engine, partition)->content);
    if (retry->sequence <= content->purged_upto)
        return;
    struct engine_fact *fact = add(output, FACT_MEMORY, retry->queue, retry->accepted_at);
    fact->sequence = retry->sequence;
    memcpy(fact->message_id, retry->message_id, sizeof(fact->message_id));
    fact->is_fifo = content->is_fifo;
    fact->has_retry = true;
    fact->retry = retry->key;
}

static void add_arrival(const struct engine *engine, uint32_t index, struct output *output)
{
    const struct arrival *arrival = arrival_at(engine, index);
    uint32_t partition = partitions_find_any(engine, arrival->queue);
    if (partition == 0)
        return;
    struct engine_fact *fact = add(output, FACT_MEMORY, arrival->queue, 0);
    fact->sequence = arrival->sequence;
    memcpy(fact->message_id, arrival->message_id, sizeof(fact->message_id));
    fact->receive_count = arrival->receive_count;
    fact->is_fifo = partition_at(engine, partition)->config.is_fifo;
    fact->is_arrival = true;
}

/* The lists that are walked one behind the other. */
static const struct {
    size_t list, pool, link; /* offsets: in the engine, in the engine, in the item */
    void (*add)(const struct engine *engine, uint32_t index, struct output *output);
} lists[DUMP_DONE + 1] = {
    [DUMP_ATTEMPTS] = {offsetof(struct engine, attempts_by_age), offsetof(struct engine, attempts),
                       offsetof(struct attempt, link), add_attempt},
    [DUMP_DEDUPS] = {offsetof(struct engine, dedups_by_age), offsetof(struct engine, dedups),
                     offsetof(struct dedup, link), add_dedup},
    [DUMP_RETRIES] = {offsetof(struct engine, retries_by_age), offsetof(struct engine, retries),
                      offsetof(struct retry, link), add_retry},
    [DUMP_ARRIVALS] = {offsetof(struct engine, arrivals_by_age), offsetof(struct engine, arrivals),
                       offsetof(struct arrival, link), add_arrival},
};

static void begin_list(struct engine *engine, enum dump_phase phase)
{
    engine->dump.phase = phase;
    if (phase == DUMP_DONE)
        return;
    const uint8_t *at = (const uint8_t *)engine;
    engine->dump.next = ((const struct list *)(at + lists[phase].list))->head;
    engine->dump.left = pool_count((const struct pool *)(at + lists[phase].pool));
}

static void step_list(struct engine *engine, struct output *output)
{
    struct dump *dump = &engine->dump;
    if (dump->next == 0 || dump->left == 0) {
        begin_list(engine, dump->phase + 1);
        return;
    }
    const struct pool *pool =
        (const struct pool *)((const uint8_t *)engine + lists[dump->phase].pool);
    lists[dump->phase].add(engine, dump->next, output);
    struct list_place place = {pool, (uint32_t)lists[dump->phase].link};
    dump->next = list_link(place, dump->next)->next;
    dump->left--;
}

static void step_partition(struct engine *engine, struct output *output)
{
    struct dump *dump = &engine->dump;
    if (dump->partition >= dump->partitions_end) {
        begin_list(engine, DUMP_ATTEMPTS);
        return;
    }
    const struct partition *partition = partition_at(engine, dump->partition);
    if (partition->queue == 0 || partition->is_gone) {
        dump->partition++;
        return;
    }
    add_partition(engine, partition, output);
    dump->phase = DUMP_MESSAGES;
    dump->next = content_at(engine, partition->content)->order.head;
}

static void step_messages(struct engine *engine, struct output *output)
{
    struct dump *dump = &engine->dump;
    if (dump->next == 0 || message_at(engine, dump->next)->sequence >= dump->sequence_end) {
        dump->phase = DUMP_PARTITION;
        dump->partition++;
        return;
    }
    add_message(engine, dump->next, output);
    dump->next = message_at(engine, dump->next)->order.next;
}

static void step(struct engine *engine, struct output *output)
{
    switch (engine->dump.phase) {
    case DUMP_LATEST:
        add_latest(engine, output);
        engine->dump.phase = DUMP_PARTITION;
        return;
    case DUMP_PARTITION:
        step_partition(engine, output);
        return;
    case DUMP_MESSAGES:
        step_messages(engine, output);
        return;
    case DUMP_ATTEMPTS:
    case DUMP_DEDUPS:
    case DUMP_RETRIES:
    case DUMP_ARRIVALS:
        step_list(engine, output);
        return;
    case DUMP_DONE:
        break;
    }
    UNREACHABLE("a dump that is over");
}

uint32_t engine_dump(struct engine *engine, struct engine_dump_cursor *cursor,
                     struct engine_fact *ret_facts, uint32_t capacity)
{
    struct dump *dump = &engine->dump;
    ASSERT(capacity >= ENGINE_DUMP_MIN);
    if (cursor->dump == 0) {
        cursor->dump = dump->number + 1;
        *dump = (struct dump){.number = cursor->dump,
                              .sequence_end = engine->next_sequence,
                              .partition = 1,
                              .partitions_end = engine->partitions.used};
    }
    ASSERT(cursor->dump == dump->number);
    struct output output = {ret_facts, 0};
    uint64_t looks = (uint64_t)capacity * LOOKED_AT_A_FACT;
    for (; looks > 0 && dump->phase != DUMP_DONE && output.count + FACTS_OF_ONE_MAX <= capacity;
         looks--)
        step(engine, &output);
    if (output.count == 0 && dump->phase != DUMP_DONE)
        add_latest(engine, &output);
    return output.count;
}

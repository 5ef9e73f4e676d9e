/* Messages on their way to another queue (D13): asked for by effects, kept as MOVING until the outcome comes back. What
 * an earlier life of the engine had asked for is asked for again, once its queue is configured. */
#include "engine/internal.h"

#include "base/banned.h"

static struct resume *resume_at(const struct engine *engine, uint32_t index)
{
    return pool_at(&engine->resumes, index);
}

static void add_move(struct engine *engine, struct engine_effects *effects, uint32_t index,
                     enum engine_move_kind kind, uint64_t target)
{
    ASSERT(effects->moves_count < ENGINE_MOVES_MAX);
    const struct message *message = message_at(engine, index);
    const struct group *group = group_at(engine, message->group);
    uint32_t partition = content_at(engine, group->content)->partition;
    struct engine_move *move = &effects->moves[effects->moves_count++];
    *move = (struct engine_move){
        .kind = kind,
        .source = {partition_at(engine, partition)->queue},
        .target = {target},
        .sequence = message->sequence,
        .body = {message->body},
        .body_bytes = message->body_bytes,
        .enqueued_at = {message->enqueued_at},
        .first_received = {message->first_received},
        .receive_count = message->receive_count,
        .has_group = group->has_key,
        .origin = {origins_queue(engine, message->origin)},
    };
    memcpy(move->group.v, group->key, sizeof(move->group.v));
}

void moves_ask(struct engine *engine, struct engine_effects *effects, uint32_t index,
               enum engine_move_kind kind, uint64_t target)
{
    ASSERT(target != 0);
    add_move(engine, effects, index, kind, target);
    const struct content *content = content_of_message(engine, message_at(engine, index));
    struct engine_fact *fact = facts_of_message(engine, effects, FACT_MOVING, index);
    fact->target.v = target;
    if (kind == ENGINE_MOVE_TASK)
        fact->task = partition_at(engine, content->partition)->task.id;
    facts_apply(engine, fact, effects);
}

bool moves_reserve(struct engine *engine, uint32_t count)
{
    return pool_reserve(&engine->resumes, count);
}

static struct list *list_of(struct engine *engine, const struct resume *resume)
{
    return resume->kind == RESUME_UNASKED ? &engine->unasked : &engine->waiting;
}

void moves_remember(struct engine *engine, uint32_t index, uint64_t target, bool is_replay)
{
    struct message *message = message_at(engine, index);
    uint32_t partition = content_of_message(engine, message)->partition;
    uint32_t remembered = must_have(pool_take(&engine->resumes));
    struct resume *resume = resume_at(engine, remembered);
    resume->target = target;
    resume->message = index;
    message->place = remembered;
    if (!is_replay)
        return;
    resume->kind = partition_at(engine, partition)->is_configured ? RESUME_UNASKED : RESUME_WAITING;
    list_append(list_of(engine, resume), RESUMES(engine), remembered);
}

uint64_t moves_target(const struct engine *engine, const struct message *message)
{
    ASSERT(message->state == ENGINE_MOVING);
    return resume_at(engine, message->place)->target;
}

void moves_forget(struct engine *engine, struct message *message)
{
    uint32_t remembered = message->place;
    struct resume *resume = resume_at(engine, remembered);
    if (resume->kind != RESUME_ASKED)
        list_remove(list_of(engine, resume), RESUMES(engine), remembered);
    message->place = 0;
    pool_give(&engine->resumes, remembered);
}

/* Those that wait are few: what was on the way when an earlier life ended. */
void moves_release(struct engine *engine, uint32_t partition)
{
    if (content_at(engine, partition_at(engine, partition)->content)->count[ENGINE_MOVING] == 0)
        return;
    for (uint32_t index = engine->waiting.head, next = 0; index != 0; index = next) {
        struct resume *resume = resume_at(engine, index);
        next = resume->link.next;
        if (content_of_message(engine, message_at(engine, resume->message))->partition != partition)
            continue;
        list_remove(&engine->waiting, RESUMES(engine), index);
        resume->kind = RESUME_UNASKED;
        list_append(&engine->unasked, RESUMES(engine), index);
    }
}

void moves_ask_again(struct engine *engine, struct engine_effects *effects)
{
    while (engine->unasked.head != 0 && effects->moves_count < ENGINE_MOVES_MAX) {
        uint32_t index = engine->unasked.head;
        struct resume *resume = resume_at(engine, index);
        const struct message *message = message_at(engine, resume->message);
        enum engine_move_kind kind =
            (message->flags & FLAG_TASK) != 0 ? ENGINE_MOVE_TASK : ENGINE_MOVE_DEAD_LETTER;
        if (!content_of_message(engine, message)->is_dead)
            add_move(engine, effects, resume->message, kind, resume->target);
        list_remove(&engine->unasked, RESUMES(engine), index);
        resume->kind = RESUME_ASKED;
    }
}

/* What is to be tried again is hidden until then: a receive that met it at once would only ask for the same move again.
 * Messages of a task that makes a pause are not: others may have them meanwhile. */
static enum engine_fact_kind fact_of_outcome(enum engine_move_outcome outcome, bool is_task)
{
    switch (outcome) {
    case ENGINE_MOVE_ARRIVED:
        return FACT_GONE;
    case ENGINE_MOVE_REFUSED:
        return FACT_RETURNED;
    case ENGINE_MOVE_LATER:
        return is_task ? FACT_RETURNED : FACT_HIDDEN;
    case ENGINE_MOVE_UNREAD:
        return FACT_HIDDEN;
    }
    UNREACHABLE("outcome of no kind");
}

void moves_outcome(struct engine *engine, const struct engine_event *event,
                   struct engine_effects *effects)
{
    uint32_t partition_index = partitions_find(engine, event->queue.v);
    if (partition_index == 0) {
        effects->result = ENGINE_NO_QUEUE;
        return;
    }
    struct partition *partition = partition_at(engine, partition_index);
    uint32_t index = messages_find(engine, partition->content, event->moved.sequence);
    if (index == 0 || message_at(engine, index)->state != ENGINE_MOVING)
        return; /* purged meanwhile */
    enum engine_move_outcome outcome = event->moved.outcome;
    bool is_task = (message_at(engine, index)->flags & FLAG_TASK) != 0;
    enum engine_fact_kind kind = fact_of_outcome(outcome, is_task);
    struct engine_fact *fact = facts_of_message(engine, effects, kind, index);
    if (kind == FACT_HIDDEN)
        fact->until.v = engine->now.mono.v + (outcome == ENGINE_MOVE_LATER ? ENGINE_MOVE_LATER_MS
                                                                           : ENGINE_MOVE_UNREAD_MS);
    facts_apply(engine, fact, effects);
    if (is_task)
        tasks_outcome(engine, partition_index, outcome, effects);
    else if (outcome == ENGINE_MOVE_ARRIVED)
        partition->dead_lettered_total++;
}

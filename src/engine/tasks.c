/* Move tasks (C20): at most one a queue. It takes what is receivable, in the order in which a receive would, and was
 * there when the task started; and keeps at most TASK_WINDOW moves waiting for their outcome.
 *
 * Pacing: due_us is when the next move may start. Each move sets it one interval on; it never falls behind the clock by
 * more than CATCH_UP_US, so ticks that come late are made up for and idle time is not.
 *
 * Every end waits for the outcomes of what is on the way. */
#include "engine/internal.h"

#include "base/banned.h"

#define CATCH_UP_US  20000
#define TOLD_EVERY   100u
#define ROTATED_MAX  64u
#define NO_MEMORY_MS 1000 /* until the next try */

enum found { FOUND_ONE, FOUND_NONE, FOUND_LATER };

static enum found find_fifo(struct engine *engine, struct content *content, struct task *task,
                            uint32_t last, uint32_t *ret_index)
{
    uint32_t next = last == 0 ? 0 : message_at(engine, last)->line.next;
    if (next != 0 && message_at(engine, next)->state == ENGINE_VISIBLE &&
        message_at(engine, next)->sequence <= task->sequence_last) {
        *ret_index = next; /* the rest of the run of this group */
        return FOUND_ONE;
    }
    for (uint32_t i = 0; i < ROTATED_MAX; i++) {
        uint32_t group = content->rotation.head;
        if (task->skipped == content->groups_available)
            return FOUND_NONE;
        uint32_t head = group_at(engine, group)->line.head;
        if (message_at(engine, head)->sequence <= task->sequence_last) {
            *ret_index = head;
            return FOUND_ONE;
        }
        list_remove(&content->rotation, ROTATION(engine), group);
        list_append(&content->rotation, ROTATION(engine), group);
        if (group_at(engine, group)->skipped_by != task->serial) {
            group_at(engine, group)->skipped_by = task->serial;
            task->skipped++;
        }
    }
    return FOUND_LATER;
}

static enum found find(struct engine *engine, struct content *content, struct task *task,
                       uint32_t last, uint32_t *ret_index)
{
    if (content->is_fifo)
        return find_fifo(engine, content, task, last, ret_index);
    uint32_t index = standard_next_upto(engine, content, task->sequence_last);
    if (index == 0)
        return FOUND_NONE;
    *ret_index = index;
    return FOUND_ONE;
}

static void end(struct task *task, enum engine_task_status status)
{
    if (task->is_ending) /* the first reason stays */
        return;
    task->is_ending = true;
    task->status = status;
}

/* True when the task may move one now. Otherwise its timer is set. */
static bool pace(struct engine *engine, uint32_t partition, struct task *task)
{
    if (task->paused_until > engine->now.mono.v) {
        timers_set(engine, TIMER_TASK, partition, task->paused_until);
        return false;
    }
    if (task->per_second == 0)
        return true;
    int64_t now_us = engine->now.mono.v * 1000;
    if (task->due_us > now_us) {
        timers_set(engine, TIMER_TASK, partition, (task->due_us + 999) / 1000);
        return false;
    }
    if (task->due_us < now_us - CATCH_UP_US)
        task->due_us = now_us - CATCH_UP_US;
    task->due_us += (1000000 + task->per_second - 1) / task->per_second;
    return true;
}

/* Bounded by the room in the effects and by the window. */
static void move_some(struct engine *engine, uint32_t partition_index,
                      struct engine_effects *effects)
{
    struct partition *partition = partition_at(engine, partition_index);
    struct content *content = content_at(engine, partition->content);
    struct task *task = &partition->task;
    uint32_t last = 0;
    while (!task->is_ending && content->task_moving < TASK_WINDOW) {
        uint32_t index = 0;
        enum found found = find(engine, content, task, last, &index);
        if (found == FOUND_NONE && content->task_moving == 0)
            end(task, ENGINE_TASK_COMPLETED);
        if (found == FOUND_NONE)
            return;
        if (found == FOUND_LATER || effects->moves_count == ENGINE_MOVES_MAX ||
            effects->facts_count >= FACTS_BEFORE_TASKS + ENGINE_MOVES_MAX) {
            partitions_pend(engine, partition_index);
            return;
        }
        uint64_t origin = origins_queue(engine, message_at(engine, index)->origin);
        uint64_t target = task->destination != 0 ? task->destination : origin;
        if (target == 0) {
            task->origin_unknown = true;
            end(task, ENGINE_TASK_FAILED);
        } else if (!moves_reserve(engine, 1)) {
            timers_set(engine, TIMER_TASK, partition_index, engine->now.mono.v + NO_MEMORY_MS);
            return;
        } else if (!pace(engine, partition_index, task)) {
            return;
        } else {
            moves_ask(engine, effects, index, ENGINE_MOVE_TASK, target);
            last = index;
        }
    }
}

static void record(struct engine *engine, const struct partition *partition,
                   struct engine_effects *effects, enum engine_task_status status)
{
    struct engine_fact *fact =
        effects_fact(effects, FACT_TASK, partition->queue, engine->now.mono.v);
    fact->is_fifo = partition->config.is_fifo;
    fact->sequence = partition->task.sequence_last;
    fact->task = partition->task.id;
    fact->task_moved = partition->task.moved;
    fact->task_status = status;
    facts_apply(engine, fact, effects);
}

static void tell(struct partition *partition, struct engine_effects *effects,
                 enum engine_task_status status)
{
    struct task *task = &partition->task;
    task->moved_told = task->moved;
    effects->tasks[effects->tasks_count++] = (struct engine_task_news){
        .task = task->id,
        .queue = {partition->queue},
        .status = status,
        .moved_count = task->moved,
        .origin_unknown = status == ENGINE_TASK_FAILED && task->origin_unknown,
        .destination_gone = status == ENGINE_TASK_FAILED && task->destination_gone,
    };
}

void tasks_run(struct engine *engine, uint32_t partition_index, struct engine_effects *effects)
{
    struct partition *partition = partition_at(engine, partition_index);
    struct task *task = &partition->task;
    if (partition->is_gone || !task->is_active)
        return;
    move_some(engine, partition_index, effects);
    if (!task->is_ending || content_at(engine, partition->content)->task_moving > 0)
        return;
    if (effects->tasks_count == ENGINE_TASKS_MAX || effects->facts_count == ENGINE_FACTS_MAX) {
        partitions_pend(engine, partition_index);
        return;
    }
    task->is_active = false;
    timers_clear(engine, TIMER_TASK, partition_index);
    record(engine, partition, effects, task->status);
    tell(partition, effects, task->status);
}

void tasks_run_pending(struct engine *engine, struct engine_effects *effects)
{
    while (engine->pending.head != 0 && effects->facts_count < FACTS_BEFORE_TASKS &&
           effects->moves_count < ENGINE_MOVES_MAX && effects->tasks_count < ENGINE_TASKS_MAX) {
        uint32_t index = engine->pending.head;
        partitions_unpend_first(engine);
        tasks_run(engine, index, effects);
        if (partition_at(engine, index)->is_pending) /* cut by a bound: the next tick goes on */
            return;
    }
}

void tasks_outcome(struct engine *engine, uint32_t partition_index,
                   enum engine_move_outcome outcome, struct engine_effects *effects)
{
    struct partition *partition = partition_at(engine, partition_index);
    struct task *task = &partition->task;
    if (outcome == ENGINE_MOVE_LATER) {
        task->paused_until = engine->now.mono.v + ENGINE_MOVE_LATER_MS;
    } else if (outcome == ENGINE_MOVE_REFUSED) {
        task->destination_gone = task->destination_gone || !task->is_ending;
        end(task, ENGINE_TASK_FAILED);
    } else if (outcome == ENGINE_MOVE_ARRIVED) {
        task->moved++;
        record(engine, partition, effects, ENGINE_TASK_ACTIVE);
    }
    if (!task->is_active)
        return;
    tasks_run(engine, partition_index, effects);
    if (task->is_active && task->moved >= task->moved_told + TOLD_EVERY &&
        effects->tasks_count < ENGINE_TASKS_MAX)
        tell(partition, effects, ENGINE_TASK_ACTIVE);
}

void tasks_start(struct engine *engine, const struct engine_event *event,
                 struct engine_effects *effects)
{
    uint32_t index = partitions_find(engine, event->queue.v);
    if (index == 0) {
        effects->result = ENGINE_NO_QUEUE;
        return;
    }
    struct partition *partition = partition_at(engine, index);
    if (partition->task.is_active) {
        effects->result = ENGINE_TASK_RUNNING;
        return;
    }
    if (!heap_reserve(&engine->timers, TIMERS_SPARE)) {
        effects->result = ENGINE_FULL;
        return;
    }
    const struct task *known = &partition->task;
    bool is_known = known->id == event->task_start.task;
    uint64_t moved = event->task_start.moved_before;
    if (is_known && known->moved > moved)
        moved = known->moved; /* the facts know better than what was told last */
    uint64_t sequence_last = is_known && known->is_restored
                                 ? known->sequence_last
                                 : content_at(engine, partition->content)->sequence_last;
    partition->task = (struct task){
        .id = event->task_start.task,
        .destination = event->task_start.destination.v,
        .sequence_last = sequence_last,
        .moved = moved,
        .due_us = engine->now.mono.v * 1000,
        .serial = ++engine->next_task,
        .per_second = event->task_start.per_second,
        .is_active = true,
    };
    record(engine, partition, effects, ENGINE_TASK_ACTIVE);
    tell(partition, effects, ENGINE_TASK_ACTIVE);
    tasks_run(engine, index, effects);
}

void tasks_cancel(struct engine *engine, const struct engine_event *event,
                  struct engine_effects *effects)
{
    uint32_t index = partitions_find(engine, event->queue.v);
    if (index == 0) {
        effects->result = ENGINE_NO_QUEUE;
        return;
    }
    struct task *task = &partition_at(engine, index)->task;
    if (!task->is_active || task->id != event->task_cancel) {
        effects->result = ENGINE_NO_TASK;
        return;
    }
    end(task, ENGINE_TASK_CANCELLED);
    tasks_run(engine, index, effects);
}

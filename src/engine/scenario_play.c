#include "engine/scenario_play.h"

#include "base/banned.h"

#define DAY_MS INT64_C(86400000)

struct play {
    struct scenario_world *world;
    struct scenario_command command;
};

static bool wrong(struct play *play, const char *what, struct slice word)
{
    scenario_say(play->world, "error: %s \"%.*s\"", what, SLICE_PRINT(word));
    return false;
}

static struct slice word_at(const struct play *play, uint32_t index)
{
    return index < play->command.words_count ? play->command.words[index] : SLICE_NONE;
}

/* An option as a number; bounds keep the casts honest. */
static bool count_option(struct play *play, const char *key, int64_t absent, int64_t *ret_count)
{
    if (!scenario_option_count(&play->command, key, absent, ret_count) || *ret_count < 0 ||
        *ret_count > UINT32_MAX)
        return wrong(play, "not a count:", slice_from_text(key));
    return true;
}

static bool ms_option(struct play *play, const char *key, int64_t absent, int64_t *ret_ms)
{
    if (!scenario_option_ms(&play->command, key, absent, ret_ms))
        return wrong(play, "not a number of seconds:", slice_from_text(key));
    return true;
}

static bool find_queue(struct play *play, struct slice name, struct scenario_queue **ret_queue)
{
    *ret_queue = scenario_queue_find(play->world, name);
    return *ret_queue != NULL || wrong(play, "no such queue:", name);
}

static void finish(struct play *play)
{
    scenario_take_moves(play->world);
    scenario_settle(play->world);
}

/* ---- queues ---- */

static struct scenario_queue *add_queue(struct play *play, struct slice name)
{
    struct scenario_world *world = play->world;
    ASSERT(world->queues_count < SCENARIO_QUEUES_MAX);
    struct scenario_queue *queue = &world->queues[world->queues_count++];
    *queue = (struct scenario_queue){.name = scenario_copy(world, name)};
    return queue;
}

static bool read_config(struct play *play, struct engine_config *config)
{
    int64_t fifo = 0;
    int64_t max = 0;
    int64_t inflight = 0;
    struct slice dead_letter = scenario_option(&play->command, "dlq");
    if (!count_option(play, "fifo", config->is_fifo, &fifo) ||
        !count_option(play, "max", config->receive_count_max, &max) ||
        !count_option(play, "inflight", config->inflight_max, &inflight) ||
        !ms_option(play, "retention", config->retention_ms, &config->retention_ms) ||
        !ms_option(play, "delay", config->delay_ms, &config->delay_ms))
        return false;
    config->is_fifo = fifo != 0;
    config->receive_count_max = (uint32_t)max;
    config->inflight_max = (uint32_t)inflight;
    if (slice_is(dead_letter, "none")) {
        config->dead_letter.v = 0;
    } else if (dead_letter.at != NULL) {
        struct scenario_queue *target = NULL;
        if (!find_queue(play, dead_letter, &target))
            return false;
        config->dead_letter = target->id;
    }
    return true;
}

static bool play_queue(struct play *play)
{
    struct scenario_world *world = play->world;
    struct slice name = word_at(play, 1);
    struct scenario_queue *queue = scenario_queue_find(world, name);
    if (queue == NULL)
        queue = add_queue(play, name);
    if (queue->id.v == 0) {
        queue->id.v = ++world->queue_next;
        queue->config = (struct engine_config){.version = MODEL_CONFIG_VERSION - 1,
                                               .retention_ms = 4 * DAY_MS,
                                               .inflight_max = 120000};
    }
    struct engine_config config = queue->config;
    if (!read_config(play, &config))
        return false;
    config.version++;
    queue->config = config;
    struct engine_event event = {
        .kind = ENGINE_CONFIGURE, .queue = queue->id, .configure = queue->config};
    scenario_step(world, &event);
    if (world->effects->result != ENGINE_DONE)
        scenario_say(world, "%s", scenario_result_name(world->effects->result));
    model_history_configure(&world->history, queue->id, &queue->config);
    return true;
}

static bool play_drop(struct play *play)
{
    struct scenario_world *world = play->world;
    struct scenario_queue *queue = NULL;
    if (!find_queue(play, word_at(play, 1), &queue))
        return false;
    struct engine_event event = {.kind = ENGINE_DROP, .queue = queue->id};
    scenario_step(world, &event);
    if (world->effects->result != ENGINE_DONE) {
        scenario_say(world, "%s", scenario_result_name(world->effects->result));
        return true;
    }
    model_history_drop(&world->history, queue->id);
    /* The old queue keeps its name for what still speaks of it; the name is free for a new one. */
    struct scenario_queue *gone = add_queue(play, queue->name);
    gone->id = queue->id;
    queue->id.v = 0;
    return true;
}

static bool play_purge(struct play *play)
{
    struct scenario_queue *queue = NULL;
    int64_t relaxed;
    if (!find_queue(play, word_at(play, 1), &queue) || !count_option(play, "relaxed", 0, &relaxed))
        return false;
    struct engine_event event = {.kind = ENGINE_PURGE, .queue = queue->id};
    event.purge.ignores_pause = relaxed != 0;
    scenario_step(play->world, &event);
    if (play->world->effects->result != ENGINE_DONE)
        scenario_say(play->world, "%s", scenario_result_name(play->world->effects->result));
    return true;
}

/* ---- messages ---- */

static struct slice name_of_id(const struct scenario_world *world, const uint8_t message_id[16])
{
    for (uint32_t i = 1; i < world->bodies_count; i++) {
        if (memcmp(world->bodies[i].message_id, message_id, 16) == 0)
            return world->bodies[i].name;
    }
    return SLICE("?");
}

static void send_one(struct play *play, struct engine_event event, struct slice name)
{
    struct scenario_world *world = play->world;
    char text[64];
    (void)snprintf(text, sizeof(text), "sent:%u", (unsigned)world->bodies_count);
    struct engine_key id = scenario_key(text, name);
    memcpy(event.send.message_id, id.v, sizeof(id.v));
    event.send.body = scenario_body_add(world, name, event.queue, id.v);
    event.send.body_bytes = (uint32_t)name.bytes;
    scenario_step(world, &event);
    if (world->effects->result != ENGINE_DONE) {
        scenario_say(world, "%.*s: %s", SLICE_PRINT(name),
                     scenario_result_name(world->effects->result));
    } else if (world->effects->is_duplicate) {
        struct slice first = scenario_message_name(world, event.queue, world->effects->sequence);
        ASSERT(slice_equal(first, name_of_id(world, world->effects->message_id)));
        scenario_say(world, "%.*s: duplicate of %.*s", SLICE_PRINT(name), SLICE_PRINT(first));
    } else {
        world->bodies[event.send.body.v].sequence = world->effects->sequence;
        world->bodies[event.send.body.v].is_owned = true;
    }
    finish(play);
}

static struct engine_key dedup_key(struct play *play, struct slice dedup, struct slice group)
{
    if (!slice_is(scenario_option(&play->command, "scope"), "group"))
        return scenario_key("dedup:", dedup);
    struct slice with_slash = arena_join(&play->world->arena, group, SLICE("/"));
    return scenario_key("dedup:", arena_join(&play->world->arena, with_slash, dedup));
}

static bool play_send(struct play *play)
{
    struct scenario_queue *queue = NULL;
    struct engine_event event = {.kind = ENGINE_SEND};
    if (!find_queue(play, word_at(play, 1), &queue) ||
        !ms_option(play, "delay", queue->config.is_fifo ? 0 : queue->config.delay_ms,
                   &event.send.delay_ms))
        return false;
    event.queue = queue->id;
    struct slice group = scenario_option(&play->command, "group");
    struct slice dedup = scenario_option(&play->command, "dedup");
    if (group.at == NULL && queue->config.is_fifo)
        group = SLICE("g");
    event.send.has_group = group.at != NULL;
    event.send.group = scenario_key("group:", group);
    event.send.has_dedup = queue->config.is_fifo || dedup.at != NULL;
    for (uint32_t i = 2; i < play->command.words_count; i++) {
        struct slice name = play->command.words[i];
        event.send.dedup = dedup_key(play, dedup.at != NULL ? dedup : name, group);
        send_one(play, event, name);
    }
    return true;
}

static struct scenario_waiter *add_waiter(struct scenario_world *world, struct slice name,
                                          const struct engine_event *event)
{
    ASSERT(world->waiters_count < SCENARIO_WAITERS_MAX);
    struct scenario_waiter *waiter = &world->waiters[world->waiters_count++];
    *waiter = (struct scenario_waiter){.name = scenario_copy(world, name), .receive = *event};
    return waiter;
}

static bool play_receive(struct play *play)
{
    struct scenario_world *world = play->world;
    struct scenario_queue *queue = NULL;
    struct engine_event event = {.kind = ENGINE_RECEIVE};
    int64_t max = 0;
    if (!find_queue(play, word_at(play, 1), &queue) ||
        !count_option(play, "max", ENGINE_RECEIVE_MAX, &max) ||
        !ms_option(play, "visibility", 30000, &event.receive.visibility_ms) ||
        !ms_option(play, "wait", 0, &event.receive.wait_ms))
        return false;
    event.queue = queue->id;
    event.receive.count_max = (uint32_t)max;
    event.receive.token = ++world->token_next;
    struct slice attempt = scenario_option(&play->command, "attempt");
    event.receive.has_attempt = attempt.at != NULL;
    event.receive.attempt = scenario_key("attempt:", attempt);
    struct slice name = scenario_option(&play->command, "as");
    struct scenario_waiter *waiter = NULL;
    if (event.receive.wait_ms > 0)
        waiter = add_waiter(world, name.at != NULL ? name : SLICE("waiter"), &event);
    scenario_receive(world, &event, waiter);
    return true;
}

static struct scenario_waiter *find_waiter(struct play *play)
{
    struct slice name = word_at(play, 1);
    for (uint32_t i = 0; i < play->world->waiters_count; i++) {
        struct scenario_waiter *waiter = &play->world->waiters[i];
        if (slice_equal(waiter->name, name) && waiter->waiter.v != 0)
            return waiter;
    }
    (void)wrong(play, "nobody waits by the name", name);
    return NULL;
}

static bool play_gone(struct play *play)
{
    struct scenario_waiter *waiter = find_waiter(play);
    if (waiter != NULL)
        waiter->is_gone = true;
    return waiter != NULL;
}

static bool play_retract(struct play *play)
{
    struct scenario_waiter *waiter = find_waiter(play);
    if (waiter == NULL)
        return false;
    struct engine_event event = {.kind = ENGINE_RETRACT, .queue = waiter->receive.queue};
    event.retract = waiter->waiter;
    waiter->waiter.v = 0;
    scenario_step(play->world, &event);
    return true;
}

/* The n-th handle that was given out for a message of a queue; 0: the newest. Also one of a queue
 * that was dropped. */
static bool find_handle(struct play *play, struct slice name, const struct scenario_queue *queue,
                        int64_t number, struct scenario_handle *ret_handle)
{
    int64_t seen = 0;
    for (uint32_t i = 0; i < play->world->handles_count; i++) {
        const struct scenario_handle *handle = &play->world->handles[i];
        if (!slice_equal(handle->name, name) || handle->queue.v != queue->id.v)
            continue;
        seen++;
        if (number == 0 || seen == number)
            *ret_handle = *handle;
    }
    return seen >= (number == 0 ? 1 : number) || wrong(play, "no such handle of", name);
}

static bool play_delete(struct play *play)
{
    struct scenario_world *world = play->world;
    struct scenario_queue *queue = NULL;
    int64_t number = 0;
    if (!find_queue(play, word_at(play, 1), &queue) || !count_option(play, "receive", 0, &number))
        return false;
    for (uint32_t i = 2; i < play->command.words_count; i++) {
        struct slice name = play->command.words[i];
        struct scenario_handle handle;
        if (!find_handle(play, name, queue, number, &handle))
            return false;
        struct engine_event event = {.kind = ENGINE_DELETE, .queue = queue->id};
        event.delete_.sequence = handle.sequence;
        event.delete_.generation = handle.generation;
        scenario_step(world, &event);
        if (world->effects->result != ENGINE_DONE)
            scenario_say(world, "%.*s: %s", SLICE_PRINT(name),
                         scenario_result_name(world->effects->result));
        else
            scenario_say(world, "%.*s %s", SLICE_PRINT(name),
                         world->effects->facts_count > 0 ? "deleted" : "was gone");
        finish(play);
    }
    return true;
}

static bool play_change(struct play *play)
{
    struct scenario_world *world = play->world;
    struct scenario_queue *queue = NULL;
    struct scenario_handle handle;
    struct slice name = word_at(play, 2);
    int64_t number = 0;
    int64_t visibility_ms = 0;
    if (!find_queue(play, word_at(play, 1), &queue) || !count_option(play, "receive", 0, &number) ||
        !find_handle(play, name, queue, number, &handle))
        return false;
    if (!scenario_parse_ms(word_at(play, 3), &visibility_ms))
        return wrong(play, "not a number of seconds:", word_at(play, 3));
    struct engine_event event = {.kind = ENGINE_CHANGE_VISIBILITY, .queue = queue->id};
    event.change.sequence = handle.sequence;
    event.change.generation = handle.generation;
    event.change.received_at = handle.received_at;
    event.change.visibility_ms = visibility_ms;
    scenario_step(world, &event);
    if (world->effects->result != ENGINE_DONE)
        scenario_say(world, "%.*s: %s", SLICE_PRINT(name),
                     scenario_result_name(world->effects->result));
    return true;
}

/* ---- tasks and moves ---- */

static bool play_task(struct play *play)
{
    struct scenario_world *world = play->world;
    struct scenario_queue *queue = NULL;
    struct scenario_queue *target = NULL;
    struct slice to = scenario_option(&play->command, "to");
    int64_t rate = 0;
    int64_t moved = 0;
    if (!find_queue(play, word_at(play, 2), &queue) || !count_option(play, "rate", 0, &rate) ||
        !count_option(play, "moved", 0, &moved) ||
        (to.at != NULL && !find_queue(play, to, &target)))
        return false;
    ASSERT(world->tasks_count < SCENARIO_TASKS_MAX);
    struct scenario_task *task = &world->tasks[world->tasks_count++];
    *task = (struct scenario_task){scenario_copy(world, word_at(play, 1)), queue->id,
                                   ++world->task_next};
    struct engine_event event = {.kind = ENGINE_TASK_START, .queue = queue->id};
    event.task_start.task = task->id;
    event.task_start.per_second = (uint32_t)rate;
    event.task_start.moved_before = (uint64_t)moved;
    if (target != NULL)
        event.task_start.destination = target->id;
    scenario_step(world, &event);
    if (world->effects->result != ENGINE_DONE)
        scenario_say(world, "%.*s: %s", SLICE_PRINT(task->name),
                     scenario_result_name(world->effects->result));
    return true;
}

static bool play_cancel(struct play *play)
{
    struct scenario_world *world = play->world;
    struct slice name = word_at(play, 1);
    for (uint32_t i = world->tasks_count; i > 0; i--) {
        const struct scenario_task *task = &world->tasks[i - 1];
        if (!slice_equal(task->name, name))
            continue;
        struct engine_event event = {.kind = ENGINE_TASK_CANCEL, .queue = task->queue};
        event.task_cancel = task->id;
        scenario_step(world, &event);
        if (world->effects->result != ENGINE_DONE)
            scenario_say(world, "%.*s: %s", SLICE_PRINT(name),
                         scenario_result_name(world->effects->result));
        return true;
    }
    return wrong(play, "no such task:", name);
}

static bool play_hold(struct play *play)
{
    if (scenario_option(&play->command, "offers").at != NULL)
        play->world->is_holding_offers = true;
    else
        play->world->is_holding = true;
    return true;
}

static bool play_release(struct play *play)
{
    enum scenario_release how = SCENARIO_ARRIVES;
    if (scenario_option(&play->command, "offers").at != NULL) {
        scenario_release_offers(play->world);
        return true;
    }
    if (scenario_option(&play->command, "fail").at != NULL)
        how = SCENARIO_FAILS;
    if (scenario_option(&play->command, "twice").at != NULL)
        how = SCENARIO_ARRIVES_TWICE;
    if (scenario_option(&play->command, "half").at != NULL)
        how = SCENARIO_HALF;
    scenario_release(play->world, how);
    return true;
}

static bool play_advance(struct play *play)
{
    int64_t ms = 0;
    if (!scenario_parse_ms(word_at(play, 1), &ms))
        return wrong(play, "not a number of seconds:", word_at(play, 1));
    scenario_advance(play->world, ms);
    return true;
}

/* ---- looking ---- */

static bool find_counts(struct play *play, struct engine_counts *ret_counts)
{
    struct scenario_queue *queue = NULL;
    if (!find_queue(play, word_at(play, 1), &queue))
        return false;
    if (engine_counts(play->world->engine, queue->id, ret_counts))
        return true;
    scenario_say(play->world, "no queue");
    return false;
}

#define U(number) ((unsigned long long)(number))

static bool play_counts(struct play *play)
{
    struct engine_counts counts;
    if (!find_counts(play, &counts))
        return false;
    scenario_begin(play->world);
    scenario_add(play->world, "visible=%llu inflight=%llu delayed=%llu", U(counts.visible),
                 U(counts.inflight), U(counts.delayed));
    if (counts.moving > 0)
        scenario_add(play->world, " moving=%llu", U(counts.moving));
    scenario_add(play->world, "\n");
    return true;
}

static bool play_groups(struct play *play)
{
    struct engine_counts counts;
    if (!find_counts(play, &counts))
        return false;
    scenario_begin(play->world);
    scenario_add(play->world, "groups=%llu", U(counts.groups));
    if (scenario_queue_find(play->world, word_at(play, 1))->config.is_fifo)
        scenario_add(play->world, " inflight=%llu", U(counts.groups_inflight));
    scenario_add(play->world, " noisy=%llu; quiet: visible=%llu inflight=%llu delayed=%llu\n",
                 U(counts.groups_noisy), U(counts.visible_quiet), U(counts.inflight_quiet),
                 U(counts.delayed_quiet));
    return true;
}

static bool play_totals(struct play *play)
{
    struct engine_counts counts;
    if (!find_counts(play, &counts))
        return false;
    scenario_say(play->world,
                 "sent=%llu received=%llu empty=%llu deleted=%llu duplicates=%llu "
                 "deadlettered=%llu expired=%llu",
                 U(counts.sent_total), U(counts.received_total), U(counts.empty_receives_total),
                 U(counts.deleted_total), U(counts.duplicates_total), U(counts.dead_lettered_total),
                 U(counts.expired_total));
    return true;
}

static void say_peeked(struct play *play, struct engine_queue queue,
                       const struct engine_peek *peeked)
{
    static const char *const states[] = {"visible", "inflight", "delayed", "moving", "locked"};
    struct scenario_world *world = play->world;
    scenario_begin(world);
    scenario_add(world, "%.*s %s",
                 SLICE_PRINT(scenario_message_name(world, queue, peeked->sequence)),
                 states[peeked->state]);
    if (peeked->state == ENGINE_INFLIGHT || peeked->state == ENGINE_DELAYED) {
        scenario_add(world, "=");
        scenario_print_ms(&world->out, peeked->until.v - world->now.mono.v);
    }
    scenario_add(world, " count=%u age=", (unsigned)peeked->receive_count);
    scenario_print_ms(&world->out, world->now.mono.v - peeked->enqueued_at.v);
    scenario_add(world, "\n");
}

static bool play_peek(struct play *play)
{
    struct scenario_queue *queue = NULL;
    struct engine_peek found[8];
    uint64_t after = 0;
    if (!find_queue(play, word_at(play, 1), &queue))
        return false;
    for (uint32_t count = 1; count > 0;) {
        count = engine_peek(play->world->engine, queue->id, after, found, ARRAY_COUNT(found));
        for (uint32_t i = 0; i < count; i++) {
            say_peeked(play, queue->id, &found[i]);
            after = found[i].sequence;
        }
    }
    return true;
}

static bool play_replay(struct play *play)
{
    scenario_replay(play->world, false);
    return true;
}

static bool play_restart(struct play *play)
{
    scenario_replay(play->world, true);
    return true;
}

static const struct {
    const char *verb;
    bool (*run)(struct play *play);
} verbs[] = {
    {"queue", play_queue},     {"drop", play_drop},       {"purge", play_purge},
    {"send", play_send},       {"receive", play_receive}, {"gone", play_gone},
    {"retract", play_retract}, {"delete", play_delete},   {"change", play_change},
    {"task", play_task},       {"cancel", play_cancel},   {"hold", play_hold},
    {"release", play_release}, {"advance", play_advance}, {"counts", play_counts},
    {"groups", play_groups},   {"totals", play_totals},   {"peek", play_peek},
    {"replay", play_replay},   {"restart", play_restart},
};

static void run(struct play *play)
{
    struct slice verb = play->command.words[0];
    for (size_t i = 0; i < ARRAY_COUNT(verbs); i++) {
        if (!slice_is(verb, verbs[i].verb))
            continue;
        if (verbs[i].run(play))
            finish(play);
        for (uint32_t j = 0; j < play->command.options_count; j++) {
            if (!play->command.options[j].is_used)
                (void)wrong(play, "unknown option", play->command.options[j].key);
        }
        return;
    }
    (void)wrong(play, "unknown command", verb);
}

/* A fresh world that still knows what was said in this block. */
static void renew(struct scenario_world **world)
{
    struct scenario_world *fresh = scenario_world_create();
    scenario_replay(*world, false);
    buffer_add(&fresh->out, buffer_slice(&(*world)->out));
    scenario_world_destroy(*world);
    *world = fresh;
}

void scenario_play(struct scenario_world **world, struct slice line)
{
    struct play play = {.world = *world};
    const char *problem = NULL;
    if (!scenario_parse_command(line, &play.world->arena, &play.command, &problem)) {
        (void)wrong(&play, problem, line);
    } else if (play.command.words_count == 1 && slice_is(play.command.words[0], "new")) {
        renew(world);
    } else if (play.command.words_count > 0) {
        run(&play);
    }
}

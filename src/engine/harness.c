#include "engine/harness.h"

#include <stdlib.h>

#include "base/chains.h"

#include "base/banned.h"

#define QUEUES_MAX 16u

struct engine *harness_engine;
struct engine_effects harness_effects;
int64_t harness_now;
bool harness_checks;
struct engine_task_news harness_news;

static struct harness_entry *entries;
static size_t entries_count, entries_capacity;
static struct engine_config configs[QUEUES_MAX];
static uint8_t *held;             /* by body: 1 the engine holds it */
static uint64_t *ids;             /* by body: the message's */
static struct engine_move *asked; /* moves that were not performed yet */
static size_t asked_first, asked_count, asked_capacity;
static uint64_t bodies_next, bodies_capacity, bodies_held;

void harness_start(void)
{
    harness_engine = engine_create(1);
    ck_assert_ptr_nonnull(harness_engine);
    harness_now = 1700000000000;
    harness_checks = true;
    bodies_next = 1;
}

void harness_stop(void)
{
    engine_destroy(harness_engine);
    free(entries);
    free(asked);
    free(held);
    free(ids);
    entries = NULL;
    asked = NULL;
    held = NULL;
    ids = NULL;
    entries_count = entries_capacity = asked_first = asked_count = asked_capacity = 0;
    bodies_capacity = bodies_held = 0;
    memset(configs, 0, sizeof(configs));
}

static uint64_t new_body(void)
{
    if (bodies_next >= bodies_capacity) {
        uint64_t capacity = bodies_capacity == 0 ? 1024 : bodies_capacity * 2;
        held = realloc(held, capacity);
        ids = realloc(ids, capacity * sizeof(*ids));
        ck_assert(held != NULL && ids != NULL);
        memset(held + bodies_capacity, 0, capacity - bodies_capacity);
        bodies_capacity = capacity;
    }
    ids[bodies_next] = bodies_next;
    return bodies_next++;
}

static void hold(uint64_t body)
{
    ck_assert(!held[body]);
    held[body] = 1;
    bodies_held++;
}

static void unhold(uint64_t body)
{
    held[body] = 0;
    bodies_held--;
}

static void keep(const struct engine_fact *fact, uint64_t from)
{
    if (entries_count == entries_capacity) {
        entries_capacity = entries_capacity == 0 ? 256 : entries_capacity * 2;
        entries = realloc(entries, entries_capacity * sizeof(*entries));
        ck_assert_ptr_nonnull(entries);
    }
    entries[entries_count++] = (struct harness_entry){*fact, {from}};
}

static void check_body(const struct engine_fact *fact)
{
    bool is_of_message = fact->kind == FACT_RECEIVED || fact->kind == FACT_HIDDEN ||
                         fact->kind == FACT_MOVING || fact->kind == FACT_GONE ||
                         fact->kind == FACT_RETURNED;
    ck_assert(!is_of_message || fact->body.v == 0 || held[fact->body.v] == 1);
}

static void keep_facts(void)
{
    for (uint32_t i = 0; i < harness_effects.facts_count; i++) {
        const struct engine_fact *fact = &harness_effects.facts[i];
        check_body(fact);
        if (fact->kind == FACT_DROPPED)
            configs[fact->queue.v].version = 0;
        keep(fact, 0);
    }
}

static void keep_moves(void)
{
    for (uint32_t i = 0; i < harness_effects.moves_count; i++) {
        if (asked_count == asked_capacity) {
            asked_capacity = asked_capacity == 0 ? 256 : asked_capacity * 2;
            asked = realloc(asked, asked_capacity * sizeof(*asked));
            ck_assert_ptr_nonnull(asked);
        }
        asked[asked_count++] = harness_effects.moves[i];
    }
    for (uint32_t i = 0; i < harness_effects.tasks_count; i++)
        harness_news = harness_effects.tasks[i];
}

void harness_step(struct engine_event *event)
{
    event->now = (struct clock_now){.mono = {harness_now}, .wall = {harness_now}};
    engine_step(harness_engine, event, &harness_effects);
    keep_facts();
    for (uint32_t i = 0; i < harness_effects.bodies_count; i++) {
        uint64_t body = harness_effects.bodies[i].v;
        if (body == 0) /* a test of its own bodies */
            continue;
        ck_assert_msg(held[body], "body %llu let go of twice", (unsigned long long)body);
        held[body] = 0;
        bodies_held--;
    }
    keep_moves();
    if (harness_checks)
        engine_check(harness_engine);
}

uint64_t harness_bodies(void)
{
    return bodies_held;
}

struct engine_config harness_config(bool is_fifo)
{
    return (struct engine_config){
        .is_fifo = is_fifo, .retention_ms = 345600000, .inflight_max = 120000};
}

void harness_configure(uint64_t queue, struct engine_config config)
{
    ck_assert_uint_lt(queue, QUEUES_MAX);
    config.version = configs[queue].version + 1;
    configs[queue] = config;
    struct engine_event event = {.kind = ENGINE_CONFIGURE, .queue = {queue}, .configure = config};
    harness_step(&event);
    ck_assert_int_eq(harness_effects.result, ENGINE_DONE);
}

enum engine_result harness_event(enum engine_event_kind kind, uint64_t queue)
{
    struct engine_event event = {.kind = kind, .queue = {queue}};
    harness_step(&event);
    return harness_effects.result;
}

static struct engine_key key_of(uint32_t number)
{
    struct engine_key key = {{0}};
    memcpy(key.v, &number, sizeof(number));
    return key;
}

uint64_t harness_send_with(uint64_t queue, uint32_t group, int64_t delay_ms, uint32_t dedup)
{
    return harness_send_former(queue, group, delay_ms, dedup, 0);
}

uint64_t harness_send_former(uint64_t queue, uint32_t group, int64_t delay_ms, uint32_t dedup,
                             uint32_t former)
{
    uint64_t body = new_body();
    struct engine_event event = {.kind = ENGINE_SEND, .queue = {queue}};
    event.send.body.v = body;
    memcpy(event.send.message_id, &body, sizeof(body));
    event.send.body_bytes = 100;
    event.send.delay_ms = delay_ms;
    event.send.has_group = group != 0;
    event.send.group = key_of(group);
    event.send.has_dedup = dedup != 0;
    event.send.dedup = key_of(dedup);
    event.send.has_former = former != 0;
    event.send.former = key_of(former);
    harness_step(&event);
    if (harness_effects.result == ENGINE_DONE && !harness_effects.is_duplicate)
        hold(body);
    return harness_effects.sequence;
}

enum engine_result harness_send_again(uint64_t queue, uint32_t retry, uint32_t dedup)
{
    uint64_t body = new_body();
    struct engine_event event = {.kind = ENGINE_SEND, .queue = {queue}};
    event.send.body.v = body;
    memcpy(event.send.message_id, &body, sizeof(body));
    event.send.body_bytes = 100;
    event.send.has_retry = true;
    event.send.retry = key_of(retry);
    event.send.has_dedup = dedup != 0;
    event.send.dedup = key_of(dedup);
    event.send.has_group = dedup != 0;
    event.send.group = key_of(dedup);
    harness_step(&event);
    if (harness_effects.result == ENGINE_DONE && !harness_effects.is_duplicate)
        hold(body);
    return harness_effects.result;
}

uint64_t harness_send(uint64_t queue, uint32_t group)
{
    uint64_t sequence = harness_send_with(queue, group, 0, 0);
    ck_assert_int_eq(harness_effects.result, ENGINE_DONE);
    return sequence;
}

uint32_t harness_receive(uint64_t queue, uint32_t count_max, int64_t visibility_ms)
{
    return harness_receive_attempt(queue, count_max, visibility_ms, 0);
}

uint32_t harness_receive_attempt(uint64_t queue, uint32_t count_max, int64_t visibility_ms,
                                 uint32_t attempt)
{
    struct engine_event event = {.kind = ENGINE_RECEIVE, .queue = {queue}};
    event.receive.count_max = count_max;
    event.receive.visibility_ms = visibility_ms;
    event.receive.has_attempt = attempt != 0;
    event.receive.attempt = key_of(attempt);
    harness_step(&event);
    return harness_effects.deliveries_count;
}

struct engine_waiter harness_park(uint64_t queue, int64_t wait_ms, uint64_t token)
{
    struct engine_event event = {.kind = ENGINE_RECEIVE, .queue = {queue}};
    event.receive.count_max = 1;
    event.receive.visibility_ms = 30000;
    event.receive.wait_ms = wait_ms;
    event.receive.token = token;
    harness_step(&event);
    ck_assert_int_eq(harness_effects.result, ENGINE_PARKED);
    return harness_effects.waiter;
}

enum engine_result harness_resume(uint64_t queue, struct engine_waiter waiter, uint32_t count_max,
                                  int64_t visibility_ms)
{
    struct engine_event event = {.kind = ENGINE_RECEIVE, .queue = {queue}};
    event.receive.count_max = count_max;
    event.receive.visibility_ms = visibility_ms;
    event.receive.waiter = waiter;
    harness_step(&event);
    return harness_effects.result;
}

enum engine_result harness_retract(uint64_t queue, struct engine_waiter waiter)
{
    struct engine_event event = {.kind = ENGINE_RETRACT, .queue = {queue}, .retract = waiter};
    harness_step(&event);
    return harness_effects.result;
}

enum engine_result harness_delete(uint64_t queue, struct engine_delivery delivery)
{
    struct engine_event event = {.kind = ENGINE_DELETE, .queue = {queue}};
    event.delete_.sequence = delivery.sequence;
    event.delete_.generation = delivery.generation;
    harness_step(&event);
    return harness_effects.result;
}

enum engine_result harness_change(uint64_t queue, struct engine_delivery delivery,
                                  int64_t visibility_ms)
{
    struct engine_event event = {.kind = ENGINE_CHANGE_VISIBILITY, .queue = {queue}};
    event.change.sequence = delivery.sequence;
    event.change.generation = delivery.generation;
    event.change.received_at = delivery.received_at;
    event.change.visibility_ms = visibility_ms;
    harness_step(&event);
    return harness_effects.result;
}

enum engine_result harness_moved(uint64_t queue, uint64_t sequence, bool arrived)
{
    return harness_moved_as(queue, sequence, arrived ? ENGINE_MOVE_ARRIVED : ENGINE_MOVE_REFUSED);
}

enum engine_result harness_moved_as(uint64_t queue, uint64_t sequence,
                                    enum engine_move_outcome outcome)
{
    struct engine_event event = {.kind = ENGINE_MOVED, .queue = {queue}};
    event.moved.sequence = sequence;
    event.moved.outcome = outcome;
    harness_step(&event);
    return harness_effects.result;
}

enum engine_result harness_task(uint64_t queue, uint64_t task, uint64_t destination,
                                uint32_t per_second)
{
    struct engine_event event = {.kind = ENGINE_TASK_START, .queue = {queue}};
    event.task_start.task = task;
    event.task_start.destination.v = destination;
    event.task_start.per_second = per_second;
    harness_step(&event);
    return harness_effects.result;
}

/* Appends what the last step asked for to `sum`. */
static void add_up(struct engine_effects *sum)
{
    const struct engine_effects *last = &harness_effects;
    for (uint32_t i = 0; i < last->wakes_count && sum->wakes_count < ENGINE_WAKES_MAX; i++)
        sum->wakes[sum->wakes_count++] = last->wakes[i];
    for (uint32_t i = 0; i < last->moves_count && sum->moves_count < ENGINE_MOVES_MAX; i++)
        sum->moves[sum->moves_count++] = last->moves[i];
    for (uint32_t i = 0; i < last->tasks_count && sum->tasks_count < ENGINE_TASKS_MAX; i++)
        sum->tasks[sum->tasks_count++] = last->tasks[i];
    for (uint32_t i = 0; i < last->facts_count && sum->facts_count < ENGINE_FACTS_MAX; i++)
        sum->facts[sum->facts_count++] = last->facts[i];
}

void harness_pass(int64_t ms)
{
    static struct engine_effects sum;
    sum.wakes_count = sum.moves_count = sum.tasks_count = sum.facts_count = 0;
    int64_t until = harness_now + ms;
    for (;;) {
        int64_t due = engine_next_tick(harness_engine).v;
        if (due > until)
            break;
        harness_now = due > harness_now ? due : harness_now;
        harness_event(ENGINE_TICK, 0);
        add_up(&sum);
    }
    harness_now = until;
    harness_event(ENGINE_TICK, 0);
    add_up(&sum);
    harness_effects = sum;
}

/* A dead letter keeps its id; a task's copy has one that only depends on the message. */
static uint64_t id_of_move(const struct engine_move *move, uint8_t ret_id[16])
{
    uint64_t id = ids[move->body.v];
    id = move->kind == ENGINE_MOVE_DEAD_LETTER ? id : chains_mix(id + move->sequence);
    memset(ret_id, 0, 16);
    memcpy(ret_id, &id, sizeof(id));
    return id;
}

bool harness_arrive(const struct engine_move *move)
{
    return harness_arrive_hidden(move, 0);
}

bool harness_arrive_hidden(const struct engine_move *move, int64_t hidden_ms)
{
    uint64_t body = new_body();
    struct engine_event event = {.kind = ENGINE_ARRIVE, .queue = move->target};
    event.arrive.kind = move->kind;
    event.arrive.body.v = body;
    event.arrive.body_bytes = move->body_bytes;
    ids[body] = id_of_move(move, event.arrive.message_id);
    event.arrive.source = move->source;
    event.arrive.enqueued_at = move->enqueued_at;
    event.arrive.first_received = move->first_received;
    event.arrive.receive_count = move->receive_count;
    event.arrive.hidden_ms = hidden_ms;
    hold(body); /* the step's facts speak of it */
    event.arrive.has_group = move->has_group;
    event.arrive.group = move->group;
    harness_step(&event);
    bool arrived = harness_effects.result == ENGINE_DONE;
    if (!arrived || harness_effects.is_duplicate)
        unhold(body);
    return arrived;
}

void harness_confirm(const struct engine_move *move)
{
    struct engine_event event = {.kind = ENGINE_ARRIVAL_CONFIRMED, .queue = move->target};
    event.confirmed.kind = move->kind;
    id_of_move(move, event.confirmed.message_id);
    event.confirmed.receive_count = move->receive_count;
    harness_step(&event);
    ck_assert_int_eq(harness_effects.result, ENGINE_DONE);
}

bool harness_relocate(uint64_t queue, uint64_t sequence, uint64_t body)
{
    uint64_t to = new_body();
    struct engine_fact fact = {.queue = {queue}, .sequence = sequence, .body = {to}};
    bool is_live = engine_is_live(harness_engine, fact.queue, sequence, (struct engine_body){body});
    bool is_moved = engine_relocate(harness_engine, fact.queue, sequence,
                                    (struct engine_body){body}, fact.body);
    ck_assert(is_live == is_moved);
    if (!is_moved)
        return false;
    held[body] = 0;
    bodies_held--;
    hold(to);
    ids[to] = ids[body];
    keep(&fact, body);
    return true;
}

uint32_t harness_perform_moves(void)
{
    uint32_t done = 0;
    while (asked_first < asked_count) {
        struct engine_move move = asked[asked_first++];
        harness_moved(move.source.v, move.sequence, harness_arrive(&move));
        done++;
    }
    return done;
}

struct engine_counts harness_counts(uint64_t queue)
{
    struct engine_counts counts;
    ck_assert(engine_counts(harness_engine, (struct engine_queue){queue}, &counts));
    return counts;
}

const char *harness_delivered(void)
{
    static char text[256];
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < harness_effects.deliveries_count; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%llu", i == 0 ? "" : " ",
                                 (unsigned long long)harness_effects.deliveries[i].sequence);
    return text;
}

size_t harness_entries(const struct harness_entry **ret_entries)
{
    *ret_entries = entries;
    return entries_count;
}

void harness_apply(struct engine *engine, const struct harness_entry *entry)
{
    const struct engine_fact *fact = &entry->fact;
    bool is_moved = false;
    if (entry->from.v == 0)
        engine_apply(engine, fact);
    else
        is_moved = engine_relocate(engine, fact->queue, fact->sequence, entry->from, fact->body);
    MAYBE(is_moved); /* not when the dump knew of it */
}

void harness_configure_all(struct engine *engine, bool is_first)
{
    static struct engine_effects effects;
    for (uint64_t queue = 1; queue < QUEUES_MAX; queue++) {
        if (configs[queue].version == 0)
            continue;
        struct engine_event event = {
            .kind = ENGINE_CONFIGURE, .queue = {queue}, .configure = configs[queue]};
        if (is_first)
            event.configure.version = 1;
        engine_step(engine, &event, &effects);
        ck_assert_int_eq(effects.result, ENGINE_DONE);
    }
}

/* A fresh engine with all facts so far and the same configuration. */
static struct engine *replay(void)
{
    struct engine *engine = engine_create(1);
    ck_assert_ptr_nonnull(engine);
    harness_configure_all(engine, false);
    for (size_t i = 0; i < entries_count; i++)
        harness_apply(engine, &entries[i]);
    return engine;
}

void harness_settle(struct engine *engine)
{
    static struct engine_effects effects;
    struct engine_event event = {.kind = ENGINE_TICK, .now = {{harness_now}, {harness_now}}};
    do {
        engine_step(engine, &event, &effects);
        ck_assert_uint_eq(effects.bodies_count, 0);
    } while (engine_next_tick(engine).v <= harness_now);
}

void harness_check_replay(void)
{
    harness_pass(0);
    struct engine *engine = replay();
    harness_settle(engine);
    engine_check(engine);
    ck_assert(engine_fingerprint(engine) == engine_fingerprint(harness_engine));
    engine_destroy(engine);
}

void harness_replace(struct engine *engine)
{
    engine_destroy(harness_engine);
    harness_engine = engine;
    asked_first = asked_count = 0;
}

void harness_restart(void)
{
    harness_replace(replay());
}

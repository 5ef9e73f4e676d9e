#include "log/world.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"

#include "base/banned.h"

/* Fails the test with the seed that shows it. */
#define CLAIM(fact, ...)                             \
    do {                                             \
        if (!(fact)) {                               \
            (void)fprintf(stderr, __VA_ARGS__);      \
            check_failed(__FILE__, __LINE__, #fact); \
        }                                            \
    } while (0)

#define MESSAGE_BYTES_MAX 3000u
#define SNAPSHOT_SLICE    20u

uint32_t world_message_bytes(uint64_t sequence)
{
    uint64_t state = sequence;
    uint64_t random = random_next(&state);
    return 1 + (uint32_t)(random % 10 == 0 ? random / 16 % MESSAGE_BYTES_MAX : random / 16 % 300);
}

struct slice world_message_of(uint64_t sequence, uint8_t *buffer)
{
    uint64_t state = sequence * 77;
    uint32_t bytes = world_message_bytes(sequence);
    for (uint32_t i = 0; i < bytes; i++)
        buffer[i] = (uint8_t)random_next(&state);
    return slice_of(buffer, bytes);
}

struct engine_fact world_sent(uint64_t sequence)
{
    struct engine_fact fact = {
        .kind = FACT_SENT,
        .queue = {1 + sequence % 7},
        .sequence = sequence,
        .at = {(int64_t)sequence * 10},
        .enqueued_at = {(int64_t)sequence * 10},
        .body_bytes = world_message_bytes(sequence),
    };
    memcpy(fact.message_id, &sequence, sizeof(sequence));
    fact.has_group = sequence % 3 == 0;
    fact.is_fifo = fact.has_group;
    if (fact.has_group)
        memset(fact.group.v, (int)(sequence % 251), sizeof(fact.group.v));
    return fact;
}

static struct engine_fact gone(uint64_t sequence)
{
    return (struct engine_fact){.kind = FACT_GONE,
                                .queue = {1 + sequence % 7},
                                .sequence = sequence,
                                .at = {(int64_t)sequence * 11}};
}

static struct world_message *message_at(struct world *world, uint64_t sequence)
{
    if (sequence > world->capacity) {
        uint64_t capacity = world->capacity > 0 ? world->capacity * 2 : 1024;
        while (capacity < sequence)
            capacity *= 2;
        world->messages = realloc(world->messages, capacity * sizeof(*world->messages));
        ASSERT(world->messages != NULL);
        memset(world->messages + world->capacity, 0,
               (capacity - world->capacity) * sizeof(*world->messages));
        world->capacity = capacity;
    }
    if (sequence > world->count)
        world->count = sequence;
    world->messages[sequence - 1].sequence = sequence;
    return &world->messages[sequence - 1];
}

/* ---- the owner ---- */

static bool is_same(const struct engine_fact *a, const struct engine_fact *b)
{
    return a->kind == b->kind && a->queue.v == b->queue.v && a->sequence == b->sequence &&
           a->at.v == b->at.v && a->enqueued_at.v == b->enqueued_at.v &&
           a->body_bytes == b->body_bytes && a->is_fifo == b->is_fifo &&
           a->has_group == b->has_group && memcmp(&a->group, &b->group, sizeof(a->group)) == 0 &&
           memcmp(a->message_id, b->message_id, sizeof(a->message_id)) == 0;
}

static void replay_sent(struct world *world, const struct log_entry *entry)
{
    uint64_t sequence = entry->fact.sequence;
    struct engine_fact want = world_sent(sequence);
    uint8_t buffer[MESSAGE_BYTES_MAX];
    if (!is_same(&entry->fact, &want) ||
        (!entry->is_snapshot && !slice_equal(entry->message, world_message_of(sequence, buffer))))
        world->wrong++;
    struct world_message *message = message_at(world, sequence);
    if (entry->kind == LOG_FACT && message->gone_end == 0 && message->place == 0) {
        message->place = entry->fact.body.v;
        message->sent_end = 1;
    } else if (entry->kind == LOG_RELOCATED && message->place == entry->from.v &&
               message->place != 0) {
        message->place = entry->fact.body.v;
    }
}

static void replay(void *context, const struct log_entry *entry)
{
    struct world *world = context;
    world->replayed++;
    if (!entry->is_snapshot) {
        if (entry->at.v <= world->last_at)
            world->wrong++;
        world->last_at = entry->at.v;
    }
    if (entry->kind == LOG_NOTE || entry->fact.kind == FACT_HIDDEN)
        return;
    if (entry->fact.kind == FACT_SENT) {
        replay_sent(world, entry);
        return;
    }
    struct engine_fact want = gone(entry->fact.sequence);
    if (!is_same(&entry->fact, &want))
        world->wrong++;
    struct world_message *message = message_at(world, entry->fact.sequence);
    message->place = 0;
    message->gone_end = 1;
}

static void durable(void *context, struct log_position position)
{
    struct world *world = context;
    ASSERT(position.v > world->durable);
    ASSERT(world->failures == 0);
    world->durable = position.v;
}

static void failed(void *context, const struct log_failure *failure)
{
    struct world *world = context;
    world->failures++;
    world->failure = *failure;
}

static void stalled(void *context, const struct log_failure *failure)
{
    struct world *world = context;
    ASSERT(failure->err == ERR_FULL || failure->err == ERR_UNAVAILABLE);
    world->stalls++;
}

static void snapshot_done(void *context, enum err err)
{
    struct world *world = context;
    world->snapshots += err == ERR_OK;
    world->snapshot_errors += err != ERR_OK;
}

static bool is_live(void *context, const struct engine_fact *fact)
{
    struct world *world = context;
    return fact->sequence >= 1 && fact->sequence <= world->count &&
           world->messages[fact->sequence - 1].place == fact->body.v;
}

static bool relocated(void *context, const struct engine_fact *fact, struct engine_body from)
{
    struct world *world = context;
    struct world_message *message = message_at(world, fact->sequence);
    world->relocations++;
    if (message->place != from.v)
        return false;
    message->place = fact->body.v;
    return true;
}

static void compacted(void *context, enum err err, uint32_t segment)
{
    struct world *world = context;
    (void)segment;
    world->compactions += err == ERR_OK;
}

void world_init(struct world *world, struct files *files)
{
    *world = (struct world){.files = files};
    ASSERT(mailbox_init(&world->mailbox) == ERR_OK);
    world->options = (struct log_options){
        .files = files,
        .directory = WORLD_DIRECTORY,
        .identity = WORLD_IDENTITY,
        .segment_bytes = WORLD_SEGMENT_BYTES,
        .cache_bytes = 20000,
        .is_stepwise = true,
        .mailbox = &world->mailbox,
    };
}

enum err world_open(struct world *world)
{
    struct log_owner owner = {
        .context = world,
        .replay = replay,
        .durable = durable,
        .failed = failed,
        .stalled = stalled,
        .snapshot_done = snapshot_done,
        .is_live = is_live,
        .relocated = relocated,
        .compacted = compacted,
    };
    world->last_at = world->replayed = world->wrong = 0;
    struct log_failure failure = {0};
    enum err err = log_open(&world->options, &owner, &world->log, &world->recovery, &failure);
    if (err != ERR_OK) {
        world->failure = failure;
        (void)mailbox_drain(&world->mailbox, NULL);
        return err;
    }
    for (uint64_t i = 0; i < world->count; i++)
        if (world->messages[i].place != 0)
            log_body_added(world->log, (struct engine_body){world->messages[i].place},
                           world_message_bytes(i + 1));
    world->durable = log_durable(world->log).v;
    return ERR_OK;
}

void world_drain(struct world *world)
{
    (void)mailbox_drain(&world->mailbox, NULL);
}

void world_drop(struct world *world)
{
    /* Closing would write what is open: the disk must refuse by then (the tests copy it before). */
    (void)log_close(world->log, false);
    world->log = NULL;
    world_drain(world);
}

void world_done(struct world *world)
{
    if (world->log != NULL)
        world_drop(world);
    mailbox_done(&world->mailbox);
    free(world->messages);
}

void world_settle(struct world *world)
{
    bool has_worked = true;
    while (has_worked) {
        log_submit(world->log);
        has_worked = log_step(world->log);
        world_drain(world);
        if (world->log == NULL)
            return;
        if (log_compact_wants_more(world->log)) {
            log_compact_more(world->log);
            has_worked = true;
        }
    }
}

/* ---- work ---- */

bool world_send(struct world *world)
{
    uint64_t sequence = world->count + 1;
    uint8_t buffer[MESSAGE_BYTES_MAX];
    struct slice bytes = world_message_of(sequence, buffer);
    struct engine_fact fact = world_sent(sequence);
    if (log_reserve(world->log, (uint32_t)bytes.bytes) != ERR_OK)
        return false;
    struct engine_body next = log_next_body(world->log, (uint32_t)bytes.bytes);
    struct log_position place = log_append(world->log, &fact, bytes);
    if (log_is_failed(world->log))
        return false;
    ASSERT(place.v == next.v);
    struct world_message *message = message_at(world, sequence);
    message->place = message->sent_at = place.v;
    message->sent_end = log_end(world->log).v;
    return true;
}

void world_delete(struct world *world, uint64_t sequence)
{
    if (sequence == 0)
        return;
    struct world_message *message = message_at(world, sequence);
    struct engine_fact fact = gone(sequence);
    if (message->place == 0 || log_is_failed(world->log))
        return;
    (void)log_append(world->log, &fact, SLICE_NONE);
    log_body_dropped(world->log, (struct engine_body){message->place});
    message->place = 0;
    message->gone_end = log_end(world->log).v;
}

void world_touch(struct world *world, uint64_t sequence)
{
    struct engine_fact fact = {.kind = FACT_HIDDEN,
                               .queue = {1 + sequence % 7},
                               .sequence = sequence,
                               .at = {(int64_t)sequence * 12},
                               .until = {(int64_t)sequence * 13}};
    (void)log_append(world->log, &fact, SLICE_NONE);
}

void world_snapshot_step(struct world *world)
{
    struct log *log = world->log;
    if (!log_snapshot_is_open(log)) {
        world->snapshot_is_fed = !log_snapshot_begin(log);
        world->snapshot_next = 0;
        return;
    }
    if (world->snapshot_is_fed || !log_snapshot_has_room(log))
        return;
    for (uint32_t i = 0; i < SNAPSHOT_SLICE && world->snapshot_next < world->count; i++) {
        const struct world_message *message = &world->messages[world->snapshot_next++];
        if (message->place == 0)
            continue;
        struct engine_fact fact = world_sent(message->sequence);
        fact.body.v = message->place;
        log_snapshot_add(log, &fact);
    }
    if (world->snapshot_next < world->count)
        return;
    log_snapshot_add_note(log, SLICE("a note"));
    log_snapshot_end(log);
    world->snapshot_is_fed = true;
}

void world_tend(struct world *world)
{
    uint32_t victim;
    for (unsigned turn = 0; turn < 100000; turn++) {
        bool is_open = log_snapshot_is_open(world->log);
        bool is_due = is_open || log_snapshot_is_due(world->log);
        if (is_due)
            world_snapshot_step(world);
        bool has_victim = log_pick_victim(world->log, 50, &victim);
        if (has_victim)
            log_compact_start(world->log, victim);
        world_settle(world);
        bool is_at_rest = !is_due && !has_victim && !log_snapshot_is_open(world->log);
        if (is_at_rest || world->stalls > 0)
            return;
    }
    UNREACHABLE("a log comes to rest");
}

uint64_t world_living(const struct world *world)
{
    uint64_t living = 0;
    for (uint64_t i = 0; i < world->count; i++)
        living += world->messages[i].place != 0;
    return living;
}

/* ---- checking ---- */

void world_check(const struct world *before, const struct world *after, uint64_t seed)
{
    CLAIM(after->wrong == 0, "seed %llu: %llu wrong entries\n", (unsigned long long)seed,
          (unsigned long long)after->wrong);
    CLAIM(after->count <= before->count, "seed %llu: an entry never appended\n",
          (unsigned long long)seed);
    bool is_behind = false;
    for (uint64_t i = 0; i < before->count; i++) {
        const struct world_message *was = &before->messages[i];
        bool is_there = i < after->count && after->messages[i].place != 0;
        bool is_gone = i < after->count && after->messages[i].gone_end != 0;
        bool was_durable = was->sent_end != 0 && was->sent_end <= before->durable;
        bool gone_durable = was->gone_end != 0 && was->gone_end <= before->durable;
        CLAIM(!is_there || !gone_durable, "seed %llu: %llu is back\n", (unsigned long long)seed,
              (unsigned long long)i + 1);
        CLAIM(!is_there || was->sent_end != 0, "seed %llu: %llu was never sent\n",
              (unsigned long long)seed, (unsigned long long)i + 1);
        CLAIM(is_there || !was_durable || was->gone_end != 0, "seed %llu: %llu is lost\n",
              (unsigned long long)seed, (unsigned long long)i + 1);
        /* In order: behind the first one that is missing there is none. */
        is_behind = is_behind || (was->sent_end != 0 && was->gone_end == 0 && !is_there);
        CLAIM(!is_behind || (!is_there && !is_gone), "seed %llu: a hole before %llu\n",
              (unsigned long long)seed, (unsigned long long)i + 1);
    }
}

struct check_read {
    struct log_read read;
    uint64_t sequence;
    uint32_t done;
};

static void check_body(uint64_t sequence, struct log_body *body)
{
    uint8_t buffer[MESSAGE_BYTES_MAX];
    ASSERT(body != NULL);
    ASSERT(slice_equal(log_body_bytes(body), world_message_of(sequence, buffer)));
    log_body_unref(body);
}

static void read_done(struct log_read *read, enum err err, struct log_body *body)
{
    struct check_read *check = (struct check_read *)read;
    ASSERT(err == ERR_OK);
    check_body(check->sequence, body);
    check->done++;
}

void world_check_bodies(struct world *world)
{
    for (uint64_t i = 0; i < world->count; i++) {
        struct engine_body place = {world->messages[i].place};
        if (place.v == 0)
            continue;
        struct log_body *body = log_body_find(world->log, place);
        if (body != NULL) {
            check_body(i + 1, body);
            continue;
        }
        struct check_read check = {.read = {.place = place, .done = read_done}, .sequence = i + 1};
        log_read(world->log, &check.read);
        while (check.done == 0) {
            (void)log_step(world->log);
            world_drain(world);
        }
    }
}

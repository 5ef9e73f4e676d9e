#include "node/storage_private.h"

#include "base/logger.h"
#include "log/bodies.h"

#include "base/banned.h"

#define IN_MEMORY (UINT64_C(1) << 63)

/* Of a snapshot, a turn: a slice short enough not to be felt by requests. */
#define DUMP_FACTS_A_TURN    256u
#define DUMP_FACTS_A_CALL    64u
#define LIVE_PERCENT_MAX     50u /* segments with more are not worth copying */
#define LOG_LIVE_PERCENT_MAX 75u /* nor is any while more of the whole is alive */

/* ---- bodies ---- */

static bool is_in_memory(struct engine_body body)
{
    return (body.v & IN_MEMORY) != 0;
}

static struct engine_body untag(struct engine_body body)
{
    return (struct engine_body){body.v & ~IN_MEMORY};
}

static enum err place_in_memory(struct slice message, struct engine_body *ret_body)
{
    uint8_t *at = NULL;
    struct engine_body body = body_create((uint32_t)message.bytes, &at);
    if (body.v == 0)
        return ERR_FULL;
    memcpy(at, message.at, message.bytes);
    ret_body->v = body.v | IN_MEMORY;
    return ERR_OK;
}

enum err storage_place(struct worker *worker, enum node_durability durability, struct slice message,
                       struct engine_body *ret_body)
{
    struct storage *storage = worker->storage;
    if (storage == NULL || durability == NODE_DURABILITY_MEMORY)
        return place_in_memory(message, ret_body);
    if (storage->is_failed || storage->log == NULL)
        return ERR_IO;
    enum err err = log_reserve(storage->log, (uint32_t)message.bytes);
    if (err == ERR_OK)
        *ret_body = log_next_body(storage->log, (uint32_t)message.bytes);
    return err;
}

void storage_unplace(struct worker *worker, struct engine_body body, struct slice message)
{
    if (is_in_memory(body))
        body_unref(untag(body));
    else
        log_unreserve(worker->storage->log, (uint32_t)message.bytes);
}

/* A worker whose log is not open (any more) only ends: what it still does touches no record. */
static bool has_log(const struct worker *worker)
{
    return worker->storage != NULL && worker->storage->log != NULL;
}

void storage_drop(struct worker *worker, struct engine_body body)
{
    if (is_in_memory(body))
        body_unref(untag(body));
    else if (has_log(worker))
        log_body_dropped(worker->storage->log, body);
}

bool storage_find(struct worker *worker, struct engine_body body, struct node_message *ret_message)
{
    *ret_message = (struct node_message){0};
    if (is_in_memory(body)) {
        ret_message->memory = body_ref(untag(body));
        ret_message->bytes = body_bytes(ret_message->memory);
        return true;
    }
    if (has_log(worker))
        ret_message->logged = log_body_find(worker->storage->log, body);
    if (ret_message->logged == NULL)
        return false;
    ret_message->bytes = log_body_bytes(ret_message->logged);
    return true;
}

void storage_read(struct worker *worker, struct log_read *read, struct engine_body body)
{
    read->place = body;
    if (has_log(worker))
        log_read(worker->storage->log, read);
    else
        read->done(read, ERR_ABSENT, NULL);
}

void node_message_release(struct node_message *message)
{
    log_body_unref(message->logged);
    body_unref(message->memory);
    *message = (struct node_message){0};
}

/* ---- facts ---- */

void storage_free_memory(const struct worker *worker)
{
    struct engine_held held[64];
    uint32_t cursor = 0, count;
    while ((count = engine_bodies(worker->engine, &cursor, held, ARRAY_COUNT(held))) > 0)
        for (uint32_t i = 0; i < count; i++)
            if (is_in_memory(held[i].body))
                body_unref(untag(held[i].body));
}

/* Messages in memory are nobody's after a restart: what happens to them need not be kept. */
static bool is_kept(const struct engine_fact *fact)
{
    return !is_in_memory(fact->body);
}

void storage_keep(struct worker *worker, const struct engine_effects *effects,
                  struct engine_body placed, struct slice message)
{
    struct storage *storage = worker->storage;
    if (!has_log(worker))
        return;
    uint32_t sent = effects->facts_count;
    /* Its place was promised as the next one: it goes first (the others are of other messages, that were due). */
    for (uint32_t i = 0; i < effects->facts_count && message.at != NULL; i++) {
        const struct engine_fact *fact = &effects->facts[i];
        if (fact->kind != FACT_SENT || fact->body.v != placed.v || !is_kept(fact))
            continue;
        struct log_position at = log_append(storage->log, fact, message);
        ASSERT(at.v == placed.v || storage->is_failed);
        sent = i;
    }
    for (uint32_t i = 0; i < effects->facts_count; i++)
        if (i != sent && is_kept(&effects->facts[i]))
            log_append(storage->log, &effects->facts[i], SLICE_NONE);
}

/* ---- waiting ---- */

static void push_wait(struct storage_waits *waits, struct storage_wait *wait)
{
    wait->next = NULL;
    *waits->tail = wait;
    waits->tail = &wait->next;
}

static void run_waits(struct storage_waits *waits, uint64_t position, enum err err)
{
    while (waits->oldest != NULL && waits->oldest->position <= position) {
        struct storage_wait *wait = waits->oldest;
        waits->oldest = wait->next;
        if (waits->oldest == NULL)
            waits->tail = &waits->oldest;
        wait->ready(wait, err);
    }
}

void storage_wait(struct worker *worker, enum node_durability durability, struct storage_wait *wait)
{
    struct storage *storage = worker->storage;
    if (storage == NULL || durability == NODE_DURABILITY_MEMORY) {
        wait->ready(wait, ERR_OK);
        return;
    }
    if (storage->is_failed || storage->log == NULL) {
        wait->ready(wait, ERR_IO);
        return;
    }
    bool is_os = durability == NODE_DURABILITY_OS && storage->durability == NODE_DURABILITY_SYNC;
    wait->position = log_end(storage->log).v;
    if (wait->position <= (is_os ? storage->written : log_durable(storage->log).v)) {
        wait->ready(wait, ERR_OK);
        return;
    }
    if (is_os)
        log_want_written(storage->log);
    push_wait(is_os ? &storage->for_written : &storage->for_durable, wait);
}

bool storage_is_kept(const struct worker *worker, enum node_durability durability,
                     struct engine_body body)
{
    const struct storage *storage = worker->storage;
    if (is_in_memory(body) || !has_log(worker) || durability == NODE_DURABILITY_MEMORY)
        return true;
    bool is_os = durability == NODE_DURABILITY_OS && storage->durability == NODE_DURABILITY_SYNC;
    return body.v < (is_os ? storage->written : log_durable(storage->log).v);
}

/* ---- what the log says ---- */

static void on_written(void *context, struct log_position position)
{
    struct storage *storage = context;
    storage->written = position.v;
    run_waits(&storage->for_written, position.v, ERR_OK);
}

static void on_durable(void *context, struct log_position position)
{
    struct storage *storage = context;
    storage->is_stalled = false;
    if (storage->written < position.v)
        on_written(context, position);
    run_waits(&storage->for_durable, position.v, ERR_OK);
}

static void on_failed(void *context, const struct log_failure *failure)
{
    struct storage *storage = context;
    LOG_ERROR("log", "log %u stopped for good: %s %s: %s", storage->worker->index, failure->text,
              failure->file,
              failure->system_errno != 0 ? strerror(failure->system_errno)
                                         : err_name(failure->err));
    storage->is_failed = true;
    atomic_store(&storage->worker->node->has_failed, true);
    run_waits(&storage->for_written, UINT64_MAX, ERR_IO);
    run_waits(&storage->for_durable, UINT64_MAX, ERR_IO);
}

static void on_stalled(void *context, const struct log_failure *failure)
{
    struct storage *storage = context;
    LOG_WARNING("log", "log %u waits, and refuses sends meanwhile: %s %s: %s",
                storage->worker->index, failure->text, failure->file,
                failure->system_errno != 0 ? strerror(failure->system_errno)
                                           : err_name(failure->err));
    storage->is_stalled = true;
}

static void on_snapshot_done(void *context, enum err err)
{
    struct storage *storage = context;
    if (err != ERR_OK)
        LOG_WARNING("log", "log %u: a snapshot was given up: %s", storage->worker->index,
                    err_name(err));
}

static bool on_is_live(void *context, const struct engine_fact *fact)
{
    struct storage *storage = context;
    return engine_is_live(storage->worker->engine, fact->queue, fact->sequence, fact->body);
}

static bool on_relocated(void *context, const struct engine_fact *fact, struct engine_body from)
{
    struct storage *storage = context;
    return engine_relocate(storage->worker->engine, fact->queue, fact->sequence, from, fact->body);
}

static void on_compacted(void *context, enum err err, uint32_t segment)
{
    struct storage *storage = context;
    storage->is_compacting = false;
    if (err != ERR_OK && !storage->is_failed)
        LOG_WARNING("log", "log %u: segment %u could not be compacted: %s", storage->worker->index,
                    segment, err_name(err));
}

struct log_owner storage_owner(struct storage *storage)
{
    return (struct log_owner){
        .context = storage,
        .durable = on_durable,
        .written = on_written,
        .failed = on_failed,
        .stalled = on_stalled,
        .snapshot_done = on_snapshot_done,
        .is_live = on_is_live,
        .relocated = on_relocated,
        .compacted = on_compacted,
    };
}

/* ---- the turn ---- */

/* True: the slice is done, the snapshot is not. */
static bool continue_snapshot(struct storage *storage)
{
    struct engine_fact facts[DUMP_FACTS_A_CALL];
    if (storage->is_dumped)
        return false;
    for (uint32_t done = 0; done < DUMP_FACTS_A_TURN; done += DUMP_FACTS_A_CALL) {
        if (!log_snapshot_has_room(storage->log))
            return false; /* the log's news wakes us */
        uint32_t count =
            engine_dump(storage->worker->engine, &storage->dump, facts, DUMP_FACTS_A_CALL);
        for (uint32_t i = 0; i < count; i++)
            if (is_kept(&facts[i]))
                log_snapshot_add(storage->log, &facts[i]);
        if (count == 0) {
            storage->is_dumped = true;
            log_snapshot_end(storage->log);
            return false;
        }
    }
    return true;
}

bool storage_begin_snapshot(struct storage *storage)
{
    if (!log_snapshot_begin(storage->log))
        return false;
    storage->dump = (struct engine_dump_cursor){0};
    storage->is_dumped = false;
    return true;
}

static bool tend_snapshot(struct storage *storage)
{
    bool is_open = log_snapshot_is_open(storage->log);
    if (!is_open && log_snapshot_is_due(storage->log))
        is_open = storage_begin_snapshot(storage);
    return is_open && continue_snapshot(storage);
}

/* Compaction copies a chunk (1 MiB) at a time, and commits wait behind its bytes: so it takes breaths. Not when the dead
 * have won the upper hand or room is scarce, nor on a clock that stands still. */
#define HASTE_PERCENT 40u

static int time_to_next_chunk(struct storage *storage)
{
    const struct clock *clock = storage->worker->node->clock;
    if (clock_is_manual(clock) || log_wants_compaction(storage->log, HASTE_PERCENT))
        return 0;
    return pace_rest(&storage->compaction, clock_read(clock).mono.v);
}

static void begin_chunk(struct storage *storage)
{
    pace_begin(&storage->compaction, clock_read(storage->worker->node->clock).mono.v);
}

/* Returns for how many milliseconds it needs no further turn. */
static int tend_compaction(struct storage *storage)
{
    uint32_t victim;
    if (storage->is_compacting) {
        int wait = log_compact_wants_more(storage->log) ? time_to_next_chunk(storage) : -1;
        if (wait == 0) {
            begin_chunk(storage);
            log_compact_more(storage->log);
        }
        return wait > 0 ? wait : WORKER_WAIT_MS_MAX;
    }
    if (log_pick_victim(storage->log, LIVE_PERCENT_MAX, &victim) &&
        log_wants_compaction(storage->log, LOG_LIVE_PERCENT_MAX)) {
        storage->is_compacting = true;
        begin_chunk(storage);
        log_compact_start(storage->log, victim);
    }
    return WORKER_WAIT_MS_MAX;
}

/* An answer that is given before the loop looks at its sockets again spares two system calls each (the loop takes a
 * connection that waits for its answer out of the poll set, and puts it back), and the letter with its wake-up. So a
 * turn that brought changes waits for its own commit, if disks like this one are that quick: each wait that was longer
 * than is worth it makes the next one later. The bound is for a disk that hangs: the loop serves others, too. It is far
 * away because a timer that is due soon costs more than the whole hand-over. */
#define COMMIT_WAIT_US_WORTH 300u
#define COMMIT_WAIT_US_MAX   10000u
#define WAITS_OMITTED_MAX    255u

static void wait_for_commit(struct storage *storage)
{
    uint32_t us;
    if (storage->for_durable.oldest == NULL || storage->for_written.oldest != NULL)
        return;
    if (storage->waits_to_omit > 0) {
        storage->waits_to_omit--;
    } else if (log_wait(storage->log, COMMIT_WAIT_US_MAX, &us) && us <= COMMIT_WAIT_US_WORTH) {
        storage->waits_omitted = 0;
    } else {
        uint32_t omitted = 2 * storage->waits_omitted + 1;
        storage->waits_omitted = omitted < WAITS_OMITTED_MAX ? omitted : WAITS_OMITTED_MAX;
        storage->waits_to_omit = storage->waits_omitted;
    }
}

/* What nobody waits for (receives of standard queues, what time alone caused) goes with the next commit that somebody
 * waits for; alone, it is committed after a moment. So a receive costs no sync of its own where deletes follow it.
 * Returns for how many milliseconds nothing more is to be done. */
#define LONE_COMMIT_MS    5
#define LONE_COMMIT_BYTES (256u << 10)

static int submit(struct storage *storage)
{
    const struct clock *clock = storage->worker->node->clock;
    bool is_awaited = storage->for_durable.oldest != NULL || storage->for_written.oldest != NULL ||
                      log_snapshot_is_open(storage->log) || storage->is_compacting ||
                      clock_is_manual(clock);
    uint64_t open = log_open_bytes(storage->log);
    int64_t now = open == 0 || is_awaited ? 0 : clock_read(clock).mono.v;
    if (open == 0) {
        storage->is_lone = false;
    } else if (!is_awaited && !storage->is_lone) {
        storage->is_lone = true;
        storage->lone_until_ms = now + LONE_COMMIT_MS;
    }
    if (storage->is_lone && !is_awaited && now < storage->lone_until_ms && open < LONE_COMMIT_BYTES)
        return (int)(storage->lone_until_ms - now);
    storage->is_lone = false;
    log_submit(storage->log);
    return WORKER_WAIT_MS_MAX;
}

/* Whatever was acknowledged last looks, if it is damaged later, like a write that a crash cut off: nothing behind it says
 * that it was durable (FORMAT.md). So a log that has fallen idle gets one more batch, which says so. Returns for how many
 * milliseconds nothing more is to be done. */
#define SEAL_MS 1000

static int tend_seal(struct storage *storage)
{
    const struct clock *clock = storage->worker->node->clock;
    uint64_t end = log_end(storage->log).v;
    if (end == storage->sealed || clock_is_manual(clock))
        return WORKER_WAIT_MS_MAX;
    if (end != storage->idle_at) {
        storage->idle_at = end;
        storage->idle_since_ms = 0;
        return SEAL_MS;
    }
    int64_t now = clock_read(clock).mono.v;
    if (storage->idle_since_ms == 0)
        storage->idle_since_ms = now;
    int64_t left = storage->idle_since_ms + SEAL_MS - now;
    if (left > 0)
        return (int)left;
    log_append_note(storage->log, SLICE_NONE);
    storage->sealed = log_end(storage->log).v;
    return WORKER_WAIT_MS_MAX;
}

int storage_turn(struct worker *worker)
{
    struct storage *storage = worker->storage;
    if (!has_log(worker) || storage->is_failed)
        return WORKER_WAIT_MS_MAX;
    bool has_more = tend_snapshot(storage);
    int wait = tend_compaction(storage);
    int seal_wait = tend_seal(storage);
    int submit_wait = submit(storage);
    if (seal_wait < wait)
        wait = seal_wait;
    wait_for_commit(storage);
    if (submit_wait < wait)
        wait = submit_wait;
    return has_more ? 0 : wait;
}

bool storage_work(struct storage *storage)
{
    bool has_more = log_snapshot_is_open(storage->log) && continue_snapshot(storage);
    log_submit(storage->log);
    return has_more;
}

bool storage_counts(const struct worker *worker, struct log_counts *ret_counts)
{
    if (worker->storage != NULL)
        log_counts(worker->storage->log, ret_counts);
    return worker->storage != NULL;
}

bool storage_is_failed(const struct worker *worker)
{
    return worker->storage != NULL && worker->storage->is_failed;
}

void storage_init_waits(struct storage *storage)
{
    storage->for_written.tail = &storage->for_written.oldest;
    storage->for_durable.tail = &storage->for_durable.oldest;
}

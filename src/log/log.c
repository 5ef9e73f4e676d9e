/* The owner's side: appending, handing over, hearing back, bodies. */
#include "log/log.h"

#include "log/log_internal.h"

#include "base/banned.h"

/* ---- appending ---- */

static uint32_t sent_bytes_max(uint32_t message_bytes)
{
    return RECORD_HEADER_BYTES + RECORD_FACT_BYTES_MAX + message_bytes;
}

struct engine_body log_next_body(struct log *log, uint32_t message_bytes)
{
    return (struct engine_body){log_batch_next(log, sent_bytes_max(message_bytes)).v};
}

static struct log_position append_sent(struct log *log, const struct engine_fact *fact,
                                       struct slice message)
{
    uint8_t *at;
    uint32_t message_bytes = (uint32_t)message.bytes;
    struct log_position place = log_batch_begin_record(log, sent_bytes_max(message_bytes), &at);
    struct record_shape shape = record_shape(fact, false);
    uint16_t fields = record_put_fact(at + RECORD_HEADER_BYTES, fact, shape, true);
    uint32_t bytes = RECORD_HEADER_BYTES + shape.bytes + message_bytes;
    uint64_t reserved = record_aligned(sent_bytes_max(message_bytes));
    memcpy(at + RECORD_HEADER_BYTES + shape.bytes, message.at, message_bytes);
    log_batch_end_record(log, place, RECORD_FACT + FACT_SENT, fields, bytes);
    /* Facts replayed from elsewhere come without a reservation. */
    log->reserved_open -= reserved < log->reserved_open ? reserved : log->reserved_open;
    log_body_count(log, place.v, message_bytes);
    log->living++;
    if (cache_room(&log->cache) > message_bytes) {
        struct log_body *body = log_body_create(message);
        cache_admit(&log->cache, place.v, body);
        log_body_unref(body);
    }
    return place;
}

struct log_position log_append(struct log *log, const struct engine_fact *fact,
                               struct slice message)
{
    struct log_position place = log->end;
    if (log->is_failed)
        return place;
    ASSERT(message.bytes <= LOG_MESSAGE_BYTES_MAX);
    ASSERT_IMPLIES(message.bytes > 0, fact->kind == FACT_SENT);
    if (message.bytes > 0) {
        place = append_sent(log, fact, message);
    } else {
        uint8_t *at;
        struct record_shape shape = record_shape(fact, false);
        uint32_t bytes = RECORD_HEADER_BYTES + shape.bytes;
        place = log_batch_begin_record(log, bytes, &at);
        uint16_t fields = record_put_fact(at + RECORD_HEADER_BYTES, fact, shape, false);
        log_batch_end_record(log, place, (uint8_t)(RECORD_FACT + fact->kind), fields, bytes);
    }
    log->counts.records++;
    log->counts.record_bytes += log->end.v - place.v;
    return place;
}

struct log_position log_append_note(struct log *log, struct slice note)
{
    uint8_t *at;
    if (log->is_failed)
        return log->end;
    ASSERT(note.bytes <= LOG_NOTE_BYTES_MAX);
    uint32_t bytes = RECORD_HEADER_BYTES + (uint32_t)note.bytes;
    struct log_position place = log_batch_begin_record(log, bytes, &at);
    if (note.bytes > 0)
        memcpy(at + RECORD_HEADER_BYTES, note.at, note.bytes);
    log_batch_end_record(log, place, RECORD_NOTE, 0, bytes);
    log->counts.records++;
    log->counts.record_bytes += record_aligned(bytes);
    return place;
}

/* ---- handing over ---- */

static void hand_over(struct log *log)
{
    struct shared *shared = &log->shared;
    log->in_flight = log->open;
    log->open = log->in_flight == &log->batches[0] ? &log->batches[1] : &log->batches[0];
    log->in_flight->end = log->end;
    log->wants_submit = false;
    pthread_mutex_lock(&shared->lock);
    shared->submitted = log->in_flight;
    pthread_mutex_unlock(&shared->lock);
    pthread_cond_signal(&shared->writer_wake); /* who is woken finds the lock free */
}

void log_submit(struct log *log)
{
    if (log->is_failed || (log->open->bytes.used == 0 && !log->open->forces_sync))
        return;
    log_room_look_if_old(log);
    if (log->in_flight != NULL)
        log->wants_submit = true;
    else
        hand_over(log);
}

uint64_t log_open_bytes(const struct log *log)
{
    return log->open->bytes.used;
}

void log_want_written(struct log *log)
{
    log->open->wants_written = true;
}

struct log_position log_end(const struct log *log)
{
    return log->end;
}

struct log_position log_durable(const struct log *log)
{
    return log->durable;
}

bool log_is_failed(const struct log *log)
{
    return log->is_failed;
}

/* ---- hearing back ---- */

struct heard {
    bool batch_done, is_failed, is_stalled;
    struct log_position written, synced;
    struct log_failure failure, stall;
    struct read_ahead *aheads;
};

static struct heard hear(struct log *log)
{
    struct shared *shared = &log->shared;
    pthread_mutex_lock(&shared->lock);
    struct heard heard = {
        .batch_done = shared->batch_done,
        .is_failed = shared->is_failed,
        .is_stalled = shared->is_stalled,
        .written = shared->written,
        .synced = shared->synced,
        .failure = shared->failure,
        .stall = shared->stall,
        .aheads = shared->read_aheads,
    };
    shared->batch_done = false;
    shared->read_aheads = NULL;
    if (shared->has_space) {
        log->look = shared->look;
        shared->has_space = false;
    }
    pthread_mutex_unlock(&shared->lock);
    return heard;
}

static void hear_aheads(struct log *log, struct read_ahead *ahead, bool is_silent)
{
    while (ahead != NULL) {
        struct read_ahead *next = ahead->next;
        for (uint32_t i = 0; i < ahead->count; i++) {
            struct read_ahead_row *row = &ahead->rows[i];
            uint64_t before = log->cache.bodies;
            if (!is_silent && cache_room(&log->cache) > 0 && log->owner.is_live != NULL &&
                log->owner.is_live(log->owner.context, &row->fact))
                cache_admit(&log->cache, row->fact.body.v, row->body);
            log->counts.read_ahead_bodies += log->cache.bodies - before;
            log_body_unref(row->body);
        }
        free(ahead);
        ahead = next;
    }
    pthread_mutex_lock(&log->shared.lock);
    log->shared.read_ahead_room = cache_room(&log->cache);
    pthread_mutex_unlock(&log->shared.lock);
}

static void hear_failure(struct log *log, const struct log_failure *failure, bool is_silent)
{
    log->is_failed = true;
    if (log->was_failure_told || is_silent)
        return;
    log->was_failure_told = true;
    if (log->owner.failed != NULL)
        log->owner.failed(log->owner.context, failure);
}

static void hear_stall(struct log *log, const struct heard *heard, bool is_silent)
{
    if (heard->is_stalled && !log->was_stall_told && !is_silent && log->owner.stalled != NULL)
        log->owner.stalled(log->owner.context, &heard->stall);
    log->was_stall_told = heard->is_stalled;
}

static void hear_positions(struct log *log, const struct heard *heard, bool is_silent)
{
    struct log_position durable =
        log->options.sync == LOG_SYNC_NEVER ? heard->written : heard->synced;
    if (heard->synced.v > log->synced.v)
        log->synced = heard->synced;
    bool is_written = heard->written.v > log->written.v;
    if (is_written)
        log->written = heard->written;
    if (is_written && !is_silent && log->owner.written != NULL)
        log->owner.written(log->owner.context, log->written);
    if (durable.v <= log->durable.v)
        return;
    log->durable = durable;
    if (!is_silent) {
        log_compact_durable(log);
        if (log->owner.durable != NULL)
            log->owner.durable(log->owner.context, durable);
    }
}

void log_take_news(struct log *log, bool is_silent)
{
    struct heard heard = hear(log);
    if (heard.is_failed) {
        hear_aheads(log, heard.aheads, is_silent);
        hear_failure(log, &heard.failure, is_silent);
        snapshot_give_up(log);
        return;
    }
    if (heard.batch_done) {
        log_batch_reset(log->in_flight);
        log->in_flight = NULL;
        if (log->wants_submit)
            log_submit(log); /* first: the disk is idle */
    }
    hear_stall(log, &heard, is_silent);
    hear_positions(log, &heard, is_silent);
    hear_aheads(log, heard.aheads, is_silent);
    snapshot_news(log, is_silent);
    if (!is_silent)
        log_compact_news(log);
}

static int64_t monotonic_us(void)
{
    struct timespec at;
    int failed = clock_gettime(CLOCK_MONOTONIC, &at);
    ASSERT(failed == 0);
    return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

bool log_wait(struct log *log, uint32_t us_max, uint32_t *ret_us)
{
    struct shared *shared = &log->shared;
    *ret_us = 0;
    if (log->in_flight == NULL || !shared->has_threads || us_max == 0)
        return log->in_flight == NULL;
    int64_t begun = monotonic_us(), end = begun + us_max;
    struct timespec until = {end / 1000000, end % 1000000 * 1000};
    int refused = 0;
    pthread_mutex_lock(&shared->lock);
    shared->owner_waits = true;
    while (!shared->batch_done && refused == 0)
        refused = pthread_cond_timedwait(&shared->owner_wake, &shared->lock, &until);
    shared->owner_waits = false;
    bool is_done = shared->batch_done;
    pthread_mutex_unlock(&shared->lock);
    *ret_us = (uint32_t)(monotonic_us() - begun);
    if (is_done)
        log_take_news(log, false);
    return is_done;
}

/* ---- bodies ---- */

void log_body_count(struct log *log, uint64_t place, uint32_t message_bytes)
{
    struct segment *segment = segment_find(&log->segments, log_segment_of(place));
    if (segment == NULL)
        return;
    segment->added_count++;
    segment->added_bytes += message_bytes;
    segment->live_count++;
}

void log_body_uncount(struct log *log, uint64_t place)
{
    struct segment *segment = segment_find(&log->segments, log_segment_of(place));
    if (segment == NULL)
        return;
    ASSERT(segment->live_count > 0);
    segment->live_count--;
    segment->empty_after = log->snapshots_begun;
}

void log_body_added(struct log *log, struct engine_body place, uint32_t message_bytes)
{
    log_body_count(log, place.v, message_bytes);
    log->living++;
}

void log_body_dropped(struct log *log, struct engine_body place)
{
    if (log->is_failed)
        return;
    log_body_uncount(log, place.v);
    cache_drop(&log->cache, place.v);
    ASSERT(log->living > 0);
    log->living--;
}

/* A message still in the memory of a batch. */
static struct log_body *copy_from_batch(struct log *log, uint64_t place)
{
    struct slice bytes;
    struct record record;
    struct engine_fact fact;
    struct slice message;
    uint64_t from;
    struct record_seed seed = record_seed_segment(log->place.identity, log_segment_of(place));
    if (place < log->written.v || !log_batch_find(log, place, &bytes) ||
        record_decode(bytes, seed, log_offset_of(place), &record) != RECORD_GOOD ||
        record_get_entry(&record, &fact, &message, &from) != ERR_OK || message.bytes == 0)
        return NULL;
    return log_body_create(message);
}

struct log_body *log_body_find(struct log *log, struct engine_body place)
{
    struct log_body *body = cache_find(&log->cache, place.v);
    if (body == NULL)
        body = copy_from_batch(log, place.v);
    if (body != NULL)
        log->cache.hits++;
    else
        log->cache.misses++;
    return body;
}

static void forget_read(struct log *log, struct log_read *read)
{
    struct segment *segment = segment_find(&log->segments, log_segment_of(read->place.v));
    if (read->previous != NULL)
        read->previous->next = read->next;
    else
        log->reads = read->next;
    if (read->next != NULL)
        read->next->previous = read->previous;
    if (segment != NULL && segment->reads > 0)
        segment->reads--;
}

static void deliver_read(struct letter *letter, void *owner)
{
    struct log_read *read = (struct log_read *)letter;
    struct log *log = read->log;
    struct log_body *body = read->body;
    (void)owner;
    if (log != NULL) {
        forget_read(log, read);
        struct segment *segment = segment_find(&log->segments, log_segment_of(read->place.v));
        if (body != NULL && segment != NULL && segment->live_count > 0)
            cache_admit(&log->cache, read->place.v, body);
    }
    read->done(read, body != NULL ? ERR_OK : read->err, body);
}

void log_read(struct log *log, struct log_read *read)
{
    struct shared *shared = &log->shared;
    struct segment *segment = segment_find(&log->segments, log_segment_of(read->place.v));
    read->letter.deliver = deliver_read;
    read->log = log;
    read->queued = NULL;
    read->previous = NULL;
    read->next = log->reads;
    if (log->reads != NULL)
        log->reads->previous = read;
    log->reads = read;
    read->err = ERR_ABSENT;
    read->body = copy_from_batch(log, read->place.v);
    if (segment != NULL)
        segment->reads++;
    if (segment == NULL || read->body != NULL) {
        mailbox_post(shared->mailbox, &read->letter);
        return;
    }
    pthread_mutex_lock(&shared->lock);
    if (shared->reads == NULL)
        shared->reads = read;
    else
        shared->reads_last->queued = read;
    shared->reads_last = read;
    pthread_cond_signal(&shared->helper_wake);
    pthread_mutex_unlock(&shared->lock);
}

/* ---- freeing ---- */

/* The snapshot in force must have begun after the last body went: an earlier one may still name the place. */
static bool is_free(const struct log *log, const struct segment *segment)
{
    return log->has_snapshot && segment->number < log_segment_of(log->snapshot_last.v) &&
           segment->live_count == 0 && segment->empty_after < log->snapshot_ordinal &&
           segment->reads == 0 && segment->number != log->victim;
}

void log_free_segments(struct log *log)
{
    struct shared *shared = &log->shared;
    for (uint32_t i = log->segments.count; i > 0; i--) {
        struct segment *segment = &log->segments.at[i - 1];
        if (!is_free(log, segment))
            continue;
        pthread_mutex_lock(&shared->lock);
        if (shared->freed_count == shared->freed_capacity) {
            shared->freed_capacity = shared->freed_capacity > 0 ? shared->freed_capacity * 2 : 16;
            shared->freed = realloc(shared->freed, shared->freed_capacity * sizeof(*shared->freed));
            ASSERT(shared->freed != NULL);
        }
        shared->freed[shared->freed_count++] = segment->number;
        pthread_cond_signal(&shared->helper_wake);
        pthread_mutex_unlock(&shared->lock);
        segment_remove(&log->segments, segment->number);
    }
}

/* ---- the rest ---- */

void log_counts(const struct log *log, struct log_counts *ret_counts)
{
    struct log_counts counts = log->counts;
    struct shared *shared = (struct shared *)(uintptr_t)&log->shared;
    for (uint32_t i = 0; i < log->segments.count; i++) {
        const struct segment *segment = &log->segments.at[i];
        counts.live_bodies += segment->live_count;
        counts.live_bytes += segment_live_bytes(segment);
        counts.body_bytes += segment->added_bytes;
        counts.disk_bytes += segment->bytes;
    }
    counts.segments = log->segments.count;
    counts.reserved_bytes = log->reserved_open + log->living * LOG_LATER_BYTES;
    counts.available_bytes = log_room_available(log);
    counts.cache_bytes = log->cache.bytes;
    counts.cache_bodies = log->cache.bodies;
    counts.cache_hits = log->cache.hits;
    counts.cache_misses = log->cache.misses;
    counts.open_batch_bytes = log->open->bytes.used;
    pthread_mutex_lock(&shared->lock);
    counts.batches = shared->batches;
    counts.batch_bytes_written = shared->bytes_written;
    counts.syncs = shared->syncs;
    counts.spares = shared->spares_count;
    counts.disk_bytes += (uint64_t)shared->spares_count * log->segment_bytes;
    counts.cold_reads = shared->cold_reads;
    counts.cold_read_bytes = shared->cold_read_bytes;
    pthread_mutex_unlock(&shared->lock);
    *ret_counts = counts;
}

bool log_step(struct log *log)
{
    ASSERT(log->options.is_stepwise);
    return writer_step(&log->writer) || log_helper_step(&log->helper);
}

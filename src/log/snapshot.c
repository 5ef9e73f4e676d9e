/* The owner's side of a snapshot: facts into a buffer, full buffers to the helper, and in force when everything that
 * it may contain effects of is durable. */
#include "log/log_internal.h"

#include "base/banned.h"

#define PIECE_BYTES (1u << 20)

bool log_snapshot_is_open(const struct log *log)
{
    return log->snapshot_is_open;
}

static void add(struct log *log, uint8_t kind, uint16_t fields, uint32_t bytes)
{
    struct record record = {
        .kind = kind, .fields = fields, .bytes = bytes, .incarnation = log->snapshot_incarnation};
    uint8_t *at = log->snapshot_bytes.at + log->snapshot_bytes.used;
    size_t whole = record_aligned(bytes);
    memset(at + bytes, 0, whole - bytes);
    record_seal(at, &record, log->snapshot_seed, log->snapshot_offset);
    log->snapshot_bytes.used += whole;
    log->snapshot_offset += whole;
}

static uint8_t *reserve(struct log *log, uint32_t bytes)
{
    return log_bytes_reserve(&log->snapshot_bytes, record_aligned(bytes));
}

/* ---- where room is short ---- */

static const struct segment *segment_of_end(const struct log *log)
{
    return &log->segments.at[log->segments.count - 1];
}

/* Most of the segment in which the log ends is dead, but only those before it can be freed. */
static bool is_worth_ending(const struct log *log)
{
    const struct segment *segment = segment_of_end(log);
    uint64_t written = log_offset_of(log->end.v);
    return written >= log_ahead_bytes(log->segment_bytes) / 4 &&
           2 * segment_live_bytes(segment) <= written && log_room_has_next(log);
}

static void end_segment(struct log *log)
{
    uint8_t *at;
    uint32_t segment = log_segment_of(log->end.v);
    (void)log_batch_begin_record(log, 0,
                                 &at); /* begins the batch if need be; may end the segment */
    if (log_segment_of(log->end.v) == segment)
        log_batch_change_segment(log);
    log_submit(log);
}

static bool frees_any(const struct log *log)
{
    for (uint32_t i = 0; i + 1 < log->segments.count; i++) {
        const struct segment *segment = &log->segments.at[i];
        if (segment->live_count == 0 && segment->reads == 0 && segment->number != log->victim)
            return true;
    }
    return is_worth_ending(log);
}

/* Trying again what found no room would only keep the disk busy. */
static bool is_hopeless(const struct log *log)
{
    return log->was_snapshot_refused && log->look.disk <= log->refused_disk &&
           log->living > log->refused_living / 4 * 3 &&
           log->since_snapshot < log_ahead_bytes(log->segment_bytes) / 8;
}

bool log_snapshot_begin(struct log *log)
{
    pthread_mutex_lock(&log->shared.lock);
    bool is_busy = log->shared.snapshot.is_pending || log->shared.snapshot.is_done;
    pthread_mutex_unlock(&log->shared.lock);
    if (log->is_failed || log->snapshot_is_open || is_busy)
        return false;
    if (log_room_is_pressed(log) && is_worth_ending(log))
        end_segment(log);
    struct record_snapshot head = {
        .identity = log->place.identity,
        .position = log->end.v,
        .incarnation = log->incarnation,
        .batch = log->batch_number,
    };
    log->snapshot_is_open = true;
    log->snapshots_begun++;
    log->snapshot_is_ending = log->snapshot_is_bad = false;
    log->snapshot_at = log->end;
    log->snapshot_incarnation = log->incarnation;
    log->snapshot_seed = record_seed_snapshot(head.identity, head.position);
    log->snapshot_offset = log->snapshot_entries = 0;
    log->snapshot_is_first = true;
    log->snapshot_bytes.used = 0;
    log->since_snapshot = 0;
    record_put_snapshot(reserve(log, RECORD_SNAPSHOT_BYTES), &head);
    add(log, RECORD_SNAPSHOT, 0, RECORD_SNAPSHOT_BYTES);
    return true;
}

static bool helper_is_busy(const struct log *log)
{
    struct shared *shared = (struct shared *)(uintptr_t)&log->shared;
    pthread_mutex_lock(&shared->lock);
    bool is_busy = shared->snapshot.is_pending || shared->snapshot.is_done;
    pthread_mutex_unlock(&shared->lock);
    return is_busy;
}

bool log_snapshot_has_room(const struct log *log)
{
    return log->snapshot_bytes.used < PIECE_BYTES;
}

/* Gives the buffer to the helper. */
static void hand_over(struct log *log, bool is_last)
{
    struct snapshot_job *job = &log->shared.snapshot;
    log->counts.snapshot_bytes += log->snapshot_bytes.used;
    pthread_mutex_lock(&log->shared.lock);
    struct log_bytes empty = job->bytes;
    job->bytes = log->snapshot_bytes;
    job->is_first = log->snapshot_is_first;
    job->is_last = is_last;
    job->is_given_up = log->snapshot_is_bad;
    job->position = log->snapshot_at.v;
    job->is_pending = true;
    pthread_cond_signal(&log->shared.helper_wake);
    pthread_mutex_unlock(&log->shared.lock);
    log->snapshot_is_first = false;
    log->snapshot_bytes = empty;
    log->snapshot_bytes.used = 0;
}

void snapshot_push(struct log *log)
{
    if (!log->snapshot_is_open || helper_is_busy(log))
        return;
    if (!log->snapshot_is_ending) {
        if (log->snapshot_bytes.used >= PIECE_BYTES)
            hand_over(log, false);
        return;
    }
    if (log->synced.v < log->snapshot_required.v && !log->snapshot_is_bad)
        return;
    struct record_snapshot_end end = {log->snapshot_entries, log->snapshot_required.v};
    record_put_snapshot_end(reserve(log, RECORD_SNAPSHOT_END_BYTES), &end);
    add(log, RECORD_SNAPSHOT_END, 0, RECORD_SNAPSHOT_END_BYTES);
    hand_over(log, true);
    log->snapshot_is_ending = false; /* the last piece is on its way */
}

void log_snapshot_add(struct log *log, const struct engine_fact *fact)
{
    ASSERT(log->snapshot_is_open && !log->snapshot_is_ending);
    if (log->snapshot_is_bad)
        return;
    struct record_shape shape = record_shape(fact, true);
    uint32_t bytes = RECORD_HEADER_BYTES + shape.bytes;
    uint8_t *at = reserve(log, bytes);
    uint16_t fields = record_put_fact(at + RECORD_HEADER_BYTES, fact, shape, false);
    add(log, (uint8_t)(RECORD_FACT + fact->kind), fields, bytes);
    log->snapshot_entries++;
    if (log->snapshot_bytes.used >= PIECE_BYTES)
        snapshot_push(log);
}

void log_snapshot_add_note(struct log *log, struct slice note)
{
    ASSERT(log->snapshot_is_open && !log->snapshot_is_ending);
    ASSERT(note.bytes <= LOG_NOTE_BYTES_MAX);
    if (log->snapshot_is_bad)
        return;
    uint32_t bytes = RECORD_HEADER_BYTES + (uint32_t)note.bytes;
    uint8_t *at = reserve(log, bytes);
    if (note.bytes > 0)
        memcpy(at + RECORD_HEADER_BYTES, note.at, note.bytes);
    add(log, RECORD_NOTE, 0, bytes);
    log->snapshot_entries++;
}

void log_snapshot_end(struct log *log)
{
    ASSERT(log->snapshot_is_open && !log->snapshot_is_ending);
    log->snapshot_is_ending = true;
    log->snapshot_required = log->end;
    if (log->synced.v < log->end.v) {
        /* Whatever the dial says: a snapshot must not know what the log may lose. */
        log->open->forces_sync = true;
        log_submit(log);
    }
    snapshot_push(log);
}

void snapshot_give_up(struct log *log)
{
    log->snapshot_is_open = log->snapshot_is_ending = false;
    log->snapshot_bytes.used = 0;
}

static void finish(struct log *log, enum err err, bool is_silent)
{
    log->snapshot_is_open = log->snapshot_is_ending = false;
    log->snapshot_err = err;
    if (err == ERR_OK) {
        log->has_snapshot = true;
        log->is_patched = false;
        log->snapshot_last = log->snapshot_at;
        log->snapshot_ordinal = log->snapshots_begun;
        log->counts.snapshots++;
        log_free_segments(log);
    }
    log->was_snapshot_refused = err == ERR_FULL || err == ERR_UNAVAILABLE;
    log->refused_disk = log->look.disk;
    log->refused_living = log->living;
    if (!is_silent && log->owner.snapshot_done != NULL)
        log->owner.snapshot_done(log->owner.context, err);
}

void snapshot_news(struct log *log, bool is_silent)
{
    struct snapshot_job *job = &log->shared.snapshot;
    pthread_mutex_lock(&log->shared.lock);
    bool is_done = job->is_done, was_last = job->is_last;
    enum err err = job->err;
    job->is_done = false;
    pthread_mutex_unlock(&log->shared.lock);
    if (!log->snapshot_is_open)
        return;
    if (is_done && (was_last || log->snapshot_is_bad)) {
        finish(log, log->snapshot_is_bad ? log->snapshot_err : err, is_silent);
        return;
    }
    /* A piece failed: what the owner still adds is dropped, and the end tells of it. */
    if (is_done) {
        log->snapshot_is_bad = true;
        log->snapshot_err = err;
    }
    snapshot_push(log);
}

/* About what a message takes in a snapshot. */
#define ENTRY_BYTES 64u
/* A snapshot is written when at least so many times its size was appended since the last one. */
#define SHARE 8u
/* Segments without anything alive may take that part of what lives, or so many times a snapshot's size. */
#define DEAD_SHARE 4u

/* Bytes that the next snapshot would free. */
static uint64_t dead_bytes(const struct log *log)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < log->segments.count; i++) {
        const struct segment *segment = &log->segments.at[i];
        if (segment->live_count == 0 && segment->reads == 0 && segment->number != log->victim &&
            segment->number < log_segment_of(log->end.v))
            bytes += segment->bytes;
    }
    return bytes;
}

static uint64_t live_bytes(const struct log *log)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < log->segments.count; i++)
        bytes += segment_live_bytes(&log->segments.at[i]);
    return bytes;
}

/* Space comes back when it is worth the writing, also when nothing more is appended (a purge, a full disk): not after each
 * segment that compaction empties, but when much more is freed than written, or a good part of what lives; or space is
 * short. After a snapshot that failed there is no hurry: what was in its way is likely still there. */
static bool is_worth_freeing(const struct log *log, uint64_t cost)
{
    uint64_t dead = dead_bytes(log);
    if (dead == 0)
        return false;
    uint64_t part = live_bytes(log) / DEAD_SHARE;
    uint64_t enough = part < DEAD_SHARE * cost ? part : DEAD_SHARE * cost;
    bool is_patient = log->snapshot_err != ERR_OK;
    return ((dead >= cost && dead >= enough) || log_room_is_scarce(log)) &&
           (!is_patient || log->since_snapshot >= log->segment_bytes / 4);
}

bool log_snapshot_is_due(const struct log *log)
{
    uint64_t cost = log->living * ENTRY_BYTES;
    if (log->is_failed || log->snapshot_is_open)
        return false;
    if (log_room_is_pressed(log) && !is_hopeless(log) && frees_any(log))
        return true;
    if (is_worth_freeing(log, cost))
        return true;
    if (log->since_snapshot < log->segment_bytes)
        return false;
    return log->since_snapshot >= SHARE * cost || log->since_snapshot >= live_bytes(log);
}

/* Positions as bytes on the disk; segments of another size are a small matter here. */
static uint64_t bytes_since_snapshot(const struct log *log)
{
    struct log_position last = log->snapshot_last;
    if (!log->has_snapshot || log->is_patched)
        return UINT64_MAX / SHARE;
    uint64_t segments = log_segment_of(log->end.v) - log_segment_of(last.v);
    return segments * log->segment_bytes + log_offset_of(log->end.v) - log_offset_of(last.v);
}

bool log_snapshot_is_worth(const struct log *log)
{
    return SHARE * bytes_since_snapshot(log) > log->living * ENTRY_BYTES;
}

void log_hurry(struct log *log)
{
    pthread_mutex_lock(&log->shared.lock);
    log->shared.is_hurried = true;
    pthread_mutex_unlock(&log->shared.lock);
}

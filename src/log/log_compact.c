/* Compaction: the living messages of a segment are appended again; when the copies are durable the messages move to
 * them; then nothing lives in the segment, and the next snapshot lets it go. */
#include "log/log_internal.h"

#include "base/banned.h"

/* Copies take room before anything is freed. */
static bool has_room(const struct log *log, const struct segment *segment)
{
    uint64_t bytes = segment_copy_bytes(segment);
    uint64_t chunk = log_compact_chunk(log->segment_bytes);
    return bytes == 0 || log_room_for_copies(log, bytes, bytes < chunk ? bytes : chunk);
}

bool log_pick_victim(const struct log *log, uint32_t live_percent_max, uint32_t *ret_segment)
{
    uint64_t best = UINT64_MAX;
    if (log->victim != 0 || log->is_failed)
        return false;
    for (uint32_t i = 0; i < log->segments.count; i++) {
        const struct segment *segment = &log->segments.at[i];
        if (segment->number >= log_segment_of(log->durable.v) || segment->live_count == 0 ||
            segment->was_tried)
            continue;
        uint64_t copied = segment_copy_bytes(segment);
        if (copied * 100 > (uint64_t)live_percent_max * segment->bytes)
            continue;
        uint64_t percent = copied * 100 / segment->bytes;
        if (percent >= best || !has_room(log, segment))
            continue;
        best = percent;
        *ret_segment = segment->number;
    }
    return best != UINT64_MAX;
}

bool log_wants_compaction(const struct log *log, uint32_t live_percent_max)
{
    uint64_t live = 0, whole = 0;
    for (uint32_t i = 0; i < log->segments.count; i++) {
        const struct segment *segment = &log->segments.at[i];
        if (segment->live_count == 0 || segment->number >= log_segment_of(log->durable.v))
            continue;
        live += segment_copy_bytes(segment);
        whole += segment->bytes;
    }
    return live * 100 <= whole * live_percent_max || log_room_is_scarce(log);
}

void log_compact_start(struct log *log, uint32_t segment)
{
    ASSERT(log->victim == 0 && segment_find(&log->segments, segment) != NULL);
    log->victim = segment;
    log->victim_offset = 0;
    log->victim_is_read = log->victim_is_asked = false;
    log->victim_err = ERR_OK;
    log_compact_more(log);
}

bool log_compact_wants_more(const struct log *log)
{
    if (log->victim == 0 || log->is_failed || log->victim_is_read || log->victim_is_asked ||
        log->relocations_count > 0)
        return false;
    struct segments segments = log->segments; /* a copy: finding remembers */
    const struct segment *segment = segment_find(&segments, log->victim);
    return segment == NULL || has_room(log, segment);
}

void log_compact_more(struct log *log)
{
    struct shared *shared = &log->shared;
    if (!log_compact_wants_more(log))
        return;
    log->victim_is_asked = true;
    pthread_mutex_lock(&shared->lock);
    shared->compact.segment = log->victim;
    shared->compact.offset = log->victim_offset;
    shared->compact.is_pending = true;
    pthread_cond_signal(&shared->helper_wake);
    pthread_mutex_unlock(&shared->lock);
}

static struct relocation *add_relocation(struct log *log)
{
    if (log->relocations_count == 0)
        log->relocations_first = 0;
    uint32_t index = log->relocations_first + log->relocations_count;
    if (index == log->relocations_capacity) {
        log->relocations_capacity =
            log->relocations_capacity > 0 ? log->relocations_capacity * 2 : 256;
        log->relocations =
            realloc(log->relocations, log->relocations_capacity * sizeof(*log->relocations));
        ASSERT(log->relocations != NULL);
    }
    log->relocations_count++;
    return &log->relocations[index];
}

static void relocate(struct log *log, const struct engine_fact *fact, struct slice message,
                     uint64_t from)
{
    uint8_t *at;
    struct record_shape shape = record_shape(fact, false);
    uint32_t bytes = RECORD_HEADER_BYTES + 8 + shape.bytes + (uint32_t)message.bytes;
    struct log_position to = log_batch_begin_record(log, bytes, &at);
    uint8_t *payload = at + RECORD_HEADER_BYTES;
    for (unsigned i = 0; i < 8; i++)
        payload[i] = (uint8_t)(from >> (8 * i));
    uint16_t fields = record_put_fact(payload + 8, fact, shape, true);
    memcpy(payload + 8 + shape.bytes, message.at, message.bytes);
    log_batch_end_record(log, to, RECORD_RELOCATED, fields, bytes);
    log_body_count(log, to.v, (uint32_t)message.bytes);
    log->counts.relocated++;
    log->counts.relocated_bytes += record_aligned(bytes);
    struct relocation *relocation = add_relocation(log);
    *relocation = (struct relocation){*fact, from, (uint32_t)message.bytes, log->end};
    relocation->fact.body.v = to.v;
}

static void relocate_row(struct log *log, const struct compact_job *job,
                         const struct compact_row *row)
{
    struct record record;
    struct engine_fact fact;
    struct slice message;
    uint64_t earlier;
    uint64_t place = log_position_of(job->segment, row->offset).v;
    struct slice bytes = slice_of(job->bytes.at + row->at, row->bytes);
    struct record_seed seed = record_seed_segment(log->place.identity, job->segment);
    if (record_decode(bytes, seed, row->offset, &record) != RECORD_GOOD ||
        record_get_entry(&record, &fact, &message, &earlier) != ERR_OK || message.bytes == 0)
        return;
    fact.body.v = place;
    if (log->owner.is_live != NULL && log->owner.is_live(log->owner.context, &fact))
        relocate(log, &fact, message, place);
}

static void finish_if_over(struct log *log)
{
    uint32_t victim = log->victim;
    enum err err = log->victim_err;
    if (victim == 0 || !log->victim_is_read || log->relocations_count > 0)
        return;
    log->victim = 0;
    struct segment *segment = segment_find(&log->segments, victim);
    if (segment != NULL && err != ERR_OK)
        segment->was_tried = true;
    if (log->owner.compacted != NULL)
        log->owner.compacted(log->owner.context, err, victim);
}

void log_compact_news(struct log *log)
{
    struct compact_job *job = &log->shared.compact;
    pthread_mutex_lock(&log->shared.lock);
    bool is_done = job->is_done;
    job->is_done = false;
    pthread_mutex_unlock(&log->shared.lock);
    if (!is_done || log->victim == 0)
        return;
    log->victim_is_asked = false;
    for (uint32_t i = 0; i < job->rows_count; i++)
        relocate_row(log, job, &job->rows[i]);
    log->victim_offset = job->next_offset;
    log->victim_is_read = job->is_end || job->err != ERR_OK;
    log->victim_err = job->err;
    log_submit(log);
    finish_if_over(log);
}

void log_compact_durable(struct log *log)
{
    while (log->relocations_count > 0) {
        struct relocation moved = log->relocations[log->relocations_first];
        if (moved.end.v > log->durable.v)
            return;
        log->relocations_first++;
        log->relocations_count--;
        struct engine_body from = {moved.from};
        bool is_taken = log->owner.relocated != NULL &&
                        log->owner.relocated(log->owner.context, &moved.fact, from);
        log_body_uncount(log, is_taken ? moved.from : moved.fact.body.v);
        if (is_taken)
            cache_move(&log->cache, moved.from, moved.fact.body.v);
    }
    finish_if_over(log);
}

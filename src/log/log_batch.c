/* The open batch: records in memory, each at its final place in the log.
 *
 * Invariant: behind the last record there is room for one batch record and the segment's end (LOG_TAIL_BYTES). */
#include "log/log_internal.h"

#include "base/banned.h"

#define BATCH_BYTES_KEPT (4u << 20)

void log_batch_reset(struct batch *batch)
{
    log_bytes_reset(&batch->bytes, BATCH_BYTES_KEPT);
    batch->pieces_count = 0;
    batch->wants_written = batch->forces_sync = false;
}

void log_batch_done(struct batch *batch)
{
    log_bytes_done(&batch->bytes);
    free(batch->pieces);
    *batch = (struct batch){0};
}

static struct batch_piece *piece_at_end(struct log *log)
{
    struct batch *batch = log->open;
    struct batch_piece *last =
        batch->pieces_count > 0 ? &batch->pieces[batch->pieces_count - 1] : NULL;
    uint32_t segment = log_segment_of(log->end.v);
    if (last != NULL && last->segment == segment)
        return last;
    if (batch->pieces_count == batch->pieces_capacity) {
        batch->pieces_capacity = batch->pieces_capacity > 0 ? batch->pieces_capacity * 2 : 4;
        batch->pieces = realloc(batch->pieces, batch->pieces_capacity * sizeof(*batch->pieces));
        ASSERT(batch->pieces != NULL);
    }
    struct batch_piece *made = &batch->pieces[batch->pieces_count++];
    *made = (struct batch_piece){segment, log_offset_of(log->end.v), batch->bytes.used, 0};
    return made;
}

/* Seals the record whose payload stands at the end of the batch, and goes on behind it. */
static void add(struct log *log, const struct record *record)
{
    struct batch_piece *piece = piece_at_end(log);
    struct log_bytes *bytes = &log->open->bytes;
    uint32_t offset = log_offset_of(log->end.v);
    size_t whole = record_aligned(record->bytes);
    uint8_t *at = bytes->at + bytes->used;
    memset(at + record->bytes, 0, whole - record->bytes);
    record_seal(at, record, log->seed, offset);
    bytes->used += whole;
    piece->bytes += whole;
    log->end.v += whole;
    log->open->end = log->end;
    log->appended += whole;
    log->since_snapshot += whole;
}

static void add_segment(struct log *log, uint32_t number)
{
    struct record record = {
        .kind = RECORD_SEGMENT, .bytes = RECORD_SEGMENT_BYTES, .incarnation = log->incarnation};
    struct record_segment segment = {log->segment_bytes, log->place.identity, number};
    log->end = log_position_of(number, 0);
    log->seed = record_seed_segment(log->place.identity, number);
    record_put_segment(log_bytes_reserve(&log->open->bytes, RECORD_SEGMENT_BYTES), &segment);
    add(log, &record);
    if (segment_find(&log->segments, number) == NULL)
        (void)segment_add(&log->segments, number, log->segment_bytes);
}

void log_batch_change_segment(struct log *log)
{
    struct record record = {
        .kind = RECORD_END, .bytes = RECORD_END_BYTES, .incarnation = log->incarnation};
    uint32_t next = log_segment_of(log->end.v) + 1;
    record_put_end(log_bytes_reserve(&log->open->bytes, RECORD_END_BYTES), next);
    add(log, &record);
    add_segment(log, next);
}

static void add_batch(struct log *log)
{
    struct record record = {
        .kind = RECORD_BATCH, .bytes = RECORD_BATCH_BYTES, .incarnation = log->incarnation};
    struct record_batch batch = {++log->batch_number, log->synced.v};
    record_put_batch(log_bytes_reserve(&log->open->bytes, RECORD_BATCH_BYTES), &batch);
    add(log, &record);
}

static uint32_t bytes_of_segment(const struct log *log, uint32_t number)
{
    struct segments segments = log->segments; /* a copy: finding remembers */
    const struct segment *segment = segment_find(&segments, number);
    return segment != NULL ? segment->bytes : log->segment_bytes;
}

static bool fits(const struct log *log, uint64_t offset, uint32_t bytes_max)
{
    return offset + record_aligned(bytes_max) + LOG_TAIL_BYTES <=
           bytes_of_segment(log, log_segment_of(log->end.v));
}

struct log_position log_batch_next(const struct log *log, uint32_t bytes_max)
{
    uint64_t offset = log_offset_of(log->end.v);
    if (log->open->bytes.used == 0)
        offset += RECORD_BATCH_BYTES;
    if (fits(log, offset, bytes_max))
        return log_position_of(log_segment_of(log->end.v), (uint32_t)offset);
    return log_position_of(log_segment_of(log->end.v) + 1, RECORD_SEGMENT_BYTES);
}

struct log_position log_batch_begin_record(struct log *log, uint32_t bytes_max, uint8_t **ret_at)
{
    struct log_position expected = log_batch_next(log, bytes_max);
    ASSERT(RECORD_SEGMENT_BYTES + record_aligned(bytes_max) + LOG_TAIL_BYTES <= log->segment_bytes);
    if (log->open->bytes.used == 0)
        add_batch(log);
    if (!fits(log, log_offset_of(log->end.v), bytes_max))
        log_batch_change_segment(log);
    ASSERT(log->end.v == expected.v);
    *ret_at = log_bytes_reserve(&log->open->bytes, record_aligned(bytes_max));
    return log->end;
}

void log_batch_end_record(struct log *log, struct log_position at, uint8_t kind, uint16_t fields,
                          uint32_t bytes)
{
    struct record record = {
        .kind = kind, .fields = fields, .bytes = bytes, .incarnation = log->incarnation};
    ASSERT(at.v == log->end.v);
    add(log, &record);
}

/* The first batch of a life: no batch record, but a start record, which says the same and more. */
void log_batch_start(struct log *log, uint32_t incarnation)
{
    struct record record = {
        .kind = RECORD_START, .bytes = RECORD_START_BYTES, .incarnation = incarnation};
    struct record_start start = {log->incarnation, ++log->batch_number, log->end.v};
    uint32_t segment = log_segment_of(log->end.v);
    ASSERT(log->open->bytes.used == 0);
    if (log_offset_of(log->end.v) == 0)
        add_segment(log, segment);
    else if (!fits(log, log_offset_of(log->end.v), RECORD_START_BYTES))
        log_batch_change_segment(log);
    record_put_start(log_bytes_reserve(&log->open->bytes, RECORD_START_BYTES), &start);
    log->incarnation = incarnation;
    add(log, &record);
}

static bool find_in(const struct batch *batch, uint64_t place, struct slice *ret_record)
{
    for (uint32_t i = 0; i < batch->pieces_count; i++) {
        const struct batch_piece *piece = &batch->pieces[i];
        uint64_t begin = log_position_of(piece->segment, piece->offset).v;
        if (place < begin || place >= begin + piece->bytes)
            continue;
        uint64_t inside = place - begin;
        *ret_record = slice_of(batch->bytes.at + piece->at + inside, piece->bytes - inside);
        return true;
    }
    return false;
}

bool log_batch_find(const struct log *log, uint64_t place, struct slice *ret_record)
{
    return find_in(log->open, place, ret_record) ||
           (log->in_flight != NULL && find_in(log->in_flight, place, ret_record));
}

/* Reading records back from segments: single bodies with what follows them, and whole segments for compaction. */
#include "log/log_internal.h"

#include <errno.h>

#include "base/banned.h"

#define AHEAD_MAX 4096u
/* Read for a body when the cache is full: what follows it will hardly be kept, and reading and checking it would cost
 * more than the body itself where reads are scattered (a FIFO queue with many groups). */
#define CHUNK_BYTES_MIN (32u * 1024)

static enum err open_segment(struct helper *helper, uint32_t segment)
{
    struct files *files = helper->place.files;
    struct log_path path;
    if (helper->read_segment == segment)
        return ERR_OK;
    if (helper->read_segment != 0)
        files->close(files, helper->read_file);
    helper->read_segment = 0;
    log_path_make(&helper->place, LOG_NAME_SEGMENT, segment, &path);
    enum err err = files->open(files, path.text, FILES_READ, &helper->read_file);
    if (err == ERR_OK)
        helper->read_segment = segment;
    return err;
}

/* Makes bytes->at hold up to `chunk` bytes from `offset`, or one whole record when that is larger. */
static enum err read_chunk(struct helper *helper, uint32_t segment, uint32_t offset, size_t chunk,
                           struct log_bytes *bytes)
{
    struct files *files = helper->place.files;
    enum err err = open_segment(helper, segment);
    if (err != ERR_OK)
        return err;
    size_t moved = 0;
    bytes->used = 0;
    uint8_t *at = log_bytes_reserve(bytes, chunk);
    err = files_read_some(files, helper->read_file, at, chunk, offset, &moved);
    if (err != ERR_OK)
        return err;
    bytes->used = moved;
    struct record record;
    struct record_seed seed = record_seed_segment(helper->place.identity, segment);
    if (moved < chunk || record_decode(slice_of(at, moved), seed, offset, &record) != RECORD_SHORT)
        return ERR_OK;
    at = log_bytes_reserve(bytes, RECORD_BYTES_MAX - moved);
    size_t more = 0;
    err = files_read_some(files, helper->read_file, at, RECORD_BYTES_MAX - moved, offset + moved,
                          &more);
    bytes->used += err == ERR_OK ? more : 0;
    return err;
}

static bool is_message(const struct record *record)
{
    return record->kind == RECORD_FACT + FACT_SENT || record->kind == RECORD_RELOCATED;
}

static uint64_t find_room(struct helper *helper)
{
    pthread_mutex_lock(&helper->shared->lock);
    uint64_t room = helper->shared->read_ahead_room;
    pthread_mutex_unlock(&helper->shared->lock);
    return room;
}

/* The bodies that follow in the chunk, as long as the cache would have them. */
static struct read_ahead *read_ahead(struct helper *helper, struct slice rest, uint32_t offset,
                                     uint64_t room)
{
    struct read_ahead *ahead = NULL;
    struct record_seed seed = record_seed_segment(helper->place.identity, helper->chunk_segment);
    struct record record;
    while (room > 0 && record_decode(rest, seed, offset, &record) == RECORD_GOOD) {
        struct read_ahead_row row;
        struct slice message;
        uint64_t from;
        if (is_message(&record) &&
            record_get_entry(&record, &row.fact, &message, &from) == ERR_OK && message.bytes > 0) {
            if (message.bytes >= room || (ahead != NULL && ahead->count == AHEAD_MAX))
                break;
            if (ahead == NULL) {
                ahead = malloc(sizeof(*ahead) + AHEAD_MAX * sizeof(row));
                ASSERT(ahead != NULL);
                ahead->count = 0;
            }
            row.fact.body.v = log_position_of(helper->chunk_segment, offset).v;
            row.body = log_body_create(message);
            ahead->rows[ahead->count++] = row;
            room -= message.bytes;
        }
        offset += (uint32_t)record_aligned(record.bytes);
        rest = slice_from(rest, record_aligned(record.bytes));
    }
    return ahead;
}

/* What of the kept chunk lies from `offset` on; empty: nothing. */
static struct slice kept(const struct helper *helper, uint32_t segment, uint32_t offset)
{
    if (helper->chunk_segment != segment || offset < helper->chunk_offset)
        return SLICE_NONE;
    return slice_from(slice_of(helper->chunk.at, helper->chunk.used),
                      offset - helper->chunk_offset);
}

enum err log_reader_body(struct helper *helper, uint64_t place, struct log_body **ret_body,
                         struct read_ahead **ret_ahead)
{
    uint32_t segment = log_segment_of(place), offset = log_offset_of(place);
    struct record_seed seed = record_seed_segment(helper->place.identity, segment);
    struct slice window = kept(helper, segment, offset);
    struct record record;
    struct engine_fact fact;
    struct slice message;
    uint64_t from;
    bool is_new = record_decode(window, seed, offset, &record) != RECORD_GOOD;
    uint64_t room = 0;
    helper->read_bytes = 0;
    if (is_new) {
        room = find_room(helper);
        size_t bytes = room < CHUNK_BYTES_MIN   ? CHUNK_BYTES_MIN
                       : room > LOG_CHUNK_BYTES ? LOG_CHUNK_BYTES
                                                : (size_t)room;
        helper->chunk_segment = 0;
        enum err err = read_chunk(helper, segment, offset, bytes, &helper->chunk);
        if (err != ERR_OK)
            return err;
        helper->read_bytes = helper->chunk.used;
        helper->chunk_segment = segment;
        helper->chunk_offset = offset;
        window = slice_of(helper->chunk.at, helper->chunk.used);
        if (record_decode(window, seed, offset, &record) != RECORD_GOOD)
            return ERR_CORRUPT;
    }
    if (!is_message(&record) || record_get_entry(&record, &fact, &message, &from) != ERR_OK ||
        message.bytes == 0)
        return ERR_ABSENT;
    *ret_body = log_body_create(message);
    uint64_t whole = record_aligned(record.bytes);
    *ret_ahead = room > 0
                     ? read_ahead(helper, slice_from(window, whole), offset + (uint32_t)whole, room)
                     : NULL;
    return ERR_OK;
}

static void add_row(struct compact_job *job, uint32_t at, uint32_t bytes, uint32_t offset)
{
    if (job->rows_count == job->rows_capacity) {
        job->rows_capacity = job->rows_capacity > 0 ? job->rows_capacity * 2 : 256;
        job->rows = realloc(job->rows, job->rows_capacity * sizeof(*job->rows));
        ASSERT(job->rows != NULL);
    }
    job->rows[job->rows_count++] = (struct compact_row){at, bytes, offset};
}

void log_reader_compact(struct helper *helper, struct compact_job *job)
{
    struct record_seed seed = record_seed_segment(helper->place.identity, job->segment);
    uint32_t at = 0;
    job->rows_count = 0;
    job->is_end = false;
    job->err = read_chunk(helper, job->segment, job->offset,
                          log_compact_chunk(helper->segment_bytes), &job->bytes);
    while (job->err == ERR_OK && !job->is_end) {
        struct record record;
        struct slice window = slice_from(slice_of(job->bytes.at, job->bytes.used), at);
        enum record_found found = record_decode(window, seed, job->offset + at, &record);
        if (found == RECORD_SHORT && at > 0)
            break; /* the next chunk begins there */
        if (found != RECORD_GOOD) {
            job->err = ERR_CORRUPT;
            break;
        }
        job->is_end = record.kind == RECORD_END;
        if (is_message(&record))
            add_row(job, at, record.bytes, job->offset + at);
        at += (uint32_t)record_aligned(record.bytes);
    }
    job->next_offset = job->offset + at;
}

/* What the files of the log share. Nobody outside src/log includes this.
 *
 * Three threads, one lock. `struct log` is the owner's; `struct writer` and `struct helper` belong to their threads
 * (in a stepwise log: to the caller of log_step); `struct shared` is for all, under its lock. The lock is held for
 * copying only, never over a call of files. */
#ifndef LEAT_LOG_LOG_INTERNAL_H
#define LEAT_LOG_LOG_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/table.h"
#include "log/log.h"
#include "log/record.h"
#include "log/segment.h"

#define LOG_PATH_BYTES  512u
#define LOG_CHUNK_BYTES (1u << 20)
/* After every record there is still room for one batch record and the segment's end. */
#define LOG_TAIL_BYTES (RECORD_BATCH_BYTES + RECORD_END_BYTES)

static inline struct log_position log_position_of(uint32_t segment, uint32_t offset)
{
    return (struct log_position){(uint64_t)segment << 32 | offset};
}
static inline uint32_t log_segment_of(uint64_t position)
{
    return (uint32_t)(position >> 32);
}
static inline uint32_t log_offset_of(uint64_t position)
{
    return (uint32_t)position;
}

/* ---- names and places ---- */

struct log_place {
    struct files *files;
    char directory[LOG_PATH_BYTES];
    uint64_t identity;
};

enum log_name { LOG_NAME_SEGMENT, LOG_NAME_SPARE, LOG_NAME_SNAPSHOT, LOG_NAME_TEMPORARY };

struct log_path {
    char text[LOG_PATH_BYTES + 64];
    const char *name; /* the part behind the directory */
};
void log_path_make(const struct log_place *place, enum log_name kind, uint64_t number,
                   struct log_path *ret_path);
/* False: none of ours. */
bool log_name_parse(const char *name, enum log_name *ret_kind, uint64_t *ret_number);
void log_failure_set(struct log_failure *failure, enum err err, const char *name, uint64_t offset,
                     const char *text);

/* ---- bytes on their way: growing, kept for the next use ---- */

struct log_bytes {
    uint8_t *at;
    size_t used, capacity;
};
uint8_t *log_bytes_reserve(struct log_bytes *bytes, size_t more);
/* Empties; a buffer that grew beyond `keep` is given back. */
void log_bytes_reset(struct log_bytes *bytes, size_t keep);
void log_bytes_done(struct log_bytes *bytes);

struct batch_piece {
    uint32_t segment, offset;
    size_t at, bytes; /* in the batch's bytes */
};

struct batch {
    struct log_bytes bytes;
    struct batch_piece *pieces;
    uint32_t pieces_count, pieces_capacity;
    struct log_position end;
    bool wants_written, forces_sync;
};

/* ---- writer: commits batches ---- */

struct writer {
    struct log_place place;
    struct shared *shared;
    struct files_file file; /* of `segment`, 0: none open */
    uint32_t segment, segment_bytes;
    uint32_t new_bytes;      /* of segments to be made */
    uint64_t end, filled_to; /* offsets in it */
    bool is_dirty, is_fill_over;
    struct files_file next; /* of segment + 1, when has_next */
    bool has_next;
    uint64_t next_filled_to;
};

/* ---- helper ---- */

struct read_ahead_row {
    struct engine_fact fact;
    struct log_body *body;
};

struct read_ahead {
    struct read_ahead *next;
    uint32_t count;
    struct read_ahead_row rows[];
};

struct snapshot_job {
    bool is_pending;
    bool is_first, is_last, is_given_up;
    uint64_t position;
    struct log_bytes bytes; /* the helper's while pending */
    bool is_done;           /* the last one, or failed */
    enum err err;
};

struct compact_row {
    uint32_t at, bytes; /* in the chunk */
    uint32_t offset;    /* in the segment */
};

struct compact_job {
    bool is_pending, is_done;
    uint32_t segment, offset;
    struct log_bytes bytes; /* the helper's while pending */
    struct compact_row *rows;
    uint32_t rows_count, rows_capacity;
    uint32_t next_offset;
    bool is_end;
    enum err err;
};

struct helper {
    struct log_place place;
    struct shared *shared;
    struct files_file snapshot_file;
    bool has_snapshot_file;
    uint64_t snapshot_offset;
    struct files_file read_file; /* of read_segment, 0: none open */
    uint32_t read_segment;
    struct log_bytes chunk;
    uint32_t chunk_segment, chunk_offset;
    struct files_file spare_file;
    bool has_spare_file;
    uint32_t spare_number;
    uint64_t spare_filled_to;
    uint32_t segment_bytes;
};

/* ---- shared ---- */

#define SPARES_MAX 4u

struct news;

struct shared {
    pthread_mutex_t lock;
    pthread_cond_t writer_wake, helper_wake, owner_wake;
    bool has_threads;
    enum log_sync sync;
    struct mailbox *mailbox;
    struct news *news;
    bool news_posted;
    bool is_stopping;

    /* writer */
    struct batch *submitted;
    bool batch_done;
    struct log_position written, synced;
    bool is_failed;
    struct log_failure failure;
    uint64_t batches, bytes_written, syncs;
    uint64_t ahead_bytes; /* of the current segment, already filled with zeros */

    /* spares: a number and nothing else; all have the log's segment size */
    uint32_t spares[SPARES_MAX], spares_count, spare_number_next;
    bool wants_spare, is_spare_refused;

    /* helper */
    struct log_read *reads, *reads_last;
    struct read_ahead *read_aheads;
    uint64_t read_ahead_room; /* bytes that the cache would take */
    struct snapshot_job snapshot;
    struct compact_job compact;
    uint32_t *freed; /* segments to be freed */
    uint32_t freed_count, freed_capacity;
    bool wants_space;
    bool has_space; /* `space` is newer than the owner's */
    uint64_t space;
    uint64_t cold_reads;
};

/* The letter that says "look into shared". Outlives the log when it is under way at the end. */
struct news {
    struct letter letter;
    struct log *log; /* NULL: closed */
};

/* Under the lock: makes the owner look. */
void log_tell(struct shared *shared);

/* ---- owner ---- */

struct relocation {
    struct engine_fact fact; /* body: the new place */
    uint64_t from;
    uint32_t message_bytes;
    struct log_position end;
};

struct cache {
    struct table table;
    uint64_t bytes, bytes_max, bodies, hits, misses, ahead;
};

struct log {
    struct shared shared;
    struct writer writer;
    struct helper helper;
    pthread_t writer_thread, helper_thread;
    struct log_place place;
    struct log_owner owner;
    struct log_options options;
    struct record_seed seed; /* of the segment that `end` is in */
    struct record_seed next_seed;
    struct batch batches[2];
    struct batch *open, *in_flight; /* in_flight: NULL when the writer is idle */
    bool wants_submit;
    uint32_t segment_bytes;
    struct log_position end, durable, synced, written;
    uint32_t incarnation;
    uint64_t batch_number;
    bool is_failed, was_failure_told;
    struct segments segments;
    struct cache cache;
    struct log_read *reads;
    /* admission */
    uint64_t reserved_open, living; /* living: bodies that keep room for later facts */
    uint64_t space;                 /* available when it was last looked at */
    uint64_t space_taken;           /* appended since */
    /* snapshot */
    bool snapshot_is_open, snapshot_is_ending, snapshot_is_bad, has_snapshot;
    struct log_position snapshot_at, snapshot_required, snapshot_last;
    struct log_bytes snapshot_bytes;
    uint64_t snapshot_offset, snapshot_entries;
    struct record_seed snapshot_seed;
    uint32_t snapshot_incarnation;
    uint64_t snapshots_begun, snapshot_ordinal; /* the latter: of the one in force */
    bool snapshot_is_first;
    enum err snapshot_err;
    uint64_t since_snapshot;
    /* compaction */
    uint32_t victim;
    uint32_t victim_offset;
    bool victim_is_read, victim_is_asked;
    enum err victim_err;
    struct relocation *relocations;
    uint32_t relocations_first, relocations_count, relocations_capacity;
    struct log_counts counts;
};

/* writer.c */
enum err writer_commit(struct writer *writer, const struct batch *batch, bool syncs);
void writer_resume(struct writer *writer, struct files_file file, uint32_t segment,
                   uint32_t segment_bytes, uint32_t end);
bool writer_step(struct writer *writer);
void *writer_run(void *context);
void writer_done(struct writer *writer);

/* log_reader.c: the helper's reading */
enum err log_reader_body(struct helper *helper, uint64_t place, struct log_body **ret_body,
                         struct read_ahead **ret_ahead);
void log_reader_compact(struct helper *helper, struct compact_job *job);

/* log_helper.c */
bool log_helper_step(struct helper *helper);
void *log_helper_run(void *context);
void log_helper_done(struct helper *helper);
void log_helper_look_for_space(struct helper *helper);

/* log_batch.c: the open batch */
struct log_position log_batch_begin_record(struct log *log, uint32_t bytes_max, uint8_t **ret_at);
void log_batch_end_record(struct log *log, struct log_position at, uint8_t kind, uint16_t fields,
                          uint32_t bytes);
void log_batch_start(struct log *log, uint32_t incarnation);
bool log_batch_find(const struct log *log, uint64_t place, struct slice *ret_record);
void log_batch_reset(struct batch *batch);
void log_batch_done(struct batch *batch);
struct log_position log_batch_next(const struct log *log, uint32_t bytes_max);

/* log.c */
void log_take_news(struct log *log, bool is_silent);
void log_body_count(struct log *log, uint64_t place, uint32_t message_bytes);
void log_body_uncount(struct log *log, uint64_t place);
void log_free_segments(struct log *log);
/* Bytes of the disk that nothing is reserved for. */
uint64_t log_available(const struct log *log);
/* ... and of them there are few. */
bool log_is_short(const struct log *log);

/* snapshot.c */
void snapshot_news(struct log *log, bool is_silent);
void snapshot_push(struct log *log);
void snapshot_give_up(struct log *log);

/* log_compact.c */
void log_compact_news(struct log *log);
void log_compact_durable(struct log *log);

/* cache.c */
struct log_body *log_body_create(uint64_t place, struct slice message);
uint64_t log_body_place(const struct log_body *body);
void cache_init(struct cache *cache, uint64_t bytes_max);
void cache_done(struct cache *cache);
uint64_t cache_room(const struct cache *cache);
/* Takes a reference of its own when there is room and the place is new. */
void cache_admit(struct cache *cache, struct log_body *body);
struct log_body *cache_find(struct cache *cache, uint64_t place);
void cache_drop(struct cache *cache, uint64_t place);
/* The body of `from` is found at `to` from now on. */
void cache_move(struct cache *cache, uint64_t from, uint64_t to);

#endif

/* What the files of the log share. Nobody outside src/log includes this.
 *
 * Three threads, one lock. `struct log` is the owner's; `struct writer` and `struct helper` belong to their threads
 * (in a stepwise log: to the caller of log_step); `struct shared` is for all, under its lock. The lock is held for
 * copying only, never over a call of files. */
#ifndef LEAT_LOG_LOG_INTERNAL_H
#define LEAT_LOG_LOG_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/chains.h"
#include "log/log.h"
#include "log/record.h"
#include "log/segment.h"

#define LOG_PATH_BYTES  512u
#define LOG_CHUNK_BYTES (1u << 20)
/* After every record there is still room for one batch record and the segment's end. */
#define LOG_TAIL_BYTES (RECORD_BATCH_BYTES + RECORD_END_BYTES)

/* Room that the writer keeps filled with zeros before it is needed. Half of it is for facts alone when the disk is nearly
 * full: they must not depend on what other programs leave. */
static inline uint64_t log_ahead_bytes(uint32_t segment_bytes)
{
    return segment_bytes / 2 < 8u << 20 ? segment_bytes / 2 : 8u << 20;
}

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

/* Compaction reads that much at a time: what lives of it must fit into the room ahead. */
static inline uint32_t log_compact_chunk(uint32_t segment_bytes)
{
    uint64_t half = log_ahead_bytes(segment_bytes) / 2;
    return half < LOG_CHUNK_BYTES ? (uint32_t)half : LOG_CHUNK_BYTES;
}

enum log_name {
    LOG_NAME_SEGMENT,
    LOG_NAME_SPARE,
    LOG_NAME_SNAPSHOT,
    LOG_NAME_TEMPORARY,
    LOG_NAME_RESERVE,
};

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
    uint32_t new_bytes; /* of segments to be made */
    uint64_t end;       /* offset in it */
    /* Up to there its bytes are known to be on the disk, as zeros; what is behind may be a hole. */
    uint64_t filled_to;
    bool is_dirty, is_failed;
    struct files_file next; /* of segment + 1, when has_next */
    bool has_next, fills_next;
    uint64_t next_filled_to;
    uint32_t piece;      /* of the batch under way: those before are written */
    uint64_t refused_at; /* shared->looks + 1 when filling found no room; 0: never */
    bool is_scarce;      /* the disk, when filling was last thought of */
    struct log_failure refusal;
    bool was_making_refused; /* the latest try to make the next segment ahead of its use */
    /* The segment whose file make_segment made last, and up to where that is filled. */
    uint32_t made;
    uint64_t made_filled_to;
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
    bool is_snapshot_in_reserve; /* its file was the reserve, of so many bytes: */
    uint64_t snapshot_room;
    uint64_t snapshot_offset, snapshot_unsynced;
    struct files_file read_file; /* of read_segment, 0: none open */
    uint32_t read_segment;
    struct log_bytes chunk;
    uint32_t chunk_segment, chunk_offset;
    uint64_t read_bytes; /* of the latest read of a body: 0 when the chunk had it */
    struct files_file spare_file;
    bool has_spare_file;
    uint32_t spare_number;
    uint64_t spare_filled_to;
    uint32_t segment_bytes;
};

/* ---- shared ---- */

#define SPARES_MAX 4u

struct news;

/* What of the log's own files is free and sure to be there: of the writer's segment and, if there is one, the next. */
struct room {
    uint32_t segment;
    uint64_t segment_bytes, end, filled_to;
    bool has_next;
    uint64_t next_filled_to;
};

/* What there was when the helper looked. */
struct log_space {
    uint64_t disk;    /* of the file system, for all its users */
    uint64_t own;     /* filled ahead, spare segments, the reserve */
    uint64_t written; /* by the log up to then */
};

struct shared {
    pthread_mutex_t lock;
    pthread_cond_t writer_wake, helper_wake, owner_wake;
    bool has_threads;
    enum log_sync sync;
    struct mailbox *mailbox;
    struct news *news;
    bool news_posted;
    bool owner_waits; /* in log_wait: needs no letter when its batch is done */
    bool is_stopping;

    /* writer */
    struct batch *submitted;
    bool batch_done;
    struct log_position written, synced;
    bool is_failed;
    struct log_failure failure;
    uint64_t batches, bytes_written, syncs;
    struct room room;
    bool is_stalled; /* the batch found no room and waits for some */
    struct log_failure stall;
    bool is_closing; /* waits no longer */
    bool is_hurried; /* log_hurry */
    bool wants_next; /* the owner would end the segment early */

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
    uint64_t cold_reads, cold_read_bytes;

    /* room, log_room.c and log_space.c */
    bool wants_space;
    bool has_space;        /* the look is newer than the owner's */
    struct log_space look; /* the last one */
    uint64_t looks;        /* and segments freed: what was refused may be tried again */
    uint64_t space_needed; /* what the owner does not give to sends */
    bool is_scarce;        /* not much more is left */
    uint64_t reserve_bytes, reserve_wanted;
    bool reserve_is_busy, is_reserve_refused;
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
    struct pool entries;
    struct chains by_place;
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
    bool is_failed, was_failure_told, was_stall_told;
    struct segments segments;
    struct cache cache;
    struct log_read *reads;
    /* admission */
    uint64_t reserved_open, living; /* living: bodies that keep room for later facts */
    struct log_space look;
    uint64_t appended;  /* bytes since the log was opened; compares with look.written */
    uint64_t looked_at; /* appended when the last look was asked for */
    bool has_looked;    /* since what lives is known */
    bool is_short;      /* the last send was refused for lack of room */
    /* snapshot */
    bool snapshot_is_open, snapshot_is_ending, snapshot_is_bad, has_snapshot;
    bool
        is_patched; /* after a loss that was accepted nothing but a snapshot makes the rest whole again */
    struct log_position snapshot_at, snapshot_required, snapshot_last;
    struct log_bytes snapshot_bytes;
    uint64_t snapshot_offset, snapshot_entries;
    struct record_seed snapshot_seed;
    uint32_t snapshot_incarnation;
    uint64_t snapshots_begun, snapshot_ordinal; /* the latter: of the one in force */
    bool snapshot_is_first;
    enum err snapshot_err;
    uint64_t since_snapshot;
    bool was_snapshot_refused; /* for lack of room: */
    uint64_t refused_disk, refused_living;
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

/* log_space.c: the helper's care for room. Each serve does one piece of work if there is any. */
bool log_space_serve_freeing(struct helper *helper);
bool log_space_serve_look(struct helper *helper);
bool log_space_serve_reserve(struct helper *helper);
bool log_space_serve_spare(struct helper *helper);
void log_space_look(struct helper *helper);
void log_space_done(struct helper *helper);
bool log_space_has_work(const struct shared *shared); /* under the lock */
/* The reserve file is the caller's until it says what is left of it. False: there is none. */
bool log_space_take_reserve(struct shared *shared, uint64_t *ret_bytes);
void log_space_return_reserve(struct shared *shared, uint64_t bytes);
/* Would that file do as reserve: not much larger than wanted. */
bool log_space_is_reserve(const struct helper *helper, const char *path, uint64_t *ret_bytes);
/* Any thread but the owner's: gives a spare segment or the reserve back to the file system. False: there is none. */
bool log_space_release(struct shared *shared, const struct log_place *place);
/* How far from offset `end` of a segment the room of the log goes on without a hole. Pure. */
uint64_t log_space_ahead(const struct room *room, uint32_t segment, uint64_t end);

/* log_room.c: the owner's */
void log_room_look(struct log *log);
void log_room_look_if_old(struct log *log);
/* Sends are refused, or facts come near the end of what is sure: what can be freed should be. */
bool log_room_is_pressed(const struct log *log);
/* For so many bytes of copies, of which `piece` are made at once. */
bool log_room_for_copies(const struct log *log, uint64_t bytes, uint64_t piece);
/* Bytes of the disk that nothing is reserved for. */
uint64_t log_room_available(const struct log *log);
/* ... and of them there are few. */
bool log_room_is_scarce(const struct log *log);
bool log_room_has_next(const struct log *log);
uint64_t log_room_reserve_needed(const struct log *log);

/* log_batch.c: the open batch */
struct log_position log_batch_begin_record(struct log *log, uint32_t bytes_max, uint8_t **ret_at);
void log_batch_end_record(struct log *log, struct log_position at, uint8_t kind, uint16_t fields,
                          uint32_t bytes);
void log_batch_start(struct log *log, uint32_t incarnation);
bool log_batch_find(const struct log *log, uint64_t place, struct slice *ret_record);
void log_batch_reset(struct batch *batch);
void log_batch_done(struct batch *batch);
void log_batch_change_segment(struct log *log);
struct log_position log_batch_next(const struct log *log, uint32_t bytes_max);

/* log.c */
void log_take_news(struct log *log, bool is_silent);
void log_body_count(struct log *log, uint64_t place, uint32_t message_bytes);
void log_body_uncount(struct log *log, uint64_t place);
void log_free_segments(struct log *log);

/* snapshot.c */
void snapshot_news(struct log *log, bool is_silent);
void snapshot_push(struct log *log);
void snapshot_give_up(struct log *log);

/* log_compact.c */
void log_compact_news(struct log *log);
void log_compact_durable(struct log *log);

/* cache.c */
struct log_body *log_body_create(struct slice message);
void cache_init(struct cache *cache, uint64_t bytes_max);
void cache_done(struct cache *cache);
uint64_t cache_room(const struct cache *cache);
/* Takes a reference of its own when there is room and the place is new. */
void cache_admit(struct cache *cache, uint64_t place, struct log_body *body);
struct log_body *cache_find(struct cache *cache, uint64_t place);
void cache_drop(struct cache *cache, uint64_t place);
/* The body of `from` is found at `to` from now on. */
void cache_move(struct cache *cache, uint64_t from, uint64_t to);

#endif

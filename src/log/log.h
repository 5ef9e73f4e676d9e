/* The durable log of one worker: facts and messages, appended, made durable in batches, read back after a restart.
 *
 * One log is one directory: a row of segments, at most one snapshot, spare segments (FORMAT.md). Two threads serve it:
 * the writer (write and sync of batches, nothing else) and the helper (cold reads, snapshots, compaction's reading,
 * zero-filling ahead). The owner talks to neither: it appends into memory, submits at the end of its loop's turn, and
 * hears of the outcome through its mailbox.
 *
 * Thread: one owner; every function here is the owner's unless it says otherwise. Callbacks run on the owner's thread:
 * `replay` inside log_open, the others while the owner drains its mailbox (or inside log_step). A callback may call
 * the log, but not destroy it.
 *
 * The way of one message: log_reserve -> engine_step -> log_append (its position is the message's engine_body) ->
 * log_submit -> callback `durable` -> reply. Later log_body_find, or log_read when it is cold; when the engine lets go
 * of the body: log_body_dropped.
 *
 * The log reads no clock: times are in the facts. Running out of memory ends the process. */
#ifndef LEAT_LOG_LOG_H
#define LEAT_LOG_LOG_H

#include "base/check.h"
#include "base/err.h"
#include "base/files.h"
#include "base/mailbox.h"
#include "base/slice.h"
#include "engine/engine.h"

#define LOG_SEGMENT_BYTES_DEFAULT (64u << 20)
#define LOG_SEGMENT_BYTES_MIN     (64u << 10)
#define LOG_SEGMENT_BYTES_MAX     (1u << 30)
#define LOG_MESSAGE_BYTES_MAX \
    (24u << 20) /* encoded; a record must also fit a quarter of a segment */
#define LOG_NOTE_BYTES_MAX (16u << 10)
#define LOG_LATER_BYTES    256u /* room kept for each living message's later facts (D4) */

struct log;

/* A place in the log: segment number << 32 | offset. Segment numbers begin at 1 and only grow, so places compare. The
 * place of a SENT or RELOCATED record is the engine_body of its message. 0 is none. */
struct log_position {
    uint64_t v;
};

enum log_sync {
    LOG_SYNC_ALWAYS, /* durable: written and synced */
    LOG_SYNC_NEVER,  /* durability `os`: "durable" means written */
};

/* ---- what comes back out of a log ---- */

enum log_entry_kind {
    LOG_FACT,
    LOG_RELOCATED, /* the message of `fact` (a SENT fact) lies at fact.body now, no longer at `from` */
    LOG_NOTE,      /* the owner's own bytes */
};

struct log_entry {
    enum log_entry_kind kind;
    bool is_snapshot;        /* part of the snapshot: `at` is 0, there is no message */
    struct log_position at;  /* of the record */
    struct engine_fact fact; /* SENT in the log: body is `at`. In a snapshot: as it was added */
    struct log_position from;
    struct slice
        message;       /* SENT and RELOCATED in the log: what was appended. Valid during the call */
    struct slice note; /* likewise */
};

/* Why a log stopped, or could not be opened. */
struct log_failure {
    enum err
        err; /* ERR_CORRUPT, ERR_IO, ERR_FULL, ERR_ABSENT, ERR_INVALID (options, foreign directory) */
    int system_errno; /* 0: not the kernel's word */
    char file[64];    /* name in the log's directory; "" when it is the directory */
    uint64_t offset;  /* ERR_CORRUPT: where */
    const char *text; /* what was tried or found, static English */
};

struct log_owner {
    void *context;
    /* log_open only: the snapshot's entries, then the log's from there on, in order. Facts may tell of what is
     * in the state already, or of messages that are gone: absolute facts converge (D2). */
    void (*replay)(void *context, const struct log_entry *entry);
    /* Everything appended before `position` is durable. Grows from call to call. */
    void (*durable)(void *context, struct log_position position);
    /* Everything appended before `position` was handed to the kernel. Only for batches with log_want_written; else
     * NULL is fine. Comes before `durable` of the same records. */
    void (*written)(void *context, struct log_position position);
    /* Once: the log stopped for good. `durable` will never be called again. */
    void (*failed)(void *context, const struct log_failure *failure);
    /* What was appended finds no room: another program filled the disk, or the process has no descriptor left. Nothing
     * is lost; it is written, and `durable` tells of it, when there is room again. Sends are refused with ERR_FULL
     * meanwhile. Once each time. NULL is fine. */
    void (*stalled)(void *context, const struct log_failure *failure);
    /* A snapshot that was ended is in force, or was given up (the log itself goes on). */
    void (*snapshot_done)(void *context, enum err err);
    /* Is this copy (fact->body) still the place of the message fact->queue, fact->sequence? Also asked by reading
     * ahead. */
    bool (*is_live)(void *context, const struct engine_fact *fact);
    /* The copy at fact->body is durable. True: the message was still at `from` and is at fact->body now. False: it is
     * gone, the new copy is dead. The log adjusts its counts of living bodies itself. */
    bool (*relocated)(void *context, const struct engine_fact *fact, struct engine_body from);
    /* Compaction of a segment came to its end, or was given up. */
    void (*compacted)(void *context, enum err err, uint32_t segment);
};

struct log_options {
    struct files *files;   /* NULL: files_system() */
    const char *directory; /* made when absent (its parent must be there) */
    uint64_t
        identity; /* of this log, from the data directory's manifest: segments of another log are refused */
    uint32_t
        segment_bytes;    /* 0: the default, or 8 MiB on a disk with less than 1 GiB free. Only for
                                 new segments; a multiple of 4096 */
    uint64_t cache_bytes; /* of bodies kept in memory; 0: none */
    uint64_t keep_free_bytes; /* of the file system: sends are refused before it falls below */
    uint64_t
        batch_bytes_max; /* 0: 32 MiB. Sends are refused while the open batch is larger (slow disk) */
    enum log_sync sync;
    bool accepts_loss;       /* the operator's word: cut at damage instead of refusing to open */
    bool is_stepwise;        /* no threads: log_step does their work */
    struct mailbox *mailbox; /* the owner's; must outlive the log */
};

/* What recovery found. */
struct log_recovery {
    bool is_new;    /* there was no log */
    bool was_clean; /* closed with log_close(.., true); nothing was replayed behind the snapshot */
    bool
        was_torn; /* an unfinished batch was cut off at `end`; nothing of it had been called durable */
    bool was_damaged; /* accepts_loss: records behind `end` were given up; `failure` tells where */
    struct log_position snapshot; /* 0: none */
    struct log_position end;      /* appending goes on here */
    uint64_t snapshot_entries, entries;
    uint64_t bytes_read;
    struct log_failure failure;
};

/* Opens, replays and makes ready for appending: blocks. On an error nothing is left open. ERR_CORRUPT: damage that is no
 * torn tail; *ret_failure names file and offset, and the directory is as it was. */
MUST_CHECK enum err log_open(const struct log_options *options, const struct log_owner *owner,
                             struct log **ret_log, struct log_recovery *ret_recovery,
                             struct log_failure *ret_failure);
/* Blocks until what was appended is durable (or the log failed). `clean`: also writes the mark that spares the next
 * start the replay, if a snapshot is complete and nothing but the mark follows it; so a clean end is: snapshot, wait
 * for snapshot_done, close. No callback is called any more, but reads under way end with ERR_ABSENT when the mailbox is
 * drained next, which must happen once more. Accepts NULL. False: something appended did not become durable. */
bool log_close(struct log *log, bool clean);

/* ---- appending ---- */

/* Room for a message of that many encoded bytes and for its later facts. ERR_INVALID: larger than a quarter of a
 * segment. ERR_FULL: the disk has not enough; ERR_UNAVAILABLE: the disk is too slow just now, or the log failed. Both
 * refuse sends only: facts need no reservation. Space that comes free is noticed with the next try.
 *
 * ERR_FULL comes while the disk still has some room, see log_room.c: half a segment and more is kept for what
 * makes room again. For that the owner begins a snapshot whenever log_snapshot_is_due says so, and picks victims. */
MUST_CHECK enum err log_reserve(struct log *log, uint32_t message_bytes);
/* Gives a reservation back that no append follows (the send was refused or a duplicate). */
void log_unreserve(struct log *log, uint32_t message_bytes);

/* Appends a fact to the open batch; never fails and does no I/O. SENT takes the encoded message and uses up its
 * reservation; its position is its engine_body, whatever fact->body says. All other facts: message SLICE_NONE. After a
 * failure: forgotten.
 *
 * An engine wants the body before the step that decides: log_next_body tells it, and of the step's facts the SENT one
 * is then appended first (the others are of other messages, that were due). */
struct log_position log_append(struct log *log, const struct engine_fact *fact,
                               struct slice message);
/* The engine_body that the next log_append of a SENT fact will get if its message has that many bytes and nothing is
 * appended before. The record's other fields do not matter. */
struct engine_body log_next_body(struct log *log, uint32_t message_bytes);
/* The owner's own bytes, given back by replay. At most LOG_NOTE_BYTES_MAX. */
struct log_position log_append_note(struct log *log, struct slice note);

/* End of the loop's turn: the open batch goes to the writer if that one is idle, else with the next news of it. Cheap
 * when nothing was appended. */
void log_submit(struct log *log);
/* Appended and not submitted yet. */
uint64_t log_open_bytes(const struct log *log);
/* Waits for the batch that is with the writer, at most that long, and takes the news of it as its letter would: `durable`
 * is called inside this call. False: it takes longer; the letter comes. True at once when there is none. *ret_us: for how
 * long it waited. */
MUST_CHECK bool log_wait(struct log *log, uint32_t us_max, uint32_t *ret_us);
/* The open batch reports `written`, too (queues with durability `os` in a log that syncs). */
void log_want_written(struct log *log);

/* Behind the last record appended: compare with what `durable` tells. */
struct log_position log_end(const struct log *log);
struct log_position log_durable(const struct log *log);
bool log_is_failed(const struct log *log);

/* ---- bodies ---- */

/* An encoded message in memory. Immutable, counted references; any thread may ref, read and unref. */
struct log_body;
struct log_body *log_body_ref(struct log_body *body);
void log_body_unref(struct log_body *body); /* accepts NULL */
struct slice log_body_bytes(const struct log_body *body);

/* With a reference for the caller; NULL: not in memory, use log_read. What is not yet written always is. */
struct log_body *log_body_find(struct log *log, struct engine_body place);

/* One cold read. The caller's memory until `done`, which is called once (on the owner's thread) and owns it again.
 * body: with a reference for the caller, or NULL: err is ERR_CORRUPT, ERR_IO, or ERR_ABSENT (there is no such record:
 * look the message up again, it may have been relocated; or the log was closed). */
struct log_read {
    struct letter letter; /* the log's */
    struct engine_body place;
    void (*done)(struct log_read *read, enum err err, struct log_body *body);
    void *context;
    struct log *log; /* the log's from here on */
    struct log_read *next, *previous, *queued;
    enum err err;
    struct log_body *body;
};
void log_read(struct log *log, struct log_read *read);

/* The engine let go of a body: no longer live, leaves the cache, its kept room is given back. Once a body. */
void log_body_dropped(struct log *log, struct engine_body place);
/* A living body known from replay: after log_open, once for each message of the state. Appended ones are counted by
 * themselves. */
void log_body_added(struct log *log, struct engine_body place, uint32_t message_bytes);

/* ---- snapshots ---- */

/* The state as facts, in slices over many turns, while it goes on changing: every fact appended from now on will be
 * replayed over it. False while one is under way, or after a failure. */
bool log_snapshot_begin(struct log *log);
/* False: not now, what was added is still on its way to the disk; go on when the mailbox brought news. SENT facts keep
 * their body reference as it is. */
MUST_CHECK bool log_snapshot_has_room(const struct log *log);
void log_snapshot_add(struct log *log, const struct engine_fact *fact);
void log_snapshot_add_note(struct log *log, struct slice note);
/* Complete: comes into force once everything appended so far is durable; then snapshot_done. */
void log_snapshot_end(struct log *log);
bool log_snapshot_is_open(const struct log *log);
/* A snapshot would free segments, or would shorten recovery by much (a segment's worth or as many bytes as live). Where
 * room is short it is due as soon as it frees anything. */
bool log_snapshot_is_due(const struct log *log);
/* At the end of the process: would one make the next start much quicker? Not where replaying what came behind the last
 * one takes a small part of reading that one. */
bool log_snapshot_is_worth(const struct log *log);
/* The process ends, and nobody waits for commits or reads any more: from now on a snapshot is written as fast as the
 * disk takes it. */
void log_hurry(struct log *log);

/* ---- compaction ---- */

/* The segment whose compaction gains most; false: none has a live share of at most live_percent_max, or one is under
 * way. Segments without anything live need no compaction: the next snapshot frees them. */
bool log_pick_victim(const struct log *log, uint32_t live_percent_max, uint32_t *ret_segment);
/* Is so much of the log dead that copying pays? While a backlog is consumed from its old end, the segments there die by
 * themselves: copying their rests would only be work. True when at most live_percent_max of all segments that have
 * anything alive is alive, or when space is short. */
bool log_wants_compaction(const struct log *log, uint32_t live_percent_max);
/* Starts; goes on by letters: asks is_live of each message, appends the living ones again, tells `relocated` when they
 * are durable, then `compacted`. Each chunk (1 MiB) is asked for by log_compact_more, so that the owner sets the pace. */
void log_compact_start(struct log *log, uint32_t segment);
void log_compact_more(struct log *log);
bool log_compact_wants_more(const struct log *log);

/* ---- counters ---- */

struct log_counts {
    uint64_t records, record_bytes; /* appended by the owner: facts, notes */
    uint64_t relocated, relocated_bytes;
    uint64_t batches, batch_bytes_written, syncs;
    uint64_t segments, spares, disk_bytes;
    uint64_t live_bodies, live_bytes, /* estimated from each segment's mean */
        body_bytes;                   /* of all SENT in segments that exist */
    uint64_t reserved_bytes, available_bytes;
    uint64_t cache_bytes, cache_bodies, cache_hits, cache_misses;
    uint64_t cold_reads, cold_read_bytes, read_ahead_bodies;
    uint64_t snapshots, snapshot_bytes;
    uint64_t open_batch_bytes;
};
/* Write amplification is (record_bytes + relocated_bytes + snapshot_bytes) / record_bytes; live share is
 * live_bytes / disk_bytes. */
void log_counts(const struct log *log, struct log_counts *ret_counts);

/* ---- stepwise, for tests and simulation ---- */

/* Does one piece of the threads' work on the caller's thread and delivers its news through the mailbox. False: there
 * is nothing to do. */
bool log_step(struct log *log);

#endif

/* Admission: a send is taken only where it and all that comes after it will find room (D4).
 *
 * While the disk has plenty, what the file system says is good enough. When it has not, three things are kept back from
 * sends: room for copies of half a segment, so that compaction can go on; LOG_LATER_BYTES for each message; and, on the
 * disk already so that no other program can take it, half of what is filled ahead for facts and a reserve as large as the
 * next snapshot. So facts always have room until a snapshot frees the segments that hold nothing else, again and again.
 *
 * If other programs fill the disk while it seems to have plenty, the room filled ahead, spare segments and the reserve are
 * used up first; only then the writer waits. */
#include "log/log_internal.h"

#include "base/banned.h"

#define LOOK_BYTES             (4u << 20) /* appended between two looks at the file system, at most */
#define RESERVE_BYTES_MIN      (64u << 10) /* of facts in a snapshot that are not messages */
#define SNAPSHOT_MESSAGE_BYTES 160u        /* of a message in a snapshot, rather more than less */

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static uint64_t min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- what there is ---- */

/* Appended, but not yet part of what the last look saw as taken. */
static uint64_t unseen(const struct log *log)
{
    return less(log->appended, log->look.written);
}

static uint64_t room(const struct log *log)
{
    return less(log->look.disk + log->look.own, unseen(log));
}

static uint64_t later(const struct log *log)
{
    return log->living * LOG_LATER_BYTES;
}

/* Not for sends. */
static uint64_t needed(const struct log *log)
{
    return log->options.keep_free_bytes + later(log) + log->segment_bytes / 2 +
           log_ahead_bytes(log->segment_bytes) / 2;
}

bool log_room_is_scarce(const struct log *log)
{
    return room(log) < needed(log) + 2 * (uint64_t)log->segment_bytes;
}

static struct shared *shared_of(const struct log *log)
{
    return (struct shared *)(uintptr_t)&log->shared;
}

/* Filled and free from that place on. */
static uint64_t ahead_of(const struct log *log, struct log_position place)
{
    struct shared *shared = shared_of(log);
    pthread_mutex_lock(&shared->lock);
    uint64_t ahead =
        log_space_ahead(&shared->room, log_segment_of(place.v), log_offset_of(place.v));
    pthread_mutex_unlock(&shared->lock);
    return ahead;
}

/* What is there for facts when no send is taken any more. */
static uint64_t kept_ahead(const struct log *log)
{
    return log_ahead_bytes(log->segment_bytes) / 2;
}

uint64_t log_room_reserve_needed(const struct log *log)
{
    return min(RESERVE_BYTES_MIN, log->segment_bytes / 8) + log->living * SNAPSHOT_MESSAGE_BYTES;
}

/* ---- looking ---- */

void log_room_look(struct log *log)
{
    struct shared *shared = &log->shared;
    uint64_t reserve = log_room_reserve_needed(log);
    /* Somewhat ahead of what is needed, so that it does not grow with each message. */
    uint64_t wanted = log_room_is_scarce(log) ? reserve + reserve / 4 + RESERVE_BYTES_MIN / 4
                                              : min(reserve, log->segment_bytes / 8);
    pthread_mutex_lock(&shared->lock);
    shared->wants_space = true;
    shared->space_needed = needed(log);
    shared->is_scarce = log_room_is_scarce(log);
    shared->is_spare_refused = shared->is_spare_refused || shared->is_scarce;
    shared->reserve_wanted = wanted;
    pthread_cond_signal(&shared->helper_wake);
    pthread_mutex_unlock(&shared->lock);
    log->looked_at = log->appended;
    log->has_looked = true;
}

void log_room_look_if_old(struct log *log)
{
    if (!log->has_looked ||
        log->appended - log->looked_at > min(LOOK_BYTES, log->segment_bytes / 4))
        log_room_look(log);
}

/* ---- sends ---- */

static uint64_t sent_bytes_max(uint32_t message_bytes)
{
    return record_aligned(RECORD_HEADER_BYTES + RECORD_FACT_BYTES_MAX + message_bytes);
}

/* On the disk already: the message, the next snapshot, and room for facts behind them. */
static bool is_sure(const struct log *log, uint64_t bytes)
{
    struct shared *shared = shared_of(log);
    if (bytes > log->segment_bytes / 2)
        return false;
    struct log_position place = log_batch_next(log, (uint32_t)bytes);
    pthread_mutex_lock(&shared->lock);
    bool has_reserve = shared->reserve_bytes >= log_room_reserve_needed(log);
    pthread_mutex_unlock(&shared->lock);
    return has_reserve && ahead_of(log, place) >= bytes + kept_ahead(log);
}

MUST_CHECK enum err log_reserve(struct log *log, uint32_t message_bytes)
{
    uint64_t bytes = sent_bytes_max(message_bytes);
    if (log->is_failed || log->open->bytes.used > log->options.batch_bytes_max)
        return ERR_UNAVAILABLE;
    if (log->was_stall_told) {
        log_room_look(log);
        return ERR_FULL;
    }
    if (bytes > log->segment_bytes / 4 || message_bytes > LOG_MESSAGE_BYTES_MAX)
        return ERR_INVALID;
    log_room_look_if_old(log);
    uint64_t open = log->reserved_open + bytes;
    log->is_short = open + LOG_LATER_BYTES + needed(log) > room(log) ||
                    (log_room_is_scarce(log) && !is_sure(log, open));
    if (log->is_short) {
        log_room_look(log);
        return ERR_FULL;
    }
    log->reserved_open += bytes;
    return ERR_OK;
}

void log_unreserve(struct log *log, uint32_t message_bytes)
{
    uint64_t bytes = sent_bytes_max(message_bytes);
    ASSERT(log->reserved_open >= bytes);
    log->reserved_open -= bytes;
}

uint64_t log_room_available(const struct log *log)
{
    return less(room(log), needed(log) + log->reserved_open);
}

/* ---- making room ---- */

bool log_room_is_pressed(const struct log *log)
{
    return log->is_short || (log_room_is_scarce(log) &&
                             ahead_of(log, log->end) < log_ahead_bytes(log->segment_bytes) / 4);
}

bool log_room_has_next(const struct log *log)
{
    struct shared *shared = shared_of(log);
    pthread_mutex_lock(&shared->lock);
    bool has_next = shared->room.has_next && shared->room.next_filled_to > 0 &&
                    shared->room.segment == log_segment_of(log->end.v);
    if (!has_next && !shared->room.has_next)
        shared->wants_next = true;
    pthread_cond_signal(&shared->writer_wake);
    pthread_mutex_unlock(&shared->lock);
    return has_next;
}

bool log_room_for_copies(const struct log *log, uint64_t bytes, uint64_t piece)
{
    uint64_t kept = log_ahead_bytes(log->segment_bytes) / 8;
    return !log_room_is_scarce(log) ||
           (room(log) >= bytes + kept && ahead_of(log, log->end) >= piece + kept);
}

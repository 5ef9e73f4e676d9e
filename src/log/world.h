/* What the tests of the log share: an owner that remembers what it appended and what it was told, and a checker. */
#ifndef LEAT_LOG_WORLD_H
#define LEAT_LOG_WORLD_H

#include "log/log.h"

#define WORLD_IDENTITY      UINT64_C(0x1ea71ea71ea71ea7)
#define WORLD_SEGMENT_BYTES (64u << 10)
#define WORLD_DIRECTORY     "/data/log-0"

/* A message as the tests know it: everything follows from its sequence. */
struct world_message {
    uint64_t sequence;
    uint64_t place;             /* body; 0: not living */
    uint64_t sent_at, sent_end; /* positions */
    uint64_t gone_end;          /* 0: never deleted */
};

struct world {
    struct files *files;
    struct mailbox mailbox;
    struct log *log;
    struct log_options options;
    struct log_recovery recovery;
    struct log_failure failure;
    struct world_message *messages; /* by sequence - 1 */
    uint64_t count, capacity;
    uint64_t durable; /* told */
    uint32_t failures, stalls, snapshots, snapshot_errors, compactions, relocations;
    uint32_t snapshot_next; /* index of the next message for the open snapshot */
    bool snapshot_is_fed;
    /* replay */
    uint64_t replayed, wrong; /* wrong: entries that were never appended, or differ */
    uint64_t last_at;
    bool checks_replay;
};

void world_init(struct world *world, struct files *files);
void world_done(struct world *world);
/* Opens with replay into world->messages: `place` of each living one. */
enum err world_open(struct world *world);
/* Forgets the log without closing it properly: what a crash leaves. */
void world_drop(struct world *world);
void world_drain(struct world *world);
/* Runs steps and drains until nothing is left to do. */
void world_settle(struct world *world);

uint32_t world_message_bytes(uint64_t sequence);
struct slice world_message_of(uint64_t sequence, uint8_t *buffer);
struct engine_fact world_sent(uint64_t sequence);
/* Appends; false: refused. */
bool world_send(struct world *world);
void world_delete(struct world *world, uint64_t sequence);
/* One slice of a snapshot: begins, feeds some or ends. */
void world_snapshot_step(struct world *world);
/* A fact that changes nothing here, as a receive is. */
void world_touch(struct world *world, uint64_t sequence);
/* What a server does at the end of each turn: snapshots when due, compaction; then settles. */
void world_tend(struct world *world);
uint64_t world_living(const struct world *world);

/* `after` was recovered from what `before` left: whatever was durable is there, whatever is there was appended, and
 * nothing durably deleted lives. */
void world_check(const struct world *before, const struct world *after, uint64_t seed);
/* Reads every living message and compares it. Stepwise logs only. */
void world_check_bodies(struct world *world);

#endif

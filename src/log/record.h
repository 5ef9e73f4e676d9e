/* The records of segments and snapshots as bytes: FORMAT.md in code. Pure; any thread.
 *
 * Every decoder is total: any bytes give an answer. Encoders assert bounds that their callers keep. */
#ifndef LEAT_LOG_RECORD_H
#define LEAT_LOG_RECORD_H

#include "base/check.h"
#include "base/err.h"
#include "base/slice.h"
#include "engine/engine.h"

#define RECORD_VERSION        1u
#define RECORD_ALIGN          8u /* where records begin */
#define RECORD_HEADER_BYTES   16u
#define RECORD_FACT_BYTES_MAX 197u /* a fact's fields, without header and message */
#define RECORD_BYTES_MAX      ((24u << 20) + 4096u)

enum record_kind {
    RECORD_SEGMENT = 1,
    RECORD_START = 2,
    RECORD_BATCH = 3,
    RECORD_END = 4,
    RECORD_CLEAN = 5,
    RECORD_RELOCATED = 6,
    RECORD_NOTE = 7,
    RECORD_SNAPSHOT = 8,
    RECORD_SNAPSHOT_END = 9,
    RECORD_FACT = 16, /* + enum engine_fact_kind */
};
#define RECORD_FACT_KINDS 15u

/* Whole bytes of the records of fixed size. */
#define RECORD_SEGMENT_BYTES      48u
#define RECORD_START_BYTES        40u
#define RECORD_BATCH_BYTES        32u
#define RECORD_END_BYTES          24u
#define RECORD_CLEAN_BYTES        16u
#define RECORD_SNAPSHOT_BYTES     56u
#define RECORD_SNAPSHOT_END_BYTES 32u

/* Beginning of every checksum: a record read at another place, or in another log or file, is not one. */
struct record_seed {
    uint32_t v;
};
struct record_seed record_seed_segment(uint64_t identity, uint32_t segment);
struct record_seed record_seed_snapshot(uint64_t identity, uint64_t position);

static inline uint64_t record_aligned(uint64_t bytes)
{
    return (bytes + RECORD_ALIGN - 1) & ~(uint64_t)(RECORD_ALIGN - 1);
}

struct record {
    uint8_t kind; /* enum record_kind; a fact's is RECORD_FACT + its kind */
    uint16_t fields;
    uint32_t incarnation;
    uint32_t bytes; /* of the whole, without padding */
    struct slice payload;
};

enum record_found {
    RECORD_GOOD,
    RECORD_BAD,
    RECORD_SHORT, /* as far as its header tells it goes on behind the window */
};

/* The record at the beginning of `window`, which lies at `offset` of the file. */
enum record_found record_decode(struct slice window, struct record_seed seed, uint64_t offset,
                                struct record *ret_record);

/* Fills in the header of a record whose payload stands at `at` + RECORD_HEADER_BYTES already, and its checksum. */
void record_seal(uint8_t *at, const struct record *record, struct record_seed seed,
                 uint64_t offset);

/* ---- facts, with or without message ---- */

/* Which fields a fact has, and their bytes. */
struct record_shape {
    uint32_t fields; /* the header's, and above them the second word */
    uint32_t bytes;
};
/* with_body: the body reference is one of them (snapshots). */
struct record_shape record_shape(const struct engine_fact *fact, bool with_body);
/* Writes them; returns the header's `fields`. Message bytes, if any, are the caller's to put behind. */
uint16_t record_put_fact(uint8_t *at, const struct engine_fact *fact, struct record_shape shape,
                         bool with_message);
/* fact->body is 0 unless with_body was. *ret_message: SLICE_NONE when there is none. */
MUST_CHECK enum err record_get_fact(struct slice payload, uint16_t fields,
                                    enum engine_fact_kind kind, struct engine_fact *ret_fact,
                                    struct slice *ret_message);

/* ---- the other kinds ---- */

struct record_segment {
    uint32_t segment_bytes;
    uint64_t identity;
    uint32_t segment;
};
struct record_start {
    uint32_t previous; /* incarnation that ends here */
    uint64_t batch;
    uint64_t durable;
};
struct record_batch {
    uint64_t batch;
    uint64_t durable; /* everything before this place was durable when the batch was begun */
};
struct record_snapshot {
    uint64_t identity;
    uint64_t position; /* replay goes on there */
    uint64_t batch;    /* number of the last batch begun before */
    uint32_t incarnation;
};
struct record_snapshot_end {
    uint64_t entries;
    uint64_t required; /* the log is whole at least up to there */
};

/* Each writes a payload behind the header's place. */
void record_put_segment(uint8_t *at, const struct record_segment *segment);
void record_put_start(uint8_t *at, const struct record_start *start);
void record_put_batch(uint8_t *at, const struct record_batch *batch);
void record_put_end(uint8_t *at, uint32_t next_segment);
void record_put_snapshot(uint8_t *at, const struct record_snapshot *snapshot);
void record_put_snapshot_end(uint8_t *at, const struct record_snapshot_end *end);

MUST_CHECK enum err record_get_segment(const struct record *record, struct record_segment *ret);
MUST_CHECK enum err record_get_start(const struct record *record, struct record_start *ret);
MUST_CHECK enum err record_get_batch(const struct record *record, struct record_batch *ret);
MUST_CHECK enum err record_get_end(const struct record *record, uint32_t *ret_next_segment);
MUST_CHECK enum err record_get_snapshot(const struct record *record, struct record_snapshot *ret);
MUST_CHECK enum err record_get_snapshot_end(const struct record *record,
                                            struct record_snapshot_end *ret);
/* A fact record or a RELOCATED one (*ret_from is 0 for the former). */
MUST_CHECK enum err record_get_entry(const struct record *record, struct engine_fact *ret_fact,
                                     struct slice *ret_message, uint64_t *ret_from);
bool record_is_fact(uint8_t kind);
/* For people; never NULL. */
const char *record_kind_name(uint8_t kind);

#endif

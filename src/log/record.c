#include "log/record.h"

#include "base/encode.h"
#include "log/record_crc.h"

#include "base/banned.h"

/* Offsets of FORMAT.md. */
enum {
    AT_CRC = 0,
    AT_BYTES = 4,
    AT_INCARNATION = 8,
    AT_KIND = 12,
    AT_ZERO = 13,
    AT_FIELDS = 14,
    AT_PAYLOAD = 16,
};
_Static_assert(AT_PAYLOAD == RECORD_HEADER_BYTES, "FORMAT.md");
_Static_assert(FACT_UNDELAYED + 1 == RECORD_FACT_KINDS && FACT_SENT == 0 && FACT_GONE == 4,
               "kinds of facts are stored as numbers: append new ones only");

#define SPACE_SEGMENT  UINT64_C(0x7467657374616c31)
#define SPACE_SNAPSHOT UINT64_C(0x70616e7374616c31)

static struct record_seed seed_of(uint64_t space, uint64_t identity, uint64_t number)
{
    uint8_t bytes[24];
    put_u64(bytes, space);
    put_u64(bytes + 8, identity);
    put_u64(bytes + 16, number);
    return (struct record_seed){record_crc(0, slice_of(bytes, sizeof(bytes)))};
}

struct record_seed record_seed_segment(uint64_t identity, uint32_t segment)
{
    return seed_of(SPACE_SEGMENT, identity, segment);
}

struct record_seed record_seed_snapshot(uint64_t identity, uint64_t position)
{
    return seed_of(SPACE_SNAPSHOT, identity, position);
}

static uint32_t checksum(const uint8_t *at, uint32_t bytes, struct record_seed seed,
                         uint64_t offset)
{
    uint8_t place[8];
    put_u64(place, offset);
    uint32_t crc = record_crc(seed.v, slice_of(place, sizeof(place)));
    return record_crc(crc, slice_of(at + AT_BYTES, bytes - AT_BYTES));
}

enum record_found record_decode(struct slice window, struct record_seed seed, uint64_t offset,
                                struct record *ret_record)
{
    if (window.bytes < RECORD_HEADER_BYTES)
        return RECORD_SHORT;
    const uint8_t *at = window.at;
    uint32_t bytes = get_u32(at + AT_BYTES);
    if (bytes < RECORD_HEADER_BYTES || bytes > RECORD_BYTES_MAX || at[AT_ZERO] != 0)
        return RECORD_BAD;
    if (bytes > window.bytes)
        return RECORD_SHORT;
    if (get_u32(at + AT_CRC) != checksum(at, bytes, seed, offset))
        return RECORD_BAD;
    ret_record->kind = at[AT_KIND];
    ret_record->fields = get_u16(at + AT_FIELDS);
    ret_record->incarnation = get_u32(at + AT_INCARNATION);
    ret_record->bytes = bytes;
    ret_record->payload = slice_of(at + AT_PAYLOAD, bytes - AT_PAYLOAD);
    return RECORD_GOOD;
}

void record_seal(uint8_t *at, const struct record *record, struct record_seed seed, uint64_t offset)
{
    ASSERT(record->bytes >= RECORD_HEADER_BYTES && record->bytes <= RECORD_BYTES_MAX);
    ASSERT(offset % RECORD_ALIGN == 0);
    put_u32(at + AT_BYTES, record->bytes);
    put_u32(at + AT_INCARNATION, record->incarnation);
    at[AT_KIND] = record->kind;
    at[AT_ZERO] = 0;
    put_u16(at + AT_FIELDS, record->fields);
    put_u32(at + AT_CRC, checksum(at, record->bytes, seed, offset));
}

static const uint8_t segment_magic[8] = {'l', 'e', 'a', 't', 's', 'e', 'g', '\n'};
static const uint8_t snapshot_magic[8] = {'l', 'e', 'a', 't', 's', 'n', 'p', '\n'};

void record_put_segment(uint8_t *at, const struct record_segment *segment)
{
    at += RECORD_HEADER_BYTES;
    memcpy(at, segment_magic, sizeof(segment_magic));
    put_u32(at + 8, RECORD_VERSION);
    put_u32(at + 12, segment->segment_bytes);
    put_u64(at + 16, segment->identity);
    put_u32(at + 24, segment->segment);
    put_u32(at + 28, 0);
}

void record_put_start(uint8_t *at, const struct record_start *start)
{
    at += RECORD_HEADER_BYTES;
    put_u32(at, start->previous);
    put_u32(at + 4, 0);
    put_u64(at + 8, start->batch);
    put_u64(at + 16, start->durable);
}

void record_put_batch(uint8_t *at, const struct record_batch *batch)
{
    at += RECORD_HEADER_BYTES;
    put_u64(at, batch->batch);
    put_u64(at + 8, batch->durable);
}

void record_put_end(uint8_t *at, uint32_t next_segment)
{
    at += RECORD_HEADER_BYTES;
    put_u32(at, next_segment);
    put_u32(at + 4, 0);
}

void record_put_snapshot(uint8_t *at, const struct record_snapshot *snapshot)
{
    at += RECORD_HEADER_BYTES;
    memcpy(at, snapshot_magic, sizeof(snapshot_magic));
    put_u32(at + 8, RECORD_VERSION);
    put_u32(at + 12, snapshot->incarnation);
    put_u64(at + 16, snapshot->identity);
    put_u64(at + 24, snapshot->position);
    put_u64(at + 32, snapshot->batch);
}

void record_put_snapshot_end(uint8_t *at, const struct record_snapshot_end *end)
{
    at += RECORD_HEADER_BYTES;
    put_u64(at, end->entries);
    put_u64(at + 8, end->required);
}

static bool is_shaped(const struct record *record, enum record_kind kind, uint32_t bytes)
{
    return record->kind == kind && record->bytes == bytes && record->fields == 0;
}

enum err record_get_segment(const struct record *record, struct record_segment *ret)
{
    const uint8_t *at = record->payload.at;
    if (!is_shaped(record, RECORD_SEGMENT, RECORD_SEGMENT_BYTES) ||
        memcmp(at, segment_magic, sizeof(segment_magic)) != 0 ||
        get_u32(at + 8) != RECORD_VERSION || get_u32(at + 28) != 0)
        return ERR_CORRUPT;
    ret->segment_bytes = get_u32(at + 12);
    ret->identity = get_u64(at + 16);
    ret->segment = get_u32(at + 24);
    return ERR_OK;
}

enum err record_get_start(const struct record *record, struct record_start *ret)
{
    const uint8_t *at = record->payload.at;
    if (!is_shaped(record, RECORD_START, RECORD_START_BYTES) || get_u32(at + 4) != 0)
        return ERR_CORRUPT;
    ret->previous = get_u32(at);
    ret->batch = get_u64(at + 8);
    ret->durable = get_u64(at + 16);
    return ERR_OK;
}

enum err record_get_batch(const struct record *record, struct record_batch *ret)
{
    if (!is_shaped(record, RECORD_BATCH, RECORD_BATCH_BYTES))
        return ERR_CORRUPT;
    ret->batch = get_u64(record->payload.at);
    ret->durable = get_u64(record->payload.at + 8);
    return ERR_OK;
}

enum err record_get_end(const struct record *record, uint32_t *ret_next_segment)
{
    if (!is_shaped(record, RECORD_END, RECORD_END_BYTES) || get_u32(record->payload.at + 4) != 0)
        return ERR_CORRUPT;
    *ret_next_segment = get_u32(record->payload.at);
    return ERR_OK;
}

enum err record_get_snapshot(const struct record *record, struct record_snapshot *ret)
{
    const uint8_t *at = record->payload.at;
    if (!is_shaped(record, RECORD_SNAPSHOT, RECORD_SNAPSHOT_BYTES) ||
        memcmp(at, snapshot_magic, sizeof(snapshot_magic)) != 0 ||
        get_u32(at + 8) != RECORD_VERSION)
        return ERR_CORRUPT;
    ret->incarnation = get_u32(at + 12);
    ret->identity = get_u64(at + 16);
    ret->position = get_u64(at + 24);
    ret->batch = get_u64(at + 32);
    return ERR_OK;
}

enum err record_get_snapshot_end(const struct record *record, struct record_snapshot_end *ret)
{
    if (!is_shaped(record, RECORD_SNAPSHOT_END, RECORD_SNAPSHOT_END_BYTES))
        return ERR_CORRUPT;
    ret->entries = get_u64(record->payload.at);
    ret->required = get_u64(record->payload.at + 8);
    return ERR_OK;
}

bool record_is_fact(uint8_t kind)
{
    return kind >= RECORD_FACT && kind < RECORD_FACT + RECORD_FACT_KINDS;
}

enum err record_get_entry(const struct record *record, struct engine_fact *ret_fact,
                          struct slice *ret_message, uint64_t *ret_from)
{
    uint64_t from = 0;
    struct slice fields = record->payload;
    enum engine_fact_kind kind = FACT_SENT;
    if (record->kind == RECORD_RELOCATED) {
        if (fields.bytes < sizeof(from))
            return ERR_CORRUPT;
        from = get_u64(fields.at);
        fields = slice_from(fields, sizeof(from));
    } else if (record_is_fact(record->kind)) {
        kind = (enum engine_fact_kind)(record->kind - RECORD_FACT);
    } else {
        return ERR_CORRUPT;
    }
    enum err err = record_get_fact(fields, record->fields, kind, ret_fact, ret_message);
    if (err == ERR_OK)
        *ret_from = from;
    return err;
}

const char *record_kind_name(uint8_t kind)
{
    static const char *const names[] = {
        [RECORD_SEGMENT] = "segment",
        [RECORD_START] = "start",
        [RECORD_BATCH] = "batch",
        [RECORD_END] = "end",
        [RECORD_CLEAN] = "clean",
        [RECORD_RELOCATED] = "relocated",
        [RECORD_NOTE] = "note",
        [RECORD_SNAPSHOT] = "snapshot",
        [RECORD_SNAPSHOT_END] = "snapshot-end",
        [RECORD_FACT + FACT_SENT] = "sent",
        [RECORD_FACT + FACT_RECEIVED] = "received",
        [RECORD_FACT + FACT_HIDDEN] = "hidden",
        [RECORD_FACT + FACT_MOVING] = "moving",
        [RECORD_FACT + FACT_GONE] = "gone",
        [RECORD_FACT + FACT_RETURNED] = "returned",
        [RECORD_FACT + FACT_PURGED] = "purged",
        [RECORD_FACT + FACT_DROPPED] = "dropped",
        [RECORD_FACT + FACT_TASK] = "task",
        [RECORD_FACT + FACT_MESSAGE] = "message",
        [RECORD_FACT + FACT_MEMORY] = "memory",
        [RECORD_FACT + FACT_ATTEMPT] = "attempt",
        [RECORD_FACT + FACT_CONFIRMED] = "confirmed",
        [RECORD_FACT + FACT_LATEST] = "latest",
        [RECORD_FACT + FACT_UNDELAYED] = "undelayed",
    };
    const char *name = kind < ARRAY_COUNT(names) ? names[kind] : NULL;
    return name != NULL ? name : "unknown";
}

/* A fact's fields: three that every fact has, then those that it has, each announced by a bit of the header. A number
 * that is 0 is left out, so one fact has one encoding, and fields that a kind does not use cost nothing. */
#include "base/encode.h"
#include "log/record.h"

#include "base/banned.h"

enum {
    HAS_FIFO = 1 << 0, /* no bytes */
    HAS_UNTIL = 1 << 1,
    HAS_ENQUEUED_AT = 1 << 2,
    HAS_FIRST_RECEIVED = 1 << 3,
    HAS_GENERATION = 1 << 4,
    HAS_RECEIVE_COUNT = 1 << 5,
    HAS_BODY_BYTES = 1 << 6,
    HAS_BODY = 1 << 7,
    HAS_MESSAGE_ID = 1 << 8,
    HAS_GROUP = 1 << 9,
    HAS_DEDUP = 1 << 10,
    HAS_ATTEMPT = 1 << 11,
    HAS_ORIGIN = 1 << 12,
    HAS_TASK = 1 << 13,
    HAS_MESSAGE = 1 << 14,
    HAS_ALL = (1 << 15) - 1,
};

#define FIXED_BYTES 24u
#define TASK_BYTES  17u

static const uint8_t no_id[16];

static unsigned fields_of(const struct engine_fact *fact, bool with_body)
{
    unsigned fields = 0;
    fields |= fact->is_fifo ? HAS_FIFO : 0u;
    fields |= fact->until.v != 0 ? HAS_UNTIL : 0u;
    fields |= fact->enqueued_at.v != 0 ? HAS_ENQUEUED_AT : 0u;
    fields |= fact->first_received.v != 0 ? HAS_FIRST_RECEIVED : 0u;
    fields |= fact->generation != 0 ? HAS_GENERATION : 0u;
    fields |= fact->receive_count != 0 ? HAS_RECEIVE_COUNT : 0u;
    fields |= fact->body_bytes != 0 ? HAS_BODY_BYTES : 0u;
    fields |= with_body && fact->body.v != 0 ? HAS_BODY : 0u;
    fields |= memcmp(fact->message_id, no_id, sizeof(no_id)) != 0 ? HAS_MESSAGE_ID : 0u;
    fields |= fact->has_group ? HAS_GROUP : 0u;
    fields |= fact->has_dedup ? HAS_DEDUP : 0u;
    fields |= fact->has_attempt ? HAS_ATTEMPT : 0u;
    fields |= fact->origin.v != 0 ? HAS_ORIGIN : 0u;
    bool has_task = fact->task != 0 || fact->task_moved != 0 || fact->task_status != 0;
    return fields | (has_task ? HAS_TASK : 0u);
}

static uint32_t fields_bytes(unsigned fields)
{
    static const struct {
        unsigned field;
        uint32_t bytes;
    } rows[] = {
        {HAS_UNTIL, 8},         {HAS_ENQUEUED_AT, 8}, {HAS_FIRST_RECEIVED, 8}, {HAS_GENERATION, 4},
        {HAS_RECEIVE_COUNT, 4}, {HAS_BODY_BYTES, 4},  {HAS_BODY, 8},           {HAS_MESSAGE_ID, 16},
        {HAS_GROUP, 16},        {HAS_DEDUP, 16},      {HAS_ATTEMPT, 16},       {HAS_ORIGIN, 8},
        {HAS_TASK, TASK_BYTES},
    };
    uint32_t bytes = FIXED_BYTES;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        bytes += (fields & rows[i].field) != 0 ? rows[i].bytes : 0;
    return bytes;
}

uint32_t record_fact_bytes(const struct engine_fact *fact, bool with_body)
{
    uint32_t bytes = fields_bytes(fields_of(fact, with_body));
    ASSERT(bytes <= RECORD_FACT_BYTES_MAX);
    return bytes;
}

static uint8_t *add_u32(uint8_t *at, uint32_t value)
{
    put_u32(at, value);
    return at + 4;
}

static uint8_t *add_u64(uint8_t *at, uint64_t value)
{
    put_u64(at, value);
    return at + 8;
}

static uint8_t *add_16(uint8_t *at, const uint8_t bytes[16])
{
    memcpy(at, bytes, 16);
    return at + 16;
}

uint16_t record_put_fact(uint8_t *at, const struct engine_fact *fact, bool with_body,
                         bool with_message)
{
    unsigned fields = fields_of(fact, with_body);
    at = add_u64(at, fact->queue.v);
    at = add_u64(at, fact->sequence);
    at = add_u64(at, (uint64_t)fact->at.v);
    if ((fields & HAS_UNTIL) != 0)
        at = add_u64(at, (uint64_t)fact->until.v);
    if ((fields & HAS_ENQUEUED_AT) != 0)
        at = add_u64(at, (uint64_t)fact->enqueued_at.v);
    if ((fields & HAS_FIRST_RECEIVED) != 0)
        at = add_u64(at, (uint64_t)fact->first_received.v);
    if ((fields & HAS_GENERATION) != 0)
        at = add_u32(at, fact->generation);
    if ((fields & HAS_RECEIVE_COUNT) != 0)
        at = add_u32(at, fact->receive_count);
    if ((fields & HAS_BODY_BYTES) != 0)
        at = add_u32(at, fact->body_bytes);
    if ((fields & HAS_BODY) != 0)
        at = add_u64(at, fact->body.v);
    if ((fields & HAS_MESSAGE_ID) != 0)
        at = add_16(at, fact->message_id);
    if ((fields & HAS_GROUP) != 0)
        at = add_16(at, fact->group.v);
    if ((fields & HAS_DEDUP) != 0)
        at = add_16(at, fact->dedup.v);
    if ((fields & HAS_ATTEMPT) != 0)
        at = add_16(at, fact->attempt.v);
    if ((fields & HAS_ORIGIN) != 0)
        at = add_u64(at, fact->origin.v);
    if ((fields & HAS_TASK) != 0) {
        at = add_u64(at, fact->task);
        at = add_u64(at, fact->task_moved);
        *at = (uint8_t)fact->task_status;
    }
    return (uint16_t)(fields | (with_message ? HAS_MESSAGE : 0u));
}

static uint32_t take_u32(const uint8_t **at)
{
    *at += 4;
    return get_u32(*at - 4);
}

static uint64_t take_u64(const uint8_t **at)
{
    *at += 8;
    return get_u64(*at - 8);
}

static void take_16(const uint8_t **at, uint8_t ret_bytes[16])
{
    memcpy(ret_bytes, *at, 16);
    *at += 16;
}

static void take_fields(const uint8_t *at, unsigned fields, struct engine_fact *fact)
{
    fact->queue.v = take_u64(&at);
    fact->sequence = take_u64(&at);
    fact->at.v = (int64_t)take_u64(&at);
    fact->is_fifo = (fields & HAS_FIFO) != 0;
    if ((fields & HAS_UNTIL) != 0)
        fact->until.v = (int64_t)take_u64(&at);
    if ((fields & HAS_ENQUEUED_AT) != 0)
        fact->enqueued_at.v = (int64_t)take_u64(&at);
    if ((fields & HAS_FIRST_RECEIVED) != 0)
        fact->first_received.v = (int64_t)take_u64(&at);
    if ((fields & HAS_GENERATION) != 0)
        fact->generation = take_u32(&at);
    if ((fields & HAS_RECEIVE_COUNT) != 0)
        fact->receive_count = take_u32(&at);
    if ((fields & HAS_BODY_BYTES) != 0)
        fact->body_bytes = take_u32(&at);
    if ((fields & HAS_BODY) != 0)
        fact->body.v = take_u64(&at);
    if ((fields & HAS_MESSAGE_ID) != 0)
        take_16(&at, fact->message_id);
    fact->has_group = (fields & HAS_GROUP) != 0;
    if (fact->has_group)
        take_16(&at, fact->group.v);
    fact->has_dedup = (fields & HAS_DEDUP) != 0;
    if (fact->has_dedup)
        take_16(&at, fact->dedup.v);
    fact->has_attempt = (fields & HAS_ATTEMPT) != 0;
    if (fact->has_attempt)
        take_16(&at, fact->attempt.v);
    if ((fields & HAS_ORIGIN) != 0)
        fact->origin.v = take_u64(&at);
    if ((fields & HAS_TASK) != 0) {
        fact->task = take_u64(&at);
        fact->task_moved = take_u64(&at);
        fact->task_status = (enum engine_task_status) * at;
    }
}

enum err record_get_fact(struct slice payload, uint16_t fields, enum engine_fact_kind kind,
                         struct engine_fact *ret_fact, struct slice *ret_message)
{
    if ((fields & ~(unsigned)HAS_ALL) != 0)
        return ERR_CORRUPT;
    uint32_t bytes = fields_bytes(fields);
    bool has_message = (fields & HAS_MESSAGE) != 0;
    if (payload.bytes < bytes || has_message != (payload.bytes > bytes))
        return ERR_CORRUPT;
    struct engine_fact fact = {.kind = kind};
    take_fields(payload.at, fields, &fact);
    unsigned status = (unsigned)fact.task_status;
    unsigned canonical = fields_of(&fact, true) | (has_message ? HAS_MESSAGE : 0u);
    if (status > ENGINE_TASK_FAILED || canonical != fields)
        return ERR_CORRUPT;
    *ret_fact = fact;
    *ret_message = has_message ? slice_from(payload, bytes) : SLICE_NONE;
    return ERR_OK;
}

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
    HAS_MORE = 1 << 15,
    /* of a second word behind the fixed fields, when HAS_MORE is set */
    HAS_ARRIVAL = 1 << 16, /* no bytes */
    HAS_CHANGED = 1 << 17, /* no bytes */
    HAS_RECEIVED_AT = 1 << 18,
    HAS_RETRY = 1 << 19,
    HAS_ATTEMPT_INDEX = 1 << 20,
    HAS_ARRIVED_COUNT = 1 << 21,
    HAS_TARGET = 1 << 22,
    HAS_STATE = 1 << 23,
    HAS_ALL = (1 << 24) - 1,
};
#define MORE_SHIFT 16u

#define FIXED_BYTES 24u
#define MORE_BYTES  2u
#define TASK_BYTES  17u

static uint32_t fields_bytes(unsigned fields)
{
    static const struct {
        unsigned field;
        uint32_t bytes;
    } rows[] = {
        {HAS_UNTIL, 8},         {HAS_ENQUEUED_AT, 8},   {HAS_FIRST_RECEIVED, 8},
        {HAS_GENERATION, 4},    {HAS_RECEIVE_COUNT, 4}, {HAS_BODY_BYTES, 4},
        {HAS_BODY, 8},          {HAS_MESSAGE_ID, 16},   {HAS_GROUP, 16},
        {HAS_DEDUP, 16},        {HAS_ATTEMPT, 16},      {HAS_ORIGIN, 8},
        {HAS_TASK, TASK_BYTES}, {HAS_MORE, MORE_BYTES}, {HAS_RECEIVED_AT, 8},
        {HAS_RETRY, 16},        {HAS_ATTEMPT_INDEX, 1}, {HAS_ARRIVED_COUNT, 4},
        {HAS_TARGET, 8},        {HAS_STATE, 1},
    };
    uint32_t bytes = FIXED_BYTES;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        bytes += (fields & rows[i].field) != 0 ? rows[i].bytes : 0;
    return bytes;
}

static inline void has(struct record_shape *shape, bool is_there, uint32_t field, uint32_t bytes)
{
    if (is_there) {
        shape->fields |= field;
        shape->bytes += bytes;
    }
}

static bool has_id(const uint8_t id[16])
{
    return (get_u64(id) | get_u64(id + 8)) != 0;
}

/* Both at once: it is asked for every fact. */
struct record_shape record_shape(const struct engine_fact *fact, bool with_body)
{
    struct record_shape shape = {0, FIXED_BYTES};
    has(&shape, fact->is_fifo, HAS_FIFO, 0);
    has(&shape, fact->until.v != 0, HAS_UNTIL, 8);
    has(&shape, fact->enqueued_at.v != 0, HAS_ENQUEUED_AT, 8);
    has(&shape, fact->first_received.v != 0, HAS_FIRST_RECEIVED, 8);
    has(&shape, fact->generation != 0, HAS_GENERATION, 4);
    has(&shape, fact->receive_count != 0, HAS_RECEIVE_COUNT, 4);
    has(&shape, fact->body_bytes != 0, HAS_BODY_BYTES, 4);
    has(&shape, with_body && fact->body.v != 0, HAS_BODY, 8);
    has(&shape, has_id(fact->message_id), HAS_MESSAGE_ID, 16);
    has(&shape, fact->has_group, HAS_GROUP, 16);
    has(&shape, fact->has_dedup, HAS_DEDUP, 16);
    has(&shape, fact->has_attempt, HAS_ATTEMPT, 16);
    has(&shape, fact->origin.v != 0, HAS_ORIGIN, 8);
    bool has_task = fact->task != 0 || fact->task_moved != 0 || fact->task_status != 0;
    has(&shape, has_task, HAS_TASK, TASK_BYTES);
    has(&shape, fact->is_arrival, HAS_ARRIVAL, 0);
    has(&shape, fact->is_changed, HAS_CHANGED, 0);
    has(&shape, fact->received_at.v != 0, HAS_RECEIVED_AT, 8);
    has(&shape, fact->has_retry, HAS_RETRY, 16);
    has(&shape, fact->attempt_index != 0, HAS_ATTEMPT_INDEX, 1);
    has(&shape, fact->arrived_count != 0, HAS_ARRIVED_COUNT, 4);
    has(&shape, fact->target.v != 0, HAS_TARGET, 8);
    has(&shape, fact->state != 0, HAS_STATE, 1);
    has(&shape, shape.fields >> MORE_SHIFT != 0, HAS_MORE, MORE_BYTES);
    ASSERT(shape.bytes <= RECORD_FACT_BYTES_MAX);
    return shape;
}

static uint8_t *add_u8(uint8_t *at, uint8_t value)
{
    *at = value;
    return at + 1;
}

static uint8_t *add_u16(uint8_t *at, uint16_t value)
{
    put_u16(at, value);
    return at + 2;
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

static void put_more(uint8_t *at, unsigned fields, const struct engine_fact *fact)
{
    if ((fields & HAS_RECEIVED_AT) != 0)
        at = add_u64(at, (uint64_t)fact->received_at.v);
    if ((fields & HAS_RETRY) != 0)
        at = add_16(at, fact->retry.v);
    if ((fields & HAS_ATTEMPT_INDEX) != 0)
        at = add_u8(at, fact->attempt_index);
    if ((fields & HAS_ARRIVED_COUNT) != 0)
        at = add_u32(at, fact->arrived_count);
    if ((fields & HAS_TARGET) != 0)
        at = add_u64(at, fact->target.v);
    if ((fields & HAS_STATE) != 0)
        at = add_u8(at, fact->state);
    MAYBE(at);
}

uint16_t record_put_fact(uint8_t *at, const struct engine_fact *fact, struct record_shape shape,
                         bool with_message)
{
    unsigned fields = shape.fields;
    at = add_u64(at, fact->queue.v);
    at = add_u64(at, fact->sequence);
    at = add_u64(at, (uint64_t)fact->at.v);
    if ((fields & HAS_MORE) != 0)
        at = add_u16(at, (uint16_t)(fields >> MORE_SHIFT));
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
        at = add_u8(at, (uint8_t)fact->task_status);
    }
    put_more(at, fields, fact);
    return (uint16_t)(fields | (with_message ? HAS_MESSAGE : 0u));
}

static uint8_t take_u8(const uint8_t **at)
{
    *at += 1;
    return (*at)[-1];
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

static void take_more(const uint8_t *at, unsigned fields, struct engine_fact *fact)
{
    fact->is_arrival = (fields & HAS_ARRIVAL) != 0;
    fact->is_changed = (fields & HAS_CHANGED) != 0;
    if ((fields & HAS_RECEIVED_AT) != 0)
        fact->received_at.v = (int64_t)take_u64(&at);
    fact->has_retry = (fields & HAS_RETRY) != 0;
    if (fact->has_retry)
        take_16(&at, fact->retry.v);
    if ((fields & HAS_ATTEMPT_INDEX) != 0)
        fact->attempt_index = take_u8(&at);
    if ((fields & HAS_ARRIVED_COUNT) != 0)
        fact->arrived_count = take_u32(&at);
    if ((fields & HAS_TARGET) != 0)
        fact->target.v = take_u64(&at);
    if ((fields & HAS_STATE) != 0)
        fact->state = take_u8(&at);
}

static void take_fields(const uint8_t *at, unsigned fields, struct engine_fact *fact)
{
    fact->queue.v = take_u64(&at);
    fact->sequence = take_u64(&at);
    fact->at.v = (int64_t)take_u64(&at);
    fact->is_fifo = (fields & HAS_FIFO) != 0;
    at += (fields & HAS_MORE) != 0 ? MORE_BYTES : 0;
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
        fact->task_status = (enum engine_task_status)take_u8(&at);
    }
    take_more(at, fields, fact);
}

/* The header's fields with the second word, if there is one. */
static unsigned all_fields(struct slice payload, uint16_t fields)
{
    if ((fields & HAS_MORE) == 0 || payload.bytes < FIXED_BYTES + MORE_BYTES)
        return fields;
    return fields | (unsigned)get_u16(payload.at + FIXED_BYTES) << MORE_SHIFT;
}

enum err record_get_fact(struct slice payload, uint16_t header_fields, enum engine_fact_kind kind,
                         struct engine_fact *ret_fact, struct slice *ret_message)
{
    unsigned fields = all_fields(payload, header_fields);
    if ((fields & ~(unsigned)HAS_ALL) != 0)
        return ERR_CORRUPT;
    uint32_t bytes = fields_bytes(fields);
    bool has_message = (fields & HAS_MESSAGE) != 0;
    if (payload.bytes < bytes || has_message != (payload.bytes > bytes))
        return ERR_CORRUPT;
    struct engine_fact fact = {.kind = kind};
    take_fields(payload.at, fields, &fact);
    unsigned status = (unsigned)fact.task_status;
    if (fact.state > ENGINE_MOVING || fact.attempt_index >= ENGINE_RECEIVE_MAX)
        return ERR_CORRUPT;
    unsigned canonical = record_shape(&fact, true).fields | (has_message ? HAS_MESSAGE : 0u);
    if (status > ENGINE_TASK_FAILED || canonical != fields)
        return ERR_CORRUPT;
    *ret_fact = fact;
    *ret_message = has_message ? slice_from(payload, bytes) : SLICE_NONE;
    return ERR_OK;
}

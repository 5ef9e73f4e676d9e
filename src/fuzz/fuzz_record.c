/* Records of the log. What is understood must be readable to its last
 * byte, and encoded again be the same bytes. */
#include "base/arena.h"
#include "base/encode.h"
#include "fuzz/fuzz.h"
#include "log/record.h"

#include "base/banned.h"

const char fuzz_name[] = "record";

#define OFFSET 64u

static void check_entry(struct arena *arena, const struct record *record)
{
    struct engine_fact fact;
    struct slice message;
    uint64_t from;
    if (record_get_entry(record, &fact, &message, &from) != ERR_OK)
        return;
    uint32_t head = record->kind == RECORD_RELOCATED ? 8 : 0;
    struct record_shape shape = record_shape(&fact, true);
    uint32_t bytes = shape.bytes;
    uint8_t *again = arena_take(arena, bytes);
    uint16_t fields = record_put_fact(again, &fact, shape, message.bytes > 0);
    ASSERT(fields == record->fields);
    ASSERT(record->payload.bytes == head + bytes + message.bytes);
    ASSERT(
        slice_equal(slice_of(again, bytes), slice_head(slice_from(record->payload, head), bytes)));
}

static void check_others(const struct record *record)
{
    struct record_segment segment;
    struct record_start start;
    struct record_batch batch;
    struct record_snapshot snapshot;
    struct record_snapshot_end end;
    uint32_t next;
    MAYBE(record_get_segment(record, &segment) == ERR_OK);
    MAYBE(record_get_start(record, &start) == ERR_OK);
    MAYBE(record_get_batch(record, &batch) == ERR_OK);
    MAYBE(record_get_end(record, &next) == ERR_OK);
    MAYBE(record_get_snapshot(record, &snapshot) == ERR_OK);
    MAYBE(record_get_snapshot_end(record, &end) == ERR_OK);
    ASSERT(record_kind_name(record->kind) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct record_seed seed = record_seed_segment(1, 1);
    struct record record;
    struct slice window = slice_of(data, bytes);
    struct arena arena;
    if (record_decode(window, seed, OFFSET, &record) == RECORD_GOOD)
        ASSERT(record.bytes <= bytes);
    /* Chance finds no checksum, so the bytes are also read as a record that has the right one. */
    if (bytes < RECORD_HEADER_BYTES || bytes > 1u << 20)
        return 0;
    arena_init(&arena);
    uint8_t *copy = arena_take(&arena, bytes);
    memcpy(copy, data, bytes);
    record = (struct record){.kind = data[12],
                             .fields = get_u16(data + 14),
                             .incarnation = get_u32(data + 8),
                             .bytes = (uint32_t)bytes};
    record_seal(copy, &record, seed, OFFSET);
    enum record_found found = record_decode(slice_of(copy, bytes), seed, OFFSET, &record);
    ASSERT(found == RECORD_GOOD);
    check_entry(&arena, &record);
    check_others(&record);
    arena_done(&arena);
    return 0;
}

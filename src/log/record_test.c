#include "log/record.h"

#include "base/encode.h"
#include "base/random.h"
#include "log/record_crc.h"
#include "testkit/testkit.h"

#define SEED   record_seed_segment(UINT64_C(0x0102030405060708), 3)
#define OFFSET 4096u

/* Computed once more by another program from FORMAT.md. */
#define GOLDEN_FULL                                                                    \
    "1a19af31b2000000050000001000ff7f110000000000000022000000000000003300000000000000" \
    "440000000000000055000000000000006600000000000000770000008800000099000000aa000000" \
    "00000000010101010101010101010101010101010202020202020202020202020202020203030303" \
    "03030303030303030303030304040404040404040404040404040404bb00000000000000cc000000" \
    "00000000dd000000000000000368656c6c6f"
#define GOLDEN_GONE \
    "48ee904d280000000500000014000000010000000000000002000000000000000300000000000000"
#define GOLDEN_SECOND                                                                  \
    "6903950a500000000500000019000080110000000000000022000000000000003300000000000000" \
    "ff004400000000000000050505050505050505050505050505050977000000880000000000000003"
#define GOLDEN_UNDELAYED \
    "63c7990328000000050000001e000100110000000000000022000000000000003300000000000000"
#define GOLDEN_SEGMENT                                                                 \
    "c18ff2b03000000000000000010000006c6561747365670a01000000000000040807060504030201" \
    "0300000000000000"
#define GOLDEN_START \
    "5ad4e217280000000200000002000000010000000000000007000000000000001000000003000000"
#define GOLDEN_BATCH "0bf4e4d820000000020000000300000008000000000000005800000003000000"
#define GOLDEN_END   "a81ef0251800000002000000040000000400000000000000"
#define GOLDEN_SNAPSHOT                                                                \
    "54d5c7f73800000002000000080000006c656174736e700a01000000020000000807060504030201" \
    "58000000030000000800000000000000"
#define GOLDEN_SNAPSHOT_END "537c895e20000000020000000900000009000000000000007800000003000000"

static struct engine_fact full_fact(void)
{
    struct engine_fact fact = {
        .kind = FACT_SENT,
        .queue = {0x11},
        .sequence = 0x22,
        .at = {0x33},
        .until = {0x44},
        .enqueued_at = {0x55},
        .first_received = {0x66},
        .generation = 0x77,
        .receive_count = 0x88,
        .body_bytes = 0x99,
        .body = {0xaa},
        .is_fifo = true,
        .has_group = true,
        .has_dedup = true,
        .has_attempt = true,
        .origin = {0xbb},
        .task = 0xcc,
        .task_moved = 0xdd,
        .task_status = ENGINE_TASK_FAILED,
    };
    memset(fact.message_id, 1, 16);
    memset(fact.group.v, 2, 16);
    memset(fact.dedup.v, 3, 16);
    memset(fact.attempt.v, 4, 16);
    return fact;
}

/* Every field of the second word, and no other. */
static struct engine_fact second_fact(void)
{
    struct engine_fact fact = {
        .kind = FACT_MESSAGE,
        .queue = {0x11},
        .sequence = 0x22,
        .at = {0x33},
        .received_at = {0x44},
        .is_arrival = true,
        .is_changed = true,
        .has_retry = true,
        .attempt_index = 9,
        .arrived_count = 0x77,
        .target = {0x88},
        .state = ENGINE_MOVING,
    };
    memset(fact.retry.v, 5, 16);
    return fact;
}

/* A sealed record of the fact; returns its bytes. */
static uint32_t encode(uint8_t *at, const struct engine_fact *fact, bool with_body,
                       struct slice message)
{
    struct record record = {.kind = (uint8_t)(RECORD_FACT + fact->kind), .incarnation = 5};
    struct record_shape shape = record_shape(fact, with_body);
    uint32_t bytes = shape.bytes;
    record.fields = record_put_fact(at + RECORD_HEADER_BYTES, fact, shape, message.bytes > 0);
    if (message.bytes > 0)
        memcpy(at + RECORD_HEADER_BYTES + bytes, message.at, message.bytes);
    record.bytes = RECORD_HEADER_BYTES + bytes + (uint32_t)message.bytes;
    record_seal(at, &record, SEED, OFFSET);
    return record.bytes;
}

static void check_hex(const uint8_t *at, uint32_t bytes, const char *want)
{
    uint8_t text[1024];
    ck_assert_uint_le(bytes, sizeof(text) / 2);
    encode_hex(slice_of(at, bytes), text);
    testkit_slice_eq(slice_of(text, 2 * bytes), want);
}

START_TEST(crc_is_castagnolis)
{
    uint8_t bytes[300];
    uint64_t state = 1;
    ck_assert_uint_eq(record_crc(0, SLICE("123456789")), 0xe3069283);
    ck_assert_uint_eq(record_crc(record_crc(0, SLICE("1234")), SLICE("56789")), 0xe3069283);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)random_next(&state);
    for (size_t length = 0; length < sizeof(bytes) - 8; length++)
        ck_assert_uint_eq(record_crc(7, slice_of(bytes + length % 8, length)),
                          record_crc_portable(7, slice_of(bytes + length % 8, length)));
}
END_TEST

START_TEST(version_1_of_facts_is_these_bytes)
{
    uint8_t at[512];
    struct engine_fact fact = full_fact();
    struct engine_fact gone = {.kind = FACT_GONE, .queue = {1}, .sequence = 2, .at = {3}};
    check_hex(at, encode(at, &fact, true, SLICE("hello")), GOLDEN_FULL);
    check_hex(at, encode(at, &gone, false, SLICE_NONE), GOLDEN_GONE);
    struct engine_fact second = second_fact();
    check_hex(at, encode(at, &second, true, SLICE_NONE), GOLDEN_SECOND);
}
END_TEST

START_TEST(version_1_of_the_end_of_delays_is_these_bytes)
{
    uint8_t at[64];
    struct engine_fact fact = {
        .kind = FACT_UNDELAYED, .queue = {0x11}, .sequence = 0x22, .at = {0x33}, .is_fifo = true};
    check_hex(at, encode(at, &fact, false, SLICE_NONE), GOLDEN_UNDELAYED);
}
END_TEST

START_TEST(version_1_of_the_other_kinds_is_these_bytes)
{
    uint8_t at[64];
    struct record record = {.kind = RECORD_SEGMENT, .bytes = RECORD_SEGMENT_BYTES};
    record_put_segment(at, &(struct record_segment){1u << 26, 0x0102030405060708, 3});
    record_seal(at, &record, SEED, 0);
    check_hex(at, record.bytes, GOLDEN_SEGMENT);
    record = (struct record){.kind = RECORD_START, .bytes = RECORD_START_BYTES, .incarnation = 2};
    record_put_start(at, &(struct record_start){1, 7, 0x300000010});
    record_seal(at, &record, SEED, 48);
    check_hex(at, record.bytes, GOLDEN_START);
    record = (struct record){.kind = RECORD_BATCH, .bytes = RECORD_BATCH_BYTES, .incarnation = 2};
    record_put_batch(at, &(struct record_batch){8, 0x300000058});
    record_seal(at, &record, SEED, 88);
    check_hex(at, record.bytes, GOLDEN_BATCH);
    record = (struct record){.kind = RECORD_END, .bytes = RECORD_END_BYTES, .incarnation = 2};
    record_put_end(at, 4);
    record_seal(at, &record, SEED, 120);
    check_hex(at, record.bytes, GOLDEN_END);
    record =
        (struct record){.kind = RECORD_SNAPSHOT, .bytes = RECORD_SNAPSHOT_BYTES, .incarnation = 2};
    record_put_snapshot(at, &(struct record_snapshot){0x0102030405060708, 0x300000058, 8, 2});
    record_seal(at, &record, record_seed_snapshot(0x0102030405060708, 0x300000058), 0);
    check_hex(at, record.bytes, GOLDEN_SNAPSHOT);
    record = (struct record){
        .kind = RECORD_SNAPSHOT_END, .bytes = RECORD_SNAPSHOT_END_BYTES, .incarnation = 2};
    record_put_snapshot_end(at, &(struct record_snapshot_end){9, 0x300000078});
    record_seal(at, &record, record_seed_snapshot(0x0102030405060708, 0x300000058), 56);
    check_hex(at, record.bytes, GOLDEN_SNAPSHOT_END);
}
END_TEST

START_TEST(every_single_field_comes_back)
{
    for (unsigned kind = 0; kind < RECORD_FACT_KINDS; kind++) {
        for (unsigned with = 0; with < 1u << 6; with++) {
            uint8_t at[512];
            struct engine_fact fact = full_fact(), found;
            struct record record;
            struct slice message;
            uint64_t from;
            fact.kind = (enum engine_fact_kind)kind;
            fact.until.v = (with & 1) != 0 ? -5 : 0;
            fact.generation = (with & 2) != 0 ? UINT32_MAX : 0;
            fact.has_group = (with & 4) != 0;
            fact.task = fact.task_moved = 0;
            fact.task_status = (with & 8) != 0 ? ENGINE_TASK_CANCELLED : ENGINE_TASK_ACTIVE;
            fact.is_fifo = (with & 16) != 0;
            if (!fact.has_group)
                memset(&fact.group, 0, sizeof(fact.group));
            struct slice text = (with & 32) != 0 ? SLICE("text") : SLICE_NONE;
            uint32_t bytes = encode(at, &fact, true, text);
            ck_assert_int_eq(record_decode(slice_of(at, bytes), SEED, OFFSET, &record),
                             RECORD_GOOD);
            ck_assert_int_eq(record_get_entry(&record, &found, &message, &from), ERR_OK);
            ck_assert(slice_equal(message, text));
            ck_assert_uint_eq(found.kind, kind);
            ck_assert_int_eq(found.until.v, fact.until.v);
            ck_assert_uint_eq(found.generation, fact.generation);
            ck_assert_uint_eq(found.task_status, fact.task_status);
            ck_assert_uint_eq(found.body.v, fact.body.v);
            ck_assert(found.is_fifo == fact.is_fifo && found.has_group == fact.has_group);
            ck_assert(memcmp(&found.group, &fact.group, sizeof(found.group)) == 0);
            ck_assert(memcmp(&found.attempt, &fact.attempt, sizeof(found.attempt)) == 0);
        }
    }
}
END_TEST

START_TEST(every_field_of_the_second_word_comes_back_alone)
{
    for (unsigned with = 0; with < 1u << 8; with++) {
        uint8_t at[512];
        struct engine_fact fact = second_fact(), found;
        struct record record;
        struct slice message;
        uint64_t from;
        fact.received_at.v = (with & 1) != 0 ? 0x44 : 0;
        fact.is_arrival = (with & 2) != 0;
        fact.is_changed = (with & 4) != 0;
        fact.has_retry = (with & 8) != 0;
        fact.attempt_index = (with & 16) != 0 ? 9 : 0;
        fact.arrived_count = (with & 32) != 0 ? 0x77 : 0;
        fact.target.v = (with & 64) != 0 ? 0x88 : 0;
        fact.state = (with & 128) != 0 ? ENGINE_MOVING : 0;
        if (!fact.has_retry)
            memset(&fact.retry, 0, sizeof(fact.retry));
        uint32_t bytes = encode(at, &fact, true, SLICE("text"));
        ck_assert_int_eq(record_decode(slice_of(at, bytes), SEED, OFFSET, &record), RECORD_GOOD);
        ck_assert_int_eq(record_get_entry(&record, &found, &message, &from), ERR_OK);
        testkit_slice_eq(message, "text");
        ck_assert_int_eq(found.received_at.v, fact.received_at.v);
        ck_assert(found.is_arrival == fact.is_arrival && found.is_changed == fact.is_changed);
        ck_assert(found.has_retry == fact.has_retry);
        ck_assert_mem_eq(&found.retry, &fact.retry, sizeof(found.retry));
        ck_assert_uint_eq(found.attempt_index, fact.attempt_index);
        ck_assert_uint_eq(found.arrived_count, fact.arrived_count);
        ck_assert_uint_eq(found.target.v, fact.target.v);
        ck_assert_uint_eq(found.state, fact.state);
    }
}
END_TEST

START_TEST(every_flipped_bit_and_every_other_place_is_bad)
{
    uint8_t at[512];
    struct engine_fact fact = full_fact();
    struct record record;
    uint32_t bytes = encode(at, &fact, true, SLICE("hello"));
    for (uint32_t bit = 0; bit < 8 * bytes; bit++) {
        at[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_ne(record_decode(slice_of(at, bytes), SEED, OFFSET, &record), RECORD_GOOD);
        at[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert_int_eq(record_decode(slice_of(at, bytes), SEED, OFFSET, &record), RECORD_GOOD);
    ck_assert_int_eq(record_decode(slice_of(at, bytes), SEED, OFFSET + 8, &record), RECORD_BAD);
    struct record_seed others[] = {
        record_seed_segment(0x0102030405060708, 4),
        record_seed_segment(0x0102030405060709, 3),
        record_seed_snapshot(0x0102030405060708, 3),
    };
    for (size_t i = 0; i < ARRAY_COUNT(others); i++)
        ck_assert_int_eq(record_decode(slice_of(at, bytes), others[i], OFFSET, &record),
                         RECORD_BAD);
    for (uint32_t length = 0; length < bytes; length++)
        ck_assert_int_eq(record_decode(slice_of(at, length), SEED, OFFSET, &record), RECORD_SHORT);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, crc_is_castagnolis);
    tcase_add_test(tests, version_1_of_facts_is_these_bytes);
    tcase_add_test(tests, version_1_of_the_end_of_delays_is_these_bytes);
    tcase_add_test(tests, version_1_of_the_other_kinds_is_these_bytes);
    tcase_add_test(tests, every_single_field_comes_back);
    tcase_add_test(tests, every_field_of_the_second_word_comes_back_alone);
    tcase_add_test(tests, every_flipped_bit_and_every_other_place_is_bad);
}

int main(void)
{
    return testkit_run("record", fill);
}

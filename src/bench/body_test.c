#include "bench/body.h"

#include "base/encode.h"
#include "testkit/testkit.h"

#include "base/banned.h"

static struct arena arena;
static const struct body sample = {0x12abcdef, 0x345678, 0x9abcdef012, 0x123456789abc};

static struct slice write_sample(uint32_t bytes, enum body_escape escape)
{
    struct buffer out;
    body_prepare();
    buffer_init(&out, &arena, bytes);
    body_write(&out, &sample, bytes, escape);
    return buffer_slice(&out);
}

static const uint32_t sizes[] = {BODY_BYTES_MIN, 101, 102, 103, 104, 300, 4096, BODY_BYTES_MAX};

START_TEST(a_body_has_the_size_asked_for_and_is_known_again)
{
    arena_init(&arena);
    struct slice text = write_sample(sizes[_i], BODY_PLAIN);
    struct body body;
    ck_assert_uint_eq(text.bytes, sizes[_i]);
    ck_assert_int_eq(body_check(text, sample.run, &body), BODY_OK);
    ck_assert_uint_eq(body.run, sample.run);
    ck_assert_uint_eq(body.producer, sample.producer);
    ck_assert_uint_eq(body.sequence, sample.sequence);
    ck_assert_uint_eq(body.sent_ns, sample.sent_ns);
    arena_done(&arena);
}
END_TEST

START_TEST(a_body_of_another_run_is_foreign)
{
    arena_init(&arena);
    struct slice text = write_sample(300, BODY_PLAIN);
    struct body body;
    ck_assert_int_eq(body_check(text, sample.run + 1, &body), BODY_FOREIGN);
    ck_assert_uint_eq(body.run, sample.run);
    arena_done(&arena);
}
END_TEST

START_TEST(any_changed_bit_is_corruption)
{
    arena_init(&arena);
    struct slice text = write_sample(150, BODY_PLAIN);
    struct body body;
    uint8_t copy[150];
    for (uint32_t bit = 0; bit < 150 * 8; bit++) {
        memcpy(copy, text.at, sizeof(copy));
        copy[bit / 8] = (uint8_t)(copy[bit / 8] ^ 1u << bit % 8);
        ck_assert_int_eq(body_check(slice_of(copy, sizeof(copy)), sample.run, &body), BODY_CORRUPT);
    }
    arena_done(&arena);
}
END_TEST

START_TEST(any_missing_added_or_swapped_part_is_corruption)
{
    arena_init(&arena);
    struct slice text = write_sample(200, BODY_PLAIN);
    struct body body;
    uint8_t copy[201];
    for (size_t bytes = 0; bytes < text.bytes; bytes++)
        ck_assert_int_eq(body_check(slice_of(text.at, bytes), sample.run, &body), BODY_CORRUPT);
    for (size_t gap = 0; gap < text.bytes; gap++) {
        memcpy(copy, text.at, gap);
        memcpy(copy + gap, text.at + gap + 1, text.bytes - gap - 1);
        ck_assert_int_eq(body_check(slice_of(copy, 199), sample.run, &body), BODY_CORRUPT);
        memcpy(copy, text.at, gap + 1);
        memcpy(copy + gap + 1, text.at + gap, text.bytes - gap);
        ck_assert_int_eq(body_check(slice_of(copy, 201), sample.run, &body), BODY_CORRUPT);
    }
    memcpy(copy, text.at, 200);
    memcpy(copy + 100, text.at + 108, 8);
    memcpy(copy + 108, text.at + 100, 8);
    ck_assert_int_eq(body_check(slice_of(copy, 200), sample.run, &body), BODY_CORRUPT);
    arena_done(&arena);
}
END_TEST

START_TEST(escaped_forms_unescape_to_the_plain_one)
{
    arena_init(&arena);
    struct slice plain = write_sample(300, BODY_PLAIN);
    struct slice json = write_sample(300, BODY_JSON);
    struct slice percent = write_sample(300, BODY_PERCENT);
    uint8_t text[300];
    size_t used = 0;
    for (size_t i = 0; i < json.bytes; i++)
        if (json.at[i] != '\\')
            text[used++] = json.at[i];
    ck_assert(slice_equal(slice_of(text, used), plain));
    uint8_t *decoded = arena_take(&arena, percent.bytes);
    ck_assert(slice_equal(slice_of(decoded, decode_percent(percent, true, decoded)), plain));
    arena_done(&arena);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, a_body_has_the_size_asked_for_and_is_known_again, 0,
                        ARRAY_COUNT(sizes));
    tcase_add_test(tests, a_body_of_another_run_is_foreign);
    tcase_add_test(tests, any_changed_bit_is_corruption);
    tcase_add_test(tests, any_missing_added_or_swapped_part_is_corruption);
    tcase_add_test(tests, escaped_forms_unescape_to_the_plain_one);
}

int main(void)
{
    arena_init(&arena);
    return testkit_run("body", fill);
}

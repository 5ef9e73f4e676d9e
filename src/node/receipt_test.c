#include "node/receipt.h"

#include "testkit/testkit.h"

static struct receipt_key *create_key(uint8_t first)
{
    uint8_t secret[RECEIPT_KEY_BYTES];
    for (size_t i = 0; i < sizeof(secret); i++)
        secret[i] = (uint8_t)(first + i);
    return receipt_key_create(secret);
}

static struct slice encode(const struct receipt_key *key, struct receipt receipt)
{
    static uint8_t text[RECEIPT_TEXT_BYTES];
    receipt_encode(key, &receipt, text);
    return slice_of(text, sizeof(text));
}

/* Made by an independent implementation of the format in the header; the secret is 00 01 .. 1f. */
static const struct {
    struct receipt receipt;
    const char *text;
} golden[] = {
    {{1, 1, {0}, 1, 0}, "AQEBAgTGvhPcrxz4H6T6cjFf/OW64+xNINqKjKLO1oUhs9WxXXptp5CIK+N1ftwyvtf0Cg=="},
    {{0x1122334455667788, UINT64_MAX, {1763625600123}, UINT32_MAX, 255},
     "AQEBAghoDjRTzy7s5q81n6UHhXZQoeYniNTmA2snt9PQGAm+V3HQCUp9uGrDX2Hvbdsg/g=="},
    {{7, 42, {-1}, 3, 200},
     "AQEBAlHqA2vOYtLNPiUxZLaG4MQbIISEq10ZG0X1ZIWcKQZO/8f4ocfTQuDyPsEXZuIJmA=="},
};
#define GOLDEN_COUNT (sizeof(golden) / sizeof(golden[0]))

START_TEST(handles_have_the_documented_bytes)
{
    struct receipt_key *key = create_key(0);
    for (size_t i = 0; i < GOLDEN_COUNT; i++)
        testkit_slice_eq(encode(key, golden[i].receipt), golden[i].text);
    receipt_key_destroy(key);
}
END_TEST

START_TEST(handles_give_back_every_field)
{
    struct receipt_key *key = create_key(0);
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct receipt got;
        ck_assert_int_eq(receipt_decode(key, slice_from_text(golden[i].text), &got), ERR_OK);
        ck_assert_uint_eq(got.queue, golden[i].receipt.queue);
        ck_assert_uint_eq(got.sequence, golden[i].receipt.sequence);
        ck_assert_int_eq(got.received_at.v, golden[i].receipt.received_at.v);
        ck_assert_uint_eq(got.generation, golden[i].receipt.generation);
        ck_assert_uint_eq(got.slot, golden[i].receipt.slot);
    }
    receipt_key_destroy(key);
}
END_TEST

START_TEST(any_altered_bit_is_refused)
{
    struct receipt_key *key = create_key(0);
    for (size_t bit = 0; bit < RECEIPT_TEXT_BYTES * 8; bit++) {
        uint8_t text[RECEIPT_TEXT_BYTES];
        struct receipt got;
        memcpy(text, golden[1].text, sizeof(text));
        text[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_msg(receipt_decode(key, slice_of(text, sizeof(text)), &got) == ERR_INVALID,
                      "bit %zu", bit);
    }
    receipt_key_destroy(key);
}
END_TEST

/* All 63 other base64 digits at every place: the checksum is what refuses them, not the alphabet.
 */
START_TEST(any_other_digit_is_refused)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    struct receipt_key *key = create_key(0);
    for (size_t at = 0; at < RECEIPT_TEXT_BYTES; at++)
        for (const char *digit = digits; *digit != '\0'; digit++) {
            uint8_t text[RECEIPT_TEXT_BYTES];
            struct receipt got;
            memcpy(text, golden[0].text, sizeof(text));
            if (text[at] == (uint8_t)*digit)
                continue;
            text[at] = (uint8_t)*digit;
            ck_assert_msg(receipt_decode(key, slice_of(text, sizeof(text)), &got) == ERR_INVALID,
                          "%c at %zu", *digit, at);
        }
    receipt_key_destroy(key);
}
END_TEST

START_TEST(foreign_text_is_refused)
{
    struct receipt_key *key = create_key(0);
    struct receipt got;
    const char *genuine = golden[0].text;
    const struct slice rows[] = {
        SLICE_NONE,
        SLICE("garbage"),
        SLICE("AQEB"),
        slice_of(genuine, RECEIPT_TEXT_BYTES - 1),
        slice_of(genuine, RECEIPT_TEXT_BYTES - 4),
        slice_of(genuine + 1, RECEIPT_TEXT_BYTES - 1),
        SLICE("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        SLICE("AQEBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="),
        SLICE("AQEBAgTGvhPcrxz4H6T6cjFf/OW64+xNINqKjKLO1oUhs9WxXXptp5CIK+N1ftwyvtf0Cg==AAAA"),
        SLICE("AQEBAgTGvhPcrxz4H6T6cjFf/OW64+xNINqKjKLO1oUhs9WxXXptp5CIK+N1ftwyvtf0Cg==\n"),
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(receipt_decode(key, rows[i], &got) == ERR_INVALID, "row %zu", i);
    receipt_key_destroy(key);
}
END_TEST

START_TEST(another_servers_handle_is_refused)
{
    struct receipt_key *key = create_key(0);
    struct receipt_key *other = create_key(1);
    struct receipt got;
    ck_assert_int_eq(receipt_decode(other, slice_from_text(golden[0].text), &got), ERR_INVALID);
    ck_assert_int_eq(receipt_decode(key, slice_from_text(golden[0].text), &got), ERR_OK);
    receipt_key_destroy(key);
    receipt_key_destroy(other);
    receipt_key_destroy(NULL);
}
END_TEST

START_TEST(each_field_changes_the_whole_handle)
{
    struct receipt_key *key = create_key(0);
    const struct receipt rows[] = {
        {2, 1, {0}, 1, 0}, {1, 2, {0}, 1, 0}, {1, 1, {1}, 1, 0},
        {1, 1, {0}, 2, 0}, {1, 1, {0}, 1, 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice text = encode(key, rows[i]);
        size_t same = 0;
        for (size_t at = 5; at < RECEIPT_TEXT_BYTES - 3; at++)
            same += text.at[at] == (uint8_t)golden[0].text[at];
        ck_assert_msg(same < 12, "row %zu shows %zu characters of another receipt", i, same);
    }
    receipt_key_destroy(key);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, handles_have_the_documented_bytes);
    tcase_add_test(tests, handles_give_back_every_field);
    tcase_add_test(tests, any_altered_bit_is_refused);
    tcase_add_test(tests, any_other_digit_is_refused);
    tcase_add_test(tests, foreign_text_is_refused);
    tcase_add_test(tests, another_servers_handle_is_refused);
    tcase_add_test(tests, each_field_changes_the_whole_handle);
}

int main(void)
{
    return testkit_run("receipt", fill);
}

#include "base/encode.h"

#include "base/uuid.h"
#include "testkit/testkit.h"

#define TEXT_MAX 512u

START_TEST(hex_is_lower_case_and_reads_either)
{
    static const struct {
        const char *text;
        bool ok;
        struct slice bytes;
    } rows[] = {
        {"", true, SLICE("")},
        {"00ff7f", true, SLICE("\x00\xff\x7f")},
        {"DEADbeef", true, SLICE("\xde\xad\xbe\xef")},
        {"0", false, SLICE("")},
        {"0g", false, SLICE("")},
        {"g0", false, SLICE("")},
        {" 0", false, SLICE("")},
        {"/0", false, SLICE("")},
        {":0", false, SLICE("")},
        {"@0", false, SLICE("")},
        {"`0", false, SLICE("")},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint8_t bytes[TEXT_MAX];
        struct slice text = slice_from_text(rows[i].text);
        ck_assert_msg(decode_hex(text, bytes) == rows[i].ok, "\"%s\"", rows[i].text);
        if (rows[i].ok)
            ck_assert(slice_equal(slice_of(bytes, text.bytes / 2), rows[i].bytes));
    }
    uint8_t text[8];
    encode_hex(SLICE("\xde\xad\xbe\xef"), text);
    testkit_slice_eq(slice_of(text, 8), "deadbeef");
}
END_TEST

/* Digits are made four bytes at a time. */
START_TEST(hex_of_many_bytes_is_that_of_each)
{
    uint8_t bytes[256 + 3], text[2 * sizeof(bytes)], one[2];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    encode_hex(slice_of(bytes, sizeof(bytes)), text);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        encode_hex(slice_of(&bytes[i], 1), one);
        ck_assert_mem_eq(text + 2 * i, one, 2);
        ck_assert_int_eq(one[0], "0123456789abcdef"[bytes[i] >> 4]);
        ck_assert_int_eq(one[1], "0123456789abcdef"[bytes[i] & 15]);
    }
}
END_TEST

START_TEST(hex_gives_back_every_byte)
{
    for (unsigned i = 0; i < 256; i++) {
        uint8_t byte = (uint8_t)i, text[2], again;
        encode_hex(slice_of(&byte, 1), text);
        ck_assert(decode_hex(slice_of(text, 2), &again));
        ck_assert_uint_eq(again, byte);
    }
}
END_TEST

/* RFC 4648 section 10, and what strict reading refuses. */
START_TEST(base64_equals_the_published_values)
{
    static const struct {
        struct slice bytes;
        const char *text;
    } rows[] = {
        {SLICE(""), ""},
        {SLICE("f"), "Zg=="},
        {SLICE("fo"), "Zm8="},
        {SLICE("foo"), "Zm9v"},
        {SLICE("foob"), "Zm9vYg=="},
        {SLICE("fooba"), "Zm9vYmE="},
        {SLICE("foobar"), "Zm9vYmFy"},
        {SLICE("\xfb\xff\xbf"), "+/+/"},
        {SLICE("\x00"), "AA=="},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint8_t text[TEXT_MAX], bytes[TEXT_MAX];
        size_t length = 4711;
        encode_base64(rows[i].bytes, text);
        testkit_slice_eq(slice_of(text, BASE64_TEXT_BYTES(rows[i].bytes.bytes)), rows[i].text);
        ck_assert(decode_base64(slice_from_text(rows[i].text), bytes, &length));
        ck_assert(slice_equal(slice_of(bytes, length), rows[i].bytes));
    }
}
END_TEST

START_TEST(base64_refuses_what_is_not_canonical)
{
    static const char *const rows[] = {
        "Z",        "Zg",   "Zg=",      "Zm9",        "Zm9vY",    "====",   "Z===",  "=Zg=",
        "Zg==Zg==", "Zm=v", "Zm9=",     "Zh==",       "Zv==",     "Zm9v\n", "Zm9v ", " Zm9",
        "Zm-v",     "Zm_v", "Zm9v====", "Z\xc3\xb8=", "Zm8=Zm9v", "A===",   "AA=A",
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint8_t bytes[TEXT_MAX];
        size_t length = 4711;
        ck_assert_msg(!decode_base64(slice_from_text(rows[i]), bytes, &length), "\"%s\"", rows[i]);
        ck_assert_uint_eq(length, 4711);
    }
}
END_TEST

/* Two bytes have sixteen bits in eighteen: of the last character's 64 values 16 are clean. */
START_TEST(base64_has_one_text_for_each_value)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned two_bytes = 0, one_byte = 0;
    for (size_t i = 0; i < 64; i++) {
        uint8_t bytes[3];
        size_t length;
        uint8_t text[4] = {'A', 'A', (uint8_t)digits[i], '='};
        two_bytes += decode_base64(slice_of(text, 4), bytes, &length);
        text[1] = (uint8_t)digits[i];
        text[2] = '=';
        one_byte += decode_base64(slice_of(text, 4), bytes, &length);
    }
    ck_assert_uint_eq(two_bytes, 16);
    ck_assert_uint_eq(one_byte, 4);
}
END_TEST

START_TEST(percent_encoding_keeps_only_the_unreserved)
{
    static const struct {
        const char *bytes;
        bool keep_slash;
        const char *text;
    } rows[] = {
        {"", false, ""},
        {"AZaz09-_.~", false, "AZaz09-_.~"},
        {"a/b", false, "a%2Fb"},
        {"a/b", true, "a/b"},
        {" +%&=?#", false, "%20%2B%25%26%3D%3F%23"},
        {"\xc3\xb8\x7f\x01*", false, "%C3%B8%7F%01%2A"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint8_t text[TEXT_MAX], bytes[TEXT_MAX];
        struct slice from = slice_from_text(rows[i].bytes);
        size_t length = encode_percent(from, rows[i].keep_slash, text);
        testkit_slice_eq(slice_of(text, length), rows[i].text);
        length = decode_percent(slice_of(text, length), true, bytes);
        ck_assert(slice_equal(slice_of(bytes, length), from));
    }
}
END_TEST

/* Words without an escape are copied whole; decoded where they stand, as callers may. */
START_TEST(percent_decoding_sees_escapes_at_every_offset)
{
    for (size_t before = 0; before < 40; before++) {
        for (size_t behind = 0; behind < 20; behind++) {
            uint8_t bytes[64];
            memset(bytes, 'x', sizeof(bytes));
            memcpy(bytes + before, "+%4", 3);
            bytes[before + 3] = '1';
            struct slice text = slice_of(bytes, before + 4 + behind);
            ck_assert_uint_eq(decode_percent(text, true, bytes), before + 2 + behind);
            for (size_t i = 0; i < before + 2 + behind; i++)
                ck_assert_int_eq(bytes[i], i == before ? ' ' : i == before + 1 ? 'A' : 'x');
        }
    }
}
END_TEST

START_TEST(percent_decoding_reads_either_case_and_plus)
{
    static const struct {
        const char *text;
        bool plus_is_blank;
        const char *bytes; /* NULL: broken */
    } rows[] = {
        {"a%2fb%2F", false, "a/b/"},
        {"a+b", true, "a b"},
        {"a+b", false, "a+b"},
        {"%2B+", true, "+ "},
        {"%41%25%34%31", false, "A%41"},
        {"%", false, NULL},
        {"%4", false, NULL},
        {"a%4", false, NULL},
        {"%4g", false, NULL},
        {"%%41", false, NULL},
        {"% 41", false, NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint8_t bytes[TEXT_MAX];
        struct slice text = slice_from_text(rows[i].text);
        memcpy(bytes, text.at, text.bytes);
        size_t length = decode_percent(slice_of(bytes, text.bytes), rows[i].plus_is_blank, bytes);
        ck_assert_int_eq(length == SIZE_MAX, rows[i].bytes == NULL);
        if (rows[i].bytes != NULL)
            testkit_slice_eq(slice_of(bytes, length), rows[i].bytes);
    }
}
END_TEST

START_TEST(integers_are_little_endian)
{
    uint8_t bytes[9] = {0};
    put_u64(bytes + 1, UINT64_C(0xf122334455667788));
    ck_assert_mem_eq(bytes, "\x00\x88\x77\x66\x55\x44\x33\x22\xf1", 9);
    ck_assert_uint_eq(get_u64(bytes + 1), UINT64_C(0xf122334455667788));
    ck_assert_uint_eq(get_u32(bytes + 5), 0xf1223344u);
    ck_assert_uint_eq(get_u16(bytes + 7), 0xf122u);
    put_u32(bytes, 0xfedcba98u);
    put_u16(bytes + 4, 0x8001u);
    ck_assert_mem_eq(bytes, "\x98\xba\xdc\xfe\x01\x80", 6);
}
END_TEST

/* ---- UUIDs ---- */

START_TEST(uuids_print_and_parse)
{
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {"00112233-4455-6677-8899-aabbccddeeff", true},
        {"00112233-4455-6677-8899-AABBCCDDEEFF", true},
        {"00112233-4455-6677-8899-aabbccddeef", false},
        {"00112233-4455-6677-8899-aabbccddeeff0", false},
        {"00112233445566778899aabbccddeeff", false},
        {"001122334-455-6677-8899-aabbccddeeff", false},
        {"00112233-4455-6677-8899_aabbccddeeff", false},
        {"0011223g-4455-6677-8899-aabbccddeeff", false},
        {"{0112233-4455-6677-8899-aabbccddeeff", false},
        {"", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint8_t uuid[16], text[UUID_TEXT_BYTES];
        ck_assert_msg(uuid_parse(slice_from_text(rows[i].text), uuid) == rows[i].ok, "\"%s\"",
                      rows[i].text);
        if (!rows[i].ok)
            continue;
        for (unsigned j = 0; j < 16; j++)
            ck_assert_uint_eq(uuid[j], 0x11 * j);
        uuid_print(uuid, text);
        testkit_slice_eq(slice_of(text, sizeof(text)), rows[0].text);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, hex_is_lower_case_and_reads_either);
    tcase_add_test(tests, hex_of_many_bytes_is_that_of_each);
    tcase_add_test(tests, hex_gives_back_every_byte);
    tcase_add_test(tests, base64_equals_the_published_values);
    tcase_add_test(tests, base64_refuses_what_is_not_canonical);
    tcase_add_test(tests, base64_has_one_text_for_each_value);
    tcase_add_test(tests, percent_encoding_keeps_only_the_unreserved);
    tcase_add_test(tests, percent_decoding_sees_escapes_at_every_offset);
    tcase_add_test(tests, percent_decoding_reads_either_case_and_plus);
    tcase_add_test(tests, integers_are_little_endian);
    tcase_add_test(tests, uuids_print_and_parse);
}

int main(void)
{
    return testkit_run("encode", fill);
}

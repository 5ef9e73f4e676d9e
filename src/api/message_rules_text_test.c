#include "api/message_rules_text.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/utf8.h"
#include "testkit/testkit.h"

#define LONG_BYTES 400u

static bool is_allowed(uint32_t point)
{
    return point == 0x9 || point == 0xa || point == 0xd || (point >= 0x20 && point <= 0xd7ff) ||
           (point >= 0xe000 && point <= 0xfffd) || (point >= 0x10000 && point <= 0x10ffff);
}

/* The three-byte form for surrogates too, which utf8_put does not write. */
static size_t put(uint32_t point, uint8_t *at)
{
    if (point < 0xd800 || point > 0xdfff)
        return utf8_put(point, at);
    at[0] = 0xed;
    at[1] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
    at[2] = (uint8_t)(0x80 | (point & 0x3f));
    return 3;
}

static bool is_judged_right(uint32_t point)
{
    uint8_t bytes[4];
    uint32_t found = UINT32_MAX;
    enum message_text answer = message_rules_text(slice_of(bytes, put(point, bytes)), &found);
    return is_allowed(point) ? answer == MESSAGE_TEXT_GOOD && found == UINT32_MAX
                             : answer == MESSAGE_TEXT_FORBIDDEN && found == point;
}

START_TEST(every_code_point_is_judged_by_the_set)
{
    for (uint32_t point = 0; point <= 0x10ffff; point++)
        if (!is_judged_right(point))
            ck_abort_msg("U+%04X", point);
}
END_TEST

/* Whole blocks are read at once: a fault must be found at any place of long texts, whatever follows. */
START_TEST(a_fault_is_found_at_any_place)
{
    static const uint32_t points[] = {0x0, 0x8, 0xb, 0x1f, 0xd800, 0xdfff, 0xfffe, 0xffff};
    for (size_t at = 0; at < LONG_BYTES; at++) {
        for (size_t i = 0; i < ARRAY_COUNT(points); i++) {
            uint8_t bytes[LONG_BYTES + 4];
            uint32_t found = 0;
            memset(bytes, 'a', sizeof(bytes));
            size_t length = put(points[i], bytes + at);
            bytes[at + length] = 1; /* a second fault behind the first one */
            struct slice text =
                slice_of(bytes, at + length + 1 > LONG_BYTES ? at + length + 1 : LONG_BYTES);
            ck_assert_int_eq(message_rules_text(text, &found), MESSAGE_TEXT_FORBIDDEN);
            ck_assert_uint_eq(found, points[i]);
        }
    }
}
END_TEST

START_TEST(allowed_text_passes_at_any_length)
{
    static const char *const pieces[] = {
        "a", "\t", "\r\n", "\x7f", "\xc3\xb8", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xef\xbf\xbd"};
    for (size_t i = 0; i < ARRAY_COUNT(pieces); i++) {
        struct slice piece = slice_from_text(pieces[i]);
        uint8_t bytes[LONG_BYTES];
        uint32_t found;
        for (size_t length = 0; length + piece.bytes <= LONG_BYTES; length += piece.bytes) {
            ck_assert_int_eq(message_rules_text(slice_of(bytes, length), &found),
                             MESSAGE_TEXT_GOOD);
            memcpy(bytes + length, piece.at, piece.bytes);
        }
    }
}
END_TEST

START_TEST(broken_utf8_is_told_apart)
{
    static const struct slice rows[] = {
        SLICE("\x80"),
        SLICE("\xc3"),
        SLICE("\xc0\x80"),
        SLICE("\xe2\x82"),
        SLICE("\xed\xa0"),
        SLICE("\xf0\x9f\x98"),
        SLICE("\xf4\x90\x80\x80"),
        SLICE("\xff"),
        SLICE("\xe0\x80\x80"),
        SLICE("\xf8\x88\x80\x80\x80"),
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint32_t found;
        ck_assert_int_eq(message_rules_text(rows[i], &found), MESSAGE_TEXT_NOT_UTF8);
        uint8_t bytes[100];
        memset(bytes, 'a', sizeof(bytes));
        memcpy(bytes + 90, rows[i].at, rows[i].bytes);
        ck_assert_int_eq(message_rules_text(slice_of(bytes, 90 + rows[i].bytes), &found),
                         MESSAGE_TEXT_NOT_UTF8);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, every_code_point_is_judged_by_the_set);
    tcase_add_test(tests, a_fault_is_found_at_any_place);
    tcase_add_test(tests, allowed_text_passes_at_any_length);
    tcase_add_test(tests, broken_utf8_is_told_apart);
}

int main(void)
{
    return testkit_run("message_rules_text", fill);
}

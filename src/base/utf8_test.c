#include "base/check.h"
#include "base/utf8.h"
#include "testkit/testkit.h"

static bool survives(uint32_t point)
{
    uint8_t bytes[4];
    uint32_t again = 0;
    size_t at = 0;
    size_t length = utf8_put(point, bytes);
    struct slice text = slice_of(bytes, length);
    for (size_t cut = 1; cut < length; cut++)
        if (utf8_is_valid(slice_head(text, cut)))
            return false;
    return length == (point < 0x80      ? 1u
                      : point < 0x800   ? 2u
                      : point < 0x10000 ? 3u
                                        : 4u) &&
           utf8_next(text, &at, &again) && at == length && again == point && utf8_is_valid(text) &&
           utf8_count(text) == 1;
}

START_TEST(every_code_point_survives_the_round_trip)
{
    for (uint32_t point = 0; point <= 0x10ffff; point++)
        if ((point < 0xd800 || point > 0xdfff) && !survives(point))
            ck_abort_msg("U+%04X", point);
}
END_TEST

/* All two- and three-byte strings: as many are valid as there are ways to make them of code points. */
START_TEST(nothing_but_code_points_is_valid)
{
    uint32_t two = 0, three = 0;
    uint8_t bytes[3];
    for (uint32_t i = 0; i < 1u << 24; i++) {
        bytes[0] = (uint8_t)(i >> 16);
        bytes[1] = (uint8_t)(i >> 8);
        bytes[2] = (uint8_t)i;
        three += utf8_is_valid(slice_of(bytes, 3));
        if (i < 1u << 16)
            two += utf8_is_valid(slice_of(bytes + 1, 2));
    }
    uint32_t of_one = 0x80, of_two = 0x800 - 0x80, of_three = 0x10000 - 0x800 - 0x800;
    ck_assert_uint_eq(two, of_one * of_one + of_two);
    ck_assert_uint_eq(three, of_one * of_one * of_one + 2 * of_one * of_two + of_three);
}
END_TEST

START_TEST(broken_bytes_are_refused_where_they_stand)
{
    static const struct {
        struct slice text;
        size_t good_bytes; /* before the fault */
    } rows[] = {
        {SLICE("\x80"), 0}, /* continuation alone */
        {SLICE("ab\xbf"), 2},
        {SLICE("\xc0\x80"), 0}, /* overlong */
        {SLICE("\xc1\xbf"), 0},
        {SLICE("\xe0\x9f\xbf"), 0},
        {SLICE("\xf0\x8f\xbf\xbf"), 0},
        {SLICE("\xed\xa0\x80"), 0}, /* surrogates */
        {SLICE("\xed\xbf\xbf"), 0},
        {SLICE("\xf4\x90\x80\x80"), 0}, /* above U+10FFFF */
        {SLICE("\xf5\x80\x80\x80"), 0},
        {SLICE("\xfe"), 0},
        {SLICE("\xff\xff"), 0},
        {SLICE("\xc3"), 0}, /* cut off */
        {SLICE("\xc3\xb8\xe2\x82"), 2},
        {SLICE("\xe2\x82\xac\xf0\x9f\x98"), 3},
        {SLICE("\xc3\x28"), 0}, /* continuation missing */
        {SLICE("\xe2\x28\xa1"), 0},
        {SLICE("\xf0\x9f\x28\x80"), 0},
        {SLICE("12345678\xc3"), 8}, /* behind a word of ASCII */
        {SLICE("1234567\xc3"
               "2"),
         7},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        size_t at = 0;
        uint32_t point;
        while (utf8_next(rows[i].text, &at, &point))
            ck_assert_uint_le(at, rows[i].good_bytes);
        ck_assert_uint_eq(at, rows[i].good_bytes);
        ck_assert_msg(!utf8_is_valid(rows[i].text), "row %zu", i);
    }
    ck_assert(utf8_is_valid(SLICE_NONE));
}
END_TEST

START_TEST(code_points_are_counted)
{
    ck_assert_uint_eq(utf8_count(SLICE("")), 0);
    ck_assert_uint_eq(utf8_count(SLICE("a\xc3\xb8\xe2\x82\xac\xf0\x9f\x98\x80z")), 5);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, every_code_point_survives_the_round_trip);
    tcase_add_test(tests, nothing_but_code_points_is_valid);
    tcase_add_test(tests, broken_bytes_are_refused_where_they_stand);
    tcase_add_test(tests, code_points_are_counted);
}

int main(void)
{
    return testkit_run("utf8", fill);
}

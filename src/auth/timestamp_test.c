#include "auth/timestamp.h"

#include "testkit/testkit.h"

#include "base/banned.h"

START_TEST(basic_form_is_exact)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t seconds;
    } rows[] = {
        {"19700101T000000Z", true, 0},
        {"20150830T123600Z", true, 1440938160},
        {"20240229T235959Z", true, 1709251199},
        {"20000229T000000Z", true, 951782400},
        {"99991231T235959Z", true, 253402300799},
        {"20230229T000000Z", false, 0},
        {"21000229T000000Z", false, 0},
        {"19691231T235959Z", false, 0},
        {"20150030T123600Z", false, 0},
        {"20151330T123600Z", false, 0},
        {"20150800T123600Z", false, 0},
        {"20150832T123600Z", false, 0},
        {"20150830T243600Z", false, 0},
        {"20150830T126000Z", false, 0},
        {"20150830T123660Z", false, 0},
        {"20150830T123600", false, 0},
        {"20150830T123600z", false, 0},
        {"20150830 123600Z", false, 0},
        {"2015083OT123600Z", false, 0},
        {"20150830T123600Z ", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t seconds = 0;
        bool ok = timestamp_parse_basic(slice_from_text(rows[i].text), &seconds);
        ck_assert_msg(ok == rows[i].ok, "%s", rows[i].text);
        ck_assert_int_eq(seconds, rows[i].seconds);
    }
}
END_TEST

START_TEST(printing_gives_back_what_was_parsed)
{
    uint8_t text[TIMESTAMP_BASIC_BYTES];
    /* A step of a bit more than a day, so that all times of day and all dates to 2300 or so come
     * up. */
    for (int64_t seconds = 0; seconds < INT64_C(10500000000); seconds += 86400 + 3601) {
        int64_t again = -1;
        timestamp_print_basic(seconds, text);
        ck_assert(timestamp_parse_basic(slice_of(text, sizeof(text)), &again));
        ck_assert_int_eq(again, seconds);
    }
    timestamp_print_basic(-5, text);
    testkit_slice_eq(slice_of(text, sizeof(text)), "19700101T000000Z");
    timestamp_print_basic(INT64_MAX, text);
    testkit_slice_eq(slice_of(text, sizeof(text)), "99991231T235959Z");
}
END_TEST

START_TEST(policies_have_three_forms)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t seconds;
    } rows[] = {
        {"2015-08-30T12:36:00Z", true, 1440938160},
        {"2015-08-30", true, 1440892800},
        {"1440938160", true, 1440938160},
        {"-1", true, -1},
        {"2015-08-30T12:36Z", false, 0},
        {"2015-8-30", false, 0},
        {"yesterday", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t seconds = 0;
        bool ok = timestamp_parse(slice_from_text(rows[i].text), &seconds);
        ck_assert_msg(ok == rows[i].ok, "%s", rows[i].text);
        ck_assert_int_eq(seconds, rows[i].seconds);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, basic_form_is_exact);
    tcase_add_test(tests, printing_gives_back_what_was_parsed);
    tcase_add_test(tests, policies_have_three_forms);
}

int main(void)
{
    return testkit_run("timestamp", fill);
}

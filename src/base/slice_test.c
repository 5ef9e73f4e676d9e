#include "base/slice.h"
#include "testkit/testkit.h"

START_TEST(integers_are_canonical)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } rows[] = {
        {"0", true, 0},
        {"-1", true, -1},
        {"43200", true, 43200},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"-0", false, 0},
        {"+1", false, 0},
        {"01", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"1e3", false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t value = 0;
        bool ok = slice_to_int64(slice_from_text(rows[i].text), &value);
        ck_assert_msg(ok == rows[i].ok, "\"%s\"", rows[i].text);
        ck_assert_int_eq(value, rows[i].value);
    }
}
END_TEST

START_TEST(splitting_gives_every_part_also_empty_ones)
{
    struct slice rest = SLICE("a//b/");
    struct slice part;
    ck_assert(slice_split(&rest, '/', &part));
    testkit_slice_eq(part, "a");
    ck_assert(slice_split(&rest, '/', &part));
    testkit_slice_eq(part, "");
    ck_assert(slice_split(&rest, '/', &part));
    testkit_slice_eq(part, "b");
    ck_assert(slice_split(&rest, '/', &part));
    testkit_slice_eq(part, "");
    ck_assert(!slice_split(&rest, '/', &part));
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, integers_are_canonical);
    tcase_add_test(tests, splitting_gives_every_part_also_empty_ones);
}

int main(void)
{
    return testkit_run("slice", fill);
}

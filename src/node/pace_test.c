#include "node/pace.h"

#include "base/check.h"
#include "testkit/testkit.h"

#include "base/banned.h"

START_TEST(the_first_piece_begins_at_once)
{
    struct pace pace = {0};
    ck_assert_int_eq(pace_rest(&pace, 1000000), 0);
}
END_TEST

START_TEST(a_rest_is_a_multiple_of_the_piece_within_bounds)
{
    static const struct {
        int64_t took;
        int rest;
    } rows[] = {{0, 20}, {1, 20}, {4, 20}, {5, 25}, {30, 150}, {100, 500}, {4000, 500}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct pace pace = {0};
        int64_t end = 1000 + rows[i].took;
        pace_begin(&pace, 1000);
        ck_assert_int_eq(pace_rest(&pace, end), rows[i].rest);
        ck_assert_int_eq(pace_rest(&pace, end + rows[i].rest - 1), 1);
        ck_assert_int_eq(pace_rest(&pace, end + rows[i].rest), 0);
        ck_assert_int_eq(pace_rest(&pace, end + 100000), 0);
    }
}
END_TEST

START_TEST(work_that_is_always_asked_for_gets_a_sixth_of_the_time)
{
    struct pace pace = {0};
    int64_t now = 1, at_work = 0;
    for (int i = 0; i < 1000; i++) {
        now += pace_rest(&pace, now);
        pace_begin(&pace, now);
        now += 10;
        at_work += 10;
    }
    ck_assert_int_ge(now / at_work, 5);
    ck_assert_int_le(now / at_work, 6);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, the_first_piece_begins_at_once);
    tcase_add_test(tests, a_rest_is_a_multiple_of_the_piece_within_bounds);
    tcase_add_test(tests, work_that_is_always_asked_for_gets_a_sixth_of_the_time);
}

int main(void)
{
    return testkit_run("pace", fill);
}

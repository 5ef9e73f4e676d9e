#include "server/server.h"
#include "testkit/testkit.h"

#include "base/banned.h"

#define SECOND INT64_C(1000000)

START_TEST(time_starts_at_the_wall_clock)
{
    struct server_slew slew = {0};
    ck_assert_int_eq(server_slewed_us(&slew, 5 * SECOND, 1000 * SECOND), 1000 * SECOND);
    ck_assert_int_eq(server_slewed_us(&slew, 6 * SECOND, 1001 * SECOND), 1001 * SECOND);
}
END_TEST

START_TEST(a_step_of_an_hour_moves_time_by_at_most_half_of_what_passed)
{
    static const int64_t steps[] = {3600 * SECOND, -3600 * SECOND};
    for (int i = 0; i < 2; i++) {
        struct server_slew slew = {0};
        int64_t before = server_slewed_us(&slew, 5 * SECOND, 1000 * SECOND);
        int64_t after = server_slewed_us(&slew, 7 * SECOND, 1002 * SECOND + steps[i]);
        ck_assert_int_eq(after - before, steps[i] > 0 ? 3 * SECOND : 1 * SECOND);
    }
}
END_TEST

START_TEST(after_a_step_the_wall_clock_is_met_again)
{
    struct server_slew slew = {0};
    server_slewed_us(&slew, 5 * SECOND, 1000 * SECOND);
    int64_t now = 0;
    for (int64_t s = 1; s <= 30; s++)
        now = server_slewed_us(&slew, (5 + s) * SECOND, (1000 + s + 10) * SECOND);
    ck_assert_int_eq(now, (1000 + 30 + 10) * SECOND);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, time_starts_at_the_wall_clock);
    tcase_add_test(tests, a_step_of_an_hour_moves_time_by_at_most_half_of_what_passed);
    tcase_add_test(tests, after_a_step_the_wall_clock_is_met_again);
}

int main(void)
{
    return testkit_run("time", fill);
}

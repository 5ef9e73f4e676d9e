#include "bench/schedule.h"

#include "base/check.h"
#include "bench/ticks.h"
#include "testkit/testkit.h"

#include "base/banned.h"

#define START_NS (7 * TICKS_S)
#define ARRIVALS 100000
#define RATE     5000.0
#define GAP_NS   (TICKS_S / 5000)

START_TEST(constant_arrivals_are_a_gap_apart)
{
    struct schedule schedule;
    schedule_init(&schedule, RATE, false, 0.25, START_NS, 1);
    for (uint64_t i = 0; i < ARRIVALS; i++) {
        ck_assert_uint_eq(schedule_next_ns(&schedule), START_NS + GAP_NS / 4 + i * GAP_NS);
        schedule_advance(&schedule);
    }
}
END_TEST

/* For exponential gaps, mean and standard deviation are equal, and a share of 1/e exceeds the mean. */
START_TEST(poisson_arrivals_have_the_rate_and_spread_of_chance)
{
    struct schedule schedule;
    double sum = 0, squares = 0;
    int above = 0;
    uint64_t last = START_NS;
    schedule_init(&schedule, RATE, true, 0, START_NS, 42);
    for (int i = 0; i < ARRIVALS; i++) {
        uint64_t next = schedule_next_ns(&schedule);
        ck_assert_uint_ge(next, last);
        double gap = (double)(next - last) / (double)GAP_NS;
        sum += gap;
        squares += gap * gap;
        above += gap > 1;
        last = next;
        schedule_advance(&schedule);
    }
    ck_assert_double_eq_tol(sum / ARRIVALS, 1, 0.02);
    ck_assert_double_eq_tol(squares / ARRIVALS, 2, 0.08);
    ck_assert_double_eq_tol((double)above / ARRIVALS, 0.3679, 0.01);
}
END_TEST

START_TEST(arrivals_do_not_depend_on_when_they_are_asked_for)
{
    struct schedule eager, lazy;
    uint64_t times[1000];
    schedule_init(&eager, RATE, true, 0, START_NS, 5);
    schedule_init(&lazy, RATE, true, 0, START_NS, 5);
    for (size_t i = 0; i < ARRAY_COUNT(times); i++) {
        times[i] = schedule_next_ns(&eager);
        schedule_advance(&eager);
    }
    for (size_t i = 0; i < ARRAY_COUNT(times); i++) {
        for (int ask = 0; ask < 3; ask++)
            ck_assert_uint_eq(schedule_next_ns(&lazy), times[i]);
        schedule_advance(&lazy);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, constant_arrivals_are_a_gap_apart);
    tcase_add_test(tests, poisson_arrivals_have_the_rate_and_spread_of_chance);
    tcase_add_test(tests, arrivals_do_not_depend_on_when_they_are_asked_for);
}

int main(void)
{
    return testkit_run("schedule", fill);
}

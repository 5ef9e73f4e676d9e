#include "bench/histogram.h"

#include "base/check.h"
#include "base/random.h"
#include "testkit/testkit.h"

#include "base/banned.h"

#define VALUES_COUNT 20000

static struct histogram histogram, other;
static uint64_t values[VALUES_COUNT];

static int order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Every quantile of log-uniform values up to 2^bits lies in [true value, true value * (1 + 1/128)]. */
static const struct {
    unsigned bits;
} spreads[] = {{4}, {8}, {9}, {12}, {20}, {30}, {39}};

START_TEST(a_quantile_is_never_below_the_truth_and_at_most_a_128th_above)
{
    uint64_t state = 7;
    histogram_reset(&histogram);
    for (int i = 0; i < VALUES_COUNT; i++) {
        values[i] = random_next(&state) >> (64 - 1 - random_next(&state) % spreads[_i].bits);
        histogram_add(&histogram, values[i]);
    }
    qsort(values, VALUES_COUNT, sizeof(values[0]), order);
    for (int i = 1; i <= VALUES_COUNT; i++) {
        uint64_t got = histogram_quantile(&histogram, (double)i / VALUES_COUNT);
        uint64_t want = values[i - 1];
        ck_assert_uint_ge(got, want);
        ck_assert_uint_le(got - want, want / 128);
    }
    ck_assert_uint_eq(histogram.min, values[0]);
    ck_assert_uint_eq(histogram_quantile(&histogram, 0), values[0]);
    ck_assert_uint_eq(histogram_quantile(&histogram, 1), values[VALUES_COUNT - 1]);
}
END_TEST

/* One value at the edges of the exact part, of each doubling, and of the range. */
START_TEST(edges_fall_into_their_own_part)
{
    for (unsigned bit = 0; bit < 40; bit++) {
        for (int step = -1; step <= 1; step++) {
            uint64_t value = (UINT64_C(1) << bit) + (uint64_t)(int64_t)step;
            histogram_reset(&histogram);
            histogram_add(&histogram, value);
            histogram_add(&histogram, HISTOGRAM_VALUE_MAX * 4);
            uint64_t got = histogram_quantile(&histogram, 0.5);
            ck_assert_uint_ge(got, value);
            ck_assert_uint_le(got - value, value / 128);
        }
    }
}
END_TEST

START_TEST(values_beyond_the_range_show_as_the_largest)
{
    histogram_reset(&histogram);
    histogram_add(&histogram, HISTOGRAM_VALUE_MAX);
    histogram_add(&histogram, UINT64_MAX);
    ck_assert_uint_eq(histogram_quantile(&histogram, 0.5), UINT64_MAX);
    ck_assert_uint_eq(histogram.min, HISTOGRAM_VALUE_MAX);
}
END_TEST

START_TEST(merging_equals_adding_everything_to_one)
{
    uint64_t state = 3;
    static struct histogram whole;
    histogram_reset(&whole);
    histogram_reset(&histogram);
    histogram_reset(&other);
    for (int i = 0; i < 1000; i++) {
        uint64_t value = random_next(&state) >> 30;
        histogram_add(&whole, value);
        histogram_add(i % 3 == 0 ? &histogram : &other, value);
    }
    histogram_merge(&histogram, &other);
    ck_assert_int_eq(memcmp(histogram.counts, whole.counts, sizeof(whole.counts)), 0);
    ck_assert_uint_eq(histogram.count, whole.count);
    ck_assert_uint_eq(histogram.min, whole.min);
    ck_assert_uint_eq(histogram.max, whole.max);
}
END_TEST

START_TEST(an_empty_histogram_shows_zeros_and_merges_as_nothing)
{
    histogram_reset(&histogram);
    histogram_reset(&other);
    ck_assert_uint_eq(histogram_quantile(&histogram, 0.99), 0);
    ck_assert(histogram_mean(&histogram) == 0);
    histogram_add(&histogram, 5);
    histogram_merge(&histogram, &other);
    ck_assert_uint_eq(histogram.min, 5);
    ck_assert(histogram_mean(&histogram) == 5);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, a_quantile_is_never_below_the_truth_and_at_most_a_128th_above, 0,
                        ARRAY_COUNT(spreads));
    tcase_add_test(tests, edges_fall_into_their_own_part);
    tcase_add_test(tests, values_beyond_the_range_show_as_the_largest);
    tcase_add_test(tests, merging_equals_adding_everything_to_one);
    tcase_add_test(tests, an_empty_histogram_shows_zeros_and_merges_as_nothing);
}

int main(void)
{
    return testkit_run("histogram", fill);
}

#include <math.h>

#include "bench/answer.h"
#include "bench/growth.h"
#include "testkit/testkit.h"

#include "base/banned.h"

static bool is_near(double value, double wanted)
{
    return fabs(value - wanted) < 0.001;
}

/* Costs at 10^0, 10^1, ... */
static const struct {
    double costs[GROWTH_POINTS_MAX];
    uint32_t count, from;
    double exponent, ratio;
    enum growth_verdict verdict;
} shapes[] = {
    {{5, 5, 5, 5, 5}, 5, 0, 0, 1, GROWTH_FLAT},
    {{1, 10, 100, 1000}, 4, 0, 1, 1000, GROWTH_FASTER},
    {{8, 4, 4.2, 4.1}, 4, 1, 0.0054, 1.025, GROWTH_FLAT},
    {{1, 1.9, 2.9, 3.9}, 4, 0, 0.1957, 3.9, GROWTH_LOGARITHM},
    /* A fall at first hides no rise. */
    {{100, 10, 1, 10}, 4, 2, 1, 10, GROWTH_FASTER},
    {{1, 1, 1, 1, 1, 30}, 6, 0, 0.2111, 30, GROWTH_FASTER},
    {{3, 2, 1}, 3, 2, 0, 1, GROWTH_FLAT},
    {{3}, 1, 0, 0, 0, GROWTH_TOO_FEW},
    {{0}, 0, 0, 0, 0, GROWTH_TOO_FEW},
};

START_TEST(growth_is_judged_from_the_cheapest_point_on)
{
    struct growth_point points[GROWTH_POINTS_MAX];
    for (uint32_t i = 0; i < shapes[_i].count; i++)
        points[i] = (struct growth_point){pow(10, i), shapes[_i].costs[i]};
    struct growth_judgement judgement = growth_judge(points, shapes[_i].count);
    ck_assert_uint_eq(judgement.from, shapes[_i].from);
    ck_assert_msg(is_near(judgement.exponent, shapes[_i].exponent), "%f", judgement.exponent);
    ck_assert_msg(is_near(judgement.ratio, shapes[_i].ratio), "%f", judgement.ratio);
    ck_assert_str_eq(growth_verdict_name(judgement.verdict),
                     growth_verdict_name(shapes[_i].verdict));
}
END_TEST

START_TEST(exponents_are_those_of_power_laws)
{
    struct growth_point points[5], logs[5];
    for (uint32_t i = 0; i < 5; i++) {
        points[i] = (struct growth_point){pow(10, i + 2), 3 * pow(pow(10, i + 2), 0.37)};
        logs[i] = (struct growth_point){points[i].n, 7 * log1p(points[i].n)};
    }
    ck_assert(is_near(growth_fit_exponent(points, 5), 0.37));
    ck_assert(is_near(growth_fit_exponent(logs, 5), growth_fit_log_exponent(points, 5)));
    ck_assert(growth_fit_exponent(points, 1) == 0);
    points[0].n = 0; /* counts as 1 */
    points[1].n = 1;
    ck_assert(growth_fit_exponent(points, 2) == 0);
}
END_TEST

/* A fixed 20 us and 1 ns a byte: sizes at which the bytes are not the larger part say nothing of bytes. */
START_TEST(bytes_are_judged_by_what_they_cost_beyond_the_least)
{
    static const double sizes[] = {100, 1000, 10000, 100000, 1000000};
    struct growth_point points[5], marginal[GROWTH_POINTS_MAX];
    for (uint32_t i = 0; i < 5; i++)
        points[i] = (struct growth_point){sizes[i], 20 + sizes[i] * 0.001};
    ck_assert_uint_eq(growth_fit_marginal(points, 5, 1, marginal), 2);
    ck_assert(marginal[0].n == 100000 && is_near(marginal[0].cost, 0.001));
    ck_assert_int_eq(growth_judge(marginal, 2).verdict, GROWTH_FLAT);
    ck_assert_uint_eq(growth_fit_marginal(points, 0, 1, marginal), 0);
}
END_TEST

static struct growth growth;

static void fill_figures(void)
{
    for (uint32_t c = 0; c < growth_curves_count(); c++) {
        const struct growth_curve *curve = growth_curve_at(c);
        struct growth_figures *figures = &growth.figures[c];
        growth.picks[c] = true;
        figures->points = growth_curve_points(curve, true);
        for (uint32_t i = 0; i < figures->points; i++) {
            double us = 10 + (curve->is_by_byte ? curve->sizes[i] * 0.001 : i);
            figures->cells[i][0] = (struct growth_cell){true, {us, us * 0.9, us * 1.2}};
        }
    }
}

/* Our own parsers serve as checkers: what they refuse does not hold together. */
START_TEST(pictures_tables_and_json_hold_together)
{
    struct answer answer;
    char *text = NULL;
    size_t bytes = 0;
    if (_i == 1)
        fill_figures();
    for (uint32_t c = 0; c < growth_curves_count(); c++) {
        FILE *file = open_memstream(&text, &bytes);
        growth_plot(file, growth_curve_at(c), &growth.figures[c], "a <note> & more");
        fclose(file);
        ck_assert_msg(answer_parse_xml((uint8_t *)text, bytes, &answer), "%s", text);
        ck_assert_ptr_null(strstr(text, "nan"));
        ck_assert_ptr_null(strstr(text, "inf"));
        free(text);
        file = open_memstream(&text, &bytes);
        growth_print(file, growth_curve_at(c), &growth.figures[c]);
        fclose(file);
        ck_assert_ptr_nonnull(strstr(text, _i == 1 ? "exponent" : "too few points"));
        ck_assert_ptr_null(strstr(text, "nan"));
        free(text);
    }
    FILE *file = open_memstream(&text, &bytes);
    growth_print_json(file, &growth);
    fclose(file);
    ck_assert(answer_parse_json((uint8_t *)text, bytes, &answer));
    ck_assert_ptr_null(strstr(text, "nan"));
    free(text);
}
END_TEST

START_TEST(every_curve_has_rising_sizes_of_which_some_are_for_the_patient)
{
    for (uint32_t c = 0; c < growth_curves_count(); c++) {
        const struct growth_curve *curve = growth_curve_at(c);
        uint32_t points = growth_curve_points(curve, true);
        ck_assert_uint_eq(growth_curve_find(curve->name), c);
        ck_assert_uint_ge(growth_curve_points(curve, false), 3);
        ck_assert_uint_le(growth_curve_points(curve, false), points);
        for (uint32_t i = 1; i < points; i++)
            ck_assert(curve->sizes[i] > curve->sizes[i - 1]);
        ck_assert_ptr_nonnull(curve->series[0]);
    }
    ck_assert_uint_eq(growth_curve_find("other"), growth_curves_count());
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, growth_is_judged_from_the_cheapest_point_on, 0, ARRAY_COUNT(shapes));
    tcase_add_test(tests, exponents_are_those_of_power_laws);
    tcase_add_test(tests, bytes_are_judged_by_what_they_cost_beyond_the_least);
    tcase_add_loop_test(tests, pictures_tables_and_json_hold_together, 0, 2);
    tcase_add_test(tests, every_curve_has_rising_sizes_of_which_some_are_for_the_patient);
}

int main(void)
{
    return testkit_run("growth", fill);
}

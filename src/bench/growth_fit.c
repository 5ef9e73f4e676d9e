#include "bench/growth_fit.h"

#include <math.h>

#include "base/check.h"

#include "base/banned.h"

static double slope(const double *x, const double *y, uint32_t count)
{
    double mean_x = 0, mean_y = 0, above = 0, below = 0;
    for (uint32_t i = 0; i < count; i++) {
        mean_x += x[i] / count;
        mean_y += y[i] / count;
    }
    for (uint32_t i = 0; i < count; i++) {
        above += (x[i] - mean_x) * (y[i] - mean_y);
        below += (x[i] - mean_x) * (x[i] - mean_x);
    }
    return below > 0 ? above / below : 0;
}

static double size_of(const struct growth_point *point)
{
    return fmax(point->n, 1);
}

double growth_fit_exponent(const struct growth_point *points, uint32_t count)
{
    double x[GROWTH_POINTS_MAX], y[GROWTH_POINTS_MAX];
    ASSERT(count <= GROWTH_POINTS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        ASSERT(points[i].cost > 0);
        x[i] = log(size_of(&points[i]));
        y[i] = log(points[i].cost);
    }
    return slope(x, y, count);
}

double growth_fit_log_exponent(const struct growth_point *points, uint32_t count)
{
    struct growth_point logs[GROWTH_POINTS_MAX];
    ASSERT(count <= GROWTH_POINTS_MAX);
    for (uint32_t i = 0; i < count; i++)
        logs[i] = (struct growth_point){points[i].n, log1p(size_of(&points[i]))};
    return growth_fit_exponent(logs, count);
}

struct growth_judgement growth_judge(const struct growth_point *points, uint32_t count)
{
    struct growth_judgement judgement = {.verdict = GROWTH_TOO_FEW};
    if (count < 2)
        return judgement;
    for (uint32_t i = 1; i < count; i++)
        if (points[i].cost < points[judgement.from].cost)
            judgement.from = i;
    const struct growth_point *from = &points[judgement.from], *last = &points[count - 1];
    judgement.exponent = growth_fit_exponent(from, count - judgement.from);
    judgement.log_exponent = growth_fit_log_exponent(from, count - judgement.from);
    judgement.ratio = last->cost / from->cost;
    judgement.log_ratio = log1p(size_of(last)) / log1p(size_of(from));
    if (judgement.exponent <= GROWTH_EXPONENT_FLAT)
        judgement.verdict = GROWTH_FLAT;
    else if (judgement.exponent <= judgement.log_exponent && judgement.ratio <= judgement.log_ratio)
        judgement.verdict = GROWTH_LOGARITHM;
    else
        judgement.verdict = GROWTH_FASTER;
    return judgement;
}

const char *growth_verdict_name(enum growth_verdict verdict)
{
    static const char *const names[] = {
        [GROWTH_FLAT] = "flat",
        [GROWTH_LOGARITHM] = "as log n at most",
        [GROWTH_FASTER] = "FASTER THAN LOG N",
        [GROWTH_TOO_FEW] = "too few points",
    };
    return names[verdict];
}

uint32_t growth_fit_marginal(const struct growth_point *points, uint32_t count, double least,
                             struct growth_point ret_points[GROWTH_POINTS_MAX])
{
    uint32_t kept = 0;
    ASSERT(count <= GROWTH_POINTS_MAX);
    for (uint32_t i = 1; i < count; i++) {
        double cost = points[i].cost - points[0].cost, n = points[i].n - points[0].n;
        if (n > 0 && cost * least >= points[0].cost)
            ret_points[kept++] = (struct growth_point){points[i].n, cost / n};
    }
    return kept;
}

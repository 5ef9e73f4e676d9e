/* How a cost grows with a size: exponents of power laws, against that of log n. Pure; any thread. */
#ifndef LEAT_BENCH_GROWTH_FIT_H
#define LEAT_BENCH_GROWTH_FIT_H

#include <stdbool.h>
#include <stdint.h>

#define GROWTH_POINTS_MAX 10u

/* Growth that measuring on a shared machine cannot tell from none. */
#define GROWTH_EXPONENT_FLAT 0.1

struct growth_point {
    double n;    /* the size, at least 0 */
    double cost; /* above 0 */
};

/* The exponent e of cost = c n^e with the least squares in the logarithms, sizes below 1 taken for 1. 0 where fewer than
 * two sizes differ. */
double growth_fit_exponent(const struct growth_point *points, uint32_t count);
/* The same for log(1 + n) at these sizes: what a cost proportional to log n would show there. */
double growth_fit_log_exponent(const struct growth_point *points, uint32_t count);

enum growth_verdict {
    GROWTH_FLAT,      /* exponent at most GROWTH_EXPONENT_FLAT */
    GROWTH_LOGARITHM, /* no faster than log n */
    GROWTH_FASTER,    /* faster */
    GROWTH_TOO_FEW,   /* one point says nothing */
};

struct growth_judgement {
    uint32_t from;       /* the cheapest point: growth counts from there */
    double exponent;     /* of the points from there on */
    double log_exponent; /* of log n at the same sizes */
    double ratio;        /* cost of the last point / of the cheapest */
    double log_ratio;    /* log(1 + n) of the last point / of the cheapest */
    enum growth_verdict verdict;
};

/* points: by rising n. What becomes cheaper at first (larger commits, say) and dearer later is judged by the later part:
 * a fall must not hide a rise. */
struct growth_judgement growth_judge(const struct growth_point *points, uint32_t count);
const char *growth_verdict_name(enum growth_verdict verdict);

/* For costs that are in proportion to a number of bytes: points become cost a byte beyond those of the first point, which
 * is left out, as is every point where bytes cost less than a share of 1/`least` of the first point's cost. Returns how
 * many. */
uint32_t growth_fit_marginal(const struct growth_point *points, uint32_t count, double least,
                             struct growth_point ret_points[GROWTH_POINTS_MAX]);

#endif

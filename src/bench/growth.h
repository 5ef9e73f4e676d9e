/* leat-bench growth: how the server's CPU time a request grows with depth, queues, groups, parked polls, size of messages
 * and connections. CPU time is steady where rates are not; see doc/benchmarks.md. */
#ifndef LEAT_BENCH_GROWTH_H
#define LEAT_BENCH_GROWTH_H

#include "bench/growth_fit.h"
#include "bench/rig.h"
#include "bench/suite_report.h"

#define GROWTH_SERIES_MAX 2u
#define GROWTH_CURVES_MAX 8u

struct growth;

/* One figure: CPU us a request over the rounds. */
struct growth_cell {
    bool is_there;
    struct suite_spread us;
};

struct growth_curve {
    const char *name;
    const char *about; /* what is done */
    const char *axis;  /* name of n, with its unit */
    const char *series[GROWTH_SERIES_MAX];
    double sizes[GROWTH_POINTS_MAX]; /* rising; ends with a negative one or the array */
    double default_max;              /* larger ones only by --full */
    bool is_by_byte; /* cost in proportion to n is right: what is judged is the cost of a byte */
    /* All series at one size, on a server that is new at the first size. False: said why. */
    bool (*measure)(struct growth *growth, double size, struct growth_cell *ret_cells);
};

struct growth_figures {
    uint32_t points;
    struct growth_cell cells[GROWTH_POINTS_MAX][GROWTH_SERIES_MAX];
};

struct growth {
    struct rig rig;
    uint32_t rounds;
    double seconds; /* of one run in a round */
    bool is_full;
    bool picks[GROWTH_CURVES_MAX];
    const char *out; /* directory of the pictures; NULL: none */
    const char *json_path;
    struct child server; /* of the curve under way */
    double made;         /* messages or queues that it has got so far */
    struct growth_figures figures[GROWTH_CURVES_MAX];
};

uint32_t growth_curves_count(void);
const struct growth_curve *growth_curve_at(uint32_t index);
/* The index of a name; growth_curves_count() when there is none. */
uint32_t growth_curve_find(const char *name);
/* Sizes to measure. */
uint32_t growth_curve_points(const struct growth_curve *curve, bool is_full);

/* The points of a series, for fits; those by byte as cost a byte. Returns how many. */
uint32_t growth_points(const struct growth_curve *curve, const struct growth_figures *figures,
                       uint32_t series, struct growth_point ret_points[GROWTH_POINTS_MAX]);
struct growth_judgement growth_judge_series(const struct growth_curve *curve,
                                            const struct growth_figures *figures, uint32_t series);

void growth_print(FILE *out, const struct growth_curve *curve,
                  const struct growth_figures *figures);
void growth_print_json(FILE *out, const struct growth *growth);
/* Both axes logarithmic, as SVG. note: how it was measured. */
void growth_plot(FILE *out, const struct growth_curve *curve, const struct growth_figures *figures,
                 const char *note);

int growth_main(int argc, char **argv);

#endif

/* The result of a run, for people, for machines, and as a picture. */
#ifndef LEAT_BENCH_REPORT_H
#define LEAT_BENCH_REPORT_H

#include <stdio.h>

#include "bench/run.h"

void report_print(FILE *out, const struct settings *settings, const struct run_result *result);
/* One JSON object and a line end. */
void report_print_json(FILE *out, const struct settings *settings, const struct run_result *result);

/* A curve of a picture. */
struct report_curve {
    const char *name;
    const struct histogram *histogram;
};
/* Latency by percentile, both axes logarithmic, as a plain SVG. title: any text. */
void report_plot(FILE *out, const char *title, const struct report_curve *curves,
                 uint32_t curves_count);
/* The curves that a run has: cycles, its steps, deliveries. */
#define REPORT_CURVES_MAX 5u
uint32_t report_curves(const struct settings *settings, const struct run_result *result,
                       struct report_curve ret_curves[REPORT_CURVES_MAX]);

#endif

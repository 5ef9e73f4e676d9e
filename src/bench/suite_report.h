/* What the suite has measured, and how it is shown. */
#ifndef LEAT_BENCH_SUITE_REPORT_H
#define LEAT_BENCH_SUITE_REPORT_H

#include "bench/cases.h"
#include "bench/report.h"

#define SUITE_ROUNDS_MAX 50u

/* Of one run. */
struct suite_figures {
    double rate;      /* in the unit of the case */
    double server_us; /* CPU time a request */
    double generator_busy;
    double p50_ms, p90_ms, p99_ms; /* of cycles, or of deliveries where the case is about them */
    bool is_clean;
};

struct suite_report {
    uint32_t rounds;
    bool is_durable; /* which targets count */
    bool is_pinned;
    double hiccups; /* share of time lost */
    double syncs;   /* F */
    double start_ms;
    uint64_t idle_bytes;
    double message_bytes;                                         /* memory for one more message */
    struct suite_figures figures[SUITE_ROUNDS_MAX][CASES_MAX][2]; /* null server, leatd */
};

void suite_report_take(struct suite_figures *figures, const struct cases_row *row,
                       const struct settings *settings, const struct run_result *result);
void suite_report_print(FILE *out, const struct suite_report *report, const bool *picks);
void suite_report_print_json(FILE *out, const struct suite_report *report, const bool *picks);
/* No run had errors, losses or damaged messages. */
bool suite_report_is_clean(const struct suite_report *report, const bool *picks);

/* Median, smallest and largest. */
struct suite_spread {
    double median, min, max;
};
/* values are sorted; count above 0. */
struct suite_spread suite_report_spread(double *values, uint32_t count);

#endif

/* Latencies in a fixed space: a log-linear histogram.
 *
 * Values below HISTOGRAM_EXACT are kept exactly; above, every doubling is cut into HISTOGRAM_EXACT / 2 equal parts. A
 * quantile is the upper edge of its part, so it is never below the true value and above it by at most 1 part in
 * HISTOGRAM_EXACT / 2 (0.8 %): two significant digits. Smallest and largest value are exact.
 *
 * Values are nanoseconds here; those of HISTOGRAM_VALUE_MAX (18 minutes) and more share one part, whose edge is the
 * largest value seen. Plain memory, no allocation. Thread: one writer. */
#ifndef LEAT_BENCH_HISTOGRAM_H
#define LEAT_BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BITS      8u
#define HISTOGRAM_EXACT     (1u << HISTOGRAM_BITS)
#define HISTOGRAM_VALUE_MAX (UINT64_C(1) << 40)
#define HISTOGRAM_PARTS     (HISTOGRAM_EXACT + (40u - HISTOGRAM_BITS) * (HISTOGRAM_EXACT / 2) + 1)

struct histogram {
    uint64_t counts[HISTOGRAM_PARTS];
    uint64_t count;
    uint64_t min; /* meaningless while count is 0 */
    uint64_t max;
    double sum;
};

void histogram_reset(struct histogram *histogram);
void histogram_add(struct histogram *histogram, uint64_t value);
/* Adds all of `from`. */
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The value that a share of `quantile` (0 to 1) of all values does not exceed; 0 of an empty histogram. */
uint64_t histogram_quantile(const struct histogram *histogram, double quantile);
double histogram_mean(const struct histogram *histogram);

#endif

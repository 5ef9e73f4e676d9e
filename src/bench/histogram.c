#include "bench/histogram.h"

#include <math.h>

#include "base/check.h"

#include "base/banned.h"

#define HALF (HISTOGRAM_EXACT / 2)

/* Above the exact part: the position of the highest bit picks the doubling, the bits behind it the part. */
static uint32_t find_part(uint64_t value)
{
    if (value < HISTOGRAM_EXACT)
        return (uint32_t)value;
    if (value >= HISTOGRAM_VALUE_MAX)
        return HISTOGRAM_PARTS - 1;
    uint32_t shift = 64u - HISTOGRAM_BITS - (uint32_t)__builtin_clzll(value);
    return HISTOGRAM_EXACT + (shift - 1) * HALF + (uint32_t)((value >> shift) - HALF);
}

/* The largest value of a part. */
static uint64_t find_edge(uint32_t part)
{
    if (part < HISTOGRAM_EXACT)
        return part;
    uint32_t shift = (part - HISTOGRAM_EXACT) / HALF + 1;
    uint64_t head = (part - HISTOGRAM_EXACT) % HALF + HALF;
    return ((head + 1) << shift) - 1;
}

void histogram_reset(struct histogram *histogram)
{
    memset(histogram, 0, sizeof(*histogram));
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->counts[find_part(value)]++;
    if (histogram->count == 0 || value < histogram->min)
        histogram->min = value;
    if (value > histogram->max)
        histogram->max = value;
    histogram->count++;
    histogram->sum += (double)value;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    if (from->count == 0)
        return;
    for (uint32_t i = 0; i < HISTOGRAM_PARTS; i++)
        into->counts[i] += from->counts[i];
    if (into->count == 0 || from->min < into->min)
        into->min = from->min;
    if (from->max > into->max)
        into->max = from->max;
    into->count += from->count;
    into->sum += from->sum;
}

uint64_t histogram_quantile(const struct histogram *histogram, double quantile)
{
    ASSERT(quantile >= 0 && quantile <= 1);
    uint64_t seen = 0;
    /* The product of an exact share may come out a trace above its whole number. */
    double wanted = ceil(quantile * (double)histogram->count - 1e-6);
    if (histogram->count == 0)
        return 0;
    if (wanted < 1)
        return histogram->min;
    for (uint32_t i = 0; i < HISTOGRAM_PARTS - 1; i++) {
        seen += histogram->counts[i];
        if ((double)seen >= wanted)
            return find_edge(i) < histogram->max ? find_edge(i) : histogram->max;
    }
    return histogram->max;
}

double histogram_mean(const struct histogram *histogram)
{
    return histogram->count > 0 ? histogram->sum / (double)histogram->count : 0;
}

/* The clock of measurements: nanoseconds of CLOCK_MONOTONIC. */
#ifndef LEAT_BENCH_TICKS_H
#define LEAT_BENCH_TICKS_H

#include <stdint.h>
#include <time.h>

#define TICKS_S  UINT64_C(1000000000)
#define TICKS_MS UINT64_C(1000000)
#define TICKS_US UINT64_C(1000)

static inline uint64_t ticks_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * TICKS_S + (uint64_t)now.tv_nsec;
}

#endif

/* When requests are due in an open loop: at a fixed rate, whatever the server does.
 *
 * Times do not depend on when they are asked for: a request that starts late was due all the same, and its latency counts
 * from then (no coordinated omission). Pure; the same seed gives the same times. */
#ifndef LEAT_BENCH_SCHEDULE_H
#define LEAT_BENCH_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

struct schedule {
    double gap_ns; /* between two, on average */
    bool is_poisson;
    uint64_t random;
    uint64_t start_ns;
    double offset_ns; /* of the next one from the start */
};

/* rate: requests a second, above 0. Constant arrivals come at start_ns + phase gaps, then a gap apart; phase (0 to 1)
 * keeps several schedules from firing together. Poisson: independent arrivals, the first a random gap after start_ns. */
void schedule_init(struct schedule *schedule, double rate, bool is_poisson, double phase,
                   uint64_t start_ns, uint64_t seed);

static inline uint64_t schedule_next_ns(const struct schedule *schedule)
{
    return schedule->start_ns + (uint64_t)schedule->offset_ns;
}

/* On to the one behind it. */
void schedule_advance(struct schedule *schedule);

#endif

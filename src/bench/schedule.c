#include "bench/schedule.h"

#include <math.h>

#include "base/check.h"
#include "base/random.h"
#include "bench/ticks.h"

#include "base/banned.h"

/* An exponentially distributed share of the mean gap; at most 36.7. */
static double draw_gap(uint64_t *random)
{
    double unit = ((double)(random_next(random) >> 11) + 1) * 0x1p-53; /* (0, 1] */
    return -log(unit);
}

void schedule_init(struct schedule *schedule, double rate, bool is_poisson, double phase,
                   uint64_t start_ns, uint64_t seed)
{
    ASSERT(rate > 0);
    ASSERT(phase >= 0 && phase <= 1);
    *schedule = (struct schedule){
        .gap_ns = (double)TICKS_S / rate,
        .is_poisson = is_poisson,
        .random = seed,
        .start_ns = start_ns,
    };
    schedule->offset_ns = schedule->gap_ns * (is_poisson ? draw_gap(&schedule->random) : phase);
}

void schedule_advance(struct schedule *schedule)
{
    schedule->offset_ns +=
        schedule->gap_ns * (schedule->is_poisson ? draw_gap(&schedule->random) : 1);
}

/* What the bare engine takes for a step, by the program engine-bench: the generator knows nothing of the engine. */
#ifndef LEAT_BENCH_ENGINE_STEPS_H
#define LEAT_BENCH_ENGINE_STEPS_H

#include <stdint.h>

#include "base/check.h"
#include "base/err.h"

/* Medians of single steps on a standard queue of that depth, the reading of the clock included. */
struct engine_steps {
    double depth;
    double send_ns, receive_ns, delete_ns;
};

/* The line of the output, one JSON object each, with the depth closest to `depth`. ERR_INVALID: there is none. */
MUST_CHECK enum err engine_steps_parse(const char *text, double depth,
                                       struct engine_steps *ret_steps);
/* Runs the program, on processor cpu (below 0: any), and waits for it. ERR_IO: it cannot be run, or failed. */
MUST_CHECK enum err engine_steps_run(const char *path, int cpu, double depth,
                                     struct engine_steps *ret_steps);

#endif

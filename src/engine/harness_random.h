/* Random histories over standard and FIFO queues with redrive, tasks, purges, waiters, refused moves. On top of harness.h:
 * one history a time, what it decides depends on its seed alone, and every fact of it is checked against the earlier ones. */
#ifndef LEAT_ENGINE_HARNESS_RANDOM_H
#define LEAT_ENGINE_HARNESS_RANDOM_H

#include <stdint.h>

#include "base/check.h"

#define HARNESS_RANDOM_QUEUES \
    5u /* 1 standard, 2 its dead letters, 3 FIFO, 4 its dead letters, 5 delayed FIFO */

/* harness_start, and the queues. End it with harness_stop. */
void harness_random_start(uint64_t seed);
void harness_random_step(void);
/* After a step of one's own on the queue: takes in what it said. Offers are answered at once, as the contract asks. */
void harness_random_take_in(uint64_t queue);
/* The engine was started anew: moves under way are lost. */
void harness_random_restart(void);
/* Everything that is left is receivable in time, and goes; asserts that nothing is left. */
void harness_random_drain(void);
uint32_t harness_random_below(uint32_t bound);

#endif

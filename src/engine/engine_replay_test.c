/* Random histories: the facts, replayed into a fresh engine, give the same state, at any moment of the history, and
 * nothing is stuck or lost. LEAT_TEST_SEEDS runs more histories than the few of every test run. */
#include <stdlib.h>

#include "engine/harness.h"
#include "engine/harness_random.h"

#include "base/banned.h"

#define STEPS 3000u

START_TEST(any_history_replays_and_drains)
{
    harness_random_start(1000 + (uint64_t)_i);
    for (uint64_t i = 0; i < STEPS; i++) {
        harness_checks = i % 16 == 0;
        harness_random_step();
        if (i % 100 == 99) {
            harness_check_replay();
            harness_random_take_in(0);
        }
    }
    harness_checks = false;
    harness_check_replay();
    harness_random_take_in(0);
    harness_random_drain();
    harness_check_replay();
    harness_stop();
}
END_TEST

static void fill(TCase *tests)
{
    const char *seeds = getenv("LEAT_TEST_SEEDS");
    tcase_add_loop_test(tests, any_history_replays_and_drains, 0,
                        seeds != NULL ? (int)strtol(seeds, NULL, 10) : 8);
}

int main(void)
{
    return testkit_run("engine_replay", fill);
}

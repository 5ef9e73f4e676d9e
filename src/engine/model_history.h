/* What an engine under test has said so far: the facts of all its steps and the queues it was told
 * of, so that a test can build the same state again from nothing. Test code only. */
#ifndef LEAT_ENGINE_MODEL_HISTORY_H
#define LEAT_ENGINE_MODEL_HISTORY_H

#include "engine/engine.h"

#define MODEL_QUEUES_MAX     256u
#define MODEL_CONFIG_VERSION 2u /* the first one that a test may use: 1 is the replay's own */

struct model_known_queue {
    struct engine_queue id;
    struct engine_config config; /* the one in force, also of a queue that was dropped */
    bool is_dropped;
};

struct model_history {
    struct engine_fact *facts;
    size_t facts_count, facts_capacity;
    struct model_known_queue queues[MODEL_QUEUES_MAX];
    size_t queues_count;
    uint64_t sequence_max; /* highest sequence number seen in a fact */
};

void model_history_init(struct model_history *history);
void model_history_done(struct model_history *history);

/* Keeps the facts of one step. */
void model_history_keep(struct model_history *history, const struct engine_effects *effects);
/* Remembers a CONFIGURE or DROP that was answered with ENGINE_DONE. */
void model_history_configure(struct model_history *history, struct engine_queue queue,
                             const struct engine_config *config);
void model_history_drop(struct model_history *history, struct engine_queue queue);

/* A new engine with the state that the facts describe, configured as now, not ticked yet. The
 * caller owns it. */
struct engine *model_history_replay(const struct model_history *history, struct clock_now now,
                                    struct engine_effects *scratch);

#endif

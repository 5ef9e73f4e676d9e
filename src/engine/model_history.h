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

/* The log has put a body elsewhere; after so many facts. */
struct model_relocation {
    size_t facts_before;
    struct engine_queue queue;
    uint64_t sequence;
    struct engine_body from, to;
};

/* The state as the engine dumped it in slices, while it went on. */
struct model_dump {
    struct engine_fact *facts;
    size_t count, capacity;
    size_t since; /* facts of the history before it began */
    struct engine_dump_cursor cursor;
    bool is_running, is_complete;
};

struct model_history {
    struct engine_fact *facts;
    size_t facts_count, facts_capacity;
    struct model_known_queue queues[MODEL_QUEUES_MAX];
    size_t queues_count;
    struct model_relocation *relocations;
    size_t relocations_count, relocations_capacity;
    struct model_dump dump;
    uint64_t sequence_max; /* highest sequence number seen in a fact */
};

/* The ways to the same state. */
struct model_replay {
    bool from_dump;        /* when one is complete; otherwise all facts */
    bool configures_first; /* or only after the facts */
};

void model_history_init(struct model_history *history);
void model_history_done(struct model_history *history);

/* Keeps the facts of one step. */
void model_history_keep(struct model_history *history, const struct engine_effects *effects);
/* Remembers a CONFIGURE or DROP that was answered with ENGINE_DONE. */
void model_history_configure(struct model_history *history, struct engine_queue queue,
                             const struct engine_config *config);
void model_history_drop(struct model_history *history, struct engine_queue queue);
void model_history_relocate(struct model_history *history, struct engine_queue queue,
                            uint64_t sequence, struct engine_body from, struct engine_body to);

/* Begins a dump, or takes its next slice of at most `capacity` facts. */
void model_history_dump(struct model_history *history, struct engine *engine, uint32_t capacity);
/* The engine is another one now: what is not complete never will be. */
void model_history_dump_ends(struct model_history *history);

/* A new engine with the state that the facts describe, configured as now, not ticked yet. The caller owns it. */
struct engine *model_history_replay(const struct model_history *history, struct model_replay how,
                                    struct clock_now now, struct engine_effects *scratch);

#endif

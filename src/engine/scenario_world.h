/* The world of a scenario: one engine, a clock that stands still, names for everything, and what a
 * server does around an engine: performs moves (or holds them), answers offers, ticks. What happens
 * is said in lines of text. */
#ifndef LEAT_ENGINE_SCENARIO_WORLD_H
#define LEAT_ENGINE_SCENARIO_WORLD_H

#include "base/buffer.h"
#include "engine/model_history.h"

#define SCENARIO_BODIES_MAX  4096u
#define SCENARIO_HANDLES_MAX 4096u
#define SCENARIO_QUEUES_MAX  64u
#define SCENARIO_WAITERS_MAX 256u
#define SCENARIO_TASKS_MAX   32u
#define SCENARIO_PENDING_MAX 1024u

struct scenario_queue {
    struct slice name;
    struct engine_queue id; /* 0: dropped */
    struct engine_config config;
};

/* A body is what the scenario calls a message; a moved one has a new body of the same name. */
struct scenario_body {
    struct slice name;
    struct engine_queue queue;
    uint64_t sequence;
    uint8_t message_id[16];
    bool is_owned;
};

struct scenario_handle {
    struct slice name; /* of the message */
    struct engine_queue queue;
    uint64_t sequence;
    uint32_t generation;
    struct mono_ms received_at;
};

struct scenario_waiter {
    struct slice name;
    struct engine_event receive; /* as first asked */
    struct engine_waiter waiter; /* 0: waits no more */
    bool is_gone;
};

struct scenario_task {
    struct slice name;
    struct engine_queue queue;
    uint64_t id;
};

struct scenario_move {
    struct engine_move move;
    struct slice name;
    uint8_t message_id[16];
};

struct scenario_world {
    struct arena arena; /* names and output */
    struct buffer out;  /* what was said since scenario_world_listen */
    struct engine *engine;
    struct engine_effects *effects;
    struct model_history history;
    struct clock_now now;
    bool is_advancing; /* lines begin with the time since */
    int64_t advancing_since;

    struct scenario_queue queues[SCENARIO_QUEUES_MAX];
    uint32_t queues_count;
    struct scenario_body bodies[SCENARIO_BODIES_MAX];
    uint32_t bodies_count; /* 0 is never a body */
    struct scenario_handle handles[SCENARIO_HANDLES_MAX];
    uint32_t handles_count;
    struct scenario_waiter waiters[SCENARIO_WAITERS_MAX];
    uint32_t waiters_count;
    struct scenario_task tasks[SCENARIO_TASKS_MAX];
    uint32_t tasks_count;
    struct scenario_move moves[SCENARIO_PENDING_MAX];
    uint32_t moves_count;
    bool is_holding; /* moves stay on the way */
    struct scenario_move held[SCENARIO_PENDING_MAX];
    uint32_t held_count;
    struct engine_wake wakes[SCENARIO_PENDING_MAX];
    uint32_t wakes_count;
    bool is_holding_offers; /* offers stay on the way to their waiters */
    struct engine_wake held_offers[SCENARIO_PENDING_MAX];
    uint32_t held_offers_count;
    uint64_t queue_next, token_next, task_next;
};

enum scenario_release { SCENARIO_ARRIVES, SCENARIO_ARRIVES_TWICE, SCENARIO_HALF, SCENARIO_FAILS };

struct scenario_world *scenario_world_create(void);
void scenario_world_destroy(struct scenario_world *world);

/* Forgets what was said. */
void scenario_world_listen(struct scenario_world *world);
void scenario_say(struct scenario_world *world, const char *format, ...) PRINTF_LIKE(2, 3);
/* A part of a line; scenario_say ends the line. */
void scenario_begin(struct scenario_world *world);
void scenario_add(struct scenario_world *world, const char *format, ...) PRINTF_LIKE(2, 3);

struct scenario_queue *scenario_queue_find(struct scenario_world *world, struct slice name);
struct slice scenario_queue_name(struct scenario_world *world, struct engine_queue queue);
/* The message's name; "?" when there is none such. */
struct slice scenario_message_name(struct scenario_world *world, struct engine_queue queue,
                                   uint64_t sequence);
struct engine_body scenario_body_add(struct scenario_world *world, struct slice name,
                                     struct engine_queue queue, const uint8_t message_id[16]);
struct engine_key scenario_key(const char *kind, struct slice name);
struct slice scenario_copy(struct scenario_world *world, struct slice name);
const char *scenario_result_name(enum engine_result result);

/* Runs one event: facts, bodies, wakes and news are taken care of. The caller reads world->effects,
 * pushes its moves by scenario_take_moves, and settles. */
void scenario_step(struct scenario_world *world, struct engine_event *event);
void scenario_take_moves(struct scenario_world *world);
/* Everything that is to do at this time. */
void scenario_settle(struct scenario_world *world);
void scenario_advance(struct scenario_world *world, int64_t ms);
/* Ends every held move in one way. */
void scenario_release(struct scenario_world *world, enum scenario_release how);
/* The offers that are held reach their waiters, in the order in which they were made. */
void scenario_release_offers(struct scenario_world *world);
/* One receive with its `again`; says what came. `waiter` is NULL for a short poll. */
void scenario_receive(struct scenario_world *world, struct engine_event *event,
                      struct scenario_waiter *waiter);
/* Builds the same state again from the facts; says so when it differs. Goes on with it when `stay`.
 */
void scenario_replay(struct scenario_world *world, bool stay);

#endif

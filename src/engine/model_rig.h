/* The rig of the random test: one engine and one naive model that get the same commands, and what
 * stands around an engine in the server: it performs moves, answers offers, ticks, and remembers
 * facts, bodies and receipt handles. Every answer is compared; the first difference ends the
 * process with the last commands and both answers. */
#ifndef LEAT_ENGINE_MODEL_RIG_H
#define LEAT_ENGINE_MODEL_RIG_H

#include "engine/model_history.h"
#include "engine/model_naive.h"

#define RIG_TRACE_LINES 40u
#define RIG_TRACE_BYTES 400u
#define RIG_PENDING_MAX 4096u
#define RIG_HANDLES_MAX 64u
#define RIG_BODIES_MAX  (1u << 20)
#define RIG_DROPPED_MAX MODEL_QUEUES_MAX
#define RIG_SLOTS_MAX   8u

/* Drawn once a seed: how this run behaves. Chances are in percent. */
struct rig_options {
    uint64_t seed;
    uint32_t steps;
    uint32_t queues;
    uint32_t fifo_percent;
    uint32_t groups;      /* how many group names */
    uint32_t dedups;      /* how many deduplication names */
    int64_t unit_ms;      /* all times are small multiples of it, so that deadlines collide */
    uint32_t backlog_max; /* no more sends above this */
    uint32_t inflight_max;
    uint32_t hold_percent;      /* of the moves: stay on the way for a while */
    uint32_t fail_percent;      /* of the held moves: the target refuses */
    uint32_t repeat_percent;    /* of the arrivals: come twice */
    uint32_t wait_percent;      /* of the receives: long polls */
    uint32_t vanish_percent;    /* of the offers: the client has gone */
    uint32_t group_percent;     /* of the sends to standard queues: with a group */
    uint32_t big_batch_percent; /* of the sends: forty at once */
    uint32_t retry_percent;     /* of the sends: may be known from an earlier call */
    uint32_t dump_percent;      /* of the commands: also a slice of a dump */
    uint32_t confirm_percent;   /* of the moves that arrived: the target is told */
    uint32_t slow_percent;      /* of the receives: their messages stay in flight for long */
    uint32_t late_percent;      /* of the advances: ticks come late, or after the next command */
    uint32_t short_retention_percent; /* of the configurations */
    uint32_t replay_every;
};

struct rig_move {
    struct engine_move move;
    uint8_t message_id[16];
    bool is_performed; /* the target has it, the source does not know yet */
};

struct rig_handle {
    struct engine_queue queue;
    uint64_t sequence;
    uint32_t generation;
    int64_t received_at;
};

/* A queue name: deleted and created again it names another queue. */
struct rig_slot {
    bool is_fifo;
    struct engine_queue queue; /* 0: does not exist now */
    struct engine_config config;
    uint32_t dead_letter; /* index of the slot, RIG_SLOTS_MAX: none */
};

struct rig {
    struct rig_options options;
    uint64_t random;
    struct rig_slot slots[RIG_SLOTS_MAX];
    uint32_t slots_count;
    struct engine *engine;
    struct naive *naive;
    struct model_history history;
    struct clock_now now;
    struct engine_effects *effects; /* of the newest step */
    uint32_t step;
    enum engine_event_kind kind; /* of the newest step */
    int64_t stepped_at;
    uint64_t resuming; /* the waiter that looks for its message right now */

    struct rig_move moves[RIG_PENDING_MAX]; /* asked for, to be performed now */
    uint32_t moves_count;
    struct rig_move held[RIG_PENDING_MAX]; /* on the way */
    uint32_t held_count;
    struct engine_wake wakes[RIG_PENDING_MAX];
    uint32_t wakes_count;
    bool holds_wakes; /* they stay on their way while more commands come */

    struct rig_handle handles[RIG_HANDLES_MAX];
    uint32_t handles_next;
    struct engine_queue dropped[RIG_DROPPED_MAX];
    uint32_t dropped_count;

    uint8_t *body_is_owned; /* by body number */
    uint32_t body_next;
    uint64_t bodies_owned;
    uint64_t message_next, token_next, task_next, queue_next, waiter_max;

    char trace[RIG_TRACE_LINES][RIG_TRACE_BYTES];
    uint64_t trace_count;
};

/* ---- model_rig.c: life, steps, time ---- */
void rig_init(struct rig *rig, const struct rig_options *options);
void rig_done(struct rig *rig);
/* Runs the event in the engine and does what every step needs. The caller compares rig->effects and
 * changes the model, then calls rig_settle. */
void rig_step(struct rig *rig, struct engine_event *event);
/* The sequence number in the fact that this step sent something to the queue; there must be one. */
uint64_t rig_sent_sequence(struct rig *rig, struct engine_queue queue);
/* Moves and news of tasks in rig->effects, after the model knows what the step was about. The moves are taken out:
 * what is left in a receive's effects are its dead letters. */
void rig_take_task_effects(struct rig *rig);
/* Performs moves, answers offers and ticks until nothing is left to do at this time, then compares
 * everything. */
void rig_settle(struct rig *rig);
void rig_advance(struct rig *rig, int64_t ms);
/* Takes a slice of a dump, or begins one. */
void rig_dump(struct rig *rig);
/* Builds a second engine from the facts, or from a dump and the facts since; compares it, and goes on with it when
 * `stay`. */
void rig_replay(struct rig *rig, bool stay);
uint64_t rig_draw(struct rig *rig, uint64_t below);
bool rig_chance(struct rig *rig, uint32_t percent);

/* ---- model_rig_move.c: moves between queues ---- */
void rig_push_move(struct rig *rig, const struct engine_move *move);
void rig_next_move(struct rig *rig);
/* One of the held moves ends: arrives, or fails. */
void rig_release_held(struct rig *rig, uint32_t index, bool arrives);
/* The target gets it, but the source is not told yet. */
void rig_half_release_held(struct rig *rig, uint32_t index);
/* How many moves are on the way whose message has not been purged meanwhile. */
uint32_t rig_count_held(struct rig *rig);
void rig_expect_moves_again(struct rig *rig, const struct engine_move *moves, uint32_t count);

/* ---- model_rig_receive.c: receives and offers ---- */
void rig_receive(struct rig *rig, struct engine_queue queue, const struct naive_receive *receive,
                 int64_t wait_ms);
void rig_note_offer(struct rig *rig, const struct engine_wake *wake);
void rig_next_wake(struct rig *rig);
void rig_retract(struct rig *rig, struct naive_queue *queue, uint32_t waiter_index);

/* ---- model_rig_command.c: the other commands, compared ---- */
void rig_configure(struct rig *rig, struct engine_queue queue, const struct engine_config *config);
void rig_drop(struct rig *rig, struct naive_queue *queue);
struct rig_send {
    bool has_group, has_dedup, has_former, has_retry;
    struct engine_key group, dedup, former, retry;
    int64_t delay_ms;
};
void rig_send(struct rig *rig, struct engine_queue queue, const struct rig_send *send);
void rig_delete(struct rig *rig, const struct rig_handle *handle);
void rig_change(struct rig *rig, const struct rig_handle *handle, int64_t visibility_ms);
void rig_purge(struct rig *rig, struct engine_queue queue);
/* The body of one of its messages lies elsewhere from now on. */
void rig_relocate(struct rig *rig, struct naive_queue *queue);
void rig_task_start(struct rig *rig, struct naive_queue *queue, struct engine_queue destination,
                    uint32_t per_second);
void rig_task_cancel(struct rig *rig, struct naive_queue *queue);

/* ---- model_rig_check.c: comparisons of the whole state ---- */
void rig_check_all(struct rig *rig);
void rig_check_peek(struct rig *rig, struct engine *engine, struct naive_queue *queue);

/* ---- model_trace.c ---- */
/* One line of the story, kept for the case of a difference. */
void rig_note(struct rig *rig, const char *format, ...) PRINTF_LIKE(2, 3);
void rig_note_more(struct rig *rig, const char *format, ...) PRINTF_LIKE(2, 3);
void rig_print_trace(const struct rig *rig);
NORETURN void rig_fail(struct rig *rig, const char *format, ...) PRINTF_LIKE(2, 3);
const char *rig_result_name(enum engine_result result);
#define RIG_CHECK(rig, fact, ...)         \
    do {                                  \
        if (!(fact))                      \
            rig_fail((rig), __VA_ARGS__); \
    } while (0)

/* ---- model_draw.c: chance ---- */
void rig_draw_options(uint64_t seed, uint32_t steps, struct rig_options *ret_options);
void rig_draw_world(struct rig *rig);
void rig_draw_command(struct rig *rig);

#endif

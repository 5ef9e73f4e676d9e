/* A naive model of queues: plain arrays and linear scans, written from the behaviour reference
 * (sections E and C20) only. The random test compares the engine with it after every step. What an
 * engine may choose freely (sequence numbers, generations, waiter names) the model is told.
 *
 * Whether a message is visible, in flight or delayed is computed from its deadlines and the time,
 * never stored. */
#ifndef LEAT_ENGINE_MODEL_NAIVE_H
#define LEAT_ENGINE_MODEL_NAIVE_H

#include "engine/engine.h"

#define NAIVE_QUEUES_MAX   12u
#define NAIVE_MESSAGES_MAX 2048u
#define NAIVE_GROUPS_MAX   64u
#define NAIVE_DEDUPS_MAX   4096u
#define NAIVE_ATTEMPTS_MAX 256u
#define NAIVE_WAITERS_MAX  64u

#define NAIVE_NOISY_INFLIGHT  30u /* E15: at least so many, and more than a tenth of the queue's */
#define NAIVE_NOISY_WORKED_MS 60000 /* less of the consumers' time is never noisy */
#define NAIVE_NOISY_SENT_MS   (5 * 60 * 1000)

struct naive_message {
    uint64_t sequence;
    uint64_t body;
    uint32_t body_bytes;
    uint8_t message_id[16];
    bool has_group;
    struct engine_key group;
    int64_t enqueued_at;
    int64_t delayed_until; /* standard sends: fixed at the send. FIFO: see naive_is_delayed */
    bool is_arrival;       /* one that no delay holds up */
    bool is_delay_over;    /* FIFO: see naive_note_delays */
    bool
        is_refused; /* its dead-letter queue did not take it: stays until the queue is configured anew (E14) */
    int64_t hidden_until;
    int64_t received_at;    /* of the newest generation */
    int64_t first_received; /* wall, 0: never */
    uint32_t receive_count; /* what the consumer sees: kept by a move to the dead-letter queue */
    uint32_t received_here; /* what the redrive limit counts: receives of this queue */
    uint32_t generation;
    uint32_t changes; /* ChangeMessageVisibility calls: make an attempt void */
    bool is_moving;
    enum engine_move_kind move_kind;
    uint64_t move_target;
    uint64_t move_task; /* 0: no task moves it */
    uint64_t origin;
};

struct naive_group {
    struct engine_key key;
    bool is_available; /* FIFO: its oldest message is visible */
    /* FIFO: when it became available, as far as it is known: at the earliest and at the latest. Groups of which none
     * was surely before the other come in any order. */
    uint64_t place_low, place_high;
    int64_t sent_at;
    /* E15 leaves room; between these two an engine is free. */
    bool may_be_noisy; /* was over a threshold since it had its first message */
    bool is_noisy;     /* must be served after the quiet ones now */
    int64_t worked_ms; /* sum of the time that its messages were in flight */
};

struct naive_dedup {
    struct engine_key key;
    int64_t at;
    uint8_t message_id[16];
    uint64_t sequence;
};

struct naive_attempt {
    struct engine_key key;
    int64_t at;
    uint32_t count;
    struct {
        uint64_t sequence;
        uint32_t generation;
        uint32_t changes;
    } messages[ENGINE_RECEIVE_MAX];
};

struct naive_receive {
    uint32_t count_max;
    int64_t visibility_ms;
    bool has_attempt;
    struct engine_key attempt;
};

struct naive_waiter {
    uint64_t waiter;
    uint64_t token;
    int64_t deadline;
    bool is_offered; /* the engine said that a message may be there, and was not answered yet */
    struct naive_receive receive;
};

struct naive_task {
    bool is_active;
    bool is_cancelled; /* told to end, not heard of its end yet */
    bool has_failed;   /* a move failed, or an origin is unknown; not heard of its end yet */
    uint64_t name;
    uint64_t destination;
    uint32_t per_second;
    uint64_t sequence_last; /* only messages that were there at the start move */
    int64_t started_at;
    int64_t paused_until; /* a target had no room */
    uint64_t moved;       /* reported as arrived */
    uint64_t asked;       /* moves that the engine asked for since the start */
};

struct naive_totals {
    uint64_t sent, received, empty_receives, deleted, duplicates, dead_lettered, expired;
};

struct naive_queue {
    struct engine_queue id;
    bool exists;
    struct engine_config config;
    struct naive_message messages[NAIVE_MESSAGES_MAX]; /* in sequence order */
    uint32_t messages_count;
    struct naive_group groups[NAIVE_GROUPS_MAX]; /* with at least one message */
    uint32_t groups_count;
    struct naive_dedup dedups[NAIVE_DEDUPS_MAX];
    uint32_t dedups_count;
    struct naive_dedup retries[NAIVE_DEDUPS_MAX]; /* D11: repeated calls */
    uint32_t retries_count;
    struct naive_attempt attempts[NAIVE_ATTEMPTS_MAX];
    uint32_t attempts_count;
    struct naive_waiter waiters[NAIVE_WAITERS_MAX]; /* longest waiting first */
    uint32_t waiters_count;
    struct naive_task task;
    uint64_t place_next; /* for groups; the driver raises it with every command */
    uint64_t sequence_last;
    bool was_purged;
    int64_t purged_at;
    struct naive_totals totals;
};

struct naive {
    struct naive_queue queues[NAIVE_QUEUES_MAX];
    uint32_t queues_count;
    int64_t now;
};

enum naive_pick_kind { NAIVE_DELIVER, NAIVE_DELIVER_AGAIN, NAIVE_MOVE };

struct naive_pick {
    enum naive_pick_kind kind;
    uint64_t sequence;
};

/* What a receive must do, in this order. */
struct naive_plan {
    enum engine_result
        result; /* DONE, OVER_LIMIT, NO_QUEUE; a parked one is DONE without deliveries here */
    struct naive_pick picks[ENGINE_RECEIVE_MAX + ENGINE_MOVES_MAX];
    uint32_t picks_count;
    uint32_t deliveries;
    uint32_t moves;
    bool is_cut; /* a dead message was met when no more moves fit */
};

struct naive_counts {
    uint64_t visible, inflight, delayed, moving, bytes, groups, groups_inflight;
    int64_t oldest_enqueued;
};

void naive_init(struct naive *naive);
/* NULL when no queue of that id exists. */
struct naive_queue *naive_find(struct naive *naive, struct engine_queue queue);
struct naive_queue *naive_create(struct naive *naive, struct engine_queue queue);
void naive_drop(struct naive_queue *queue);

struct naive_message *naive_message(struct naive_queue *queue, uint64_t sequence);
struct naive_group *naive_group(struct naive_queue *queue, const struct engine_key *key);
bool naive_key_equal(const struct engine_key *a, const struct engine_key *b);

/* ---- what a message is at a time ---- */
bool naive_is_delayed(const struct naive_queue *queue, const struct naive_message *message,
                      int64_t now);
/* FIFO: what is not delayed now will not be delayed by a later change of the queue's delay. */
void naive_note_delays(struct naive_queue *queue, int64_t now);
bool naive_is_inflight(const struct naive_message *message, int64_t now);
bool naive_is_visible(const struct naive_queue *queue, const struct naive_message *message,
                      int64_t now);
/* E9 for FIFO; visible is enough on a standard queue. */
bool naive_is_receivable(const struct naive_queue *queue, const struct naive_message *message,
                         int64_t now);
/* A receive would move it to the dead-letter queue (E14). */
bool naive_is_dead(const struct naive_queue *queue, const struct naive_message *message);
/* Receivable messages, 0 at the in-flight limit: what a parked waiter could get. */
uint32_t naive_receivable(const struct naive_queue *queue, int64_t now);
bool naive_is_at_limit(const struct naive_queue *queue, int64_t now);
void naive_count(const struct naive_queue *queue, int64_t now, struct naive_counts *ret_counts);
/* When the passing of time next changes something that can be seen; INT64_MAX when never. Always
 * above `now`, but for messages whose retention is over already. */
int64_t naive_next(const struct naive_queue *queue, int64_t now);

/* Messages on their way by a task. */
uint32_t naive_task_moving(const struct naive_queue *queue);

/* ---- commands ---- */

/* The first send of that key within the interval, or NULL (E10). */
const struct naive_dedup *naive_duplicate(const struct naive_queue *queue,
                                          const struct engine_key *key, int64_t now);
/* The first send of that call within a minute, or NULL (D11). */
const struct naive_dedup *naive_retried(const struct naive_queue *queue,
                                        const struct engine_key *key, int64_t now);
void naive_remember_retry(struct naive_queue *queue, const struct naive_message *message,
                          const struct engine_key *key, int64_t now);
/* Adds a message; `message` is complete but for what the model computes (group, dedup memory). */
void naive_add(struct naive_queue *queue, const struct naive_message *message, bool has_dedup,
               const struct engine_key *dedup, int64_t now);
void naive_remove(struct naive_queue *queue, uint64_t sequence);

enum engine_result naive_delete(struct naive_queue *queue, uint64_t sequence, uint32_t generation,
                                int64_t now);
enum engine_result naive_change(struct naive_queue *queue, uint64_t sequence, uint32_t generation,
                                int64_t received_at, int64_t visibility_ms, int64_t now);
enum engine_result naive_purge(struct naive_queue *queue, int64_t now);
/* Its move is to be tried again, then. */
void naive_hide(struct naive_message *message, int64_t now, int64_t ms);
/* Messages whose retention is over leave; `on_gone` hears of each. */
void naive_expire(struct naive_queue *queue, int64_t now,
                  void (*on_gone)(void *context, const struct naive_message *message),
                  void *context);

/* ---- receiving: plan, compare, commit ---- */

/* `hint`: what the engine did; decides between FIFO groups of one place only. */
void naive_plan(struct naive_queue *queue, const struct naive_receive *receive, bool is_short_poll,
                int64_t now, const struct engine_effects *hint, struct naive_plan *ret_plan);
/* One pick happened; `generation` as the engine gave it (deliveries). */
void naive_commit(struct naive_queue *queue, const struct naive_receive *receive,
                  const struct naive_pick *pick, uint32_t generation, struct clock_now now);
/* After all picks of one receive: the memory of attempts. */
void naive_commit_done(struct naive_queue *queue, const struct naive_receive *receive,
                       const struct naive_plan *plan, int64_t now);
/* After every step and every passing of time: which groups became available or noisy. */
void naive_note_groups(struct naive_queue *queue, int64_t now);
/* One message of a group was delivered just now. */
void naive_note_delivered(struct naive_queue *queue, const struct engine_key *key,
                          bool stays_visible, int64_t now);
/* A message of a group expired: what stands behind it may be hidden, if only until that is shown in the same step. */
void naive_note_lost(struct naive_queue *queue, const struct engine_key *key);
/* `ms` go by from `now` on. */
void naive_note_work(struct naive_queue *queue, int64_t now, int64_t ms);
/* Also to the end of a receive that begins now: a group may turn noisy in the midst of one. */
bool naive_is_surely_quiet(const struct naive_queue *queue, const struct naive_group *group,
                           int64_t now);
/* Not always the smallest sequence first: FIFO, or a group that may be noisy. */
bool naive_is_order_free(const struct naive_queue *queue, int64_t now);
/* Nothing is known of their order and noise: after a restart, because no fact tells of it. */
void naive_forget_groups(struct naive_queue *queue);

#endif

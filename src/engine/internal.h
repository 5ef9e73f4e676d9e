/* The parts of the engine among themselves.
 *
 * A partition is what a queue keeps for ever (configuration, waiters, task, totals). What a purge or a drop takes away
 * at once is its content: messages, groups, dedup memory. Purging puts a fresh content in its place and marks the old
 * one dead; ticks reclaim dead contents in bounded slices. A message names its group, a group its content.
 *
 * Indexes are into the engine's pools; 0 is none. Times are milliseconds of the engine's timeline. */
#ifndef LEAT_ENGINE_INTERNAL_H
#define LEAT_ENGINE_INTERNAL_H

#include "base/chains.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/meld.h"
#include "base/pool.h"
#include "engine/engine.h"

#define STATES 4u /* ENGINE_VISIBLE .. ENGINE_MOVING; LOCKED is only a way to look at VISIBLE */

/* What one step may do before its command, so that the command finds room in the effects. */
#define FACTS_BEFORE_COMMAND  40u
#define BODIES_BEFORE_COMMAND 24u
#define TIMERS_BEFORE_COMMAND 64u
#define TIMERS_A_TICK         256u
#define FACTS_BEFORE_TASKS    88u
#define TIMERS_SPARE          64u /* room in the timer heap that each growing command makes sure of */
#define TASK_WINDOW           64u /* C20: moves of a task that wait for their outcome */

enum message_flag {
    FLAG_RETURNED = 1, /* standard, visible: in the group's heap instead of its list */
    FLAG_CHANGED = 2,  /* visibility was changed since the receive (E11) */
    FLAG_TASK = 4,     /* moving: for a move task */
    FLAG_PASSED = 8, /* moving while due by retention: the look-out for old messages went past it */
};

struct message {
    uint64_t sequence;
    uint64_t body;
    int64_t enqueued_at;
    int64_t first_received; /* wall clock */
    union {
        struct {
            struct list_link line; /* FIFO: the group's list. Standard, visible: the ready list */
            uint32_t place;        /* in flight, delayed: timer. Moving: struct resume */
        };
        struct meld_node returned; /* standard, visible with FLAG_RETURNED */
        struct {
            uint32_t received_low, received_high; /* standard, in flight: since when */
        };
    };
    uint32_t
        receive_count; /* also the generation: both grow with each receive and with nothing else */
    uint32_t body_bytes;
    uint32_t group;
    uint32_t chain;
    struct list_link order; /* the content's list by sequence */
    uint32_t origin;
    uint32_t late;
    uint8_t state;
    uint8_t flags;
    uint8_t
        refused_epoch; /* E14: not to be moved again while the partition's configuration is this one */
};
_Static_assert(sizeof(struct message) == 80, "the memory a message costs is a promise");

/* A message that arrived with an older enqueue time than the ones before it. */
struct late {
    struct meld_node node;
    uint32_t message;
};

enum resume_kind {
    RESUME_ASKED,   /* in no list */
    RESUME_UNASKED, /* asked for by an earlier life: in engine.unasked, to be asked for again */
    RESUME_WAITING, /* likewise, but its queue is not configured yet: in engine.waiting */
};

/* Where a message is on its way to. */
struct resume {
    uint64_t target;
    struct list_link link;
    uint32_t message;
    uint8_t kind; /* enum resume_kind */
};

struct origin {
    uint64_t queue;
    uint32_t receive_count; /* at the arrival */
    uint32_t references;
    uint32_t chain;
};

enum group_heap { HEAP_NONE, HEAP_QUIET, HEAP_NOISY };

struct group {
    uint8_t key[sizeof(struct engine_key)];
    uint32_t content;
    uint32_t chain;
    uint32_t messages; /* the sum of count */
    uint32_t count[STATES];
    struct list
        line; /* FIFO: all messages. Standard: visible ones that were never hidden since they came */
    uint32_t returned_root;
    struct list_link rotation;
    struct meld_node node;
    uint32_t timer;
    uint32_t skipped_by; /* struct task, serial */
    uint32_t worked_minute;
    uint64_t worked_ms; /* E15: time that consumers spent on it, halved every minute */
    int64_t sent_at;
    int64_t heap_key;
    uint8_t heap; /* enum group_heap */
    bool has_key; /* false: the messages without a group id */
    bool is_noisy;
    bool is_available; /* FIFO: in the rotation */
};

struct content {
    uint32_t partition;
    bool is_fifo;
    bool is_dead;
    struct list order; /* all messages by sequence */
    uint32_t inserted; /* the last one put into the order: where the next place is looked for */
    uint32_t ungrouped;
    uint32_t age_cursor; /* the first one in the order without FLAG_PASSED */
    uint32_t late_root;
    uint32_t delay_cursor; /* FIFO: no delayed message stands before it */
    uint32_t quiet_root, noisy_root;
    struct list rotation; /* FIFO: groups whose head is visible */
    uint32_t count[STATES];
    uint32_t noisy_count[STATES];
    uint32_t groups_count, groups_inflight, groups_available, groups_noisy;
    uint32_t task_moving;
    uint32_t dedups_count, attempts_count;
    uint32_t dead_next;
    uint32_t worked_minute;
    uint64_t worked_ms;
    uint64_t bytes;
    uint64_t sequence_last;
    uint64_t purged_upto;
    int64_t enqueued_last; /* of the last message that is not late */
};

struct task {
    uint64_t id; /* 0: none was ever here */
    uint64_t destination;
    uint64_t sequence_last; /* what came later stays */
    uint64_t moved;
    uint64_t moved_told;
    int64_t due_us;       /* paced: when the next move may start */
    int64_t paused_until; /* a target had no room */
    uint32_t per_second;
    uint32_t
        serial; /* FIFO: a group so marked has only messages that came later, now and for ever */
    uint32_t skipped; /* FIFO: such groups in the rotation */
    bool is_active;
    bool is_ending;
    bool is_restored;               /* it ran in an earlier life: sequence_last and moved go on */
    enum engine_task_status status; /* the end it will come to, when is_ending */
    bool origin_unknown, destination_gone;
};

struct partition {
    struct engine_config config;
    uint64_t queue;
    uint32_t chain;
    uint32_t content;
    uint8_t epoch;      /* of the configuration, 1..255 and again */
    bool is_configured; /* false: facts made it, commands do not see it */
    bool is_gone;
    bool is_dirty;   /* in engine.dirty: may have messages for its waiters */
    bool is_pending; /* in engine.pending: its task has work */
    uint32_t dirty_next, pending_next, gone_next;
    struct list parked, offered; /* waiters, both in the order of arrival */
    uint32_t parked_count, offered_count;
    uint32_t retention_timer, delay_timer, task_timer;
    int64_t purged_at;
    bool was_purged;
    struct task task;
    uint64_t sent_total, received_total, empty_receives_total, deleted_total, duplicates_total,
        dead_lettered_total, expired_total;
};

struct waiter {
    uint64_t id;
    uint64_t token;
    int64_t deadline;
    uint32_t partition; /* 0: offered, and the queue has gone meanwhile */
    uint32_t timer;
    struct list_link link;
    bool is_offered;
};

struct dedup {
    struct engine_key key;
    uint8_t message_id[16];
    uint64_t sequence;
    int64_t accepted_at;
    uint32_t content;
    uint32_t chain;
    struct list_link link; /* by age */
};

/* A send that may come again (D11). */
struct retry {
    struct engine_key key;
    uint8_t message_id[16];
    uint64_t queue;
    uint64_t sequence;
    int64_t accepted_at;
    uint32_t chain;
    struct list_link link; /* by age */
};

/* A message that came from another queue, whose source may repeat the move (D13). */
struct arrival {
    uint64_t queue;
    uint64_t sequence;
    uint8_t message_id[16];
    uint32_t receive_count;
    uint32_t chain;
    struct list_link link; /* by age */
};

struct attempt {
    struct engine_key key;
    int64_t received_at;
    uint32_t content;
    uint32_t chain;
    struct list_link link; /* by age */
    uint32_t count;
    uint32_t generations[ENGINE_RECEIVE_MAX];
    uint64_t sequences[ENGINE_RECEIVE_MAX];
};

enum dump_phase {
    DUMP_LATEST,
    DUMP_PARTITION,
    DUMP_MESSAGES, /* of that partition */
    DUMP_ATTEMPTS,
    DUMP_DEDUPS,
    DUMP_RETRIES,
    DUMP_ARRIVALS,
    DUMP_DONE,
};

/* The dump under way. */
struct dump {
    uint64_t number;
    uint64_t sequence_end; /* messages from there on came later */
    enum dump_phase phase;
    uint32_t partition, partitions_end;
    uint32_t next; /* the message, attempt, dedup... that comes next; 0: this phase is at its end */
    uint32_t left; /* at most that many more of this phase: what came later stands behind them */
};

/* First in, first out, of partitions or contents through their xxx_next. */
struct chain_queue {
    uint32_t head, tail;
};

struct engine {
    struct chunks home; /* the memory of this struct */
    /* Of hashes of what strangers choose, so that nobody can make long chains on purpose. Differs from process to process;
     * nothing that can be seen depends on it. */
    uint64_t seed;
    struct clock_now now; /* the latest that an event brought */
    uint64_t next_sequence;
    uint64_t next_waiter;
    uint32_t next_task;
    struct pool messages, lates, resumes, origins, groups, contents, partitions, waiters, dedups,
        attempts, arrivals, retries;
    struct chains messages_by_sequence, origins_by_queue, groups_by_key, partitions_by_queue,
        dedups_by_key, attempts_by_key, arrivals_by_id, retries_by_key;
    struct meld_kind returned, ages, quiet, noisy;
    struct heap timers;
    struct list dedups_by_age, attempts_by_age, arrivals_by_age, retries_by_age;
    struct list unasked, waiting; /* struct resume */
    bool retries_are_loose;       /* in the list only: retries.c */
    uint32_t unconfigured_count;  /* partitions */
    struct dump dump;
    struct chain_queue dirty, pending, gone, dead;
};

#define MESSAGES_SHIFT 10u
#define MESSAGES_MAX   ((1u << 29) - 1) /* timers have that much room for an index */

static inline struct message *message_at(const struct engine *engine, uint32_t index)
{
    uint32_t in_chunk = index & ((1u << MESSAGES_SHIFT) - 1);
    return (struct message *)engine->messages.chunks.at[index >> MESSAGES_SHIFT] + in_chunk;
}
static inline struct group *group_at(const struct engine *engine, uint32_t index)
{
    return pool_at(&engine->groups, index);
}
static inline struct content *content_at(const struct engine *engine, uint32_t index)
{
    return pool_at(&engine->contents, index);
}
static inline struct partition *partition_at(const struct engine *engine, uint32_t index)
{
    return pool_at(&engine->partitions, index);
}
static inline struct waiter *waiter_at(const struct engine *engine, uint32_t index)
{
    return pool_at(&engine->waiters, index);
}
static inline struct content *content_of_message(const struct engine *engine,
                                                 const struct message *message)
{
    return content_at(engine, group_at(engine, message->group)->content);
}

#define LINE(engine)     ((struct list_place){&(engine)->messages, offsetof(struct message, line)})
#define ORDER(engine)    ((struct list_place){&(engine)->messages, offsetof(struct message, order)})
#define ROTATION(engine) ((struct list_place){&(engine)->groups, offsetof(struct group, rotation)})
#define WAITERS(engine)  ((struct list_place){&(engine)->waiters, offsetof(struct waiter, link)})
#define DEDUPS(engine)   ((struct list_place){&(engine)->dedups, offsetof(struct dedup, link)})
#define ATTEMPTS(engine) ((struct list_place){&(engine)->attempts, offsetof(struct attempt, link)})
#define RESUMES(engine)  ((struct list_place){&(engine)->resumes, offsetof(struct resume, link)})
#define RETRIES(engine)  ((struct list_place){&(engine)->retries, offsetof(struct retry, link)})
#define ARRIVALS(engine) ((struct list_place){&(engine)->arrivals, offsetof(struct arrival, link)})

/* Ends the process: replay without memory cannot go on. */
static inline uint32_t must_have(uint32_t index)
{
    if (index == 0)
        check_failed(__FILE__, __LINE__, "out of memory");
    return index;
}

/* ---- effects.c: filling in what a step asks for ---- */

struct engine_fact *effects_fact(struct engine_effects *effects, enum engine_fact_kind kind,
                                 uint64_t queue, int64_t at);
void effects_body(struct engine_effects *effects, uint64_t body);
/* What may still be done before the command, or in a tick. */
bool effects_have_room(const struct engine_effects *effects, uint32_t facts_max,
                       uint32_t bodies_max);

/* ---- timers.c ---- */

enum timer_kind {
    TIMER_MESSAGE,
    TIMER_WAITER,
    TIMER_GROUP,
    TIMER_RETENTION,
    TIMER_DELAY,
    TIMER_TASK
};

void timers_init(struct engine *engine);
void timers_set(struct engine *engine, enum timer_kind kind, uint32_t index, int64_t due);
void timers_clear(struct engine *engine, enum timer_kind kind, uint32_t index);
/* INT64_MAX when it is not set. */
int64_t timers_due(const struct engine *engine, enum timer_kind kind, uint32_t index);
/* Whose timer is at this position. */
uint32_t timers_owner(const struct engine *engine, uint32_t position);
/* Acts on what is due, at most `timers_max` of them and while the effects have that room. */
void timers_run(struct engine *engine, struct engine_effects *effects, uint32_t timers_max,
                uint32_t facts_max, uint32_t bodies_max);

/* ---- origins.c: where dead letters came from ---- */

void origins_init(struct engine *engine);
/* 0 for queue 0. */
uint32_t origins_take(struct engine *engine, uint64_t queue, uint32_t receive_count);
void origins_give(struct engine *engine, uint32_t index);
uint64_t origins_queue(const struct engine *engine, uint32_t index);
uint32_t origins_receive_count(const struct engine *engine, uint32_t index);

/* ---- groups.c ---- */

void groups_init(struct engine *engine);
uint32_t groups_find(const struct engine *engine, uint32_t content, const struct engine_key *key);
/* key NULL: the group of messages without one. */
uint32_t groups_create(struct engine *engine, uint32_t content, const struct engine_key *key);
void groups_remove(struct engine *engine, uint32_t index);
void groups_count(struct content *content, struct group *group, enum engine_message_state state,
                  int change);

/* ---- messages.c: the store; each state's structures are entered and left here only ---- */

void messages_init(struct engine *engine);
uint32_t messages_find(const struct engine *engine, uint32_t content, uint64_t sequence);
/* From FACT_SENT or FACT_MESSAGE. */
uint32_t messages_create(struct engine *engine, uint32_t content, const struct engine_fact *fact);
/* `until` for INFLIGHT and DELAYED. */
void messages_change(struct engine *engine, uint32_t index, enum engine_message_state state,
                     int64_t until, int64_t at);
/* Takes the message out and frees its place; returns its body. */
uint64_t messages_remove(struct engine *engine, uint32_t index, int64_t at);
/* The same for a message of a dead content. */
uint64_t messages_reclaim(struct engine *engine, uint32_t index);
/* Standard, in flight: since when; else 0. */
int64_t messages_received_at(const struct engine *engine, uint32_t index);
/* End of the state INFLIGHT or DELAYED. */
int64_t messages_until(const struct engine *engine, uint32_t index);

/* ---- ages.c: retention, and the order of enqueue times ---- */

void ages_init(struct engine *engine);
void ages_add(struct engine *engine, struct content *content, uint32_t index, bool is_last);
void ages_remove(struct engine *engine, struct content *content, uint32_t index);
/* A message came back from moving. */
void ages_returned(struct engine *engine, struct content *content, uint32_t index);
/* Enqueue time of the oldest message, 0 when there is none. */
int64_t ages_oldest(const struct engine *engine, const struct content *content);
/* Sets the partition's timer to when its oldest message is due. */
void ages_arm(struct engine *engine, uint32_t partition);
/* Drops what is due, while there is room; sets the timer for the rest. */
void ages_run(struct engine *engine, uint32_t partition, struct engine_effects *effects,
              uint32_t facts_max, uint32_t bodies_max);

/* ---- standard.c: which message a standard queue gives next (E2, E15) ---- */

void standard_init(struct engine *engine);
void standard_add(struct engine *engine, struct group *group, uint32_t index);
void standard_remove(struct engine *engine, struct group *group, uint32_t index);
/* The oldest visible message of a group, or 0. */
uint32_t standard_head(const struct engine *engine, const struct group *group);
uint32_t standard_next(struct engine *engine, struct content *content);
/* One not above the sequence, or 0: for move tasks. */
uint32_t standard_next_upto(struct engine *engine, struct content *content, uint64_t sequence);

/* ---- fair.c: quiet and noisy groups of standard queues (E15) ---- */

void fair_init(struct engine *engine);
/* Counts or head of the group changed. */
void fair_update(struct engine *engine, uint32_t group, int64_t at);
/* Consumers spent time on a message of the group. */
void fair_worked(struct content *content, struct group *group, int64_t spent_ms, int64_t at);
/* Judges by the time spent, too; true when the group is noisy now. */
bool fair_judge(struct engine *engine, uint32_t group, int64_t at);
/* Its timer: quiet again when nothing was sent for long. */
void fair_run(struct engine *engine, uint32_t group);

/* ---- fifo.c: which message a FIFO queue gives next (E6, E9) ---- */

void fifo_add(struct engine *engine, struct group *group, uint32_t index);
/* The state of a message, or the head, of the group changed. */
void fifo_update(struct engine *engine, uint32_t group);
/* The message to give after `last` in one receive: the next one of its group, or the head of the first available
 * group. last 0: the first. */
uint32_t fifo_next(const struct engine *engine, const struct content *content, uint32_t last);
void fifo_delayed(struct engine *engine, struct content *content, uint32_t index);
/* Sets the timer for the first delayed message. */
void fifo_arm(struct engine *engine, uint32_t partition);
/* Ends the delays that are over, looking at no more than so many messages. Returns at how many it looked. */
uint32_t fifo_run(struct engine *engine, uint32_t partition, uint32_t messages_max);
/* Before the delay becomes longer: for which messages it was over. */
void fifo_tell_undelayed(struct engine *engine, uint32_t partition, struct engine_effects *effects);
/* The delay of everything up to that sequence is over. */
void fifo_undelay(struct engine *engine, uint32_t content, uint64_t sequence, int64_t at);

/* ---- partitions.c ---- */

void partitions_init(struct engine *engine);
/* Configured ones only. */
uint32_t partitions_find(const struct engine *engine, uint64_t queue);
uint32_t partitions_find_any(const struct engine *engine, uint64_t queue);
/* For facts whose queue is not configured yet. */
uint32_t partitions_create_unconfigured(struct engine *engine, uint64_t queue, bool is_fifo);
enum engine_result partitions_configure(struct engine *engine, const struct engine_config *config,
                                        uint64_t queue, struct engine_effects *effects);
/* A fresh content; the old one dies. The new one's memory must be reserved. is_replay: it is reclaimed at
 * once, and its bodies are told to nobody. */
void partitions_clear(struct engine *engine, uint32_t index, bool is_replay);
void partitions_drop(struct engine *engine, uint32_t index, bool is_replay);
bool partitions_reserve_content(struct engine *engine);
/* May have messages for its waiters now. */
void partitions_touch(struct engine *engine, uint32_t index);
/* Its task has work that the next tick does. */
void partitions_pend(struct engine *engine, uint32_t index);
/* Take the head of engine.dirty, engine.pending out. */
void partitions_untouch_first(struct engine *engine);
void partitions_unpend_first(struct engine *engine);
void partitions_free_content(struct engine *engine, uint32_t index);
/* Bounded: frees messages of dead contents, ends waiters of dropped queues. */
void partitions_reclaim(struct engine *engine, struct engine_effects *effects);

/* ---- waiters.c (D10) ---- */

struct engine_waiter waiters_park(struct engine *engine, uint32_t partition, uint64_t token,
                                  int64_t deadline);
uint32_t waiters_find(const struct engine *engine, struct engine_waiter waiter);
void waiters_park_again(struct engine *engine, uint32_t index);
void waiters_end(struct engine *engine, uint32_t index);
/* Offers messages to the waiters of all touched partitions, while there is room for wakes. */
void waiters_offer(struct engine *engine, struct engine_effects *effects);
/* An offered one whose queue is gone: it is on its own until it comes back. */
void waiters_orphan(struct engine *engine, uint32_t index);
/* The wait of a parked one is over. False without room for the wake. */
bool waiters_time_out(struct engine *engine, uint32_t index, struct engine_effects *effects,
                      bool queue_gone);

/* ---- dedups.c (E10) ---- */

void dedups_init(struct engine *engine);
/* The entry in force at `at`, or 0. */
uint32_t dedups_find(const struct engine *engine, uint32_t content, const struct engine_key *key,
                     int64_t at);
/* From FACT_SENT or FACT_MEMORY. */
void dedups_put(struct engine *engine, uint32_t content, const struct engine_fact *fact);
/* Frees at most `count` expired ones. */
void dedups_run(struct engine *engine, uint32_t count);
int64_t dedups_due(const struct engine *engine);

/* ---- arrivals.c (D13) ---- */

void arrivals_init(struct engine *engine);
bool arrivals_reserve(struct engine *engine);
/* 0: none. */
uint32_t arrivals_find(const struct engine *engine, uint64_t queue, const uint8_t message_id[16],
                       uint32_t receive_count);
/* From FACT_SENT or FACT_MEMORY. */
void arrivals_put(struct engine *engine, const struct engine_fact *fact);
/* By FACT_CONFIRMED. */
void arrivals_forget(struct engine *engine, const struct engine_fact *fact);
static inline struct arrival *arrival_at(const struct engine *engine, uint32_t index)
{
    return pool_at(&engine->arrivals, index);
}

/* ---- retries.c (D11) ---- */

void retries_init(struct engine *engine);
bool retries_reserve(struct engine *engine);
/* Arranges what a replay brought for finding, which does it by itself. Some go: older ones of the same key. */
void retries_tie(const struct engine *engine);
/* The entry in force at `at`, or 0. What was sent up to `purged_upto` is forgotten. */
uint32_t retries_find(const struct engine *engine, uint64_t queue, const struct engine_key *key,
                      uint64_t purged_upto, int64_t at);
/* From FACT_SENT or FACT_MEMORY. */
void retries_put(struct engine *engine, const struct engine_fact *fact, bool is_replay);
/* Frees at most `count` expired ones. */
void retries_run(struct engine *engine, uint32_t count);
static inline struct retry *retry_at(const struct engine *engine, uint32_t index)
{
    return pool_at(&engine->retries, index);
}

/* ---- attempts.c (E11) ---- */

void attempts_init(struct engine *engine);
/* The attempt whose messages are all still as they were given, or 0. */
uint32_t attempts_find(const struct engine *engine, uint32_t content, const struct engine_key *key,
                       int64_t at);
/* From FACT_RECEIVED or FACT_ATTEMPT. */
void attempts_put(struct engine *engine, uint32_t content, const struct engine_fact *fact);
void attempts_run(struct engine *engine, uint32_t count);
int64_t attempts_due(const struct engine *engine);
static inline struct attempt *attempt_at(const struct engine *engine, uint32_t index)
{
    return pool_at(&engine->attempts, index);
}

/* ---- commands: one function an event ---- */

void commands_send(struct engine *engine, const struct engine_event *event,
                   struct engine_effects *effects);
void commands_arrive(struct engine *engine, const struct engine_event *event,
                     struct engine_effects *effects);
void commands_delete(struct engine *engine, const struct engine_event *event,
                     struct engine_effects *effects);
void commands_change(struct engine *engine, const struct engine_event *event,
                     struct engine_effects *effects);
void commands_purge(struct engine *engine, const struct engine_event *event,
                    struct engine_effects *effects);
void commands_drop(struct engine *engine, const struct engine_event *event,
                   struct engine_effects *effects);
void commands_confirm(struct engine *engine, const struct engine_event *event,
                      struct engine_effects *effects);
void commands_retract(struct engine *engine, const struct engine_event *event,
                      struct engine_effects *effects);
void receive_run(struct engine *engine, const struct engine_event *event,
                 struct engine_effects *effects);

/* ---- moves.c: messages on their way to another queue (D13) ---- */

/* Asks for a move. There must be room in the effects. */
void moves_ask(struct engine *engine, struct engine_effects *effects, uint32_t message,
               enum engine_move_kind kind, uint64_t target);
/* Remembers where a message is on its way to. is_replay: also to ask for it again. */
void moves_remember(struct engine *engine, uint32_t message, uint64_t target, bool is_replay);
uint64_t moves_target(const struct engine *engine, const struct message *message);
bool moves_reserve(struct engine *engine, uint32_t count);
/* The partition is configured now: what was left on the way there is asked for again. */
void moves_release(struct engine *engine, uint32_t partition);
void moves_forget(struct engine *engine, struct message *message);
void moves_ask_again(struct engine *engine, struct engine_effects *effects);
void moves_outcome(struct engine *engine, const struct engine_event *event,
                   struct engine_effects *effects);

/* ---- tasks.c (C20) ---- */

void tasks_start(struct engine *engine, const struct engine_event *event,
                 struct engine_effects *effects);
void tasks_cancel(struct engine *engine, const struct engine_event *event,
                  struct engine_effects *effects);
/* Asks for the moves that are due and notices the end. */
void tasks_run(struct engine *engine, uint32_t partition, struct engine_effects *effects);
void tasks_run_pending(struct engine *engine, struct engine_effects *effects);
/* One of its messages has arrived, or not. Its state is the new one already. */
void tasks_outcome(struct engine *engine, uint32_t partition, enum engine_move_outcome outcome,
                   struct engine_effects *effects);

/* ---- dump.c ---- */

/* An item that is leaving the list which a dump walks over: the dump goes on with the one behind it. */
static inline void dump_skip(struct engine *engine, enum dump_phase phase, uint32_t index,
                             uint32_t next)
{
    if (engine->dump.next == index && engine->dump.phase == phase)
        engine->dump.next = next;
}
/* The partition's messages are gone at once. */
static inline void dump_skip_messages(struct engine *engine, uint32_t partition)
{
    if (engine->dump.phase == DUMP_MESSAGES && engine->dump.partition == partition)
        engine->dump.next = 0;
}

/* ---- facts.c: the only way in which commands change what replay must restore ---- */

/* effects NULL: replay. Returns the index of the message that a FACT_SENT made, else 0. */
uint32_t facts_apply(struct engine *engine, const struct engine_fact *fact,
                     struct engine_effects *effects);

/* The fact that an existing message changed, with what every kind carries. */
struct engine_fact *facts_of_message(struct engine *engine, struct engine_effects *effects,
                                     enum engine_fact_kind kind, uint32_t message);

#endif

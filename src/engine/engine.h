/* The engine: a pure state machine of the queues' partitions that one worker owns.
 *
 * step(state, event) -> effects. No clock, no I/O, no randomness, no lock: time, random bits and capacity come in with
 * the event; what must be kept, sent or answered goes out as effects. The shell (src/node) performs the effects in the
 * order persist (facts), then moves and replies, then wakes, and feeds completions back as new events.
 *
 * Commands are checked against the state and turned into facts (engine_fact). All changes of state that must survive a
 * restart go through engine_apply(fact), which never fails and reads no clock, so that replaying the facts in order
 * gives the same state. What time alone causes (a visibility timeout ending, a delay ending) is no fact: deadlines are
 * in the facts and ENGINE_TICK acts on them.
 *
 * Every step but a retract first lets act what is due by event.now (a bounded number: the rest is for the next tick),
 * so its effects may tell of other queues, too. Time never goes back: an older `now` counts as the latest one seen.
 *
 * Every operation is O(1) or O(log n) in messages, groups, waiters and queues. Bodies are not here: a message has an
 * opaque body reference of 64 bits which the shell owns; the effects say when the engine lets go of one.
 *
 * Thread: the owner's only. Memory: pools that grow by chunks; a refused growth makes the event fail with
 * ENGINE_FULL and changes nothing. Behaviour: reference sections E1-E15; row numbers are cited in the code.
 */
#ifndef LEAT_ENGINE_ENGINE_H
#define LEAT_ENGINE_ENGINE_H

#include "base/check.h"
#include "base/clock.h"
#include "base/slice.h"

#define ENGINE_RECEIVE_MAX       10u
#define ENGINE_MOVES_MAX         32u
#define ENGINE_WAKES_MAX         64u
#define ENGINE_BODIES_MAX        64u
#define ENGINE_TASKS_MAX         8u
#define ENGINE_FACTS_MAX         128u
#define ENGINE_DEDUP_MS          (5 * 60 * 1000) /* E10 */
#define ENGINE_ATTEMPT_MS        (5 * 60 * 1000) /* E11 */
#define ENGINE_VISIBILITY_MS_MAX (43200 * 1000)  /* C3: total since the receive */
#define ENGINE_PURGE_PAUSE_MS    (60 * 1000)     /* C15 */
#define ENGINE_RETRY_MS          (60 * 1000)     /* D11: a send is known again by its retry key */
#define ENGINE_RETRIES_MAX       65536u          /* the newest of the whole engine */
#define ENGINE_ARRIVALS_MAX      65536u          /* D13: the newest that were not confirmed */
#define ENGINE_DUMP_MIN          16u             /* least capacity of a call of engine_dump */
#define ENGINE_MOVE_LATER_MS     1000 /* until a move that found no room is tried again */
#define ENGINE_MOVE_UNREAD_MS \
    (30 * 1000) /* until a message that could not be read is tried again */

struct engine;

/* Identity of a queue for ever: a re-created queue of the same name has another (D14). Never 0. */
struct engine_queue {
    uint64_t v;
};

/* 128 bits of SHA-256 over a message group id, a deduplication key, an attempt id, or what makes a retry known
 * (invocation id, caller, queue, content; in batches the entry id). The caller computes them; for deduplication it mixes in the
 * group id when the scope is messageGroup. */
struct engine_key {
    uint8_t v[16];
};

/* Place of the body and of all that never changes of a message. 0 is never a body. */
struct engine_body {
    uint64_t v;
};

/* A parked receive. 0 is none. Never used again for another one. */
struct engine_waiter {
    uint64_t v;
};

struct engine_config {
    uint64_t version; /* an older or equal version than the one in force is ignored */
    bool is_fifo;     /* fixed at creation */
    int64_t retention_ms;
    int64_t
        delay_ms; /* FIFO only: applies to every message, also to those whose delay runs now (E6); one
                                  * whose delay is over is not delayed again, a dead letter is never (E14) */
    uint32_t receive_count_max; /* redrive: 0 = no dead-letter queue */
    struct engine_queue
        dead_letter; /* 0 when there is none, or it does not exist (any more): then messages stay (E14) */
    uint32_t inflight_max; /* E13: 120,000; 0: no limit */
};

enum engine_event_kind {
    ENGINE_CONFIGURE, /* makes the partition when absent */
    ENGINE_DROP, /* queue deleted, configured or not: messages go, parked waiters are ended; offered
                       * ones are told when they come back */
    ENGINE_SEND,
    ENGINE_RECEIVE, /* new, or of a waiter that was offered a message */
    ENGINE_RETRACT, /* the client of a waiter has gone: parked or offered */
    ENGINE_DELETE,
    ENGINE_CHANGE_VISIBILITY,
    ENGINE_PURGE,
    ENGINE_ARRIVE,            /* a message moved here from another queue */
    ENGINE_MOVED,             /* outcome of a move that this engine asked for */
    ENGINE_ARRIVAL_CONFIRMED, /* to the target of a move: its source will never ask for it again */
    ENGINE_TASK_START,
    ENGINE_TASK_CANCEL,
    ENGINE_TICK, /* time passed; also continues work that was cut by a bound */
};

enum engine_move_kind {
    ENGINE_MOVE_DEAD_LETTER, /* keeps message id, enqueue time on standard queues, receive count (E14) */
    ENGINE_MOVE_TASK,        /* a new message: new id, times and count restart (C20) */
};

/* How a move ended. Only a refusal says something about the target. */
enum engine_move_outcome {
    /* No room at the target just now. A dead letter is hidden for ENGINE_MOVE_LATER_MS, then a receive tries again; a
     * task makes a pause as long. */
    ENGINE_MOVE_LATER,
    /* Its record cannot be read. Hidden for ENGINE_MOVE_UNREAD_MS, then it is tried again; a task goes on without it. */
    ENGINE_MOVE_UNREAD,
    /* There is no such queue: the message is receivable again, and stays until its queue is configured anew. A task
     * fails. */
    ENGINE_MOVE_REFUSED,
    ENGINE_MOVE_ARRIVED,
};

struct engine_event {
    enum engine_event_kind kind;
    struct clock_now now;
    struct engine_queue queue; /* all but TICK */
    union {
        struct engine_config configure;
        struct {
            uint8_t message_id[16]; /* for the dedup answer; the body holds it too */
            struct engine_body
                body; /* moves to the engine only on ENGINE_DONE that is no duplicate */
            uint32_t body_bytes;
            int64_t delay_ms; /* standard: resolved by the caller; FIFO: ignored */
            bool has_group, has_dedup, has_former, has_retry;
            struct engine_key group, dedup;
            struct engine_key
                former; /* FIFO, looked up only: who is known by it makes this a duplicate, too */
            struct engine_key retry; /* D11: a repetition within ENGINE_RETRY_MS is a duplicate */
        } send;
        struct {
            uint32_t count_max;    /* 1..ENGINE_RECEIVE_MAX */
            int64_t visibility_ms; /* 0..ENGINE_VISIBILITY_MS_MAX */
            int64_t wait_ms;       /* 0: short poll. Ignored when resuming a waiter */
            uint64_t token;        /* the shell's name for the request, given back in wakes */
            struct engine_waiter
                waiter; /* resuming: which; 0 for a new receive. One whose wait is over already gets
                                          * ENGINE_DONE and no message. ENGINE_FULL and ENGINE_NO_QUEUE (also of a
                                          * queue that was made anew since) end it */
            bool has_attempt; /* FIFO only; ignored on standard queues */
            struct engine_key attempt;
        } receive;
        struct engine_waiter retract;
        struct {
            uint64_t sequence;
            uint32_t generation;
        } delete_;
        struct {
            uint64_t sequence;
            uint32_t generation;
            struct mono_ms received_at; /* from the receipt handle: for the 12-hour cap */
            int64_t visibility_ms;
        } change;
        struct {
            bool
                ignores_pause; /* another purge within ENGINE_PURGE_PAUSE_MS is done like the first */
        } purge;
        struct {
            enum engine_move_kind kind;
            struct engine_body
                body; /* moves to the engine only on ENGINE_DONE that is no duplicate */
            uint32_t body_bytes;
            uint8_t message_id
                [16]; /* with receive_count: tells a repeated arrival (D13), so a move that is asked for
                                     * again needs the same id again. All zero is never taken for a repetition */
            struct engine_queue
                source; /* where it came from: remembered as the origin for DEAD_LETTER */
            struct mono_ms enqueued_at;    /* used on standard queues for DEAD_LETTER (E7) */
            struct wall_ms first_received; /* 0: never */
            uint32_t receive_count;
            int64_t
                hidden_ms; /* DEAD_LETTER: in flight for so long, as if its last receive were still running, at
                                * most ENGINE_VISIBILITY_MS_MAX; for messages from elsewhere. 0: visible */
            bool has_group, has_dedup;
            struct engine_key group, dedup;
        } arrive;
        struct {
            uint64_t sequence;
            enum engine_move_outcome outcome;
        } moved;
        struct {
            enum engine_move_kind kind; /* these three as in the ARRIVE, whatever its answer was */
            uint8_t message_id[16];
            uint32_t receive_count;
        } confirmed; /* send it when the facts of the source's MOVED are durable. Lost ones only cost memory */
        struct {
            uint64_t task;                   /* the shell's name, never 0 */
            struct engine_queue destination; /* 0: each message goes to its own origin */
            uint32_t per_second;             /* 0: as fast as it goes */
            uint64_t moved_before;           /* continuing after a restart */
        } task_start;
        uint64_t task_cancel;
    };
};

enum engine_result {
    ENGINE_DONE,
    ENGINE_PARKED,          /* RECEIVE: nothing now, waits; effects.waiter names it */
    ENGINE_NO_QUEUE,        /* partition unknown here */
    ENGINE_FULL,            /* no memory; nothing changed */
    ENGINE_OVER_LIMIT,      /* RECEIVE: standard short poll at the in-flight limit (E13) */
    ENGINE_PURGED_RECENTLY, /* PURGE within 60 s that does not ignore the pause */
    ENGINE_HANDLE_EXPIRED,  /* FIFO DELETE/CHANGE with a handle that is not the one in force (E5) */
    ENGINE_NO_MESSAGE,   /* CHANGE: message deleted or never was. DELETE of such is ENGINE_DONE */
    ENGINE_BEYOND_LIMIT, /* CHANGE: elapsed + new timeout > 12 h */
    ENGINE_TASK_RUNNING, /* TASK_START: another one is active */
    ENGINE_NO_TASK,      /* TASK_CANCEL */
};

/* One received message. What never changes of it is in the body. */
struct engine_delivery {
    struct engine_body body; /* stays the engine's; take a reference before the next step */
    uint64_t sequence;
    uint32_t generation;    /* of this receive; goes into the receipt handle */
    uint32_t receive_count; /* includes this receive */
    struct mono_ms
        received_at; /* goes into the receipt handle; an attempt replay gives the first one again */
    struct wall_ms first_received;
};

/* A message to be brought to another queue: the source keeps it as moving until ENGINE_MOVED. */
struct engine_move {
    enum engine_move_kind kind;
    struct engine_queue source;
    struct engine_queue target;
    uint64_t sequence;       /* in the source */
    struct engine_body body; /* stays the source's until ENGINE_MOVED; take a reference */
    uint32_t body_bytes;
    struct mono_ms enqueued_at;
    struct wall_ms first_received;
    uint32_t receive_count;
    bool has_group;
    struct engine_key group;
    struct engine_queue origin; /* where a dead letter once came from; 0 when unknown */
};

/* A waiter to be looked at. */
struct engine_wake {
    uint64_t token;
    struct engine_waiter waiter;
    bool
        is_offer; /* true: a message may be there; answer with RECEIVE(waiter) or RETRACT(waiter) at once.
                    * false: the wait is over (time or queue gone): answer the client, the waiter exists no more.
                    * After an offer comes no other wake of the waiter until it has answered */
    bool queue_gone;
};

enum engine_task_status {
    ENGINE_TASK_ACTIVE,
    ENGINE_TASK_COMPLETED,
    ENGINE_TASK_CANCELLED,
    ENGINE_TASK_FAILED
};

struct engine_task_news {
    uint64_t task;
    struct engine_queue queue;
    enum engine_task_status status;
    uint64_t moved_count;
    bool
        origin_unknown; /* FAILED: a message without a known source (CouldNotDetermineMessageSource) */
    bool destination_gone; /* FAILED: the target refused */
};

/* The numbers are stored in logs: new kinds at the end only. */
enum engine_fact_kind {
    FACT_SENT,     /* also arrivals */
    FACT_RECEIVED, /* one message: hidden until, generation, count */
    FACT_HIDDEN,   /* visibility changed */
    FACT_MOVING,   /* waits for its target */
    FACT_GONE,     /* deleted, expired, moved away */
    FACT_RETURNED, /* a move failed: receivable again */
    FACT_PURGED,   /* everything with a sequence up to */
    FACT_DROPPED,  /* the queue's partition */
    FACT_TASK,     /* a move task started, moved one or ended */
    /* only from engine_dump, but for CONFIRMED */
    FACT_MESSAGE,   /* everything about one message, as it is at `at` */
    FACT_MEMORY,    /* of a send or arrival whose message may be gone: dedup, retry, arrival */
    FACT_ATTEMPT,   /* one message of a receive attempt (E11) */
    FACT_CONFIRMED, /* an arrival is forgotten: its source will not repeat it */
    FACT_LATEST,    /* no queue: `at` is the engine's time, `sequence` the last one given out */
    FACT_UNDELAYED, /* FIFO, the delay became longer: it is over for everything with a sequence up to */
};

/* One change of state, self-contained: what the log will keep and what a secondary will apply. Facts are absolute: those
 * of a dump and then every fact since the dump began give the present state. */
struct engine_fact {
    enum engine_fact_kind kind;
    struct engine_queue queue;
    uint64_t
        sequence; /* of the message; PURGED: the last one purged; TASK: the last one it takes */
    struct mono_ms at; /* when it was decided; MEMORY: when it was accepted */
    struct mono_ms
        until; /* SENT: delay end (0: none). RECEIVED, HIDDEN, MESSAGE: end of the state */
    struct mono_ms enqueued_at; /* SENT, MESSAGE */
    struct mono_ms received_at; /* RECEIVED by a repeated attempt: when first; MESSAGE, ATTEMPT */
    struct wall_ms first_received; /* SENT (arrivals), RECEIVED, MESSAGE */
    uint32_t generation;           /* RECEIVED, ATTEMPT */
    uint32_t receive_count;  /* SENT (arrivals), RECEIVED, MESSAGE; MEMORY, CONFIRMED: at arrival */
    uint32_t arrived_count;  /* MESSAGE: receive count of a dead letter when it came */
    uint32_t body_bytes;     /* SENT, MESSAGE */
    struct engine_body body; /* of every fact about one message: where it lies just now */
    uint8_t message_id[16];  /* SENT, MEMORY, CONFIRMED */
    bool is_fifo;            /* kind of the queue; in every fact of a queue */
    bool is_arrival;         /* SENT, MEMORY: came by ARRIVE; known until CONFIRMED */
    bool is_changed;         /* MESSAGE: visibility changed since the receive */
    bool has_group, has_dedup, has_attempt, has_retry; /* SENT; attempt: RECEIVED, ATTEMPT */
    struct engine_key group, dedup, attempt, retry;
    uint8_t attempt_index;      /* place in the answer to the attempt */
    uint8_t state;              /* MESSAGE: enum engine_message_state, never LOCKED */
    struct engine_queue origin; /* SENT, MESSAGE: where a dead letter came from */
    struct engine_queue target; /* MOVING, MESSAGE that is moving */
    uint64_t task;              /* TASK; MOVING, MESSAGE: by which task, 0: a dead letter */
    uint64_t task_moved;
    enum engine_task_status task_status;
};

/* What a step asks for. The shell keeps one and hands it in again; step resets the counts. */
struct engine_effects {
    enum engine_result result;
    bool
        is_duplicate; /* SEND (dedup, retry), ARRIVE: nothing was enqueued; message_id and sequence are the first one's */
    uint8_t message_id[16];      /* SEND, ARRIVE */
    uint64_t sequence;           /* SEND, ARRIVE */
    struct engine_waiter waiter; /* PARKED */
    /* RECEIVE: nothing was delivered, because a bound cut it or because dead letters on their way lock their FIFO
     * groups: perform the moves, then send the same event again. */
    bool again;

    uint32_t facts_count, deliveries_count, moves_count, wakes_count, bodies_count, tasks_count;
    struct engine_fact facts[ENGINE_FACTS_MAX];
    struct engine_delivery deliveries[ENGINE_RECEIVE_MAX];
    struct engine_move moves[ENGINE_MOVES_MAX];
    struct engine_wake wakes[ENGINE_WAKES_MAX];
    struct engine_body
        bodies[ENGINE_BODIES_MAX]; /* let go: nothing in the engine refers to them any more */
    struct engine_task_news tasks[ENGINE_TASKS_MAX];
};

/* sequence_base: first sequence number to give out; above any given out by an earlier process. NULL without memory. */
struct engine *engine_create(uint64_t sequence_base);
/* Without letting go of bodies one by one: the caller drops its body store as a whole. */
void engine_destroy(struct engine *engine);

void engine_step(struct engine *engine, const struct engine_event *event,
                 struct engine_effects *ret_effects);

/* When the next ENGINE_TICK is due: INT64_MAX when never, a time not after `now` when there is work left. */
struct mono_ms engine_next_tick(const struct engine *engine);

/* ---- dump and replay: how the state outlives the process (D2, D14) ----
 *
 * A restart is: engine_create; engine_apply for each fact of the newest dump, then for each fact since that dump began
 * (without a dump: since ever), engine_relocate wherever the log says that a body was moved; CONFIGURE for each queue
 * that exists, before or after the facts or both; DROP for each that was deleted without a fact that says so;
 * log_body_added for each of engine_bodies; a clock that goes on above engine_latest; ticks. */

/* Applies one fact of an earlier life. Never fails: memory refused here ends the process. Facts about messages that are
 * not here are skipped. A queue that is not configured gets a partition that only keeps: commands do not see it
 * (ENGINE_NO_QUEUE) but DROP, nothing in it expires, until CONFIGURE: metadata that is away deletes nothing (D9). Bodies that a replayed fact
 * lets go of are told to nobody. Messages left moving by the last fact are asked for again by the ticks that follow (the
 * same target; it may have them already). */
void engine_apply(struct engine *engine, const struct engine_fact *fact);

/* How many queues are only replayed: no CONFIGURE came for them. */
uint32_t engine_unconfigured(const struct engine *engine);
/* The same, with how many messages they have and the highest of their ids (0: there is none). Looks at every partition. */
uint32_t engine_unconfigured_look(const struct engine *engine, uint64_t *ret_messages,
                                  uint64_t *ret_highest);

/* The latest time that this engine knows of, from events and facts: a clock must not begin below. */
struct mono_ms engine_latest(const struct engine *engine);

/* Names a dump under way. The caller's; zero: to begin one. */
struct engine_dump_cursor {
    uint64_t dump;
};

/* The state as facts, in slices: returns how many (at most `capacity`, which is at least ENGINE_DUMP_MIN); 0: complete.
 * The engine may step between the calls: whatever was there at the first call and still is comes out once, as it is
 * then; what came later is in the facts since. O(capacity), whatever the state; no memory. One dump at a time: starting
 * another one ends it (its cursor must not be used any more). */
uint32_t engine_dump(struct engine *engine, struct engine_dump_cursor *cursor,
                     struct engine_fact *ret_facts, uint32_t capacity);

/* Is that the place of a message that is in the queue? O(1). */
bool engine_is_live(const struct engine *engine, struct engine_queue queue, uint64_t sequence,
                    struct engine_body body);
/* The message's body lies at `to` now, and nothing in the engine refers to `from` any more. False, and nothing changed:
 * the message is gone, or was not at `from`. O(1). */
MUST_CHECK bool engine_relocate(struct engine *engine, struct engine_queue queue, uint64_t sequence,
                                struct engine_body from, struct engine_body to);

/* Where the body of a message lies now. False: the message is gone. Who keeps a body across a wait asks again behind
 * it: compaction may have moved the record, a purge may have taken the message. O(1). */
MUST_CHECK bool engine_find(const struct engine *engine, struct engine_queue queue,
                            uint64_t sequence, struct engine_body *ret_body);

struct engine_held {
    struct engine_queue queue; /* 0: purged or dropped, effects will tell of it */
    uint64_t sequence;
    struct engine_body body;
    uint32_t body_bytes;
};

/* All bodies that the engine has not let go of, in no order. Begin with *cursor = 0. Returns how many, 0: no more. No step in between. */
uint32_t engine_bodies(const struct engine *engine, uint32_t *cursor, struct engine_held *ret_held,
                       uint32_t capacity);

/* ---- reading, without side effects ---- */

struct engine_counts {
    uint64_t visible; /* available, locked ones of FIFO groups included (E12) */
    uint64_t inflight;
    uint64_t delayed;
    uint64_t moving; /* on the way to another queue */
    uint64_t bytes;  /* of bodies */
    uint64_t waiters;
    uint64_t groups;                                       /* with at least one message */
    uint64_t groups_inflight;                              /* FIFO: with messages in flight */
    uint64_t groups_noisy;                                 /* standard, fair queues */
    uint64_t visible_quiet, inflight_quiet, delayed_quiet; /* without noisy groups */
    struct mono_ms oldest_enqueued; /* of the oldest undeleted message, 0 when empty */
    uint64_t sent_total, received_total, empty_receives_total, deleted_total, duplicates_total,
        dead_lettered_total, expired_total; /* since configured */
};

/* Is there anything of this queue here: a partition, configured or only replayed? */
bool engine_holds(const struct engine *engine, struct engine_queue queue);

/* False when the queue is unknown here. Deadlines that have passed but were not ticked yet count as passed is not
 * promised: tick first. */
bool engine_counts(const struct engine *engine, struct engine_queue queue,
                   struct engine_counts *ret_counts);

/* How far the queue's move task is: what its news would say now. False: none is active here. */
MUST_CHECK bool engine_task(const struct engine *engine, struct engine_queue queue,
                            struct engine_task_news *ret_news);

enum engine_message_state {
    ENGINE_VISIBLE,
    ENGINE_INFLIGHT,
    ENGINE_DELAYED,
    ENGINE_MOVING,
    ENGINE_LOCKED
};

struct engine_peek {
    uint64_t sequence;
    struct engine_body body;
    uint32_t body_bytes;
    enum engine_message_state
        state;            /* LOCKED: FIFO, visible behind an invisible one of its group */
    struct mono_ms until; /* INFLIGHT, DELAYED */
    struct mono_ms enqueued_at;
    struct wall_ms first_received; /* 0: never */
    uint32_t receive_count;
    uint32_t generation;
};

/* Up to `capacity` messages with a sequence above `after`, in sequence order. Returns how many; 0 at the end. Cost:
 * O(capacity) when `after` is 0 or a live message's sequence. */
uint32_t engine_peek(const struct engine *engine, struct engine_queue queue, uint64_t after,
                     struct engine_peek *ret_found, uint32_t capacity);

/* Bytes held for messages, tables and timers, and the number of messages: for "bytes per message". */
void engine_memory(const struct engine *engine, uint64_t *ret_bytes, uint64_t *ret_messages);

/* Walks the whole state and asserts its invariants (counters, lists, heaps). Tests only: O(n). */
void engine_check(const struct engine *engine);

/* 64-bit digest of all that replay must restore (messages, deadlines, counts, dedup, groups). Tests only: O(n). */
uint64_t engine_fingerprint(const struct engine *engine);

#endif

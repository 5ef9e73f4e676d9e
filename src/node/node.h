/* The node: workers, the slots they own, and calls that cross from the thread that read a
 * request to the one that owns its queue.
 *
 * A worker is a thread with an event loop (run by src/server), one engine, one directory and one
 * mailbox. A queue's partition lives in the slot hash(queue id); slots are dealt out to the
 * workers evenly. A call whose slot lives on the worker that started it is executed in place, in
 * the same turn of the loop; otherwise it travels by mailbox and its completion travels back. No
 * locks.
 *
 * What a step of the engine asks for is performed here: bodies are let go, moves are carried to
 * their target, waiters are offered messages, task news go to the catalog. Facts go to the log;
 * with durability `memory` nothing keeps them. */
#ifndef LEAT_NODE_NODE_H
#define LEAT_NODE_NODE_H

#include "base/clock.h"
#include "base/mailbox.h"
#include "engine/engine.h"
#include "node/catalog.h"
#include "node/directory.h"

#define NODE_SLOTS_COUNT  256u
#define NODE_WORKERS_MAX  64u
#define NODE_INFLIGHT_MAX 120000u /* E13 */

struct node;
struct worker;

/* Somebody who waits for what a log keeps (node/storage.h). Embedded in its owner; the storage's own. */
struct storage_wait {
    struct storage_wait *next;
    uint64_t position;
    /* ERR_OK, or ERR_IO: the log failed, and whether the change is kept is not known. */
    void (*ready)(struct storage_wait *wait, enum err err);
};

/* What an answer waits for (D3). Ordered: the later the stronger. */
enum node_durability {
    NODE_DURABILITY_MEMORY, /* nothing: messages are in memory only */
    NODE_DURABILITY_OS,     /* the kernel has it: survives a crash of the process */
    NODE_DURABILITY_SYNC,   /* the disk has it */
};

struct node_options {
    struct clock *clock;
    unsigned workers_count; /* at least; a data directory with more logs raises it */
    enum node_durability durability;
    uint64_t cache_bytes;   /* of message bodies in memory, all logs together; durable modes */
    uint32_t segment_bytes; /* of new files of logs; 0: as fits the disk */
    bool accepts_loss;      /* open damaged logs, giving up what lies behind the damage */
    struct catalog_options catalog;
};

/* Opens metadata and makes the workers (not their threads). *ret_why: English, static. */
MUST_CHECK enum err node_create(const struct node_options *options, struct node **ret_node,
                                const char **ret_why);
/* What changes of a queue wait for: the lesser of the server's durability and the queue's tag. */
enum node_durability node_durability_of(const struct node *node, const struct queue *queue);
/* False: a log failed; its queues are not served any more. Any thread. */
bool node_is_healthy(const struct node *node);
/* After the workers' threads have ended: calls under way end here, on this thread. Makes everything durable and, if all went well, marks the logs as cleanly
 * ended. Accepts NULL. */
void node_destroy(struct node *node);

unsigned node_workers_count(const struct node *node);
struct worker *node_worker(struct node *node, unsigned index);
struct catalog *node_catalog(struct node *node);
struct clock *node_clock(struct node *node);
unsigned node_slot_of(uint64_t queue_id);

/* ---- a worker's turn: its thread only ---- */

unsigned worker_index(const struct worker *worker);
struct node *worker_node(struct worker *worker);
const struct directory *worker_directory(const struct worker *worker);
struct mailbox *worker_mailbox(struct worker *worker);
/* Delivers letters, carries out what earlier steps left, ticks the engine when due. Returns for
 * how many milliseconds the loop may sleep: 0 when there is work left, at most
 * WORKER_WAIT_MS_MAX. */
#define WORKER_WAIT_MS_MAX 60000
int worker_turn(struct worker *worker);
/* The mailbox's descriptor is readable: clears it and delivers what waits. */
void worker_wake(struct worker *worker);
/* Is there something due by now, or left to deliver? For a manual clock that jumped. */
bool worker_is_behind(const struct worker *worker);
/* Posts work to a worker from any thread. */
void worker_post(struct worker *worker, struct letter *letter);

/* Bytes that the engine holds for messages, tables and timers, and the number of messages. */
void worker_memory(const struct worker *worker, uint64_t *ret_bytes, uint64_t *ret_messages);
/* How many queues its log tells of that metadata does not know: what they held is kept and seen by nobody. */
uint32_t worker_unknown_queues(const struct worker *worker);
/* log_counts of the worker's log; false: it has none. */
struct log_counts;
bool worker_log_counts(const struct worker *worker, struct log_counts *ret_counts);

/* ---- calls to a queue's engine ---- */

enum node_call_kind {
    NODE_CALL_STEP,   /* one event */
    NODE_CALL_COUNTS, /* engine_counts */
    NODE_CALL_PEEK,   /* engine_peek, with the messages */
    NODE_CALL_IMPORT, /* several messages from elsewhere, in order */
};

enum node_call_state {
    NODE_CALL_IDLE,
    NODE_CALL_AWAY,   /* with the owner of the queue */
    NODE_CALL_PARKED, /* a receive that waits; may be cancelled */
    NODE_CALL_CANCELLING,
};

/* An encoded message (log/message.h) that a call brought, with one reference, the receiver's. Immutable; any thread may
 * release it. */
struct node_message {
    struct slice bytes;
    struct log_body *logged;   /* one of these two */
    struct engine_body memory; /* 0: none */
};
void node_message_release(struct node_message *message); /* twice is harmless */

/* One message that NODE_CALL_IMPORT brings. */
struct node_import {
    struct slice message; /* encoded */
    struct engine_event
        event; /* SEND or ARRIVE; queue, now and body are the owner's to set. An ARRIVE with a message
                                * id (which a deduplicating queue wants) is confirmed at once: there is no source that
                                * could repeat it (D13) */
};

/* Memory is the caller's and must stay until `done`. Zero it, set the first part, start it. */
struct node_call {
    enum node_call_kind kind;
    enum node_durability durability; /* of the queue: what the answer of a change waits for */
    bool is_fifo;                    /* of the queue: receives wait, too (D3) */
    struct slice message; /* SEND: the encoded message; event.send.body is the owner's to set */
    struct engine_event event; /* `now` is set by the owner. COUNTS and PEEK: only event.queue */
    uint64_t peek_after;
    struct engine_peek *peeks; /* room for peeks_max */
    uint32_t peeks_max;
    uint64_t peek_bytes_max;     /* PEEK: ends behind the message that reaches this; 0: no limit */
    struct node_import *imports; /* IMPORT: taken in order up to the first that is refused */
    uint32_t imports_count;
    /* The call has ended: result and what follows are valid. Home thread; may run inside
     * node_call_start. */
    void (*done)(struct node_call *call);
    /* RECEIVE with a wait: it is parked now. Home thread. May be NULL. */
    void (*parked)(struct node_call *call);
    /* RECEIVE with a wait: a message is about to be handed out; is the client still there? Home
     * thread. */
    bool (*is_client_there)(struct node_call *call);
    void *context;

    enum engine_result result;
    bool is_cancelled; /* ended by node_call_cancel: nothing was received */
    bool is_duplicate;
    uint8_t message_id[16];
    uint64_t sequence;
    uint32_t deliveries_count;
    /* RECEIVE: the caller's, with room for event.receive.count_max each; messages are those of the deliveries, in
     * their order. */
    struct engine_delivery *deliveries;
    struct node_message *messages;
    struct node_message *peek_messages; /* PEEK: room for peeks_max; filled like messages */
    /* Why the change was refused, or is not known to be kept: ERR_FULL: no room on the disk, nothing happened;
     * ERR_UNAVAILABLE: the disk is behind, nothing happened; ERR_IO: the log failed. */
    enum err storage_err;
    struct engine_counts counts;
    uint32_t peeks_count;
    uint32_t
        imports_done; /* IMPORT: how many were taken; when not all, result and storage_err say why the next was not.
                            * ERR_IO: whether they are kept is not known */

    /* The node's own. */
    enum node_call_state state;
    struct worker *home;
    struct worker *owner;
    struct letter letter;
    struct letter wake_letter;
    struct engine_waiter waiter;
    uint32_t moves_pending;
    uint32_t reads_pending;
    struct storage_wait wait;
    bool must_repeat;
    bool wake_is_offer;
    bool wake_queue_gone;
};

void node_call_start(struct worker *home, struct node_call *call);
/* Home thread, state NODE_CALL_PARKED: the client has gone. done follows with is_cancelled. */
void node_call_cancel(struct node_call *call);

#endif

/* A worker's inside. Private to src/node. */
#ifndef LEAT_NODE_WORKER_H
#define LEAT_NODE_WORKER_H

#include "node/node.h"
#include "node/storage.h"

/* A wake-up that waits until the step that caused it has been carried out. */
struct worker_wakes {
    struct engine_wake *items;
    uint32_t count;
    uint32_t capacity;
};

struct worker {
    unsigned index;
    struct node *node;
    struct mailbox box;
    struct engine *engine;
    struct directory *directory;
    struct storage *storage;     /* NULL: durability memory */
    struct letter *local_oldest; /* letters to ourselves, in order; no atomics */
    struct letter **local_tail;
    struct worker_wakes wakes;
    struct engine_effects effects; /* of the latest step: scratch */
};

struct node {
    struct clock *clock;
    struct catalog *catalog; /* NULL: it has been stopped */
    unsigned workers_count;
    unsigned owners_count; /* workers that own slots: one a log; without logs all of them */
    enum node_durability durability;
    struct worker *workers;
    bool has_started;        /* every worker is whole */
    _Atomic bool has_failed; /* a log */
    struct catalog_subscriber subscribers[NODE_WORKERS_MAX];
};

struct worker *node_owner(struct node *node, struct engine_queue queue);

/* A message that an event brings (SEND, ARRIVE). */
struct worker_message {
    struct slice bytes;
    enum node_durability durability;
    struct engine_body body; /* where storage placed it */
    enum err err;            /* why there was no place */
};

/* Places the message, if the event brings one; steps the engine (making the partition first if it is only known to the
 * directory); carries out all effects but the answer. origin: the call that waits for the moves of this step; may be
 * NULL. False: message->err, and nothing happened. Owner's thread. */
bool worker_step(struct worker *worker, struct engine_event *event, struct worker_message *message,
                 struct node_call *origin);
/* The lesser of what the server and the queue's own tag ask for. */
enum node_durability worker_durability(const struct worker *worker, const struct queue *queue);
/* Carries out a slice of what is due by now: before reading counts. Owner's thread. */
void worker_tick(struct worker *worker);
/* Drops the wakes of a call whose waiter is gone and which is about to end, so that none outlives it. Owner's thread. */
void worker_forget_wakes(struct worker *worker, uint64_t token);
/* Makes an engine's configuration of a queue's definition. */
struct engine_event worker_configuration(const struct queue *queue);
/* Letters to a worker; to ourselves without the mailbox. */
void worker_send(struct worker *from, struct worker *to, struct letter *letter);

/* calls.c: a message may be there for a parked call, or its wait is over. Home or owner: any
 * worker's wakes. */
void calls_wake(struct worker *worker, const struct engine_wake *wake);
/* calls.c: a move that `origin` waited for has ended. Owner's thread. */
void calls_move_ended(struct worker *worker, struct node_call *origin);
/* moves.c: starts carrying one move of the latest step to its target. */
void moves_start(struct worker *worker, const struct engine_move *move, struct node_call *origin);
/* updates.c: a change of the catalog arrives. */
void updates_deliver(struct letter *letter, void *owner);

#endif

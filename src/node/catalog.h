/* The catalog: the one owner of queue definitions and move tasks, on a thread of its own.
 *
 * Workers send it calls (a decoded request in, a filled response or an API error out) and hold a directory of
 * snapshots (node/directory.h) which the catalog keeps up to date: a change is stored first, then published to every
 * worker, and only when all of them have taken it the caller is answered. So what one connection was told, every
 * other connection sees.
 *
 * It does the actions whose truth is metadata: CreateQueue, DeleteQueue, SetQueueAttributes, TagQueue, UntagQueue,
 * AddPermission, RemovePermission, ListQueues, ListDeadLetterSourceQueues, StartMessageMoveTask,
 * CancelMessageMoveTask, ListMessageMoveTasks; and the look-up of a queue that a directory does not know (another
 * front end may have made it). While the store is away, reads of what is known keep working; what needs the store is
 * answered with ServiceUnavailable (503, retryable) within STORE_DEADLINE_MS. */
#ifndef LEAT_NODE_CATALOG_H
#define LEAT_NODE_CATALOG_H

#include "api/api.h"
#include "auth/policy.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/mailbox.h"
#include "engine/engine.h"
#include "metadata/queue.h"
#include "metadata/store.h"

struct catalog;

/* The strings and the clock outlive the catalog, and so does the array of subscribers. */
struct catalog_options {
    const struct clock *clock;
    const char *region;
    const char *partition;      /* "aws" */
    const char *data_directory; /* for SQLite */
    const char *metadata_url;   /* NULL: SQLite in data_directory; otherwise redis://... */
    bool is_relaxed;            /* the name of a deleted queue is free at once, not after 60 s */
    bool
        has_closed_logs; /* there are logs that nobody opens now: they learn of deletes at a later start */
};

/* Who is told of changes: one per worker, registered before catalog_start. */
struct catalog_subscriber {
    struct mailbox *box;
    /* Runs on the worker's thread. The update must be given back with catalog_update_done from that thread. */
    void (*deliver)(struct letter *update, void *owner);
};

/* A change to take over. `letter` first: cast in deliver. */
struct catalog_update {
    struct letter letter;
    enum catalog_update_kind {
        CATALOG_QUEUE_IS, /* put `queue` into the directory (new or changed); take a reference to keep it */
        CATALOG_QUEUE_GONE, /* take it out; drop its partitions */
        CATALOG_TASK_START, /* the worker that owns `queue`'s partition starts the task; others do nothing */
        CATALOG_TASK_CANCEL,
        CATALOG_TASK_ASK, /* the owner tells how far the task of event.queue is before it gives the update back */
        CATALOG_QUEUE_DROP, /* a queue deleted in an earlier life: drop what is left of it; `queue` is NULL */
        CATALOG_LOADED, /* everything that the store has was told; `queue` is NULL */
    } kind;
    struct queue *queue;       /* CATALOG_TASK_*: the source queue */
    struct engine_event event; /* CATALOG_TASK_*, CATALOG_QUEUE_DROP: ready but for `now` */
    void *barrier;             /* the catalog's own */
};
void catalog_update_done(struct catalog_update *update);

/* One call. Filled by the worker, which leaves call, request, response and arena alone until `done` is delivered to
 * reply_to on its own thread. */
struct catalog_call {
    struct letter letter;
    enum api_action
        action; /* one of those above; API_ACTIONS_COUNT with `find` set: look up a queue */
    bool find;  /* find_account/find_name -> found */
    struct slice find_account, find_name;
    struct slice account; /* whose queues: the caller's */
    /* Who asks, for what only the catalog can check: policies of the queues that a move task is about. NULL: nobody is
     * refused anything. */
    const struct auth_identity *identity;
    const struct policy_context *context;
    struct slice base_url; /* scheme://host, no slash at the end: for queue URLs in responses */
    struct queue *
        queue; /* the queue that QueueUrl named, from the directory; NULL for actions without one */
    const void *request;    /* struct api_..._request */
    void *response;         /* struct api_..._response, zeroed */
    struct arena *arena;    /* for the response and the error's text */
    uint64_t to_move;       /* StartMessageMoveTask: messages in the source now */
    struct api_error error; /* error.row == NULL: success */
    struct queue *found;    /* find: a reference for the caller, or NULL with error set */
    struct mailbox *reply_to;
    void (*done)(struct letter *call, void *owner); /* becomes letter.deliver on the way back */
};

/* Opens the store, loads everything (publishing each queue to the subscribers) and starts the thread. Blocks until
 * loaded. With Redis away it returns ERR_OK too: loading goes on until it answers, catalog_is_ready tells.
 * *ret_why: English, static. */
MUST_CHECK enum err catalog_start(const struct catalog_options *options,
                                  const struct catalog_subscriber *subscribers,
                                  unsigned subscribers_count, struct catalog **ret_catalog,
                                  const char **ret_why);
/* Any thread: the store answers and everything is loaded. */
bool catalog_is_ready(const struct catalog *catalog);
/* Any thread. */
void catalog_post(struct catalog *catalog, struct catalog_call *call);
/* Any thread: progress of a move task (copied). */
void catalog_task_news(struct catalog *catalog, const struct engine_task_news *news);
/* Any thread: nothing of the deleted queue (CATALOG_QUEUE_GONE, CATALOG_QUEUE_DROP) can come back: its drop is durable in
 * the log of the worker that owned it. */
void catalog_queue_forgotten(struct catalog *catalog, uint64_t id);
/* Any thread: a log holds messages of a queue of this id. Nobody gets it again. */
void catalog_id_exists(struct catalog *catalog, uint64_t id);
/* 32 bytes of the server's key for receipt handles: made once and kept in the store. NULL until the store told it, which
 * is before any queue is published; then valid as long as the catalog, also while the store is away. */
const uint8_t *catalog_receipt_key(const struct catalog *catalog);
/* Finishes the calls under way, stops the thread, closes the store. Accepts NULL. Every subscriber either goes on
 * draining its box until this returns, or (then it takes 2 s when updates wait there) never does so again. */
void catalog_stop(struct catalog *catalog);

#endif

/* Inside the catalog. Everything here belongs to the catalog's thread, except what says otherwise.
 *
 * catalog.c            the thread, calls in and answers out
 * catalog_load.c       start: store to memory, then to the subscribers
 * catalog_entries.c    what is in memory: entries by name, the two ordered indexes, tombstones
 * catalog_publish.c    changes to the subscribers, and waiting until all have taken them
 * catalog_operation.c  one change at a time for a name: check, commit, publish, answer; lost races
 * catalog_queues.c     CreateQueue, DeleteQueue, SetQueueAttributes, tags, permissions, look-up
 * catalog_list.c       ListQueues, ListDeadLetterSourceQueues
 * catalog_tasks.c      StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks
 * catalog_task.c       move tasks in memory: progress, saving, ends
 * catalog_dropped.c    the proof of deletes, until the logs know
 * catalog_ids.c        ids of queues and tasks: ranges leased from the store
 * catalog_watch.c      what other front ends change
 * catalog_documents.c  tombstones, tasks, the receipt key and the ids as the store keeps them
 */
#ifndef LEAT_NODE_CATALOG_PRIVATE_H
#define LEAT_NODE_CATALOG_PRIVATE_H

#include <pthread.h>

#include "base/logger.h"
#include "base/loop.h"
#include "base/sorted.h"
#include "base/table.h"
#include "node/catalog.h"

#define CATALOG_AREA             "catalog"
#define CATALOG_DELETED_MS       60000 /* C5: how long a deleted queue blocks its name */
#define CATALOG_ATTEMPTS_MAX     4u    /* of a commit that loses races against other front ends */
#define CATALOG_LOOK_UPS_MAX     8u    /* questions to the store that one call may cause */
#define CATALOG_PAGE_MAX         1000
#define CATALOG_TASKS_KEPT       10u  /* C12: a source */
#define CATALOG_TASKS_ACTIVE_MAX 100u /* C20: an account */
#define CATALOG_TASK_RATE_MAX    500
#define CATALOG_SAVE_MS          1000 /* counts of tasks are stored about as often */
#define CATALOG_LOAD_AGAIN_MS    250
#define CATALOG_STOP_MS          2000
#define CATALOG_KEY_BYTES        32u
#define CATALOG_SETTING_KEY      "receipt-key"
#define CATALOG_SETTING_IDS      "ids"
#define CATALOG_IDS_LEASED       1024u  /* at once; what is not used is never used */
#define CATALOG_AGAIN_MS         250    /* until what failed is tried again */
#define CATALOG_FINDS_MAX        64u    /* unknown names that are looked up at the same time */
#define CATALOG_CHANGES_MAX      10000u /* changes by others that wait; more: all is read again */
#define CATALOG_REFRESHES_MAX    16u    /* of them looked up at the same time */

struct catalog_operation;
struct catalog_publication;
struct catalog_task;

/* All that is known of an account and a name, whether there is a queue or not. */
struct catalog_entry {
    struct slice account, name; /* in the entry's own allocation */
    struct slice key;           /* "<account>/<name>": of the documents; contains both */
    uint64_t hash;
    struct queue *queue;          /* NULL: there is none. The entry's reference */
    uint64_t tombstone_version;   /* of the document about a deleted queue; 0: there is none */
    struct mono_ms blocked_until; /* with a tombstone: no new queue before */
    struct catalog_entry *older, *younger; /* tombstones in the order of their making */
    bool is_buried;                        /* is in that list */
    uint64_t
        changes_count; /* of queue and tombstone here: has anything changed while the store was asked? */
    uint64_t absent_at;  /* there was no queue in the store when the look-up of this number began */
    uint64_t seen_round; /* of reading all again */
    struct catalog_entry *next_changed; /* waiting for the look-up of a change by others */
    bool is_changed;                    /* is in that list */
    bool is_unproven; /* the store has lost the queue without a proof: it was told */
    bool is_doubtful; /* a commit's outcome is unknown: ask the store before the next */
    bool is_busy;     /* the first operation is under way */
    bool is_pumping;  /* operation_pump is on the stack */
    struct catalog_operation *first, *last; /* waiting, in order of arrival */
    struct catalog_task *tasks;             /* newest first */
    unsigned tasks_count;
};

/* Deleted queues whose messages a log may still hold. */
struct catalog_dropped {
    struct catalog_dropped_queue {
        uint64_t id;
        struct wall_ms deleted;
    } * found; /* at start: what the store has */
    size_t found_count, found_capacity;
    uint64_t forgotten[STORE_CHANGES_MAX]; /* to be taken out of the store */
    unsigned forgotten_count;
    struct loop_timer *timer;
};

/* Ids: [next, end) is ours alone. */
struct catalog_ids {
    uint64_t next, end;
    uint64_t floor; /* above every id that is known to exist */
    bool is_asking;
    unsigned attempts;
    uint64_t version, stored; /* of the document; as found */
    enum err found;
    struct catalog_operation *waiting; /* by next_waiting */
    void (*loaded)(struct catalog *catalog);
};

/* What others change. */
struct catalog_changes {
    struct catalog_entry *first, *last; /* by next_changed */
    unsigned count, underway;
    bool is_missed;    /* all must be read again */
    bool is_reloading; /* that is under way */
    bool is_working;   /* catalog_changes_go_on is on the stack */
    uint64_t round;
    struct loop_timer *timer;
};

/* Counts publications that are on their way; `passed` runs once, when all have come back after the seal. */
struct catalog_barrier {
    unsigned waiting;
    bool is_sealed;
    void (*passed)(void *context);
    void *context;
};

struct catalog {
    /* Any thread. */
    struct mailbox box;
    atomic_bool is_loaded;
    atomic_bool is_available;
    const char
        *lost_why; /* the catalog's thread: the store is not the one that was read; NULL: it is */
    atomic_bool has_receipt_key;
    uint8_t receipt_key[CATALOG_KEY_BYTES]; /* written before has_receipt_key, then never again */
    struct catalog_options options;         /* never changes */
    const struct catalog_subscriber *subscribers;
    unsigned subscribers_count;
    bool is_shared; /* other front ends change the same store */

    pthread_t thread;
    pthread_mutex_t started_lock; /* guards has_started, start_err, start_why */
    pthread_cond_t started_signal;
    bool has_started; /* loaded, failed for good, or waiting for the store */
    enum err start_err;
    const char *start_why;

    /* The catalog's thread only. */
    struct loop *loop;
    struct store *store;
    struct table entries; /* by account and name */
    struct sorted names;  /* entries with a queue, by account and name */
    struct sorted
        sources; /* entries whose queue has a dead-letter queue, by its ARN, account, name */
    struct catalog_entry *oldest_tombstone, *youngest_tombstone;
    struct catalog_publication *publications; /* on their way */
    struct catalog_dropped dropped;
    struct catalog_ids ids;
    struct catalog_changes changes;
    uint64_t last_config_version;
    uint64_t moments; /* numbers arrivals of operations and beginnings of look-ups */
    unsigned finds_underway;
    struct table tasks_by_name; /* the engine's name */
    struct table tasks_by_uuid;
    struct catalog_task *unfinished; /* tasks that are not over, or not saved as they are now */
    struct loop_timer *save_timer;
    struct loop_timer *load_timer;
    struct loop_timer *health_timer;
    struct loop_timer *stop_timer;
    unsigned load_stage;
    unsigned loads_refused; /* in a row: the store does not answer */
    const char *load_why;   /* a document that cannot be read: English, static */
    unsigned underway;      /* operations and removals that are not finished */
    bool is_stopping;       /* no new calls */
    bool is_closing;        /* the store must not be called any more */
};

/* ---- catalog.c ---- */

void catalog_answer(struct catalog_call *call);
bool catalog_fail_unavailable(const struct catalog *catalog, struct api_error *error);
bool catalog_fail_internal(struct api_error *error);
struct clock_now catalog_now(const struct catalog *catalog);
/* For a document that has version `before` now (0: none). */
uint64_t catalog_next_version(const struct catalog *catalog, uint64_t before);
void catalog_began(struct catalog *catalog);
void catalog_finished(struct catalog *catalog);
/* Remembers whether the store answered. */
void catalog_note_store(struct catalog *catalog);

/* ---- catalog_ids.c ---- */

/* Is an id at hand? If not, a step that is CATALOG_STEP_ID gets some. */
bool catalog_has_id(const struct catalog *catalog);
/* Never the same twice, from no server of this store. */
uint64_t catalog_next_id(struct catalog *catalog);
/* This id exists. */
void catalog_note_id(struct catalog *catalog, uint64_t id);
/* Goes on with the operation when there are ids, or when there are none to be had: op->error says so then. */
void catalog_ids_wait(struct catalog_operation *op);
/* At start: leases a range; done comes in any case. */
void catalog_ids_prepare(struct catalog *catalog, void (*done)(struct catalog *catalog));

/* ---- catalog_watch.c ---- */

/* Before anything is loaded. */
void catalog_changes_watch(struct catalog *catalog);
/* Loaded: looks up what was changed meanwhile, and from now on what changes. */
void catalog_changes_go_on(struct catalog *catalog);
/* Forgets what waits: all is loaded from the beginning, or the end has come. */
void catalog_changes_clear(struct catalog *catalog);

/* ---- catalog_load.c ---- */

void catalog_load_begin(struct catalog *catalog);

/* ---- catalog_entries.c ---- */

void catalog_entries_init(struct catalog *catalog);
void catalog_entries_done(struct catalog *catalog);
/* NULL when nothing is known of the name. */
struct catalog_entry *catalog_entry_find(const struct catalog *catalog, struct slice account,
                                         struct slice name);
struct catalog_entry *catalog_entry_get(struct catalog *catalog, struct slice account,
                                        struct slice name);
/* Forgets an entry that says nothing any more. */
void catalog_entry_release(struct catalog *catalog, struct catalog_entry *entry);
/* The queue of an ARN, or NULL. */
struct queue *catalog_find_arn(const struct catalog *catalog, struct slice arn);
/* The place of an ARN of this kind of service; false when it cannot name a queue. */
bool catalog_parse_arn(struct slice arn, struct slice *ret_account, struct slice *ret_name);
/* A new snapshot made of the draft takes the place of the entry's queue; it, and the queues whose dead-letter queue it
 * is, are published under the barrier (NULL: nobody waits). */
void catalog_install(struct catalog *catalog, struct catalog_entry *entry,
                     const struct queue *draft, struct catalog_barrier *barrier);
/* The same without publishing and without knowing other queues: at start. */
void catalog_install_silent(struct catalog *catalog, struct catalog_entry *entry,
                            const struct queue *draft);
/* At start, when all are there: finds its dead-letter queue. */
void catalog_resolve(struct catalog *catalog, struct catalog_entry *entry);
/* The entry's queue is no more, and so are its tasks. */
void catalog_remove(struct catalog *catalog, struct catalog_entry *entry,
                    struct catalog_barrier *barrier);
/* version 0: there is no tombstone. deleted: when, by the wall clock. */
void catalog_set_tombstone(struct catalog *catalog, struct catalog_entry *entry, uint64_t version,
                           struct wall_ms deleted);
bool catalog_is_blocked(const struct catalog *catalog, const struct catalog_entry *entry);
/* Takes a few tombstones that no longer block anything out of the store. */
void catalog_prune_tombstones(struct catalog *catalog);
/* Is this queue a dead-letter queue of any? */
bool catalog_has_sources(const struct catalog *catalog, const struct queue *queue);
/* The queues whose dead-letter queue this is, one by one: begins with *place == NULL. NULL: no more. */
const struct queue *catalog_next_source(const struct catalog *catalog, const struct queue *queue,
                                        const struct sorted_place **place);
/* Does the queue's policy let the sender of the call do this? False: *error is set. */
bool catalog_may(const struct catalog_call *call, enum api_action action, const struct queue *queue,
                 struct arena *arena, struct api_error *error);
/* Removes documents that are not needed; nobody waits, and what fails stays until the next start. At most
 * STORE_CHANGES_MAX changes, none of which writes. */
void catalog_discard(struct catalog *catalog, const struct store_change *changes,
                     unsigned changes_count);

/* ---- catalog_publish.c ---- */

void catalog_publish(struct catalog *catalog, enum catalog_update_kind kind, struct queue *queue,
                     const struct engine_event *event, struct catalog_barrier *barrier);
/* From now on nothing is added: passed runs now, or when the last one has come back. */
void catalog_barrier_seal(struct catalog_barrier *barrier);
/* The end: takes what never came back for taken. */
void catalog_publications_done(struct catalog *catalog);

/* ---- catalog_operation.c ---- */

enum catalog_step {
    CATALOG_STEP_ANSWER,  /* nothing to store: publish what there is, answer */
    CATALOG_STEP_COMMIT,  /* store `changes` */
    CATALOG_STEP_LOOK_UP, /* ask the store about look_up, then prepare again */
    CATALOG_STEP_ID,      /* get ids, then prepare again */
};

struct catalog_operation_kind {
    /* Checks the call against what is known now; may run several times. An error in op->error is the answer. */
    enum catalog_step (*prepare)(struct catalog_operation *op);
    /* The commit happened: change the memory and publish. */
    void (*apply)(struct catalog_operation *op);
    /* The commit lost a race: bring the memory up to date, by catalog_operation_again in the end. NULL: ask for the
     * queue's own documents. */
    void (*refresh)(struct catalog_operation *op);
    /* All workers took what apply published, and the answer is next. NULL: nothing to do. */
    void (*taken)(struct catalog_operation *op);
    /* Nothing was stored; op->error says why. NULL: nothing to do. */
    void (*failed)(struct catalog_operation *op);
    /* The operation is over; another may be started. NULL: nothing to do. */
    void (*ended)(struct catalog *catalog);
};

/* One call (or a task to be saved) that changes what belongs to a name. */
struct catalog_operation {
    struct catalog *catalog;
    struct catalog_entry *entry;
    struct catalog_operation *next;
    const struct catalog_operation_kind *kind;
    struct catalog_call *call; /* NULL: the catalog's own */
    struct arena memory;
    struct api_error error;
    struct queue *base; /* what the draft was made of: its slices are the draft's. A reference */
    struct queue draft; /* what the queue will be */
    struct store_change changes[STORE_CHANGES_MAX];
    unsigned changes_count;
    unsigned attempts;
    unsigned look_ups;
    struct slice look_up_account, look_up_name;
    struct catalog_entry *looked_up; /* under way */
    struct queue found;              /* id 0: none */
    struct wall_ms found_deleted;
    uint64_t found_version;        /* of a tombstone */
    uint64_t found_id;             /* the deleted queue's */
    uint64_t proven_id;            /* a queue that is surely deleted */
    uint64_t changes_count_before; /* looked_up's when it began */
    uint64_t began, arrived;       /* moments: of the look-up, of the operation */
    bool is_find;                  /* counted in finds_underway while a look-up is under way */
    struct catalog_operation *next_waiting; /* for ids */
    bool is_damaged;
    bool knows_itself;     /* the entry's documents were read during this operation */
    struct slice known[2]; /* keys of other entries that were read */
    unsigned known_count;
    struct catalog_barrier barrier;
    void *parsed; /* the kind's own, made before the operation waits */
};

struct catalog_operation *catalog_operation_create(struct catalog *catalog,
                                                   struct catalog_call *call,
                                                   const struct catalog_operation_kind *kind);
/* For an error found before there is an entry: answers and frees. */
void catalog_operation_refuse(struct catalog_operation *op);
/* Takes its turn among those of the name. */
void catalog_operation_submit(struct catalog_operation *op, struct slice account,
                              struct slice name);
/* Prepares again, or answers op->error. */
void catalog_operation_continue(struct catalog_operation *op);
/* After refresh: prepares again, or gives up with ServiceUnavailable. */
void catalog_operation_again(struct catalog_operation *op, enum err err);
/* Asks for a step that reads the queue of that name from the store, if that can tell anything new. False: it cannot. */
bool catalog_operation_wants(struct catalog_operation *op, struct slice account, struct slice name);
/* Adds one step to the commit. */
void catalog_operation_change(struct catalog_operation *op, enum store_kind kind, struct slice key,
                              uint64_t before, uint64_t after, struct slice document);
/* For prepare: op->error is the answer. */
enum catalog_step catalog_step_fail(struct catalog_operation *op);

/* ---- catalog_queues.c, catalog_list.c, catalog_tasks.c ---- */

void catalog_create_queue(struct catalog *catalog, struct catalog_call *call);
/* Everything else that changes the queue named by call->queue. */
void catalog_change_queue(struct catalog *catalog, struct catalog_call *call);
void catalog_find_queue(struct catalog *catalog, struct catalog_call *call);
struct slice catalog_queue_url(const struct catalog_call *call, const struct queue *queue);

void catalog_list_queues(struct catalog *catalog, struct catalog_call *call);
void catalog_list_sources(struct catalog *catalog, struct catalog_call *call);

void catalog_start_task(struct catalog *catalog, struct catalog_call *call);
void catalog_cancel_task(struct catalog *catalog, struct catalog_call *call);
void catalog_list_tasks(struct catalog *catalog, struct catalog_call *call);

/* ---- catalog_task.c ---- */

enum catalog_task_status {
    CATALOG_TASK_RUNNING,
    CATALOG_TASK_CANCELLING,
    CATALOG_TASK_COMPLETED,
    CATALOG_TASK_CANCELLED,
    CATALOG_TASK_FAILED,
};

#define CATALOG_UUID_BYTES 36u

/* The part of a task that is stored. */
struct catalog_task_facts {
    uint8_t uuid[CATALOG_UUID_BYTES];
    uint64_t name; /* for the engine */
    struct slice source_arn;
    uint64_t source_id;
    struct slice destination_arn; /* at == NULL: to each message's own source */
    uint64_t destination_id;
    int64_t rate; /* a second; 0: not given */
    enum catalog_task_status status;
    uint64_t moved;
    uint64_t to_move;
    int64_t started_ms;
    struct slice failure; /* only when failed */
};

struct catalog_task {
    struct catalog_task_facts facts; /* slices in memory */
    struct arena memory;
    struct catalog_entry *source;
    uint64_t version;                     /* of the document */
    bool is_dirty;                        /* facts were not saved since they changed */
    bool is_saving;                       /* an operation to save it waits or is under way */
    struct catalog_task *older;           /* of the same source */
    struct catalog_task *previous, *next; /* in catalog.unfinished */
    bool is_listed;                       /* is there */
};

static inline struct slice catalog_task_key(const struct catalog_task_facts *facts)
{
    return slice_of(facts->uuid, sizeof(facts->uuid));
}

static inline bool catalog_task_is_over(enum catalog_task_status status)
{
    return status != CATALOG_TASK_RUNNING && status != CATALOG_TASK_CANCELLING;
}

/* Takes a copy of the facts; the task is the newest of its source unless it started earlier than others. */
struct catalog_task *catalog_task_add(struct catalog *catalog, struct catalog_entry *source,
                                      const struct catalog_task_facts *facts, uint64_t version);
struct catalog_task *catalog_task_find(const struct catalog *catalog, struct slice uuid);
void catalog_task_set_status(struct catalog *catalog, struct catalog_task *task,
                             enum catalog_task_status status);
/* Running or being cancelled. */
unsigned catalog_task_count_active(const struct catalog *catalog, struct slice account);
/* A commit of this task lost a race: learns the stored version, and goes on with catalog_operation_again. */
void catalog_task_refresh(struct catalog_operation *op, struct slice uuid);
/* Forgets the task, here and in the store. */
void catalog_task_drop(struct catalog *catalog, struct catalog_task *task);
/* Keeps the newest CATALOG_TASKS_KEPT. */
void catalog_task_trim(struct catalog *catalog, struct catalog_entry *source);
/* Stores the task as it is now. */
void catalog_task_save(struct catalog *catalog, struct catalog_task *task);
/* Tells the workers. */
void catalog_task_publish_start(struct catalog *catalog, struct catalog_task *task,
                                struct catalog_barrier *barrier);
/* The owner of the source tells how far its task is before the barrier passes. */
void catalog_task_publish_ask(struct catalog *catalog, struct queue *source,
                              struct catalog_barrier *barrier);
void catalog_task_publish_cancel(struct catalog *catalog, struct catalog_task *task,
                                 struct catalog_barrier *barrier);
/* After loading: goes on with what was running. */
void catalog_task_resume(struct catalog *catalog, struct catalog_task *task);
/* Saves all that changed: before the end. */
void catalog_tasks_flush(struct catalog *catalog);
void catalog_tasks_done(struct catalog *catalog);

/* ---- catalog_dropped.c ---- */

/* The key of the document. at: CATALOG_ID_BYTES. */
#define CATALOG_ID_BYTES 21u
struct slice catalog_dropped_key(uint64_t id, char *at);
/* One more step of the commit that deletes a queue. */
void catalog_dropped_change(struct catalog_operation *op, uint64_t id, struct wall_ms deleted);
/* At start: a store_each, then all to the workers. */
void catalog_dropped_load(void *context, struct slice key, uint64_t version, struct slice document);
void catalog_dropped_publish(struct catalog *catalog);
/* Forgets what was loaded. */
void catalog_dropped_clear(struct catalog *catalog);
/* Takes what waits for it out of the store. */
void catalog_dropped_flush(struct catalog *catalog);

/* ---- catalog_documents.c ---- */

struct slice catalog_write_tombstone(struct arena *arena, uint64_t id, struct wall_ms deleted);
MUST_CHECK enum err catalog_read_tombstone(struct slice document, uint64_t *ret_id,
                                           struct wall_ms *ret_deleted);
const char *catalog_task_status_name(enum catalog_task_status status);
struct slice catalog_write_task(struct arena *arena, const struct catalog_task_facts *facts);
/* key: the document's. Slices in the arena. */
MUST_CHECK enum err catalog_read_task(struct slice document, struct slice key, struct arena *arena,
                                      struct catalog_task_facts *ret_facts);
struct slice catalog_write_ids(struct arena *arena, uint64_t next);
MUST_CHECK enum err catalog_read_ids(struct slice document, uint64_t *ret_next);
struct slice catalog_write_key(struct arena *arena, const uint8_t key[CATALOG_KEY_BYTES]);
MUST_CHECK enum err catalog_read_key(struct slice document, uint8_t ret_key[CATALOG_KEY_BYTES]);
/* base64 of {"taskId":"..","sourceArn":".."} (C2). */
struct slice catalog_write_handle(struct arena *arena, const struct catalog_task_facts *facts);
bool catalog_read_handle(struct slice handle, struct arena *arena, struct slice *ret_uuid,
                         struct slice *ret_arn);

/* For tests: catalog_start on a store of the caller's, which the catalog closes. `loop` is what the store uses. */
MUST_CHECK enum err catalog_start_on(const struct catalog_options *options,
                                     const struct catalog_subscriber *subscribers,
                                     unsigned subscribers_count, struct loop *loop,
                                     struct store *store, bool is_shared,
                                     struct catalog **ret_catalog, const char **ret_why);

#endif

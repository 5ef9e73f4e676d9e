/* What the tests of the catalog share: a real catalog with workers that are only mailboxes, calls written as JSON, and
 * a store in memory that can lose races, answer late and fail. */
#ifndef LEAT_NODE_CATALOG_HARNESS_H
#define LEAT_NODE_CATALOG_HARNESS_H

#include "node/catalog_private.h"
#include "node/directory.h"
#include "testkit/directory.h"
#include "testkit/testkit.h"

#define HARNESS_WORKERS   4u
#define HARNESS_EVENTS    64u
#define HARNESS_ACCOUNT   "000000000000"
#define HARNESS_URL       "http://localhost:9324"
#define HARNESS_ARN(name) "arn:aws:sqs:us-east-1:" HARNESS_ACCOUNT ":" name

/* A mailbox and what a worker would keep. */
struct harness_worker {
    struct mailbox box;
    struct directory *directory;
    struct engine_event events[HARNESS_EVENTS]; /* of move tasks */
    unsigned events_count;
    unsigned drops_count; /* and the latest queue to be dropped: */
    struct engine_queue dropped;
    bool holds; /* keeps the updates that come instead of giving them back */
    struct catalog_update *held;
    unsigned updates_count;
    struct catalog *
        progress_to; /* whom to tell `progress` when a task is asked about or cancelled; NULL: nobody */
    struct engine_task_news progress;
};

struct harness {
    struct clock *clock;
    struct catalog *catalog;
    struct harness_worker workers[HARNESS_WORKERS];
    struct catalog_subscriber subscribers[HARNESS_WORKERS];
    struct catalog_options options;
    struct arena arena;
};

void harness_init(struct harness *harness); /* the clock is manual, at HARNESS_START_MS */
#define HARNESS_START_MS INT64_C(1700000000000)
void harness_done(struct harness *harness);

/* SQLite in this directory. */
void harness_start(struct harness *harness, const char *directory);
void harness_start_redis(struct harness *harness, const char *url);
/* Keeps nothing of what the workers knew. */
void harness_stop(struct harness *harness);
/* The same when the test has stopped the catalog itself. */
void harness_forget(struct harness *harness);

/* Sends one call as worker 0 and drains all boxes until it is answered. `queue`: the name of the queue of this account
 * that the call is for, or NULL. The answer: the response as JSON ("" when there is no output), or
 * "<query code>: <text>". Lives until harness_done. */
const char *harness_call(struct harness *harness, enum api_action action, const char *queue,
                         const char *json);
const char *harness_call_as(struct harness *harness, const char *account, enum api_action action,
                            const char *queue, const char *json);
/* As a look-up of a queue: NULL when it was not found. The directory holds it. */
struct queue *harness_find(struct harness *harness, const char *name, struct api_error *ret_error);
/* What worker 0 knows. */
struct queue *harness_queue(struct harness *harness, const char *name);
/* Delivers what waits in the workers' boxes, for at most that long or until there is nothing for a while. */
void harness_drain(struct harness *harness, int quiet_ms);

/* The pieces of harness_call, for calls that overlap. */
struct harness_pending {
    struct catalog_call call;
    struct arena arena;
    bool is_done;
};
struct harness_pending *harness_post(struct harness *harness, const char *account,
                                     enum api_action action, const char *queue, const char *json);
/* A look-up that overlaps with others. */
struct harness_pending *harness_post_find(struct harness *harness, const char *name);
const char *harness_wait(struct harness *harness, struct harness_pending *pending);

#define harness_expect(answer, text) ck_assert_str_eq(answer, text)

/* ---- a store in memory ---- */

struct fake_store;

/* delay_ms: how long each answer takes; 0: before the call returns. Documents outlive the catalog that closes the
 * store; a store opened again finds them. */
struct fake_store *fake_store_create(void);
void fake_store_destroy(struct fake_store *fake);
/* What catalog_start_on takes. */
struct store *fake_store_open(struct fake_store *fake, struct loop *loop, int delay_ms);
/* The next `count` commits (or finds, or loads) are answered so; a commit answered with ERR_UNAVAILABLE happens all the
 * same when does_happen. Any thread. */
enum fake_call { FAKE_COMMIT, FAKE_FIND, FAKE_LOAD, FAKE_CALLS_COUNT };
void fake_store_fail(struct fake_store *fake, enum fake_call call, unsigned count, enum err err,
                     bool does_happen);
/* How many such calls there were. Any thread. */
unsigned fake_store_calls(struct fake_store *fake, enum fake_call call);
/* What the store's watch says, soon. Any thread. */
enum fake_news { FAKE_CHANGED, FAKE_MISSED, FAKE_LOST, FAKE_FOUND };
void fake_store_tell(struct fake_store *fake, enum fake_news news, enum store_kind kind,
                     const char *key, uint64_t version);
/* Behind the catalog's back, as another front end would. version 0: removes. Any thread. */
void fake_store_put(struct fake_store *fake, enum store_kind kind, const char *key,
                    uint64_t version, struct slice document);
/* A copy in the arena; at == NULL: absent. */
struct slice fake_store_get(struct fake_store *fake, enum store_kind kind, const char *key,
                            struct arena *arena, uint64_t *ret_version);
unsigned fake_store_count(struct fake_store *fake, enum store_kind kind);

void harness_start_fake(struct harness *harness, struct fake_store *fake, int delay_ms,
                        bool is_shared);

#endif

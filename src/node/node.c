#include "node/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/logger.h"
#include "node/anchor.h"
#include "node/manifest.h"

#include "base/banned.h"

/* Sequence numbers start at the time of the start, so that a handle of an earlier process never
 * fits a message of this one. 2^20 numbers a millisecond: more than a worker can give out. */
#define SEQUENCE_SHIFT 20

static enum err init_worker(struct worker *worker, struct node *node, unsigned index)
{
    worker->index = index;
    worker->node = node;
    worker->local_tail = &worker->local_oldest;
    worker->engine = engine_create((uint64_t)clock_read(node->clock).mono.v << SEQUENCE_SHIFT);
    worker->directory = directory_create();
    if (worker->engine == NULL || worker->directory == NULL)
        return ERR_FULL;
    return mailbox_init(&worker->box);
}

static void done_worker(struct worker *worker)
{
    storage_free(worker);
    if (worker->engine != NULL) {
        storage_free_memory(worker);
        engine_destroy(worker->engine);
    }
    if (worker->directory != NULL)
        directory_destroy(worker->directory);
    mailbox_done(&worker->box);
    free(worker->wakes.items);
}

static bool has_logs(const struct node_options *options)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/manifest.json", options->catalog.data_directory);
    return access(path, F_OK) == 0;
}

static enum err start_catalog(struct node *node, const struct node_options *options,
                              const char **ret_why)
{
    struct catalog_options catalog = options->catalog;
    catalog.clock = options->clock;
    catalog.has_closed_logs = node->durability == NODE_DURABILITY_MEMORY && has_logs(options);
    for (unsigned i = 0; i < node->workers_count; i++)
        node->subscribers[i] = (struct catalog_subscriber){&node->workers[i].box, updates_deliver};
    return catalog_start(&catalog, node->subscribers, node->workers_count, &node->catalog, ret_why);
}

/* How many logs a new data directory gets: few streams of commits a disk (more of them only wait for each other). */
#define LOGS_MAX 2u

/* Each log on a thread of its own: a start takes as long as the largest, not as all of them. */
struct opening {
    struct worker *worker;
    const struct node_options *options;
    uint64_t identity;
    pthread_t thread;
    bool has_thread;
    enum err err;
    char why[STORAGE_WHY_BYTES];
};

static void *open_log(void *context)
{
    struct opening *opening = context;
    char path[4096];
    snprintf(path, sizeof(path), "%s/log-%u", opening->options->catalog.data_directory,
             opening->worker->index);
    opening->err =
        storage_open(opening->worker, path, opening->identity, opening->options, opening->why);
    return NULL;
}

static enum err open_logs(struct node *node, const struct node_options *options,
                          const struct manifest *manifest, const char **ret_why)
{
    static struct opening openings[NODE_WORKERS_MAX]; /* the reason outlives the node */
    enum err err = ERR_OK;
    for (unsigned i = manifest->logs_count; i > 0; i--) {
        struct opening *opening = &openings[i - 1];
        *opening = (struct opening){.worker = &node->workers[i - 1],
                                    .options = options,
                                    .identity = manifest->identity + i - 1};
        opening->has_thread =
            i > 1 && pthread_create(&opening->thread, NULL, open_log, opening) == 0;
        if (!opening->has_thread)
            (void)open_log(opening);
    }
    for (unsigned i = 0; i < manifest->logs_count; i++) {
        struct opening *opening = &openings[i];
        if (opening->has_thread)
            pthread_join(opening->thread, NULL);
        if (opening->err == ERR_OK) {
            clock_raise(node->clock, engine_latest(opening->worker->engine));
        } else if (err == ERR_OK) {
            err = opening->err;
            *ret_why = opening->why;
        }
    }
    return err;
}

static enum err read_manifest(const struct node_options *options, struct manifest *ret_manifest,
                              const char **ret_why)
{
    unsigned logs = options->workers_count < LOGS_MAX ? options->workers_count : LOGS_MAX;
    return manifest_open(files_system(), options->catalog.data_directory, logs,
                         options->accepts_loss, ret_manifest, ret_why);
}

static enum err create_workers(struct node *node)
{
    node->workers = calloc(node->workers_count, sizeof(*node->workers));
    ASSERT(node->workers != NULL);
    for (unsigned i = 0; i < node->workers_count; i++)
        node->workers[i].box.wake_fd = -1;
    for (unsigned i = 0; i < node->workers_count; i++) {
        enum err err = init_worker(&node->workers[i], node, i);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

/* Messages of earlier starts lie in logs that nobody opens now: they are neither served nor lost. */
static void warn_of_logs(const struct node_options *options)
{
    if (has_logs(options))
        LOG_WARNING("node",
                    "durability memory: messages kept in %s by earlier starts are not served",
                    options->catalog.data_directory);
}

/* ---- the timeline ---- */

#define STEP_TOLD_MS 60000

static bool has_anchor(const struct node_options *options, struct anchor_machine *ret_machine)
{
    return options->durability != NODE_DURABILITY_MEMORY && !clock_is_manual(options->clock) &&
           anchor_look(files_system(), ret_machine);
}

/* Goes on where the process before left it, if that was in this boot. The anchor has a checksum, so when the wall clock
 * contradicts it, the wall clock was stepped: that is told, and refuses no start. */
static void take_timeline(const struct node_options *options)
{
    struct anchor_machine machine;
    struct mono_ms now;
    if (!has_anchor(options, &machine) ||
        !anchor_read(files_system(), options->catalog.data_directory, &machine, &now))
        return;
    int64_t stepped_ms = clock_read(options->clock).wall.v - now.v;
    if (stepped_ms > STEP_TOLD_MS || stepped_ms < -STEP_TOLD_MS)
        LOG_WARNING("node",
                    "the wall clock is %lld s from where clock.json says it should be after the "
                    "time that passed; deadlines go by the latter",
                    (long long)(stepped_ms / 1000));
    clock_set(options->clock, now);
}

/* For the next process. */
static void leave_timeline(const struct node_options *options)
{
    struct anchor_machine machine;
    if (has_anchor(options, &machine))
        anchor_write(files_system(), options->catalog.data_directory, &machine,
                     clock_read(options->clock).mono);
}

static enum err start(struct node *node, const struct node_options *options, const char **ret_why)
{
    struct manifest manifest = {0};
    bool is_durable = options->durability != NODE_DURABILITY_MEMORY;
    enum err err = is_durable ? read_manifest(options, &manifest, ret_why) : ERR_OK;
    if (!is_durable)
        warn_of_logs(options);
    if (err != ERR_OK)
        return err;
    if (node->workers_count < manifest.logs_count)
        node->workers_count = manifest.logs_count; /* a worker a log at least */
    take_timeline(options);
    node->owners_count = is_durable ? manifest.logs_count : node->workers_count;
    *ret_why = "no memory or no descriptors for the workers";
    err = create_workers(node);
    node->has_started = err == ERR_OK;
    /* The catalog first: its lock on the data directory guards the logs, too. */
    if (err == ERR_OK)
        err = start_catalog(node, options, ret_why);
    if (err == ERR_OK && is_durable)
        err = open_logs(node, options, &manifest, ret_why);
    /* A disk that is too full for it is no reason not to serve: the next start writes it. */
    if (err == ERR_OK && is_durable &&
        manifest_opened(files_system(), options->catalog.data_directory, &manifest) != ERR_OK)
        LOG_WARNING("node", "manifest.json cannot be written: %s", strerror(errno));
    if (err == ERR_OK)
        leave_timeline(options);
    return err;
}

enum err node_create(const struct node_options *options, struct node **ret_node,
                     const char **ret_why)
{
    ASSERT(options->workers_count >= 1);
    ASSERT(options->workers_count <= NODE_WORKERS_MAX);
    struct node *node = calloc(1, sizeof(*node));
    ASSERT(node != NULL);
    node->clock = options->clock;
    node->workers_count = options->workers_count;
    node->durability = options->durability;
    enum err err = start(node, options, ret_why);
    if (err != ERR_OK) {
        node_destroy(node);
        return err;
    }
    *ret_node = node;
    return ERR_OK;
}

bool node_is_healthy(const struct node *node)
{
    return !atomic_load(&node->has_failed);
}

/* What is on its way between workers goes on until nobody has work: the threads have ended, we are alone. */
#define QUIET_ROUNDS_MAX 1000

static void settle_workers(struct node *node)
{
    bool has_work = true;
    for (int round = 0; has_work && round < QUIET_ROUNDS_MAX; round++) {
        has_work = false;
        for (unsigned i = 0; i < node->workers_count; i++) {
            has_work = has_work || worker_is_behind(&node->workers[i]);
            worker_turn(&node->workers[i]);
        }
    }
}

void node_destroy(struct node *node)
{
    if (node == NULL)
        return;
    bool has_workers = node->workers != NULL && node->has_started;
    if (has_workers)
        settle_workers(node); /* updates of the catalog that nobody took yet, too */
    for (unsigned i = 0; has_workers && i < node->workers_count; i++)
        storage_settle(&node->workers[i]); /* calls under way end while they have a catalog */
    if (has_workers)
        settle_workers(node);
    catalog_stop(node->catalog);
    node->catalog = NULL; /* what the logs say at their end has no other reader */
    if (has_workers)
        settle_workers(node);
    for (unsigned i = 0; node->workers != NULL && i < node->workers_count; i++)
        storage_close(&node->workers[i]);
    for (unsigned i = 0; node->workers != NULL && i < node->workers_count; i++)
        done_worker(&node->workers[i]);
    free(node->workers);
    free(node);
}

unsigned node_slot_of(uint64_t queue_id)
{
    uint64_t mixed =
        queue_id *
        UINT64_C(0x9e3779b97f4a7c15); /* Fibonacci hashing: ids are dense in their low bits */
    return (unsigned)(mixed >> 56) % NODE_SLOTS_COUNT;
}

struct worker *node_owner(struct node *node, struct engine_queue queue)
{
    return &node->workers[node_slot_of(queue.v) % node->owners_count];
}

unsigned node_workers_count(const struct node *node)
{
    return node->workers_count;
}

struct worker *node_worker(struct node *node, unsigned index)
{
    ASSERT(index < node->workers_count);
    return &node->workers[index];
}

struct catalog *node_catalog(struct node *node)
{
    return node->catalog;
}

struct clock *node_clock(struct node *node)
{
    return node->clock;
}

enum node_durability node_durability_of(const struct node *node, const struct queue *queue)
{
    switch (queue->durability) {
    case QUEUE_DURABILITY_SERVER:
    case QUEUE_DURABILITY_SYNC:
        return node->durability;
    case QUEUE_DURABILITY_OS:
        return node->durability < NODE_DURABILITY_OS ? node->durability : NODE_DURABILITY_OS;
    case QUEUE_DURABILITY_MEMORY:
        return NODE_DURABILITY_MEMORY;
    }
    UNREACHABLE("no such durability");
}

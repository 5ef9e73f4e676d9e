#include "node/worker.h"

#include <stdio.h>

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
    if (worker->engine != NULL)
        engine_destroy(worker->engine);
    if (worker->directory != NULL)
        directory_destroy(worker->directory);
    mailbox_done(&worker->box);
    free(worker->wakes.items);
}

static enum err start_catalog(struct node *node, const struct node_options *options,
                              const char **ret_why)
{
    struct catalog_options catalog = options->catalog;
    catalog.clock = options->clock;
    for (unsigned i = 0; i < node->workers_count; i++)
        node->subscribers[i] = (struct catalog_subscriber){&node->workers[i].box, updates_deliver};
    return catalog_start(&catalog, node->subscribers, node->workers_count, &node->catalog, ret_why);
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
    node->workers = calloc(node->workers_count, sizeof(*node->workers));
    ASSERT(node->workers != NULL);
    enum err err = ERR_OK;
    *ret_why = "no memory or no descriptors for the workers";
    for (unsigned i = 0; i < node->workers_count; i++)
        node->workers[i].box.wake_fd = -1;
    for (unsigned i = 0; i < node->workers_count && err == ERR_OK; i++)
        err = init_worker(&node->workers[i], node, i);
    if (err == ERR_OK)
        err = start_catalog(node, options, ret_why);
    if (err != ERR_OK) {
        node_destroy(node);
        return err;
    }
    *ret_node = node;
    return ERR_OK;
}

void node_destroy(struct node *node)
{
    if (node == NULL)
        return;
    catalog_stop(node->catalog);
    for (unsigned i = 0; i < node->workers_count; i++) {
        if (node->workers[i].directory != NULL)
            mailbox_drain(&node->workers[i].box,
                          &node->workers[i]); /* updates posted while stopping */
        done_worker(&node->workers[i]);
    }
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
    return &node->workers[node_slot_of(queue.v) % node->workers_count];
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

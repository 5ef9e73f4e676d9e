/* Changes of the catalog arrive at a worker: its directory follows, and the engine's partitions
 * that it owns. */
#include "node/worker.h"

#include "base/logger.h"

#include "base/banned.h"

static bool owns_id(struct worker *worker, struct engine_queue queue)
{
    return node_owner(worker->node, queue) == worker;
}

static bool owns(struct worker *worker, const struct queue *queue)
{
    return owns_id(worker, (struct engine_queue){queue->id});
}

static void take_queue(struct worker *worker, struct queue *queue)
{
    directory_put(worker->directory, queue);
    /* A partition that was never used has no configuration to change: it is made from the
     * directory at first use. One that was replayed lives from here on. */
    if (!owns(worker, queue) || !engine_holds(worker->engine, (struct engine_queue){queue->id}))
        return;
    struct engine_event event = worker_configuration(queue);
    worker_step(worker, &event, NULL, NULL);
}

/* ---- deleted queues ---- */

/* The store keeps a proof of the delete until the log has the drop (catalog_dropped.c). */
struct forgetting {
    struct storage_wait wait;
    struct worker *worker;
    uint64_t queue;
};

static void was_dropped(struct storage_wait *wait, enum err err)
{
    struct forgetting *forgetting = (struct forgetting *)(void *)wait;
    struct node *node = forgetting->worker->node;
    if (err == ERR_OK && node->catalog != NULL)
        catalog_queue_forgotten(node->catalog, forgetting->queue);
    free(forgetting);
}

static void drop(struct worker *worker, uint64_t queue)
{
    struct engine_event event = {.kind = ENGINE_DROP, .queue = {queue}};
    struct forgetting *forgetting = calloc(1, sizeof(*forgetting));
    if (forgetting == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    *forgetting =
        (struct forgetting){.wait = {.ready = was_dropped}, .worker = worker, .queue = queue};
    worker_step(worker, &event, NULL, NULL);
    storage_wait(worker, worker->node->durability, &forgetting->wait);
}

static void lose_queue(struct worker *worker, struct queue *queue)
{
    directory_remove(worker->directory, queue);
    if (owns(worker, queue))
        drop(worker, queue->id);
}

/* Of an earlier life: what the replay brought of the queue goes. */
static void drop_again(struct worker *worker, struct engine_queue queue)
{
    if (!owns_id(worker, queue))
        return;
    if (directory_find_id(worker->directory, queue.v) != NULL) {
        LOG_ERROR("node", "queue %llu is said to be deleted, but it exists: nothing is dropped",
                  (unsigned long long)queue.v);
        return;
    }
    if (engine_holds(worker->engine, queue))
        LOG_INFO("node", "what was left of deleted queue %llu is dropped",
                 (unsigned long long)queue.v);
    drop(worker, queue.v);
}

/* ---- tasks ---- */

/* How far the task is; in the catalog's box before the update is given back. */
static void tell_progress(struct worker *worker, struct engine_queue queue)
{
    struct engine_task_news news;
    if (worker->node->catalog != NULL && owns_id(worker, queue) &&
        engine_task(worker->engine, queue, &news))
        catalog_task_news(worker->node->catalog, &news);
}

static void change_task(struct worker *worker, struct catalog_update *update)
{
    if (!owns(worker, update->queue))
        return;
    struct engine_event event = update->event;
    worker_step(worker, &event, NULL, NULL);
    bool is_over =
        worker->effects.result == ENGINE_NO_TASK || worker->effects.result == ENGINE_NO_QUEUE;
    if (event.kind != ENGINE_TASK_CANCEL)
        return;
    if (!is_over) {
        tell_progress(worker, event.queue); /* the cancel's answer says how many were moved */
        return;
    }
    /* The task has ended in the meantime, or never began here: say so, or its record would stay
     * "cancelling". */
    struct engine_task_news news = {
        .task = event.task_cancel, .queue = event.queue, .status = ENGINE_TASK_CANCELLED};
    catalog_task_news(worker->node->catalog, &news);
}

/* What the replay brought and the store does not know is kept: metadata that is missing deletes nothing. */
static void look_for_unknown(struct worker *worker)
{
    uint64_t messages, highest;
    uint32_t queues = engine_unconfigured_look(worker->engine, &messages, &highest);
    if (queues == 0)
        return;
    LOG_WARNING(
        "node",
        "log %u holds %llu messages of %u queues that the metadata store does not know: they "
        "are kept, but nobody can receive them until the store knows the queues again",
        worker->index, (unsigned long long)messages, queues);
    if (worker->node->catalog != NULL)
        catalog_id_exists(worker->node->catalog, highest);
}

void updates_deliver(struct letter *letter, void *owner)
{
    struct catalog_update *update = (struct catalog_update *)(void *)letter;
    struct worker *worker = owner;
    switch (update->kind) {
    case CATALOG_QUEUE_IS:
        take_queue(worker, update->queue);
        break;
    case CATALOG_QUEUE_GONE:
        lose_queue(worker, update->queue);
        break;
    case CATALOG_LOADED:
        look_for_unknown(worker);
        break;
    case CATALOG_QUEUE_DROP:
        drop_again(worker, update->event.queue);
        break;
    case CATALOG_TASK_START:
    case CATALOG_TASK_CANCEL:
        change_task(worker, update);
        break;
    case CATALOG_TASK_ASK:
        tell_progress(worker, update->event.queue);
        break;
    }
    catalog_update_done(update);
}

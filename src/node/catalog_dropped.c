/* The proof that a queue was deleted, for logs that may not know it yet.
 *
 * A delete is two steps on two disks: the store forgets the queue, then the log of the worker that owns it records the
 * drop. A crash in between would leave the messages in the log with nothing that speaks for them or against them: a
 * queue that metadata does not know may as well be one whose metadata was lost, and is kept. So the delete writes one
 * more document, in the same commit: `dropped`, by the queue's id. Ids are never used again.
 *
 *     delete -> commit (queue away, dropped there) -> workers drop -> durable in the log -> dropped away
 *     start  -> every dropped queue's id to the workers -> (as above)
 *
 * A crash before the log has it: the next start drops the messages. A crash before the document is away: the next start
 * finds nothing to drop. A store that is lost, empty or old proves nothing, so nothing is dropped.
 *
 * Several servers may share a store, each with logs of its own, and none knows of the others: there the document stays
 * for as long as a message can live, and goes with the first start after that. */
#include "node/catalog_private.h"

#include <stdio.h>

#include "base/banned.h"

#define FORGET_MS     200                              /* several in one commit */
#define KEPT_MS       (INT64_C(14) * 24 * 3600 * 1000) /* shared stores: the longest retention */
#define WRITTEN_ONCE  1u /* the document's version: it never changes */
#define KEY_BYTES     (CATALOG_ID_BYTES - 1)
#define LIST_CAPACITY 16u

struct slice catalog_dropped_key(uint64_t id, char *at)
{
    int bytes = snprintf(at, KEY_BYTES + 1, "%llu", (unsigned long long)id);
    return slice_of(at, (size_t)bytes);
}

void catalog_dropped_change(struct catalog_operation *op, uint64_t id, struct wall_ms deleted)
{
    char at[KEY_BYTES + 1];
    catalog_operation_change(op, STORE_DROPPED,
                             arena_copy(&op->memory, catalog_dropped_key(id, at)), 0, WRITTEN_ONCE,
                             catalog_write_tombstone(&op->memory, id, deleted));
}

/* ---- away with what every log knows ---- */

static void flush(void *context)
{
    struct catalog *catalog = context;
    struct catalog_dropped *dropped = &catalog->dropped;
    struct store_change changes[STORE_CHANGES_MAX] = {0};
    char keys[STORE_CHANGES_MAX][KEY_BYTES + 1];
    unsigned count = dropped->forgotten_count;
    loop_timer_cancel(dropped->timer);
    dropped->timer = NULL;
    dropped->forgotten_count = 0;
    for (unsigned i = 0; i < count; i++)
        changes[i] =
            (struct store_change){.kind = STORE_DROPPED,
                                  .key = catalog_dropped_key(dropped->forgotten[i], keys[i]),
                                  .version_before = WRITTEN_ONCE};
    catalog_discard(catalog, changes, count);
}

static void fire(void *context)
{
    struct catalog *catalog = context;
    catalog->dropped.timer = NULL;
    flush(catalog);
}

static void forget(struct catalog *catalog, uint64_t id)
{
    struct catalog_dropped *dropped = &catalog->dropped;
    for (unsigned i = 0; i < dropped->forgotten_count; i++)
        if (dropped->forgotten[i] == id)
            return;
    dropped->forgotten[dropped->forgotten_count++] = id;
    if (dropped->forgotten_count == STORE_CHANGES_MAX || catalog->is_stopping)
        flush(catalog);
    else if (dropped->timer == NULL)
        dropped->timer = loop_timer_start(catalog->loop, FORGET_MS, fire, catalog);
}

struct forgotten_letter {
    struct letter letter;
    uint64_t id;
};

static void deliver_forgotten(struct letter *letter, void *owner)
{
    struct forgotten_letter *carrier = (struct forgotten_letter *)letter;
    struct catalog *catalog = owner;
    if (!catalog->is_shared && !catalog->options.has_closed_logs && !catalog->is_closing)
        forget(catalog, carrier->id);
    free(carrier);
}

void catalog_queue_forgotten(struct catalog *catalog, uint64_t id)
{
    struct forgotten_letter *carrier = malloc(sizeof(*carrier));
    if (carrier == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    carrier->letter.deliver = deliver_forgotten;
    carrier->id = id;
    mailbox_post(&catalog->box, &carrier->letter);
}

void catalog_dropped_flush(struct catalog *catalog)
{
    flush(catalog);
}

/* ---- start ---- */

static struct catalog_dropped_queue *add_found(struct catalog_dropped *dropped)
{
    if (dropped->found_count == dropped->found_capacity) {
        size_t capacity =
            dropped->found_capacity == 0 ? LIST_CAPACITY : dropped->found_capacity * 2;
        struct catalog_dropped_queue *grown =
            realloc(dropped->found, capacity * sizeof(dropped->found[0]));
        if (grown == NULL)
            check_failed(__FILE__, __LINE__, "out of memory");
        dropped->found = grown;
        dropped->found_capacity = capacity;
    }
    return &dropped->found[dropped->found_count++];
}

void catalog_dropped_load(void *context, struct slice key, uint64_t version, struct slice document)
{
    struct catalog *catalog = context;
    struct catalog_dropped_queue queue;
    char at[KEY_BYTES + 1];
    if (version != WRITTEN_ONCE ||
        catalog_read_tombstone(document, &queue.id, &queue.deleted) != ERR_OK ||
        !slice_equal(key, catalog_dropped_key(queue.id, at))) {
        LOG_ERROR(CATALOG_AREA, "the proof that queue %.*s was deleted cannot be read",
                  SLICE_PRINT(key));
        catalog->load_why =
            "the proof of a deleted queue in the metadata store is damaged or of a newer version";
        return;
    }
    catalog_note_id(catalog, queue.id);
    *add_found(&catalog->dropped) = queue;
}

void catalog_dropped_publish(struct catalog *catalog)
{
    struct catalog_dropped *dropped = &catalog->dropped;
    int64_t now = catalog_now(catalog).wall.v;
    for (size_t i = 0; i < dropped->found_count; i++) {
        const struct catalog_dropped_queue *queue = &dropped->found[i];
        struct engine_event event = {.kind = ENGINE_DROP, .queue = {queue->id}};
        catalog_publish(catalog, CATALOG_QUEUE_DROP, NULL, &event, NULL);
        if (catalog->is_shared && now - queue->deleted.v > KEPT_MS)
            forget(catalog, queue->id);
    }
    catalog_dropped_clear(catalog);
}

void catalog_dropped_clear(struct catalog *catalog)
{
    free(catalog->dropped.found);
    catalog->dropped.found = NULL;
    catalog->dropped.found_count = catalog->dropped.found_capacity = 0;
}

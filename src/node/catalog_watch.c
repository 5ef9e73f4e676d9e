/* What other front ends change: the store tells which documents, and each name is looked up as an operation of its own.
 *
 *     store: changed -> the entry waits -> look-up in its turn among the operations of the name -> memory, workers
 *     store: missed  -> every queue is read again -> what differs waits as above
 *
 * So a change by others never meets a change of the same queue here half-way. Own changes are told, too; they find the
 * memory as new as the store and end there. A deletion needs a proof (catalog_operation.c). */
#include "node/catalog_private.h"

#include "base/banned.h"

#define SERVICE_UNAVAILABLE 503

static void try_again(struct catalog *catalog);

/* ---- the list of what waits ---- */

static void add(struct catalog *catalog, struct catalog_entry *entry)
{
    struct catalog_changes *changes = &catalog->changes;
    if (entry->is_changed)
        return;
    entry->is_changed = true;
    entry->next_changed = NULL;
    *(changes->last != NULL ? &changes->last->next_changed : &changes->first) = entry;
    changes->last = entry;
    changes->count++;
}

static struct catalog_entry *take(struct catalog *catalog)
{
    struct catalog_changes *changes = &catalog->changes;
    struct catalog_entry *entry = changes->first;
    if (entry == NULL)
        return NULL;
    changes->first = entry->next_changed;
    if (changes->first == NULL)
        changes->last = NULL;
    changes->count--;
    entry->is_changed = false;
    return entry;
}

void catalog_changes_clear(struct catalog *catalog)
{
    while (take(catalog) != NULL)
        continue;
    catalog->changes.is_missed = false;
    loop_timer_cancel(catalog->changes.timer);
    catalog->changes.timer = NULL;
}

/* ---- one name ---- */

static enum catalog_step prepare_refresh(struct catalog_operation *op)
{
    return catalog_operation_wants(op, op->entry->account, op->entry->name) ? CATALOG_STEP_LOOK_UP
                                                                            : CATALOG_STEP_ANSWER;
}

static void apply_refresh(struct catalog_operation *op)
{
    MAYBE(op != NULL);
    UNREACHABLE("a look-up stores nothing");
}

static void refresh_failed(struct catalog_operation *op)
{
    if (op->catalog->is_closing)
        return;
    if (op->error.row->status != SERVICE_UNAVAILABLE) {
        LOG_ERROR(CATALOG_AREA, "what others changed of queue %.*s cannot be read",
                  SLICE_PRINT(op->entry->key));
        return;
    }
    add(op->catalog, op->entry);
    try_again(op->catalog);
}

static void refresh_ended(struct catalog *catalog)
{
    catalog->changes.underway--;
    catalog_changes_go_on(catalog);
}

static void refresh(struct catalog *catalog, struct catalog_entry *entry)
{
    static const struct catalog_operation_kind kind = {.prepare = prepare_refresh,
                                                       .apply = apply_refresh,
                                                       .failed = refresh_failed,
                                                       .ended = refresh_ended};
    struct catalog_operation *op = catalog_operation_create(catalog, NULL, &kind);
    catalog->changes.underway++;
    catalog_operation_submit(op, entry->account, entry->name);
}

/* ---- all names ---- */

static struct catalog_entry *entry_of(struct catalog *catalog, struct slice key)
{
    size_t slash = slice_find(key, '/');
    if (slash == key.bytes)
        return NULL;
    return catalog_entry_get(catalog, slice_head(key, slash), slice_from(key, slash + 1));
}

static void reload_each(void *context, struct slice key, uint64_t version, struct slice document)
{
    struct catalog *catalog = context;
    struct catalog_entry *entry = entry_of(catalog, key);
    MAYBE(document.bytes > 0);
    if (entry == NULL)
        return;
    entry->seen_round = catalog->changes.round;
    if (entry->queue == NULL || version != entry->queue->version)
        add(catalog, entry);
}

static void reload_done(void *context, enum err err)
{
    struct catalog *catalog = context;
    size_t cursor = 0;
    struct catalog_entry *entry;
    catalog->changes.is_reloading = false;
    catalog_note_store(catalog);
    catalog_finished(catalog);
    if (catalog->is_closing)
        return;
    if (err != ERR_OK) {
        catalog->changes.is_missed = true;
        try_again(catalog);
        return;
    }
    while ((entry = table_next(&catalog->entries, &cursor)) != NULL)
        if (entry->queue != NULL && entry->seen_round != catalog->changes.round)
            add(catalog, entry);
    catalog_changes_go_on(catalog);
}

static void reload(struct catalog *catalog)
{
    struct catalog_changes *changes = &catalog->changes;
    LOG_INFO(CATALOG_AREA, "changes by others were missed: every queue is read again");
    changes->is_missed = false;
    changes->is_reloading = true;
    changes->round++;
    catalog_began(catalog);
    catalog->store->operations->load(catalog->store, STORE_QUEUE, reload_each, reload_done,
                                     catalog);
}

/* ---- going on ---- */

static void timer_fired(void *context)
{
    struct catalog *catalog = context;
    catalog->changes.timer = NULL;
    catalog_changes_go_on(catalog);
}

static void try_again(struct catalog *catalog)
{
    struct catalog_changes *changes = &catalog->changes;
    if (changes->timer == NULL && !catalog->is_closing)
        changes->timer = loop_timer_start(catalog->loop, CATALOG_AGAIN_MS, timer_fired, catalog);
}

void catalog_changes_go_on(struct catalog *catalog)
{
    struct catalog_changes *changes = &catalog->changes;
    if (!atomic_load(&catalog->is_loaded) || catalog->is_stopping || changes->is_working ||
        changes->timer != NULL || catalog->lost_why != NULL)
        return;
    changes->is_working = true;
    if (changes->is_missed && !changes->is_reloading)
        reload(catalog);
    while (changes->timer == NULL && changes->underway < CATALOG_REFRESHES_MAX &&
           changes->first != NULL)
        refresh(catalog, take(catalog));
    changes->is_working = false;
}

/* ---- the store ---- */

static void changed(void *context, enum store_kind kind, struct slice key, uint64_t version)
{
    struct catalog *catalog = context;
    size_t slash = slice_find(key, '/');
    if (kind != STORE_QUEUE || slash == key.bytes)
        return; /* tombstones are asked for when they matter, tasks by whoever runs them */
    struct catalog_entry *entry =
        catalog_entry_find(catalog, slice_head(key, slash), slice_from(key, slash + 1));
    uint64_t known = entry != NULL && entry->queue != NULL ? entry->queue->version : 0;
    if (version == known)
        return;
    if (catalog->changes.count >= CATALOG_CHANGES_MAX)
        catalog->changes.is_missed = true;
    else
        add(catalog, entry_of(catalog, key));
    catalog_changes_go_on(catalog);
}

static void missed(void *context)
{
    struct catalog *catalog = context;
    catalog->changes.is_missed = true;
    catalog_changes_go_on(catalog);
}

static void lost(void *context, const char *why)
{
    struct catalog *catalog = context;
    catalog->lost_why = why;
}

void catalog_changes_watch(struct catalog *catalog)
{
    static const struct store_watch watch = {changed, missed, lost};
    catalog->store->operations->watch(catalog->store, &watch, catalog);
}

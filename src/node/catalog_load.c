/* Start: everything from the store into memory, then to the subscribers.
 *
 *     receipt key (made when there is none) -> queues -> tombstones -> dropped -> tasks -> resolve, publish, resume -> loaded
 *
 * The key first: a queue that workers know is received from, and a receive needs the key.
 * When the store does not answer, what was read is thrown away and all begins again a little later: nothing was
 * published yet. A document that cannot be read ends the start: serving without it would make a queue, and its
 * messages, disappear. */
#include "node/catalog_private.h"

#include "base/random.h"
#include "metadata/queue_document.h"

#include "base/banned.h"

#define LOADS_BEFORE_WARNING 4
#define STAGE_KEY            0u

static void load_queue(void *context, struct slice key, uint64_t version, struct slice document)
{
    struct catalog *catalog = context;
    struct arena memory;
    struct queue draft;
    arena_init(&memory);
    enum err err = queue_document_read(document, version, &memory, &draft);
    if (err == ERR_OK) {
        struct catalog_entry *entry = catalog_entry_get(catalog, draft.account, draft.name);
        if (!slice_equal(entry->key, key))
            err = ERR_CORRUPT;
        else if (entry->queue == NULL || entry->queue->version < version)
            catalog_install_silent(catalog, entry, &draft);
    }
    if (err != ERR_OK) {
        LOG_ERROR(CATALOG_AREA, "the definition of queue %.*s: %s", SLICE_PRINT(key),
                  err_name(err));
        catalog->load_why = err == ERR_INVALID
                                ? "a queue definition was written by a newer version"
                                : "a queue definition in the metadata store is damaged";
    }
    arena_done(&memory);
}

static void load_tombstone(void *context, struct slice key, uint64_t version, struct slice document)
{
    struct catalog *catalog = context;
    struct wall_ms deleted;
    uint64_t id;
    size_t slash = slice_find(key, '/');
    if (slash == key.bytes || catalog_read_tombstone(document, &id, &deleted) != ERR_OK) {
        LOG_ERROR(CATALOG_AREA, "the tombstone of queue %.*s cannot be read", SLICE_PRINT(key));
        catalog->load_why = "a tombstone in the metadata store is damaged or of a newer version";
        return;
    }
    struct catalog_entry *entry =
        catalog_entry_get(catalog, slice_head(key, slash), slice_from(key, slash + 1));
    if (version > entry->tombstone_version)
        catalog_set_tombstone(catalog, entry, version, deleted);
    catalog_note_id(catalog, id);
}

static void load_task(void *context, struct slice key, uint64_t version, struct slice document)
{
    struct catalog *catalog = context;
    struct catalog_task_facts facts;
    struct slice account, name;
    struct arena memory;
    arena_init(&memory);
    if (catalog_read_task(document, key, &memory, &facts) != ERR_OK ||
        !catalog_parse_arn(facts.source_arn, &account, &name)) {
        LOG_ERROR(CATALOG_AREA, "move task %.*s cannot be read", SLICE_PRINT(key));
        catalog->load_why = "a move task in the metadata store is damaged or of a newer version";
    } else if (catalog_task_find(catalog, key) == NULL) {
        catalog_task_add(catalog, catalog_entry_get(catalog, account, name), &facts, version);
        catalog_note_id(catalog, facts.name);
    }
    arena_done(&memory);
}

static void load_key(void *context, struct slice key, uint64_t version, struct slice document)
{
    struct catalog *catalog = context;
    MAYBE(key.bytes > 0 && version > 0);
    if (catalog_read_key(document, catalog->receipt_key) != ERR_OK) {
        LOG_ERROR(CATALOG_AREA, "the receipt key cannot be read");
        catalog->load_why =
            "the receipt key in the metadata store is damaged or of a newer version";
    }
}

/* ---- the stages ---- */

static void next_stage(struct catalog *catalog);

static void signal_started(struct catalog *catalog, enum err err, const char *why)
{
    pthread_mutex_lock(&catalog->started_lock);
    if (!catalog->has_started) {
        catalog->has_started = true;
        catalog->start_err = err;
        catalog->start_why = why;
        pthread_cond_signal(&catalog->started_signal);
    }
    pthread_mutex_unlock(&catalog->started_lock);
}

static void load_again(void *context)
{
    struct catalog *catalog = context;
    catalog->load_timer = NULL;
    catalog->load_stage = 0;
    catalog->load_why = NULL;
    next_stage(catalog);
}

/* Nothing of a half-read store is kept. The caller of catalog_start need not wait for the store; a document that
 * cannot be read ends the start, but once started the server keeps trying: an operator may mend it. */
static void give_up(struct catalog *catalog, enum err err)
{
    catalog_changes_clear(catalog);
    catalog_tasks_done(catalog);
    catalog_entries_done(catalog);
    catalog_entries_init(catalog);
    catalog_dropped_clear(catalog);
    if (err == ERR_UNAVAILABLE) {
        /* A store that is still connecting is nothing to tell. */
        if (++catalog->loads_refused == LOADS_BEFORE_WARNING)
            LOG_WARNING(CATALOG_AREA,
                        "the metadata store does not answer; queues are not loaded yet");
        signal_started(catalog, ERR_OK, NULL);
    } else {
        const char *why =
            catalog->load_why != NULL ? catalog->load_why : "the metadata store cannot be read";
        LOG_ERROR(CATALOG_AREA, "%s", why);
        signal_started(catalog, err, why);
    }
    catalog->load_timer =
        loop_timer_start(catalog->loop, CATALOG_LOAD_AGAIN_MS, load_again, catalog);
}

static void stage_done(void *context, enum err err)
{
    struct catalog *catalog = context;
    catalog_note_store(catalog);
    if (err == ERR_OK && catalog->load_why != NULL)
        err = ERR_CORRUPT;
    if (err == ERR_OK && catalog->load_stage == STAGE_KEY)
        atomic_store(&catalog->has_receipt_key, true);
    if (catalog->is_closing)
        return;
    if (err != ERR_OK) {
        give_up(catalog, err);
        return;
    }
    catalog->load_stage++;
    next_stage(catalog);
}

/* ---- the receipt key ---- */

static void find_key(struct catalog *catalog);

static void key_made(void *context, enum err err)
{
    struct catalog *catalog = context;
    if (err == ERR_STALE && !catalog->is_closing)
        find_key(catalog); /* another front end made one at the same time */
    else
        stage_done(catalog, err);
}

static void make_key(struct catalog *catalog)
{
    struct arena memory;
    arena_init(&memory);
    random_bytes(catalog->receipt_key, sizeof(catalog->receipt_key));
    struct store_change change = {
        .kind = STORE_SETTING,
        .key = SLICE(CATALOG_SETTING_KEY),
        .version_after = catalog_next_version(catalog, 0),
        .document = catalog_write_key(&memory, catalog->receipt_key),
    };
    catalog->store->operations->commit(catalog->store, &change, 1, key_made, catalog);
    arena_done(&memory);
}

static void key_found(void *context, enum err err)
{
    struct catalog *catalog = context;
    if (err == ERR_ABSENT && !catalog->is_closing)
        make_key(catalog);
    else
        stage_done(catalog, err);
}

static void find_key(struct catalog *catalog)
{
    catalog->store->operations->find(catalog->store, STORE_SETTING, SLICE(CATALOG_SETTING_KEY),
                                     load_key, key_found, catalog);
}

/* ---- the end of loading ---- */

static void publish_all(struct catalog *catalog)
{
    size_t cursor = 0;
    struct catalog_entry *entry;
    while ((entry = table_next(&catalog->entries, &cursor)) != NULL) {
        if (entry->queue == NULL)
            continue;
        catalog_resolve(catalog, entry);
        catalog_publish(catalog, CATALOG_QUEUE_IS, entry->queue, NULL, NULL);
    }
}

/* Tasks may go away while we walk, which changes the table: first the list, then the work. */
static void resume_tasks(struct catalog *catalog)
{
    size_t cursor = 0, count = 0;
    struct catalog_task *task;
    struct catalog_task **tasks =
        calloc(catalog->tasks_by_name.count + 1, sizeof(struct catalog_task *));
    if (tasks == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    while ((task = table_next(&catalog->tasks_by_name, &cursor)) != NULL)
        tasks[count++] = task;
    for (size_t i = 0; i < count; i++)
        catalog_task_resume(catalog, tasks[i]);
    free(tasks);
}

static void finish(struct catalog *catalog)
{
    if (catalog->is_closing)
        return;
    publish_all(catalog);
    catalog_dropped_publish(catalog);
    catalog_publish(catalog, CATALOG_LOADED, NULL, NULL, NULL);
    resume_tasks(catalog);
    catalog_prune_tombstones(catalog);
    atomic_store(&catalog->is_loaded, true);
    LOG_INFO(CATALOG_AREA, "%zu queues, %zu move tasks", catalog->names.count,
             catalog->tasks_by_name.count);
    signal_started(catalog, ERR_OK, NULL);
    catalog_changes_go_on(catalog);
}

static void next_stage(struct catalog *catalog)
{
    static const struct {
        enum store_kind kind;
        store_each each;
    } stages[] = {[STAGE_KEY + 1] = {STORE_QUEUE, load_queue},
                  {STORE_DELETED, load_tombstone},
                  {STORE_DROPPED, catalog_dropped_load},
                  {STORE_TASK, load_task}};
    unsigned stage = catalog->load_stage;
    if (stage == STAGE_KEY && !atomic_load(&catalog->has_receipt_key))
        find_key(catalog);
    else if (stage == STAGE_KEY)
        stage_done(catalog, ERR_OK); /* workers read it, so it stays as it was read first */
    else if (stage < ARRAY_COUNT(stages))
        catalog->store->operations->load(catalog->store, stages[stage].kind, stages[stage].each,
                                         stage_done, catalog);
    else
        catalog_ids_prepare(catalog, finish);
}

void catalog_load_begin(struct catalog *catalog)
{
    next_stage(catalog);
}

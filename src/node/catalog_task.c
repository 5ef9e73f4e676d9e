/* Move tasks in memory: progress from the workers, saving, ends.
 *
 * A task is known by its UUID (to clients and the store) and by a number (to the engine). Changes of status are saved
 * at once, counts about once a second. Saving is an operation like any other: it takes its turn among those of the
 * source queue, so a task's version has one writer at a time. */
#include "node/catalog_private.h"

#include "base/banned.h"

#define FAILURE_NO_QUEUE  "AWS.SimpleQueueService.NonExistentQueue"
#define FAILURE_NO_ORIGIN "CouldNotDetermineMessageSource"

/* ---- tables and lists ---- */

static bool is_name(const void *item, const void *key)
{
    return ((const struct catalog_task *)item)->facts.name == *(const uint64_t *)key;
}

static bool is_uuid(const void *item, const void *key)
{
    return slice_equal(catalog_task_key(&((const struct catalog_task *)item)->facts),
                       *(const struct slice *)key);
}

static uint64_t hash_name(const struct catalog *catalog, uint64_t name)
{
    return table_hash_u64(&catalog->tasks_by_name, name);
}

static uint64_t hash_uuid(const struct catalog *catalog, struct slice uuid)
{
    return table_hash_bytes(&catalog->tasks_by_uuid, uuid);
}

struct catalog_task *catalog_task_find(const struct catalog *catalog, struct slice uuid)
{
    return table_find(&catalog->tasks_by_uuid, hash_uuid(catalog, uuid), is_uuid, &uuid);
}

static void relist(struct catalog *catalog, struct catalog_task *task, bool is_listed)
{
    if (is_listed == task->is_listed)
        return;
    task->is_listed = is_listed;
    if (is_listed) {
        task->previous = NULL;
        task->next = catalog->unfinished;
        if (task->next != NULL)
            task->next->previous = task;
        catalog->unfinished = task;
        return;
    }
    *(task->previous != NULL ? &task->previous->next : &catalog->unfinished) = task->next;
    if (task->next != NULL)
        task->next->previous = task->previous;
}

/* Active, or not saved as it is. */
static void relist_as_is(struct catalog *catalog, struct catalog_task *task)
{
    relist(catalog, task, !catalog_task_is_over(task->facts.status) || task->is_dirty);
}

/* Names grow, so they order tasks that were started in the same millisecond. */
static bool is_newer(const struct catalog_task *a, const struct catalog_task *b)
{
    if (a->facts.started_ms != b->facts.started_ms)
        return a->facts.started_ms > b->facts.started_ms;
    return a->facts.name > b->facts.name;
}

static void add_to_source(struct catalog_entry *source, struct catalog_task *task)
{
    struct catalog_task **place = &source->tasks;
    while (*place != NULL && is_newer(*place, task))
        place = &(*place)->older;
    task->older = *place;
    *place = task;
    source->tasks_count++;
}

static struct slice keep(struct catalog_task *task, struct slice text)
{
    return text.at != NULL ? arena_copy(&task->memory, text) : SLICE_NONE;
}

struct catalog_task *catalog_task_add(struct catalog *catalog, struct catalog_entry *source,
                                      const struct catalog_task_facts *facts, uint64_t version)
{
    struct catalog_task *task = calloc(1, sizeof(*task));
    if (task == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    arena_init(&task->memory);
    arena_reserve(&task->memory, facts->source_arn.bytes + facts->destination_arn.bytes + 64);
    task->facts = *facts;
    task->facts.source_arn = keep(task, facts->source_arn);
    task->facts.destination_arn = keep(task, facts->destination_arn);
    task->facts.failure = keep(task, facts->failure);
    task->source = source;
    task->version = version;
    table_add(&catalog->tasks_by_name, hash_name(catalog, facts->name), task);
    table_add(&catalog->tasks_by_uuid, hash_uuid(catalog, catalog_task_key(facts)), task);
    add_to_source(source, task);
    relist_as_is(catalog, task);
    return task;
}

static void forget(struct catalog *catalog, struct catalog_task *task)
{
    struct catalog_task **place = &task->source->tasks;
    while (*place != task)
        place = &(*place)->older;
    *place = task->older;
    task->source->tasks_count--;
    relist(catalog, task, false);
    table_remove(&catalog->tasks_by_name, hash_name(catalog, task->facts.name), task);
    table_remove(&catalog->tasks_by_uuid, hash_uuid(catalog, catalog_task_key(&task->facts)), task);
    arena_done(&task->memory);
    free(task);
}

void catalog_task_drop(struct catalog *catalog, struct catalog_task *task)
{
    struct store_change change = {
        .kind = STORE_TASK, .key = catalog_task_key(&task->facts), .version_before = task->version};
    catalog_discard(catalog, &change, 1);
    forget(catalog, task);
}

void catalog_task_trim(struct catalog *catalog, struct catalog_entry *source)
{
    while (source->tasks_count > CATALOG_TASKS_KEPT) {
        struct catalog_task *oldest = source->tasks;
        while (oldest->older != NULL)
            oldest = oldest->older;
        if (!catalog_task_is_over(oldest->facts.status))
            return;
        catalog_task_drop(catalog, oldest);
    }
}

void catalog_tasks_done(struct catalog *catalog)
{
    size_t cursor = 0;
    struct catalog_task *task;
    while ((task = table_next(&catalog->tasks_by_name, &cursor)) != NULL) {
        task->source->tasks = NULL;
        arena_done(&task->memory);
        free(task);
    }
    table_done(&catalog->tasks_by_name);
    table_done(&catalog->tasks_by_uuid);
    catalog->unfinished = NULL;
}

unsigned catalog_task_count_active(const struct catalog *catalog, struct slice account)
{
    unsigned count = 0;
    for (const struct catalog_task *task = catalog->unfinished; task != NULL; task = task->next)
        if (!catalog_task_is_over(task->facts.status) &&
            slice_equal(task->source->account, account))
            count++;
    return count;
}

void catalog_task_set_status(struct catalog *catalog, struct catalog_task *task,
                             enum catalog_task_status status)
{
    task->facts.status = status;
    relist_as_is(catalog, task);
}

/* ---- saving ---- */

static void save_dirty(void *context)
{
    struct catalog *catalog = context;
    catalog->save_timer = NULL;
    catalog_tasks_flush(catalog);
}

static void mark_dirty(struct catalog *catalog, struct catalog_task *task)
{
    task->is_dirty = true;
    relist_as_is(catalog, task);
    if (catalog->save_timer == NULL && !catalog->is_closing)
        catalog->save_timer = loop_timer_start(catalog->loop, CATALOG_SAVE_MS, save_dirty, catalog);
}

static struct catalog_task *task_of(const struct catalog_operation *op)
{
    return catalog_task_find(op->catalog, *(const struct slice *)op->parsed);
}

static enum catalog_step prepare_save(struct catalog_operation *op)
{
    struct catalog_task *task = task_of(op);
    if (task == NULL)
        return CATALOG_STEP_ANSWER; /* its queue was deleted meanwhile */
    task->is_dirty = false;
    op->found_version = catalog_next_version(op->catalog, task->version);
    catalog_operation_change(op, STORE_TASK, *(const struct slice *)op->parsed, task->version,
                             op->found_version, catalog_write_task(&op->memory, &task->facts));
    return CATALOG_STEP_COMMIT;
}

static void apply_save(struct catalog_operation *op)
{
    struct catalog_task *task = task_of(op);
    if (task == NULL)
        return;
    task->version = op->found_version;
    task->is_saving = false;
    relist_as_is(op->catalog, task);
    if (task->is_dirty && catalog_task_is_over(task->facts.status))
        catalog_task_save(op->catalog, task);
    else if (task->is_dirty)
        mark_dirty(op->catalog, task);
}

static void save_failed(struct catalog_operation *op)
{
    struct catalog_task *task = task_of(op);
    if (task == NULL)
        return;
    task->is_saving = false;
    mark_dirty(op->catalog, task);
}

static void refresh_save(struct catalog_operation *op)
{
    catalog_task_refresh(op, *(const struct slice *)op->parsed);
}

void catalog_task_save(struct catalog *catalog, struct catalog_task *task)
{
    static const struct catalog_operation_kind kind = {.prepare = prepare_save,
                                                       .apply = apply_save,
                                                       .refresh = refresh_save,
                                                       .failed = save_failed};
    task->is_dirty = true;
    relist_as_is(catalog, task);
    if (task->is_saving || catalog->is_closing)
        return; /* the operation that waits writes what is true by then; one under way is followed by another */
    task->is_saving = true;
    struct catalog_operation *op = catalog_operation_create(catalog, NULL, &kind);
    struct slice *uuid = ARENA_NEW(&op->memory, struct slice);
    *uuid = arena_copy(&op->memory, catalog_task_key(&task->facts));
    op->parsed = uuid;
    catalog_operation_submit(op, task->source->account, task->source->name);
}

/* Saving may complete at once and take the task, but no other, out of the list. */
void catalog_tasks_flush(struct catalog *catalog)
{
    struct catalog_task *task = catalog->unfinished;
    while (task != NULL) {
        struct catalog_task *next = task->next;
        if (task->is_dirty)
            catalog_task_save(catalog, task);
        task = next;
    }
}

/* ---- lost races: another front end changed the task ---- */

struct stored_task {
    struct catalog_operation *op;
    struct slice uuid;
    uint64_t version;
    enum catalog_task_status status;
    bool is_damaged;
};

static void each_stored(void *context, struct slice key, uint64_t version, struct slice document)
{
    struct stored_task *stored = context;
    struct catalog_task_facts facts = {0};
    stored->is_damaged = catalog_read_task(document, key, &stored->op->memory, &facts) != ERR_OK;
    stored->version = version;
    stored->status = facts.status;
}

static void stored_done(void *context, enum err err)
{
    struct stored_task *stored = context;
    struct catalog_operation *op = stored->op;
    struct catalog_task *task = catalog_task_find(op->catalog, stored->uuid);
    catalog_note_store(op->catalog);
    if (task != NULL && err == ERR_ABSENT) {
        forget(op->catalog, task); /* its queue was deleted elsewhere */
        err = ERR_OK;
    } else if (task != NULL && err == ERR_OK && !stored->is_damaged) {
        task->version = stored->version;
        if (stored->status == CATALOG_TASK_CANCELLING &&
            task->facts.status == CATALOG_TASK_RUNNING) {
            catalog_task_set_status(op->catalog, task, CATALOG_TASK_CANCELLING);
            catalog_task_publish_cancel(op->catalog, task, &op->barrier);
        }
    }
    catalog_operation_again(op, stored->is_damaged  ? ERR_CORRUPT
                                : err == ERR_ABSENT ? ERR_OK
                                                    : err);
}

void catalog_task_refresh(struct catalog_operation *op, struct slice uuid)
{
    struct store *store = op->catalog->store;
    struct stored_task *stored = ARENA_NEW(&op->memory, struct stored_task);
    stored->op = op;
    stored->uuid = uuid;
    store->operations->find(store, STORE_TASK, uuid, each_stored, stored_done, stored);
}

/* ---- the workers ---- */

void catalog_task_publish_start(struct catalog *catalog, struct catalog_task *task,
                                struct catalog_barrier *barrier)
{
    struct engine_event event = {
        .kind = ENGINE_TASK_START,
        .queue = {task->facts.source_id},
        .task_start = {.task = task->facts.name,
                       .destination = {task->facts.destination_id},
                       .per_second = (uint32_t)task->facts.rate,
                       .moved_before = task->facts.moved},
    };
    ASSERT(task->source->queue != NULL);
    catalog_publish(catalog, CATALOG_TASK_START, task->source->queue, &event, barrier);
}

void catalog_task_publish_cancel(struct catalog *catalog, struct catalog_task *task,
                                 struct catalog_barrier *barrier)
{
    struct engine_event event = {.kind = ENGINE_TASK_CANCEL,
                                 .queue = {task->facts.source_id},
                                 .task_cancel = task->facts.name};
    if (task->source->queue != NULL)
        catalog_publish(catalog, CATALOG_TASK_CANCEL, task->source->queue, &event, barrier);
}

void catalog_task_publish_ask(struct catalog *catalog, struct queue *source,
                              struct catalog_barrier *barrier)
{
    struct engine_event event = {.kind = ENGINE_TICK, .queue = {source->id}};
    catalog_publish(catalog, CATALOG_TASK_ASK, source, &event, barrier);
}

static void end(struct catalog *catalog, struct catalog_task *task, enum catalog_task_status status,
                const char *failure)
{
    if (failure != NULL)
        task->facts.failure = slice_from_text(failure);
    catalog_task_set_status(catalog, task, status);
    catalog_task_save(catalog, task);
}

void catalog_task_resume(struct catalog *catalog, struct catalog_task *task)
{
    struct catalog_entry *source = task->source;
    bool is_over = catalog_task_is_over(task->facts.status);
    bool has_source = source->queue != NULL && source->queue->id == task->facts.source_id;
    const struct queue *destination = catalog_find_arn(catalog, task->facts.destination_arn);
    if (is_over && !has_source) {
        catalog_task_drop(catalog, task);
        catalog_entry_release(catalog, source);
    } else if (is_over) {
        catalog_task_trim(catalog, source);
    } else if (!has_source) {
        end(catalog, task, CATALOG_TASK_FAILED, FAILURE_NO_QUEUE);
    } else if (task->facts.status == CATALOG_TASK_CANCELLING) {
        end(catalog, task, CATALOG_TASK_CANCELLED, NULL);
    } else if (task->facts.destination_id != 0 &&
               (destination == NULL || destination->id != task->facts.destination_id)) {
        end(catalog, task, CATALOG_TASK_FAILED, FAILURE_NO_QUEUE);
    } else {
        catalog_task_publish_start(catalog, task, NULL);
    }
}

/* ---- news ---- */

struct news_letter {
    struct letter letter;
    struct engine_task_news news;
};

static void take_news(struct catalog *catalog, const struct engine_task_news *news)
{
    uint64_t name = news->task;
    struct catalog_task *task =
        table_find(&catalog->tasks_by_name, hash_name(catalog, name), is_name, &name);
    if (task == NULL || catalog_task_is_over(task->facts.status) ||
        task->facts.source_id != news->queue.v)
        return;
    bool is_further = news->moved_count > task->facts.moved;
    if (is_further)
        task->facts.moved = news->moved_count;
    switch (news->status) {
    case ENGINE_TASK_ACTIVE:
        if (is_further)
            mark_dirty(catalog, task);
        break;
    case ENGINE_TASK_COMPLETED:
        end(catalog, task, CATALOG_TASK_COMPLETED, NULL);
        break;
    case ENGINE_TASK_CANCELLED:
        end(catalog, task, CATALOG_TASK_CANCELLED, NULL);
        break;
    case ENGINE_TASK_FAILED:
        end(catalog, task, CATALOG_TASK_FAILED,
            news->origin_unknown ? FAILURE_NO_ORIGIN : FAILURE_NO_QUEUE);
        break;
    }
}

static void deliver_news(struct letter *letter, void *owner)
{
    struct news_letter *carrier = (struct news_letter *)letter;
    take_news(owner, &carrier->news);
    free(carrier);
}

void catalog_task_news(struct catalog *catalog, const struct engine_task_news *news)
{
    struct news_letter *carrier = malloc(sizeof(*carrier));
    if (carrier == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    carrier->letter.deliver = deliver_news;
    carrier->news = *news;
    mailbox_post(&catalog->box, &carrier->letter);
}

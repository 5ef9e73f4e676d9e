/* One change at a time for a name.
 *
 *     submit -> prepare -+-> commit -> apply (memory, publish) -+-> seal -> all subscribers took it -> answer, next
 *                 ^      +-> look up in the store ----> again   |
 *                 |      +-> answer without a change -----------+
 *                 +-- refresh <- commit lost a race
 *
 * Calls of the store may complete before they return: nothing touches the operation after starting one. The next
 * operation of a name starts from operation_pump only, so that a long row of calls that fail at once is a loop and not
 * a recursion.
 *
 * When the store does not answer a commit in time nobody knows whether it happened. The call fails with a retryable
 * error, and the entry is doubtful: the next operation of the name first asks the store how it is now. A name without
 * a queue need not remember that: making one fails against what the store has, and then asks. */
#include "node/catalog_private.h"

#include "metadata/queue_document.h"

#include "base/banned.h"

static void pump(struct catalog *catalog, struct catalog_entry *entry);

/* ---- beginning and end ---- */

struct catalog_operation *catalog_operation_create(struct catalog *catalog,
                                                   struct catalog_call *call,
                                                   const struct catalog_operation_kind *kind)
{
    struct catalog_operation *op = calloc(1, sizeof(*op));
    if (op == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    op->catalog = catalog;
    op->call = call;
    op->kind = kind;
    arena_init(&op->memory);
    catalog_began(catalog);
    return op;
}

/* The error's texts live in the operation; the caller has its own arena. */
static void answer(struct catalog_operation *op)
{
    struct catalog_call *call = op->call;
    if (call == NULL)
        return;
    call->error = op->error;
    if (op->error.row != NULL) {
        call->error.message = arena_copy(call->arena, op->error.message);
        if (op->error.query_message.at != NULL)
            call->error.query_message = arena_copy(call->arena, op->error.query_message);
    }
    catalog_answer(call);
}

static void destroy(struct catalog_operation *op)
{
    struct catalog *catalog = op->catalog;
    queue_unref(op->base);
    arena_done(&op->memory);
    free(op);
    catalog_finished(catalog);
}

void catalog_operation_refuse(struct catalog_operation *op)
{
    ASSERT(op->error.row != NULL);
    answer(op);
    destroy(op);
}

static void finish(void *context)
{
    struct catalog_operation *op = context;
    struct catalog *catalog = op->catalog;
    struct catalog_entry *entry = op->entry;
    ASSERT(entry->first == op && entry->is_busy);
    if (op->error.row != NULL && op->kind->failed != NULL)
        op->kind->failed(op);
    if (op->error.row == NULL && op->kind->taken != NULL)
        op->kind->taken(op);
    entry->first = op->next;
    if (entry->first == NULL)
        entry->last = NULL;
    entry->is_busy = false;
    void (*ended)(struct catalog * catalog) = op->kind->ended;
    answer(op);
    destroy(op);
    pump(catalog, entry);
    if (ended != NULL)
        ended(catalog);
}

static void seal(struct catalog_operation *op)
{
    op->barrier.passed = finish;
    op->barrier.context = op;
    catalog_barrier_seal(&op->barrier);
}

static void pump(struct catalog *catalog, struct catalog_entry *entry)
{
    if (entry->is_pumping)
        return;
    entry->is_pumping = true;
    while (!entry->is_busy && entry->first != NULL) {
        entry->is_busy = true;
        catalog_operation_continue(entry->first);
    }
    entry->is_pumping = false;
    catalog_entry_release(catalog, entry);
}

void catalog_operation_submit(struct catalog_operation *op, struct slice account, struct slice name)
{
    struct catalog_entry *entry = catalog_entry_get(op->catalog, account, name);
    op->entry = entry;
    op->arrived = ++op->catalog->moments;
    if (entry->last != NULL)
        entry->last->next = op;
    else
        entry->first = op;
    entry->last = op;
    pump(op->catalog, entry);
}

/* ---- asking the store ---- */

/* The queue here is not in the store any more, and nothing says that it was deleted: a store that lost it. Absence proves
 * nothing, so it stays, and its messages. */
static void keep_unproven(struct catalog_entry *entry)
{
    if (entry->is_unproven)
        return;
    entry->is_unproven = true;
    LOG_ERROR(CATALOG_AREA,
              "queue %.*s (%llu) is missing in the metadata store, which has no proof that it was "
              "deleted: it is served from memory, and cannot be changed",
              SLICE_PRINT(entry->key), (unsigned long long)entry->queue->id);
}

/* What the store says of the name replaces what the memory says, unless that is newer. */
static void take_queue(struct catalog_operation *op, struct catalog_entry *entry)
{
    struct catalog *catalog = op->catalog;
    bool differs = entry->queue != NULL && entry->queue->id != op->found.id;
    if (differs && entry->queue->id != op->proven_id) {
        keep_unproven(entry);
        return;
    }
    if (differs)
        catalog_remove(catalog, entry, &op->barrier);
    if (op->found.id != 0 && (entry->queue == NULL || op->found.version > entry->queue->version))
        catalog_install(catalog, entry, &op->found, &op->barrier);
}

static void take_found(struct catalog_operation *op)
{
    struct catalog *catalog = op->catalog;
    struct catalog_entry *entry = op->looked_up;
    /* An operation of the other name's own was quicker: it knows better. */
    if (entry->changes_count == op->changes_count_before) {
        take_queue(op, entry);
        if (op->found_version != entry->tombstone_version)
            catalog_set_tombstone(catalog, entry, op->found_version, op->found_deleted);
        entry->is_doubtful = false;
        if (op->found.id == 0)
            entry->absent_at = op->began;
    }
    if (entry == op->entry)
        op->knows_itself = true;
    else if (op->known_count < ARRAY_COUNT(op->known))
        op->known[op->known_count++] = arena_copy(&op->memory, entry->key);
}

/* A queue and its tombstone are two documents: both were read. */
static void look_up_done(struct catalog_operation *op, enum err err)
{
    struct catalog *catalog = op->catalog;
    catalog_note_store(catalog);
    if (op->is_find)
        catalog->finds_underway--;
    op->is_find = false;
    if (op->is_damaged)
        err = ERR_CORRUPT;
    if (err == ERR_OK || err == ERR_ABSENT)
        take_found(op);
    else if (err == ERR_CORRUPT)
        catalog_fail_internal(&op->error);
    else
        catalog_fail_unavailable(op->catalog, &op->error);
    struct catalog_entry *looked_up = op->looked_up;
    op->looked_up = NULL;
    if (looked_up != op->entry)
        catalog_entry_release(catalog, looked_up);
    catalog_operation_continue(op);
}

static void each_tombstone(void *context, struct slice key, uint64_t version, struct slice document)
{
    struct catalog_operation *op = context;
    MAYBE(key.bytes > 0);
    if (catalog_read_tombstone(document, &op->found_id, &op->found_deleted) != ERR_OK)
        op->is_damaged = true;
    op->found_version = version;
}

static void each_proof(void *context, struct slice key, uint64_t version, struct slice document)
{
    struct catalog_operation *op = context;
    struct wall_ms deleted;
    MAYBE(key.bytes > 0 && version > 0);
    if (catalog_read_tombstone(document, &op->proven_id, &deleted) != ERR_OK)
        op->is_damaged = true;
}

static void proof_done(void *context, enum err err)
{
    look_up_done(context, err);
}

/* A queue that is known here and not there: was it deleted? */
static void tombstone_done(void *context, enum err err)
{
    struct catalog_operation *op = context;
    const struct queue *queue = op->looked_up->queue;
    struct store *store = op->catalog->store;
    char key[CATALOG_ID_BYTES];
    op->proven_id = op->found_id;
    if ((err != ERR_OK && err != ERR_ABSENT) || op->is_damaged || queue == NULL ||
        queue->id == op->found.id || queue->id == op->proven_id)
        look_up_done(op, err);
    else
        store->operations->find(store, STORE_DROPPED, catalog_dropped_key(queue->id, key),
                                each_proof, proof_done, op);
}

static void each_queue(void *context, struct slice key, uint64_t version, struct slice document)
{
    struct catalog_operation *op = context;
    MAYBE(key.bytes > 0);
    if (queue_document_read(document, version, &op->memory, &op->found) != ERR_OK ||
        !slice_equal(op->found.name, op->looked_up->name) ||
        !slice_equal(op->found.account, op->looked_up->account))
        op->is_damaged = true;
}

static void queue_done(void *context, enum err err)
{
    struct catalog_operation *op = context;
    struct store *store = op->catalog->store;
    if (err != ERR_OK && err != ERR_ABSENT)
        look_up_done(op, err);
    else
        store->operations->find(store, STORE_DELETED, op->looked_up->key, each_tombstone,
                                tombstone_done, op);
}

static void look_up(struct catalog_operation *op)
{
    struct store *store = op->catalog->store;
    op->look_ups++;
    op->looked_up = catalog_entry_get(op->catalog, op->look_up_account, op->look_up_name);
    op->found = (struct queue){0};
    op->found_version = 0;
    op->found_deleted = (struct wall_ms){0};
    op->found_id = 0;
    op->proven_id = 0;
    op->began = ++op->catalog->moments;
    op->changes_count_before = op->looked_up->changes_count;
    store->operations->find(store, STORE_QUEUE, op->looked_up->key, each_queue, queue_done, op);
}

static void look_up_itself(struct catalog_operation *op)
{
    op->look_up_account = op->entry->account;
    op->look_up_name = op->entry->name;
    look_up(op);
}

bool catalog_operation_wants(struct catalog_operation *op, struct slice account, struct slice name)
{
    const struct catalog_entry *entry = catalog_entry_find(op->catalog, account, name);
    if (!op->catalog->is_shared || op->look_ups >= CATALOG_LOOK_UPS_MAX ||
        (entry == op->entry && op->knows_itself))
        return false;
    struct slice key =
        arena_print(&op->memory, "%.*s/%.*s", SLICE_PRINT(account), SLICE_PRINT(name));
    for (unsigned i = 0; i < op->known_count; i++)
        if (slice_equal(op->known[i], key))
            return false;
    op->look_up_account = arena_copy(&op->memory, account);
    op->look_up_name = arena_copy(&op->memory, name);
    return true;
}

/* ---- committing ---- */

void catalog_operation_again(struct catalog_operation *op, enum err err)
{
    if (err == ERR_OK && op->attempts < CATALOG_ATTEMPTS_MAX) {
        catalog_operation_continue(op);
        return;
    }
    catalog_fail_unavailable(op->catalog, &op->error);
    seal(op);
}

static void lost_race(struct catalog_operation *op)
{
    op->attempts++;
    if (op->attempts >= CATALOG_ATTEMPTS_MAX)
        catalog_operation_again(op, ERR_STALE);
    else if (op->kind->refresh != NULL)
        op->kind->refresh(op);
    else
        look_up_itself(op);
}

static void commit_done(void *context, enum err err)
{
    struct catalog_operation *op = context;
    catalog_note_store(op->catalog);
    if (err == ERR_OK) {
        op->kind->apply(op);
        seal(op);
    } else if (err == ERR_STALE) {
        lost_race(op);
    } else {
        op->entry->is_doubtful = err == ERR_UNAVAILABLE && op->entry->queue != NULL;
        LOG_WARNING(CATALOG_AREA, "a change was not stored: %s", err_name(err));
        catalog_fail_unavailable(op->catalog, &op->error);
        seal(op);
    }
}

void catalog_operation_change(struct catalog_operation *op, enum store_kind kind, struct slice key,
                              uint64_t before, uint64_t after, struct slice document)
{
    ASSERT(op->changes_count < STORE_CHANGES_MAX);
    op->changes[op->changes_count++] = (struct store_change){.kind = kind,
                                                             .key = key,
                                                             .version_before = before,
                                                             .version_after = after,
                                                             .document = document};
}

enum catalog_step catalog_step_fail(struct catalog_operation *op)
{
    ASSERT(op->error.row != NULL);
    return CATALOG_STEP_ANSWER;
}

void catalog_operation_continue(struct catalog_operation *op)
{
    struct store *store = op->catalog->store;
    if (op->catalog->is_closing)
        catalog_fail_unavailable(op->catalog, &op->error);
    if (op->error.row != NULL) {
        seal(op);
        return;
    }
    if (op->entry->is_doubtful && op->look_ups < CATALOG_LOOK_UPS_MAX) {
        look_up_itself(op);
        return;
    }
    op->changes_count = 0;
    switch (op->kind->prepare(op)) {
    case CATALOG_STEP_ANSWER:
        seal(op);
        break;
    case CATALOG_STEP_COMMIT:
        ASSERT(op->changes_count > 0);
        store->operations->commit(store, op->changes, op->changes_count, commit_done, op);
        break;
    case CATALOG_STEP_LOOK_UP:
        look_up(op);
        break;
    case CATALOG_STEP_ID:
        catalog_ids_wait(op);
        break;
    }
}

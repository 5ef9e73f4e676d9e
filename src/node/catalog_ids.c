/* Ids of queues and tasks: ranges leased from the store.
 *
 * One document says where the next range begins; a lease moves it by compare-and-set, so no two servers of a store ever
 * have the same id, whatever their clocks say. A lease whose answer is lost may have happened: its range is never used.
 *
 * A store without the document is new, older than this rule, or has lost everything: the first range begins above every
 * id that is known here (in the store or in the logs) and above the time shifted by TIME_SHIFT, which is where ids came
 * from before there were ranges. */
#include "node/catalog_private.h"

#include "base/banned.h"

#define ATTEMPTS_MAX 16u
#define TIME_SHIFT   20

bool catalog_has_id(const struct catalog *catalog)
{
    return catalog->ids.next < catalog->ids.end;
}

uint64_t catalog_next_id(struct catalog *catalog)
{
    ASSERT(catalog_has_id(catalog));
    uint64_t id = catalog->ids.next++;
    catalog_note_id(catalog, id);
    return id;
}

void catalog_note_id(struct catalog *catalog, uint64_t id)
{
    if (id >= catalog->ids.floor)
        catalog->ids.floor = id + 1;
}

struct id_letter {
    struct letter letter;
    uint64_t id;
};

/* In a store that has lost the document, and got it anew, ours may be below. */
static void deliver_id(struct letter *letter, void *owner)
{
    struct id_letter *carrier = (struct id_letter *)letter;
    struct catalog *catalog = owner;
    catalog_note_id(catalog, carrier->id);
    if (carrier->id >= catalog->ids.next)
        catalog->ids.next = catalog->ids.end;
    free(carrier);
}

void catalog_id_exists(struct catalog *catalog, uint64_t id)
{
    struct id_letter *carrier = malloc(sizeof(*carrier));
    if (carrier == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    carrier->letter.deliver = deliver_id;
    carrier->id = id;
    mailbox_post(&catalog->box, &carrier->letter);
}

/* ---- a lease ---- */

static void done(struct catalog *catalog, enum err err)
{
    struct catalog_ids *ids = &catalog->ids;
    struct catalog_operation *op = ids->waiting;
    void (*loaded)(struct catalog * catalog) = ids->loaded;
    ids->is_asking = false;
    ids->waiting = NULL;
    ids->loaded = NULL;
    catalog_note_store(catalog);
    if (err != ERR_OK)
        LOG_WARNING(CATALOG_AREA, "no ids could be leased: %s", err_name(err));
    while (op != NULL) {
        struct catalog_operation *next = op->next_waiting;
        if (err == ERR_CORRUPT)
            catalog_fail_internal(&op->error);
        else if (err != ERR_OK)
            catalog_fail_unavailable(catalog, &op->error);
        catalog_operation_continue(op);
        op = next;
    }
    if (loaded != NULL)
        loaded(catalog);
}

static void find_ids(struct catalog *catalog);

static void leased(void *context, enum err err)
{
    struct catalog *catalog = context;
    struct catalog_ids *ids = &catalog->ids;
    if (err == ERR_STALE && ids->attempts < ATTEMPTS_MAX && !catalog->is_closing) {
        find_ids(catalog); /* another server has leased a range */
        return;
    }
    if (err == ERR_OK) {
        ids->next = ids->stored;
        ids->end = ids->stored + CATALOG_IDS_LEASED;
    }
    done(catalog, err == ERR_STALE ? ERR_UNAVAILABLE : err);
}

static void lease(struct catalog *catalog)
{
    struct catalog_ids *ids = &catalog->ids;
    struct arena memory;
    if (ids->version == 0)
        ids->stored = (uint64_t)catalog_now(catalog).wall.v << TIME_SHIFT & INT64_MAX;
    if (ids->stored < ids->floor)
        ids->stored = ids->floor;
    if (ids->stored > INT64_MAX - CATALOG_IDS_LEASED) {
        done(catalog, ERR_CORRUPT);
        return;
    }
    arena_init(&memory);
    struct store_change change = {
        .kind = STORE_SETTING,
        .key = SLICE(CATALOG_SETTING_IDS),
        .version_before = ids->version,
        .version_after = ids->version + 1,
        .document = catalog_write_ids(&memory, ids->stored + CATALOG_IDS_LEASED),
    };
    catalog->store->operations->commit(catalog->store, &change, 1, leased, catalog);
    arena_done(&memory);
}

static void each_ids(void *context, struct slice key, uint64_t version, struct slice document)
{
    struct catalog_ids *ids = &((struct catalog *)context)->ids;
    MAYBE(key.bytes > 0);
    ids->version = version;
    ids->found = catalog_read_ids(document, &ids->stored);
}

static void found(void *context, enum err err)
{
    struct catalog *catalog = context;
    if (err == ERR_OK)
        err = catalog->ids.found;
    if ((err == ERR_OK || err == ERR_ABSENT) && !catalog->is_closing)
        lease(catalog);
    else
        done(catalog, err == ERR_OK || err == ERR_ABSENT ? ERR_UNAVAILABLE : err);
}

static void find_ids(struct catalog *catalog)
{
    struct catalog_ids *ids = &catalog->ids;
    ids->attempts++;
    ids->version = 0;
    ids->found = ERR_OK;
    catalog->store->operations->find(catalog->store, STORE_SETTING, SLICE(CATALOG_SETTING_IDS),
                                     each_ids, found, catalog);
}

static void ask(struct catalog *catalog)
{
    if (catalog->ids.is_asking)
        return;
    catalog->ids.is_asking = true;
    catalog->ids.attempts = 0;
    find_ids(catalog);
}

void catalog_ids_wait(struct catalog_operation *op)
{
    struct catalog *catalog = op->catalog;
    op->next_waiting = catalog->ids.waiting;
    catalog->ids.waiting = op;
    ask(catalog);
}

void catalog_ids_prepare(struct catalog *catalog, void (*done_loading)(struct catalog *catalog))
{
    if (catalog_has_id(catalog)) {
        done_loading(catalog);
        return;
    }
    ASSERT(catalog->ids.loaded == NULL);
    catalog->ids.loaded = done_loading;
    ask(catalog);
}

#include "node/catalog_private.h"

#include "metadata/queue_name.h"

#include "base/banned.h"

/* ---- indexes ---- */

static int compare_names(const void *a, const void *b)
{
    const struct catalog_entry *x = a, *y = b;
    int order = slice_compare(x->account, y->account);
    return order != 0 ? order : slice_compare(x->name, y->name);
}

static int compare_sources(const void *a, const void *b)
{
    const struct catalog_entry *x = a, *y = b;
    int order =
        slice_compare(x->queue->attributes.dead_letter_arn, y->queue->attributes.dead_letter_arn);
    return order != 0 ? order : compare_names(a, b);
}

struct name_key {
    struct slice account, name;
};

static bool is_name(const void *item, const void *key)
{
    const struct catalog_entry *entry = item;
    const struct name_key *name = key;
    return slice_equal(entry->name, name->name) && slice_equal(entry->account, name->account);
}

void catalog_entries_init(struct catalog *catalog)
{
    table_init(&catalog->entries);
    sorted_init(&catalog->names, compare_names);
    sorted_init(&catalog->sources, compare_sources);
}

static void destroy_entry(struct catalog_entry *entry)
{
    ASSERT(entry->first == NULL);
    queue_unref(entry->queue);
    free(entry);
}

void catalog_entries_done(struct catalog *catalog)
{
    size_t cursor = 0;
    struct catalog_entry *entry;
    while ((entry = table_next(&catalog->entries, &cursor)) != NULL)
        destroy_entry(entry);
    table_done(&catalog->entries);
    sorted_done(&catalog->names);
    sorted_done(&catalog->sources);
    catalog->oldest_tombstone = NULL;
    catalog->youngest_tombstone = NULL;
}

/* ---- entries ---- */

struct catalog_entry *catalog_entry_find(const struct catalog *catalog, struct slice account,
                                         struct slice name)
{
    struct name_key key = {account, name};
    return table_find(&catalog->entries, table_hash_pair(&catalog->entries, account, name), is_name,
                      &key);
}

struct catalog_entry *catalog_entry_get(struct catalog *catalog, struct slice account,
                                        struct slice name)
{
    struct catalog_entry *entry = catalog_entry_find(catalog, account, name);
    if (entry != NULL)
        return entry;
    size_t key_bytes = account.bytes + 1 + name.bytes;
    entry = calloc(1, sizeof(*entry) + key_bytes);
    if (entry == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    uint8_t *key = (uint8_t *)(entry + 1);
    memcpy(key, account.at, account.bytes);
    key[account.bytes] = '/';
    memcpy(key + account.bytes + 1, name.at, name.bytes);
    entry->key = slice_of(key, key_bytes);
    entry->account = slice_head(entry->key, account.bytes);
    entry->name = slice_from(entry->key, account.bytes + 1);
    entry->hash = table_hash_pair(&catalog->entries, account, name);
    table_add(&catalog->entries, entry->hash, entry);
    return entry;
}

void catalog_entry_release(struct catalog *catalog, struct catalog_entry *entry)
{
    if (entry->queue != NULL || entry->tombstone_version != 0 || entry->first != NULL ||
        entry->is_busy || entry->is_pumping || entry->is_changed || entry->tasks != NULL)
        return;
    table_remove(&catalog->entries, entry->hash, entry);
    destroy_entry(entry);
}

bool catalog_parse_arn(struct slice text, struct slice *ret_account, struct slice *ret_name)
{
    struct queue_arn arn;
    if (!queue_arn_parse(text, &arn) || !slice_is(arn.service, "sqs") || arn.account.bytes == 0 ||
        !queue_name_is_any(arn.resource))
        return false;
    *ret_account = arn.account;
    *ret_name = arn.resource;
    return true;
}

struct queue *catalog_find_arn(const struct catalog *catalog, struct slice arn)
{
    struct slice account, name;
    if (!catalog_parse_arn(arn, &account, &name))
        return NULL;
    const struct catalog_entry *entry = catalog_entry_find(catalog, account, name);
    if (entry == NULL || entry->queue == NULL || !slice_equal(entry->queue->arn, arn))
        return NULL;
    return entry->queue;
}

/* ---- snapshots ---- */

static uint64_t next_config_version(struct catalog *catalog)
{
    /* The store's revision, so that of two front ends the one that knows more has the higher number. Every snapshot
     * gets one of its own: a dead-letter queue that comes and goes changes no document of its sources. */
    uint64_t revision = catalog->store->operations->revision(catalog->store);
    catalog->last_config_version =
        revision > catalog->last_config_version ? revision : catalog->last_config_version + 1;
    return catalog->last_config_version;
}

static struct slice dead_letter_arn(const struct queue *queue)
{
    return queue != NULL ? queue->attributes.dead_letter_arn : SLICE_NONE;
}

/* The entry's queue becomes `queue` (whose reference moves; NULL: none), and the indexes follow. */
static void replace_queue(struct catalog *catalog, struct catalog_entry *entry, struct queue *queue)
{
    struct queue *old = entry->queue;
    /* A source whose target stays keeps its place: its index may be walked right now. */
    bool moves = !slice_equal(dead_letter_arn(old), dead_letter_arn(queue));
    bool done = true;
    if (moves && dead_letter_arn(old).at != NULL)
        done = sorted_remove(&catalog->sources, entry);
    ASSERT(done);
    if (old != NULL && queue == NULL)
        done = sorted_remove(&catalog->names, entry);
    ASSERT(done);
    entry->queue = queue;
    if (old == NULL && queue != NULL)
        done = sorted_add(&catalog->names, entry);
    ASSERT(done);
    if (moves && dead_letter_arn(queue).at != NULL)
        done = sorted_add(&catalog->sources, entry);
    ASSERT(done);
    queue_unref(old);
}

/* The id that an ARN names, as seen from a queue whose own id is not installed yet. */
static uint64_t find_dead_letter(const struct catalog *catalog, const struct queue *draft)
{
    struct slice arn = draft->attributes.dead_letter_arn;
    if (arn.at == NULL)
        return 0;
    if (slice_equal(arn, draft->arn))
        return draft->id;
    const struct queue *target = catalog_find_arn(catalog, arn);
    return target != NULL ? target->id : 0;
}

static struct queue *make_snapshot(struct catalog *catalog, const struct queue *draft)
{
    struct queue copy;
    queue_draft(draft, &copy);
    copy.dead_letter_id = find_dead_letter(catalog, draft);
    copy.config_version = next_config_version(catalog);
    catalog_note_id(catalog, copy.id);
    return queue_create(&copy);
}

/* The queues that name `arn` as their dead-letter queue learn what it is now. */
static void publish_sources(struct catalog *catalog, struct slice arn,
                            struct catalog_barrier *barrier)
{
    struct queue probe_queue = {.attributes.dead_letter_arn = arn};
    struct catalog_entry probe = {.queue = &probe_queue};
    for (const struct sorted_place *place = sorted_from(&catalog->sources, &probe); place != NULL;
         place = sorted_next(place)) {
        struct catalog_entry *source = sorted_item(place);
        if (!slice_equal(source->queue->attributes.dead_letter_arn, arn))
            return;
        if (find_dead_letter(catalog, source->queue) == source->queue->dead_letter_id)
            continue;
        replace_queue(catalog, source, make_snapshot(catalog, source->queue));
        catalog_publish(catalog, CATALOG_QUEUE_IS, source->queue, NULL, barrier);
    }
}

void catalog_install(struct catalog *catalog, struct catalog_entry *entry,
                     const struct queue *draft, struct catalog_barrier *barrier)
{
    bool is_new = entry->queue == NULL || entry->queue->id != draft->id;
    ASSERT(entry->queue == NULL ||
           entry->queue->id == draft->id); /* the old one is removed first */
    entry->changes_count++;
    entry->is_unproven = false;
    replace_queue(catalog, entry, make_snapshot(catalog, draft));
    catalog_publish(catalog, CATALOG_QUEUE_IS, entry->queue, NULL, barrier);
    if (is_new)
        publish_sources(catalog, entry->queue->arn, barrier);
}

void catalog_install_silent(struct catalog *catalog, struct catalog_entry *entry,
                            const struct queue *draft)
{
    replace_queue(catalog, entry, make_snapshot(catalog, draft));
}

void catalog_resolve(struct catalog *catalog, struct catalog_entry *entry)
{
    entry->queue->dead_letter_id = find_dead_letter(catalog, entry->queue);
}

void catalog_remove(struct catalog *catalog, struct catalog_entry *entry,
                    struct catalog_barrier *barrier)
{
    while (entry->tasks != NULL)
        catalog_task_drop(catalog, entry->tasks);
    if (entry->queue == NULL)
        return;
    struct queue *old = queue_ref(entry->queue);
    entry->changes_count++;
    entry->is_unproven = false;
    replace_queue(catalog, entry, NULL);
    catalog_publish(catalog, CATALOG_QUEUE_GONE, old, NULL, barrier);
    publish_sources(catalog, old->arn, barrier);
    queue_unref(old);
}

const struct queue *catalog_next_source(const struct catalog *catalog, const struct queue *queue,
                                        const struct sorted_place **place)
{
    struct queue probe_queue = {.attributes.dead_letter_arn = queue->arn};
    struct catalog_entry probe = {.queue = &probe_queue};
    *place = *place == NULL ? sorted_from(&catalog->sources, &probe) : sorted_next(*place);
    if (*place == NULL)
        return NULL;
    const struct catalog_entry *source = sorted_item(*place);
    bool is_source = slice_equal(source->queue->attributes.dead_letter_arn, queue->arn);
    return is_source ? source->queue : NULL;
}

bool catalog_has_sources(const struct catalog *catalog, const struct queue *queue)
{
    const struct sorted_place *place = NULL;
    return catalog_next_source(catalog, queue, &place) != NULL;
}

bool catalog_may(const struct catalog_call *call, enum api_action action, const struct queue *queue,
                 struct arena *arena, struct api_error *error)
{
    struct auth_task task = {
        .identity = call->identity,
        .action = action,
        .queue_account = queue->account,
        .queue_arn = queue->arn,
        .policy = queue->compiled_policy,
        .context = call->context,
    };
    return call->identity == NULL || auth_authorize(&task, arena, error);
}

/* ---- tombstones ---- */

static void unbury(struct catalog *catalog, struct catalog_entry *entry)
{
    if (!entry->is_buried)
        return;
    *(entry->older != NULL ? &entry->older->younger : &catalog->oldest_tombstone) = entry->younger;
    *(entry->younger != NULL ? &entry->younger->older : &catalog->youngest_tombstone) =
        entry->older;
    entry->older = NULL;
    entry->younger = NULL;
    entry->is_buried = false;
}

static void bury(struct catalog *catalog, struct catalog_entry *entry)
{
    entry->older = catalog->youngest_tombstone;
    *(entry->older != NULL ? &entry->older->younger : &catalog->oldest_tombstone) = entry;
    catalog->youngest_tombstone = entry;
    entry->is_buried = true;
}

void catalog_set_tombstone(struct catalog *catalog, struct catalog_entry *entry, uint64_t version,
                           struct wall_ms deleted)
{
    unbury(catalog, entry);
    entry->changes_count++;
    entry->tombstone_version = version;
    if (version == 0)
        return;
    /* A wall clock that was set back must not block a name for longer than a minute. */
    struct clock_now now = catalog_now(catalog);
    int64_t left_ms =
        deleted.v > now.wall.v ? CATALOG_DELETED_MS : CATALOG_DELETED_MS - (now.wall.v - deleted.v);
    entry->blocked_until.v = now.mono.v + (left_ms > 0 ? left_ms : 0);
    bury(catalog, entry);
}

bool catalog_is_blocked(const struct catalog *catalog, const struct catalog_entry *entry)
{
    return entry->tombstone_version != 0 && catalog_now(catalog).mono.v < entry->blocked_until.v;
}

/* ---- removing what is not needed ---- */

struct removal {
    struct catalog *catalog;
    struct arena memory;
    struct store_change changes[STORE_CHANGES_MAX];
};

static void removal_done(void *context, enum err err)
{
    struct removal *removal = context;
    struct catalog *catalog = removal->catalog;
    if (err != ERR_OK)
        LOG_DEBUG(CATALOG_AREA, "documents that are not needed stay: %s", err_name(err));
    arena_done(&removal->memory);
    free(removal);
    catalog_finished(catalog);
}

void catalog_discard(struct catalog *catalog, const struct store_change *changes,
                     unsigned changes_count)
{
    ASSERT(changes_count <= STORE_CHANGES_MAX);
    if (changes_count == 0 || catalog->is_closing)
        return;
    struct removal *removal = malloc(sizeof(*removal));
    if (removal == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    removal->catalog = catalog;
    arena_init(&removal->memory);
    for (unsigned i = 0; i < changes_count; i++) {
        ASSERT(changes[i].version_after == 0);
        removal->changes[i] = changes[i];
        removal->changes[i].key = arena_copy(&removal->memory, changes[i].key);
    }
    catalog_began(catalog);
    catalog->store->operations->commit(catalog->store, removal->changes, changes_count,
                                       removal_done, removal);
}

void catalog_prune_tombstones(struct catalog *catalog)
{
    struct catalog_entry *entries[STORE_CHANGES_MAX];
    struct store_change changes[STORE_CHANGES_MAX] = {0};
    unsigned count = 0;
    for (struct catalog_entry *entry = catalog->oldest_tombstone;
         entry != NULL && count < STORE_CHANGES_MAX; entry = entry->younger) {
        if (catalog_is_blocked(catalog, entry) || entry->first != NULL)
            break;
        changes[count] = (struct store_change){
            .kind = STORE_DELETED, .key = entry->key, .version_before = entry->tombstone_version};
        entries[count++] = entry;
    }
    catalog_discard(catalog, changes, count);
    for (unsigned i = 0; i < count; i++) {
        catalog_set_tombstone(catalog, entries[i], 0, (struct wall_ms){0});
        catalog_entry_release(catalog, entries[i]);
    }
}

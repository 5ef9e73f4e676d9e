/* Bodies in memory, by place. Who comes finds room or stays out: nothing older is pushed out for it, because of a
 * queue the oldest are wanted next. */
#include "log/log_internal.h"

#include "base/banned.h"

struct log_body {
    _Atomic uint32_t references;
    uint32_t bytes;
    uint64_t place;
    uint8_t data[];
};

struct log_body *log_body_create(uint64_t place, struct slice message)
{
    struct log_body *body = malloc(sizeof(*body) + message.bytes);
    ASSERT(body != NULL);
    atomic_init(&body->references, 1);
    body->bytes = (uint32_t)message.bytes;
    body->place = place;
    memcpy(body->data, message.at, message.bytes);
    return body;
}

uint64_t log_body_place(const struct log_body *body)
{
    return body->place;
}

struct log_body *log_body_ref(struct log_body *body)
{
    uint32_t before = atomic_fetch_add_explicit(&body->references, 1, memory_order_relaxed);
    ASSERT(before > 0 && before < UINT32_MAX);
    return body;
}

void log_body_unref(struct log_body *body)
{
    if (body == NULL)
        return;
    /* Release: what this thread read is read before another thread frees it. */
    uint32_t before = atomic_fetch_sub_explicit(&body->references, 1, memory_order_acq_rel);
    ASSERT(before > 0);
    if (before == 1)
        free(body);
}

struct slice log_body_bytes(const struct log_body *body)
{
    return slice_of(body->data, body->bytes);
}

/* A body may be cached under another place than it was read from (relocation), so the table has entries of its own. */
struct entry {
    uint64_t place;
    struct log_body *body;
};

static bool is_at(const void *item, const void *key)
{
    return ((const struct entry *)item)->place == *(const uint64_t *)key;
}

static uint64_t cost(const struct log_body *body)
{
    return sizeof(struct log_body) + sizeof(struct entry) + 2 * sizeof(struct table_slot) +
           body->bytes;
}

void cache_init(struct cache *cache, uint64_t bytes_max)
{
    *cache = (struct cache){.bytes_max = bytes_max};
    table_init(&cache->table);
}

void cache_done(struct cache *cache)
{
    size_t cursor = 0;
    struct entry *entry;
    while ((entry = table_next(&cache->table, &cursor)) != NULL) {
        log_body_unref(entry->body);
        free(entry);
    }
    table_done(&cache->table);
}

uint64_t cache_room(const struct cache *cache)
{
    return cache->bytes < cache->bytes_max ? cache->bytes_max - cache->bytes : 0;
}

static struct entry *find(const struct cache *cache, uint64_t place)
{
    if (cache->bodies == 0)
        return NULL;
    return table_find(&cache->table, table_hash_u64(&cache->table, place), is_at, &place);
}

void cache_admit(struct cache *cache, struct log_body *body)
{
    if (cost(body) > cache_room(cache) || find(cache, body->place) != NULL)
        return;
    struct entry *entry = malloc(sizeof(*entry));
    ASSERT(entry != NULL);
    *entry = (struct entry){body->place, log_body_ref(body)};
    table_add(&cache->table, table_hash_u64(&cache->table, entry->place), entry);
    cache->bytes += cost(body);
    cache->bodies++;
}

struct log_body *cache_find(struct cache *cache, uint64_t place)
{
    const struct entry *entry = find(cache, place);
    return entry != NULL ? log_body_ref(entry->body) : NULL;
}

void cache_drop(struct cache *cache, uint64_t place)
{
    struct entry *entry = find(cache, place);
    if (entry == NULL)
        return;
    table_remove(&cache->table, table_hash_u64(&cache->table, place), entry);
    cache->bytes -= cost(entry->body);
    cache->bodies--;
    log_body_unref(entry->body);
    free(entry);
}

void cache_move(struct cache *cache, uint64_t from, uint64_t to)
{
    struct entry *entry = find(cache, from);
    if (entry == NULL || find(cache, to) != NULL)
        return;
    table_remove(&cache->table, table_hash_u64(&cache->table, from), entry);
    entry->place = to;
    table_add(&cache->table, table_hash_u64(&cache->table, to), entry);
}

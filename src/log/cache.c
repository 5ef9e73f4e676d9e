/* Bodies in memory, by place. Who comes finds room or stays out: nothing older is pushed out for it, because of a
 * queue the oldest are wanted next. */
#include "base/slabs.h"
#include "log/log_internal.h"

#include "base/banned.h"

struct log_body {
    _Atomic uint32_t references;
    uint32_t bytes;
    uint8_t data[];
};

struct log_body *log_body_create(struct slice message)
{
    struct log_body *body = slabs_take(sizeof(*body) + message.bytes);
    if (body == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    atomic_init(&body->references, 1);
    body->bytes = (uint32_t)message.bytes;
    memcpy(body->data, message.at, message.bytes);
    return body;
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
        slabs_give(body, sizeof(*body) + body->bytes);
}

struct slice log_body_bytes(const struct log_body *body)
{
    return slice_of(body->data, body->bytes);
}

/* A body may be cached under another place than it was read from (relocation), so the entries are things of their own. */
struct entry {
    uint64_t place;
    struct log_body *body;
    uint32_t chain;
};

#define ENTRIES_A_CHUNK 1024u

static struct entry *entry_at(const struct cache *cache, uint32_t index)
{
    return pool_at(&cache->entries, index);
}

/* Places that follow each other, as those of one time do, have their buckets side by side: in blocks that are spread, and
 * turned, so that no distance between places fills a few buckets only. */
static uint64_t hash_place(uint64_t place)
{
    uint64_t block = chains_mix(place >> 15);
    return (block & ~UINT64_C(63)) | ((block + (place >> 9)) & 63);
}

static uint64_t hash(const void *context, uint32_t index)
{
    return hash_place(entry_at(context, index)->place);
}

static uint64_t cost(const struct log_body *body)
{
    return sizeof(struct log_body) + sizeof(struct entry) + sizeof(uint32_t) + body->bytes;
}

void cache_init(struct cache *cache, uint64_t bytes_max)
{
    *cache = (struct cache){.bytes_max = bytes_max};
    pool_init(&cache->entries, sizeof(struct entry), ENTRIES_A_CHUNK);
    chains_init(&cache->by_place, &cache->entries, offsetof(struct entry, chain), hash, cache);
}

void cache_done(struct cache *cache)
{
    for (uint32_t index = 1; index < cache->entries.used; index++)
        log_body_unref(entry_at(cache, index)->body); /* NULL: given back */
    chains_done(&cache->by_place);
    pool_done(&cache->entries);
}

uint64_t cache_room(const struct cache *cache)
{
    return cache->bytes < cache->bytes_max ? cache->bytes_max - cache->bytes : 0;
}

static uint32_t find(const struct cache *cache, uint64_t place)
{
    uint32_t index = chains_first(&cache->by_place, hash_place(place));
    while (index != 0 && entry_at(cache, index)->place != place)
        index = chains_next(&cache->by_place, index);
    return index;
}

void cache_admit(struct cache *cache, uint64_t place, struct log_body *body)
{
    if (cost(body) > cache_room(cache) || find(cache, place) != 0)
        return;
    uint32_t index = chains_reserve(&cache->by_place) ? pool_take(&cache->entries) : 0;
    if (index == 0)
        return; /* no memory: it stays on the disk only */
    struct entry *entry = entry_at(cache, index);
    entry->place = place;
    entry->body = log_body_ref(body);
    chains_add(&cache->by_place, hash_place(place), index);
    cache->bytes += cost(body);
    cache->bodies++;
}

struct log_body *cache_find(struct cache *cache, uint64_t place)
{
    uint32_t index = find(cache, place);
    return index != 0 ? log_body_ref(entry_at(cache, index)->body) : NULL;
}

void cache_drop(struct cache *cache, uint64_t place)
{
    uint32_t index = find(cache, place);
    if (index == 0)
        return;
    struct entry *entry = entry_at(cache, index);
    chains_remove(&cache->by_place, hash_place(place), index);
    cache->bytes -= cost(entry->body);
    cache->bodies--;
    log_body_unref(entry->body);
    entry->body = NULL;
    pool_give(&cache->entries, index);
}

void cache_move(struct cache *cache, uint64_t from, uint64_t to)
{
    uint32_t index = find(cache, from);
    if (index == 0 || find(cache, to) != 0)
        return;
    chains_remove(&cache->by_place, hash_place(from), index);
    entry_at(cache, index)->place = to;
    chains_add(&cache->by_place, hash_place(to), index);
}

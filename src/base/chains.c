#include "base/chains.h"

#include "base/banned.h"

#define CHUNK_SHIFT   CHAINS_CHUNK_SHIFT
#define CHUNK_BUCKETS (1u << CHUNK_SHIFT)

void chains_init(struct chains *chains, const struct pool *pool, uint32_t offset,
                 uint64_t (*hash)(const void *context, uint32_t index), const void *context)
{
    *chains = (struct chains){.pool = pool, .offset = offset, .hash = hash, .context = context};
    chunks_init(&chains->buckets, CHUNK_BUCKETS * (uint32_t)sizeof(uint32_t));
}

void chains_done(struct chains *chains)
{
    chunks_done(&chains->buckets);
    chains->buckets_count = chains->level = chains->count = 0;
}

static uint32_t *bucket(const struct chains *chains, uint32_t number)
{
    return (uint32_t *)chains->buckets.at[number >> CHUNK_SHIFT] + (number & (CHUNK_BUCKETS - 1));
}

static uint32_t *link_of(const struct chains *chains, uint32_t index)
{
    return (uint32_t *)((uint8_t *)pool_at(chains->pool, index) + chains->offset);
}

bool chains_reserve(struct chains *chains)
{
    if (chains->buckets_count > 0)
        return true;
    if (!chunks_add(&chains->buckets))
        return false;
    chains->buckets_count = chains->level = 1;
    return true;
}

/* Buckets are split one after the other, so it is known which items will be looked at soon: with millions of them each
 * look waits for memory otherwise. Inline always: gcc takes a function that only fetches for one without effect. */
#define AHEAD 8u
static inline __attribute__((always_inline)) void fetch_ahead(const struct chains *chains,
                                                              uint32_t number)
{
    uint32_t index = number < chains->level ? *bucket(chains, number) : 0;
    if (index == 0)
        return;
    __builtin_prefetch(pool_at(chains->pool, index)); /* the key lies in front, by custom */
    __builtin_prefetch(link_of(chains, index), 1);
}

/* One more bucket: takes over the items of bucket buckets_count - level whose next hash bit is set. */
static void split(struct chains *chains)
{
    uint32_t number = chains->buckets_count;
    if (number >> 31 != 0 ||
        (number >> CHUNK_SHIFT == chains->buckets.count && !chunks_add(&chains->buckets)))
        return;
    if (number == 2 * chains->level)
        chains->level *= 2;
    chains->buckets_count++;
    uint32_t *keep = bucket(chains, number - chains->level);
    uint32_t *move = bucket(chains, number);
    *move = 0;
    fetch_ahead(chains, number - chains->level + AHEAD);
    for (uint32_t index = *keep; index != 0; index = *keep) {
        uint32_t *link = link_of(chains, index);
        if ((chains->hash(chains->context, index) & chains->level) == 0) {
            keep = link;
            continue;
        }
        *keep = *link;
        *link = *move;
        *move = index;
    }
}

void chains_add(struct chains *chains, uint64_t hash, uint32_t index)
{
    ASSERT(chains->buckets_count > 0);
    if (chains->count >= chains->buckets_count)
        split(chains);
    uint32_t *first = chains_bucket(chains, hash);
    *link_of(chains, index) = *first;
    *first = index;
    chains->count++;
}

void chains_remove(struct chains *chains, uint64_t hash, uint32_t index)
{
    ASSERT(chains->count > 0);
    uint32_t *hook = chains_bucket(chains, hash);
    while (*hook != index) {
        ASSERT(*hook != 0);
        hook = link_of(chains, *hook);
    }
    *hook = *link_of(chains, index);
    *link_of(chains, index) = 0;
    chains->count--;
}

uint32_t chains_first(const struct chains *chains, uint64_t hash)
{
    return chains->buckets_count == 0 ? 0 : *chains_bucket(chains, hash);
}

uint64_t chains_bytes(const struct chains *chains)
{
    return chunks_bytes(&chains->buckets);
}

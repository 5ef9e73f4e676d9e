/* A hash table of pool items that grows by one bucket a time (linear hashing): no operation ever rehashes the whole,
 * and adding cannot fail once chains_reserve has succeeded: without memory for another bucket the chains grow longer.
 * Four bytes a bucket here, four bytes a link in each item.
 *
 * The table knows no keys: to find, walk the chain and compare. Thread: one owner. */
#ifndef LEAT_BASE_CHAINS_H
#define LEAT_BASE_CHAINS_H

#include "base/pool.h"

struct chains {
    struct chunks buckets;
    const struct pool *pool;
    uint32_t offset; /* of the uint32_t link in the item */
    uint64_t (*hash)(const void *context,
                     uint32_t index); /* of an item: must not change while it is in */
    const void *context;
    uint32_t buckets_count;
    uint32_t level; /* a power of two: level <= buckets_count < 2 * level */
    uint32_t count;
};

void chains_init(struct chains *chains, const struct pool *pool, uint32_t offset,
                 uint64_t (*hash)(const void *context, uint32_t index), const void *context);
void chains_done(struct chains *chains);

/* Makes sure that adding works at all. False without memory; once true, always true. */
MUST_CHECK bool chains_reserve(struct chains *chains);
void chains_add(struct chains *chains, uint64_t hash, uint32_t index);
/* The item must be in. */
void chains_remove(struct chains *chains, uint64_t hash, uint32_t index);
/* The chain of a hash: first item and its followers, 0 at the end. Others' items are among them. */
uint32_t chains_first(const struct chains *chains, uint64_t hash);
static inline uint32_t chains_next(const struct chains *chains, uint32_t index)
{
    uint32_t next;
    __builtin_memcpy(&next, (const uint8_t *)pool_at(chains->pool, index) + chains->offset,
                     sizeof(next));
    return next;
}
uint64_t chains_bytes(const struct chains *chains);

/* What will be looked at soon, fetched into the processor's cache: the bucket of a hash, and later the first item of its
 * chain. Inline always: gcc takes a function that only fetches for one without effect. */
#define CHAINS_CHUNK_SHIFT 10u
static inline __attribute__((always_inline)) uint32_t *chains_bucket(const struct chains *chains,
                                                                     uint64_t hash)
{
    uint32_t number = (uint32_t)(hash & (2 * (uint64_t)chains->level - 1));
    if (number >= chains->buckets_count)
        number &= chains->level - 1;
    return (uint32_t *)chains->buckets.at[number >> CHAINS_CHUNK_SHIFT] +
           (number & ((1u << CHAINS_CHUNK_SHIFT) - 1));
}
static inline __attribute__((always_inline)) void chains_fetch_bucket(const struct chains *chains,
                                                                      uint64_t hash)
{
    __builtin_prefetch(chains_bucket(chains, hash), 1);
}
static inline __attribute__((always_inline)) void chains_fetch_item(const struct chains *chains,
                                                                    uint64_t hash)
{
    uint32_t index = *chains_bucket(chains, hash);
    if (index == 0)
        return;
    const uint8_t *item = pool_at(chains->pool, index);
    __builtin_prefetch(item, 1); /* the key lies in front, by custom */
    __builtin_prefetch(item + chains->offset, 1);
}

/* A good spread of the bits of `value`. */
static inline uint64_t chains_mix(uint64_t value)
{
    value = (value ^ (value >> 32)) * 0xd6e8feb86659fd93u;
    value = (value ^ (value >> 32)) * 0xd6e8feb86659fd93u;
    return value ^ (value >> 32);
}

#endif

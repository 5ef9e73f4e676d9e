/* Items of one size, named by 32-bit indexes that stay valid until given back. Index 0 is none.
 *
 * Taking and giving back are O(1). Items never move. Memory is kept for re-use until pool_done.
 * Thread: one owner. */
#ifndef LEAT_BASE_POOL_H
#define LEAT_BASE_POOL_H

#include "base/chunks.h"

struct pool {
    struct chunks chunks;
    uint32_t item_bytes;
    uint32_t shift;      /* log2 of the items a chunk */
    uint32_t used;       /* indexes below this one were given out at least once */
    uint32_t free_first; /* chain of given back ones, through their first four bytes */
    uint32_t free_count;
};

/* item_bytes >= 4; chunk_items a power of two. Allocates nothing yet. */
void pool_init(struct pool *pool, uint32_t item_bytes, uint32_t chunk_items);
void pool_done(struct pool *pool);

/* Makes sure that the next `count` takes succeed. False without memory. */
MUST_CHECK bool pool_reserve(struct pool *pool, uint32_t count);
/* A zeroed item, or 0 without memory. */
MUST_CHECK uint32_t pool_take(struct pool *pool);
void pool_give(struct pool *pool, uint32_t index);

uint32_t pool_count(const struct pool *pool);
uint64_t pool_bytes(const struct pool *pool);

/* The item of a taken index. */
static inline void *pool_at(const struct pool *pool, uint32_t index)
{
    uint32_t in_chunk = index & ((1u << pool->shift) - 1);
    return (uint8_t *)pool->chunks.at[index >> pool->shift] + (uint64_t)in_chunk * pool->item_bytes;
}

#endif

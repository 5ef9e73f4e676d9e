#include "base/pool.h"

#include "base/banned.h"

void pool_init(struct pool *pool, uint32_t item_bytes, uint32_t chunk_items)
{
    ASSERT(item_bytes >= sizeof(uint32_t));
    ASSERT(chunk_items > 1);
    ASSERT((chunk_items & (chunk_items - 1)) == 0);
    *pool = (struct pool){.item_bytes = item_bytes, .used = 1};
    pool->shift = (uint32_t)__builtin_ctz(chunk_items);
    chunks_init(&pool->chunks, item_bytes * chunk_items);
}

void pool_done(struct pool *pool)
{
    uint32_t chunk_items = 1u << pool->shift;
    chunks_done(&pool->chunks);
    pool_init(pool, pool->item_bytes, chunk_items);
}

static uint64_t capacity(const struct pool *pool)
{
    return (uint64_t)pool->chunks.count << pool->shift;
}

bool pool_reserve(struct pool *pool, uint32_t count)
{
    while (pool->free_count + (pool->used <= capacity(pool) ? capacity(pool) - pool->used : 0) <
           count) {
        if (capacity(pool) + (1u << pool->shift) > UINT32_MAX || !chunks_add(&pool->chunks))
            return false;
    }
    return true;
}

uint32_t pool_take(struct pool *pool)
{
    if (!pool_reserve(pool, 1))
        return 0;
    if (pool->free_count == 0)
        return pool->used++; /* chunks come zeroed */
    uint32_t index = pool->free_first;
    void *item = pool_at(pool, index);
    memcpy(&pool->free_first, item, sizeof(uint32_t));
    pool->free_count--;
    memset(item, 0, pool->item_bytes);
    return index;
}

void pool_give(struct pool *pool, uint32_t index)
{
    ASSERT(index > 0 && index < pool->used);
    memcpy(pool_at(pool, index), &pool->free_first, sizeof(uint32_t));
    pool->free_first = index;
    pool->free_count++;
}

uint32_t pool_count(const struct pool *pool)
{
    return pool->used - 1 - pool->free_count;
}

uint64_t pool_bytes(const struct pool *pool)
{
    return chunks_bytes(&pool->chunks);
}

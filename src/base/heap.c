#include "base/heap.h"

#include "base/banned.h"

#define CHUNK_SHIFT   10u
#define CHUNK_ENTRIES (1u << CHUNK_SHIFT)
#define ARITY         4u

void heap_init(struct heap *heap, heap_moved moved, void *context)
{
    *heap = (struct heap){.moved = moved, .context = context};
    chunks_init(&heap->chunks, CHUNK_ENTRIES * (uint32_t)sizeof(struct heap_entry));
}

void heap_done(struct heap *heap)
{
    chunks_done(&heap->chunks);
    heap->count = 0;
}

bool heap_reserve(struct heap *heap, uint32_t count)
{
    while (((uint64_t)heap->chunks.count << CHUNK_SHIFT) < (uint64_t)heap->count + count) {
        if (!chunks_add(&heap->chunks))
            return false;
    }
    return true;
}

/* Inside, indexes count from 0. */
static struct heap_entry *entry(const struct heap *heap, uint32_t index)
{
    return (struct heap_entry *)heap->chunks.at[index >> CHUNK_SHIFT] +
           (index & (CHUNK_ENTRIES - 1));
}

static void put(struct heap *heap, uint32_t index, struct heap_entry what)
{
    *entry(heap, index) = what;
    heap->moved(heap->context, what.value, index + 1);
}

static void sift_up(struct heap *heap, uint32_t index, struct heap_entry what)
{
    while (index > 0) {
        uint32_t parent = (index - 1) / ARITY;
        const struct heap_entry *above = entry(heap, parent);
        if (above->key <= what.key)
            break;
        put(heap, index, *above);
        index = parent;
    }
    put(heap, index, what);
}

static void sift_down(struct heap *heap, uint32_t index, struct heap_entry what)
{
    for (;;) {
        uint64_t first = (uint64_t)index * ARITY + 1;
        if (first >= heap->count)
            break;
        uint32_t least = (uint32_t)first;
        int64_t least_key = entry(heap, least)->key;
        for (uint32_t i = least + 1; i < first + ARITY && i < heap->count; i++) {
            int64_t key = entry(heap, i)->key;
            if (key < least_key) {
                least = i;
                least_key = key;
            }
        }
        if (what.key <= least_key)
            break;
        put(heap, index, *entry(heap, least));
        index = least;
    }
    put(heap, index, what);
}

static void place(struct heap *heap, uint32_t index, struct heap_entry what)
{
    if (index > 0 && entry(heap, (index - 1) / ARITY)->key > what.key)
        sift_up(heap, index, what);
    else
        sift_down(heap, index, what);
}

void heap_push(struct heap *heap, int64_t key, uint32_t value)
{
    ASSERT(((uint64_t)heap->chunks.count << CHUNK_SHIFT) > heap->count);
    sift_up(heap, heap->count++, (struct heap_entry){key, value});
}

void heap_update(struct heap *heap, uint32_t position, int64_t key)
{
    ASSERT(position > 0 && position <= heap->count);
    struct heap_entry what = *entry(heap, position - 1);
    what.key = key;
    place(heap, position - 1, what);
}

void heap_remove(struct heap *heap, uint32_t position)
{
    ASSERT(position > 0 && position <= heap->count);
    heap->moved(heap->context, entry(heap, position - 1)->value, 0);
    struct heap_entry last = *entry(heap, --heap->count);
    if (position - 1 < heap->count)
        place(heap, position - 1, last);
}

const struct heap_entry *heap_at(const struct heap *heap, uint32_t position)
{
    ASSERT(position > 0 && position <= heap->count);
    return entry(heap, position - 1);
}

const struct heap_entry *heap_first(const struct heap *heap)
{
    return heap->count == 0 ? NULL : entry(heap, 0);
}

uint64_t heap_bytes(const struct heap *heap)
{
    return chunks_bytes(&heap->chunks);
}

void heap_check(const struct heap *heap)
{
    for (uint32_t i = 1; i < heap->count; i++)
        ASSERT(entry(heap, (i - 1) / ARITY)->key <= entry(heap, i)->key);
}

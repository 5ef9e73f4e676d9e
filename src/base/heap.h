/* A 4-ary heap of (key, value), smallest key first, that tells every value where it is, so that it can be taken out
 * of the middle. Grows by chunks: no growth copies the heap.
 *
 * Positions count from 1; 0 means not in the heap, and is told when a value leaves.
 * O(log n) for push, update and remove; equal keys come in no order. Thread: one owner. */
#ifndef LEAT_BASE_HEAP_H
#define LEAT_BASE_HEAP_H

#include "base/chunks.h"

/* 12 bytes: a heap may have millions. */
struct heap_entry {
    int64_t key;
    uint32_t value;
} __attribute__((packed, aligned(4)));

typedef void (*heap_moved)(void *context, uint32_t value, uint32_t position);

struct heap {
    struct chunks chunks;
    uint32_t count;
    heap_moved moved;
    void *context;
};

/* Allocates nothing yet. */
void heap_init(struct heap *heap, heap_moved moved, void *context);
void heap_done(struct heap *heap);

/* Makes sure that the next `count` pushes have room. False without memory. */
MUST_CHECK bool heap_reserve(struct heap *heap, uint32_t count);
/* Asserts that there is room: reserve first. */
void heap_push(struct heap *heap, int64_t key, uint32_t value);
void heap_update(struct heap *heap, uint32_t position, int64_t key);
void heap_remove(struct heap *heap, uint32_t position);

const struct heap_entry *heap_at(const struct heap *heap, uint32_t position);
/* NULL when empty. */
const struct heap_entry *heap_first(const struct heap *heap);
uint64_t heap_bytes(const struct heap *heap);
/* Asserts the order of all entries: O(n), for tests. */
void heap_check(const struct heap *heap);

#endif

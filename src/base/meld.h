/* A heap that lives inside its items: three indexes an item, no memory of its own, so that it never fails and that
 * thousands of nearly empty heaps cost nothing. Smallest key first.
 *
 * It is a randomised meldable heap: two heaps are merged by walking down from their roots, at each step to a child
 * chosen by a coin. Push and remove are merges: expected O(log n) whatever the order of the calls. The coin is a fixed
 * sequence a kind, so that equal histories give equal heaps.
 *
 * Thread: one owner. */
#ifndef LEAT_BASE_MELD_H
#define LEAT_BASE_MELD_H

#include "base/check.h"
#include "base/pool.h"

struct meld_node {
    uint32_t left, right, parent;
};

/* One kind of heap: where the links of an item are and what orders it. Shared by all heaps of the kind. */
struct meld_kind {
    const struct pool *pool;
    uint32_t offset; /* of the struct meld_node in the item */
    int64_t (*key)(const void *context,
                   uint32_t index); /* must not change while the item is in a heap */
    const void *context;
    uint32_t coin;
};

void meld_kind_init(struct meld_kind *kind, const struct pool *pool, uint32_t offset,
                    int64_t (*key)(const void *context, uint32_t index), const void *context);

/* A heap is the index of its first item; 0: empty. */
void meld_push(struct meld_kind *kind, uint32_t *root, uint32_t index);
/* The item must be in this heap. Its links are zeroed. */
void meld_remove(struct meld_kind *kind, uint32_t *root, uint32_t index);
/* The next one of a walk over all items in no order; start with the root; 0 at the end. */
uint32_t meld_next(const struct meld_kind *kind, uint32_t index);

#endif

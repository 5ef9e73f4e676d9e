#include "base/meld.h"

#include "base/banned.h"

void meld_kind_init(struct meld_kind *kind, const struct pool *pool, uint32_t offset,
                    int64_t (*key)(const void *context, uint32_t index), const void *context)
{
    *kind = (struct meld_kind){
        .pool = pool, .offset = offset, .key = key, .context = context, .coin = 0x9e3779b9u};
}

static struct meld_node *node(const struct meld_kind *kind, uint32_t index)
{
    return (struct meld_node *)((uint8_t *)pool_at(kind->pool, index) + kind->offset);
}

static bool toss(struct meld_kind *kind)
{
    uint32_t x = kind->coin;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    kind->coin = x;
    return (x >> 16 & 1) != 0;
}

/* Both without a parent. */
static uint32_t merge(struct meld_kind *kind, uint32_t a, uint32_t b)
{
    uint32_t root = 0;
    uint32_t parent = 0;
    uint32_t *hook = &root; /* where the smaller of a and b goes */
    while (a != 0 && b != 0) {
        if (kind->key(kind->context, b) < kind->key(kind->context, a)) {
            uint32_t swap = a;
            a = b;
            b = swap;
        }
        struct meld_node *least = node(kind, a);
        *hook = a;
        least->parent = parent;
        parent = a;
        hook = toss(kind) ? &least->left : &least->right;
        a = *hook;
    }
    uint32_t rest = a != 0 ? a : b;
    *hook = rest;
    if (rest != 0)
        node(kind, rest)->parent = parent;
    return root;
}

void meld_push(struct meld_kind *kind, uint32_t *root, uint32_t index)
{
    *node(kind, index) = (struct meld_node){0, 0, 0};
    *root = merge(kind, *root, index);
}

void meld_remove(struct meld_kind *kind, uint32_t *root, uint32_t index)
{
    struct meld_node gone = *node(kind, index);
    *node(kind, index) = (struct meld_node){0, 0, 0};
    uint32_t below = merge(kind, gone.left, gone.right);
    if (below != 0)
        node(kind, below)->parent = gone.parent;
    if (gone.parent == 0) {
        ASSERT(*root == index);
        *root = below;
    } else {
        struct meld_node *above = node(kind, gone.parent);
        ASSERT(above->left == index || above->right == index);
        *(above->left == index ? &above->left : &above->right) = below;
    }
}

uint32_t meld_next(const struct meld_kind *kind, uint32_t index)
{
    const struct meld_node *at = node(kind, index);
    if (at->left != 0 || at->right != 0)
        return at->left != 0 ? at->left : at->right;
    for (;;) { /* up to the first one whose right side is still to be seen */
        uint32_t parent = at->parent;
        if (parent == 0)
            return 0;
        const struct meld_node *above = node(kind, parent);
        if (above->left == index && above->right != 0)
            return above->right;
        index = parent;
        at = above;
    }
}

/* Doubly linked lists of pool items, linked by index through a member of the items. 0 is the end.
 * Every operation is O(1). */
#ifndef LEAT_BASE_LIST_H
#define LEAT_BASE_LIST_H

#include "base/pool.h"

struct list_link {
    uint32_t prev, next;
};

struct list {
    uint32_t head, tail;
};

/* Where the links of a kind of list are. */
struct list_place {
    const struct pool *pool;
    uint32_t offset; /* of the struct list_link in the item */
};

static inline struct list_link *list_link(struct list_place place, uint32_t index)
{
    return (struct list_link *)((uint8_t *)pool_at(place.pool, index) + place.offset);
}

/* `before` 0: at the head. */
static inline void list_insert_after(struct list *list, struct list_place place, uint32_t before,
                                     uint32_t index)
{
    struct list_link *link = list_link(place, index);
    link->prev = before;
    link->next = before == 0 ? list->head : list_link(place, before)->next;
    if (link->next == 0)
        list->tail = index;
    else
        list_link(place, link->next)->prev = index;
    if (before == 0)
        list->head = index;
    else
        list_link(place, before)->next = index;
}

static inline void list_append(struct list *list, struct list_place place, uint32_t index)
{
    list_insert_after(list, place, list->tail, index);
}

static inline void list_remove(struct list *list, struct list_place place, uint32_t index)
{
    struct list_link *link = list_link(place, index);
    if (link->prev == 0)
        list->head = link->next;
    else
        list_link(place, link->prev)->next = link->next;
    if (link->next == 0)
        list->tail = link->prev;
    else
        list_link(place, link->next)->prev = link->prev;
    link->prev = link->next = 0;
}

#endif

/* What the walkers share: reaching the members of a typed struct through its table's rows. */
#ifndef LEAT_API_WALK_H
#define LEAT_API_WALK_H

#include "api/tables.h"
#include "base/arena.h"

/* Items of all lists and maps of one request together. Far above what any valid request needs (10 entries of 10
 * attributes, 50 tags), low enough that looking for equal keys by comparing all pairs stays cheap. */
#define WALK_ITEMS_MAX 1000u

/* Every generated list and map begins like this. */
struct walk_list {
    void *items;
    uint32_t count;
};

static inline void *walk_value(const struct api_member *member, void *values)
{
    return (uint8_t *)values + member->offset;
}

static inline bool *walk_has(const struct api_member *member, void *values)
{
    return (bool *)((uint8_t *)values + member->has_offset);
}

static inline const void *walk_value_const(const struct api_member *member, const void *values)
{
    return (const uint8_t *)values + member->offset;
}

static inline bool walk_is_there(const struct api_member *member, const void *values)
{
    return *(const bool *)((const uint8_t *)values + member->has_offset);
}

/* What an answer shows: a member that is there, and no empty list or map (A2). */
bool walk_is_shown(const struct api_member *member, const void *values);
bool walk_is_collection(enum api_type type);

/* Bytes of one item of a list or map member. */
size_t walk_item_bytes(const struct api_member *member);
/* A new zeroed item at the end. Room doubles, so that the arena holds at most three times the final size. */
void *walk_add_item(struct arena *arena, const struct api_member *member, struct walk_list *list);
/* The item of a map with this key, or a new one with its key set: the last of equal keys wins. *items_left counts
 * down for new ones; NULL when it is used up. */
void *walk_map_item(struct arena *arena, const struct api_member *member, struct walk_list *map,
                    struct slice key, uint32_t *items_left);
/* A map item's value: struct slice or struct api_message_attribute_value. */
void *walk_item_value(const struct api_member *member, void *item);
const void *walk_item_value_const(const struct api_member *member, const void *item);

/* Decimal integer text, optional sign, within the bounds of the type. */
bool walk_parse_integer(struct slice text, enum api_type type, int64_t *ret_value);

#endif

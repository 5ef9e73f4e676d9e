#include "api/walk.h"

#include "base/banned.h"

bool walk_is_collection(enum api_type type)
{
    switch (type) {
    case API_TYPE_STRING_LIST:
    case API_TYPE_BLOB_LIST:
    case API_TYPE_STRUCT_LIST:
    case API_TYPE_STRING_MAP:
    case API_TYPE_ATTRIBUTE_MAP:
        return true;
    case API_TYPE_STRING:
    case API_TYPE_BLOB:
    case API_TYPE_INTEGER:
    case API_TYPE_LONG:
    case API_TYPE_BOOLEAN:
        return false;
    }
    UNREACHABLE("a type that the generator does not know");
}

bool walk_is_shown(const struct api_member *member, const void *values)
{
    if (!walk_is_there(member, values))
        return false;
    const struct walk_list *list = walk_value_const(member, values);
    return !walk_is_collection(member->type) || list->count > 0;
}

size_t walk_item_bytes(const struct api_member *member)
{
    ASSERT(walk_is_collection(member->type));
    if (member->type == API_TYPE_STRUCT_LIST)
        return member->element->bytes;
    if (member->type == API_TYPE_STRING_MAP)
        return sizeof(struct api_string_pair);
    if (member->type == API_TYPE_ATTRIBUTE_MAP)
        return sizeof(struct api_message_attribute);
    return sizeof(struct slice);
}

void *walk_add_item(struct arena *arena, const struct api_member *member, struct walk_list *list)
{
    size_t bytes = walk_item_bytes(member);
    bool is_full = (list->count & (list->count - 1)) == 0; /* room is the next power of two */
    if (is_full) {
        uint8_t *moved = arena_take_zero(arena, bytes * (list->count == 0 ? 1 : list->count * 2));
        if (list->count > 0)
            memcpy(moved, list->items, bytes * list->count);
        list->items = moved;
    }
    return (uint8_t *)list->items + bytes * list->count++;
}

void *walk_map_item(struct arena *arena, const struct api_member *member, struct walk_list *map,
                    struct slice key, uint32_t *items_left)
{
    size_t bytes = walk_item_bytes(member);
    struct slice *item = map->items; /* the key comes first in both kinds of items */
    for (uint32_t i = 0; i < map->count; i++) {
        item = (struct slice *)((uint8_t *)map->items + bytes * i);
        if (slice_equal(*item, key)) {
            memset(item, 0, bytes);
            *item = key;
            return item;
        }
    }
    if (*items_left == 0)
        return NULL;
    (*items_left)--;
    item = walk_add_item(arena, member, map);
    *item = key;
    return item;
}

void *walk_item_value(const struct api_member *member, void *item)
{
    if (member->type == API_TYPE_STRING_MAP)
        return &((struct api_string_pair *)item)->value;
    ASSERT(member->type == API_TYPE_ATTRIBUTE_MAP);
    return &((struct api_message_attribute *)item)->value;
}

const void *walk_item_value_const(const struct api_member *member, const void *item)
{
    if (member->type == API_TYPE_STRING_MAP)
        return &((const struct api_string_pair *)item)->value;
    ASSERT(member->type == API_TYPE_ATTRIBUTE_MAP);
    return &((const struct api_message_attribute *)item)->value;
}

bool walk_parse_integer(struct slice text, enum api_type type, int64_t *ret_value)
{
    const uint64_t most = type == API_TYPE_INTEGER ? INT32_MAX : INT64_MAX;
    bool is_negative = text.bytes > 0 && text.at[0] == '-';
    struct slice digits = slice_from(text, text.bytes > 0 && (is_negative || text.at[0] == '+'));
    uint64_t value = 0;
    for (size_t i = 0; i < digits.bytes; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(digits.at[i] - '0');
        if (value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (digits.bytes == 0)
        return false;
    *ret_value = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

#include "fuzz/typed.h"

#include "api/decoders.h"
#include "api/walk.h"
#include "base/utf8.h"

#include "base/banned.h"

static void check_text(enum api_type type, struct slice text)
{
    if (type != API_TYPE_BLOB && type != API_TYPE_BLOB_LIST)
        ASSERT(utf8_is_valid(text));
}

static void check_item(const struct api_member *member, const void *item)
{
    bool is_map = member->type == API_TYPE_STRING_MAP || member->type == API_TYPE_ATTRIBUTE_MAP;
    if (member->type == API_TYPE_STRUCT_LIST)
        typed_check(member->element, item);
    else
        check_text(member->type, *(const struct slice *)item); /* of a map: the key */
    if (!is_map)
        return;
    const void *value = walk_item_value_const(member, item);
    if (member->type == API_TYPE_ATTRIBUTE_MAP)
        typed_check(member->element, value);
    else
        check_text(API_TYPE_STRING, *(const struct slice *)value);
}

static void check_collection(const struct api_member *member, const struct walk_list *list)
{
    bool is_map = member->type == API_TYPE_STRING_MAP || member->type == API_TYPE_ATTRIBUTE_MAP;
    size_t bytes = walk_item_bytes(member);
    ASSERT(list->count <= WALK_ITEMS_MAX);
    for (uint32_t i = 0; i < list->count; i++) {
        const void *item = (const uint8_t *)list->items + bytes * i;
        check_item(member, item);
        for (uint32_t j = 0; is_map && j < i; j++)
            ASSERT(!slice_equal(*(const struct slice *)item,
                                *(const struct slice *)((const uint8_t *)list->items + bytes * j)));
    }
}

/* Calls itself as deep as the tables nest. */
void typed_check(const struct api_table *table, const void *values)
{
    for (uint32_t i = 0; i < table->members_count; i++) {
        const struct api_member *member = &table->members[i];
        const void *value = walk_value_const(member, values);
        if (!walk_is_there(member, values))
            continue;
        if (walk_is_collection(member->type))
            check_collection(member, value);
        else if (member->type == API_TYPE_STRING || member->type == API_TYPE_BLOB)
            check_text(member->type, *(const struct slice *)value);
    }
}

static struct slice encode(struct arena *arena, enum api_protocol protocol, enum api_action action,
                           const void *values)
{
    struct buffer out;
    buffer_init(&out, arena, 0);
    api_encode_response(&out, protocol, action, values, SLICE("id"));
    return buffer_slice(&out);
}

void typed_check_answer(struct arena *arena, enum api_action action, const void *values)
{
    const struct api_action_info *info = api_action_info(action);
    struct api_error error;
    struct slice json = encode(arena, API_JSON, action, values);
    if (!info->has_output)
        return;
    void *again = api_new_response(arena, action);
    ASSERT(api_decode_json_table(arena, json, info->response, again, &error));
    ASSERT(slice_equal(json, encode(arena, API_JSON, action, again)));
    ASSERT(slice_equal(encode(arena, API_QUERY, action, values),
                       encode(arena, API_QUERY, action, again)));
    ASSERT(slice_equal(encode(arena, API_QUERY_JSON, action, values),
                       encode(arena, API_QUERY_JSON, action, again)));
}

/* Answers in JSON: those of the JSON protocol (A2, A3), and the JSON form of query answers (A4).
 *
 * The two differ in what is absent (left out; null), in maps (objects; lists of name and value) and in the envelope.
 * Members come in alphabetical order. */
#include "api/encoders.h"
#include "api/json_write.h"
#include "api/walk.h"

#include "base/banned.h"

struct encoder {
    struct buffer *out;
    bool is_query;
};

static void encode_struct(const struct encoder *encoder, const struct api_table *table,
                          const void *values);

static void encode_scalar(const struct encoder *encoder, enum api_type type, const void *value)
{
    if (type == API_TYPE_INTEGER || type == API_TYPE_LONG)
        buffer_add_int64(encoder->out, *(const int64_t *)value);
    else if (type == API_TYPE_BOOLEAN)
        buffer_add_text(encoder->out, *(const bool *)value ? "true" : "false");
    else if (type == API_TYPE_BLOB || type == API_TYPE_BLOB_LIST)
        json_write_blob(encoder->out, *(const struct slice *)value);
    else
        json_write_string(encoder->out, *(const struct slice *)value);
}

static void encode_list(const struct encoder *encoder, const struct api_member *member,
                        const struct walk_list *list)
{
    size_t bytes = walk_item_bytes(member);
    buffer_add_byte(encoder->out, '[');
    for (uint32_t i = 0; i < list->count; i++) {
        const void *item = (const uint8_t *)list->items + bytes * i;
        if (i > 0)
            buffer_add_byte(encoder->out, ',');
        if (member->type == API_TYPE_STRUCT_LIST)
            encode_struct(encoder, member->element, item);
        else
            encode_scalar(encoder, member->type, item);
    }
    buffer_add_byte(encoder->out, ']');
}

static void encode_map_value(const struct encoder *encoder, const struct api_member *member,
                             const void *item)
{
    const void *value = walk_item_value_const(member, item);
    if (member->type == API_TYPE_STRING_MAP)
        json_write_string(encoder->out, *(const struct slice *)value);
    else
        encode_struct(encoder, member->element, value);
}

/* {"key":value,...}; in query answers [{"Name":"key","Value":value},...]. */
static void encode_map(const struct encoder *encoder, const struct api_member *member,
                       const struct walk_list *map)
{
    struct buffer *out = encoder->out;
    size_t bytes = walk_item_bytes(member);
    bool is_first = true;
    buffer_add_byte(out, encoder->is_query ? '[' : '{');
    for (uint32_t i = 0; i < map->count; i++) {
        const void *item = (const uint8_t *)map->items + bytes * i;
        struct slice key = *(const struct slice *)item;
        if (encoder->is_query) {
            buffer_add_text(out, i > 0 ? ",{" : "{");
            is_first = true;
            json_write_plain_name(out, &is_first, member->key_name);
            json_write_string(out, key);
            json_write_plain_name(out, &is_first, member->value_name);
            encode_map_value(encoder, member, item);
            buffer_add_byte(out, '}');
        } else {
            json_write_name(out, &is_first, key);
            encode_map_value(encoder, member, item);
        }
    }
    buffer_add_byte(out, encoder->is_query ? ']' : '}');
}

static void encode_value(const struct encoder *encoder, const struct api_member *member,
                         const void *values)
{
    const void *value = walk_value_const(member, values);
    if (!walk_is_shown(member, values))
        buffer_add(encoder->out, SLICE("null"));
    else if (!walk_is_collection(member->type))
        encode_scalar(encoder, member->type, value);
    else if (member->type == API_TYPE_STRING_MAP || member->type == API_TYPE_ATTRIBUTE_MAP)
        encode_map(encoder, member, value);
    else
        encode_list(encoder, member, value);
}

static void encode_struct(const struct encoder *encoder, const struct api_table *table,
                          const void *values)
{
    bool is_first = true;
    buffer_add_byte(encoder->out, '{');
    for (uint32_t i = 0; i < table->members_count; i++) {
        const struct api_member *member = &table->members[table->order[i]];
        if (!encoder->is_query && !walk_is_shown(member, values))
            continue;
        json_write_plain_name(encoder->out, &is_first,
                              encoder->is_query ? member->query_json_name : member->json_name);
        encode_value(encoder, member, values);
    }
    buffer_add_byte(encoder->out, '}');
}

void api_encode_json_response(struct buffer *out, enum api_action action, const void *response)
{
    const struct api_action_info *info = api_action_info(action);
    if (info->has_output)
        encode_struct(&(struct encoder){.out = out}, info->response, response);
}

void api_encode_json_error(struct buffer *out, const struct api_error *error)
{
    const struct api_error_row *row = error->row;
    buffer_print(out, "{\"__type\":\"%s#%s\",\"%s\":", row->json_namespace, row->json_name,
                 row->has_capital_message ? "Message" : "message");
    json_write_string(out, error->message);
    buffer_add_byte(out, '}');
}

void api_encode_query_json_response(struct buffer *out, enum api_action action,
                                    const void *response, struct slice request_id)
{
    const struct api_action_info *info = api_action_info(action);
    buffer_print(out, "{\"%.*sResponse\":{", SLICE_PRINT(info->name));
    if (info->has_output) {
        buffer_print(out, "\"%.*sResult\":", SLICE_PRINT(info->name));
        encode_struct(&(struct encoder){.out = out, .is_query = true}, info->response, response);
        buffer_add_byte(out, ',');
    }
    buffer_add_text(out, "\"ResponseMetadata\":{\"RequestId\":");
    json_write_string(out, request_id);
    buffer_add_text(out, "}}}");
}

void api_encode_query_json_error(struct buffer *out, const struct api_error *error,
                                 struct slice request_id)
{
    const struct api_error_row *row = error->row;
    buffer_print(out, "{\"Error\":{\"Code\":\"%s\",\"Detail\":null,\"Message\":", row->query_code);
    json_write_string(out, api_query_message(error));
    buffer_print(out, ",\"Type\":\"%s\"},\"RequestId\":", api_fault(row));
    json_write_string(out, request_id);
    buffer_add_byte(out, '}');
}

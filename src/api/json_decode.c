/* JSON 1.0 request bodies into typed requests: reference A2, A9.
 *
 * One walk over the text, driven by the action's table. The functions call each other as deep as the tables nest (a
 * batch, its attributes, a value's list), never as deep as the text: unknown members are skipped without recursion.
 * Of equal names the last wins, in objects and in maps. */
#include "api/decoders.h"
#include "api/json_reader.h"
#include "api/walk.h"
#include "base/encode.h"

#include "base/banned.h"

#define NUMBER_BYTES_MAX 64u

struct decoder {
    struct json_reader reader;
    struct arena *arena;
    struct api_error *error; /* row stays NULL while only the reader knows the fault */
    uint32_t items_left;
};

static bool decode_struct(struct decoder *decoder, const struct api_table *table, void *values);

static bool fail_text(struct decoder *decoder, struct slice text)
{
    return api_fail(decoder->error, API_ERROR_SERIALIZATION, text);
}

static bool fail_items(struct decoder *decoder)
{
    return api_fail_print(decoder->error, decoder->arena, API_ERROR_SERIALIZATION,
                          "A request can have at most %u list and map items.", WALK_ITEMS_MAX);
}

static bool fail_object(struct decoder *decoder)
{
    return fail_text(decoder, SLICE("Start of structure or map found where not expected."));
}

static bool fail_array(struct decoder *decoder)
{
    return fail_text(decoder, SLICE("Start of list found where not expected"));
}

static const char *kind_name(enum json_reader_kind kind)
{
    switch (kind) {
    case JSON_READER_TRUE:
        return "TRUE_VALUE";
    case JSON_READER_FALSE:
        return "FALSE_VALUE";
    case JSON_READER_NUMBER:
        return "NUMBER_VALUE";
    case JSON_READER_STRING:
        return "STRING_VALUE";
    case JSON_READER_BAD:
    case JSON_READER_NULL:
    case JSON_READER_ARRAY:
    case JSON_READER_OBJECT:
        break;
    }
    UNREACHABLE("no scalar");
}

/* A value of another kind than the scalar that belongs here. wanted: "an Integer". */
static bool fail_scalar(struct decoder *decoder, enum json_reader_kind kind, const char *wanted)
{
    if (kind == JSON_READER_BAD)
        return false;
    if (kind == JSON_READER_OBJECT)
        return fail_object(decoder);
    if (kind == JSON_READER_ARRAY)
        return fail_array(decoder);
    return api_fail_print(decoder->error, decoder->arena, API_ERROR_SERIALIZATION,
                          "%s can not be converted to %s", kind_name(kind), wanted);
}

/* ---- scalars ---- */

static bool decode_string(struct decoder *decoder, enum json_reader_kind kind, struct slice *ret)
{
    if (kind != JSON_READER_STRING)
        return fail_scalar(decoder, kind, "a String");
    return json_reader_read_string(&decoder->reader, ret);
}

static bool decode_blob(struct decoder *decoder, enum json_reader_kind kind, struct slice *ret)
{
    struct slice text;
    if (kind != JSON_READER_STRING)
        return fail_scalar(decoder, kind, "a Blob");
    if (!json_reader_read_string(&decoder->reader, &text))
        return false;
    uint8_t *bytes = arena_take(decoder->arena, BASE64_DATA_BYTES(text.bytes));
    size_t length;
    if (!decode_base64(text, bytes, &length))
        return fail_text(decoder, SLICE("A binary value is not valid base64."));
    *ret = slice_of(bytes, length);
    return true;
}

/* Fractions are cut off, as Java does when asked for the integer value of a decimal. */
static bool parse_decimal(struct slice text, enum api_type type, int64_t *ret)
{
    char digits[NUMBER_BYTES_MAX + 1];
    if (text.bytes > NUMBER_BYTES_MAX)
        return false;
    memcpy(digits, text.at, text.bytes);
    digits[text.bytes] = '\0';
    double value = strtod(digits, NULL);
    double most = type == API_TYPE_INTEGER ? INT32_MAX : 9007199254740992.0 /* exact up to here */;
    if (!(value >= -most && value <= most))
        return false;
    *ret = (int64_t)value;
    return true;
}

static bool decode_integer(struct decoder *decoder, enum json_reader_kind kind, enum api_type type,
                           int64_t *ret)
{
    const char *wanted = type == API_TYPE_INTEGER ? "an Integer" : "a Long";
    struct slice text;
    if (kind != JSON_READER_NUMBER)
        return fail_scalar(decoder, kind, wanted);
    if (!json_reader_read_number(&decoder->reader, &text))
        return false;
    if (walk_parse_integer(text, type, ret) || parse_decimal(text, type, ret))
        return true;
    return fail_scalar(decoder, kind, wanted);
}

static bool decode_boolean(struct decoder *decoder, enum json_reader_kind kind, bool *ret)
{
    if (kind != JSON_READER_TRUE && kind != JSON_READER_FALSE)
        return fail_scalar(decoder, kind, "a Boolean");
    *ret = kind == JSON_READER_TRUE;
    return json_reader_read_word(&decoder->reader);
}

/* ---- lists and maps ---- */

static bool decode_item(struct decoder *decoder, const struct api_member *member,
                        enum json_reader_kind kind, void *item)
{
    if (member->type == API_TYPE_STRING_LIST)
        return decode_string(decoder, kind, item);
    if (member->type == API_TYPE_BLOB_LIST)
        return decode_blob(decoder, kind, item);
    return decode_struct(decoder, member->element, item);
}

static bool decode_list(struct decoder *decoder, const struct api_member *member,
                        enum json_reader_kind kind, struct walk_list *list)
{
    struct json_reader *reader = &decoder->reader;
    if (kind == JSON_READER_OBJECT)
        return fail_object(decoder);
    if (kind != JSON_READER_ARRAY)
        return kind != JSON_READER_BAD && fail_text(decoder, SLICE("Expected list or null"));
    if (!json_reader_enter(reader))
        return false;
    while (json_reader_next_item(reader)) {
        kind = json_reader_peek(reader);
        if (kind == JSON_READER_NULL) { /* dropped */
            if (!json_reader_read_word(reader))
                return false;
            continue;
        }
        if (decoder->items_left == 0)
            return fail_items(decoder);
        decoder->items_left--;
        if (!decode_item(decoder, member, kind, walk_add_item(decoder->arena, member, list)))
            return false;
    }
    return !reader->has_failed;
}

/* Values of string maps (queue attributes, tags): numbers and booleans count as their text, as the service takes them
 * here ({"DelaySeconds": 5}), though not for members. */
static bool decode_map_string(struct decoder *decoder, enum json_reader_kind kind,
                              struct slice *ret)
{
    switch (kind) {
    case JSON_READER_NUMBER:
        return json_reader_read_number(&decoder->reader, ret);
    case JSON_READER_TRUE:
        *ret = SLICE("true");
        return json_reader_read_word(&decoder->reader);
    case JSON_READER_FALSE:
        *ret = SLICE("false");
        return json_reader_read_word(&decoder->reader);
    case JSON_READER_ARRAY:
        return fail_text(decoder, SLICE("Unrecognized collection type class java.lang.String"));
    case JSON_READER_BAD:
    case JSON_READER_NULL:
    case JSON_READER_STRING:
    case JSON_READER_OBJECT:
        break;
    }
    return decode_string(decoder, kind, ret);
}

static bool decode_map_value(struct decoder *decoder, const struct api_member *member,
                             enum json_reader_kind kind, struct walk_list *map, struct slice key)
{
    void *item = walk_map_item(decoder->arena, member, map, key, &decoder->items_left);
    if (item == NULL)
        return fail_items(decoder);
    void *value = walk_item_value(member, item);
    if (member->type == API_TYPE_STRING_MAP)
        return decode_map_string(decoder, kind, value);
    return decode_struct(decoder, member->element, value);
}

static bool decode_map(struct decoder *decoder, const struct api_member *member,
                       enum json_reader_kind kind, struct walk_list *map)
{
    struct json_reader *reader = &decoder->reader;
    struct slice key;
    if (kind == JSON_READER_ARRAY)
        return fail_array(decoder);
    if (kind != JSON_READER_OBJECT)
        return kind != JSON_READER_BAD && fail_text(decoder, SLICE("Expected null"));
    if (!json_reader_enter(reader))
        return false;
    while (json_reader_next_member(reader, &key)) {
        kind = json_reader_peek(reader);
        bool is_good = kind == JSON_READER_NULL ? json_reader_read_word(reader)
                                                : decode_map_value(decoder, member, kind, map, key);
        if (!is_good)
            return false;
    }
    return !reader->has_failed;
}

/* ---- members ---- */

static bool decode_value(struct decoder *decoder, const struct api_member *member,
                         enum json_reader_kind kind, void *value)
{
    switch (member->type) {
    case API_TYPE_STRING:
        return decode_string(decoder, kind, value);
    case API_TYPE_BLOB:
        return decode_blob(decoder, kind, value);
    case API_TYPE_INTEGER:
    case API_TYPE_LONG:
        return decode_integer(decoder, kind, member->type, value);
    case API_TYPE_BOOLEAN:
        return decode_boolean(decoder, kind, value);
    case API_TYPE_STRING_LIST:
    case API_TYPE_BLOB_LIST:
    case API_TYPE_STRUCT_LIST:
        *(struct walk_list *)value =
            (struct walk_list){0}; /* an earlier one of this name is void */
        return decode_list(decoder, member, kind, value);
    case API_TYPE_STRING_MAP:
    case API_TYPE_ATTRIBUTE_MAP:
        *(struct walk_list *)value = (struct walk_list){0};
        return decode_map(decoder, member, kind, value);
    }
    UNREACHABLE("a type that the generator does not know");
}

static const struct api_member *find_member(const struct api_table *table, struct slice name)
{
    for (uint32_t i = 0; i < table->members_count; i++)
        if (slice_equal(table->members[i].json_name, name))
            return &table->members[i];
    return NULL;
}

static bool decode_member(struct decoder *decoder, const struct api_table *table, struct slice name,
                          void *values)
{
    const struct api_member *member = find_member(table, name);
    if (member == NULL)
        return json_reader_skip(&decoder->reader); /* A9: unknown members are ignored */
    enum json_reader_kind kind = json_reader_peek(&decoder->reader);
    bool *has = walk_has(member, values);
    *has = kind != JSON_READER_NULL;
    if (!*has)
        return json_reader_read_word(&decoder->reader);
    return decode_value(decoder, member, kind, walk_value(member, values));
}

static bool decode_struct(struct decoder *decoder, const struct api_table *table, void *values)
{
    struct json_reader *reader = &decoder->reader;
    enum json_reader_kind kind = json_reader_peek(reader);
    if (kind == JSON_READER_ARRAY)
        return fail_array(decoder);
    if (kind != JSON_READER_OBJECT)
        return kind != JSON_READER_BAD && fail_text(decoder, SLICE("Expected null"));
    struct slice name;
    if (!json_reader_enter(reader))
        return false;
    while (json_reader_next_member(reader, &name))
        if (!decode_member(decoder, table, name, values))
            return false;
    return !reader->has_failed;
}

bool api_decode_json_table(struct arena *arena, struct slice body, const struct api_table *table,
                           void *values, struct api_error *ret_error)
{
    struct api_error error = {0};
    struct decoder decoder = {.arena = arena, .error = &error, .items_left = WALK_ITEMS_MAX};
    json_reader_init(&decoder.reader, arena, body);
    if (decode_struct(&decoder, table, values) && json_reader_finish(&decoder.reader))
        return true;
    if (error.row == NULL)
        api_fail_print(&error, arena, API_ERROR_SERIALIZATION,
                       "The request body is not valid JSON (byte %zu).",
                       json_reader_position(&decoder.reader));
    *ret_error = error;
    return false;
}

bool api_decode_json(struct arena *arena, struct slice body, enum api_action action, void *request,
                     struct api_error *ret_error)
{
    return api_decode_json_table(arena, body, api_action_info(action)->request, request, ret_error);
}

#include "admin/admin_line.h"

#include "api/message_rules_text.h"
#include "base/encode.h"
#include "base/uuid.h"
#include "log/message.h"
#include "metadata/queue_name.h"

#include "base/banned.h"

static const char *const state_names[] = {
    [ENGINE_VISIBLE] = "visible", [ENGINE_INFLIGHT] = "in flight", [ENGINE_DELAYED] = "delayed",
    [ENGINE_MOVING] = "moving",   [ENGINE_LOCKED] = "locked",
};

static bool is_invisible(enum engine_message_state state)
{
    return state == ENGINE_INFLIGHT || state == ENGINE_DELAYED;
}

/* ---- writing ---- */

static json_t *text_of(struct slice text)
{
    json_t *made = json_stringn((const char *)text.at, text.bytes);
    ASSERT(made != NULL); /* what is stored has passed the API's rules for characters */
    return made;
}

static void set(json_t *object, const char *name, json_t *value)
{
    int refused = json_object_set_new(object, name, value);
    ASSERT(refused == 0);
}

static void set_if(json_t *object, const char *name, struct slice text)
{
    if (text.bytes > 0)
        set(object, name, text_of(text));
}

static json_t *make_attributes(struct arena *arena, const struct message_view *view)
{
    json_t *attributes = json_object();
    struct message_attribute attribute;
    uint32_t at = 0;
    while (message_attribute_next(view, &at, &attribute)) {
        struct slice value = attribute.value;
        if (attribute.is_binary) {
            uint8_t *text = arena_take(arena, BASE64_TEXT_BYTES(value.bytes) + 1);
            encode_base64(value, text);
            value = slice_of(text, BASE64_TEXT_BYTES(value.bytes));
        }
        struct slice name = arena_join(arena, attribute.name, slice_of("", 1));
        json_t *described = json_object();
        set(described, "type", text_of(attribute.type));
        set(described, "value", text_of(value));
        set(attributes, (const char *)name.at, described);
    }
    return attributes;
}

static void set_state(json_t *line, const struct engine_peek *found, struct clock_now now)
{
    int64_t waits_ms = found->until.v - now.mono.v;
    set(line, "state", json_string(state_names[found->state]));
    if (is_invisible(found->state)) /* what is due but was not acted on yet waits no longer */
        set(line, "visible_in_ms", json_integer(waits_ms > 0 ? waits_ms : 0));
    set(line, "receive_count", json_integer(found->receive_count));
    if (found->first_received.v != 0)
        set(line, "first_received_ms", json_integer(found->first_received.v));
}

json_t *admin_line_make(struct arena *arena, const struct engine_peek *found, struct slice stored,
                        struct clock_now now)
{
    struct message_view view;
    uint8_t id[UUID_TEXT_BYTES];
    json_t *line = json_object();
    enum err err = message_decode(stored, &view);
    ASSERT(err == ERR_OK);
    uuid_print(view.message_id, id);
    set(line, "message_id", text_of(slice_of(id, sizeof(id))));
    set(line, "sequence", text_of(arena_print(arena, "%llu", (unsigned long long)found->sequence)));
    set_state(line, found, now);
    set(line, "sent_ms", json_integer(view.sent_at.v));
    set_if(line, "sender_id", view.sender_id);
    set_if(line, "group", view.group_id);
    set_if(line, "deduplication_id", view.dedup_id);
    set_if(line, "trace_header", view.trace_header);
    set_if(line, "dead_letter_source", view.dead_letter_source);
    set(line, "body", text_of(view.body));
    if (view.attributes_count > 0)
        set(line, "attributes", make_attributes(arena, &view));
    return line;
}

/* ---- reading ---- */

/* One line under way; the first problem is kept. */
struct reading {
    struct arena *arena;
    struct admin_line *line;
    struct slice why;
};

static bool refuse(struct reading *reading, const char *name, const char *problem)
{
    reading->why = arena_print(reading->arena, "\"%.100s\" %s", name, problem);
    return false;
}

static bool take_text(struct reading *reading, const char *name, const json_t *value,
                      struct slice *ret_text)
{
    if (!json_is_string(value))
        return refuse(reading, name, "is to be a text");
    *ret_text =
        arena_copy(reading->arena, slice_of(json_string_value(value), json_string_length(value)));
    return true;
}

static bool take_number(struct reading *reading, const char *name, const json_t *value,
                        int64_t most, int64_t *ret_number)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > most) {
        reading->why = arena_print(reading->arena, "\"%s\" is to be a whole number from 0 to %lld",
                                   name, (long long)most);
        return false;
    }
    *ret_number = json_integer_value(value);
    return true;
}

static bool read_id(struct reading *reading, const char *name, const json_t *value)
{
    struct slice text;
    if (!take_text(reading, name, value, &text))
        return false;
    reading->line->has_id = true;
    return uuid_parse(text, reading->line->message_id) || refuse(reading, name, "is no UUID");
}

/* Only looked at: the queue that imports gives out its own. */
static bool read_sequence(struct reading *reading, const char *name, const json_t *value)
{
    struct slice text;
    return take_text(reading, name, value, &text);
}

static bool read_state(struct reading *reading, const char *name, const json_t *value)
{
    struct slice text;
    if (!take_text(reading, name, value, &text))
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(state_names); i++) {
        if (!slice_is(text, state_names[i]))
            continue;
        reading->line->state = (enum engine_message_state)i;
        return true;
    }
    return refuse(reading, name, "is no state of a message");
}

static bool read_wait(struct reading *reading, const char *name, const json_t *value)
{
    return take_number(reading, name, value, ENGINE_VISIBILITY_MS_MAX,
                       &reading->line->visible_in_ms);
}

static bool read_receive_count(struct reading *reading, const char *name, const json_t *value)
{
    return take_number(reading, name, value, ADMIN_LINE_RECEIVE_COUNT_MAX,
                       &reading->line->receive_count);
}

static bool read_first_received(struct reading *reading, const char *name, const json_t *value)
{
    return take_number(reading, name, value, ADMIN_LINE_MS_MAX, &reading->line->first_received_ms);
}

static bool read_sent(struct reading *reading, const char *name, const json_t *value)
{
    return take_number(reading, name, value, ADMIN_LINE_MS_MAX, &reading->line->sent_ms);
}

/* A text that the API has no rule for, because no client sends it. */
static bool take_id_text(struct reading *reading, const char *name, const json_t *value,
                         struct slice *ret_text)
{
    uint32_t point;
    if (!take_text(reading, name, value, ret_text))
        return false;
    return (ret_text->bytes > 0 && ret_text->bytes <= ADMIN_LINE_ID_BYTES_MAX &&
            message_rules_text(*ret_text, &point) == MESSAGE_TEXT_GOOD) ||
           refuse(reading, name, "is empty, too long or has forbidden characters");
}

static bool read_sender(struct reading *reading, const char *name, const json_t *value)
{
    return take_id_text(reading, name, value, &reading->line->sender_id);
}

static bool read_source(struct reading *reading, const char *name, const json_t *value)
{
    struct queue_arn arn;
    if (!take_id_text(reading, name, value, &reading->line->dead_letter_source))
        return false;
    return queue_arn_parse(reading->line->dead_letter_source, &arn) ||
           refuse(reading, name, "is no ARN of a queue");
}

static bool read_group(struct reading *reading, const char *name, const json_t *value)
{
    reading->line->send.has_message_group_id = true;
    return take_text(reading, name, value, &reading->line->send.message_group_id);
}

static bool read_dedup(struct reading *reading, const char *name, const json_t *value)
{
    reading->line->send.has_message_deduplication_id = true;
    return take_text(reading, name, value, &reading->line->send.message_deduplication_id);
}

static bool read_trace(struct reading *reading, const char *name, const json_t *value)
{
    struct api_message_attribute *trace = ARENA_NEW(reading->arena, struct api_message_attribute);
    struct api_send_message_request *send = &reading->line->send;
    trace->name = SLICE("AWSTraceHeader");
    trace->value.has_data_type = trace->value.has_string_value = true;
    trace->value.data_type = SLICE("String");
    send->has_message_system_attributes = true;
    send->message_system_attributes = (struct api_message_attribute_map){trace, 1};
    return take_text(reading, name, value, &trace->value.string_value);
}

static bool read_body(struct reading *reading, const char *name, const json_t *value)
{
    reading->line->send.has_message_body = true;
    return take_text(reading, name, value, &reading->line->send.message_body);
}

/* Types beginning with Binary carry base64. */
static bool read_value(struct reading *reading, const char *name, struct slice text,
                       struct api_message_attribute_value *value)
{
    size_t bytes;
    if (!slice_starts_with(value->data_type, SLICE("Binary"))) {
        value->has_string_value = true;
        value->string_value = text;
        return true;
    }
    uint8_t *decoded = arena_take(reading->arena, BASE64_DATA_BYTES(text.bytes) + 1);
    if (!decode_base64(text, decoded, &bytes))
        return refuse(reading, name, "has a Binary type, but its value is no base64");
    value->has_binary_value = true;
    value->binary_value = slice_of(decoded, bytes);
    return true;
}

static bool read_attribute(struct reading *reading, const char *name, const json_t *value,
                           struct api_message_attribute *attribute)
{
    struct slice text;
    const json_t *type = json_object_get(value, "type");
    if (!json_is_object(value) || json_object_size(value) != 2 || type == NULL)
        return refuse(reading, name, "is to be {\"type\": .., \"value\": ..}");
    attribute->name = arena_copy(reading->arena, slice_from_text(name));
    attribute->value.has_data_type = true;
    return take_text(reading, "type", type, &attribute->value.data_type) &&
           take_text(reading, "value", json_object_get(value, "value"), &text) &&
           read_value(reading, name, text, &attribute->value);
}

static bool read_attributes(struct reading *reading, const char *name, const json_t *value)
{
    struct api_message_attribute_map *map = &reading->line->send.message_attributes;
    const char *key;
    json_t *member;
    if (!json_is_object(value) || json_object_size(value) > MESSAGE_ATTRIBUTES_MAX)
        return refuse(reading, name, "is to be an object of at most ten attributes");
    map->items =
        ARENA_NEW_MANY(reading->arena, struct api_message_attribute, MESSAGE_ATTRIBUTES_MAX);
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        if (!read_attribute(reading, key, member, &map->items[map->count++]))
            return false;
    }
    reading->line->send.has_message_attributes = map->count > 0;
    return true;
}

static const struct member {
    const char *name;
    bool (*read)(struct reading *reading, const char *name, const json_t *value);
} members[] = {
    {"message_id", read_id},
    {"sequence", read_sequence},
    {"state", read_state},
    {"visible_in_ms", read_wait},
    {"receive_count", read_receive_count},
    {"first_received_ms", read_first_received},
    {"sent_ms", read_sent},
    {"sender_id", read_sender},
    {"group", read_group},
    {"deduplication_id", read_dedup},
    {"trace_header", read_trace},
    {"dead_letter_source", read_source},
    {"body", read_body},
    {"attributes", read_attributes},
};

static bool read_member(struct reading *reading, const char *name, const json_t *value)
{
    for (size_t i = 0; i < ARRAY_COUNT(members); i++)
        if (strcmp(members[i].name, name) == 0)
            return members[i].read(reading, members[i].name, value);
    return refuse(reading, name, "is no member of an exported message");
}

/* What members say together. */
static bool check_whole(struct reading *reading)
{
    const struct admin_line *line = reading->line;
    if (!line->send.has_message_body)
        return refuse(reading, "body", "is missing");
    if (line->visible_in_ms > 0 && !is_invisible(line->state))
        return refuse(reading, "visible_in_ms", "needs the state \"in flight\" or \"delayed\"");
    if (line->first_received_ms > 0 && line->receive_count == 0)
        return refuse(reading, "first_received_ms", "needs a receive_count");
    if (line->state == ENGINE_DELAYED && line->receive_count > 0)
        return refuse(reading, "state", "is \"delayed\", but the message was received before");
    return true;
}

bool admin_line_read(struct slice text, struct arena *arena, struct admin_line *ret_line,
                     struct slice *ret_why)
{
    struct admin_line line = {.state = ENGINE_VISIBLE, .sent_ms = -1};
    struct reading reading = {.arena = arena, .line = &line};
    json_error_t error;
    const char *name;
    json_t *value;
    json_t *document =
        json_loadb((const char *)text.at, text.bytes, JSON_REJECT_DUPLICATES, &error);
    bool is_good = json_is_object(document);
    if (!is_good)
        reading.why = document != NULL ? SLICE("a line is to be a JSON object")
                                       : arena_print(arena, "no JSON: %s", error.text);
    json_object_foreach(document, name, value)
    {
        is_good = is_good && read_member(&reading, name, value);
    }
    json_decref(document);
    is_good = is_good && check_whole(&reading);
    if (is_good)
        *ret_line = line;
    else
        *ret_why = reading.why;
    return is_good;
}

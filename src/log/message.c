#include "log/message.h"

#include "base/encode.h"

#include "base/banned.h"

#define VERSION 1u

/* Offsets of the format in message.h. */
enum {
    AT_VERSION = 0,
    AT_ATTRIBUTES_COUNT = 1,
    AT_SENDER_BYTES = 2,
    AT_GROUP_BYTES = 4,
    AT_DEDUP_BYTES = 6,
    AT_TRACE_BYTES = 8,
    AT_SOURCE_BYTES = 10,
    AT_BODY_BYTES = 12,
    AT_ATTRIBUTES_BYTES = 16,
    AT_MESSAGE_ID = 20,
    AT_SENT = 36,
    AT_BODY_DIGEST = 44,
    AT_PARTS = 60,

    ATTRIBUTE_NAME_BYTES = 0,
    ATTRIBUTE_TYPE_BYTES = 2,
    ATTRIBUTE_VALUE_BYTES = 4,
    ATTRIBUTE_KIND = 8,
    ATTRIBUTE_PARTS = 9,

    KIND_TEXT = 1,
    KIND_BINARY = 2,
};

_Static_assert(AT_MESSAGE_ID + MESSAGE_ID_BYTES == AT_SENT, "the sent time follows the id");
_Static_assert(AT_SENT + sizeof(int64_t) == AT_BODY_DIGEST, "the digest follows the sent time");
_Static_assert(AT_BODY_DIGEST + MD5_BYTES == AT_PARTS, "the parts follow the digest");
_Static_assert(AT_PARTS == MESSAGE_HEADER_BYTES, "the header has no gap");
_Static_assert(MESSAGE_ATTRIBUTES_MAX *(ATTRIBUTE_PARTS + 2 * (uint64_t)MESSAGE_PART_BYTES_MAX +
                                        MESSAGE_CONTENT_BYTES_MAX) +
                       6 * (uint64_t)MESSAGE_PART_BYTES_MAX + 2 * MESSAGE_CONTENT_BYTES_MAX <
                   UINT32_MAX,
               "the largest message has a 32-bit size");

/* ---- writing ---- */

static uint32_t attributes_run_bytes(const struct message_content *content)
{
    uint32_t bytes = content->attributes_count > 0 ? MD5_BYTES : 0;
    ASSERT(content->attributes_count <= MESSAGE_ATTRIBUTES_MAX);
    for (uint32_t i = 0; i < content->attributes_count; i++) {
        const struct message_attribute *attribute = &content->attributes[i];
        ASSERT(attribute->name.bytes > 0 && attribute->name.bytes <= MESSAGE_PART_BYTES_MAX);
        ASSERT(attribute->type.bytes > 0 && attribute->type.bytes <= MESSAGE_PART_BYTES_MAX);
        ASSERT(attribute->value.bytes <= MESSAGE_CONTENT_BYTES_MAX);
        bytes += (uint32_t)(ATTRIBUTE_PARTS + attribute->name.bytes + attribute->type.bytes +
                            attribute->value.bytes);
    }
    return bytes;
}

static uint8_t *put_slice(uint8_t *at, struct slice bytes)
{
    if (bytes.bytes > 0)
        memcpy(at, bytes.at, bytes.bytes);
    return at + bytes.bytes;
}

static uint8_t *put_attributes(uint8_t *at, const struct message_content *content)
{
    if (content->attributes_count == 0)
        return at;
    at = put_slice(at, slice_of(content->attributes_digest, MD5_BYTES));
    for (uint32_t i = 0; i < content->attributes_count; i++) {
        const struct message_attribute *attribute = &content->attributes[i];
        ASSERT(i == 0 || slice_compare(attribute[-1].name, attribute->name) < 0);
        put_u16(at + ATTRIBUTE_NAME_BYTES, (uint16_t)attribute->name.bytes);
        put_u16(at + ATTRIBUTE_TYPE_BYTES, (uint16_t)attribute->type.bytes);
        put_u32(at + ATTRIBUTE_VALUE_BYTES, (uint32_t)attribute->value.bytes);
        at[ATTRIBUTE_KIND] = attribute->is_binary ? KIND_BINARY : KIND_TEXT;
        at = put_slice(at + ATTRIBUTE_PARTS, attribute->name);
        at = put_slice(at, attribute->type);
        at = put_slice(at, attribute->value);
    }
    return at;
}

static void put_part_bytes(uint8_t *at, struct slice part)
{
    ASSERT(part.bytes <= MESSAGE_PART_BYTES_MAX);
    put_u16(at, (uint16_t)part.bytes);
}

/* The header and the parts before the attributes; returns where those go. view->bytes is not read.
 */
static uint8_t *put_head(uint8_t *at, const struct message_view *view)
{
    ASSERT(view->body.bytes > 0 && view->body.bytes <= MESSAGE_CONTENT_BYTES_MAX);
    ASSERT(view->sent_at.v >= 0);
    at[AT_VERSION] = VERSION;
    at[AT_ATTRIBUTES_COUNT] = (uint8_t)view->attributes_count;
    put_part_bytes(at + AT_SENDER_BYTES, view->sender_id);
    put_part_bytes(at + AT_GROUP_BYTES, view->group_id);
    put_part_bytes(at + AT_DEDUP_BYTES, view->dedup_id);
    put_part_bytes(at + AT_TRACE_BYTES, view->trace_header);
    put_part_bytes(at + AT_SOURCE_BYTES, view->dead_letter_source);
    put_u32(at + AT_BODY_BYTES, (uint32_t)view->body.bytes);
    put_u32(at + AT_ATTRIBUTES_BYTES, (uint32_t)view->attributes.bytes);
    memcpy(at + AT_MESSAGE_ID, view->message_id, MESSAGE_ID_BYTES);
    put_u64(at + AT_SENT, (uint64_t)view->sent_at.v);
    memcpy(at + AT_BODY_DIGEST, view->body_digest, MD5_BYTES);
    at = put_slice(at + AT_PARTS, view->sender_id);
    at = put_slice(at, view->group_id);
    at = put_slice(at, view->dedup_id);
    at = put_slice(at, view->trace_header);
    return put_slice(at, view->dead_letter_source);
}

/* The content as a view whose attributes' run has its size but no place yet. */
static struct message_view view_content(const struct message_content *content)
{
    return (struct message_view){
        .message_id = content->message_id,
        .sent_at = content->sent_at,
        .sender_id = content->sender_id,
        .group_id = content->group_id,
        .dedup_id = content->dedup_id,
        .trace_header = content->trace_header,
        .dead_letter_source = content->dead_letter_source,
        .body = content->body,
        .body_digest = content->body_digest,
        .attributes_count = content->attributes_count,
        .attributes = {NULL, attributes_run_bytes(content)},
    };
}

static uint32_t view_bytes(const struct message_view *view)
{
    return (uint32_t)(MESSAGE_HEADER_BYTES + view->sender_id.bytes + view->group_id.bytes +
                      view->dedup_id.bytes + view->trace_header.bytes +
                      view->dead_letter_source.bytes + view->attributes.bytes + view->body.bytes);
}

uint32_t message_encoded_bytes(const struct message_content *content)
{
    struct message_view view = view_content(content);
    return view_bytes(&view);
}

void message_encode(const struct message_content *content, uint8_t *at)
{
    struct message_view view = view_content(content);
    uint8_t *end = put_head(at, &view);
    end = put_attributes(end, content);
    end = put_slice(end, view.body);
    ASSERT((size_t)(end - at) == view_bytes(&view));
}

/* ---- reading ---- */

/* Cuts the next part off; the caller has made sure that it is there. */
static struct slice take_part(const uint8_t **at, size_t bytes)
{
    if (bytes == 0)
        return SLICE_NONE;
    struct slice part = slice_of(*at, bytes);
    *at += bytes;
    return part;
}

/* Reads the attribute at *at and moves *at past it. False when the rest does not begin with one. */
static bool read_attribute(struct slice run, uint32_t *at, struct message_attribute *ret_attribute)
{
    struct slice rest = slice_from(run, *at);
    if (rest.bytes < ATTRIBUTE_PARTS)
        return false;
    uint32_t name_bytes = get_u16(rest.at + ATTRIBUTE_NAME_BYTES);
    uint32_t type_bytes = get_u16(rest.at + ATTRIBUTE_TYPE_BYTES);
    uint32_t value_bytes = get_u32(rest.at + ATTRIBUTE_VALUE_BYTES);
    uint8_t kind = rest.at[ATTRIBUTE_KIND];
    if (name_bytes == 0 || type_bytes == 0 || value_bytes > MESSAGE_CONTENT_BYTES_MAX)
        return false;
    if (kind != KIND_TEXT && kind != KIND_BINARY)
        return false;
    uint32_t bytes = ATTRIBUTE_PARTS + name_bytes + type_bytes + value_bytes;
    if (rest.bytes < bytes)
        return false;
    const uint8_t *part = rest.at + ATTRIBUTE_PARTS;
    ret_attribute->name = take_part(&part, name_bytes);
    ret_attribute->type = take_part(&part, type_bytes);
    ret_attribute->value = take_part(&part, value_bytes);
    ret_attribute->is_binary = kind == KIND_BINARY;
    *at += bytes;
    return true;
}

/* Each attribute whole, in order of strictly rising names, and nothing behind the last one. */
static bool is_run_valid(struct slice run, uint32_t count)
{
    struct message_attribute attribute;
    struct slice previous = SLICE_NONE;
    uint32_t at = MD5_BYTES;
    if (count == 0)
        return run.bytes == 0;
    if (count > MESSAGE_ATTRIBUTES_MAX || run.bytes < MD5_BYTES)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!read_attribute(run, &at, &attribute))
            return false;
        if (slice_compare(previous, attribute.name) >= 0)
            return false;
        previous = attribute.name;
    }
    return at == run.bytes;
}

enum err message_decode(struct slice bytes, struct message_view *ret_view)
{
    if (bytes.bytes < MESSAGE_HEADER_BYTES || bytes.at[AT_VERSION] != VERSION)
        return ERR_CORRUPT;
    const uint8_t *at = bytes.at;
    uint64_t sender = get_u16(at + AT_SENDER_BYTES), group = get_u16(at + AT_GROUP_BYTES);
    uint64_t dedup = get_u16(at + AT_DEDUP_BYTES), trace = get_u16(at + AT_TRACE_BYTES);
    uint64_t source = get_u16(at + AT_SOURCE_BYTES), body = get_u32(at + AT_BODY_BYTES);
    uint64_t attributes = get_u32(at + AT_ATTRIBUTES_BYTES), sent = get_u64(at + AT_SENT);
    if (MESSAGE_HEADER_BYTES + sender + group + dedup + trace + source + attributes + body !=
        bytes.bytes)
        return ERR_CORRUPT;
    if (body == 0 || body > MESSAGE_CONTENT_BYTES_MAX || sent > INT64_MAX)
        return ERR_CORRUPT;
    const uint8_t *part = at + AT_PARTS;
    struct message_view view = {
        .bytes = bytes,
        .message_id = at + AT_MESSAGE_ID,
        .sent_at = {(int64_t)sent},
        .body_digest = at + AT_BODY_DIGEST,
        .attributes_count = at[AT_ATTRIBUTES_COUNT],
    };
    view.sender_id = take_part(&part, sender);
    view.group_id = take_part(&part, group);
    view.dedup_id = take_part(&part, dedup);
    view.trace_header = take_part(&part, trace);
    view.dead_letter_source = take_part(&part, source);
    view.attributes = take_part(&part, attributes);
    view.attributes_digest = view.attributes.at;
    view.body = take_part(&part, body);
    if (!is_run_valid(view.attributes, view.attributes_count))
        return ERR_CORRUPT;
    *ret_view = view;
    return ERR_OK;
}

bool message_attribute_next(const struct message_view *view, uint32_t *at,
                            struct message_attribute *ret_attribute)
{
    uint32_t from = *at > 0 ? *at : MD5_BYTES;
    if (from >= view->attributes.bytes)
        return false;
    bool is_read = read_attribute(view->attributes, &from, ret_attribute);
    ASSERT(is_read); /* message_decode has seen it */
    *at = from;
    return true;
}

uint32_t message_attributes(const struct message_view *view,
                            struct message_attribute ret_attributes[MESSAGE_ATTRIBUTES_MAX])
{
    uint32_t at = 0;
    uint32_t count = 0;
    while (count < MESSAGE_ATTRIBUTES_MAX &&
           message_attribute_next(view, &at, &ret_attributes[count]))
        count++;
    ASSERT(count == view->attributes_count);
    return count;
}

/* ---- moving ---- */

static struct message_view apply_changes(const struct message_view *view,
                                         const struct message_changes *changes)
{
    struct message_view moved = *view;
    if (changes->message_id != NULL)
        moved.message_id = changes->message_id;
    if (changes->has_sent_at)
        moved.sent_at = changes->sent_at;
    if (changes->has_dedup_id)
        moved.dedup_id = changes->dedup_id;
    if (changes->has_dead_letter_source)
        moved.dead_letter_source = changes->dead_letter_source;
    return moved;
}

uint32_t message_moved_bytes(const struct message_view *view, const struct message_changes *changes)
{
    struct message_view moved = apply_changes(view, changes);
    return view_bytes(&moved);
}

void message_encode_moved(const struct message_view *view, const struct message_changes *changes,
                          uint8_t *at)
{
    struct message_view moved = apply_changes(view, changes);
    uint8_t *end = put_head(at, &moved);
    end = put_slice(end, moved.attributes);
    end = put_slice(end, moved.body);
    ASSERT((size_t)(end - at) == view_bytes(&moved));
}

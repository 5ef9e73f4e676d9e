#include "log/message.h"

#include "base/digest.h"
#include "base/encode.h"

#include "base/banned.h"

#define VERSION       2u
#define VERSION_SHIFT 6u

enum {
    SENDER_IS_DIGITS = 1 << 0,
    HAS_GROUP = 1 << 1,
    HAS_DEDUP = 1 << 2,
    HAS_TRACE = 1 << 3,
    HAS_SOURCE = 1 << 4,
    HAS_ATTRIBUTES = 1 << 5,
};

/* Offsets of the format in message.h. */
enum {
    AT_FORM = 0,
    AT_MESSAGE_ID = 1,
    AT_SENT = 17,
    AT_LENGTHS = 23,

    SENT_BYTES = 6,
    PART_LENGTH_BYTES = 2,
    ATTRIBUTES_LENGTH_BYTES = 1 + 4,
    SENDER_NUMBER_BYTES = 5,

    ATTRIBUTE_NAME_BYTES = 0,
    ATTRIBUTE_TYPE_BYTES = 2,
    ATTRIBUTE_VALUE_BYTES = 4,
    ATTRIBUTE_KIND = 8,
    ATTRIBUTE_PARTS = 9,

    KIND_TEXT = 1,
    KIND_BINARY = 2,
};

_Static_assert(AT_MESSAGE_ID + MESSAGE_ID_BYTES == AT_SENT, "the sent time follows the id");
_Static_assert(AT_SENT + SENT_BYTES == AT_LENGTHS, "the lengths follow the sent time");
_Static_assert(AT_LENGTHS == MESSAGE_HEADER_BYTES, "what every message has comes first");
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

/* Account ids have twelve digits. */
static bool is_digits(struct slice sender_id)
{
    if (sender_id.bytes != MESSAGE_SENDER_DIGITS)
        return false;
    for (size_t i = 0; i < sender_id.bytes; i++)
        if (sender_id.at[i] < '0' || sender_id.at[i] > '9')
            return false;
    return true;
}

static uint8_t *put_number(uint8_t *at, uint64_t number, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(number >> (8 * i));
    return at + bytes;
}

static uint64_t get_number(const uint8_t *at, uint32_t bytes)
{
    uint64_t number = 0;
    for (uint32_t i = bytes; i > 0; i--)
        number = number << 8 | at[i - 1];
    return number;
}

static uint8_t *put_digits(uint8_t *at, struct slice digits)
{
    uint64_t number = 0;
    for (size_t i = 0; i < digits.bytes; i++)
        number = number * 10 + (uint64_t)(digits.at[i] - '0');
    return put_number(at, number, SENDER_NUMBER_BYTES);
}

static unsigned fields_of(const struct message_view *view)
{
    unsigned fields = 0;
    fields |= is_digits(view->sender_id) ? SENDER_IS_DIGITS : 0u;
    fields |= view->group_id.bytes > 0 ? HAS_GROUP : 0u;
    fields |= view->dedup_id.bytes > 0 ? HAS_DEDUP : 0u;
    fields |= view->trace_header.bytes > 0 ? HAS_TRACE : 0u;
    fields |= view->dead_letter_source.bytes > 0 ? HAS_SOURCE : 0u;
    fields |= view->attributes_count > 0 ? HAS_ATTRIBUTES : 0u;
    return fields;
}

static uint8_t *put_length(uint8_t *at, struct slice part)
{
    ASSERT(part.bytes <= MESSAGE_PART_BYTES_MAX);
    put_u16(at, (uint16_t)part.bytes);
    return at + PART_LENGTH_BYTES;
}

static uint8_t *put_length_if_any(uint8_t *at, struct slice part)
{
    return part.bytes > 0 ? put_length(at, part) : at;
}

static uint8_t *put_lengths(uint8_t *at, const struct message_view *view, unsigned fields)
{
    if ((fields & SENDER_IS_DIGITS) == 0)
        at = put_length(at, view->sender_id);
    at = put_length_if_any(at, view->group_id);
    at = put_length_if_any(at, view->dedup_id);
    at = put_length_if_any(at, view->trace_header);
    at = put_length_if_any(at, view->dead_letter_source);
    if ((fields & HAS_ATTRIBUTES) == 0)
        return at;
    *at = (uint8_t)view->attributes_count;
    put_u32(at + 1, (uint32_t)view->attributes.bytes);
    return at + ATTRIBUTES_LENGTH_BYTES;
}

/* Everything before the attributes; returns where those go. view->bytes is not read. */
static uint8_t *put_head(uint8_t *at, const struct message_view *view)
{
    unsigned fields = fields_of(view);
    int64_t sent = view->sent_at.v < MESSAGE_SENT_MAX ? view->sent_at.v : MESSAGE_SENT_MAX;
    ASSERT(view->body.bytes > 0 && view->body.bytes <= MESSAGE_CONTENT_BYTES_MAX);
    ASSERT(sent >= 0);
    at[AT_FORM] = (uint8_t)(VERSION << VERSION_SHIFT | fields);
    memcpy(at + AT_MESSAGE_ID, view->message_id, MESSAGE_ID_BYTES);
    put_number(at + AT_SENT, (uint64_t)sent, SENT_BYTES);
    at = put_lengths(at + AT_LENGTHS, view, fields);
    at = (fields & SENDER_IS_DIGITS) != 0 ? put_digits(at, view->sender_id)
                                          : put_slice(at, view->sender_id);
    at = put_slice(at, view->group_id);
    at = put_slice(at, view->dedup_id);
    at = put_slice(at, view->trace_header);
    return put_slice(at, view->dead_letter_source);
}

static bool stores_digest(struct slice body)
{
    return body.bytes >= MESSAGE_DIGEST_STORED_MIN;
}

static uint8_t *put_body(uint8_t *at, const struct message_view *view)
{
    if (stores_digest(view->body))
        at = put_slice(at, slice_of(view->body_digest, MD5_BYTES));
    return put_slice(at, view->body);
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

static uint32_t part_bytes(struct slice part)
{
    return part.bytes > 0 ? PART_LENGTH_BYTES + (uint32_t)part.bytes : 0;
}

static uint32_t view_bytes(const struct message_view *view)
{
    uint32_t sender = is_digits(view->sender_id)
                          ? SENDER_NUMBER_BYTES
                          : PART_LENGTH_BYTES + (uint32_t)view->sender_id.bytes;
    uint32_t attributes =
        view->attributes_count > 0 ? ATTRIBUTES_LENGTH_BYTES + (uint32_t)view->attributes.bytes : 0;
    return MESSAGE_HEADER_BYTES + sender + part_bytes(view->group_id) + part_bytes(view->dedup_id) +
           part_bytes(view->trace_header) + part_bytes(view->dead_letter_source) + attributes +
           (stores_digest(view->body) ? MD5_BYTES : 0) + (uint32_t)view->body.bytes;
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
    end = put_body(end, &view);
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

/* What the lengths say, in their order. */
struct lengths {
    uint32_t sender, group, dedup, trace, source, attributes_count, attributes;
};

/* Takes a length of so many bytes off. False: it is not there, or 0. */
static bool take_length(struct slice *rest, uint32_t bytes, uint32_t *ret_length)
{
    if (rest->bytes < bytes)
        return false;
    *ret_length = (uint32_t)get_number(rest->at, bytes);
    *rest = slice_from(*rest, bytes);
    return *ret_length > 0;
}

static bool read_lengths(struct slice *rest, unsigned fields, struct lengths *ret_lengths)
{
    struct {
        unsigned field;
        uint32_t bytes;
        uint32_t *length;
    } rows[] = {
        {HAS_GROUP, PART_LENGTH_BYTES, &ret_lengths->group},
        {HAS_DEDUP, PART_LENGTH_BYTES, &ret_lengths->dedup},
        {HAS_TRACE, PART_LENGTH_BYTES, &ret_lengths->trace},
        {HAS_SOURCE, PART_LENGTH_BYTES, &ret_lengths->source},
        {HAS_ATTRIBUTES, 1, &ret_lengths->attributes_count},
        {HAS_ATTRIBUTES, 4, &ret_lengths->attributes},
    };
    *ret_lengths = (struct lengths){.sender = SENDER_NUMBER_BYTES};
    if ((fields & SENDER_IS_DIGITS) == 0 && rest->bytes < PART_LENGTH_BYTES)
        return false;
    if ((fields & SENDER_IS_DIGITS) == 0)
        (void)take_length(rest, PART_LENGTH_BYTES, &ret_lengths->sender);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if ((fields & rows[i].field) != 0 && !take_length(rest, rows[i].bytes, rows[i].length))
            return false;
    return true;
}

/* The digits are printed into the view. */
static bool read_sender(struct message_view *view, struct slice part, bool is_number)
{
    uint64_t number = is_number ? get_number(part.at, SENDER_NUMBER_BYTES) : 0;
    view->sender_id = part;
    if (!is_number)
        return !is_digits(part);
    for (uint32_t i = MESSAGE_SENDER_DIGITS; i > 0; i--, number /= 10)
        view->sender_digits[i - 1] = (uint8_t)('0' + number % 10);
    view->sender_id = slice_of(view->sender_digits, MESSAGE_SENDER_DIGITS);
    return number == 0;
}

enum err message_decode(struct slice bytes, struct message_view *ret_view)
{
    struct lengths lengths;
    if (bytes.bytes < MESSAGE_HEADER_BYTES || bytes.at[AT_FORM] >> VERSION_SHIFT != VERSION)
        return ERR_CORRUPT;
    unsigned fields = bytes.at[AT_FORM] & ((1u << VERSION_SHIFT) - 1);
    struct slice rest = slice_from(bytes, AT_LENGTHS);
    if (!read_lengths(&rest, fields, &lengths))
        return ERR_CORRUPT;
    uint64_t parts = (uint64_t)lengths.sender + lengths.group + lengths.dedup + lengths.trace +
                     lengths.source + lengths.attributes;
    if (rest.bytes <= parts)
        return ERR_CORRUPT;
    uint64_t body = rest.bytes - parts;
    bool has_digest = body >= MESSAGE_DIGEST_STORED_MIN;
    body -= has_digest ? MD5_BYTES : 0;
    if (body > MESSAGE_CONTENT_BYTES_MAX || (has_digest && body < MESSAGE_DIGEST_STORED_MIN))
        return ERR_CORRUPT;
    const uint8_t *part = rest.at;
    struct message_view view = {
        .bytes = bytes,
        .message_id = bytes.at + AT_MESSAGE_ID,
        .sent_at = {(int64_t)get_number(bytes.at + AT_SENT, SENT_BYTES)},
        .attributes_count = lengths.attributes_count,
    };
    struct slice sender = take_part(&part, lengths.sender);
    view.group_id = take_part(&part, lengths.group);
    view.dedup_id = take_part(&part, lengths.dedup);
    view.trace_header = take_part(&part, lengths.trace);
    view.dead_letter_source = take_part(&part, lengths.source);
    view.attributes = take_part(&part, lengths.attributes);
    view.attributes_digest = view.attributes.at;
    view.body_digest = take_part(&part, has_digest ? MD5_BYTES : 0).at;
    view.body = take_part(&part, body);
    bool is_number = (fields & SENDER_IS_DIGITS) != 0;
    if (!read_sender(&view, sender, is_number) ||
        !is_run_valid(view.attributes, view.attributes_count))
        return ERR_CORRUPT;
    *ret_view = view;
    if (is_number)
        ret_view->sender_id.at = ret_view->sender_digits;
    return ERR_OK;
}

void message_body_digest(const struct message_view *view, uint8_t ret_digest[MD5_BYTES])
{
    if (view->body_digest != NULL)
        memcpy(ret_digest, view->body_digest, MD5_BYTES);
    else
        digest_md5(view->body, ret_digest);
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
    end = put_body(end, &moved);
    ASSERT((size_t)(end - at) == view_bytes(&moved));
}

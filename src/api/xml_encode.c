/* Answers of the query protocol in XML: reference A6, A7; why there is no library in it: doc/adr/0006.
 *
 * What keeps a document well-formed is here in one place: elements are begun and ended by name in the same function, and
 * all text goes through write_text, which escapes it and writes U+FFFD for what XML cannot say. */
#include "api/encoders.h"
#include "api/walk.h"
#include "base/encode.h"
#include "base/utf8.h"

#include "base/banned.h"

static void encode_struct(struct buffer *out, const struct api_table *table, const void *values);

/* ---- text ---- */

/* ASCII that stands for itself in text: tabs and line feeds do, a carriage return would become a line feed. */
static bool is_plain(uint8_t c)
{
    return c >= 0x20 ? c < 0x80 && c != '"' && c != '&' && c != '<' && c != '>'
                     : c == '\t' || c == '\n';
}

/* A vector of the compiler: 16 bytes are compared at once on every machine that has the registers for it. */
#define LANES 16u
typedef int8_t lanes __attribute__((vector_size(LANES)));

/* The same as is_plain: as signed bytes, all that is not ASCII is below blank too. */
static bool are_plain(const uint8_t *at)
{
    lanes c;
    uint64_t halves[2];
    memcpy(&c, at, sizeof(c));
    lanes plain = (lanes)(((c >= ' ') | (c == '\t') | (c == '\n')) & (c != '"') & (c != '&') &
                          (c != '<') & (c != '>'));
    memcpy(halves, &plain, sizeof(halves));
    return (halves[0] & halves[1]) == UINT64_MAX;
}

static size_t skip_plain(struct slice text)
{
    size_t at = 0;
    while (text.bytes - at >= LANES && are_plain(text.at + at))
        at += LANES;
    while (at < text.bytes && is_plain(text.at[at]))
        at++;
    return at;
}

/* Char of XML 1.0, section 2.2. */
static bool is_char(uint32_t point)
{
    return (point >= 0x20 && point <= 0xfffd) || point >= 0x10000;
}

/* What begins with no plain byte; returns how many bytes it was. */
static size_t write_special(struct buffer *out, struct slice text)
{
    size_t step = 0;
    uint32_t point;
    if (!utf8_next(text, &step, &point)) {
        buffer_add(out, SLICE("\xef\xbf\xbd"));
        return 1;
    }
    switch (point) {
    case '"':
        buffer_add(out, SLICE("&quot;"));
        break;
    case '&':
        buffer_add(out, SLICE("&amp;"));
        break;
    case '<':
        buffer_add(out, SLICE("&lt;"));
        break;
    case '>':
        buffer_add(out, SLICE("&gt;"));
        break;
    case '\r':
        buffer_add(out, SLICE("&#xD;"));
        break;
    default:
        buffer_add(out, is_char(point) ? slice_head(text, step) : SLICE("\xef\xbf\xbd"));
    }
    return step;
}

static void write_text(struct buffer *out, struct slice text)
{
    for (;;) {
        size_t run = skip_plain(text);
        buffer_add(out, slice_head(text, run));
        text = slice_from(text, run);
        if (text.bytes == 0)
            return;
        text = slice_from(text, write_special(out, text));
    }
}

/* ---- elements ---- */

static void start_element(struct buffer *out, struct slice name)
{
    buffer_add_byte(out, '<');
    buffer_add(out, name);
    buffer_add_byte(out, '>');
}

/* content_at: how many bytes there were behind the start; when there still are, the element has no end tag. */
static void end_element(struct buffer *out, struct slice name, size_t content_at)
{
    if (out->bytes == content_at) {
        out->at[out->bytes - 1] = '/';
        buffer_add_byte(out, '>');
        return;
    }
    buffer_add(out, SLICE("</"));
    buffer_add(out, name);
    buffer_add_byte(out, '>');
}

static void write_element(struct buffer *out, struct slice name, struct slice text)
{
    start_element(out, name);
    size_t content_at = out->bytes;
    write_text(out, text);
    end_element(out, name, content_at);
}

static void write_scalar(struct buffer *out, enum api_type type, const void *value)
{
    if (type == API_TYPE_INTEGER || type == API_TYPE_LONG) {
        buffer_add_int64(out, *(const int64_t *)value);
    } else if (type == API_TYPE_BOOLEAN) {
        buffer_add(out, *(const bool *)value ? SLICE("true") : SLICE("false"));
    } else if (type == API_TYPE_BLOB || type == API_TYPE_BLOB_LIST) {
        struct slice bytes = *(const struct slice *)value;
        size_t length = BASE64_TEXT_BYTES(bytes.bytes);
        encode_base64(bytes, buffer_reserve(out, length));
        buffer_advance(out, length);
    } else {
        write_text(out, *(const struct slice *)value);
    }
}

static void encode_pair(struct buffer *out, const struct api_member *member, const void *item)
{
    const void *value = walk_item_value_const(member, item);
    write_element(out, member->key_name, *(const struct slice *)item);
    start_element(out, member->value_name);
    size_t content_at = out->bytes;
    if (member->type == API_TYPE_STRING_MAP)
        write_text(out, *(const struct slice *)value);
    else
        encode_struct(out, member->element, value);
    end_element(out, member->value_name, content_at);
}

/* Lists and maps are flattened: the member's element repeated. */
static void encode_collection(struct buffer *out, const struct api_member *member,
                              const struct walk_list *list)
{
    size_t bytes = walk_item_bytes(member);
    for (uint32_t i = 0; i < list->count; i++) {
        const void *item = (const uint8_t *)list->items + bytes * i;
        start_element(out, member->query_name);
        size_t content_at = out->bytes;
        if (member->type == API_TYPE_STRUCT_LIST)
            encode_struct(out, member->element, item);
        else if (member->type == API_TYPE_STRING_MAP || member->type == API_TYPE_ATTRIBUTE_MAP)
            encode_pair(out, member, item);
        else
            write_scalar(out, member->type, item);
        end_element(out, member->query_name, content_at);
    }
}

static void encode_struct(struct buffer *out, const struct api_table *table, const void *values)
{
    for (uint32_t i = 0; i < table->members_count; i++) {
        const struct api_member *member = &table->members[i];
        const void *value = walk_value_const(member, values);
        if (!walk_is_shown(member, values))
            continue;
        if (walk_is_collection(member->type)) {
            encode_collection(out, member, value);
            continue;
        }
        start_element(out, member->query_name);
        size_t content_at = out->bytes;
        write_scalar(out, member->type, value);
        end_element(out, member->query_name, content_at);
    }
}

/* ---- documents ---- */

#define DECLARATION "<?xml version=\"1.0\"?>"
#define NAMESPACE   " xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\""

/* The root, the result and their ends are written by hand: each is the action's name with a word behind it. */
void api_encode_xml_response(struct buffer *out, enum api_action action, const void *response,
                             struct slice request_id)
{
    const struct api_action_info *info = api_action_info(action);
    buffer_add(out, SLICE(DECLARATION "<"));
    buffer_add(out, info->name);
    buffer_add(out, SLICE("Response" NAMESPACE ">"));
    if (info->has_output) {
        struct slice name = arena_join(out->arena, info->name, SLICE("Result"));
        start_element(out, name);
        size_t content_at = out->bytes;
        encode_struct(out, info->response, response);
        end_element(out, name, content_at);
    }
    buffer_add(out, SLICE("<ResponseMetadata>"));
    write_element(out, SLICE("RequestId"), request_id);
    buffer_add(out, SLICE("</ResponseMetadata></"));
    buffer_add(out, info->name);
    buffer_add(out, SLICE("Response>"));
}

void api_encode_xml_error(struct buffer *out, const struct api_error *error,
                          struct slice request_id)
{
    buffer_add(out, SLICE(DECLARATION "<ErrorResponse" NAMESPACE "><Error>"));
    write_element(out, SLICE("Type"), slice_from_text(api_fault(error->row)));
    write_element(out, SLICE("Code"), slice_from_text(error->row->query_code));
    write_element(out, SLICE("Message"), api_query_message(error));
    buffer_add(out, SLICE("<Detail/></Error>"));
    write_element(out, SLICE("RequestId"), request_id);
    buffer_add(out, SLICE("</ErrorResponse>"));
}

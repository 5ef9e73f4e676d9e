/* Answers of the query protocol in XML: reference A6, A7.
 *
 * libxml2's writer keeps the elements balanced and escapes text. What it does not do the way the service does is put
 * beside it: the declaration without a line break, carriage returns as &#xD;, and U+FFFD for what XML cannot say. */
#include <libxml/xmlwriter.h>

#include "api/encoders.h"
#include "api/walk.h"
#include "base/encode.h"
#include "base/utf8.h"

#include "base/banned.h"

#define NAMESPACE "http://queue.amazonaws.com/doc/2012-11-05/"

struct encoder {
    xmlTextWriter *writer;
    struct arena *arena;
};

static void encode_struct(const struct encoder *encoder, const struct api_table *table,
                          const void *values);

/* The writer fails only without memory, and then like everything else. */
static void must(int result)
{
    if (result < 0)
        check_failed(__FILE__, __LINE__, "out of memory");
}

static int append(void *context, const char *bytes, int length)
{
    buffer_add(context, slice_of(bytes, (size_t)length));
    return length;
}

static const xmlChar *terminated(const struct encoder *encoder, struct slice text)
{
    return arena_join(encoder->arena, text, SLICE("\0")).at;
}

/* ---- text ---- */

/* Char of XML 1.0, section 2.2, without the carriage return, which needs care of its own. */
static bool is_plain(uint32_t point)
{
    return point == '\t' || point == '\n' || (point >= 0x20 && point <= 0xfffd) || point >= 0x10000;
}

static size_t skip_plain(struct slice text)
{
    size_t at = 0;
    uint32_t point;
    for (size_t next = 0; utf8_next(text, &next, &point) && is_plain(point);) {
        while (next < text.bytes && text.at[next] >= 0x20 && text.at[next] < 0x80)
            next++;
        at = next;
    }
    return at;
}

static void write_text(const struct encoder *encoder, struct slice text)
{
    while (text.bytes > 0) {
        size_t run = skip_plain(text);
        if (run > 0)
            must(xmlTextWriterWriteString(encoder->writer,
                                          terminated(encoder, slice_head(text, run))));
        text = slice_from(text, run);
        if (text.bytes == 0)
            return;
        const char *instead = *text.at == '\r' ? "&#xD;" : "\xef\xbf\xbd";
        must(xmlTextWriterWriteRaw(encoder->writer, (const xmlChar *)instead));
        size_t step = 0;
        uint32_t point;
        text = slice_from(text, utf8_next(text, &step, &point) ? step : 1);
    }
}

/* ---- elements ---- */

/* Names are of the tables or printed here, and those have a NUL behind them. */
static void start_element(const struct encoder *encoder, struct slice name)
{
    ASSERT(name.at[name.bytes] == '\0');
    must(xmlTextWriterStartElement(encoder->writer, name.at));
}

static void end_element(const struct encoder *encoder)
{
    must(xmlTextWriterEndElement(encoder->writer));
}

static void write_element(const struct encoder *encoder, struct slice name, struct slice text)
{
    start_element(encoder, name);
    write_text(encoder, text);
    end_element(encoder);
}

static struct slice base64_in(struct arena *arena, struct slice bytes)
{
    uint8_t *text = arena_take(arena, BASE64_TEXT_BYTES(bytes.bytes));
    encode_base64(bytes, text);
    return slice_of(text, BASE64_TEXT_BYTES(bytes.bytes));
}

static struct slice scalar_text(const struct encoder *encoder, enum api_type type,
                                const void *value)
{
    if (type == API_TYPE_INTEGER || type == API_TYPE_LONG)
        return arena_print(encoder->arena, "%lld", (long long)*(const int64_t *)value);
    if (type == API_TYPE_BOOLEAN)
        return *(const bool *)value ? SLICE("true") : SLICE("false");
    if (type == API_TYPE_BLOB || type == API_TYPE_BLOB_LIST)
        return base64_in(encoder->arena, *(const struct slice *)value);
    return *(const struct slice *)value;
}

static void encode_pair(const struct encoder *encoder, const struct api_member *member,
                        const void *item)
{
    const void *value = walk_item_value_const(member, item);
    write_element(encoder, member->key_name, *(const struct slice *)item);
    start_element(encoder, member->value_name);
    if (member->type == API_TYPE_STRING_MAP)
        write_text(encoder, *(const struct slice *)value);
    else
        encode_struct(encoder, member->element, value);
    end_element(encoder);
}

/* Lists and maps are flattened: the member's element repeated. */
static void encode_collection(const struct encoder *encoder, const struct api_member *member,
                              const struct walk_list *list)
{
    size_t bytes = walk_item_bytes(member);
    for (uint32_t i = 0; i < list->count; i++) {
        const void *item = (const uint8_t *)list->items + bytes * i;
        start_element(encoder, member->query_name);
        if (member->type == API_TYPE_STRUCT_LIST)
            encode_struct(encoder, member->element, item);
        else if (member->type == API_TYPE_STRING_MAP || member->type == API_TYPE_ATTRIBUTE_MAP)
            encode_pair(encoder, member, item);
        else
            write_text(encoder, scalar_text(encoder, member->type, item));
        end_element(encoder);
    }
}

static void encode_struct(const struct encoder *encoder, const struct api_table *table,
                          const void *values)
{
    for (uint32_t i = 0; i < table->members_count; i++) {
        const struct api_member *member = &table->members[i];
        const void *value = walk_value_const(member, values);
        if (!walk_is_shown(member, values))
            continue;
        if (walk_is_collection(member->type))
            encode_collection(encoder, member, value);
        else
            write_element(encoder, member->query_name, scalar_text(encoder, member->type, value));
    }
}

/* ---- documents ---- */

static struct encoder start_document(struct buffer *out, struct slice root)
{
    xmlOutputBuffer *sink = xmlOutputBufferCreateIO(append, NULL, out, NULL);
    xmlTextWriter *writer = sink != NULL ? xmlNewTextWriter(sink) : NULL;
    must(writer != NULL ? 0 : -1);
    struct encoder encoder = {writer, out->arena};
    must(xmlTextWriterWriteRaw(writer, (const xmlChar *)"<?xml version=\"1.0\"?>"));
    start_element(&encoder, root);
    must(xmlTextWriterWriteAttribute(writer, (const xmlChar *)"xmlns", (const xmlChar *)NAMESPACE));
    return encoder;
}

static void end_document(const struct encoder *encoder)
{
    end_element(encoder);
    must(xmlTextWriterFlush(encoder->writer));
    xmlFreeTextWriter(encoder->writer);
}

void api_encode_xml_response(struct buffer *out, enum api_action action, const void *response,
                             struct slice request_id)
{
    const struct api_action_info *info = api_action_info(action);
    struct encoder encoder = start_document(out, arena_print(out->arena, "%sResponse", info->name));
    if (info->has_output) {
        start_element(&encoder, arena_print(out->arena, "%sResult", info->name));
        encode_struct(&encoder, info->response, response);
        end_element(&encoder);
    }
    start_element(&encoder, SLICE("ResponseMetadata"));
    write_element(&encoder, SLICE("RequestId"), request_id);
    end_element(&encoder);
    end_document(&encoder);
}

void api_encode_xml_error(struct buffer *out, const struct api_error *error,
                          struct slice request_id)
{
    struct encoder encoder = start_document(out, SLICE("ErrorResponse"));
    start_element(&encoder, SLICE("Error"));
    write_element(&encoder, SLICE("Type"), slice_from_text(api_fault(error->row)));
    write_element(&encoder, SLICE("Code"), slice_from_text(error->row->query_code));
    write_element(&encoder, SLICE("Message"), api_query_message(error));
    write_element(&encoder, SLICE("Detail"), SLICE_NONE);
    end_element(&encoder);
    write_element(&encoder, SLICE("RequestId"), request_id);
    end_document(&encoder);
}

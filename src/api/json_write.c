#include "api/json_write.h"

#include "api/json_text.h"
#include "base/encode.h"
#include "base/utf8.h"

#include "base/banned.h"

static void write_ascii(struct buffer *out, uint8_t c)
{
    switch (c) {
    case '"':
        buffer_add(out, SLICE("\\\""));
        return;
    case '\\':
        buffer_add(out, SLICE("\\\\"));
        return;
    case '\b':
        buffer_add(out, SLICE("\\b"));
        return;
    case '\f':
        buffer_add(out, SLICE("\\f"));
        return;
    case '\n':
        buffer_add(out, SLICE("\\n"));
        return;
    case '\r':
        buffer_add(out, SLICE("\\r"));
        return;
    case '\t':
        buffer_add(out, SLICE("\\t"));
        return;
    default:
        buffer_add(out, SLICE("\\u00"));
        encode_hex(slice_of(&c, 1), buffer_reserve(out, 2));
        buffer_advance(out, 2);
    }
}

static void write_quoted(struct buffer *out, struct slice plain)
{
    uint8_t *at = buffer_reserve(out, plain.bytes + 2);
    at[0] = '"';
    if (plain.bytes > 0)
        memcpy(at + 1, plain.at, plain.bytes);
    at[1 + plain.bytes] = '"';
    buffer_advance(out, plain.bytes + 2);
}

/* What begins with no plain byte: an escape, a run of UTF-8, or U+FFFD for a byte that is none. Returns its end. */
static const uint8_t *write_special(struct buffer *out, const uint8_t *at, const uint8_t *end)
{
    if (*at < 0x80) {
        write_ascii(out, *at);
        return at + 1;
    }
    struct slice rest = slice_of(at, (size_t)(end - at));
    size_t step = 0;
    uint32_t point;
    while (step < rest.bytes && rest.at[step] >= 0x80 && utf8_next(rest, &step, &point))
        continue;
    buffer_add(out, slice_head(rest, step));
    if (step > 0)
        return at + step;
    buffer_add(out, SLICE("\xef\xbf\xbd"));
    return at + 1;
}

void json_write_string(struct buffer *out, struct slice text)
{
    const uint8_t *at = text.at, *end = text.at + text.bytes;
    const uint8_t *run = json_text_skip_plain(at, end);
    if (run == end) {
        write_quoted(out, text);
        return;
    }
    buffer_add_byte(out, '"');
    while (at < end) {
        buffer_add(out, slice_of(at, (size_t)(run - at)));
        at = run < end ? write_special(out, run, end) : end;
        run = json_text_skip_plain(at, end);
    }
    buffer_add_byte(out, '"');
}

void json_write_blob(struct buffer *out, struct slice bytes)
{
    size_t length = BASE64_TEXT_BYTES(bytes.bytes);
    buffer_add_byte(out, '"');
    encode_base64(bytes, buffer_reserve(out, length));
    buffer_advance(out, length);
    buffer_add_byte(out, '"');
}

void json_write_plain_name(struct buffer *out, bool *is_first, struct slice name)
{
    if (!*is_first)
        buffer_add_byte(out, ',');
    *is_first = false;
    write_quoted(out, name);
    buffer_add_byte(out, ':');
}

void json_write_name(struct buffer *out, bool *is_first, struct slice name)
{
    if (!*is_first)
        buffer_add_byte(out, ',');
    *is_first = false;
    json_write_string(out, name);
    buffer_add_byte(out, ':');
}

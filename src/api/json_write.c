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

void json_write_string(struct buffer *out, struct slice text)
{
    const uint8_t *end = text.at + text.bytes;
    buffer_add_byte(out, '"');
    for (const uint8_t *at = text.at; at < end;) {
        const uint8_t *run = json_text_skip_plain(at, end);
        buffer_add(out, slice_of(at, (size_t)(run - at)));
        at = run;
        if (at == end)
            break;
        if (*at < 0x80) {
            write_ascii(out, *at++);
            continue;
        }
        struct slice rest = slice_of(at, (size_t)(end - at));
        size_t step = 0;
        uint32_t point;
        while (step < rest.bytes && rest.at[step] >= 0x80 && utf8_next(rest, &step, &point))
            continue;
        buffer_add(out, slice_head(rest, step));
        at += step;
        if (step == 0) {
            buffer_add(out, SLICE("\xef\xbf\xbd"));
            at++;
        }
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

void json_write_name(struct buffer *out, bool *is_first, struct slice name)
{
    if (!*is_first)
        buffer_add_byte(out, ',');
    *is_first = false;
    json_write_string(out, name);
    buffer_add_byte(out, ':');
}

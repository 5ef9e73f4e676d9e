#include "api/json_reader.h"

#include "api/json_text.h"
#include "base/encode.h"
#include "base/utf8.h"

#include "base/banned.h"

static bool fail(struct json_reader *reader)
{
    reader->has_failed = true;
    return false;
}

void json_reader_init(struct json_reader *reader, struct arena *arena, struct slice text)
{
    *reader = (struct json_reader){.arena = arena};
    if (text.bytes > 0) {
        reader->start = reader->at = text.at;
        reader->end = text.at + text.bytes;
    }
}

static void skip_blanks(struct json_reader *reader)
{
    const uint8_t *at = reader->at;
    while (at < reader->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    reader->at = at;
}

enum json_reader_kind json_reader_peek(struct json_reader *reader)
{
    skip_blanks(reader);
    if (reader->has_failed || reader->at == reader->end) {
        fail(reader);
        return JSON_READER_BAD;
    }
    switch (*reader->at) {
    case '"':
        return JSON_READER_STRING;
    case '{':
        return JSON_READER_OBJECT;
    case '[':
        return JSON_READER_ARRAY;
    case 'n':
        return JSON_READER_NULL;
    case 't':
        return JSON_READER_TRUE;
    case 'f':
        return JSON_READER_FALSE;
    default:
        if (*reader->at == '-' || (*reader->at >= '0' && *reader->at <= '9'))
            return JSON_READER_NUMBER;
        fail(reader);
        return JSON_READER_BAD;
    }
}

bool json_reader_read_word(struct json_reader *reader)
{
    static const struct slice words[] = {
        {(const uint8_t *)"null", 4}, {(const uint8_t *)"true", 4}, {(const uint8_t *)"false", 5}};
    if (reader->has_failed)
        return false;
    struct slice rest = slice_of(reader->at, (size_t)(reader->end - reader->at));
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (slice_starts_with(rest, words[i])) {
            reader->at += words[i].bytes;
            return true;
        }
    }
    return fail(reader);
}

/* Moves past digits; false when there is none. */
static bool skip_digits(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *start = *at;
    while (*at < end && **at >= '0' && **at <= '9')
        (*at)++;
    return *at > start;
}

bool json_reader_read_number(struct json_reader *reader, struct slice *ret_text)
{
    const uint8_t *at = reader->at, *end = reader->end;
    if (reader->has_failed)
        return false;
    if (at < end && *at == '-')
        at++;
    const uint8_t *whole = at;
    if (!skip_digits(&at, end) || (*whole == '0' && at - whole > 1))
        return fail(reader);
    if (at < end && *at == '.') {
        at++;
        if (!skip_digits(&at, end))
            return fail(reader);
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        if (!skip_digits(&at, end))
            return fail(reader);
    }
    *ret_text = slice_of(reader->at, (size_t)(at - reader->at));
    reader->at = at;
    return true;
}

/* ---- strings ---- */

static const uint8_t *skip_utf8(const uint8_t *at, const uint8_t *end)
{
    struct slice rest = slice_of(at, (size_t)(end - at));
    size_t step = 0;
    uint32_t point;
    while (step < rest.bytes && rest.at[step] >= 0x80 && utf8_next(rest, &step, &point))
        continue;
    return at + step;
}

/* Moves the reader from behind the opening quote to the closing one. What follows a backslash is left to unescape. */
static bool scan_string(struct json_reader *reader, bool *ret_has_escapes)
{
    const uint8_t *at = reader->at, *end = reader->end;
    *ret_has_escapes = false;
    for (;;) {
        const uint8_t *start = at = json_text_skip_plain(at, end);
        if (at < end && *at >= 0x80)
            at = skip_utf8(at, end);
        else if (end - at > 1 && *at == '\\') {
            *ret_has_escapes = true;
            at += 2;
        }
        if (at == start)
            break;
    }
    reader->at = at;
    return (at < end && *at == '"') || fail(reader);
}

static bool read_hex4(struct slice raw, size_t at, uint32_t *ret_unit)
{
    uint8_t bytes[2];
    if (raw.bytes < at + 4 || !decode_hex(slice_of(raw.at + at, 4), bytes))
        return false;
    *ret_unit = (uint32_t)bytes[0] << 8 | bytes[1];
    return true;
}

/* \uXXXX at raw.at[*at], a pair of them for a point above U+FFFF. Moves *at behind. */
static bool read_unicode_escape(struct slice raw, size_t *at, uint32_t *ret_point)
{
    uint32_t unit, low;
    if (!read_hex4(raw, *at + 2, &unit))
        return false;
    *at += 6;
    *ret_point = unit;
    if (unit < 0xd800 || unit > 0xdfff)
        return true;
    bool is_pair = unit < 0xdc00 && raw.bytes >= *at + 2 && raw.at[*at] == '\\' &&
                   raw.at[*at + 1] == 'u' && read_hex4(raw, *at + 2, &low) && low >= 0xdc00 &&
                   low <= 0xdfff;
    if (!is_pair)
        return false;
    *at += 6;
    *ret_point = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

/* The bytes that one-letter escapes stand for; 0: no such escape. */
static const uint8_t short_escapes[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

/* The escape at raw.at[*at]; writes to text what it stands for. */
static bool unescape_one(struct slice raw, size_t *at, uint8_t *text, size_t *length)
{
    if (raw.bytes - *at < 2)
        return false;
    uint8_t byte = short_escapes[raw.at[*at + 1]];
    if (byte != 0) {
        text[(*length)++] = byte;
        *at += 2;
        return true;
    }
    uint32_t point;
    if (raw.at[*at + 1] != 'u' || !read_unicode_escape(raw, at, &point))
        return false;
    *length += utf8_put(point, text + *length);
    return true;
}

/* Copies up to the next backslash: by words, because bodies that are JSON themselves have one every few bytes. */
static size_t copy_run(struct slice raw, size_t at, uint8_t *text)
{
    size_t start = at;
    uint64_t word;
    while (raw.bytes - at >= sizeof(word)) {
        memcpy(&word, raw.at + at, sizeof(word));
        if (json_text_find_byte(word, '\\') != 0)
            break;
        memcpy(text + (at - start), &word, sizeof(word));
        at += sizeof(word);
    }
    for (; at < raw.bytes && raw.at[at] != '\\'; at++)
        text[at - start] = raw.at[at];
    return at - start;
}

/* An escape is never shorter than what it stands for, so the raw length is room enough. */
static bool unescape(struct json_reader *reader, struct slice raw, struct slice *ret_text)
{
    uint8_t *text = arena_take(reader->arena, raw.bytes);
    size_t length = 0;
    for (size_t at = 0; at < raw.bytes;) {
        size_t run = copy_run(raw, at, text + length);
        length += run;
        at += run;
        if (at < raw.bytes && !unescape_one(raw, &at, text, &length))
            return fail(reader);
    }
    *ret_text = slice_of(text, length);
    return true;
}

bool json_reader_read_string(struct json_reader *reader, struct slice *ret_text)
{
    if (reader->has_failed || reader->at == reader->end || *reader->at != '"')
        return fail(reader);
    const uint8_t *start = ++reader->at;
    bool has_escapes;
    if (!scan_string(reader, &has_escapes))
        return false;
    struct slice raw = slice_of(start, (size_t)(reader->at - start));
    if (has_escapes) {
        if (!unescape(reader, raw, ret_text))
            return false;
    } else {
        *ret_text = raw;
    }
    reader->at++;
    return true;
}

/* ---- containers ---- */

bool json_reader_enter(struct json_reader *reader)
{
    if (reader->has_failed || reader->depth == JSON_READER_DEPTH_MAX)
        return fail(reader);
    ASSERT(reader->at < reader->end);
    ASSERT(*reader->at == '{' || *reader->at == '[');
    reader->at++;
    reader->depth++;
    reader->is_first = true;
    return true;
}

/* To the next value of the innermost container, which ends with `close`. */
static bool next(struct json_reader *reader, uint8_t close)
{
    if (reader->has_failed)
        return false;
    ASSERT(reader->depth > 0);
    skip_blanks(reader);
    bool is_first = reader->is_first;
    reader->is_first = false;
    if (reader->at == reader->end)
        return fail(reader);
    if (*reader->at == close) {
        reader->at++;
        reader->depth--;
        return false;
    }
    if (!is_first) {
        if (*reader->at != ',')
            return fail(reader);
        reader->at++;
    }
    return true;
}

bool json_reader_next_item(struct json_reader *reader)
{
    return next(reader, ']');
}

bool json_reader_next_member(struct json_reader *reader, struct slice *ret_name)
{
    if (!next(reader, '}'))
        return false;
    skip_blanks(reader);
    if (!json_reader_read_string(reader, ret_name))
        return false;
    skip_blanks(reader);
    if (reader->at == reader->end || *reader->at != ':')
        return fail(reader);
    reader->at++;
    return true;
}

static bool read_scalar(struct json_reader *reader, enum json_reader_kind kind)
{
    struct slice dropped;
    if (kind == JSON_READER_STRING)
        return json_reader_read_string(reader, &dropped);
    if (kind == JSON_READER_NUMBER)
        return json_reader_read_number(reader, &dropped);
    return kind != JSON_READER_BAD && json_reader_read_word(reader);
}

/* Open containers are bits, innermost lowest, 1 for an object: no recursion, no memory. */
bool json_reader_skip(struct json_reader *reader)
{
    uint64_t objects = 0;
    uint32_t base = reader->depth;
    do {
        enum json_reader_kind kind = json_reader_peek(reader);
        if (kind == JSON_READER_OBJECT || kind == JSON_READER_ARRAY) {
            if (!json_reader_enter(reader))
                return false;
            objects = objects << 1 | (kind == JSON_READER_OBJECT);
        } else if (!read_scalar(reader, kind)) {
            return false;
        }
        struct slice dropped;
        while (reader->depth > base) {
            bool has_more = (objects & 1) ? json_reader_next_member(reader, &dropped)
                                          : json_reader_next_item(reader);
            if (has_more)
                break;
            if (reader->has_failed)
                return false;
            objects >>= 1;
        }
    } while (reader->depth > base);
    return true;
}

bool json_reader_finish(struct json_reader *reader)
{
    skip_blanks(reader);
    if (reader->has_failed || reader->depth > 0 || reader->at != reader->end)
        return fail(reader);
    return true;
}

size_t json_reader_position(const struct json_reader *reader)
{
    return (size_t)(reader->at - reader->start);
}

#include "bench/response.h"

#include "base/check.h"

#include "base/banned.h"

enum line { LINE_MORE, LINE_FOUND, LINE_TOO_LONG };

void response_init(struct response *response)
{
    memset(response, 0, sizeof(*response));
}

/* The next line without its end (CRLF, or a bare LF as RFC 9112 2.2 allows); r->at moves past it. */
static enum line take_line(struct response *r, const uint8_t *bytes, size_t count, size_t bytes_max,
                           struct slice *ret_line)
{
    const uint8_t *end =
        count > r->scanned ? memchr(bytes + r->scanned, '\n', count - r->scanned) : NULL;
    if (end == NULL) {
        r->scanned = count;
        return count - r->at > bytes_max ? LINE_TOO_LONG : LINE_MORE;
    }
    struct slice line = slice_of(bytes + r->at, (size_t)(end - bytes) - r->at);
    r->at += line.bytes + 1;
    r->scanned = r->at;
    if (line.bytes > bytes_max)
        return LINE_TOO_LONG;
    if (line.bytes > 0 && line.at[line.bytes - 1] == '\r')
        line.bytes--;
    *ret_line = line;
    return LINE_FOUND;
}

/* "HTTP/1.1 200 OK"; the reason may be missing. */
static bool parse_status(struct response *r, struct slice line)
{
    if (line.bytes < 12 || !slice_starts_with(line, SLICE("HTTP/1.")) || line.at[8] != ' ')
        return false;
    if (line.at[7] != '0' && line.at[7] != '1')
        return false;
    r->status = 0;
    for (size_t i = 9; i < 12; i++) {
        if (line.at[i] < '0' || line.at[i] > '9')
            return false;
        r->status = r->status * 10 + (uint32_t)(line.at[i] - '0');
    }
    r->is_last = line.at[7] == '0';
    return r->status >= 100 && (line.bytes == 12 || line.at[12] == ' ');
}

static bool parse_length(struct response *r, struct slice value)
{
    size_t length = 0;
    if (value.bytes == 0)
        return false;
    for (size_t i = 0; i < value.bytes; i++) {
        if (value.at[i] < '0' || value.at[i] > '9' || length > RESPONSE_BODY_BYTES_MAX)
            return false;
        length = length * 10 + (size_t)(value.at[i] - '0');
    }
    /* Two that differ: nobody can know where the answer ends. */
    if (length > RESPONSE_BODY_BYTES_MAX || (r->has_length && r->length != length))
        return false;
    r->has_length = true;
    r->length = length;
    return true;
}

static void parse_connection(struct response *r, struct slice value)
{
    struct slice token;
    while (slice_split(&value, ',', &token)) {
        if (slice_equal_nocase(slice_trim(token), SLICE("close")))
            r->is_last = true;
        else if (slice_equal_nocase(slice_trim(token), SLICE("keep-alive")))
            r->is_last = false;
    }
}

static bool parse_header(struct response *r, struct slice line)
{
    size_t colon = slice_find(line, ':');
    struct slice name = slice_head(line, colon);
    if (colon == line.bytes || colon == 0)
        return false;
    struct slice value = slice_trim(slice_from(line, colon + 1));
    if (colon == 14 && slice_equal_nocase(name, SLICE("content-length")))
        return parse_length(r, value);
    if (colon == 17 && slice_equal_nocase(name, SLICE("transfer-encoding"))) {
        r->is_chunked = slice_equal_nocase(value, SLICE("chunked"));
        return r->is_chunked;
    }
    if (colon == 10 && slice_equal_nocase(name, SLICE("connection")))
        parse_connection(r, value);
    return true;
}

/* The empty line behind the headers: how the body is framed (RFC 9112 6.3). */
static bool end_head(struct response *r)
{
    r->body_at = r->at;
    if (r->status < 200) { /* an interim answer: the real one follows */
        r->part = RESPONSE_STATUS;
        r->has_length = false;
        r->is_chunked = false;
        return r->status != 101;
    }
    if (r->status == 204 || r->status == 304) {
        r->has_length = true;
        r->is_chunked = false;
        r->length = 0;
    } else if (r->is_chunked && r->has_length) {
        return false;
    }
    if (!r->has_length && !r->is_chunked)
        r->is_last = true;
    r->part = r->is_chunked ? RESPONSE_CHUNK : RESPONSE_BODY;
    return true;
}

static enum response_state parse_head(struct response *r, const uint8_t *bytes, size_t count)
{
    struct slice line;
    while (r->part == RESPONSE_STATUS || r->part == RESPONSE_HEADERS) {
        enum line found = take_line(r, bytes, count, RESPONSE_HEAD_BYTES_MAX, &line);
        if (found == LINE_TOO_LONG || r->at > RESPONSE_HEAD_BYTES_MAX)
            return RESPONSE_BAD;
        if (found == LINE_MORE)
            return RESPONSE_MORE;
        bool is_good = true;
        if (r->part == RESPONSE_STATUS) {
            is_good = parse_status(r, line);
            r->part = RESPONSE_HEADERS;
        } else if (line.bytes > 0) {
            is_good = parse_header(r, line);
        } else {
            is_good = end_head(r);
        }
        if (!is_good)
            return RESPONSE_BAD;
    }
    return RESPONSE_DONE;
}

static enum response_state finish(struct response *r, size_t used_bytes)
{
    r->used_bytes = used_bytes;
    return RESPONSE_DONE;
}

static enum response_state parse_plain(struct response *r, size_t count, bool is_ended)
{
    size_t there = count - r->body_at;
    if (r->has_length) {
        r->body_bytes = r->length;
        if (there >= r->length)
            return finish(r, r->body_at + r->length);
        return is_ended ? RESPONSE_BAD : RESPONSE_MORE;
    }
    r->body_bytes = there;
    if (there > RESPONSE_BODY_BYTES_MAX)
        return RESPONSE_BAD;
    return is_ended ? finish(r, count) : RESPONSE_MORE;
}

/* Hexadecimal digits, then nothing, blanks or an extension. */
static bool parse_chunk_size(struct response *r, struct slice line)
{
    size_t size = 0, digits = 0;
    for (; digits < line.bytes; digits++) {
        uint8_t c = (uint8_t)(line.at[digits] | 0x20);
        if (c >= '0' && c <= '9')
            size = size * 16 + (size_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            size = size * 16 + (size_t)(c - 'a' + 10);
        else
            break;
        if (size > RESPONSE_BODY_BYTES_MAX - r->body_bytes)
            return false;
    }
    struct slice rest = slice_trim(slice_from(line, digits));
    r->length = size;
    return digits > 0 && (rest.bytes == 0 || rest.at[0] == ';');
}

/* Moves what is there of the chunk to the end of the body. */
static bool take_chunk(struct response *r, uint8_t *bytes, size_t count)
{
    size_t taken = count - r->at < r->length ? count - r->at : r->length;
    memmove(bytes + r->body_at + r->body_bytes, bytes + r->at, taken);
    r->body_bytes += taken;
    r->at += taken;
    r->scanned = r->at;
    r->length -= taken;
    return r->length == 0;
}

static enum response_state parse_chunk_line(struct response *r, struct slice line)
{
    if (r->part == RESPONSE_CHUNK) {
        if (!parse_chunk_size(r, line))
            return RESPONSE_BAD;
        r->part = r->length > 0 ? RESPONSE_BODY : RESPONSE_TRAILERS;
    } else if (r->part == RESPONSE_CHUNK_END) {
        if (line.bytes > 0)
            return RESPONSE_BAD;
        r->part = RESPONSE_CHUNK;
    } else {
        r->trailers_bytes += line.bytes;
        if (line.bytes == 0)
            return finish(r, r->at);
        if (r->trailers_bytes > RESPONSE_LINE_BYTES_MAX)
            return RESPONSE_BAD;
    }
    return RESPONSE_MORE;
}

static enum response_state parse_chunks(struct response *r, uint8_t *bytes, size_t count)
{
    enum response_state state = RESPONSE_MORE;
    while (state == RESPONSE_MORE) {
        struct slice line;
        if (r->part == RESPONSE_BODY) {
            if (!take_chunk(r, bytes, count))
                return RESPONSE_MORE;
            r->part = RESPONSE_CHUNK_END;
        }
        enum line found = take_line(r, bytes, count, RESPONSE_LINE_BYTES_MAX, &line);
        if (found == LINE_TOO_LONG)
            return RESPONSE_BAD;
        if (found == LINE_MORE)
            return RESPONSE_MORE;
        state = parse_chunk_line(r, line);
    }
    return state;
}

enum response_state response_parse(struct response *r, uint8_t *bytes, size_t count, bool is_ended)
{
    enum response_state state = parse_head(r, bytes, count);
    if (state == RESPONSE_DONE)
        state = r->is_chunked ? parse_chunks(r, bytes, count) : parse_plain(r, count, is_ended);
    return state == RESPONSE_MORE && is_ended ? RESPONSE_BAD : state;
}

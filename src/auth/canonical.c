#include "auth/canonical.h"

#include "base/buffer.h"
#include "base/encode.h"

#include "base/banned.h"

static const char signature_name[] = "X-Amz-Signature";
static const char token_name[] = "X-Amz-Security-Token";
static const char hidden[] = "<hidden>";

/* ---- query ---- */

static bool is_canonical(struct slice text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        uint8_t c = text.at[i];
        bool is_plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                        (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
        if (!is_plain)
            return false;
    }
    return true;
}

static bool encode_again(struct arena *arena, struct slice raw, struct slice *ret_encoded)
{
    if (is_canonical(raw)) {
        *ret_encoded = raw;
        return true;
    }
    uint8_t *decoded = arena_take(arena, raw.bytes);
    size_t decoded_bytes = decode_percent(raw, true, decoded);
    if (decoded_bytes == SIZE_MAX)
        return false;
    uint8_t *encoded = arena_take(arena, 3 * decoded_bytes);
    *ret_encoded =
        slice_of(encoded, encode_percent(slice_of(decoded, decoded_bytes), false, encoded));
    return true;
}

static int compare_parameters(const void *a, const void *b)
{
    const struct canonical_parameter *left = a;
    const struct canonical_parameter *right = b;
    int order = slice_compare(left->name, right->name);
    return order != 0 ? order : slice_compare(left->value, right->value);
}

static uint32_t count_parts(struct slice text, uint8_t separator)
{
    uint32_t count = 1;
    for (size_t i = 0; i < text.bytes; i++)
        count += text.at[i] == separator;
    return count;
}

enum err canonical_parse_query(struct arena *arena, struct slice raw_query,
                               struct canonical_query *ret_query)
{
    struct slice rest = raw_query;
    struct slice part;
    struct canonical_query query = {0};
    if (raw_query.bytes == 0) {
        *ret_query = query;
        return ERR_OK;
    }
    uint32_t parts_count = count_parts(raw_query, '&');
    if (parts_count > AUTH_PARAMETERS_MAX)
        return ERR_FULL;
    query.items = ARENA_NEW_MANY(arena, struct canonical_parameter, parts_count);
    while (slice_split(&rest, '&', &part)) {
        if (part.bytes == 0)
            continue;
        size_t equal = slice_find(part, '=');
        struct canonical_parameter *item = &query.items[query.count++];
        if (!encode_again(arena, slice_head(part, equal), &item->name))
            return ERR_INVALID;
        if (!encode_again(arena, slice_from(part, equal + 1), &item->value))
            return ERR_INVALID;
    }
    qsort(query.items, query.count, sizeof(query.items[0]), compare_parameters);
    *ret_query = query;
    return ERR_OK;
}

struct slice canonical_find(const struct canonical_query *query, const char *name,
                            struct arena *arena)
{
    for (uint32_t i = 0; i < query->count; i++) {
        struct slice value = query->items[i].value;
        if (!slice_is(query->items[i].name, name))
            continue;
        uint8_t *decoded = arena_take(arena, value.bytes);
        size_t bytes = decode_percent(value, false, decoded);
        ASSERT(bytes != SIZE_MAX); /* encode_again wrote it */
        return slice_of(decoded, bytes);
    }
    return SLICE_NONE;
}

static void add_query(struct buffer *out, const struct canonical_input *input)
{
    bool is_first = true;
    for (uint32_t i = 0; i < input->query->count; i++) {
        const struct canonical_parameter *item = &input->query->items[i];
        bool is_token = input->hides_tokens && slice_is(item->name, token_name);
        if (input->is_presigned && slice_is(item->name, signature_name))
            continue;
        if (!is_first)
            buffer_add_byte(out, '&');
        is_first = false;
        buffer_add(out, item->name);
        buffer_add_byte(out, '=');
        buffer_add(out, is_token ? slice_from_text(hidden) : item->value);
    }
}

/* ---- path ---- */

/* Appends a segment's end to the path: "." goes away, ".." takes the segment before it along. */
static void add_segment(uint8_t *path, size_t *bytes, struct slice segment)
{
    if (segment.bytes == 0 || slice_is(segment, "."))
        return;
    if (!slice_is(segment, "..")) {
        path[(*bytes)++] = '/';
        memcpy(path + *bytes, segment.at, segment.bytes);
        *bytes += segment.bytes;
        return;
    }
    while (*bytes > 0 && path[--*bytes] != '/')
        continue;
}

static struct slice normalise_path(struct arena *arena, struct slice raw)
{
    uint8_t *path = arena_take(arena, raw.bytes + 2);
    size_t bytes = 0;
    struct slice rest = raw;
    struct slice segment = SLICE_NONE;
    while (slice_split(&rest, '/', &segment))
        add_segment(path, &bytes, segment);
    bool ends_in_slash = segment.bytes == 0 || slice_is(segment, ".") || slice_is(segment, "..");
    if (bytes == 0 || ends_in_slash)
        path[bytes++] = '/';
    return slice_of(path, bytes);
}

/* Does anything begin behind a slash that normalising would change? */
static bool is_normal(struct slice path)
{
    for (size_t i = 1; i < path.bytes; i++)
        if (path.at[i - 1] == '/' && (path.at[i] == '/' || path.at[i] == '.'))
            return false;
    return true;
}

struct slice auth_signed_path(struct slice raw_path, struct arena *arena)
{
    if (raw_path.bytes == 0)
        return SLICE("/");
    if (raw_path.at[0] != '/' || is_normal(raw_path))
        return raw_path;
    return normalise_path(arena, raw_path);
}

static void add_path(struct buffer *out, struct slice raw)
{
    struct slice path = auth_signed_path(raw, out->arena);
    buffer_advance(out, encode_percent(path, true, buffer_reserve(out, 3 * path.bytes)));
}

/* ---- headers ---- */

static void add_value(struct buffer *out, struct slice raw)
{
    struct slice rest = slice_trim(raw);
    bool has_tabs = slice_find(rest, '\t') < rest.bytes;
    while (rest.bytes > 0) {
        size_t bytes = slice_find(rest, ' ');
        if (has_tabs) {
            size_t tab = slice_find(slice_head(rest, bytes), '\t');
            bytes = tab < bytes ? tab : bytes;
        }
        buffer_add(out, slice_head(rest, bytes));
        if (bytes == rest.bytes)
            break;
        buffer_add_byte(out, ' ');
        rest = slice_from(rest, bytes);
        while (rest.bytes > 0 && (rest.at[0] == ' ' || rest.at[0] == '\t'))
            rest = slice_from(rest, 1);
    }
}

/* One line for a signed header. False: the request does not have it. *is_used marks the request's
 * headers that have their line, so that no list of names makes the text longer than the request. */
static bool add_header(struct buffer *out, const struct canonical_input *input, struct slice name,
                       bool *is_used)
{
    const struct auth_request *request = input->request;
    bool is_hidden = input->hides_tokens && slice_equal_nocase(name, slice_from_text(token_name));
    bool is_found = false;
    buffer_add(out, name);
    buffer_add_byte(out, ':');
    for (uint32_t i = 0; i < request->headers_count; i++) {
        if (is_used[i] || !slice_equal(request->headers[i].name, name))
            continue;
        is_used[i] = true;
        if (is_found)
            buffer_add_byte(out, ',');
        is_found = true;
        add_value(out, is_hidden ? slice_from_text(hidden) : request->headers[i].value);
    }
    buffer_add_byte(out, '\n');
    return is_found;
}

static enum err add_headers(struct buffer *out, const struct canonical_input *input,
                            struct slice *ret_missing)
{
    bool is_used[AUTH_HEADERS_MAX];
    struct slice missing = SLICE_NONE;
    struct slice rest = input->signed_headers;
    struct slice name;
    uint32_t names_count = 0;
    memset(is_used, 0, input->request->headers_count);
    while (slice_split(&rest, ';', &name)) {
        if (++names_count > AUTH_SIGNED_HEADERS_MAX)
            return ERR_FULL;
        if (!add_header(out, input, name, is_used) && missing.at == NULL)
            missing = name;
    }
    *ret_missing = missing;
    return ERR_OK;
}

enum err canonical_build(const struct canonical_input *input, struct arena *arena,
                         struct slice *ret_text, struct slice *ret_missing)
{
    struct buffer out;
    ASSERT(input->request->headers_count <= AUTH_HEADERS_MAX);
    buffer_init(&out, arena, 1500);
    buffer_add(&out, input->request->method);
    buffer_add_byte(&out, '\n');
    add_path(&out, input->request->raw_path);
    buffer_add_byte(&out, '\n');
    add_query(&out, input);
    buffer_add_byte(&out, '\n');
    if (add_headers(&out, input, ret_missing) != ERR_OK)
        return ERR_FULL;
    buffer_add_byte(&out, '\n');
    buffer_add(&out, input->signed_headers);
    buffer_add_byte(&out, '\n');
    buffer_add(&out, input->payload_hash);
    *ret_text = buffer_slice(&out);
    return ERR_OK;
}

#include "metadata/redis_url.h"

#include "base/encode.h"

#include "base/banned.h"

#define SCHEME       "redis://"
#define DATABASE_MAX 999999

static enum err invalid(const char *why, const char **ret_why)
{
    *ret_why = why;
    return ERR_INVALID;
}

static bool decode(struct slice text, uint8_t ret_bytes[REDIS_URL_SECRET_BYTES], size_t *ret_length)
{
    if (text.bytes > REDIS_URL_SECRET_BYTES)
        return false;
    size_t length = decode_percent(text, false, ret_bytes);
    if (length == SIZE_MAX)
        return false;
    *ret_length = length;
    return true;
}

/* "user:password"; the user may be empty. */
static bool parse_secrets(struct slice text, struct redis_url *url)
{
    size_t cut = slice_find(text, ':');
    if (cut == text.bytes)
        return false;
    url->has_password = true;
    return decode(slice_head(text, cut), url->user_at, &url->user_bytes) &&
           decode(slice_from(text, cut + 1), url->password_at, &url->password_bytes);
}

static bool parse_number(struct slice text, int64_t min, int64_t max, int64_t *ret_number)
{
    int64_t number;
    if (!slice_to_int64(text, &number) || number < min || number > max)
        return false;
    *ret_number = number;
    return true;
}

static bool copy_host(struct slice text, struct redis_url *url)
{
    if (text.bytes == 0 || text.bytes >= REDIS_URL_HOST_BYTES)
        return false;
    for (size_t i = 0; i < text.bytes; i++)
        if (text.at[i] <= ' ' || text.at[i] >= 0x7f)
            return false;
    memcpy(url->host, text.at, text.bytes);
    return true;
}

/* "host", "host:port", "[address]" or "[address]:port". */
static bool parse_host(struct slice text, struct redis_url *url)
{
    int64_t port = REDIS_URL_PORT;
    bool is_bracketed = slice_starts_with(text, SLICE("["));
    size_t end = slice_find(text, is_bracketed ? ']' : ':');
    struct slice host = slice_head(text, end);
    struct slice rest = slice_from(text, end);
    if (is_bracketed) {
        if (rest.bytes == 0)
            return false;
        host = slice_from(host, 1);
        rest = slice_from(rest, 1);
    }
    if (rest.bytes > 0 &&
        (rest.at[0] != ':' || !parse_number(slice_from(rest, 1), 1, UINT16_MAX, &port)))
        return false;
    url->port = (uint16_t)port;
    return copy_host(host, url);
}

/* Where the last such byte stands, or s.bytes. */
static size_t find_last(struct slice s, uint8_t byte)
{
    const uint8_t *at = s.bytes > 0 ? memrchr(s.at, byte, s.bytes) : NULL;
    return at != NULL ? (size_t)(at - s.at) : s.bytes;
}

enum err redis_url_parse(struct slice text, struct redis_url *ret_url, const char **ret_why)
{
    struct redis_url url = {.port = 0};
    int64_t database = 0;
    if (slice_starts_with(text, SLICE("rediss://")))
        return invalid("rediss:// (TLS to Redis) is not supported", ret_why);
    if (!slice_starts_with(text, SLICE(SCHEME)))
        return invalid("the URL must begin with redis://", ret_why);
    text = slice_from(text, strlen(SCHEME));
    size_t slash = slice_find(text, '/');
    struct slice where = slice_head(text, slash);
    struct slice path = slice_from(text, slash);
    size_t at = find_last(where, '@');
    if (at < where.bytes) {
        if (!parse_secrets(slice_head(where, at), &url))
            return invalid("before the @ stands user:password, percent-encoded", ret_why);
        where = slice_from(where, at + 1);
    }
    if (!parse_host(where, &url))
        return invalid("the URL needs a host, and a port from 1 to 65535 if any", ret_why);
    if (path.bytes > 1 && !parse_number(slice_from(path, 1), 0, DATABASE_MAX, &database))
        return invalid("what follows the host is the number of a database", ret_why);
    url.database = (uint32_t)database;
    *ret_url = url;
    return ERR_OK;
}

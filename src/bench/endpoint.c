#include "bench/endpoint.h"

#include <netdb.h>

#include "base/banned.h"

#define SCHEME "http://"

/* What may stand in a request line or header as it is. */
static bool is_plain(struct slice text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (text.at[i] <= ' ' || text.at[i] >= 0x7f || strchr("\"\\<>?#", text.at[i]) != NULL)
            return false;
    return true;
}

/* [::1]:80, name:80, name. */
static bool split_authority(struct slice authority, struct slice *ret_name, struct slice *ret_port)
{
    size_t colon;
    if (authority.bytes > 0 && authority.at[0] == '[') {
        size_t bracket = slice_find(authority, ']');
        *ret_name = slice_from(slice_head(authority, bracket), 1);
        colon = bracket + 1;
        if (bracket == authority.bytes || (colon < authority.bytes && authority.at[colon] != ':'))
            return false;
    } else {
        colon = slice_find(authority, ':');
        *ret_name = slice_head(authority, colon);
    }
    *ret_port = colon < authority.bytes ? slice_from(authority, colon + 1) : SLICE("80");
    return ret_name->bytes > 0;
}

enum err endpoint_parse(struct slice url, struct arena *arena, struct endpoint *ret_endpoint,
                        const char **ret_why)
{
    struct slice name, port;
    int64_t number;
    if (!slice_starts_with(url, SLICE(SCHEME)) || !is_plain(url)) {
        *ret_why = "the endpoint must look like http://HOST:PORT/ (without TLS)";
        return ERR_INVALID;
    }
    struct slice rest = slice_from(url, sizeof(SCHEME) - 1);
    size_t slash = slice_find(rest, '/');
    struct slice authority = slice_head(rest, slash);
    if (!split_authority(authority, &name, &port) || !slice_to_int64(port, &number) || number < 1 ||
        number > 65535) {
        *ret_why = "the endpoint has no host or a bad port";
        return ERR_INVALID;
    }
    struct addrinfo *found = NULL, hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct slice name_text = arena_print(arena, "%.*s%c", SLICE_PRINT(name), 0);
    struct slice port_text = arena_print(arena, "%.*s%c", SLICE_PRINT(port), 0);
    int result =
        getaddrinfo((const char *)name_text.at, (const char *)port_text.at, &hints, &found);
    if (result != 0) {
        *ret_why = gai_strerror(result);
        return ERR_ABSENT;
    }
    struct endpoint endpoint = {
        .path = slash < rest.bytes ? arena_copy(arena, slice_from(rest, slash)) : SLICE("/")};
    if (number == 80)
        authority = slice_head(authority, authority.bytes -
                                              (slice_ends_with(authority, SLICE(":80")) ? 3 : 0));
    endpoint.host = arena_copy(arena, authority);
    memcpy(&endpoint.address, found->ai_addr, found->ai_addrlen);
    endpoint.address_bytes = found->ai_addrlen;
    freeaddrinfo(found);
    *ret_endpoint = endpoint;
    return ERR_OK;
}

struct slice endpoint_path_of(struct slice url)
{
    for (size_t i = 0; i + 2 < url.bytes; i++) {
        if (memcmp(url.at + i, "://", 3) != 0)
            continue;
        struct slice rest = slice_from(url, i + 3);
        size_t slash = slice_find(rest, '/');
        return slash < rest.bytes ? slice_from(rest, slash) : SLICE("/");
    }
    return SLICE("/");
}

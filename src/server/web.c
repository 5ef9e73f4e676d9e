/* Reading lists of hosts and origins, and the verdict on a request by them. */
#include "server/web.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/banned.h"

/* ---- hosts ---- */

/* "[::1]:80" is ::1, "Name.:80" is Name. */
static struct slice name_of(struct slice authority)
{
    if (authority.bytes > 0 && authority.at[0] == '[') {
        struct slice inner = slice_from(authority, 1);
        return slice_head(inner, slice_find(inner, ']'));
    }
    struct slice name = slice_head(authority, slice_find(authority, ':'));
    if (name.bytes > 1 && name.at[name.bytes - 1] == '.')
        name.bytes--;
    return name;
}

static bool is_address(struct slice name, int family, void *ret_address)
{
    char text[INET6_ADDRSTRLEN];
    if (name.bytes >= sizeof(text))
        return false;
    memcpy(text, name.at, name.bytes);
    text[name.bytes] = '\0';
    return inet_pton(family, text, ret_address) == 1;
}

static bool is_loopback_address(struct slice name)
{
    struct in_addr four;
    struct in6_addr six;
    if (is_address(name, AF_INET, &four))
        return ntohl(four.s_addr) >> 24 == 127;
    return is_address(name, AF_INET6, &six) && IN6_IS_ADDR_LOOPBACK(&six);
}

static bool is_any_address(struct slice name)
{
    struct in_addr four;
    struct in6_addr six;
    return is_address(name, AF_INET, &four) || is_address(name, AF_INET6, &six);
}

static bool ends_with_nocase(struct slice name, struct slice end)
{
    return name.bytes > end.bytes &&
           slice_equal_nocase(slice_from(name, name.bytes - end.bytes), end);
}

static bool is_configured(const struct web_rules *rules, struct slice name)
{
    for (unsigned i = 0; i < rules->host_names_count; i++)
        if (slice_equal_nocase(rules->host_names[i], name))
            return true;
    return false;
}

/* Nobody but the machine's owner can point one of these at us: no public name server knows them. */
static bool is_private_name(struct slice name)
{
    return slice_find(name, '.') == name.bytes || ends_with_nocase(name, SLICE(".localhost")) ||
           ends_with_nocase(name, SLICE(".internal"));
}

bool web_is_own_host(const struct web_rules *rules, struct slice authority)
{
    struct slice name = name_of(authority);
    if (authority.bytes == 0)
        return true;
    return name.bytes > 0 &&
           (is_private_name(name) || is_any_address(name) || is_configured(rules, name));
}

bool web_is_admin_host(const struct web_rules *rules, struct slice authority)
{
    struct slice name = name_of(authority);
    return name.bytes > 0 && (slice_equal_nocase(name, SLICE("localhost")) ||
                              is_loopback_address(name) || is_configured(rules, name));
}

/* ---- origins ---- */

/* What stands behind "scheme://"; at == NULL: "null", or no origin at all. */
static struct slice authority_of(struct slice origin)
{
    size_t colon = slice_find(origin, ':');
    struct slice rest = slice_from(origin, colon);
    return slice_starts_with(rest, SLICE("://")) ? slice_from(rest, 3) : SLICE_NONE;
}

static bool is_local_origin(struct slice origin)
{
    struct slice scheme = slice_head(origin, slice_find(origin, ':'));
    struct slice name = name_of(authority_of(origin));
    return (slice_is(scheme, "http") || slice_is(scheme, "https")) &&
           (slice_is(name, "localhost") || slice_is(name, "127.0.0.1") || slice_is(name, "::1"));
}

bool web_allows_origin(const struct web_rules *rules, struct slice origin)
{
    if (rules->allows_local_origins && is_local_origin(origin))
        return true;
    for (unsigned i = 0; i < rules->origins_count; i++)
        if (slice_equal_nocase(rules->origins[i], origin))
            return true;
    return false;
}

static bool is_said_foreign(struct slice fetch_site)
{
    return fetch_site.at != NULL && !slice_is(fetch_site, "same-origin") &&
           !slice_is(fetch_site, "none");
}

bool web_is_foreign(const struct web_request *request)
{
    if (is_said_foreign(request->fetch_site))
        return true;
    return request->origin.at != NULL &&
           (request->authority.bytes == 0 ||
            !slice_equal_nocase(authority_of(request->origin), request->authority));
}

/* ---- configuration ---- */

static bool consists_of(struct slice text, const char *punctuation)
{
    for (size_t i = 0; i < text.bytes; i++) {
        uint8_t c = text.at[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_word && (c == '\0' || strchr(punctuation, c) == NULL))
            return false;
    }
    return text.bytes > 0;
}

static bool is_host_name(struct slice name)
{
    struct in6_addr six;
    return consists_of(name, ".-_") || is_address(name, AF_INET6, &six);
}

static bool is_origin(struct slice origin)
{
    struct slice scheme = slice_head(origin, slice_find(origin, ':'));
    return consists_of(scheme, "+-.") && consists_of(authority_of(origin), ".-_:[]");
}

/* Cuts a list at its commas; false: too many, or one is none. */
static bool read_list(const char *text, bool (*is_one)(struct slice), struct slice *items,
                      unsigned *ret_count)
{
    struct slice rest = text != NULL && text[0] != '\0' ? slice_from_text(text) : SLICE_NONE;
    struct slice part;
    unsigned count = 0;
    while (slice_split(&rest, ',', &part)) {
        part = slice_trim(part);
        if (count == WEB_NAMES_MAX || !is_one(part))
            return false;
        items[count++] = part;
    }
    *ret_count = count;
    return true;
}

enum err web_rules_read(const char *host_names, const char *cors_origins,
                        struct web_rules *ret_rules, const char **ret_wrong, const char **ret_why)
{
    struct web_rules rules = {0};
    if (!read_list(host_names, is_host_name, rules.host_names, &rules.host_names_count)) {
        *ret_wrong = host_names;
        *ret_why = "names or addresses without ports are wanted, separated by commas, 64 at most";
        return ERR_INVALID;
    }
    rules.allows_local_origins = cors_origins != NULL && strcmp(cors_origins, "local") == 0;
    if (!rules.allows_local_origins &&
        !read_list(cors_origins, is_origin, rules.origins, &rules.origins_count)) {
        *ret_wrong = cors_origins;
        *ret_why = "\"local\", or origins such as https://app.example:3000 are wanted, separated "
                   "by commas, 64 at most";
        return ERR_INVALID;
    }
    *ret_rules = rules;
    return ERR_OK;
}

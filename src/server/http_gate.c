/* What is refused before any protocol is spoken: ambiguous framing, strange hosts, pages of other
 * sites. And the answers that let a browser show ours to a page that is allowed. */
#include "base/logger.h"
#include "server/guard.h"
#include "server/http_headers.h"

#include "base/banned.h"

#define HOST_BYTES_MAX 261 /* a DNS name of 255 with a port */

/* ---- framing ---- */

static bool consists_of(struct slice text, const char *punctuation)
{
    for (size_t i = 0; i < text.bytes; i++) {
        uint8_t c = text.at[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_word && (c == '\0' || strchr(punctuation, c) == NULL))
            return false;
    }
    return true;
}

bool http_is_host(struct slice host)
{
    bool is_bracketed = host.bytes > 0 && host.at[0] == '[';
    size_t end = is_bracketed ? slice_find(host, ']') : slice_find(host, ':');
    struct slice name = is_bracketed ? slice_from(slice_head(host, end), 1) : slice_head(host, end);
    struct slice port = slice_from(host, is_bracketed ? end + 1 : end);
    int64_t number;
    if (host.bytes > HOST_BYTES_MAX || (is_bracketed && end == host.bytes))
        return false;
    if (port.bytes > 0 && (port.at[0] != ':' || !slice_to_int64(slice_from(port, 1), &number)))
        return false;
    return consists_of(name, is_bracketed ? ":." : ".-_");
}

/* A connection's requests name the same host as a rule: it is judged once. */
static bool is_host_known(const struct connection *connection, struct slice host)
{
    return slice_equal(host, slice_of(connection->host, connection->host_bytes));
}

static void remember_host(struct connection *connection, struct slice host)
{
    if (host.bytes > sizeof(connection->host))
        return;
    memcpy(connection->host, host.at, host.bytes);
    connection->host_bytes = (uint8_t)host.bytes;
}

bool http_refuse_ambiguous(h2o_req_t *req)
{
    h2o_socket_t *socket = req->conn->callbacks->get_socket(req->conn);
    struct slice bytes = slice_of(socket->input->bytes, socket->input->size);
    struct slice host = http_slice(req->input.authority);
    enum guard_verdict verdict = guard_check(bytes, req->version >= 0x101);
    if (verdict == GUARD_FINE && (is_host_known(connection_of(req), host) || http_is_host(host)))
        return false;
    if (verdict == GUARD_TOO_LARGE)
        http_answer_plain(req, 431, "text/plain", SLICE("Request Header Fields Too Large\n"));
    else
        http_answer_plain(req, 400, "text/plain", SLICE("Bad Request\n"));
    return true;
}

/* ---- strangers ---- */

static void warn_once(struct front *front, bool *has_warned, const char *what, struct slice whose,
                      const char *option)
{
    if (*has_warned)
        return;
    *has_warned = true;
    LOG_WARNING("server",
                "refused a request %s \"%.*s\": %s names what is allowed (told once a worker, this "
                "is %u)",
                what, SLICE_PRINT(slice_head(whose, HOST_BYTES_MAX)), option,
                (unsigned)(front - front->server->fronts));
}

/* A browser whose user typed nothing: without TLS and beyond loopback it sends no Sec-Fetch-Site,
 * and with a GET no Origin. Its actions may be those of any page. */
static bool is_mute_browser(const h2o_req_t *req, const struct http_headers *headers)
{
    return slice_is(http_slice(req->input.method), "GET") && headers->fetch_site.at == NULL &&
           headers->origin.at == NULL && req->query_at != SIZE_MAX &&
           slice_starts_with(headers->user_agent, SLICE("Mozilla/"));
}

static bool is_own_host(struct front *front, h2o_req_t *req, struct slice host)
{
    struct connection *connection = connection_of(req);
    if (is_host_known(connection, host))
        return true;
    if (!web_is_own_host(&front->server->web, host)) {
        warn_once(front, &front->has_warned_of_host, "with the Host", host, "host-names");
        return false;
    }
    remember_host(connection, host);
    return true;
}

const char *http_find_stranger(struct front *front, h2o_req_t *req,
                               const struct http_headers *headers)
{
    const struct web_rules *rules = &front->server->web;
    struct web_request request = {http_slice(req->input.authority), headers->origin,
                                  headers->fetch_site};
    if (front->checks_policies)
        return NULL; /* a page has no key to sign with */
    if (!is_own_host(front, req, request.authority))
        return "The Host of this request is no name of this server. The option host-names adds "
               "names.";
    if (front->server->options.trust_forwarded && headers->forwarded_host.bytes > 0) {
        request.authority = http_first_of(headers->forwarded_host);
        if (!web_is_own_host(rules, request.authority))
            return "The X-Forwarded-Host of this request is no name of this server. The option "
                   "host-names adds names.";
    }
    bool is_foreign = web_is_foreign(&request) || is_mute_browser(req, headers);
    if (!is_foreign || (headers->origin.at != NULL && web_allows_origin(rules, headers->origin)))
        return NULL;
    warn_once(front, &front->has_warned_of_origin, "of a page of", headers->origin, "cors-origins");
    return "A web page of another origin sent this request. The option cors-origins allows "
           "origins.";
}

/* ---- CORS ---- */

#define ALLOWED_HEADERS                                                                        \
    "amz-sdk-invocation-id, amz-sdk-request, authorization, content-type, "                    \
    "x-amz-content-sha256, x-amz-date, x-amz-security-token, x-amz-target, x-amz-user-agent, " \
    "x-amzn-query-mode, x-amzn-trace-id"
#define EXPOSED_HEADERS "x-amzn-RequestId, x-amzn-query-error, Date"
#define MAX_AGE_S       "7200" /* as long as Chromium remembers at most */

static struct slice find_header(const h2o_req_t *req, struct slice lower_name)
{
    ssize_t at =
        h2o_find_header_by_str(&req->headers, (const char *)lower_name.at, lower_name.bytes, -1);
    return at < 0 ? SLICE_NONE : http_slice(req->headers.entries[at].value);
}

static void add_header(h2o_req_t *req, struct slice lower_name, struct slice value)
{
    h2o_add_header_by_str(&req->pool, &req->res.headers, (const char *)lower_name.at,
                          lower_name.bytes, 0, NULL, (const char *)value.at, value.bytes);
}

void http_add_cors(h2o_req_t *req)
{
    struct front *front = H2O_STRUCT_FROM_MEMBER(struct front, context, req->conn->ctx);
    if (!front->server->has_cors || req->hostconf != front->hosts[0])
        return;
    struct slice origin = find_header(req, SLICE("origin"));
    add_header(req, SLICE("vary"), SLICE("Origin"));
    if (origin.at == NULL || !web_allows_origin(&front->server->web, origin))
        return;
    add_header(req, SLICE("access-control-allow-origin"), origin);
    add_header(req, SLICE("access-control-expose-headers"), SLICE(EXPOSED_HEADERS));
}

bool http_answer_preflight(struct front *front, h2o_req_t *req, const struct http_headers *headers)
{
    if (!slice_is(http_slice(req->input.method), "OPTIONS") || headers->origin.at == NULL ||
        find_header(req, SLICE("access-control-request-method")).at == NULL ||
        !web_allows_origin(&front->server->web, headers->origin))
        return false;
    add_header(req, SLICE("access-control-allow-methods"), SLICE("GET, POST"));
    add_header(req, SLICE("access-control-allow-headers"), SLICE(ALLOWED_HEADERS));
    add_header(req, SLICE("access-control-max-age"), SLICE(MAX_AGE_S));
    http_answer_empty(req, 204);
    return true;
}

/* The admin listener: hands requests to src/admin. */
#include <openssl/crypto.h>

#include "admin/admin.h"
#include "server/http_headers.h"

#include "base/banned.h"

struct admin_exchange {
    struct admin_request request;
    struct api_parameters parameters;
    struct arena arena;
    h2o_req_t *req; /* NULL when h2o is done with it */
    struct connection *connection;
    bool is_done;
};

static void destroy(struct admin_exchange *exchange)
{
    arena_done(&exchange->arena);
    free(exchange);
}

static void exchange_ended(void *data)
{
    struct admin_exchange **holder = data;
    struct admin_exchange *exchange = *holder;
    connections_end_call(exchange->connection);
    exchange->req = NULL;
    if (exchange->is_done)
        destroy(exchange);
}

static void answer(struct admin_request *request)
{
    struct admin_exchange *exchange = request->context;
    exchange->is_done = true;
    if (exchange->req != NULL &&
        H2O_STRUCT_FROM_MEMBER(struct front, context, exchange->req->conn->ctx)->is_over)
        return; /* its connection goes with the process */
    if (exchange->req != NULL)
        http_answer_plain(exchange->req, request->status, "application/json", request->body);
    else
        destroy(exchange);
}

/* ---- who may ask ---- */

/* One that no page can add without our leave. */
static bool has_own_header(const h2o_req_t *req)
{
    ssize_t at = h2o_find_header_by_str(&req->headers, H2O_STRLIT("x-leat-admin"), -1);
    return at >= 0 && slice_is(http_slice(req->headers.entries[at].value), "1");
}

static bool is_json(struct slice type)
{
    struct slice name = slice_trim(slice_head(type, slice_find(type, ';')));
    return slice_equal_nocase(name, SLICE("application/json")) ||
           slice_equal_nocase(name, SLICE("application/x-ndjson"));
}

/* In a time that says nothing of the token. */
static bool has_token(const struct server *server, const h2o_req_t *req)
{
    ssize_t at = h2o_find_header(&req->headers, H2O_TOKEN_AUTHORIZATION, -1);
    struct slice value = at < 0 ? SLICE_NONE : http_slice(req->headers.entries[at].value);
    uint8_t given[sizeof(server->admin_token)] = {0};
    if (!slice_equal_nocase(slice_head(value, 7), SLICE("Bearer ")))
        return false;
    struct slice token = slice_trim(slice_from(value, 7));
    if (token.bytes >= sizeof(given))
        return false;
    memcpy(given, token.bytes > 0 ? token.at : given, token.bytes);
    return CRYPTO_memcmp(given, server->admin_token, sizeof(given)) == 0;
}

/* The status of a refusal; 0: go on. Over TCP anybody on the machine can connect, so a token tells
 * who may read the server's data directory. */
static int find_fault(struct server *server, const h2o_req_t *req,
                      const struct http_headers *headers, struct slice *ret_why)
{
    struct slice method = http_slice(req->input.method);
    struct web_request web = {http_slice(req->input.authority), headers->origin,
                              headers->fetch_site};
    *ret_why =
        SLICE("{\"error\":\"the Host of an admin request is a loopback address, localhost or "
              "one of host-names\"}\n");
    if (!web_is_admin_host(&server->web, web.authority))
        return 403;
    *ret_why = SLICE("{\"error\":\"web pages of other origins may not use the admin listener\"}\n");
    if (web_is_foreign(&web))
        return 403;
    *ret_why =
        SLICE("{\"error\":\"the admin listener wants the token of the server's data directory: "
              "Authorization: Bearer, from the file admin.token\"}\n");
    if (server->admin_token[0] != '\0' && !has_token(server, req))
        return 401;
    if (slice_is(method, "GET") || slice_is(method, "HEAD"))
        return 0;
    *ret_why = SLICE("{\"error\":\"a change wants the header x-leat-admin: 1\"}\n");
    if (!has_own_header(req))
        return 403;
    *ret_why = SLICE("{\"error\":\"a change wants the Content-Type application/json or "
                     "application/x-ndjson\"}\n");
    return is_json(headers->content_type) ? 0 : 415;
}

static bool refuse_stranger(struct server *server, h2o_req_t *req,
                            const struct http_headers *headers)
{
    struct slice why;
    int status = find_fault(server, req, headers, &why);
    if (status == 0)
        return false;
    if (status == 401)
        h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_WWW_AUTHENTICATE, NULL,
                       H2O_STRLIT("Bearer realm=\"leat admin\""));
    http_answer_plain(req, status, "application/json", why);
    return true;
}

/* ---- the request ---- */

static void refuse(struct admin_exchange *exchange, int status, struct slice body)
{
    exchange->request.status = status;
    exchange->request.body = body;
    answer(&exchange->request);
}

int http_on_admin_request(h2o_handler_t *self, h2o_req_t *req)
{
    struct front *front = H2O_STRUCT_FROM_MEMBER(struct front, context, req->conn->ctx);
    struct slice whole = slice_of(req->input.path.base, req->input.path.len);
    size_t cut = req->input.query_at != SIZE_MAX ? req->input.query_at : whole.bytes;
    struct api_error error = {0};
    struct http_headers headers;
    MAYBE(self);
    if (http_refuse_ambiguous(req) || http_answer_health(front, req, slice_head(whole, cut)))
        return 0;
    http_headers_read(req, &headers);
    if (refuse_stranger(front->server, req, &headers))
        return 0;
    struct admin_exchange *exchange = calloc(1, sizeof(*exchange));
    ASSERT(exchange != NULL);
    arena_init(&exchange->arena);
    struct admin_exchange **holder =
        h2o_mem_alloc_shared(&req->pool, sizeof(*holder), exchange_ended);
    *holder = exchange;
    exchange->req = req;
    exchange->connection = connection_of(req);
    connections_begin_call(exchange->connection);
    exchange->request = (struct admin_request){
        .worker = front->worker,
        .arena = &exchange->arena,
        .method = slice_of(req->input.method.base, req->input.method.len),
        .path = slice_head(whole, cut),
        .content_type = headers.content_type,
        .input = slice_of(req->entity.base, req->entity.len),
        .parameters = &exchange->parameters,
        .account = slice_from_text(front->server->options.account),
        .done = answer,
        .context = exchange,
    };
    if (!api_parse_query(&exchange->arena, slice_from(whole, cut + 1), SLICE_NONE,
                         &exchange->parameters, &error))
        refuse(exchange, 400, SLICE("{\"error\":\"the query string is malformed\"}\n"));
    else if (exchange->request.input.bytes > ADMIN_INPUT_BYTES_MAX)
        refuse(exchange, 413, SLICE("{\"error\":\"the body is larger than 4 MiB\"}\n"));
    else
        admin_start(&exchange->request);
    return 0;
}

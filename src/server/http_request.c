/* From h2o's request to a call: what is refused before any protocol is spoken, which protocol it
 * is, who sends it. */
#include "base/random.h"
#include "server/http_headers.h"

#include "base/banned.h"

#define INVOCATION_BYTES_MAX 128 /* SDKs send a UUID */

/* What of the call must be let go when h2o is done with the request. */
struct exchange {
    struct call *call;
    struct connection *connection;
};

static void exchange_ended(void *data)
{
    struct exchange *exchange = data;
    connections_end_call(exchange->connection);
    if (exchange->call != NULL)
        call_release(exchange->call);
}

/* ---- health ---- */

bool http_answer_health(struct front *front, h2o_req_t *req, struct slice path)
{
    bool is_read = slice_is(http_slice(req->input.method), "GET") ||
                   slice_is(http_slice(req->input.method), "HEAD");
    if (!is_read || req->query_at != SIZE_MAX)
        return false;
    if (slice_is(path, "/livez")) {
        http_answer_plain(req, 200, "text/plain", SLICE("ok\n"));
        return true;
    }
    if (!slice_is(path, "/readyz"))
        return false;
    if (front->is_draining)
        http_answer_plain(req, 503, "text/plain", SLICE("stopping\n"));
    else if (!node_is_healthy(worker_node(front->worker)))
        http_answer_plain(req, 503, "text/plain", SLICE("a log has failed\n"));
    else if (!catalog_is_ready(node_catalog(worker_node(front->worker))))
        http_answer_plain(req, 503, "text/plain", SLICE("the metadata store does not answer\n"));
    else
        http_answer_plain(req, 200, "text/plain", SLICE("ok\n"));
    return true;
}

/* A browser's GET of "/" is no SQS request: those name an Action or have a body. False: it is for something else. */
static bool answer_welcome(h2o_req_t *req, struct slice path)
{
    static const char text[] =
        "leat: a message queue server that speaks the Amazon SQS API.\n\n"
        "This address is for SQS clients: set it as the endpoint URL of an AWS SDK or of the AWS command line.\n"
        "Health: GET /livez and GET /readyz. Queues and messages: the command `leat queues`.\n";
    bool is_post = slice_is(http_slice(req->input.method), "POST");
    if (is_post || !slice_is(path, "/") || req->input.query_at != SIZE_MAX || req->entity.len > 0)
        return false;
    http_answer_plain(req, 200, "text/plain", slice_of(text, sizeof(text) - 1));
    return true;
}

/* ---- who ---- */

/* Scheme and host under which the client reaches us: queue URLs start so (A1). */
static void set_base(struct call *call, const h2o_req_t *req, const struct http_headers *headers)
{
    const struct server *server = call->front->server;
    call->scheme = http_slice(req->input.scheme->name);
    call->host = http_slice(req->input.authority);
    if (server->options.trust_forwarded) {
        struct slice scheme = headers->forwarded_proto;
        struct slice host = headers->forwarded_host;
        scheme = slice_trim(slice_head(scheme, slice_find(scheme, ',')));
        if (slice_equal_nocase(scheme, SLICE("https")))
            call->scheme = SLICE("https");
        else if (slice_equal_nocase(scheme, SLICE("http")))
            call->scheme = SLICE("http");
        host = http_first_of(host);
        if (host.bytes > 0 && http_is_host(host))
            call->host = host;
    }
    if (call->host.bytes == 0)
        call->host = slice_from_text(server->address);
}

static struct slice print_number(struct arena *arena, size_t number)
{
    struct buffer text;
    buffer_init(&text, arena, 20);
    buffer_add_int64(&text, (int64_t)number);
    return buffer_slice(&text);
}

/* The headers as the client signed them: h2o takes Host and Content-Length out. */
static uint32_t rebuild_headers(struct arena *arena, const h2o_req_t *req,
                                struct auth_header **ret_headers)
{
    struct auth_header *headers =
        arena_take(arena, (req->headers.size + 2) * sizeof(struct auth_header));
    uint32_t count = 0;
    headers[count++] = (struct auth_header){SLICE("host"), http_slice(req->input.authority)};
    if (req->entity.base != NULL)
        headers[count++] =
            (struct auth_header){SLICE("content-length"), print_number(arena, req->entity.len)};
    for (size_t i = 0; i < req->headers.size; i++) {
        const h2o_header_t *header = &req->headers.entries[i];
        headers[count++] =
            (struct auth_header){http_slice(*header->name), http_slice(header->value)};
    }
    *ret_headers = headers;
    return count;
}

/* The error was made in memory that is used again for the next request. */
static void keep_error(struct call *call)
{
    call->error.message = arena_copy(&call->arena, call->error.message);
    if (call->error.query_message.at != NULL)
        call->error.query_message = arena_copy(&call->arena, call->error.query_message);
}

static bool authenticate(struct call *call, const h2o_req_t *req, struct slice raw_path,
                         struct slice query)
{
    struct arena *scratch = &call->front->scratch;
    struct auth_header *headers = NULL;
    struct auth_request request = {
        .method = http_slice(req->input.method),
        .raw_path = raw_path,
        .raw_query = query,
        .body = call->body,
    };
    /* Signatures are made with the client's real time: a manual clock is for queues. */
    call->context.now = clock_machine_wall();
    if (call->front->checks_policies)
        request.headers_count = rebuild_headers(scratch, req, &headers);
    request.headers = headers;
    bool is_genuine = auth_verify(call->front->verifier, &request, call->context.now, scratch,
                                  &call->identity, &call->error);
    if (!is_genuine)
        keep_error(call);
    arena_reset(scratch); /* the identity's texts are the verifier's */
    return is_genuine;
}

/* Printed once a connection. */
static struct slice source_ip(h2o_req_t *req)
{
    struct connection *connection = connection_of(req);
    struct sockaddr_storage at;
    char text[NI_MAXHOST];
    if (connection->source_ip[0] == '\0') {
        socklen_t bytes = req->conn->callbacks->get_peername(req->conn, (struct sockaddr *)&at);
        size_t length = SIZE_MAX;
        if (bytes > 0)
            length = h2o_socket_getnumerichost((struct sockaddr *)&at, bytes, text);
        if (length < sizeof(connection->source_ip))
            memcpy(connection->source_ip, text, length);
    }
    return slice_from_text(connection->source_ip);
}

static void set_context(struct call *call, h2o_req_t *req, const struct http_headers *headers)
{
    call->context = (struct policy_context){
        .now = call->context.now,
        .is_secure = slice_is(http_slice(req->input.scheme->name), "https"),
        .source_ip = arena_copy(&call->arena, source_ip(req)),
        .user_agent = headers->user_agent,
        .referer = headers->referer,
    };
}

/* ---- which protocol, which action ---- */

static bool is_form(const struct http_headers *headers)
{
    static const struct slice form = {(const uint8_t *)"application/x-www-form-urlencoded", 33};
    struct slice type = headers->content_type;
    return type.bytes == 0 || slice_equal_nocase(slice_head(type, form.bytes), form);
}

static bool speaks_json(const struct http_headers *headers)
{
    static const struct slice json = {(const uint8_t *)"application/x-amz-json-1.", 25};
    struct slice type = headers->content_type;
    return headers->target.at != NULL ||
           (type.bytes > json.bytes && slice_equal_nocase(slice_head(type, json.bytes), json));
}

/* A queue's endpoint has a path; the service's is "/" (A1). */
static bool is_queue_path(struct slice path)
{
    return path.bytes > 1;
}

static void run_json(struct call *call, struct slice target)
{
    call->protocol = API_JSON;
    if (api_peek_target(target, &call->action)) {
        call_run(call);
        return;
    }
    api_fail_print(&call->error, &call->arena, API_ERROR_UNKNOWN_OPERATION,
                   "The operation %.*s is not known to this service.", SLICE_PRINT(target));
    call_fail_early(call);
}

static void run_query(struct call *call, struct slice accept)
{
    struct slice name = api_parameter_find(&call->parameters, "Action");
    bool is_known = api_peek_action(name, &call->action);
    bool is_for_service =
        is_known && (call->action == API_CREATE_QUEUE || call->action == API_LIST_QUEUES);
    if (slice_equal_nocase(slice_head(accept, 16), SLICE("application/json")))
        call->protocol = API_QUERY_JSON;
    if (is_known && !(is_for_service && is_queue_path(call->path))) {
        call_run(call);
        return;
    }
    api_fail_print(&call->error, &call->arena, API_ERROR_UNKNOWN_OPERATION,
                   "The action %.*s is not valid for this endpoint.", SLICE_PRINT(name));
    call_fail_early(call);
}

static struct call *open_call(struct front *front, h2o_req_t *req)
{
    struct call *call = call_create(front);
    struct exchange *exchange = h2o_mem_alloc_shared(&req->pool, sizeof(*exchange), exchange_ended);
    uint8_t id[16];
    exchange->call = call;
    exchange->connection = connection_of(req);
    connections_begin_call(exchange->connection);
    random_uuid(id);
    uuid_print(id, call->request_id);
    call->exchange = req;
    return call;
}

static void run(struct call *call, h2o_req_t *req, const struct http_headers *headers)
{
    struct slice whole = http_slice(req->input.path);
    size_t cut = req->input.query_at != SIZE_MAX ? req->input.query_at : whole.bytes;
    struct slice query = slice_from(whole, cut + 1);
    struct slice raw_path = slice_head(whole, cut);
    call->path = auth_signed_path(raw_path, &call->arena);
    call->body = http_slice(req->entity);
    set_base(call, req, headers);
    call->invocation_id = slice_head(headers->invocation_id, INVOCATION_BYTES_MAX);
    call->trace_header = headers->trace;
    call->protocol = speaks_json(headers) ? API_JSON : API_QUERY;
    if (!authenticate(call, req, raw_path, query) && !call->identity.is_anonymous) {
        call_fail(call);
        return;
    }
    call->error = (struct api_error){0};
    if (call->front->checks_policies)
        set_context(call, req, headers);
    if (call->protocol == API_JSON) {
        run_json(call, headers->target);
        return;
    }
    struct slice form = is_form(headers) ? call->body : SLICE_NONE;
    if (!api_parse_query(&call->arena, query, form, &call->parameters, &call->error)) {
        call_fail_early(call);
        return;
    }
    run_query(call, headers->accept);
}

/* A query request without an Action, in the URL or in a form (A1). */
static bool has_no_action(const h2o_req_t *req, const struct http_headers *headers)
{
    bool is_get = !slice_is(http_slice(req->input.method), "POST");
    struct slice query =
        slice_from(http_slice(req->input.path),
                   req->input.query_at == SIZE_MAX ? SIZE_MAX - 1 : req->input.query_at + 1);
    if (speaks_json(headers))
        return false;
    if (!is_get && req->entity.len > 0)
        return false;
    return memmem(query.at != NULL ? query.at : (const uint8_t *)"", query.bytes, "Action=", 7) ==
           NULL;
}

/* In the form of the protocol that was spoken, so that SDKs show the text. */
static void refuse(struct front *front, h2o_req_t *req, const struct http_headers *headers,
                   const char *why)
{
    struct call *call = open_call(front, req);
    call->protocol = speaks_json(headers) ? API_JSON : API_QUERY;
    call_fail_with(call, API_ERROR_ACCESS_DENIED, slice_from_text(why));
}

/* HEAD is a look that changes nothing, so it starts no action. */
static bool is_method_known(struct slice method, bool has_action)
{
    return slice_is(method, "POST") || slice_is(method, "GET") ||
           (slice_is(method, "HEAD") && !has_action);
}

int http_on_api_request(h2o_handler_t *self, h2o_req_t *req)
{
    struct front *front = H2O_STRUCT_FROM_MEMBER(struct front, context, req->conn->ctx);
    struct slice whole = http_slice(req->input.path);
    struct slice path =
        slice_head(whole, req->input.query_at != SIZE_MAX ? req->input.query_at : whole.bytes);
    struct http_headers headers;
    const char *why;
    MAYBE(self);
    if (http_refuse_ambiguous(req) || http_answer_health(front, req, path))
        return 0;
    http_headers_read(req, &headers);
    if ((why = http_find_stranger(front, req, &headers)) != NULL) {
        refuse(front, req, &headers, why);
        return 0;
    }
    if (http_answer_preflight(front, req, &headers))
        return 0;
    bool has_action = !has_no_action(req, &headers);
    if (!is_method_known(http_slice(req->input.method), has_action))
        http_answer_plain(req, 405, "text/plain", SLICE("Method Not Allowed\n"));
    else if (!has_action && answer_welcome(req, path))
        return 0;
    else if (!has_action)
        http_answer_plain(req, 404, "text/xml", SLICE("<UnknownOperationException/>\n"));
    else
        run(open_call(front, req), req, &headers);
    return 0;
}

/* The admin listener: hands requests to src/admin. */
#include "admin/admin.h"
#include "server/front.h"

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

static struct slice find_content_type(const h2o_req_t *req)
{
    ssize_t at = h2o_find_header(&req->headers, H2O_TOKEN_CONTENT_TYPE, -1);
    if (at < 0)
        return SLICE_NONE;
    return slice_of(req->headers.entries[at].value.base, req->headers.entries[at].value.len);
}

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
    MAYBE(self);
    if (http_answer_health(front, req, slice_head(whole, cut)))
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
        .content_type = find_content_type(req),
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

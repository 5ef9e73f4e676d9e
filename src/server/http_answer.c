/* Answers on their way to h2o. */
#include "server/front.h"

#include "base/banned.h"

const char *http_reason(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 204:
        return "No Content";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 413:
        return "Payload Too Large";
    case 415:
        return "Unsupported Media Type";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 503:
        return "Service Unavailable";
    default:
        return status < 500 ? "Error" : "Server Error";
    }
}

static h2o_generator_t
    no_generator; /* all data is there at once: nothing to proceed with, nothing to stop */

static void add_header(h2o_req_t *req, const char *lower_name, const char *name, struct slice value)
{
    h2o_add_header_by_str(&req->pool, &req->res.headers, lower_name, strlen(lower_name), 0, name,
                          (const char *)value.at, value.bytes);
}

static void send_body(h2o_req_t *req, int status, struct slice body)
{
    h2o_iovec_t vector = h2o_iovec_init(body.at, body.bytes);
    bool is_head = h2o_memis(req->input.method.base, req->input.method.len, H2O_STRLIT("HEAD"));
    req->res.status = status;
    req->res.reason = http_reason(status);
    req->res.content_length = body.bytes;
    http_add_cors(req);
    h2o_start_response(req, &no_generator);
    h2o_send(req, &vector, is_head || body.bytes == 0 ? 0 : 1, H2O_SEND_STATE_FINAL);
}

void http_answer_empty(h2o_req_t *req, int status)
{
    send_body(req, status, SLICE_NONE);
}

void http_answer_plain(h2o_req_t *req, int status, const char *content_type, struct slice body)
{
    if (status >= 400)
        req->http1_is_persistent = 0;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, content_type,
                   strlen(content_type));
    send_body(req, status, body);
}

static struct slice encode(struct call *call, int *ret_status)
{
    struct buffer out;
    struct slice request_id = slice_of(call->request_id, sizeof(call->request_id));
    buffer_init(&out, &call->arena, 512 + call->answer_bytes_hint);
    if (call->error.row != NULL) {
        *ret_status = call->error.row->status;
        api_encode_error(&out, call->protocol, &call->error, request_id);
    } else {
        *ret_status = 200;
        api_encode_response(&out, call->protocol, call->action, call->response, request_id);
    }
    return buffer_slice(&out);
}

/* The header by which SDKs learn the query protocol's code of a JSON error (A3). */
static void add_query_error(h2o_req_t *req, struct call *call)
{
    const struct api_error_row *row = call->error.row;
    struct slice value = arena_print(&call->arena, "%s;%s", row->query_code,
                                     row->is_receiver_fault ? "Receiver" : "Sender");
    add_header(req, "x-amzn-query-error", "x-amzn-query-error", value);
}

void front_answer(struct call *call)
{
    h2o_req_t *req = call->exchange;
    int status;
    struct slice body = encode(call, &status);
    struct slice type = api_content_type(call->protocol);
    add_header(req, "x-amzn-requestid", "x-amzn-RequestId",
               slice_of(call->request_id, sizeof(call->request_id)));
    if (call->error.row != NULL && call->protocol == API_JSON)
        add_query_error(req, call);
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                   (const char *)type.at, type.bytes);
    if (call->front->is_draining || call->node.is_cancelled)
        req->http1_is_persistent = 0;
    send_body(req, status, body);
}

/* The headers of a request that the steps after h2o look at, found in one walk. */
#ifndef LEAT_SERVER_HTTP_HEADERS_H
#define LEAT_SERVER_HTTP_HEADERS_H

#include "server/front.h"

/* Values without the blanks around them; at == NULL when absent, the first of several. They live as long as the
 * request. */
struct http_headers {
    struct slice accept, content_type, referer, user_agent;
    struct slice target;          /* X-Amz-Target */
    struct slice invocation_id;   /* amz-sdk-invocation-id */
    struct slice trace;           /* X-Amzn-Trace-Id */
    struct slice forwarded_host;  /* X-Forwarded-Host */
    struct slice forwarded_proto; /* X-Forwarded-Proto */
    struct slice origin;          /* Origin */
    struct slice fetch_site;      /* Sec-Fetch-Site */
};

void http_headers_read(const h2o_req_t *req, struct http_headers *ret_headers);

static inline struct slice http_slice(h2o_iovec_t vector)
{
    return slice_of(vector.base, vector.len);
}

/* Of a list that proxies append to: what the first one said. */
static inline struct slice http_first_of(struct slice list)
{
    return slice_trim(slice_head(list, slice_find(list, ',')));
}

/* http_gate.c: what is refused before any protocol is spoken. */
/* True: framing that could be read in two ways, or a Host that is none, was answered. */
bool http_refuse_ambiguous(h2o_req_t *req);
/* A host name or address with an optional port: it goes into queue URLs, so nothing else may. */
bool http_is_host(struct slice host);
/* Without signatures: is it a page's request that no rule allows? Says why; NULL: go on. */
const char *http_find_stranger(struct front *front, h2o_req_t *req,
                               const struct http_headers *headers);
/* A browser asks whether a page may; true: it was answered. */
bool http_answer_preflight(struct front *front, h2o_req_t *req, const struct http_headers *headers);

#endif

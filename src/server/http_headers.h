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
};

void http_headers_read(const h2o_req_t *req, struct http_headers *ret_headers);

static inline struct slice http_slice(h2o_iovec_t vector)
{
    return slice_of(vector.base, vector.len);
}

#endif

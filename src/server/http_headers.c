#include "server/http_headers.h"

#include "base/banned.h"

/* h2o has made names lower case. By length first: it runs for every header of every request. */
static struct slice *find_place(struct http_headers *headers, struct slice name)
{
    switch (name.bytes) {
    case sizeof("accept") - 1: /* origin is as long */
        if (slice_equal(name, SLICE("accept")))
            return &headers->accept;
        return slice_equal(name, SLICE("origin")) ? &headers->origin : NULL;
    case sizeof("referer") - 1:
        return slice_equal(name, SLICE("referer")) ? &headers->referer : NULL;
    case sizeof("user-agent") - 1:
        return slice_equal(name, SLICE("user-agent")) ? &headers->user_agent : NULL;
    case sizeof("content-type") - 1: /* x-amz-target is as long */
        if (slice_equal(name, SLICE("content-type")))
            return &headers->content_type;
        return slice_equal(name, SLICE("x-amz-target")) ? &headers->target : NULL;
    case sizeof("sec-fetch-site") - 1:
        return slice_equal(name, SLICE("sec-fetch-site")) ? &headers->fetch_site : NULL;
    case sizeof("x-amzn-trace-id") - 1:
        return slice_equal(name, SLICE("x-amzn-trace-id")) ? &headers->trace : NULL;
    case sizeof("x-forwarded-host") - 1:
        return slice_equal(name, SLICE("x-forwarded-host")) ? &headers->forwarded_host : NULL;
    case sizeof("x-forwarded-proto") - 1:
        return slice_equal(name, SLICE("x-forwarded-proto")) ? &headers->forwarded_proto : NULL;
    case sizeof("amz-sdk-invocation-id") - 1:
        return slice_equal(name, SLICE("amz-sdk-invocation-id")) ? &headers->invocation_id : NULL;
    default:
        return NULL;
    }
}

void http_headers_read(const h2o_req_t *req, struct http_headers *ret_headers)
{
    struct http_headers headers = {0};
    for (size_t i = 0; i < req->headers.size; i++) {
        const h2o_header_t *header = &req->headers.entries[i];
        struct slice *place = find_place(&headers, http_slice(*header->name));
        if (place != NULL && place->at == NULL)
            *place = slice_trim(http_slice(header->value));
    }
    *ret_headers = headers;
}

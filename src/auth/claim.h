/* What a request says about its sender, taken apart but not yet believed: the Authorization header,
 * or the X-Amz-... parameters of a presigned URL (reference B1, B2).
 *
 * Pure; memory and texts come from the arena given. */
#ifndef LEAT_AUTH_CLAIM_H
#define LEAT_AUTH_CLAIM_H

#include "auth/auth.h"
#include "auth/canonical.h"

#define CLAIM_DATE_BYTES 8u

/* The headers that verification looks at; at == NULL: absent. The first of each name counts. */
struct claim_headers {
    struct slice authorization;
    struct slice amz_date;
    struct slice date;
    struct slice token;
    struct slice payload_hash;
    struct slice content_type;
    struct slice target; /* X-Amz-Target */
};

struct claim {
    bool is_presigned;
    struct slice access_key;
    struct slice scope; /* date/region/service/terminator, the parts of which follow */
    struct slice date;
    struct slice region;
    struct slice service;
    struct slice terminator;
    struct slice signed_headers;
    struct slice signature; /* as text */
    struct slice timestamp; /* TIMESTAMP_BASIC_BYTES */
    int64_t signed_at_s;
    struct slice token; /* at == NULL: none */
};

/* False: too many headers, or too large; *ret_error is set. */
bool claim_collect_headers(const struct auth_request *request, struct arena *arena,
                           struct claim_headers *ret_headers, struct api_error *ret_error);

/* Finds and parses the credentials. False: *ret_error has IncompleteSignature with its text, or
 * AccessDenied's row with an empty message when there are none at all. *ret_query: the request's
 * query, parsed. */
bool claim_parse(const struct auth_request *request, const struct claim_headers *headers,
                 struct arena *arena, struct claim *ret_claim, struct canonical_query *ret_query,
                 struct api_error *ret_error);

/* A client's bytes as they may stand in an error text: the first kilobyte, all but printable ASCII
 * as '?'. */
struct slice claim_echo(struct arena *arena, struct slice text);

#endif

/* The canonical request of Signature Version 4 (reference B1).
 *
 * - Canonical URI: dot segments removed and slashes merged in the path as on the wire, then
 *   percent-encoded: the double encoding that AWS asks for everywhere but in S3. Queue paths have
 *   nothing to encode, so single-encoding signers agree.
 * - Canonical query: every name and value decoded ('+' is a blank) and encoded again, sorted by
 *   name, then value.
 * - Canonical headers: values trimmed, runs of blanks made one, values of one name joined by a comma
 *   in the order received.
 *
 * Pure; all memory comes from the arena given and is bounded by the request's size times three. */
#ifndef LEAT_AUTH_CANONICAL_H
#define LEAT_AUTH_CANONICAL_H

#include "auth/auth.h"

/* A parameter of the query string, percent-encoded in the canonical way. */
struct canonical_parameter {
    struct slice name;
    struct slice value;
};

struct canonical_query {
    struct canonical_parameter *items; /* sorted */
    uint32_t count;
};

/* ERR_INVALID: a broken percent escape. ERR_FULL: more than AUTH_PARAMETERS_MAX. */
MUST_CHECK enum err canonical_parse_query(struct arena *arena, struct slice raw_query,
                                          struct canonical_query *ret_query);
/* The decoded value of the first parameter of that name; at == NULL when there is none. */
struct slice canonical_find(const struct canonical_query *query, const char *name,
                            struct arena *arena);

struct canonical_input {
    const struct auth_request *request;
    const struct canonical_query *query;
    bool is_presigned;           /* leave out X-Amz-Signature */
    struct slice signed_headers; /* "host;x-amz-date" */
    struct slice payload_hash;   /* hexadecimal */
    bool hides_tokens;           /* for a log: values of X-Amz-Security-Token are left out */
};

/* The text whose hash is signed. *ret_missing: a signed header that the request does not have (it
 * counts as empty), or SLICE_NONE. ERR_FULL: more than AUTH_SIGNED_HEADERS_MAX names. */
MUST_CHECK enum err canonical_build(const struct canonical_input *input, struct arena *arena,
                                    struct slice *ret_text, struct slice *ret_missing);

#endif

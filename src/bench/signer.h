/* Signature Version 4 on the sender's side, for the one shape of request that the load generator makes: a POST without
 * a query string, with the headers content-type, host, x-amz-date, x-amz-security-token and x-amz-target signed.
 *
 * What stays the same is made once: the signing key a day, the date header a second. Thread: one owner. */
#ifndef LEAT_BENCH_SIGNER_H
#define LEAT_BENCH_SIGNER_H

#include "base/buffer.h"
#include "base/clock.h"

enum signer_mode {
    SIGNER_NONE, /* no Authorization header */
    SIGNER_DUMMY, /* one of the right form whose signature is zeros: for servers that do not look at it */
    SIGNER_V4,
};

struct signer_options {
    enum signer_mode mode;
    struct slice access_key;
    struct slice secret_key;
    struct slice token; /* empty: none */
    struct slice region;
};

struct signer;

/* The slices outlive the signer. */
struct signer *signer_create(const struct signer_options *options);
/* Wipes the key. Accepts NULL. */
void signer_destroy(struct signer *signer);

struct signer_request {
    struct slice path;
    struct slice host;
    struct slice content_type;
    struct slice target; /* of X-Amz-Target; empty in the query protocol */
    struct slice body;
};

/* Adds the header lines X-Amz-Date, X-Amz-Security-Token and Authorization, each with its line end, to `out`. */
void signer_add_headers(struct signer *signer, const struct signer_request *request,
                        struct wall_ms now, struct buffer *out);

#endif

/* MD5, SHA-256 and HMAC-SHA-256 by OpenSSL.
 *
 * Any thread; nothing to free. */
#ifndef LEAT_BASE_DIGEST_H
#define LEAT_BASE_DIGEST_H

#include "base/slice.h"

#define MD5_BYTES    16u
#define SHA256_BYTES 32u

void digest_md5(struct slice bytes, uint8_t ret_digest[MD5_BYTES]);
void digest_sha256(struct slice bytes, uint8_t ret_digest[SHA256_BYTES]);
void digest_hmac_sha256(struct slice key, struct slice bytes, uint8_t ret_digest[SHA256_BYTES]);

/* A key made ready for HMAC-SHA-256: half the cost of digest_hmac_sha256 for short texts.
 * Immutable, shared by threads. */
struct digest_hmac;
struct digest_hmac *digest_hmac_create(struct slice key);
/* Wipes it. Accepts NULL. */
void digest_hmac_destroy(struct digest_hmac *hmac);
void digest_hmac_sign(const struct digest_hmac *hmac, struct slice bytes,
                      uint8_t ret_digest[SHA256_BYTES]);

/* Overwrites secrets so that the compiler cannot leave it out. */
void digest_wipe(void *at, size_t bytes);

/* A hash in parts. Between begin and end no other digest_* call of the same kind on this thread. */
void digest_md5_begin(void);
void digest_md5_add(struct slice bytes);
void digest_md5_end(uint8_t ret_digest[MD5_BYTES]);
void digest_sha256_begin(void);
void digest_sha256_add(struct slice bytes);
void digest_sha256_end(uint8_t ret_digest[SHA256_BYTES]);

/* True when equal; the time taken does not depend on where they differ. */
bool digest_equal(const void *a, const void *b, size_t bytes);

#endif

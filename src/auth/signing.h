/* Signing keys of Signature Version 4, and a bounded cache of them: making one costs more than
 * checking a request.
 *
 * Only keys that have verified a signature are put into the cache, so that strangers cannot push
 * others out. Thread: its owner's only. */
#ifndef LEAT_AUTH_SIGNING_H
#define LEAT_AUTH_SIGNING_H

#include "auth/claim.h"
#include "auth/credentials.h"
#include "base/digest.h"

struct signing_cache;

struct signing_cache *signing_cache_create(void);
/* Wipes the keys. Accepts NULL. */
void signing_cache_destroy(struct signing_cache *cache);

/* NULL: not there. Borrowed: valid until the next put. */
const struct digest_hmac *signing_cache_find(const struct signing_cache *cache,
                                             const struct auth_key *key, const struct claim *claim);
/* Of a date and region for which find gave NULL. Takes the oldest of its set's places; does nothing
 * for a region of a length that no region has. */
void signing_cache_put(struct signing_cache *cache, const struct auth_key *key,
                       const struct claim *claim, const uint8_t signing_key[SHA256_BYTES]);

/* The key for the claim's date, region, service and terminator. */
void signing_derive(const struct auth_key *key, const struct claim *claim, struct arena *arena,
                    uint8_t ret_signing_key[SHA256_BYTES]);

#endif

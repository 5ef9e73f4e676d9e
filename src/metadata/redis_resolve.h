/* Looks a host name up without blocking the loop: getaddrinfo on a thread of its own.
 *
 * A look-up cannot be interrupted: a cancelled one goes on, and its thread frees what it worked on. */
#ifndef LEAT_METADATA_REDIS_RESOLVE_H
#define LEAT_METADATA_REDIS_RESOLVE_H

#include "base/loop.h"

#define REDIS_RESOLVE_ADDRESSES_MAX 8u
#define REDIS_RESOLVE_ADDRESS_BYTES 64u

struct redis_resolve;

struct redis_addresses {
    unsigned count;
    char texts[REDIS_RESOLVE_ADDRESSES_MAX][REDIS_RESOLVE_ADDRESS_BYTES];
    const char *why; /* when count is 0: an English reason, static */
};

typedef void (*redis_resolve_done)(void *context, const struct redis_addresses *addresses);

/* done comes once on the loop, never before the return; the look-up is over then. ERR_IO: no thread or descriptor. */
MUST_CHECK enum err redis_resolve_start(struct loop *loop, const char *host,
                                        redis_resolve_done done, void *context,
                                        struct redis_resolve **ret_resolve);
/* done will not come. Accepts NULL; not after done. */
void redis_resolve_cancel(struct redis_resolve *resolve);

#endif

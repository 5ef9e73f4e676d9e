/* Where requests go: http://HOST[:PORT][/PATH]. */
#ifndef LEAT_BENCH_ENDPOINT_H
#define LEAT_BENCH_ENDPOINT_H

#include <sys/socket.h>

#include "base/arena.h"
#include "base/err.h"

struct endpoint {
    struct slice
        host; /* what the Host header says: the port is left out when it is the usual one */
    struct slice path; /* "/" when the URL has none */
    struct sockaddr_storage address;
    socklen_t address_bytes;
};

/* Looks the host's name up (may block). Texts go into the arena. ERR_INVALID: no such URL, or not http; ERR_ABSENT: the
 * name is not known. *ret_why says more in both cases. */
MUST_CHECK enum err endpoint_parse(struct slice url, struct arena *arena,
                                   struct endpoint *ret_endpoint, const char **ret_why);

/* The path of a queue's URL, whatever host it names: "/account/name". "/" when there is none. */
struct slice endpoint_path_of(struct slice url);

#endif

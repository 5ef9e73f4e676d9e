/* What h2o's parser lets through and we do not: the raw head of a request is read again (limits
 * of the packaged h2o: it accepts Content-Length with Transfer-Encoding, two lengths, two Hosts,
 * folded lines, bare line feeds).
 *
 * Ambiguous framing is how requests are smuggled past a proxy, so such a request is refused and
 * its connection closed. */
#ifndef LEAT_SERVER_GUARD_H
#define LEAT_SERVER_GUARD_H

#include "base/slice.h"

#define GUARD_HEAD_BYTES_MAX 65536u

enum guard_verdict {
    GUARD_FINE,
    GUARD_AMBIGUOUS, /* 400 */
    GUARD_TOO_LARGE, /* 431 */
};

/* bytes: the connection's input from the request line on; reads up to the empty line. is_http11:
 * Host is required. */
enum guard_verdict guard_check(struct slice bytes, bool is_http11);

#endif

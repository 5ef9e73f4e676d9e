/* An HTTP request as a readable text, for tests and fuzzers:
 *
 *     POST /path?query
 *     Name: value
 *
 *     body
 *
 * Lines end in one LF. Names are made lower case, values are kept as they are behind the first
 * blank after the colon. */
#ifndef LEAT_TESTKIT_REQUEST_H
#define LEAT_TESTKIT_REQUEST_H

#include "base/arena.h"

#define TESTKIT_HEADERS_MAX 200u

struct testkit_header {
    struct slice name;
    struct slice value;
};

struct testkit_request {
    struct slice method, path, query, body;
    struct testkit_header headers[TESTKIT_HEADERS_MAX];
    uint32_t headers_count;
};

/* Any text parses; what is missing is empty, headers above the bound are dropped. Points into text,
 * names into the arena. */
void testkit_request_parse(struct slice text, struct arena *arena,
                           struct testkit_request *ret_request);

#endif

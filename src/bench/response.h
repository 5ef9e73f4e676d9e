/* HTTP/1.x answers out of a byte stream, as they come: status, framing (length, chunks, end of stream), nothing else.
 *
 * The caller keeps the bytes of one answer in one run, from its first byte on, and calls response_parse whenever there
 * are more; the run may move between calls. What a stranger's server can make us keep is bounded. Pure. */
#ifndef LEAT_BENCH_RESPONSE_H
#define LEAT_BENCH_RESPONSE_H

#include "base/slice.h"

#define RESPONSE_HEAD_BYTES_MAX 65536u
/* Ten messages of 1 MiB with room for escapes. */
#define RESPONSE_BODY_BYTES_MAX (32u * 1024 * 1024)
#define RESPONSE_LINE_BYTES_MAX 4096u /* of a chunk's head and of its trailers together */

enum response_state {
    RESPONSE_MORE, /* feed more bytes */
    RESPONSE_DONE,
    RESPONSE_BAD, /* not HTTP, or beyond a bound: the connection is of no more use */
};

struct response {
    uint32_t status;
    bool is_last; /* nothing comes after it on this connection */
    /* Once done: where the body is (chunks put together in place), and where the next answer begins. */
    size_t body_at;
    size_t body_bytes;
    size_t used_bytes;
    /* Private. */
    enum {
        RESPONSE_STATUS,
        RESPONSE_HEADERS,
        RESPONSE_BODY,
        RESPONSE_CHUNK,
        RESPONSE_CHUNK_END,
        RESPONSE_TRAILERS
    } part;
    size_t at;      /* what is behind is understood */
    size_t scanned; /* no line end up to here */
    size_t length;  /* of the body or of the rest of the chunk */
    size_t trailers_bytes;
    bool has_length, is_chunked;
};

void response_init(struct response *response);
/* is_ended: the peer has closed, no more bytes will come. Bytes behind the head may be moved (chunks). */
enum response_state response_parse(struct response *response, uint8_t *bytes, size_t count,
                                   bool is_ended);

#endif

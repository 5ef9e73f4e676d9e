/* The messages that the load generator sends, and how it knows them again.
 *
 *     {"r":"<run>","p":"<producer>","n":"<sequence>","t":"<sent_ns>","s":"<sum>","x":"<padding>"}
 *
 * all in lower-case hexadecimal of fixed width. The quotes make both protocols escape, as messages in the wild do; the
 * padding needs no escaping anywhere. The sum covers every other byte and the length; one changed run of 8 bytes or
 * less is always seen. Pure; any thread. */
#ifndef LEAT_BENCH_BODY_H
#define LEAT_BENCH_BODY_H

#include "base/buffer.h"

#define BODY_BYTES_MIN 100u
#define BODY_BYTES_MAX (1024u * 1024)

#define BODY_PRODUCERS_MAX (1u << 24)
#define BODY_SEQUENCE_MAX  ((UINT64_C(1) << 40) - 1)
#define BODY_SENT_NS_MAX   ((UINT64_C(1) << 48) - 1)

struct body {
    uint32_t run;      /* tells the messages of one run from all others */
    uint32_t producer; /* below BODY_PRODUCERS_MAX */
    uint64_t sequence; /* of its producer, at most BODY_SEQUENCE_MAX */
    uint64_t sent_ns;  /* since the start of the run, at most BODY_SENT_NS_MAX */
};

enum body_escape { BODY_PLAIN, BODY_JSON, BODY_PERCENT };

/* Makes the padding that every body takes a part of. Once, before any other call but body_check. */
void body_prepare(void);

/* Adds the text of a body of `bytes` (BODY_BYTES_MIN to BODY_BYTES_MAX, before escaping) to `out`. */
void body_write(struct buffer *out, const struct body *body, uint32_t bytes,
                enum body_escape escape);

enum body_verdict {
    BODY_OK,
    BODY_FOREIGN, /* whole, but of another run */
    BODY_CORRUPT, /* not what body_write has written */
};

/* *ret_body is written unless the verdict is BODY_CORRUPT. */
enum body_verdict body_check(struct slice text, uint32_t run, struct body *ret_body);

#endif

/* The stored message: all of a message that never changes, as one run of bytes.
 *
 * Encoded once when it is sent; memory, log and replicas hold the same bytes. What changes (receive
 * count, deadlines) is the engine's. Integers are little-endian. Version 1:
 *
 *     at  bytes
 *      0      1  version: 1
 *      1      1  attributes: count, at most MESSAGE_ATTRIBUTES_MAX
 *      2      2  sender id: bytes
 *      4      2  group id: bytes, 0 when there is none
 *      6      2  deduplication id: bytes, 0 when there is none
 *      8      2  trace header: bytes, 0 when there is none
 *     10      2  dead-letter source: bytes, 0 when there is none
 *     12      4  body: bytes, at least 1
 *     16      4  attributes: bytes of their run, 0 when there are none
 *     20     16  message id
 *     36      8  sent: wall clock, ms since 1970, not negative
 *     44     16  MD5 of the body
 *     60         sender id, group id, deduplication id, trace header, dead-letter source,
 * attributes, body
 *
 * The attributes' run: 16 bytes MD5 over all of them (reference D3), then each in the order of
 * their names:
 *
 *      0      2  name: bytes, at least 1
 *      2      2  type: bytes, at least 1
 *      4      4  value: bytes
 *      8      1  kind: 1 text, 2 binary
 *      9         name, type, value
 *
 * Every byte is accounted for: the run's length is the sum of its parts, so one content has one
 * encoding. Pure; any thread. */
#ifndef LEAT_LOG_MESSAGE_H
#define LEAT_LOG_MESSAGE_H

#include "api/message_digest.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/slice.h"

#define MESSAGE_ID_BYTES     16u
#define MESSAGE_HEADER_BYTES 60u
#define MESSAGE_PART_BYTES_MAX \
    65535u /* sender id, group, dedup id, trace header, source, name, type: each */
#define MESSAGE_CONTENT_BYTES_MAX (16u << 20) /* body; and each attribute's value */

/* What goes in. Slices with at == NULL or of no bytes: none. */
struct message_content {
    uint8_t message_id[MESSAGE_ID_BYTES];
    struct wall_ms sent_at;
    struct slice sender_id;
    struct slice group_id;
    struct slice dedup_id;
    struct slice trace_header;
    struct slice dead_letter_source; /* ARN */
    struct slice body;
    uint8_t body_digest[MD5_BYTES];
    const struct message_attribute *attributes; /* user's, sorted by name, names distinct */
    uint32_t attributes_count;
    uint8_t attributes_digest[MD5_BYTES]; /* when there are any */
};

/* The parts inside somebody's bytes: valid as long as those. Slices with at == NULL: none. */
struct message_view {
    struct slice bytes; /* the whole */
    const uint8_t *message_id;
    struct wall_ms sent_at;
    struct slice sender_id;
    struct slice group_id;
    struct slice dedup_id;
    struct slice trace_header;
    struct slice dead_letter_source;
    struct slice body;
    const uint8_t *body_digest;
    uint32_t attributes_count;
    const uint8_t *attributes_digest; /* NULL without attributes */
    struct slice attributes;          /* the run; read with message_attribute_next */
};

/* How many bytes message_encode will write. Asserts the bounds above, which the API's rules keep.
 */
uint32_t message_encoded_bytes(const struct message_content *content);
/* Writes exactly message_encoded_bytes(content) bytes. */
void message_encode(const struct message_content *content, uint8_t *at);

/* Total: any bytes give a valid view or ERR_CORRUPT. Digests are not recomputed. */
MUST_CHECK enum err message_decode(struct slice bytes, struct message_view *ret_view);

/* The attributes one after the other: start with *at = 0. False after the last one. */
bool message_attribute_next(const struct message_view *view, uint32_t *at,
                            struct message_attribute *ret_attribute);
/* All of them; returns view->attributes_count. */
uint32_t message_attributes(const struct message_view *view,
                            struct message_attribute ret_attributes[MESSAGE_ATTRIBUTES_MAX]);

/* What a move to another queue alters:
 *     to a dead-letter queue (E14)  sets the source's ARN; FIFO: dedup id becomes the text of the
 * message id by a move task (C20)          new message id and sent time; removes the source
 */
struct message_changes {
    const uint8_t *message_id; /* NULL: stays */
    bool has_sent_at;
    struct wall_ms sent_at;
    bool has_dedup_id;
    struct slice dedup_id; /* empty: removes it */
    bool has_dead_letter_source;
    struct slice dead_letter_source; /* empty: removes it */
};

uint32_t message_moved_bytes(const struct message_view *view,
                             const struct message_changes *changes);
/* Writes exactly message_moved_bytes(view, changes) bytes, not over the view's. */
void message_encode_moved(const struct message_view *view, const struct message_changes *changes,
                          uint8_t *at);

#endif

/* The stored message: all of a message that never changes, as one run of bytes.
 *
 * Encoded once when it is sent; memory, log and replicas hold the same bytes. What changes (receive
 * count, deadlines) is the engine's. Integers are little-endian. Version 2:
 *
 *     at  bytes
 *      0      1  bits 6 and 7: version, 2; bits 0 to 5: which of the following there are:
 *                0 the sender id is twelve digits, 1 group id, 2 deduplication id, 3 trace header,
 *                4 dead-letter source, 5 attributes
 *      1     16  message id
 *     17      6  sent: wall clock, ms since 1970
 *     23         sender id, unless it is digits: 2 bytes, how many bytes it has (0: none)
 *                group id, deduplication id, trace header, dead-letter source, each if it is there:
 *                2 bytes, how many bytes it has, at least 1
 *                attributes, if there are any: 1 byte, their count, at most MESSAGE_ATTRIBUTES_MAX;
 *                4 bytes, how many bytes their run has
 *                then the parts in that order: the sender id's digits as a number of 5 bytes, or its
 *                text; group id, deduplication id, trace header, dead-letter source, attributes' run
 *                16 bytes MD5 of the body, if that has at least MESSAGE_DIGEST_STORED_MIN bytes: of a
 *                shorter one it is sooner computed than fetched
 *                the body: the rest, at least 1 byte
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
 * One content has one encoding. Where the bytes end is known to whoever keeps them, who also checks
 * that they are whole. Pure; any thread. */
#ifndef LEAT_LOG_MESSAGE_H
#define LEAT_LOG_MESSAGE_H

#include "api/message_digest.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/slice.h"

#define MESSAGE_ID_BYTES          16u
#define MESSAGE_HEADER_BYTES      23u /* of every message */
#define MESSAGE_SENDER_DIGITS     12u
#define MESSAGE_DIGEST_STORED_MIN 512u
#define MESSAGE_SENT_MAX          ((INT64_C(1) << 48) - 1) /* later is stored as this */
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
    uint8_t body_digest[MD5_BYTES];             /* used when it is stored */
    const struct message_attribute *attributes; /* user's, sorted by name, names distinct */
    uint32_t attributes_count;
    uint8_t attributes_digest[MD5_BYTES]; /* when there are any */
};

/* The parts inside somebody's bytes: valid as long as those, and the sender id as long as this view itself. Slices with
 * at == NULL: none. */
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
    const uint8_t *body_digest; /* NULL: not stored, see message_body_digest */
    uint8_t sender_digits[MESSAGE_SENDER_DIGITS];
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

/* MD5 of the body: the stored one, or computed. */
void message_body_digest(const struct message_view *view, uint8_t ret_digest[MD5_BYTES]);

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

/* One message as one JSON object: what peek shows, export writes and import reads.
 *
 *     message_id          UUID text
 *     sequence            number as text, of the message in its queue; import gives out new ones
 *     state               "visible", "in flight", "delayed", "locked" (FIFO: behind an invisible one of its group) or
 *                         "moving" (on the way to another queue)
 *     visible_in_ms       only in flight and delayed
 *     receive_count       how often it was received
 *     first_received_ms   since 1970; absent: never
 *     sent_ms             since 1970
 *     sender_id, group, deduplication_id, trace_header, dead_letter_source   absent when there is none
 *     body                text
 *     attributes          {"name": {"type": "String", "value": "text; base64 for Binary types"}}
 *
 * Only `body` is required of a line that is read. Any thread. */
#ifndef LEAT_ADMIN_LINE_H
#define LEAT_ADMIN_LINE_H

#include <jansson.h>

#include "api/generated/types.h"
#include "base/arena.h"
#include "engine/engine.h"

#define ADMIN_LINE_RECEIVE_COUNT_MAX 1000000000
#define ADMIN_LINE_MS_MAX            253402300799999 /* the year 9999 */
#define ADMIN_LINE_ID_BYTES_MAX      2048u           /* sender_id and dead_letter_source, each */

/* stored: the message as log/message.h encodes it. A new reference. */
json_t *admin_line_make(struct arena *arena, const struct engine_peek *found, struct slice stored,
                        struct clock_now now);

/* What a line says. Slices are copies in the arena. */
struct admin_line {
    bool has_id;
    uint8_t message_id[16];
    enum engine_message_state state;
    int64_t visible_in_ms; /* in flight, delayed; else 0 */
    int64_t receive_count;
    int64_t first_received_ms; /* 0: never */
    int64_t sent_ms;           /* -1: the line does not say */
    struct slice sender_id;
    struct slice dead_letter_source; /* an ARN */
    /* Body, attributes, trace header, group and deduplication id as a send: whether a queue may have them is for
     * api/message_rules.h to say. */
    struct api_send_message_request send;
};

/* Reads one line; members that are not listed above are refused, so that nothing is dropped unseen. False: *ret_why
 * says in English what is wrong with it. */
MUST_CHECK bool admin_line_read(struct slice text, struct arena *arena, struct admin_line *ret_line,
                                struct slice *ret_why);

#endif

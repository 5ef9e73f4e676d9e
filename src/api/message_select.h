/* Which attributes a ReceiveMessage returns (reference D6). Any thread.
 *
 * User attributes: exact names, `All`, `.*`, `*`, and `prefix.*` (the dot belongs to the pattern);
 * everything else in the list is ignored. System attributes: the union of AttributeNames and
 * MessageSystemAttributeNames, in both protocols; unknown names are ignored. */
#ifndef LEAT_API_MESSAGE_SELECT_H
#define LEAT_API_MESSAGE_SELECT_H

#include "api/generated/types.h"
#include "api/message_digest.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/slice.h"

enum message_system {
    MESSAGE_SENDER_ID,
    MESSAGE_SENT_TIMESTAMP,
    MESSAGE_RECEIVE_COUNT,
    MESSAGE_FIRST_RECEIVE_TIMESTAMP,
    MESSAGE_TRACE_HEADER,
    MESSAGE_DEAD_LETTER_SOURCE,
    MESSAGE_GROUP_ID,
    MESSAGE_DEDUP_ID,
    MESSAGE_SEQUENCE_NUMBER,
    MESSAGE_SYSTEM_COUNT
};

/* One request's choice. Points into the request and its arena: parked requests keep both. */
struct message_select {
    uint32_t system; /* bit 1 << enum message_system */
    bool all_user;
    const struct slice *names; /* sorted, distinct */
    uint32_t names_count;
    const struct slice *prefixes; /* sorted, none begins with another */
    uint32_t prefixes_count;
};

void message_select_init(struct message_select *select, struct arena *arena,
                         const struct api_receive_message_request *request);

/* True when no user attribute can be returned: the message's attributes need not be looked at. */
bool message_select_no_user(const struct message_select *select);
/* Whether the user attribute of this name is returned. */
bool message_select_takes(const struct message_select *select, struct slice name);

/* Copies those of `all` (sorted by name) that are returned to ret_taken (room for `count`), in
 * order, and gives their digest when there are any. Returns how many. all_digest: the digest of all
 * of them, so that a receive of everything computes none. */
uint32_t message_select_user(const struct message_select *select,
                             const struct message_attribute *all, uint32_t count,
                             const uint8_t all_digest[MD5_BYTES],
                             struct message_attribute *ret_taken, uint8_t ret_digest[MD5_BYTES]);

/* What is known of a message for its system attributes. Slices with at == NULL: the message has
 * none. */
struct message_system_values {
    struct slice sender_id;
    struct wall_ms sent_at;
    struct wall_ms first_received;
    uint32_t receive_count;
    struct slice trace_header;
    struct slice dead_letter_source;
    struct slice group_id;
    struct slice dedup_id;
    bool is_fifo;
    uint64_t sequence; /* FIFO: printed with 20 digits */
};

/* The chosen and present system attributes (keys are literals, numbers are printed into the arena),
 * for the member Attributes of a message. Returns how many. */
uint32_t message_select_system(const struct message_select *select, struct arena *arena,
                               const struct message_system_values *values,
                               struct api_string_pair ret_pairs[MESSAGE_SYSTEM_COUNT]);

/* Text of a FIFO sequence number, 20 digits: in send results and in the system attribute. */
#define MESSAGE_SEQUENCE_TEXT_BYTES 20u
struct slice message_sequence_text(struct arena *arena, uint64_t sequence);

#endif

/* What a request about messages must obey before a queue sees it: reference C3-C7, C19, D1-D8, E6.
 *
 * Pure checks: they depend on the request and on the few facts about the queue in struct
 * message_rules. Each returns true and fills ret_x, or false and fills *ret_error, whose texts are
 * AWS's. Results point into the request and into the arena. Any thread.
 *
 * The order in which several faults of one request are looked for is ours (reference H3.16): what
 * is missing first, then attributes, size, characters, ids, delay. */
#ifndef LEAT_API_MESSAGE_RULES_H
#define LEAT_API_MESSAGE_RULES_H

#include "api/errors.h"
#include "api/generated/types.h"
#include "api/message_digest.h"
#include "api/message_select.h"
#include "base/arena.h"
#include "base/slice.h"

#define MESSAGE_BATCH_MAX        10u
#define MESSAGE_BATCH_BYTES_MAX  1048576u /* D2: fixed, whatever the queue's limit */
#define MESSAGE_DELAY_S_MAX      900
#define MESSAGE_DELAY_NOT_ASKED  (-1)
#define MESSAGE_VISIBILITY_S_MAX 43200
#define MESSAGE_WAIT_S_MAX       20
#define MESSAGE_RECEIVE_MAX      10
#define MESSAGE_ID_CHARS_MAX     128u /* group, deduplication and attempt ids */
#define MESSAGE_TRACE_BYTES_MAX  4096u
#define MESSAGE_KEY_BYTES        16u

/* What the checks depend on besides the request. */
struct message_rules {
    bool is_fifo;
    bool content_based_deduplication;
    bool dedup_per_group; /* DeduplicationScope = messageGroup */
    int64_t message_bytes_max;
    int64_t delay_s;      /* the queue's DelaySeconds */
    int64_t visibility_s; /* the queue's VisibilityTimeout: receive */
    int64_t wait_s;       /* the queue's ReceiveMessageWaitTimeSeconds: receive */
    struct slice
        trace_header; /* HTTP header X-Amzn-Trace-Id; at == NULL when the request has none */
};

/* A send that may go to the queue. */
struct message_prepared {
    struct slice body;
    uint8_t body_digest[MD5_BYTES];
    struct message_attribute *attributes; /* user's, sorted by name */
    uint32_t attributes_count;
    uint8_t attributes_digest[MD5_BYTES]; /* only when attributes_count > 0 */
    struct slice trace_header;            /* parameter, else HTTP header, else at == NULL */
    bool has_system_digest;               /* system attributes were sent as a parameter */
    uint8_t system_digest[MD5_BYTES];
    struct slice group_id; /* at == NULL: none */
    struct slice
        dedup_id; /* FIFO: explicit, or hex SHA-256 of the body; at == NULL on standard queues */
    uint8_t group_key[MESSAGE_KEY_BYTES]; /* only with a group id */
    uint8_t dedup_key[MESSAGE_KEY_BYTES]; /* only with a dedup id; mixes in the group when the scope
                                             is the group */
    int64_t delay_s;                      /* E6: resolved. FIFO: always the queue's */
    int64_t asked_delay_s;                /* as the client said, or MESSAGE_DELAY_NOT_ASKED */
    uint32_t size_bytes;                  /* D2: body and user attributes */
};

bool message_rules_prepare_send(const struct message_rules *rules, struct arena *arena,
                                const struct api_send_message_request *request,
                                struct message_prepared *ret_prepared, struct api_error *ret_error);

/* One entry of a batch of sends, in the order of the request. */
struct message_batch_entry {
    struct slice id;
    struct api_error error; /* row == NULL: the entry is good and prepared is set */
    struct message_prepared prepared;
};

struct message_batch {
    struct message_batch_entry entries[MESSAGE_BATCH_MAX];
    uint32_t count;
};

/* False: the whole request fails. On FIFO queues any bad entry fails the whole request (D8 row 8),
 * so that after true every entry is good. *ret_batch is written to in either case. */
bool message_rules_prepare_batch(const struct message_rules *rules, struct arena *arena,
                                 const struct api_send_message_batch_request *request,
                                 struct message_batch *ret_batch, struct api_error *ret_error);

/* Fills a Failed entry: Code is the query code, SenderFault as the error's row says. For failures
 * of these checks and of handlers (receipt handles). */
void message_rules_fail_entry(struct slice id, const struct api_error *error,
                              struct api_batch_result_error_entry *ret_entry);

/* ReceiptHandle is there. What it says is the receipt's own matter. */
bool message_rules_check_delete(struct arena *arena,
                                const struct api_delete_message_request *request,
                                struct api_error *ret_error);
/* ReceiptHandle and VisibilityTimeout are there, the timeout in range. */
bool message_rules_check_change(struct arena *arena,
                                const struct api_change_message_visibility_request *request,
                                struct api_error *ret_error);

/* Whole-request rules (D8 rows 1-6): after true, 1..MESSAGE_BATCH_MAX entries with good, distinct
 * ids. */
bool message_rules_check_delete_batch(struct arena *arena,
                                      const struct api_delete_message_batch_request *request,
                                      struct api_error *ret_error);
bool message_rules_check_change_batch(
    struct arena *arena, const struct api_change_message_visibility_batch_request *request,
    struct api_error *ret_error);
/* Rules of one entry, for Failed; index is 0-based. */
bool message_rules_check_delete_entry(struct arena *arena,
                                      const struct api_delete_message_batch_request *request,
                                      uint32_t index, struct api_error *ret_error);
bool message_rules_check_change_entry(
    struct arena *arena, const struct api_change_message_visibility_batch_request *request,
    uint32_t index, struct api_error *ret_error);

/* A receive with its defaults filled in. */
struct message_receive {
    uint32_t count_max;
    int64_t visibility_s;
    int64_t wait_s;
    bool has_attempt; /* FIFO only: standard queues ignore the parameter (C19) */
    uint8_t attempt_key[MESSAGE_KEY_BYTES];
    struct message_select select;
};

bool message_rules_prepare_receive(const struct message_rules *rules, struct arena *arena,
                                   const struct api_receive_message_request *request,
                                   struct message_receive *ret_receive,
                                   struct api_error *ret_error);

/* Keys under which the engine knows groups, deduplication ids and attempts. They are stored, so their making never
 * changes: an id of less than 16 bytes is its own key, with zeros behind it and its length as the last byte; of others
 * the first 16 bytes of SHA-256(id), and of a deduplication id with the scope of the group of SHA-256(key of the group,
 * id), with the highest bit of the last byte set. */
void message_rules_key(struct slice id, uint8_t ret_key[MESSAGE_KEY_BYTES]);
/* group_id.at == NULL: the scope is the queue. */
void message_rules_dedup_key(struct slice dedup_id, struct slice group_id,
                             uint8_t ret_key[MESSAGE_KEY_BYTES]);

#endif

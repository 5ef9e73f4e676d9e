#include "api/message_rules.h"

#include "api/message_rules_attributes.h"
#include "api/message_rules_batch.h"
#include "api/message_rules_text.h"
#include "base/encode.h"

#include "base/banned.h"

#define INVALID API_ERROR_INVALID_PARAMETER_VALUE

/* What a single send and an entry of a batch have in common. */
struct send {
    struct slice body; /* no bytes: missing (D1) */
    const struct api_message_attribute_map *attributes;
    const struct api_message_attribute_map *system_attributes;
    bool has_delay, has_group, has_dedup;
    int64_t delay_s;
    struct slice group_id;
    struct slice dedup_id;
    bool is_entry; /* of a batch: some texts and codes differ */
    uint32_t entry_index;
};

/* ---- keys ---- */

_Static_assert(MESSAGE_KEY_BYTES <= SHA256_BYTES, "a key is a part of a SHA-256");

/* Bytes that no short id's key can be: the last one of that is a length. */
static void take_key(const uint8_t digest[SHA256_BYTES], uint8_t ret_key[MESSAGE_KEY_BYTES])
{
    memcpy(ret_key, digest, MESSAGE_KEY_BYTES);
    ret_key[MESSAGE_KEY_BYTES - 1] |= 0x80;
}

void message_rules_key(struct slice id, uint8_t ret_key[MESSAGE_KEY_BYTES])
{
    uint8_t digest[SHA256_BYTES];
    if (id.bytes < MESSAGE_KEY_BYTES) {
        memset(ret_key, 0, MESSAGE_KEY_BYTES);
        memcpy(ret_key, id.at, id.bytes);
        ret_key[MESSAGE_KEY_BYTES - 1] = (uint8_t)id.bytes;
        return;
    }
    digest_sha256(id, digest);
    take_key(digest, ret_key);
}

void message_rules_dedup_key(struct slice dedup_id, struct slice group_id,
                             uint8_t ret_key[MESSAGE_KEY_BYTES])
{
    uint8_t digest[SHA256_BYTES];
    uint8_t group_key[MESSAGE_KEY_BYTES];
    if (group_id.at == NULL) {
        message_rules_key(dedup_id, ret_key);
        return;
    }
    message_rules_key(group_id, group_key);
    digest_sha256_begin();
    digest_sha256_add(slice_of(group_key, sizeof(group_key)));
    digest_sha256_add(dedup_id);
    digest_sha256_end(digest);
    take_key(digest, ret_key);
}

/* ---- checks of one send ---- */

static bool check_body_present(struct arena *arena, const struct send *send,
                               struct api_error *ret_error)
{
    if (send->body.bytes > 0)
        return true;
    if (!send->is_entry)
        return api_fail_missing(ret_error, arena, "MessageBody");
    return api_fail_print(ret_error, arena, API_ERROR_MISSING_REQUIRED_PARAMETER,
                          "The request must contain the parameter "
                          "SendMessageBatchRequestEntry.%u.MessageBody.",
                          send->entry_index + 1);
}

static bool check_size(const struct message_rules *rules, struct arena *arena,
                       const struct send *send, uint32_t *ret_bytes, struct api_error *ret_error)
{
    uint64_t bytes = send->body.bytes + message_rules_attributes_bytes(send->attributes);
    if (bytes > (uint64_t)rules->message_bytes_max)
        return api_fail_print(
            ret_error, arena, INVALID,
            "One or more parameters %s. Reason: Message must be shorter than %lld "
            "bytes.",
            send->is_entry ? "cannot be validated" : "are invalid",
            (long long)rules->message_bytes_max);
    *ret_bytes = (uint32_t)bytes;
    return true;
}

static bool check_body_text(struct arena *arena, struct slice body, struct api_error *ret_error)
{
    uint32_t point;
    switch (message_rules_text(body, &point)) {
    case MESSAGE_TEXT_GOOD:
        return true;
    case MESSAGE_TEXT_FORBIDDEN:
        return api_fail_print(ret_error, arena, API_ERROR_INVALID_MESSAGE_CONTENTS,
                              "Invalid binary character '#x%X' was found in the message body, the "
                              "set of allowed characters is " MESSAGE_TEXT_SET ".",
                              point);
    case MESSAGE_TEXT_NOT_UTF8:
        break;
    }
    return api_fail(ret_error, API_ERROR_SERIALIZATION,
                    SLICE("The message body is not valid UTF-8."));
}

static bool check_group(const struct message_rules *rules, struct arena *arena,
                        const struct send *send, struct api_error *ret_error)
{
    if (send->has_group)
        return message_rules_check_id(arena, "MessageGroupId", send->group_id, ret_error);
    if (!rules->is_fifo)
        return true;
    /* D7: the same text under another code when it comes from a batch. */
    return api_fail(ret_error, send->is_entry ? INVALID : API_ERROR_MISSING_REQUIRED_PARAMETER,
                    SLICE("The request must contain the parameter MessageGroupId."));
}

static bool check_dedup(const struct message_rules *rules, struct arena *arena,
                        const struct send *send, struct api_error *ret_error)
{
    if (!rules->is_fifo) {
        if (!send->has_dedup)
            return true;
        if (send->is_entry)
            return api_fail(
                ret_error, INVALID,
                SLICE("The request include parameter that is not valid for this queue type"));
        return api_fail_print(
            ret_error, arena, INVALID,
            "Value %.*s for parameter MessageDeduplicationId is invalid. Reason: "
            "The request include parameter that is not valid for this queue type.",
            SLICE_PRINT(send->dedup_id));
    }
    if (send->has_dedup)
        return message_rules_check_id(arena, "MessageDeduplicationId", send->dedup_id, ret_error);
    if (!rules->content_based_deduplication)
        return api_fail(ret_error, INVALID,
                        SLICE("The queue should either have ContentBasedDeduplication enabled or "
                              "MessageDeduplicationId provided explicitly"));
    return true;
}

/* E6. FIFO: only the queue's delay counts; an explicit 0 is accepted and changes nothing. */
static bool resolve_delay(const struct message_rules *rules, struct arena *arena,
                          const struct send *send, int64_t *ret_delay_s,
                          struct api_error *ret_error)
{
    if (rules->is_fifo && send->has_delay && send->delay_s != 0)
        return api_fail_print(
            ret_error, arena, INVALID,
            "Value %lld for parameter DelaySeconds is invalid. Reason: The request "
            "include parameter that is not valid for this queue type.",
            (long long)send->delay_s);
    if (send->has_delay && (send->delay_s < 0 || send->delay_s > MESSAGE_DELAY_S_MAX))
        return api_fail_print(ret_error, arena, INVALID,
                              "Value %lld for parameter DelaySeconds is invalid. Reason: "
                              "DelaySeconds must be >= 0 and <= %d.",
                              (long long)send->delay_s, MESSAGE_DELAY_S_MAX);
    *ret_delay_s = !rules->is_fifo && send->has_delay ? send->delay_s : rules->delay_s;
    return true;
}

/* ---- results ---- */

static struct slice hash_body(struct arena *arena, struct slice body)
{
    uint8_t digest[SHA256_BYTES];
    digest_sha256(body, digest);
    return encode_hex_in(arena, slice_of(digest, sizeof(digest)));
}

static void add_ids(const struct message_rules *rules, struct arena *arena, const struct send *send,
                    struct message_prepared *prepared)
{
    if (send->has_group) {
        prepared->group_id = send->group_id;
        message_rules_key(prepared->group_id, prepared->group_key);
    }
    if (!rules->is_fifo)
        return;
    prepared->dedup_id = send->has_dedup ? send->dedup_id : hash_body(arena, send->body);
    message_rules_dedup_key(prepared->dedup_id,
                            rules->dedup_per_group ? prepared->group_id : SLICE_NONE,
                            prepared->dedup_key);
}

/* The header counts only where the parameter is absent (D5); one that could not be a parameter is left out. */
static void add_trace(const struct message_rules *rules, const struct message_attribute *trace,
                      struct message_prepared *prepared)
{
    uint32_t point;
    if (prepared->has_system_digest) {
        prepared->trace_header = trace->value;
        message_digest_attributes(trace, 1, prepared->system_digest);
    } else if (rules->trace_header.bytes > 0 &&
               rules->trace_header.bytes <= MESSAGE_TRACE_BYTES_MAX &&
               message_rules_text(rules->trace_header, &point) == MESSAGE_TEXT_GOOD) {
        prepared->trace_header = rules->trace_header;
    }
}

static bool prepare(const struct message_rules *rules, struct arena *arena, const struct send *send,
                    struct message_prepared *ret_prepared, struct api_error *ret_error)
{
    struct message_prepared prepared = {
        .body = send->body,
        .asked_delay_s = send->has_delay ? send->delay_s : MESSAGE_DELAY_NOT_ASKED,
    };
    struct message_attribute attributes[MESSAGE_ATTRIBUTES_MAX];
    struct message_attribute trace;
    if (!check_body_present(arena, send, ret_error) ||
        !message_rules_check_attributes(arena, send->attributes, attributes,
                                        &prepared.attributes_count, ret_error) ||
        !message_rules_check_system(arena, send->system_attributes, &trace,
                                    &prepared.has_system_digest, ret_error) ||
        !check_size(rules, arena, send, &prepared.size_bytes, ret_error) ||
        !check_body_text(arena, send->body, ret_error) ||
        !check_group(rules, arena, send, ret_error) ||
        !check_dedup(rules, arena, send, ret_error) ||
        !resolve_delay(rules, arena, send, &prepared.delay_s, ret_error))
        return false;
    digest_md5(prepared.body, prepared.body_digest);
    if (prepared.attributes_count > 0) {
        size_t bytes = prepared.attributes_count * sizeof(attributes[0]);
        prepared.attributes = arena_take(arena, bytes);
        memcpy(prepared.attributes, attributes, bytes);
        message_digest_attributes(attributes, prepared.attributes_count,
                                  prepared.attributes_digest);
    }
    add_trace(rules, &trace, &prepared);
    add_ids(rules, arena, send, &prepared);
    *ret_prepared = prepared;
    return true;
}

bool message_rules_prepare_send(const struct message_rules *rules, struct arena *arena,
                                const struct api_send_message_request *request,
                                struct message_prepared *ret_prepared, struct api_error *ret_error)
{
    struct send send = {
        .body = request->has_message_body ? request->message_body : SLICE_NONE,
        .attributes = &request->message_attributes,
        .system_attributes = &request->message_system_attributes,
        .has_delay = request->has_delay_seconds,
        .has_group = request->has_message_group_id,
        .has_dedup = request->has_message_deduplication_id,
        .delay_s = request->delay_seconds,
        .group_id = request->message_group_id,
        .dedup_id = request->message_deduplication_id,
    };
    return prepare(rules, arena, &send, ret_prepared, ret_error);
}

/* ---- batches ---- */

static struct send send_of_entry(const struct api_send_message_batch_request_entry *entry,
                                 uint32_t index)
{
    return (struct send){
        .body = entry->has_message_body ? entry->message_body : SLICE_NONE,
        .attributes = &entry->message_attributes,
        .system_attributes = &entry->message_system_attributes,
        .has_delay = entry->has_delay_seconds,
        .has_group = entry->has_message_group_id,
        .has_dedup = entry->has_message_deduplication_id,
        .delay_s = entry->delay_seconds,
        .group_id = entry->message_group_id,
        .dedup_id = entry->message_deduplication_id,
        .is_entry = true,
        .entry_index = index,
    };
}

static bool check_batch_shape(struct arena *arena,
                              const struct api_send_message_batch_request *request,
                              struct api_error *ret_error)
{
    struct message_batch_shape shape = {
        .entry_name = "SendMessageBatchRequestEntry",
        .has_entries = request->has_entries,
        .count = request->entries.count,
    };
    for (uint32_t i = 0; i < shape.count; i++)
        message_rules_shape_id(&shape, i, request->entries.items[i].has_id,
                               request->entries.items[i].id);
    return message_rules_check_shape(arena, &shape, ret_error);
}

static bool check_batch_size(struct arena *arena,
                             const struct api_send_message_batch_request *request,
                             struct api_error *ret_error)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < request->entries.count; i++) {
        struct send send = send_of_entry(&request->entries.items[i], i);
        bytes += send.body.bytes + message_rules_attributes_bytes(send.attributes);
    }
    if (bytes > MESSAGE_BATCH_BYTES_MAX)
        return api_fail_print(ret_error, arena, API_ERROR_BATCH_REQUEST_TOO_LONG,
                              "Batch requests cannot be longer than %u bytes. You have sent %llu "
                              "bytes.",
                              MESSAGE_BATCH_BYTES_MAX, (unsigned long long)bytes);
    return true;
}

bool message_rules_prepare_batch(const struct message_rules *rules, struct arena *arena,
                                 const struct api_send_message_batch_request *request,
                                 struct message_batch *ret_batch, struct api_error *ret_error)
{
    if (!check_batch_shape(arena, request, ret_error) ||
        !check_batch_size(arena, request, ret_error))
        return false;
    ret_batch->count = request->entries.count;
    for (uint32_t i = 0; i < request->entries.count; i++) {
        struct message_batch_entry *entry = &ret_batch->entries[i];
        struct send send = send_of_entry(&request->entries.items[i], i);
        *entry = (struct message_batch_entry){.id = request->entries.items[i].id};
        if (prepare(rules, arena, &send, &entry->prepared, &entry->error))
            continue;
        /* D8 row 8: a FIFO batch is all or nothing. */
        if (rules->is_fifo) {
            *ret_error = entry->error;
            return false;
        }
    }
    return true;
}

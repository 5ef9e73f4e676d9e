#include "api/message_rules_batch.h"

#include "base/banned.h"

#define ENTRY_ID_CHARS_MAX 80u

void message_rules_shape_id(struct message_batch_shape *shape, uint32_t index, bool has_id,
                            struct slice id)
{
    if (index >= MESSAGE_BATCH_MAX)
        return;
    if (has_id && id.at == NULL)
        id = SLICE("");
    shape->ids[index] = has_id ? id : SLICE_NONE;
}

static bool is_entry_id(struct slice id)
{
    if (id.bytes == 0 || id.bytes > ENTRY_ID_CHARS_MAX)
        return false;
    for (size_t i = 0; i < id.bytes; i++) {
        uint8_t c = id.at[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            return false;
    }
    return true;
}

static bool check_distinct(struct arena *arena, const struct message_batch_shape *shape,
                           struct api_error *ret_error)
{
    for (uint32_t i = 1; i < shape->count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (slice_equal(shape->ids[i], shape->ids[j]))
                return api_fail_print(ret_error, arena, API_ERROR_BATCH_ENTRY_IDS_NOT_DISTINCT,
                                      "Id %.*s repeated.", SLICE_PRINT(shape->ids[i]));
    return true;
}

bool message_rules_check_shape(struct arena *arena, const struct message_batch_shape *shape,
                               struct api_error *ret_error)
{
    if (!shape->has_entries)
        return api_fail_missing(ret_error, arena, "Entries");
    if (shape->count == 0)
        return api_fail_print(ret_error, arena, API_ERROR_EMPTY_BATCH_REQUEST,
                              "There should be at least one %s in the request.", shape->entry_name);
    if (shape->count > MESSAGE_BATCH_MAX)
        return api_fail_print(ret_error, arena, API_ERROR_TOO_MANY_ENTRIES_IN_BATCH_REQUEST,
                              "Maximum number of entries per request are %u. You have sent %u.",
                              MESSAGE_BATCH_MAX, shape->count);
    for (uint32_t i = 0; i < shape->count; i++)
        if (shape->ids[i].at == NULL)
            return api_fail_print(ret_error, arena, API_ERROR_MISSING_REQUIRED_PARAMETER,
                                  "The request must contain the parameter %s.%u.Id.",
                                  shape->entry_name, i + 1);
    for (uint32_t i = 0; i < shape->count; i++)
        if (!is_entry_id(shape->ids[i]))
            return api_fail(ret_error, API_ERROR_INVALID_BATCH_ENTRY_ID,
                            SLICE("A batch entry id can only contain alphanumeric characters, "
                                  "hyphens and underscores. It can be at most 80 letters long."));
    return check_distinct(arena, shape, ret_error);
}

bool message_rules_is_id(struct slice id)
{
    if (id.bytes == 0 || id.bytes > MESSAGE_ID_CHARS_MAX)
        return false;
    for (size_t i = 0; i < id.bytes; i++)
        if (id.at[i] <= ' ' || id.at[i] > '~')
            return false;
    return true;
}

bool message_rules_check_id(struct arena *arena, const char *parameter, struct slice id,
                            struct api_error *ret_error)
{
    if (message_rules_is_id(id))
        return true;
    return api_fail_print(ret_error, arena, API_ERROR_INVALID_PARAMETER_VALUE,
                          "Value %.*s for parameter %s is invalid. Reason: %s can only include "
                          "alphanumeric and punctuation characters. 1 to 128 in length.",
                          SLICE_PRINT(id), parameter, parameter);
}

void message_rules_fail_entry(struct slice id, const struct api_error *error,
                              struct api_batch_result_error_entry *ret_entry)
{
    ASSERT(error->row != NULL);
    *ret_entry = (struct api_batch_result_error_entry){
        .has_id = true,
        .id = id,
        .has_code = true,
        .code = slice_from_text(error->row->query_code),
        .has_message = error->message.bytes > 0,
        .message = error->message,
        .has_sender_fault = true,
        .sender_fault = !error->row->is_receiver_fault,
    };
}

/* ---- DeleteMessage, ChangeMessageVisibility and their batches ---- */

static bool check_handle(struct arena *arena, bool has_handle, struct slice handle,
                         struct api_error *ret_error)
{
    if (!has_handle || handle.bytes == 0)
        return api_fail_missing(ret_error, arena, "ReceiptHandle");
    return true;
}

bool message_rules_check_delete(struct arena *arena,
                                const struct api_delete_message_request *request,
                                struct api_error *ret_error)
{
    return check_handle(arena, request->has_receipt_handle, request->receipt_handle, ret_error);
}

static bool is_visibility(int64_t seconds)
{
    return seconds >= 0 && seconds <= MESSAGE_VISIBILITY_S_MAX;
}

bool message_rules_check_change(struct arena *arena,
                                const struct api_change_message_visibility_request *request,
                                struct api_error *ret_error)
{
    if (!check_handle(arena, request->has_receipt_handle, request->receipt_handle, ret_error))
        return false;
    if (!request->has_visibility_timeout)
        return api_fail_missing(ret_error, arena, "VisibilityTimeout");
    if (!is_visibility(request->visibility_timeout))
        return api_fail_print(
            ret_error, arena, API_ERROR_INVALID_PARAMETER_VALUE,
            "Value %lld for parameter VisibilityTimeout is invalid. Reason: Must be "
            "between 0 and %d.",
            (long long)request->visibility_timeout, MESSAGE_VISIBILITY_S_MAX);
    return true;
}

bool message_rules_check_delete_batch(struct arena *arena,
                                      const struct api_delete_message_batch_request *request,
                                      struct api_error *ret_error)
{
    struct message_batch_shape shape = {
        .entry_name = "DeleteMessageBatchRequestEntry",
        .has_entries = request->has_entries,
        .count = request->entries.count,
    };
    for (uint32_t i = 0; i < shape.count; i++)
        message_rules_shape_id(&shape, i, request->entries.items[i].has_id,
                               request->entries.items[i].id);
    return message_rules_check_shape(arena, &shape, ret_error);
}

bool message_rules_check_change_batch(
    struct arena *arena, const struct api_change_message_visibility_batch_request *request,
    struct api_error *ret_error)
{
    struct message_batch_shape shape = {
        .entry_name = "ChangeMessageVisibilityBatchRequestEntry",
        .has_entries = request->has_entries,
        .count = request->entries.count,
    };
    for (uint32_t i = 0; i < shape.count; i++)
        message_rules_shape_id(&shape, i, request->entries.items[i].has_id,
                               request->entries.items[i].id);
    return message_rules_check_shape(arena, &shape, ret_error);
}

bool message_rules_check_delete_entry(struct arena *arena,
                                      const struct api_delete_message_batch_request *request,
                                      uint32_t index, struct api_error *ret_error)
{
    ASSERT(index < request->entries.count);
    const struct api_delete_message_batch_request_entry *entry = &request->entries.items[index];
    return check_handle(arena, entry->has_receipt_handle, entry->receipt_handle, ret_error);
}

bool message_rules_check_change_entry(
    struct arena *arena, const struct api_change_message_visibility_batch_request *request,
    uint32_t index, struct api_error *ret_error)
{
    ASSERT(index < request->entries.count);
    const struct api_change_message_visibility_batch_request_entry *entry =
        &request->entries.items[index];
    if (!check_handle(arena, entry->has_receipt_handle, entry->receipt_handle, ret_error))
        return false;
    if (!entry->has_visibility_timeout)
        return api_fail_print(ret_error, arena, API_ERROR_MISSING_REQUIRED_PARAMETER,
                              "The request must contain the parameter "
                              "ChangeMessageVisibilityBatchRequestEntry.%u.VisibilityTimeout.",
                              index + 1);
    if (!is_visibility(entry->visibility_timeout))
        return api_fail_print(ret_error, arena, API_ERROR_INVALID_PARAMETER_VALUE,
                              "Value %lld for parameter VisibilityTimeout is invalid. Reason: "
                              "VisibilityTimeout must be an integer between 0 and %d.",
                              (long long)entry->visibility_timeout, MESSAGE_VISIBILITY_S_MAX);
    return true;
}

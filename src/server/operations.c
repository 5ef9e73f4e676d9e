#include "server/operations.h"

#include "api/message_rules.h"

#include "base/banned.h"

const operation operations[API_ACTIONS_COUNT] = {
    [API_ADD_PERMISSION] = operation_catalog,
    [API_CANCEL_MESSAGE_MOVE_TASK] = operation_catalog,
    [API_CHANGE_MESSAGE_VISIBILITY] = operation_change_visibility,
    [API_CHANGE_MESSAGE_VISIBILITY_BATCH] = operation_change_visibility_batch,
    [API_CREATE_QUEUE] = operation_catalog,
    [API_DELETE_MESSAGE] = operation_delete,
    [API_DELETE_MESSAGE_BATCH] = operation_delete_batch,
    [API_DELETE_QUEUE] = operation_catalog,
    [API_GET_QUEUE_ATTRIBUTES] = operation_get_queue_attributes,
    [API_GET_QUEUE_URL] = operation_get_queue_url,
    [API_LIST_DEAD_LETTER_SOURCE_QUEUES] = operation_catalog,
    [API_LIST_MESSAGE_MOVE_TASKS] = operation_catalog,
    [API_LIST_QUEUE_TAGS] = operation_list_queue_tags,
    [API_LIST_QUEUES] = operation_catalog,
    [API_PURGE_QUEUE] = operation_purge,
    [API_RECEIVE_MESSAGE] = operation_receive,
    [API_REMOVE_PERMISSION] = operation_catalog,
    [API_SEND_MESSAGE] = operation_send,
    [API_SEND_MESSAGE_BATCH] = operation_send_batch,
    [API_SET_QUEUE_ATTRIBUTES] = operation_catalog,
    [API_START_MESSAGE_MOVE_TASK] = operation_start_move_task,
    [API_TAG_QUEUE] = operation_catalog,
    [API_UNTAG_QUEUE] = operation_catalog,
};

struct message_rules operation_rules(const struct call *call)
{
    const struct queue_attributes *attributes = &call->queue->attributes;
    return (struct message_rules){
        .is_fifo = attributes->is_fifo,
        .content_based_deduplication = attributes->content_based_deduplication,
        .dedup_per_group = attributes->dedup_scope == QUEUE_DEDUP_GROUP,
        .message_bytes_max = attributes->message_bytes_max,
        .delay_s = attributes->delay_s,
        .visibility_s = attributes->visibility_s,
        .wait_s = attributes->receive_wait_s,
        .trace_header = call->trace_header,
    };
}

void operation_refuse(struct call *call, enum engine_result result, struct api_error *ret_error)
{
    MAYBE(call);
    if (result == ENGINE_NO_QUEUE) {
        api_fail_no_queue(ret_error);
        return;
    }
    ASSERT(result == ENGINE_FULL);
    api_fail(ret_error, API_ERROR_SERVICE_UNAVAILABLE,
             SLICE("The server has no memory left for this message."));
}

static void answer(struct call *call)
{
    call_answer(call);
}

void operation_catalog(struct call *call)
{
    call_start_catalog(call, answer);
}

#include "server/operations.h"

#include "api/message_rules.h"
#include "server/front.h"

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

void operation_prepare(const struct call *call, struct node_call *node,
                       void (*done)(struct node_call *node))
{
    ASSERT(node->state == NODE_CALL_IDLE && node->done == NULL); /* zeroed, for the first time */
    node->kind = NODE_CALL_STEP;
    node->durability = node_durability_of(worker_node(call->front->worker), call->queue);
    node->is_fifo = call->queue->attributes.is_fifo;
    node->done = done;
    node->event.queue.v = call->queue->id;
}

static void refuse_storage(enum err err, struct api_error *ret_error)
{
    switch (err) {
    case ERR_FULL:
        api_fail(ret_error, API_ERROR_SERVICE_UNAVAILABLE,
                 SLICE("The server has no room left for this message; try again later."));
        return;
    case ERR_UNAVAILABLE:
        api_fail(ret_error, API_ERROR_SERVICE_UNAVAILABLE,
                 SLICE("The server's disk is behind; try again later."));
        return;
    case ERR_INVALID:
        api_fail(ret_error, API_ERROR_INTERNAL_FAILURE,
                 SLICE("The message is larger than a quarter of --segment-bytes."));
        return;
    case ERR_OK:
    case ERR_ABSENT:
    case ERR_EXISTS:
    case ERR_STALE:
    case ERR_CORRUPT:
    case ERR_IO:
        break;
    }
    api_fail(
        ret_error, API_ERROR_INTERNAL_FAILURE,
        SLICE(
            "The server cannot keep this: its log has failed. Whether it happened is not known."));
}

void operation_refuse(struct call *call, const struct node_call *node, struct api_error *ret_error)
{
    MAYBE(call);
    if (node->storage_err != ERR_OK)
        refuse_storage(node->storage_err, ret_error);
    else if (node->result == ENGINE_NO_QUEUE)
        api_fail_no_queue(ret_error);
    else if (node->result == ENGINE_FULL)
        refuse_storage(ERR_FULL, ret_error);
}

static void answer(struct call *call)
{
    call_answer(call);
}

void operation_catalog(struct call *call)
{
    call_start_catalog(call, answer);
}

/* What a worker answers about queues without the catalog: GetQueueUrl, GetQueueAttributes,
 * ListQueueTags, PurgeQueue, and the count that StartMessageMoveTask needs. */
#include "metadata/attributes.h"
#include "server/operations.h"

#include "base/banned.h"

/* ---- GetQueueUrl ---- */

static void answer_queue_url(struct call *call)
{
    struct api_get_queue_url_response *response = call->response;
    /* Without access a queue of another account looks like one that does not exist (B3). */
    if (!call_authorise(call)) {
        if (!slice_equal(call->identity.account, call->queue->account))
            api_fail(&call->error, API_ERROR_QUEUE_DOES_NOT_EXIST,
                     SLICE("The specified queue does not exist or you do not have access to it."));
        call_fail_early(call);
        return;
    }
    response->has_queue_url = true;
    response->queue_url = call_queue_url(call, call->queue);
    call_answer(call);
}

void operation_get_queue_url(struct call *call)
{
    const struct api_get_queue_url_request *request = call->request;
    struct slice account = call->identity.account;
    if (request->has_queue_owner_aws_account_id && request->queue_owner_aws_account_id.bytes > 0)
        account = request->queue_owner_aws_account_id;
    if (!request->has_queue_name || request->queue_name.bytes == 0) {
        api_fail(
            &call->error, API_ERROR_INVALID_PARAMETER_VALUE,
            SLICE("Value for parameter QueueName is invalid. Reason: Must specify a queue name."));
        call_fail_early(call);
        return;
    }
    call_resolve(call, account, request->queue_name, answer_queue_url);
}

/* ---- GetQueueAttributes ---- */

static void attributes_counted(struct node_call *node)
{
    struct call *call = node->context;
    const struct api_get_queue_attributes_request *request = call->request;
    struct api_get_queue_attributes_response *response = call->response;
    call_end_node(call);
    operation_refuse(call, node, &call->error);
    if (call->error.row != NULL) {
        call_fail(call);
        return;
    }
    struct queue_counts counts = {.visible = node->counts.visible,
                                  .inflight = node->counts.inflight,
                                  .delayed = node->counts.delayed};
    if (queue_attributes_get(call->queue, &request->attribute_names, &counts, &call->arena,
                             &response->attributes, &call->error))
        response->has_attributes = response->attributes.count > 0;
    call_answer(call);
}

void operation_get_queue_attributes(struct call *call)
{
    call->node = (struct node_call){.kind = NODE_CALL_COUNTS, .done = attributes_counted};
    call->node.event.queue.v = call->queue->id;
    call_start_node(call, &call->node);
}

/* ---- ListQueueTags ---- */

void operation_list_queue_tags(struct call *call)
{
    struct api_list_queue_tags_response *response = call->response;
    const struct queue *queue = call->queue;
    response->has_tags = queue->tags_count > 0;
    response->tags.count = queue->tags_count;
    response->tags.items = ARENA_NEW_MANY(&call->arena, struct api_string_pair, queue->tags_count);
    for (uint32_t i = 0; i < queue->tags_count; i++)
        response->tags.items[i] =
            (struct api_string_pair){queue->tags[i].key, queue->tags[i].value};
    call_answer(call);
}

/* ---- PurgeQueue ---- */

static void purged(struct node_call *node)
{
    struct call *call = node->context;
    call_end_node(call);
    if (node->result == ENGINE_PURGED_RECENTLY)
        api_fail_print(&call->error, &call->arena, API_ERROR_PURGE_QUEUE_IN_PROGRESS,
                       "Only one PurgeQueue operation on %.*s is allowed every 60 seconds.",
                       SLICE_PRINT(call->queue->name));
    else
        operation_refuse(call, node, &call->error);
    call_answer(call);
}

void operation_purge(struct call *call)
{
    operation_prepare(call, &call->node, purged);
    call->node.event.kind = ENGINE_PURGE;
    call->node.event.purge.ignores_pause = call_is_relaxed(call);
    call_start_node(call, &call->node);
}

/* ---- StartMessageMoveTask ---- */

static void answer(struct call *call)
{
    call_answer(call);
}

static void source_counted(struct node_call *node)
{
    struct call *call = node->context;
    call_end_node(call);
    call->catalog.to_move = node->result == ENGINE_DONE ? node->counts.visible : 0;
    call_start_catalog(call, answer);
}

/* The account and name at the end of a queue's ARN; false when it has another form: the catalog
 * says so. */
static bool parse_arn(struct slice arn, struct slice *ret_account, struct slice *ret_name)
{
    struct slice rest = arn, part;
    for (int i = 0; i < 4; i++)
        if (!slice_split(&rest, ':', &part))
            return false;
    return slice_split(&rest, ':', ret_account) && slice_split(&rest, ':', ret_name) &&
           rest.at == NULL;
}

void operation_start_move_task(struct call *call)
{
    const struct api_start_message_move_task_request *request = call->request;
    struct slice account, name;
    struct queue *source = NULL;
    if (request->has_source_arn && parse_arn(request->source_arn, &account, &name))
        source = directory_find(call_directory(call), account, name);
    call->catalog.to_move = 0;
    if (source == NULL) {
        call_start_catalog(call, answer);
        return;
    }
    call->node = (struct node_call){.kind = NODE_CALL_COUNTS, .done = source_counted};
    call->node.event.queue.v = source->id;
    call_start_node(call, &call->node);
}

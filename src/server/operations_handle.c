/* DeleteMessage, ChangeMessageVisibility and their batches: what is done with a receipt handle. */
#include "api/message_rules.h"
#include "server/operations.h"

#include "base/banned.h"

/* One handle on its way to the engine. */
struct handling {
    struct node_call *node;
    bool is_entry;       /* of a batch */
    struct slice id;     /* batch: of the entry */
    struct slice handle; /* as the client sent it: for error texts */
    int64_t visibility_s;
    struct api_error error;
};

struct batch {
    struct handling handlings[MESSAGE_BATCH_MAX];
    uint32_t count;
    uint32_t waiting; /* for the engine, plus one while they are being started */
};

static bool fail_handle(struct call *call, struct handling *handling, enum api_error_code code,
                        const char *before, const char *after)
{
    return api_fail_print(&handling->error, &call->arena, code, "%s%.*s%s", before,
                          SLICE_PRINT(handling->handle), after);
}

/* Reads the handle into the event. */
static bool read_handle(struct call *call, struct handling *handling, struct receipt *ret_receipt)
{
    struct receipt_key *key = call_receipt_key(call);
    ASSERT(key != NULL); /* checked before the handler */
    if (receipt_decode(key, handling->handle, ret_receipt) != ERR_OK)
        return fail_handle(call, handling, API_ERROR_RECEIPT_HANDLE_IS_INVALID,
                           "The input receipt handle \"", "\" is not a valid receipt handle.");
    if (ret_receipt->queue != call->queue->id)
        return fail_handle(call, handling, API_ERROR_RECEIPT_HANDLE_IS_INVALID,
                           "The receipt handle \"", "\" is not valid for this queue.");
    return true;
}

/* False: handling->error is set and nothing was started. */
static bool start_delete(struct call *call, struct handling *handling,
                         void (*done)(struct node_call *))
{
    struct receipt receipt;
    if (!read_handle(call, handling, &receipt))
        return false;
    operation_prepare(call, handling->node, done);
    struct engine_event *event = &handling->node->event;
    event->kind = ENGINE_DELETE;
    event->delete_.sequence = receipt.sequence;
    event->delete_.generation = receipt.generation;
    call_start_node(call, handling->node);
    return true;
}

static bool start_change(struct call *call, struct handling *handling,
                         void (*done)(struct node_call *))
{
    struct receipt receipt;
    if (!read_handle(call, handling, &receipt))
        return false;
    operation_prepare(call, handling->node, done);
    struct engine_event *event = &handling->node->event;
    event->kind = ENGINE_CHANGE_VISIBILITY;
    event->change.sequence = receipt.sequence;
    event->change.generation = receipt.generation;
    event->change.received_at = receipt.received_at;
    event->change.visibility_ms = handling->visibility_s * 1000;
    call_start_node(call, handling->node);
    return true;
}

static void settle(struct call *call, struct handling *handling)
{
    if (handling->node->storage_err != ERR_OK) {
        operation_refuse(call, handling->node, &handling->error);
        return;
    }
    switch (handling->node->result) {
    case ENGINE_DONE:
        return;
    case ENGINE_HANDLE_EXPIRED:
        if (handling->is_entry) {
            api_fail(&handling->error, API_ERROR_RECEIPT_HANDLE_IS_INVALID,
                     SLICE("The receipt handle has expired"));
            return;
        }
        fail_handle(
            call, handling, API_ERROR_INVALID_PARAMETER_VALUE, "Value ",
            " for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.");
        return;
    case ENGINE_NO_MESSAGE:
        fail_handle(
            call, handling, API_ERROR_INVALID_PARAMETER_VALUE, "Value ",
            " for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for "
            "visibility timeout change.");
        return;
    case ENGINE_BEYOND_LIMIT:
        api_fail_print(
            &handling->error, &call->arena, API_ERROR_INVALID_PARAMETER_VALUE,
            "Value %lld for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for "
            "the message is beyond the limit [43200 seconds]",
            (long long)handling->visibility_s);
        return;
    case ENGINE_NO_QUEUE:
    case ENGINE_FULL:
        operation_refuse(call, handling->node, &handling->error);
        return;
    case ENGINE_PARKED:
    case ENGINE_OVER_LIMIT:
    case ENGINE_PURGED_RECENTLY:
    case ENGINE_TASK_RUNNING:
    case ENGINE_NO_TASK:
        break;
    }
    UNREACHABLE("no answer of the engine to a handle");
}

static void handled(struct node_call *node)
{
    struct call *call = node->context;
    struct handling *handling = call->state;
    call_end_node(call);
    settle(call, handling);
    call->error = handling->error;
    call_answer(call);
}

static struct handling *new_handling(struct call *call, struct slice handle, int64_t visibility_s)
{
    struct handling *handling = ARENA_NEW(&call->arena, struct handling);
    handling->node = &call->node;
    handling->handle = handle;
    handling->visibility_s = visibility_s;
    call->state = handling;
    return handling;
}

static void finish_start(struct call *call, struct handling *handling, bool started)
{
    if (started)
        return;
    call->error = handling->error;
    call_fail(call);
}

void operation_delete(struct call *call)
{
    const struct api_delete_message_request *request = call->request;
    if (!message_rules_check_delete(&call->arena, request, &call->error)) {
        call_fail(call);
        return;
    }
    struct handling *handling = new_handling(call, request->receipt_handle, 0);
    finish_start(call, handling, start_delete(call, handling, handled));
}

void operation_change_visibility(struct call *call)
{
    const struct api_change_message_visibility_request *request = call->request;
    if (!message_rules_check_change(&call->arena, request, &call->error)) {
        call_fail(call);
        return;
    }
    struct handling *handling =
        new_handling(call, request->receipt_handle, request->visibility_timeout);
    finish_start(call, handling, start_change(call, handling, handled));
}

/* ---- batches ---- */

/* Ids of the good entries and the failed ones, in the order of the request. */
static uint32_t split_results(struct call *call, const struct batch *batch, struct slice *ret_good,
                              struct api_batch_result_error_entry_list *ret_failed)
{
    uint32_t good_count = 0;
    ret_failed->items =
        ARENA_NEW_MANY(&call->arena, struct api_batch_result_error_entry, MESSAGE_BATCH_MAX);
    ret_failed->count = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct handling *handling = &batch->handlings[i];
        if (handling->error.row != NULL)
            message_rules_fail_entry(handling->id, &handling->error,
                                     &ret_failed->items[ret_failed->count++]);
        else
            ret_good[good_count++] = handling->id;
    }
    return good_count;
}

static void answer_delete_batch(struct call *call, const struct batch *batch)
{
    struct api_delete_message_batch_response *response = call->response;
    struct slice good[MESSAGE_BATCH_MAX];
    uint32_t count = split_results(call, batch, good, &response->failed);
    response->has_failed = response->failed.count > 0;
    response->has_successful = count > 0;
    response->successful.count = count;
    response->successful.items =
        ARENA_NEW_MANY(&call->arena, struct api_delete_message_batch_result_entry, count);
    for (uint32_t i = 0; i < count; i++) {
        response->successful.items[i].has_id = true;
        response->successful.items[i].id = good[i];
    }
    call_answer(call);
}

static void answer_change_batch(struct call *call, const struct batch *batch)
{
    struct api_change_message_visibility_batch_response *response = call->response;
    struct slice good[MESSAGE_BATCH_MAX];
    uint32_t count = split_results(call, batch, good, &response->failed);
    response->has_failed = response->failed.count > 0;
    response->has_successful = count > 0;
    response->successful.count = count;
    response->successful.items = ARENA_NEW_MANY(
        &call->arena, struct api_change_message_visibility_batch_result_entry, count);
    for (uint32_t i = 0; i < count; i++) {
        response->successful.items[i].has_id = true;
        response->successful.items[i].id = good[i];
    }
    call_answer(call);
}

static void end_one(struct call *call, struct batch *batch)
{
    if (--batch->waiting > 0)
        return;
    if (call->action == API_DELETE_MESSAGE_BATCH)
        answer_delete_batch(call, batch);
    else
        answer_change_batch(call, batch);
}

static void batch_handled(struct node_call *node)
{
    struct call *call = node->context;
    struct batch *batch = call->state;
    call_end_node(call);
    for (uint32_t i = 0; i < batch->count; i++)
        if (batch->handlings[i].node == node)
            settle(call, &batch->handlings[i]);
    end_one(call, batch);
}

static struct handling *add_handling(struct call *call, struct batch *batch, struct slice id,
                                     struct slice handle)
{
    struct handling *handling = &batch->handlings[batch->count++];
    handling->node = ARENA_NEW(&call->arena, struct node_call);
    handling->is_entry = true;
    handling->id = id;
    handling->handle = handle;
    return handling;
}

void operation_delete_batch(struct call *call)
{
    const struct api_delete_message_batch_request *request = call->request;
    if (!message_rules_check_delete_batch(&call->arena, request, &call->error)) {
        call_fail(call);
        return;
    }
    struct batch *batch = ARENA_NEW(&call->arena, struct batch);
    call->state = batch;
    batch->waiting = 1;
    for (uint32_t i = 0; i < request->entries.count; i++) {
        const struct api_delete_message_batch_request_entry *entry = &request->entries.items[i];
        struct handling *handling = add_handling(call, batch, entry->id, entry->receipt_handle);
        if (!message_rules_check_delete_entry(&call->arena, request, i, &handling->error))
            continue;
        batch->waiting++;
        if (!start_delete(call, handling, batch_handled))
            batch->waiting--;
    }
    end_one(call, batch);
}

void operation_change_visibility_batch(struct call *call)
{
    const struct api_change_message_visibility_batch_request *request = call->request;
    if (!message_rules_check_change_batch(&call->arena, request, &call->error)) {
        call_fail(call);
        return;
    }
    struct batch *batch = ARENA_NEW(&call->arena, struct batch);
    call->state = batch;
    batch->waiting = 1;
    for (uint32_t i = 0; i < request->entries.count; i++) {
        const struct api_change_message_visibility_batch_request_entry *entry =
            &request->entries.items[i];
        struct handling *handling = add_handling(call, batch, entry->id, entry->receipt_handle);
        if (!message_rules_check_change_entry(&call->arena, request, i, &handling->error))
            continue;
        handling->visibility_s = entry->visibility_timeout;
        batch->waiting++;
        if (!start_change(call, handling, batch_handled))
            batch->waiting--;
    }
    end_one(call, batch);
}

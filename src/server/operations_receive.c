/* ReceiveMessage. */
#include "api/message_rules.h"
#include "api/message_select.h"
#include "base/encode.h"
#include "log/message.h"
#include "server/operations.h"

#include "base/banned.h"

#define ANSWER_BYTES_A_MESSAGE 400u /* ids, receipt handle, digest and names, without attributes */

static struct slice print_receipt(struct call *call, const struct engine_delivery *delivery)
{
    struct receipt receipt = {
        .queue = call->queue->id,
        .sequence = delivery->sequence,
        .received_at = delivery->received_at,
        .generation = delivery->generation,
        .slot = (uint8_t)node_slot_of(call->queue->id),
    };
    uint8_t *text = arena_take(&call->arena, RECEIPT_TEXT_BYTES);
    receipt_encode(call_receipt_key(call), &receipt, text);
    return slice_of(text, RECEIPT_TEXT_BYTES);
}

static void fill_system_attributes(struct call *call, const struct message_select *select,
                                   const struct message_view *view,
                                   const struct engine_delivery *delivery,
                                   struct api_message *message)
{
    struct api_string_pair *found =
        ARENA_NEW_MANY(&call->arena, struct api_string_pair, MESSAGE_SYSTEM_COUNT);
    struct message_system_values values = {
        .sender_id = view->sender_id,
        .sent_at = view->sent_at,
        .first_received = delivery->first_received,
        .receive_count = delivery->receive_count,
        .trace_header = view->trace_header,
        .dead_letter_source = view->dead_letter_source,
        .group_id = view->group_id,
        .dedup_id = view->dedup_id,
        .is_fifo = call->queue->attributes.is_fifo,
        .sequence = delivery->sequence,
    };
    uint32_t count = message_select_system(select, &call->arena, &values, found);
    if (count == 0)
        return;
    message->has_attributes = true;
    message->attributes.items = found;
    message->attributes.count = count;
}

static void fill_user_attributes(struct call *call, const struct message_select *select,
                                 const struct message_view *view, struct api_message *message)
{
    struct message_attribute all[MESSAGE_ATTRIBUTES_MAX], taken[MESSAGE_ATTRIBUTES_MAX];
    uint8_t digest[MD5_BYTES];
    if (view->attributes_count == 0 || message_select_no_user(select))
        return;
    uint32_t all_count = message_attributes(view, all);
    uint32_t count =
        message_select_user(select, all, all_count, view->attributes_digest, taken, digest);
    if (count == 0)
        return;
    message->has_md5_of_message_attributes = true;
    message->md5_of_message_attributes = encode_hex_in(&call->arena, slice_of(digest, MD5_BYTES));
    message->has_message_attributes = true;
    message->message_attributes.items =
        ARENA_NEW_MANY(&call->arena, struct api_message_attribute, count);
    message->message_attributes.count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct api_message_attribute *out = &message->message_attributes.items[i];
        out->name = taken[i].name;
        out->value.has_data_type = true;
        out->value.data_type = taken[i].type;
        out->value.has_binary_value = taken[i].is_binary;
        out->value.has_string_value = !taken[i].is_binary;
        if (taken[i].is_binary)
            out->value.binary_value = taken[i].value;
        else
            out->value.string_value = taken[i].value;
    }
}

static void fill_message(struct call *call, const struct message_select *select,
                         const struct engine_delivery *delivery, struct slice stored,
                         struct api_message *message)
{
    struct message_view *view = ARENA_NEW(&call->arena, struct message_view);
    uint8_t digest[MD5_BYTES];
    enum err err = message_decode(stored, view);
    ASSERT(err == ERR_OK);
    message_body_digest(view, digest);
    uint8_t *id = arena_take(&call->arena, UUID_TEXT_BYTES);
    uuid_print(view->message_id, id);
    message->has_message_id = true;
    message->message_id = slice_of(id, UUID_TEXT_BYTES);
    message->has_receipt_handle = true;
    message->receipt_handle = print_receipt(call, delivery);
    message->has_md5_of_body = true;
    message->md5_of_body = encode_hex_in(&call->arena, slice_of(digest, MD5_BYTES));
    message->has_body = true;
    message->body = view->body;
    fill_system_attributes(call, select, view, delivery, message);
    fill_user_attributes(call, select, view, message);
}

static void answer_messages(struct call *call, struct node_call *node)
{
    const struct message_receive *receive = call->state;
    struct api_receive_message_response *response = call->response;
    uint32_t count = node->deliveries_count;
    struct node_message messages[ENGINE_RECEIVE_MAX]; /* the call's memory may be gone then */
    response->has_messages = count > 0;
    response->messages.items = ARENA_NEW_MANY(&call->arena, struct api_message, count);
    response->messages.count = count;
    for (uint32_t i = 0; i < count; i++) {
        messages[i] = node->messages[i];
        fill_message(call, &receive->select, &node->deliveries[i], messages[i].bytes,
                     &response->messages.items[i]);
        call->answer_bytes_hint += messages[i].bytes.bytes + ANSWER_BYTES_A_MESSAGE;
    }
    call_answer(call); /* encodes at once; the call may be gone afterwards */
    for (uint32_t i = 0; i < count; i++)
        node_message_release(&messages[i]);
}

static void release_messages(struct node_call *node)
{
    for (uint32_t i = 0; i < node->deliveries_count; i++)
        node_message_release(&node->messages[i]);
    node->deliveries_count = 0;
}

static void received(struct node_call *node)
{
    struct call *call = node->context;
    call_end_node(call);
    call_unpark(call);
    if (node->is_cancelled)
        release_messages(node);
    if (node->result == ENGINE_OVER_LIMIT)
        api_fail(&call->error, API_ERROR_OVER_LIMIT,
                 SLICE("Too many messages have been received without being deleted.\nPlease delete "
                       "your received messages or let them timeout before receiving more."));
    else if (!node->is_cancelled)
        operation_refuse(call, node, &call->error);
    if (call->error.row == NULL) {
        answer_messages(call, node);
        return;
    }
    release_messages(node);
    call_fail(call);
}

static void parked(struct node_call *node)
{
    call_park(node->context);
}

static bool is_client_there(struct node_call *node)
{
    return call_is_client_there(node->context);
}

void operation_receive(struct call *call)
{
    struct message_rules rules = operation_rules(call);
    struct message_receive *receive = ARENA_NEW(&call->arena, struct message_receive);
    if (!message_rules_prepare_receive(&rules, &call->arena, call->request, receive,
                                       &call->error)) {
        call_fail(call);
        return;
    }
    call->state = receive;
    operation_prepare(call, &call->node, received);
    call->node.parked = parked;
    call->node.is_client_there = is_client_there;
    struct engine_event *event = &call->node.event;
    event->kind = ENGINE_RECEIVE;
    event->receive.count_max = receive->count_max;
    call->node.deliveries =
        arena_take(&call->arena, receive->count_max * sizeof(*call->node.deliveries));
    call->node.messages = ARENA_NEW_MANY(&call->arena, struct node_message, receive->count_max);
    event->receive.visibility_ms = receive->visibility_s * 1000;
    /* A server that is stopping answers at once instead of parking. */
    event->receive.wait_ms = call_may_wait(call) ? receive->wait_s * 1000 : 0;
    event->receive.has_attempt = receive->has_attempt;
    memcpy(event->receive.attempt.v, receive->attempt_key, MESSAGE_KEY_BYTES);
    call_start_node(call, &call->node);
}

/* A look at a queue's messages that leaves no trace: no receive is counted, nothing becomes
 * invisible. */
#include "admin/admin_private.h"
#include "api/message_select.h"
#include "base/encode.h"
#include "base/uuid.h"
#include "log/message.h"

#include "base/banned.h"

struct peeking {
    struct node_call call;
    struct engine_peek found[ADMIN_PEEK_MAX];
    struct node_message messages[ADMIN_PEEK_MAX];
    struct admin_request *admin;
};

static const char *state_name(enum engine_message_state state)
{
    switch (state) {
    case ENGINE_VISIBLE:
        return "visible";
    case ENGINE_INFLIGHT:
        return "in flight";
    case ENGINE_DELAYED:
        return "delayed";
    case ENGINE_MOVING:
        return "moving";
    case ENGINE_LOCKED:
        return "locked";
    }
    UNREACHABLE("no such state");
}

static json_t *describe_attributes(struct arena *arena, const struct message_view *view)
{
    json_t *attributes = json_object();
    struct message_attribute attribute;
    uint32_t at = 0;
    while (message_attribute_next(view, &at, &attribute)) {
        struct slice value = attribute.value;
        if (attribute.is_binary) {
            uint8_t *text = arena_take(arena, BASE64_TEXT_BYTES(value.bytes));
            encode_base64(value, text);
            value = slice_of(text, BASE64_TEXT_BYTES(value.bytes));
        }
        struct slice name = arena_join(arena, attribute.name, slice_of("", 1));
        json_object_set_new(
            attributes, (const char *)name.at,
            json_pack("{s:o,s:o}", "type", admin_text(attribute.type), "value", admin_text(value)));
    }
    return attributes;
}

static void set_if(json_t *object, const char *name, struct slice text)
{
    if (text.at != NULL)
        json_object_set_new(object, name, admin_text(text));
}

static json_t *describe(struct admin_request *request, const struct engine_peek *found,
                        struct slice stored, struct clock_now now)
{
    struct message_view view;
    uint8_t id[UUID_TEXT_BYTES];
    bool waits = found->state == ENGINE_INFLIGHT || found->state == ENGINE_DELAYED;
    enum err err = message_decode(stored, &view);
    ASSERT(err == ERR_OK);
    uuid_print(view.message_id, id);
    json_t *message = json_pack(
        "{s:o,s:o,s:s,s:I,s:I,s:o}", "sequence",
        admin_text(arena_print(request->arena, "%llu", (unsigned long long)found->sequence)),
        "message_id", admin_text(slice_of(id, sizeof(id))), "state", state_name(found->state),
        "receive_count", (json_int_t)found->receive_count, "sent_ms", (json_int_t)view.sent_at.v,
        "body", admin_text(view.body));
    if (waits)
        json_object_set_new(message, "visible_in_ms",
                            json_integer((json_int_t)(found->until.v - now.mono.v)));
    set_if(message, "group", view.group_id);
    set_if(message, "deduplication_id", view.dedup_id);
    set_if(message, "dead_letter_source", view.dead_letter_source);
    if (view.attributes_count > 0)
        json_object_set_new(message, "attributes", describe_attributes(request->arena, &view));
    return message;
}

static void peeked(struct node_call *call)
{
    struct peeking *peeking = call->context;
    struct admin_request *request = peeking->admin;
    struct clock_now now = clock_read(node_clock(worker_node(request->worker)));
    if (call->result != ENGINE_DONE) {
        admin_refuse(request, 404, "there is no such queue");
        return;
    }
    json_t *messages = json_array();
    for (uint32_t i = 0; i < call->peeks_count; i++) {
        struct slice stored = peeking->messages[i].bytes;
        if (stored.at != NULL) /* else it went away while it was read */
            json_array_append_new(messages, describe(request, &peeking->found[i], stored, now));
        node_message_release(&peeking->messages[i]);
    }
    json_t *document = json_pack("{s:o}", "messages", messages);
    if (call->peeks_count == call->peeks_max) {
        uint64_t last = peeking->found[call->peeks_count - 1].sequence;
        json_object_set_new(
            document, "next",
            admin_text(arena_print(request->arena, "%llu", (unsigned long long)last)));
    }
    admin_answer(request, document);
}

void admin_peek(struct admin_request *request)
{
    struct slice account = admin_parameter(request, "account", request->account);
    struct slice name = admin_parameter(request, "queue", SLICE_NONE);
    struct queue *queue = directory_find(worker_directory(request->worker), account, name);
    int64_t after, max;
    if (queue == NULL) {
        admin_refuse(request, 404, "there is no such queue");
        return;
    }
    if (!admin_number(request, "after", 0, 0, INT64_MAX, &after) ||
        !admin_number(request, "max", 10, 1, ADMIN_PEEK_MAX, &max))
        return;
    struct peeking *peeking = ARENA_NEW(request->arena, struct peeking);
    peeking->admin = request;
    peeking->call = (struct node_call){
        .kind = NODE_CALL_PEEK,
        .done = peeked,
        .context = peeking,
        .peek_after = (uint64_t)after,
        .peeks = peeking->found,
        .peek_messages = peeking->messages,
        .peeks_max = (uint32_t)max,
    };
    peeking->call.event.queue.v = queue->id;
    node_call_start(request->worker, &peeking->call);
}

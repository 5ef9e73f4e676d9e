/* A look at a queue's messages that leaves no trace: no receive is counted, nothing becomes
 * invisible. */
#include "admin/admin_line.h"
#include "admin/admin_private.h"

#include "base/banned.h"

struct peeking {
    struct node_call call;
    struct engine_peek found[ADMIN_PEEK_MAX];
    struct node_message messages[ADMIN_PEEK_MAX];
    struct admin_request *admin;
    bool is_export;
};

static void set_next(struct admin_request *request, json_t *document, uint64_t sequence)
{
    json_object_set_new(
        document, "next",
        admin_text(arena_print(request->arena, "%llu", (unsigned long long)sequence)));
}

static void peeked(struct node_call *call)
{
    struct peeking *peeking = call->context;
    struct admin_request *request = peeking->admin;
    struct clock_now now = clock_read(node_clock(worker_node(request->worker)));
    if (call->result != ENGINE_DONE) {
        admin_refuse(request, 404, "the queue was deleted while it was read");
        return;
    }
    json_t *messages = json_array();
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < call->peeks_count; i++) {
        struct slice stored = peeking->messages[i].bytes;
        bytes += peeking->found[i].body_bytes;
        if (stored.at != NULL) /* else it went away while it was read */
            json_array_append_new(messages,
                                  admin_line_make(request->arena, &peeking->found[i], stored, now));
        node_message_release(&peeking->messages[i]);
    }
    json_t *document = json_pack("{s:o}", "messages", messages);
    bool is_cut = call->peeks_count == call->peeks_max || bytes >= call->peek_bytes_max;
    /* An export goes on until a page is empty. */
    if (call->peeks_count > 0 && (peeking->is_export || is_cut))
        set_next(request, document, peeking->found[call->peeks_count - 1].sequence);
    admin_answer(request, document);
}

static void look(struct admin_request *request, bool is_export, int64_t max_standard)
{
    struct queue *queue = admin_find_queue(request);
    int64_t after, max;
    if (queue == NULL)
        return;
    if (!admin_number(request, "after", 0, 0, INT64_MAX, &after) ||
        !admin_number(request, "max", max_standard, 1, ADMIN_PEEK_MAX, &max))
        return;
    struct peeking *peeking = ARENA_NEW(request->arena, struct peeking);
    peeking->admin = request;
    peeking->is_export = is_export;
    peeking->call = (struct node_call){
        .kind = NODE_CALL_PEEK,
        .done = peeked,
        .context = peeking,
        .peek_after = (uint64_t)after,
        .peeks = peeking->found,
        .peek_messages = peeking->messages,
        .peeks_max = (uint32_t)max,
        .peek_bytes_max = ADMIN_PEEK_BYTES_MAX,
    };
    peeking->call.event.queue.v = queue->id;
    node_call_start(request->worker, &peeking->call);
}

void admin_peek(struct admin_request *request)
{
    look(request, false, 10);
}

void admin_export(struct admin_request *request)
{
    look(request, true, ADMIN_PEEK_MAX);
}

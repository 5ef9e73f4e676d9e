/* Messages from elsewhere: what export wrote, line by line, brought into a queue.
 *
 * All lines up to the first that cannot be read or that the queue's rules refuse go to the queue's owner as one call:
 * they keep their order, and one sync keeps them all. What a line says is kept as far as the engine can:
 *
 *     visible, locked, moving   arrives visible
 *     in flight                 arrives in flight, for what was left; on a FIFO queue it holds its group
 *     delayed, standard         sent with the rest of its delay
 *     delayed, FIFO             the queue's own delay, from its beginning
 *
 * Age (retention) goes on from the time it was sent on standard queues; where that would be over already, it starts
 * again, so that nothing vanishes while it is imported. It always starts again on FIFO queues (as for dead letters) and
 * for delayed messages. A deduplication id is remembered only within five minutes of the sending, from now on. */
#include "admin/admin_line.h"
#include "admin/admin_private.h"
#include "api/message_rules.h"
#include "base/random.h"
#include "log/message.h"
#include "metadata/queue_name.h"

#include "base/banned.h"

/* What is told of messages that are not quite what their lines say. */
struct notes {
    int64_t delay_restarted, age_restarted;
};

struct importing {
    struct node_call call;
    struct admin_request *admin;
    struct queue *queue; /* only until the call starts */
    struct message_rules rules;
    struct clock_now now;
    struct node_import imports[ADMIN_IMPORT_LINES_MAX];
    uint32_t lines[ADMIN_IMPORT_LINES_MAX];     /* from 1 on */
    struct notes notes[ADMIN_IMPORT_LINES_MAX]; /* of each */
    uint32_t refused_line;                      /* 0: none */
    struct slice why;
};

/* ---- a line into an event ---- */

static struct slice encode(struct importing *importing, const struct admin_line *line,
                           const struct message_prepared *prepared)
{
    struct message_content content = {
        .sent_at = line->sent_ms >= 0 ? (struct wall_ms){line->sent_ms} : importing->now.wall,
        .sender_id = line->sender_id,
        .group_id = prepared->group_id,
        .dedup_id = prepared->dedup_id,
        .trace_header = prepared->trace_header,
        .dead_letter_source = line->dead_letter_source,
        .body = prepared->body,
        .attributes = prepared->attributes,
        .attributes_count = prepared->attributes_count,
    };
    memcpy(content.message_id, line->message_id, MESSAGE_ID_BYTES);
    memcpy(content.body_digest, prepared->body_digest, MD5_BYTES);
    memcpy(content.attributes_digest, prepared->attributes_digest, MD5_BYTES);
    uint32_t bytes = message_encoded_bytes(&content);
    uint8_t *at = arena_take(importing->admin->arena, bytes);
    message_encode(&content, at);
    return slice_of(at, bytes);
}

static int64_t age_ms(const struct importing *importing, const struct admin_line *line)
{
    int64_t age = line->sent_ms >= 0 ? importing->now.wall.v - line->sent_ms : 0;
    return age > 0 ? age : 0;
}

/* The queue that a dead letter came from, if it is one of ours: a move task without a destination brings it back. */
static struct engine_queue find_source(const struct importing *importing,
                                       const struct admin_line *line)
{
    struct queue_arn arn;
    if (line->dead_letter_source.at == NULL || !queue_arn_parse(line->dead_letter_source, &arn))
        return (struct engine_queue){0};
    const struct queue *source =
        directory_find(worker_directory(importing->admin->worker), arn.account, arn.resource);
    return (struct engine_queue){source != NULL ? source->id : 0};
}

static void fill_delayed(struct importing *importing, const struct admin_line *line,
                         const struct message_prepared *prepared, struct node_import *import,
                         struct notes *notes)
{
    struct engine_event *event = &import->event;
    event->kind = ENGINE_SEND;
    event->send.body_bytes = (uint32_t)import->message.bytes;
    event->send.delay_ms = line->visible_in_ms;
    event->send.has_group = prepared->group_id.at != NULL;
    memcpy(event->send.message_id, line->message_id, MESSAGE_ID_BYTES);
    memcpy(event->send.group.v, prepared->group_key, MESSAGE_KEY_BYTES);
    notes->age_restarted = age_ms(importing, line) > 0;
}

/* As a dead letter: the one way by which receive count, first receive and enqueue time can be handed over. */
static void fill_arrived(struct importing *importing, const struct admin_line *line,
                         const struct message_prepared *prepared, struct node_import *import,
                         struct notes *notes)
{
    struct engine_event *event = &import->event;
    bool is_fifo = importing->rules.is_fifo;
    bool is_delayed = line->state == ENGINE_DELAYED; /* only FIFO here */
    int64_t age = age_ms(importing, line);
    event->kind = ENGINE_ARRIVE;
    event->arrive.kind = is_delayed ? ENGINE_MOVE_TASK : ENGINE_MOVE_DEAD_LETTER;
    event->arrive.body_bytes = (uint32_t)import->message.bytes;
    event->arrive.source = find_source(importing, line);
    event->arrive.receive_count = (uint32_t)line->receive_count;
    event->arrive.first_received.v = line->first_received_ms;
    event->arrive.has_group = prepared->group_id.at != NULL;
    memcpy(event->arrive.group.v, prepared->group_key, MESSAGE_KEY_BYTES);
    if (is_fifo && age < ENGINE_DEDUP_MS) {
        event->arrive.has_dedup = true;
        memcpy(event->arrive.dedup.v, prepared->dedup_key, MESSAGE_KEY_BYTES);
        memcpy(event->arrive.message_id, line->message_id, MESSAGE_ID_BYTES);
    }
    notes->age_restarted =
        is_fifo ? age > 0 : age >= importing->queue->attributes.retention_s * 1000;
    event->arrive.enqueued_at.v = importing->now.mono.v - (notes->age_restarted ? 0 : age);
    notes->delay_restarted = is_delayed;
    if (line->state == ENGINE_INFLIGHT)
        event->arrive.hidden_ms = line->visible_in_ms;
}

static bool prepare(struct importing *importing, struct slice text, struct node_import *import,
                    struct notes *notes)
{
    struct arena *arena = importing->admin->arena;
    struct message_prepared prepared;
    struct admin_line line;
    struct api_error error = {0};
    if (!admin_line_read(text, arena, &line, &importing->why))
        return false;
    if (!message_rules_prepare_send(&importing->rules, arena, &line.send, &prepared, &error)) {
        importing->why = error.message;
        return false;
    }
    if (!line.has_id)
        random_uuid(line.message_id);
    *import = (struct node_import){.message = encode(importing, &line, &prepared)};
    *notes = (struct notes){0};
    if (line.state == ENGINE_DELAYED && !importing->rules.is_fifo)
        fill_delayed(importing, &line, &prepared, import, notes);
    else
        fill_arrived(importing, &line, &prepared, import, notes);
    return true;
}

/* ---- the request ---- */

/* Reads lines up to the first bad one. Blank ones count as lines only. */
static void prepare_all(struct importing *importing, struct slice input)
{
    struct slice text;
    uint32_t line = 0;
    while (slice_split(&input, '\n', &text)) {
        uint32_t count = importing->call.imports_count;
        line++;
        if (text.bytes > 0 && text.at[text.bytes - 1] == '\r')
            text.bytes--;
        if (slice_trim(text).bytes == 0)
            continue;
        importing->refused_line = line;
        if (count == ADMIN_IMPORT_LINES_MAX) {
            importing->why = SLICE("too many lines in one request");
            return;
        }
        if (!prepare(importing, text, &importing->imports[count], &importing->notes[count]))
            return;
        importing->refused_line = 0;
        importing->lines[count] = line;
        importing->call.imports_count++;
    }
}

static struct slice refusal(const struct node_call *call)
{
    if (call->storage_err == ERR_INVALID)
        return SLICE("the message is too large for the log");
    if (call->storage_err == ERR_UNAVAILABLE)
        return SLICE("the server's disk is behind; try again later");
    if (call->result == ENGINE_NO_QUEUE)
        return SLICE("the queue was deleted");
    return SLICE("the server has no room left for this message");
}

static void imported(struct node_call *call)
{
    struct importing *importing = call->context;
    struct notes sum = {0};
    if (call->storage_err == ERR_IO) {
        admin_refuse(importing->admin, 500,
                     "the server's log has failed: whether the messages are kept is not known");
        return;
    }
    if (call->imports_done < call->imports_count) {
        importing->refused_line = importing->lines[call->imports_done];
        importing->why = refusal(call);
    }
    for (uint32_t i = 0; i < call->imports_done; i++) {
        sum.delay_restarted += importing->notes[i].delay_restarted;
        sum.age_restarted += importing->notes[i].age_restarted;
    }
    json_t *document =
        json_pack("{s:I,s:I,s:I}", "imported", (json_int_t)call->imports_done, "delay_restarted",
                  (json_int_t)sum.delay_restarted, "age_restarted", (json_int_t)sum.age_restarted);
    if (importing->refused_line != 0)
        json_object_set_new(document, "refused",
                            json_pack("{s:I,s:o,s:b}", "line", (json_int_t)importing->refused_line,
                                      "error", admin_quoted(importing->why), "again",
                                      call->storage_err == ERR_UNAVAILABLE));
    admin_answer(importing->admin, document);
}

static struct message_rules rules_of(const struct queue *queue)
{
    const struct queue_attributes *attributes = &queue->attributes;
    return (struct message_rules){
        .is_fifo = attributes->is_fifo,
        .content_based_deduplication = attributes->content_based_deduplication,
        .dedup_per_group = attributes->dedup_scope == QUEUE_DEDUP_GROUP,
        .message_bytes_max = attributes->message_bytes_max,
    };
}

void admin_import(struct admin_request *request)
{
    struct node *node = worker_node(request->worker);
    if (!slice_starts_with(request->content_type, SLICE("application/x-ndjson"))) {
        admin_refuse(request, 415, "the Content-Type of an import is application/x-ndjson");
        return;
    }
    struct queue *queue = admin_find_queue(request);
    if (queue == NULL)
        return;
    struct importing *importing = ARENA_NEW(request->arena, struct importing);
    importing->admin = request;
    importing->queue = queue;
    importing->rules = rules_of(queue);
    importing->now = clock_read(node_clock(node));
    importing->call = (struct node_call){
        .kind = NODE_CALL_IMPORT,
        .durability = node_durability_of(node, queue),
        .is_fifo = queue->attributes.is_fifo,
        .done = imported,
        .context = importing,
        .imports = importing->imports,
    };
    importing->call.event.queue.v = queue->id;
    prepare_all(importing, request->input);
    node_call_start(request->worker, &importing->call);
}

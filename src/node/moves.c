/* Messages on their way from one queue to another (D13): dead letters and move tasks.
 *
 * The source keeps the message as moving; a carrier brings a new copy to the target's worker,
 * and takes the outcome back. Only then the source lets go. */
#include "node/worker.h"

#include "api/message_rules.h"
#include "base/random.h"
#include "base/uuid.h"
#include "log/bodies.h"
#include "log/message.h"

#include "base/banned.h"

struct carrier {
    struct letter letter;
    struct worker *source_worker;
    struct node_call *origin; /* the receive that waits for this move; NULL for none */
    struct engine_move move;  /* with a reference on its body */
    struct engine_event arrival;
    bool arrived;
};

static void end_at_source(struct letter *letter, void *owner)
{
    struct carrier *carrier = (struct carrier *)(void *)letter;
    struct worker *worker = owner;
    struct node_call *origin = carrier->origin;
    struct engine_event event = {
        .kind = ENGINE_MOVED,
        .queue = carrier->move.source,
        .moved = {.sequence = carrier->move.sequence, .arrived = carrier->arrived},
    };
    worker_step(worker, &event, NULL);
    body_unref(carrier->move.body);
    free(carrier);
    if (origin != NULL)
        calls_move_ended(worker, origin);
}

static void give_back(struct worker *at, struct carrier *carrier)
{
    carrier->letter.deliver = end_at_source;
    worker_send(at, carrier->source_worker, &carrier->letter);
}

static void arrive_at_target(struct letter *letter, void *owner)
{
    struct carrier *carrier = (struct carrier *)(void *)letter;
    struct worker *worker = owner;
    worker_step(worker, &carrier->arrival, NULL);
    carrier->arrived = worker->effects.result == ENGINE_DONE;
    if (!carrier->arrived)
        body_unref(carrier->arrival.arrive.body);
    give_back(worker, carrier);
}

/* What a move alters in the stored message. `texts` holds what the changes point to. */
struct alterations {
    struct message_changes changes;
    uint8_t new_id[MESSAGE_ID_BYTES];
    uint8_t id_text[UUID_TEXT_BYTES];
};

static void alter(const struct carrier *carrier, const struct queue *source,
                  const struct queue *target, const struct message_view *view,
                  struct alterations *ret_alterations)
{
    struct alterations *a = ret_alterations;
    *a = (struct alterations){0};
    a->changes.has_dead_letter_source = true; /* a move task removes it, a dead letter gets one */
    if (carrier->move.kind == ENGINE_MOVE_TASK) {
        random_uuid(a->new_id);
        a->changes.message_id = a->new_id;
        a->changes.has_sent_at = true;
        a->changes.sent_at = clock_read(carrier->source_worker->node->clock).wall;
        return;
    }
    a->changes.dead_letter_source = source->arn;
    if (target->attributes.is_fifo) {
        uuid_print(view->message_id, a->id_text);
        a->changes.has_dedup_id = true;
        a->changes.dedup_id = slice_of(a->id_text, sizeof(a->id_text));
    }
}

/* The key under which the target remembers a FIFO copy: its deduplication id, in the scope that
 * the target has. */
static void set_dedup(struct engine_event *arrival, const struct queue *target,
                      const struct message_view *copy)
{
    bool per_group = target->attributes.dedup_scope == QUEUE_DEDUP_GROUP;
    if (!target->attributes.is_fifo || copy->dedup_id.at == NULL)
        return;
    arrival->arrive.has_dedup = true;
    message_rules_dedup_key(copy->dedup_id, per_group ? copy->group_id : SLICE_NONE,
                            arrival->arrive.dedup.v);
}

/* Makes the copy that the target gets. False: there is no such target any more, or no memory for
 * it. */
static bool write_copy(struct carrier *carrier, const struct queue *source,
                       const struct queue *target)
{
    const struct engine_move *move = &carrier->move;
    struct engine_event *arrival = &carrier->arrival;
    struct message_view view, copy;
    struct alterations alterations;
    enum err err = message_decode(body_bytes(move->body), &view);
    ASSERT(err == ERR_OK);
    alter(carrier, source, target, &view, &alterations);
    uint8_t *at = NULL;
    uint32_t bytes = message_moved_bytes(&view, &alterations.changes);
    struct engine_body body = body_create(bytes, &at);
    if (body.v == 0)
        return false;
    message_encode_moved(&view, &alterations.changes, at);
    err = message_decode(slice_of(at, bytes), &copy);
    ASSERT(err == ERR_OK);
    arrival->arrive.body = body;
    memcpy(arrival->arrive.message_id, copy.message_id, MESSAGE_ID_BYTES);
    set_dedup(arrival, target, &copy);
    return true;
}

static void fill_arrival(struct carrier *carrier)
{
    const struct engine_move *move = &carrier->move;
    carrier->arrival.kind = ENGINE_ARRIVE;
    carrier->arrival.queue = move->target;
    carrier->arrival.arrive.kind = move->kind;
    carrier->arrival.arrive.body_bytes = move->body_bytes;
    carrier->arrival.arrive.source = move->source;
    carrier->arrival.arrive.enqueued_at = move->enqueued_at;
    carrier->arrival.arrive.first_received = move->first_received;
    carrier->arrival.arrive.receive_count = move->receive_count;
    carrier->arrival.arrive.has_group = move->has_group;
    carrier->arrival.arrive.group = move->group;
}

void moves_start(struct worker *worker, const struct engine_move *move, struct node_call *origin)
{
    struct carrier *carrier = calloc(1, sizeof(*carrier));
    if (carrier == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    carrier->source_worker = worker;
    carrier->origin = origin;
    carrier->move = *move;
    body_ref(move->body);
    if (origin != NULL)
        origin->moves_pending++;
    fill_arrival(carrier);
    const struct queue *source = directory_find_id(worker->directory, move->source.v);
    const struct queue *target = directory_find_id(worker->directory, move->target.v);
    if (source != NULL && target != NULL && write_copy(carrier, source, target)) {
        carrier->letter.deliver = arrive_at_target;
        worker_send(worker, node_owner(worker->node, move->target), &carrier->letter);
    } else {
        give_back(worker, carrier);
    }
}

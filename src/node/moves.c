/* Messages on their way from one queue to another (D13): dead letters and move tasks.
 *
 * 1. The source's engine holds the message as moving; that is kept first (storage_wait), so that no crash finds the
 *    copy at its target and the original free to be received.
 * 2. The message is read, if it is cold, and altered into the copy that the target gets.
 * 3. The copy arrives at the target's worker and is kept there.
 * 4. Back at the source the original is let go, or its queue's engine hears why not (enum engine_move_outcome).
 *
 * Behind every wait the original's place is asked for again: compaction may have moved its record meanwhile, and a
 * purge may have taken it.
 *
 * After a crash the engine asks again for what is still moving; the target recognises a repeated arrival by its message
 * id, so the id of a task's copy is derived, not drawn. */
#include "node/worker.h"

#include "api/message_rules.h"
#include "base/digest.h"
#include "base/encode.h"
#include "base/logger.h"
#include "base/uuid.h"
#include "log/message.h"

#include "base/banned.h"

struct carrier {
    struct letter letter;
    struct storage_wait wait;
    struct log_read read;
    struct worker *source_worker;
    struct worker *target_worker;
    struct node_call *origin; /* the receive that waits for this move; NULL for none */
    struct engine_move move;
    enum node_durability durability; /* of the source */
    struct node_message original;
    struct engine_event arrival;
    struct worker_message copy; /* bytes: malloc'd */
    enum engine_move_outcome outcome;
    bool is_unknown; /* a log failed: nobody knows what is kept of the move */
};

static struct carrier *carrier_of_wait(struct storage_wait *wait)
{
    return (struct carrier *)(void *)((char *)wait - offsetof(struct carrier, wait));
}

/* ---- 4. back at the source ---- */

static void destroy(struct carrier *carrier)
{
    node_message_release(&carrier->original);
    free((void *)(uintptr_t)carrier->copy.bytes.at);
    free(carrier);
}

static void forget_at_target(struct letter *letter, void *owner)
{
    struct carrier *carrier = (struct carrier *)(void *)letter;
    struct engine_event event = {.kind = ENGINE_ARRIVAL_CONFIRMED, .queue = carrier->move.target};
    event.confirmed.kind = carrier->arrival.arrive.kind;
    event.confirmed.receive_count = carrier->arrival.arrive.receive_count;
    memcpy(event.confirmed.message_id, carrier->arrival.arrive.message_id, MESSAGE_ID_BYTES);
    worker_step(owner, &event, NULL, NULL);
    destroy(carrier);
}

/* The original is let go for good: the target need not know the arrival again. */
static void let_go(struct storage_wait *wait, enum err err)
{
    struct carrier *carrier = carrier_of_wait(wait);
    if (err != ERR_OK || carrier->outcome != ENGINE_MOVE_ARRIVED) {
        destroy(carrier);
        return;
    }
    carrier->letter.deliver = forget_at_target;
    worker_send(carrier->source_worker, carrier->target_worker, &carrier->letter);
}

static void end_at_source(struct letter *letter, void *owner)
{
    struct carrier *carrier = (struct carrier *)(void *)letter;
    struct worker *worker = owner;
    struct node_call *origin = carrier->origin;
    struct engine_event event = {
        .kind = ENGINE_MOVED,
        .queue = carrier->move.source,
        .moved = {.sequence = carrier->move.sequence, .outcome = carrier->outcome},
    };
    if (carrier->is_unknown) { /* it stays moving, and is asked for again after a restart */
        destroy(carrier);
    } else {
        worker_step(worker, &event, NULL, NULL);
        carrier->wait.ready = let_go;
        storage_wait(worker, carrier->durability, &carrier->wait);
    }
    if (origin != NULL)
        calls_move_ended(worker, origin);
}

static void give_back(struct worker *at, struct carrier *carrier, enum engine_move_outcome outcome)
{
    carrier->outcome = outcome;
    carrier->letter.deliver = end_at_source;
    worker_send(at, carrier->source_worker, &carrier->letter);
}

/* ---- 3. at the target ---- */

static void kept_at_target(struct storage_wait *wait, enum err err)
{
    struct carrier *carrier = carrier_of_wait(wait);
    carrier->is_unknown = err != ERR_OK;
    give_back(carrier->target_worker, carrier, ENGINE_MOVE_ARRIVED);
}

/* What the target made of the copy: it is there, or why not. */
static enum engine_move_outcome outcome_at_target(const struct worker *worker, bool is_stepped)
{
    enum engine_result result = is_stepped ? worker->effects.result : ENGINE_FULL;
    if (result == ENGINE_DONE)
        return ENGINE_MOVE_ARRIVED;
    return result == ENGINE_NO_QUEUE ? ENGINE_MOVE_REFUSED : ENGINE_MOVE_LATER;
}

static void arrive_at_target(struct letter *letter, void *owner)
{
    struct carrier *carrier = (struct carrier *)(void *)letter;
    struct worker *worker = owner;
    bool is_stepped = worker_step(worker, &carrier->arrival, &carrier->copy, NULL);
    enum engine_move_outcome outcome = outcome_at_target(worker, is_stepped);
    carrier->is_unknown = !is_stepped && carrier->copy.err == ERR_IO;
    if (outcome != ENGINE_MOVE_ARRIVED) {
        give_back(worker, carrier, outcome);
        return;
    }
    carrier->wait.ready = kept_at_target;
    storage_wait(worker, carrier->copy.durability, &carrier->wait);
}

/* ---- 2. the copy ---- */

/* What a move alters in the stored message. `texts` holds what the changes point to. */
struct alterations {
    struct message_changes changes;
    uint8_t new_id[MESSAGE_ID_BYTES];
    uint8_t id_text[UUID_TEXT_BYTES];
};

/* The same for every repetition of one move: source queue, sequence there, id there. */
static void derive_id(const struct engine_move *move, const struct message_view *view,
                      uint8_t ret_id[MESSAGE_ID_BYTES])
{
    uint8_t origin[8 + 8 + MESSAGE_ID_BYTES], digest[SHA256_BYTES];
    put_u64(origin, move->source.v);
    put_u64(origin + 8, move->sequence);
    memcpy(origin + 16, view->message_id, MESSAGE_ID_BYTES);
    digest_sha256(slice_of(origin, sizeof(origin)), digest);
    memcpy(ret_id, digest, MESSAGE_ID_BYTES);
    ret_id[6] = (uint8_t)((ret_id[6] & 0x0f) |
                          0x40); /* of the form of a version 4 UUID, as every message id */
    ret_id[8] = (uint8_t)((ret_id[8] & 0x3f) | 0x80);
}

static void alter(const struct carrier *carrier, const struct queue *source,
                  const struct queue *target, const struct message_view *view,
                  struct alterations *ret_alterations)
{
    struct alterations *a = ret_alterations;
    *a = (struct alterations){0};
    a->changes.has_dead_letter_source = true; /* a move task removes it, a dead letter gets one */
    if (carrier->move.kind == ENGINE_MOVE_TASK) {
        derive_id(&carrier->move, view, a->new_id);
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

/* Makes the copy that the target gets. False: no memory for it. */
static bool write_copy(struct carrier *carrier, const struct queue *source,
                       const struct queue *target)
{
    struct message_view view, copy;
    struct alterations alterations;
    enum err err = message_decode(carrier->original.bytes, &view);
    ASSERT(err == ERR_OK);
    alter(carrier, source, target, &view, &alterations);
    uint32_t bytes = message_moved_bytes(&view, &alterations.changes);
    uint8_t *at = malloc(bytes);
    if (at == NULL)
        return false;
    message_encode_moved(&view, &alterations.changes, at);
    carrier->copy.bytes = slice_of(at, bytes);
    carrier->copy.durability = worker_durability(carrier->source_worker, target);
    err = message_decode(carrier->copy.bytes, &copy);
    ASSERT(err == ERR_OK);
    memcpy(carrier->arrival.arrive.message_id, copy.message_id, MESSAGE_ID_BYTES);
    carrier->arrival.arrive.body_bytes = bytes;
    set_dedup(&carrier->arrival, target, &copy);
    return true;
}

static void fill_arrival(struct carrier *carrier)
{
    const struct engine_move *move = &carrier->move;
    carrier->arrival.kind = ENGINE_ARRIVE;
    carrier->arrival.queue = move->target;
    carrier->arrival.arrive.kind = move->kind;
    carrier->arrival.arrive.source = move->source;
    carrier->arrival.arrive.enqueued_at = move->enqueued_at;
    carrier->arrival.arrive.first_received = move->first_received;
    carrier->arrival.arrive.receive_count = move->receive_count;
    carrier->arrival.arrive.has_group = move->has_group;
    carrier->arrival.arrive.group = move->group;
}

/* At the source's worker, with the original at hand. */
static void send_copy(struct carrier *carrier)
{
    struct worker *worker = carrier->source_worker;
    const struct queue *source = directory_find_id(worker->directory, carrier->move.source.v);
    const struct queue *target = directory_find_id(worker->directory, carrier->move.target.v);
    fill_arrival(carrier);
    if (source == NULL || target == NULL) {
        give_back(worker, carrier, ENGINE_MOVE_REFUSED);
        return;
    }
    if (!write_copy(carrier, source, target)) {
        give_back(worker, carrier, ENGINE_MOVE_LATER);
        return;
    }
    carrier->target_worker = node_owner(worker->node, carrier->move.target);
    carrier->letter.deliver = arrive_at_target;
    worker_send(worker, carrier->target_worker, &carrier->letter);
}

static void was_read(struct log_read *read, enum err err, struct log_body *body);

/* Asks where the original lies just now, and reads it there. `tried`: where it could not be read already. */
static void fetch_original(struct carrier *carrier, struct engine_body tried, enum err err)
{
    struct worker *worker = carrier->source_worker;
    struct engine_body place;
    if (!engine_find(worker->engine, carrier->move.source, carrier->move.sequence, &place)) {
        give_back(worker, carrier, ENGINE_MOVE_LATER); /* purged: nobody is left to hear it */
    } else if (place.v == tried.v) {
        LOG_ERROR("log", "a message on its way to another queue cannot be read: %s", err_name(err));
        give_back(worker, carrier, ENGINE_MOVE_UNREAD);
    } else if (storage_find(worker, place, &carrier->original)) {
        send_copy(carrier);
    } else {
        carrier->read.done = was_read;
        carrier->read.context = carrier;
        storage_read(worker, &carrier->read, place);
    }
}

static void was_read(struct log_read *read, enum err err, struct log_body *body)
{
    struct carrier *carrier = read->context;
    if (err != ERR_OK) { /* damaged, or no longer there: then it may be elsewhere */
        fetch_original(carrier, read->place, err);
        return;
    }
    carrier->original = (struct node_message){.bytes = log_body_bytes(body), .logged = body};
    send_copy(carrier);
}

/* ---- 1. at the source ---- */

static void kept_at_source(struct storage_wait *wait, enum err err)
{
    struct carrier *carrier = carrier_of_wait(wait);
    struct worker *worker = carrier->source_worker;
    carrier->is_unknown = err != ERR_OK;
    if (err != ERR_OK)
        give_back(worker, carrier, ENGINE_MOVE_LATER);
    else if (carrier->original.bytes.at != NULL)
        send_copy(carrier);
    else
        fetch_original(carrier, (struct engine_body){0}, ERR_OK);
}

void moves_start(struct worker *worker, const struct engine_move *move, struct node_call *origin)
{
    struct carrier *carrier = calloc(1, sizeof(*carrier));
    if (carrier == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    const struct queue *source = directory_find_id(worker->directory, move->source.v);
    carrier->source_worker = worker;
    carrier->origin = origin;
    carrier->move = *move;
    if (origin != NULL)
        origin->moves_pending++;
    storage_find(worker, move->body, &carrier->original); /* now: it may be purged while we wait */
    carrier->wait.ready = kept_at_source;
    carrier->durability =
        source != NULL ? worker_durability(worker, source) : worker->node->durability;
    storage_wait(worker, carrier->durability, &carrier->wait);
}

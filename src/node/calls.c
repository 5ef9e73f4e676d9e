/* Calls from a home worker (that read the request) to the owner of the queue, and back.
 *
 * A parked receive: the owner's engine holds a waiter whose token is the call. When a message
 * may be there, the owner offers it to the home, which looks whether the client is still
 * connected and then sends the receive again, naming the waiter, or retracts it. So no message
 * becomes invisible for a client that has gone.
 *
 * A call has one letter for wakes, and its memory goes when it ends. Both rest on the engine's promise that an offered
 * waiter is told nothing more until it has come back (engine/waiters.c). So a wake is on its way either to a parked call,
 * or to one that is being cancelled, whose answer is posted behind it.
 *
 * Order that this relies on: letters from one worker to another arrive in the order of their
 * posting. The letter that says "parked" is posted before any offer; an offer that was on its
 * way when the home cancelled arrives before the answer to the cancellation, and is ignored. */
#include "node/worker.h"

#include "base/logger.h"

#include "base/banned.h"

static struct node_call *call_of_letter(struct letter *letter)
{
    return (struct node_call *)(void *)((char *)letter - offsetof(struct node_call, letter));
}

static struct node_call *call_of_wake(struct letter *letter)
{
    return (struct node_call *)(void *)((char *)letter - offsetof(struct node_call, wake_letter));
}

/* ---- at home ---- */

/* A message that went away while it was read, or that cannot be read, is left out: it comes again when it can. */
static void drop_unread(struct node_call *call)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < call->deliveries_count; i++) {
        if (call->messages[i].bytes.at == NULL)
            continue;
        call->deliveries[kept] = call->deliveries[i];
        call->messages[kept++] = call->messages[i];
    }
    call->deliveries_count = kept;
}

static void end_at_home(struct letter *letter, void *owner)
{
    struct node_call *call = call_of_letter(letter);
    MAYBE(owner);
    if (call->result == ENGINE_PARKED) {
        call->state = NODE_CALL_PARKED;
        if (call->parked != NULL)
            call->parked(call);
        return;
    }
    call->is_cancelled = call->state == NODE_CALL_CANCELLING;
    call->state = NODE_CALL_IDLE;
    drop_unread(call);
    call->done(call);
}

/* ---- at the owner ---- */

static void give_back(struct worker *owner, struct node_call *call)
{
    if (owner == call->home) {
        end_at_home(&call->letter, owner);
        return;
    }
    call->letter.deliver = end_at_home;
    mailbox_post(&call->home->box, &call->letter);
}

static struct node_call *call_of_wait(struct storage_wait *wait)
{
    return (struct node_call *)(void *)((char *)wait - offsetof(struct node_call, wait));
}

static void is_kept(struct storage_wait *wait, enum err err)
{
    struct node_call *call = call_of_wait(wait);
    if (err != ERR_OK) /* else what a partly done import was refused for stays */
        call->storage_err = err;
    give_back(call->owner, call);
}

static bool brings_unkept(const struct worker *owner, const struct node_call *call)
{
    for (uint32_t i = 0; i < call->deliveries_count; i++)
        if (!storage_is_kept(owner, call->durability, call->deliveries[i].body))
            return true;
    return false;
}

/* D3: whose answer waits until the change is kept. A standard receive does not: after a crash it
 * may be forgotten. But the messages that it brings must be there for good: otherwise a retry of
 * their send could make them a second time, under another id. */
static bool must_wait(const struct worker *owner, const struct node_call *call)
{
    if (call->kind == NODE_CALL_IMPORT)
        return call->imports_done > 0;
    if (call->kind != NODE_CALL_STEP || call->result == ENGINE_PARKED)
        return false;
    if (call->event.kind == ENGINE_RECEIVE && !call->is_fifo)
        return brings_unkept(owner, call);
    return call->event.kind != ENGINE_RETRACT;
}

/* Everything that the answer needs is here. */
static void finish(struct worker *owner, struct node_call *call)
{
    if (call->reads_pending > 0 || call->moves_pending > 0)
        return;
    if (!must_wait(owner, call)) {
        give_back(owner, call);
        return;
    }
    call->wait.ready = is_kept;
    storage_wait(owner, call->durability, &call->wait);
}

/* ---- messages that are not in memory ---- */

struct cold_read {
    struct log_read read;
    struct node_call *call;
    struct node_message *message;
    uint64_t sequence;
    bool is_repeated;
};

static void was_read(struct log_read *read, enum err err, struct log_body *body);

static void start_read(struct cold_read *cold, struct engine_body body)
{
    cold->read.done = was_read;
    cold->read.context = cold;
    storage_read(cold->call->owner, &cold->read, body);
}

/* The record was moved by compaction between the look-up and the read: its new place is known. True: read again. */
static bool repeat_read(struct cold_read *cold)
{
    struct worker *owner = cold->call->owner;
    struct engine_body place;
    if (cold->is_repeated ||
        !engine_find(owner->engine, cold->call->event.queue, cold->sequence, &place))
        return false;
    cold->is_repeated = true;
    if (storage_find(owner, place, cold->message))
        return false;
    start_read(cold, place);
    return true;
}

static void was_read(struct log_read *read, enum err err, struct log_body *body)
{
    struct cold_read *cold = read->context;
    struct node_call *call = cold->call;
    if (err == ERR_OK)
        *cold->message = (struct node_message){.bytes = log_body_bytes(body), .logged = body};
    else if (err == ERR_ABSENT && repeat_read(cold))
        return;
    else if (err != ERR_ABSENT)
        LOG_ERROR("log", "a message cannot be read: %s", err_name(err));
    free(cold);
    call->reads_pending--;
    finish(call->owner, call);
}

static void fetch(struct worker *owner, struct node_call *call, struct engine_body body,
                  uint64_t sequence, struct node_message *message)
{
    if (storage_find(owner, body, message))
        return;
    struct cold_read *cold = calloc(1, sizeof(*cold));
    if (cold == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    *cold = (struct cold_read){.call = call, .message = message, .sequence = sequence};
    call->reads_pending++;
    start_read(cold, body);
}

/* ---- stepping ---- */

static void copy_answer(struct worker *owner, struct node_call *call)
{
    const struct engine_effects *effects = &owner->effects;
    call->result = effects->result;
    call->is_duplicate = effects->is_duplicate;
    memcpy(call->message_id, effects->message_id, sizeof(call->message_id));
    call->sequence = effects->sequence;
    call->waiter = effects->waiter;
    call->must_repeat = effects->again;
    call->deliveries_count = effects->deliveries_count;
    if (effects->deliveries_count == 0)
        return;
    ASSERT(effects->deliveries_count <= call->event.receive.count_max);
    memcpy(call->deliveries, effects->deliveries,
           effects->deliveries_count * sizeof(call->deliveries[0]));
    for (uint32_t i = 0; i < call->deliveries_count; i++)
        fetch(owner, call, call->deliveries[i].body, call->deliveries[i].sequence,
              &call->messages[i]);
}

static void step_at_owner(struct worker *owner, struct node_call *call)
{
    bool brings_message = call->event.kind == ENGINE_SEND;
    call->reads_pending = 1; /* held by this function: nothing finishes while it runs */
    do {
        struct worker_message message = {.bytes = call->message, .durability = call->durability};
        if (!worker_step(owner, &call->event, brings_message ? &message : NULL, call)) {
            call->result = ENGINE_FULL;
            call->storage_err = message.err;
            give_back(owner, call);
            return;
        }
        /* Behind the step: its waiter is gone, so no further wake comes. */
        if (call->event.kind == ENGINE_RETRACT)
            worker_forget_wakes(owner, (uint64_t)(uintptr_t)call);
        copy_answer(owner, call);
        /* A receive that moved dead letters is answered when they have arrived: who asks the
         * dead-letter queue next finds them. A parked one goes on waiting here meanwhile. */
        if (call->moves_pending > 0 && call->result != ENGINE_PARKED) {
            call->reads_pending--;
            return;
        }
    } while (call->must_repeat && call->result != ENGINE_PARKED);
    call->reads_pending--;
    finish(owner, call);
}

void calls_move_ended(struct worker *worker, struct node_call *origin)
{
    ASSERT(origin->moves_pending > 0);
    origin->moves_pending--;
    if (origin->moves_pending > 0)
        return;
    if (origin->must_repeat)
        step_at_owner(worker, origin);
    else
        finish(worker, origin);
}

static void read_at_owner(struct worker *owner, struct node_call *call)
{
    worker_tick(owner);
    bool found = engine_counts(owner->engine, call->event.queue, &call->counts);
    if (!found && directory_find_id(owner->directory, call->event.queue.v) == NULL) {
        call->result = ENGINE_NO_QUEUE;
        return;
    }
    if (!found)
        call->counts = (struct engine_counts){0}; /* never used yet: no partition */
    call->result = ENGINE_DONE;
    if (!found || call->kind != NODE_CALL_PEEK)
        return;
    call->peeks_count = engine_peek(owner->engine, call->event.queue, call->peek_after, call->peeks,
                                    call->peeks_max);
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < call->peeks_count; i++) {
        fetch(owner, call, call->peeks[i].body, call->peeks[i].sequence, &call->peek_messages[i]);
        bytes += call->peeks[i].body_bytes;
        if (call->peek_bytes_max > 0 && bytes >= call->peek_bytes_max)
            call->peeks_count = i + 1;
    }
}

/* ---- importing ---- */

/* There is no source that could repeat it (D13). */
static void settle_import(struct worker *owner, const struct node_import *import)
{
    static const uint8_t none[sizeof(import->event.arrive.message_id)];
    if (import->event.kind != ENGINE_ARRIVE || owner->effects.is_duplicate)
        return;
    if (memcmp(import->event.arrive.message_id, none, sizeof(none)) != 0) {
        struct engine_event confirm = {.kind = ENGINE_ARRIVAL_CONFIRMED,
                                       .queue = import->event.queue};
        confirm.confirmed.kind = import->event.arrive.kind;
        confirm.confirmed.receive_count = import->event.arrive.receive_count;
        memcpy(confirm.confirmed.message_id, import->event.arrive.message_id, sizeof(none));
        worker_step(owner, &confirm, NULL, NULL);
    }
}

static void import_at_owner(struct worker *owner, struct node_call *call)
{
    call->imports_done = 0;
    call->result = ENGINE_DONE;
    while (call->imports_done < call->imports_count) {
        struct node_import *import = &call->imports[call->imports_done];
        struct worker_message message = {.bytes = import->message, .durability = call->durability};
        import->event.queue = call->event.queue;
        if (!worker_step(owner, &import->event, &message, NULL)) {
            call->result = ENGINE_FULL;
            call->storage_err = message.err;
            break;
        }
        call->result = owner->effects.result;
        if (call->result != ENGINE_DONE)
            break;
        settle_import(owner, import);
        call->imports_done++;
    }
    finish(owner, call);
}

static void run_at_owner(struct letter *letter, void *at)
{
    struct worker *owner = at;
    struct node_call *call = call_of_letter(letter);
    if (call->kind == NODE_CALL_STEP) {
        step_at_owner(owner, call);
        return;
    }
    if (call->kind == NODE_CALL_IMPORT) {
        import_at_owner(owner, call);
        return;
    }
    call->reads_pending = 1;
    read_at_owner(owner, call);
    call->reads_pending--;
    finish(owner, call);
}

/* ---- starting, waking, cancelling ---- */

static void send_to_owner(struct node_call *call)
{
    if (call->owner == call->home) {
        run_at_owner(&call->letter, call->owner);
        return;
    }
    call->letter.deliver = run_at_owner;
    mailbox_post(&call->owner->box, &call->letter);
}

void node_call_start(struct worker *home, struct node_call *call)
{
    ASSERT(call->state == NODE_CALL_IDLE);
    ASSERT(call->done != NULL);
    call->home = home;
    call->owner = node_owner(home->node, call->event.queue);
    call->moves_pending = call->reads_pending = 0;
    call->is_cancelled = false;
    call->storage_err = ERR_OK;
    call->state = NODE_CALL_AWAY;
    if (call->kind == NODE_CALL_STEP && call->event.kind == ENGINE_RECEIVE) {
        ASSERT(call->deliveries != NULL && call->messages != NULL);
        call->event.receive.token = (uint64_t)(uintptr_t)call;
        call->event.receive.waiter.v = 0;
    }
    send_to_owner(call);
}

static void send_retraction(struct node_call *call)
{
    struct engine_queue queue = call->event.queue;
    struct engine_waiter waiter = call->waiter;
    call->event = (struct engine_event){.kind = ENGINE_RETRACT, .queue = queue, .retract = waiter};
    call->state = NODE_CALL_CANCELLING;
    send_to_owner(call);
}

void node_call_cancel(struct node_call *call)
{
    ASSERT(call->state == NODE_CALL_PARKED);
    send_retraction(call);
}

static void wake_at_home(struct node_call *call)
{
    if (call->state != NODE_CALL_PARKED) {
        ASSERT(call->state == NODE_CALL_CANCELLING);
        return;
    }
    if (!call->wake_is_offer) {
        call->state = NODE_CALL_IDLE;
        call->result = call->wake_queue_gone ? ENGINE_NO_QUEUE : ENGINE_DONE;
        call->deliveries_count = 0;
        call->done(call);
    } else if (call->is_client_there != NULL && !call->is_client_there(call)) {
        send_retraction(call);
    } else {
        call->state = NODE_CALL_AWAY;
        call->event.receive.waiter = call->waiter;
        send_to_owner(call);
    }
}

static void deliver_wake(struct letter *letter, void *owner)
{
    MAYBE(owner);
    wake_at_home(call_of_wake(letter));
}

void calls_wake(struct worker *worker, const struct engine_wake *wake)
{
    struct node_call *call = (struct node_call *)(uintptr_t)wake->token;
    if (worker != call->home) {
        call->wake_is_offer = wake->is_offer;
        call->wake_queue_gone = wake->queue_gone;
        call->wake_letter.deliver = deliver_wake;
        mailbox_post(&call->home->box, &call->wake_letter);
        return;
    }
    call->wake_is_offer = wake->is_offer;
    call->wake_queue_gone = wake->queue_gone;
    wake_at_home(call);
}

/* A node with its threads, its mailboxes and a log, under clients that do what hurts: they hang up at the very end of
 * their wait, retry attempts, and work on queues that are purged, deleted and made again meanwhile.
 *
 * Bounded by numbers of calls. The draws are seeded; how the threads interleave is the machine's. Each call's memory goes
 * as soon as it has ended, so an answer that comes twice, or to nobody, finds rubbish and ends the process. */
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "log/bodies.h"
#include "node/node_harness.h"
#include "testkit/testkit.h"

#define CLIENTS_COUNT    36u
#define CALLS_A_CLIENT   200u
#define ATTEMPTS_COUNT   2u
#define MAGIC            UINT64_C(0x6c65617473747265)
#define KEPT_VISIBLE_MS  (10 * 60 * 1000)
#define QUIET_PUMPS_MAX  10000
#define QUEUE_NAME_BYTES 32u

/* What a queue is in this game. The kept one is neither purged nor deleted, so its messages can be counted. */
enum slot { KEPT, STANDARD, DEAD_LETTERS, FIFO, FIFO_DEAD_LETTERS, SLOTS_COUNT };

struct handle {
    enum slot slot; /* SLOTS_COUNT: there is none */
    struct engine_queue queue;
    uint64_t sequence;
    uint32_t generation;
    struct mono_ms received_at;
};

/* One call under way. */
struct errand {
    uint64_t magic;
    struct node_call call;
    enum slot slot;
    struct engine_delivery deliveries[ENGINE_RECEIVE_MAX];
    struct node_message messages[ENGINE_RECEIVE_MAX];
    uint8_t memory[NODE_HARNESS_MESSAGE_BYTES];
};

/* Lives on its home's thread. */
struct client {
    struct stress *stress;
    unsigned home;
    uint64_t random;
    unsigned calls_left;
    struct errand *errand; /* NULL: idle */
    int64_t hang_up_after; /* of the wait's milliseconds; -1: never */
    int64_t hang_up_at;    /* 0: not parked, or never */
    bool looks_gone;       /* when it is offered a message */
    bool has_finished;
    struct handle handle; /* the latest */
};

struct stress {
    struct node_harness harness; /* first: between_turns casts it back */
    struct client clients[CLIENTS_COUNT];
    _Atomic uint64_t queues[SLOTS_COUNT];
    char names[SLOTS_COUNT][QUEUE_NAME_BYTES];
    unsigned made;        /* queues, for their names */
    _Atomic bool is_open; /* all queues are there: the clients may begin */
    _Atomic unsigned clients_left;
    /* Of the kept queue. */
    _Atomic unsigned sent, received, deleted;
};

static uint64_t draw(struct client *client, uint64_t below)
{
    return random_next(&client->random) % below;
}

static bool is_fifo(enum slot slot)
{
    return slot == FIFO || slot == FIFO_DEAD_LETTERS;
}

static void demand(bool fact, const char *words)
{
    if (!fact)
        check_failed(__FILE__, __LINE__, words);
}

/* ---- the ends of calls, on their home's thread ---- */

static void take_deliveries(struct client *client, struct errand *errand)
{
    const struct node_call *call = &errand->call;
    demand(!call->is_cancelled || call->deliveries_count == 0, "a cancelled receive got messages");
    demand(call->deliveries_count <= call->event.receive.count_max || call->is_cancelled,
           "a receive got more than it asked for");
    for (uint32_t i = 0; i < call->deliveries_count; i++) {
        const struct engine_delivery *delivery = &errand->deliveries[i];
        client->handle = (struct handle){errand->slot, call->event.queue, delivery->sequence,
                                         delivery->generation, delivery->received_at};
        node_message_release(&errand->messages[i]);
    }
    if (errand->slot == KEPT)
        atomic_fetch_add(&client->stress->received, call->deliveries_count);
}

static void count(struct client *client, const struct errand *errand, enum engine_event_kind kind)
{
    bool is_done = errand->call.result == ENGINE_DONE;
    if (errand->slot != KEPT)
        return;
    demand(kind == ENGINE_RECEIVE || kind == ENGINE_RETRACT || is_done,
           "the kept queue refused something");
    if (kind == ENGINE_SEND)
        atomic_fetch_add(&client->stress->sent, 1);
    if (kind == ENGINE_DELETE)
        atomic_fetch_add(&client->stress->deleted, 1);
}

static void call_done(struct node_call *call)
{
    struct client *client = call->context;
    struct errand *errand = client->errand;
    demand(errand != NULL && errand->magic == MAGIC && &errand->call == call,
           "a call ended that was not under way");
    demand(call->storage_err == ERR_OK, "the log failed");
    enum engine_event_kind kind = call->event.kind;
    if (call->kind == NODE_CALL_STEP && (kind == ENGINE_RECEIVE || kind == ENGINE_RETRACT))
        take_deliveries(client, errand);
    if (call->kind == NODE_CALL_STEP)
        count(client, errand, kind);
    client->errand = NULL;
    client->hang_up_at = 0;
    memset((void *)errand, 0xdd, sizeof(*errand));
    free(errand);
}

static void call_parked(struct node_call *call)
{
    struct client *client = call->context;
    int64_t now = clock_read(client->stress->harness.clock).mono.v;
    if (client->hang_up_after >= 0 && client->hang_up_at == 0)
        client->hang_up_at = now + client->hang_up_after;
}

static bool client_is_there(struct node_call *call)
{
    return !((struct client *)call->context)->looks_gone;
}

/* ---- their beginnings ---- */

static void fill_receive(struct client *client, struct errand *errand)
{
    static const int64_t timeouts[] = {0, 1, 5, 30000};
    struct node_call *call = &errand->call;
    call->event = (struct engine_event){.kind = ENGINE_RECEIVE};
    call->event.receive.count_max = 1 + (uint32_t)draw(client, 3);
    call->event.receive.visibility_ms =
        errand->slot == KEPT ? KEPT_VISIBLE_MS : timeouts[draw(client, ARRAY_COUNT(timeouts))];
    call->event.receive.wait_ms = draw(client, 4) == 0 ? 0 : 1 + (int64_t)draw(client, 6);
    client->hang_up_after = -1;
    if (draw(client, 2) == 0) /* at the very end, or somewhere in between */
        client->hang_up_after =
            call->event.receive.wait_ms - (int64_t)draw(client, 2) * (int64_t)draw(client, 4);
    if (client->hang_up_after < -1)
        client->hang_up_after = 0;
    client->looks_gone = draw(client, 8) == 0;
    call->event.receive.has_attempt = is_fifo(errand->slot) && draw(client, 2) == 0;
    call->event.receive.attempt.v[0] = (uint8_t)draw(client, ATTEMPTS_COUNT);
    call->event.receive.attempt.v[8] = (uint8_t)client->home;
}

static void fill_send(struct client *client, struct errand *errand)
{
    node_harness_fill_send(&client->stress->harness, &errand->call, (struct engine_queue){0},
                           "hello", errand->memory);
    errand->call.event.send.has_group = is_fifo(errand->slot);
    errand->call.event.send.group.v[0] = (uint8_t)draw(client, 3);
}

/* What becomes of the latest message. */
static void fill_handle_use(struct client *client, struct errand *errand, bool is_delete)
{
    struct handle *handle = &client->handle;
    struct engine_event *event = &errand->call.event;
    errand->slot = handle->slot;
    *event = (struct engine_event){.kind = is_delete ? ENGINE_DELETE : ENGINE_CHANGE_VISIBILITY,
                                   .queue = handle->queue};
    if (is_delete) {
        event->delete_.sequence = handle->sequence;
        event->delete_.generation = handle->generation;
    } else {
        event->change.sequence = handle->sequence;
        event->change.generation = handle->generation;
        event->change.received_at = handle->received_at;
    }
    handle->slot = SLOTS_COUNT;
}

static void fill(struct client *client, struct errand *errand)
{
    uint64_t kind = draw(client, 100);
    const struct handle *handle = &client->handle;
    struct node_call *call = &errand->call;
    errand->slot = (enum slot)draw(client, SLOTS_COUNT);
    if (handle->slot != SLOTS_COUNT && (kind < 30 || (kind < 40 && handle->slot != KEPT))) {
        fill_handle_use(client, errand, kind < 30);
        return;
    }
    if (kind < 65) {
        fill_receive(client, errand);
    } else if (kind < 92) {
        fill_send(client, errand);
    } else if (kind < 95 && errand->slot != KEPT) {
        call->event = (struct engine_event){.kind = ENGINE_PURGE};
        call->event.purge.ignores_pause = true;
    } else {
        call->kind = NODE_CALL_COUNTS;
    }
    call->event.queue.v = atomic_load(&client->stress->queues[errand->slot]);
}

static void begin(struct client *client, struct worker *home)
{
    struct errand *errand = calloc(1, sizeof(*errand));
    demand(errand != NULL, "out of memory");
    errand->magic = MAGIC;
    client->looks_gone = false;
    client->hang_up_after = -1;
    client->hang_up_at = 0;
    fill(client, errand);
    errand->call.durability = client->stress->harness.durability;
    errand->call.is_fifo = is_fifo(errand->slot);
    errand->call.deliveries = errand->deliveries;
    errand->call.messages = errand->messages;
    errand->call.context = client;
    errand->call.done = call_done;
    errand->call.parked = call_parked;
    errand->call.is_client_there = client_is_there;
    client->errand = errand;
    client->calls_left--;
    node_call_start(home, &errand->call);
}

static void serve(struct client *client, struct worker *home, int64_t now)
{
    if (client->errand == NULL && client->calls_left > 0) {
        begin(client, home);
    } else if (client->errand == NULL && !client->has_finished) {
        client->has_finished = true;
        atomic_fetch_sub(&client->stress->clients_left, 1);
    } else if (client->errand != NULL && client->hang_up_at != 0 && now >= client->hang_up_at &&
               client->errand->call.state == NODE_CALL_PARKED) {
        node_call_cancel(&client->errand->call);
    }
}

static void serve_all(struct node_harness *harness, struct worker *worker)
{
    struct stress *stress = (struct stress *)(void *)harness;
    int64_t now = clock_read(harness->clock).mono.v;
    for (unsigned i = 0; i < CLIENTS_COUNT && atomic_load(&stress->is_open); i++)
        if (stress->clients[i].home == worker_index(worker))
            serve(&stress->clients[i], worker, now);
}

/* ---- queues come and go, on the test's thread ---- */

static void make_queue(struct stress *stress, enum slot slot, enum slot dead_letters)
{
    char policy[200];
    struct api_string_pair pairs[2];
    uint32_t count = 0;
    snprintf(stress->names[slot], QUEUE_NAME_BYTES, "q-%u%s", ++stress->made,
             is_fifo(slot) ? ".fifo" : "");
    if (is_fifo(slot))
        pairs[count++] = (struct api_string_pair){SLICE("FifoQueue"), SLICE("true")};
    if (dead_letters != SLOTS_COUNT) {
        snprintf(policy, sizeof(policy),
                 "{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:%s:%s\",\"maxReceiveCount\":1}",
                 NODE_HARNESS_ACCOUNT, stress->names[dead_letters]);
        pairs[count++] = (struct api_string_pair){SLICE("RedrivePolicy"), slice_from_text(policy)};
    }
    struct engine_queue queue =
        node_harness_create_queue(&stress->harness, stress->names[slot], pairs, count);
    atomic_store(&stress->queues[slot], queue.v);
}

static void make_queues(struct stress *stress)
{
    make_queue(stress, DEAD_LETTERS, SLOTS_COUNT);
    make_queue(stress, STANDARD, DEAD_LETTERS);
    make_queue(stress, FIFO_DEAD_LETTERS, SLOTS_COUNT);
    make_queue(stress, FIFO, FIFO_DEAD_LETTERS);
}

static void delete_queues(struct stress *stress)
{
    for (enum slot slot = STANDARD; slot < SLOTS_COUNT; slot++)
        node_harness_delete_queue(&stress->harness, stress->names[slot]);
}

/* ---- the game ---- */

static void start(struct stress *stress, unsigned workers, enum node_durability durability)
{
    *stress = (struct stress){.harness = {.workers_count = workers,
                                          .durability = durability,
                                          .has_threads = true,
                                          .between_turns = serve_all},
                              .clients_left = CLIENTS_COUNT};
    for (unsigned i = 0; i < CLIENTS_COUNT; i++)
        stress->clients[i] = (struct client){.stress = stress,
                                             .home = i % workers,
                                             .random = i + 1,
                                             .calls_left = CALLS_A_CLIENT,
                                             .handle = {.slot = SLOTS_COUNT}};
    node_harness_start(&stress->harness);
    make_queue(stress, KEPT, SLOTS_COUNT);
    make_queues(stress);
}

struct look {
    struct letter letter;
    struct node_call call;
    _Atomic bool is_done;
};

static void look_done(struct node_call *call)
{
    atomic_store(&((struct look *)call->context)->is_done, true);
}

static void begin_look(struct letter *letter, void *owner)
{
    node_call_start(owner, &((struct look *)(void *)letter)->call);
}

static struct engine_counts counts_of(struct stress *stress, enum slot slot)
{
    struct look look = {.letter = {.deliver = begin_look},
                        .call = {.kind = NODE_CALL_COUNTS,
                                 .done = look_done,
                                 .context = &look,
                                 .event.queue = {atomic_load(&stress->queues[slot])}}};
    worker_post(node_harness_worker(&stress->harness, 0), &look.letter);
    for (int i = 0; i < QUIET_PUMPS_MAX && !atomic_load(&look.is_done); i++)
        node_harness_pump(&stress->harness);
    ck_assert(atomic_load(&look.is_done));
    ck_assert_int_eq(look.call.result, ENGINE_DONE);
    return look.call.counts;
}

static void check_rest(struct stress *stress)
{
    struct engine_counts counts = counts_of(stress, KEPT);
    unsigned received = atomic_load(&stress->received), deleted = atomic_load(&stress->deleted);
    ck_assert_uint_gt(received, 0);
    ck_assert_uint_eq(counts.waiters, 0);
    ck_assert_uint_eq(counts.inflight, received - deleted);
    ck_assert_uint_eq(counts.visible, atomic_load(&stress->sent) - received);
    for (enum slot slot = STANDARD; slot < SLOTS_COUNT; slot++) {
        for (int i = 0; i < QUIET_PUMPS_MAX && counts_of(stress, slot).moving > 0; i++)
            node_harness_pump(&stress->harness);
        counts = counts_of(stress, slot);
        ck_assert_uint_eq(counts.moving, 0);
        ck_assert_uint_eq(counts.waiters, 0);
    }
}

/* Every message of every queue goes: then no body may be left anywhere. */
static void check_bodies(struct stress *stress)
{
    delete_queues(stress);
    node_harness_delete_queue(&stress->harness, stress->names[KEPT]);
    for (int i = 0; i < QUIET_PUMPS_MAX && bodies_total().count > 0; i++)
        node_harness_pump(&stress->harness);
    ck_assert_uint_eq(bodies_total().count, 0);
}

START_TEST(every_call_ends_once_whatever_happens_to_its_queue)
{
    static struct stress stress;
    bool is_durable = _i >= 3;
    unsigned rounds = 0;
    start(&stress, 1 + (unsigned)_i % 3,
          is_durable ? NODE_DURABILITY_SYNC : NODE_DURABILITY_MEMORY);
    atomic_store(&stress.is_open, true);
    for (; atomic_load(&stress.clients_left) > 0; rounds++) {
        delete_queues(&stress);
        make_queues(&stress);
        for (unsigned i = 0; i < 20 && atomic_load(&stress.clients_left) > 0; i++)
            node_harness_pump(&stress.harness);
    }
    ck_assert_uint_gt(rounds, 0);
    check_rest(&stress);
    check_bodies(&stress);
    node_harness_stop(&stress.harness);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(tests, every_call_ends_once_whatever_happens_to_its_queue, 0, 6);
}

int main(void)
{
    return testkit_run("node_stress", add_tests);
}

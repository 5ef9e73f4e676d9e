/* A node with several workers, each on a thread of its own, driven through node calls: what crosses threads. */
#include "node/node.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "log/bodies.h"
#include "log/message.h"
#include "node/storage_private.h"
#include "testkit/directory.h"
#include "testkit/testkit.h"

#define WORKERS_COUNT 3u
#define ACCOUNT       "000000000000"

/* ---- a node whose workers run ---- */

struct rig {
    char directory[DIRECTORY_PATH_BYTES];
    struct clock *clock;
    struct node *node;
    pthread_t threads[WORKERS_COUNT];
    _Atomic bool is_stopping;
    enum node_durability durability;
    struct engine_queue queues[32];
    unsigned queues_count;
};

struct runner {
    struct rig *rig;
    unsigned index;
};
static struct runner runners[WORKERS_COUNT];

static void *run_worker(void *at)
{
    struct runner *runner = at;
    struct worker *worker = node_worker(runner->rig->node, runner->index);
    while (!atomic_load(&runner->rig->is_stopping)) {
        struct pollfd wake = {.fd = worker_mailbox(worker)->wake_fd, .events = POLLIN};
        int wait = worker_turn(worker);
        poll(&wake, 1, wait < 20 ? wait : 20);
        if (wake.revents != 0)
            worker_wake(worker);
    }
    return NULL;
}

/* Every claim is made with messages in memory and in a log. */
static enum node_durability durability_of_loop(int loop)
{
    return loop == 0 ? NODE_DURABILITY_MEMORY : NODE_DURABILITY_SYNC;
}

static void start(struct rig *rig, int loop)
{
    const char *why = "";
    *rig = (struct rig){.clock = clock_create_system(), .durability = durability_of_loop(loop)};
    testkit_directory_make(rig->directory);
    struct node_options options = {
        .clock = rig->clock,
        .workers_count = WORKERS_COUNT,
        .durability = rig->durability,
        .cache_bytes = 1 << 20,
        .catalog = {.region = "us-east-1", .partition = "aws", .data_directory = rig->directory},
    };
    enum err err = node_create(&options, &rig->node, &why);
    ck_assert_msg(err == ERR_OK, "%s", why);
    for (unsigned i = 0; i < WORKERS_COUNT; i++) {
        runners[i] = (struct runner){rig, i};
        pthread_create(&rig->threads[i], NULL, run_worker, &runners[i]);
    }
}

/* ---- calls from the test's thread, each run on a given worker ---- */

struct errand {
    struct letter letter;
    struct worker *worker;
    struct node_call call;
    struct engine_delivery deliveries[ENGINE_RECEIVE_MAX];
    struct node_message messages[ENGINE_RECEIVE_MAX];
    struct catalog_call catalog;
    bool cancels_when_parked;
    _Atomic bool is_parked;
    _Atomic bool is_done;
    bool client_is_gone;
};

static void wait_for(_Atomic bool *flag)
{
    for (int i = 0; i < 10000 && !atomic_load(flag); i++)
        poll(NULL, 0, 1);
    ck_assert(atomic_load(flag));
}

static void call_done(struct node_call *call)
{
    atomic_store(&((struct errand *)call->context)->is_done, true);
}

static void call_parked(struct node_call *call)
{
    struct errand *errand = call->context;
    atomic_store(&errand->is_parked, true);
    if (errand->cancels_when_parked)
        node_call_cancel(call);
}

static bool client_is_there(struct node_call *call)
{
    return !((struct errand *)call->context)->client_is_gone;
}

static void begin_call(struct letter *letter, void *owner)
{
    struct errand *errand = (struct errand *)(void *)letter;
    node_call_start(owner, &errand->call);
}

static void post(struct errand *errand, struct worker *worker, struct engine_queue queue)
{
    errand->worker = worker;
    errand->letter.deliver = begin_call;
    errand->call.event.queue = queue;
    errand->call.done = call_done;
    errand->call.parked = call_parked;
    errand->call.is_client_there = client_is_there;
    errand->call.context = errand;
    errand->call.deliveries = errand->deliveries;
    errand->call.messages = errand->messages;
    worker_post(worker, &errand->letter);
}

static void catalog_done(struct letter *letter, void *owner)
{
    struct errand *errand =
        (struct errand *)(void *)((char *)letter - offsetof(struct errand, catalog));
    (void)owner;
    atomic_store(&errand->is_done, true);
}

static void create_queue(struct rig *rig, const char *name, struct api_string_map attributes,
                         struct engine_queue *ret_queue)
{
    struct arena arena;
    struct errand errand = {0};
    struct api_create_queue_response response = {0};
    struct api_create_queue_request request = {.has_queue_name = true,
                                               .queue_name = slice_from_text(name),
                                               .has_attributes = true,
                                               .attributes = attributes};
    arena_init(&arena);
    errand.catalog = (struct catalog_call){.action = API_CREATE_QUEUE,
                                           .account = SLICE(ACCOUNT),
                                           .base_url = SLICE("http://h"),
                                           .request = &request,
                                           .response = &response,
                                           .arena = &arena,
                                           .reply_to = worker_mailbox(node_worker(rig->node, 0)),
                                           .done = catalog_done};
    catalog_post(node_catalog(rig->node), &errand.catalog);
    wait_for(&errand.is_done);
    ck_assert_msg(errand.catalog.error.row == NULL, "%.*s",
                  SLICE_PRINT(errand.catalog.error.message));
    struct catalog_call find = {.action = API_ACTIONS_COUNT,
                                .find = true,
                                .find_account = SLICE(ACCOUNT),
                                .find_name = slice_from_text(name),
                                .arena = &arena,
                                .reply_to = worker_mailbox(node_worker(rig->node, 0)),
                                .done = catalog_done};
    atomic_store(&errand.is_done, false);
    errand.catalog = find;
    catalog_post(node_catalog(rig->node), &errand.catalog);
    wait_for(&errand.is_done);
    ck_assert_ptr_nonnull(errand.catalog.found);
    ret_queue->v = errand.catalog.found->id;
    queue_unref(errand.catalog.found);
    rig->queues[rig->queues_count++] = *ret_queue;
    arena_done(&arena);
}

/* Every message of every queue goes: then no body may be left anywhere. */
static void drop_all(struct rig *rig)
{
    for (unsigned i = 0; i < rig->queues_count; i++) {
        struct errand drop = {0};
        drop.call.event.kind = ENGINE_DROP;
        post(&drop, node_worker(rig->node, i % WORKERS_COUNT), rig->queues[i]);
        wait_for(&drop.is_done);
    }
    for (int i = 0; i < 5000 && bodies_total().count > 0; i++)
        poll(NULL, 0, 1);
    ck_assert_uint_eq(bodies_total().count, 0);
}

static void stop_threads(struct rig *rig)
{
    atomic_store(&rig->is_stopping, true);
    for (unsigned i = 0; i < WORKERS_COUNT; i++)
        pthread_join(rig->threads[i], NULL);
}

static void stop(struct rig *rig)
{
    drop_all(rig);
    if (!atomic_load(&rig->is_stopping))
        stop_threads(rig);
    node_destroy(rig->node);
    clock_destroy(rig->clock);
    testkit_directory_remove(rig->directory);
}

static void send_text(struct rig *rig, unsigned worker, struct engine_queue queue, const char *text)
{
    struct errand errand = {0};
    struct message_content content = {.sent_at = {1}, .body = slice_from_text(text)};
    uint8_t encoded[256];
    random_uuid(content.message_id);
    ck_assert_uint_le(message_encoded_bytes(&content), sizeof(encoded));
    message_encode(&content, encoded);
    errand.call.message = slice_of(encoded, message_encoded_bytes(&content));
    errand.call.durability = rig->durability;
    errand.call.event.kind = ENGINE_SEND;
    errand.call.event.send.body_bytes = (uint32_t)errand.call.message.bytes;
    memcpy(errand.call.event.send.message_id, content.message_id, sizeof(content.message_id));
    post(&errand, node_worker(rig->node, worker), queue);
    wait_for(&errand.is_done);
    ck_assert_int_eq(errand.call.result, ENGINE_DONE);
    ck_assert_int_eq(errand.call.storage_err, ERR_OK);
}

static void prepare_receive(struct errand *errand, int64_t wait_ms, int64_t visibility_ms)
{
    *errand = (struct errand){0};
    errand->call.event.kind = ENGINE_RECEIVE;
    errand->call.event.receive.count_max = 1;
    errand->call.event.receive.visibility_ms = visibility_ms;
    errand->call.event.receive.wait_ms = wait_ms;
}

static void expect_text(struct errand *errand, const char *text)
{
    struct message_view view;
    ck_assert_int_eq(errand->call.result, ENGINE_DONE);
    ck_assert_uint_eq(errand->call.deliveries_count, 1);
    ck_assert_int_eq(message_decode(errand->call.messages[0].bytes, &view), ERR_OK);
    testkit_slice_eq(view.body, text);
    node_message_release(&errand->call.messages[0]);
}

/* ---- claims ---- */

START_TEST(a_message_sent_from_any_worker_is_received_on_any_other)
{
    struct rig rig;
    struct engine_queue queue;
    struct errand receive;
    start(&rig, _i);
    create_queue(&rig, "q", (struct api_string_map){0}, &queue);
    for (unsigned from = 0; from < WORKERS_COUNT; from++) {
        for (unsigned to = 0; to < WORKERS_COUNT; to++) {
            send_text(&rig, from, queue, "hello");
            prepare_receive(&receive, 0, 30000);
            post(&receive, node_worker(rig.node, to), queue);
            wait_for(&receive.is_done);
            expect_text(&receive, "hello");
        }
    }
    stop(&rig);
}
END_TEST

START_TEST(a_parked_receive_is_woken_by_a_send_from_another_worker)
{
    struct rig rig;
    struct engine_queue queue;
    struct errand receive;
    start(&rig, _i);
    create_queue(&rig, "q", (struct api_string_map){0}, &queue);
    for (unsigned at = 0; at < WORKERS_COUNT; at++) {
        prepare_receive(&receive, 20000, 30000);
        post(&receive, node_worker(rig.node, at), queue);
        wait_for(&receive.is_parked);
        send_text(&rig, (at + 1) % WORKERS_COUNT, queue, "wake up");
        wait_for(&receive.is_done);
        expect_text(&receive, "wake up");
    }
    stop(&rig);
}
END_TEST

START_TEST(a_message_is_not_handed_to_a_client_that_has_gone)
{
    struct rig rig;
    struct engine_queue queue;
    struct errand gone, there;
    start(&rig, _i);
    create_queue(&rig, "q", (struct api_string_map){0}, &queue);
    for (unsigned at = 0; at < WORKERS_COUNT; at++) {
        prepare_receive(&gone, 20000, 30000);
        gone.client_is_gone = true;
        post(&gone, node_worker(rig.node, at), queue);
        wait_for(&gone.is_parked);
        prepare_receive(&there, 20000, 30000);
        post(&there, node_worker(rig.node, (at + 1) % WORKERS_COUNT), queue);
        wait_for(&there.is_parked);
        send_text(&rig, at, queue, "for the living");
        wait_for(&gone.is_done);
        wait_for(&there.is_done);
        ck_assert(gone.call.is_cancelled);
        expect_text(&there, "for the living");
        ck_assert_uint_eq(there.call.deliveries[0].receive_count, 1);
    }
    stop(&rig);
}
END_TEST

START_TEST(a_receive_that_is_cancelled_as_soon_as_it_parks_ends)
{
    struct rig rig;
    struct engine_queue queue;
    struct errand receive;
    start(&rig, _i);
    create_queue(&rig, "q", (struct api_string_map){0}, &queue);
    for (unsigned i = 0; i < 60; i++) {
        prepare_receive(&receive, 20000, 30000);
        receive.cancels_when_parked = true;
        post(&receive, node_worker(rig.node, i % WORKERS_COUNT), queue);
        wait_for(&receive.is_done);
        ck_assert(receive.call.is_cancelled);
    }
    stop(&rig);
}
END_TEST

static void fill_import(const struct rig *rig, struct node_import *import, const char *text,
                        uint32_t receive_count, int64_t hide_ms, uint8_t encoded[256])
{
    struct message_content content = {.sent_at = {1}, .body = slice_from_text(text)};
    random_uuid(content.message_id);
    ck_assert_uint_le(message_encoded_bytes(&content), 256);
    message_encode(&content, encoded);
    *import = (struct node_import){0};
    import->message = slice_of(encoded, message_encoded_bytes(&content));
    import->event.kind = ENGINE_ARRIVE;
    import->event.arrive.kind = ENGINE_MOVE_DEAD_LETTER;
    import->event.arrive.body_bytes = (uint32_t)import->message.bytes;
    import->event.arrive.enqueued_at = clock_read(rig->clock).mono;
    import->event.arrive.receive_count = receive_count;
    import->event.arrive.hidden_ms = hide_ms;
    memcpy(import->event.arrive.message_id, content.message_id, sizeof(content.message_id));
}

static void expect_peeked(struct rig *rig, unsigned worker, struct engine_queue queue,
                          uint64_t bytes_max, uint32_t count)
{
    struct engine_peek found[4];
    struct node_message messages[4] = {0};
    struct errand peek = {.call = {.kind = NODE_CALL_PEEK,
                                   .peeks = found,
                                   .peek_messages = messages,
                                   .peeks_max = 4,
                                   .peek_bytes_max = bytes_max}};
    post(&peek, node_worker(rig->node, worker), queue);
    wait_for(&peek.is_done);
    ck_assert_uint_eq(peek.call.peeks_count, count);
    ck_assert_int_eq(found[0].state, ENGINE_INFLIGHT);
    ck_assert_uint_eq(found[0].receive_count, 2);
    for (uint32_t i = 0; i < count; i++)
        node_message_release(&messages[i]);
}

START_TEST(imported_messages_keep_their_order_and_are_hidden_before_they_are_handed_out)
{
    struct rig rig;
    struct engine_queue queue;
    struct errand receive;
    uint8_t encoded[3][256];
    struct node_import imports[3];
    start(&rig, _i);
    create_queue(&rig, "q", (struct api_string_map){0}, &queue);
    prepare_receive(&receive, 20000, 30000);
    post(&receive, node_worker(rig.node, 0), queue);
    wait_for(&receive.is_parked);
    fill_import(&rig, &imports[0], "hidden", 2, 60000, encoded[0]);
    fill_import(&rig, &imports[1], "first", 0, 0, encoded[1]);
    fill_import(&rig, &imports[2], "second", 0, 0, encoded[2]);
    struct errand import = {.call = {.kind = NODE_CALL_IMPORT,
                                     .durability = rig.durability,
                                     .imports = imports,
                                     .imports_count = 3}};
    post(&import, node_worker(rig.node, 1), queue);
    wait_for(&import.is_done);
    ck_assert_uint_eq(import.call.imports_done, 3);
    ck_assert_int_eq(import.call.result, ENGINE_DONE);
    ck_assert_int_eq(import.call.storage_err, ERR_OK);
    wait_for(&receive.is_done);
    expect_text(&receive, "first");
    prepare_receive(&receive, 0, 30000);
    post(&receive, node_worker(rig.node, 2), queue);
    wait_for(&receive.is_done);
    expect_text(&receive, "second");
    expect_peeked(&rig, 2, queue, 0, 3);
    expect_peeked(&rig, 2, queue, imports[0].message.bytes, 1);
    expect_peeked(&rig, 2, queue, imports[0].message.bytes + 1, 2);
    stop(&rig);
}
END_TEST

START_TEST(an_import_into_no_queue_takes_nothing)
{
    struct rig rig;
    uint8_t encoded[256];
    struct node_import imports[1];
    start(&rig, _i);
    fill_import(&rig, &imports[0], "x", 0, 0, encoded);
    struct errand import = {.call = {.kind = NODE_CALL_IMPORT,
                                     .durability = rig.durability,
                                     .imports = imports,
                                     .imports_count = 1}};
    post(&import, node_worker(rig.node, 1), (struct engine_queue){99});
    wait_for(&import.is_done);
    ck_assert_uint_eq(import.call.imports_done, 0);
    ck_assert_int_eq(import.call.result, ENGINE_NO_QUEUE);
    stop(&rig);
}
END_TEST

/* When the receive that passes a dead letter is answered, the letter has arrived: also on another worker. */
START_TEST(a_dead_letter_is_there_when_the_receive_that_moved_it_is_answered)
{
    struct rig rig;
    struct engine_queue source, target;
    struct errand receive;
    start(&rig, _i);
    for (int i = 0; i < 8;
         i++) { /* names enough for source and target to fall on different workers */
        char source_name[16], target_name[16], policy[160];
        snprintf(source_name, sizeof(source_name), "source-%d", i);
        snprintf(target_name, sizeof(target_name), "target-%d", i);
        snprintf(policy, sizeof(policy),
                 "{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:" ACCOUNT
                 ":%s\",\"maxReceiveCount\":1}",
                 target_name);
        struct api_string_pair pair = {SLICE("RedrivePolicy"), slice_from_text(policy)};
        create_queue(&rig, target_name, (struct api_string_map){0}, &target);
        create_queue(&rig, source_name, (struct api_string_map){&pair, 1}, &source);
        send_text(&rig, 0, source, "poison");
        prepare_receive(&receive, 0, 0);
        post(&receive, node_worker(rig.node, 1), source);
        wait_for(&receive.is_done);
        expect_text(&receive, "poison");
        prepare_receive(&receive, 0, 0);
        post(&receive, node_worker(rig.node, 2), source);
        wait_for(&receive.is_done);
        ck_assert_uint_eq(receive.call.deliveries_count, 0);
        prepare_receive(&receive, 0, 30000);
        post(&receive, node_worker(rig.node, 0), target);
        wait_for(&receive.is_done);
        expect_text(&receive, "poison");
        ck_assert_uint_eq(receive.call.deliveries[0].receive_count, 2);
    }
    stop(&rig);
}
END_TEST

START_TEST(a_stop_in_the_middle_of_a_snapshot_ends)
{
    struct rig rig;
    start(&rig, 1);
    stop_threads(&rig);
    for (unsigned i = 0; i < WORKERS_COUNT; i++) {
        struct storage *storage = node_worker(rig.node, i)->storage;
        ck_assert(storage == NULL || storage_begin_snapshot(storage));
    }
    stop(&rig); /* once it waited for news that nobody took out of the mailbox */
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, a_message_sent_from_any_worker_is_received_on_any_other, 0, 2);
    tcase_add_loop_test(tests, a_parked_receive_is_woken_by_a_send_from_another_worker, 0, 2);
    tcase_add_loop_test(tests, a_message_is_not_handed_to_a_client_that_has_gone, 0, 2);
    tcase_add_loop_test(tests, a_receive_that_is_cancelled_as_soon_as_it_parks_ends, 0, 2);
    tcase_add_loop_test(
        tests, imported_messages_keep_their_order_and_are_hidden_before_they_are_handed_out, 0, 2);
    tcase_add_loop_test(tests, an_import_into_no_queue_takes_nothing, 0, 2);
    tcase_add_loop_test(tests, a_dead_letter_is_there_when_the_receive_that_moved_it_is_answered, 0,
                        2);
    tcase_add_test(tests, a_stop_in_the_middle_of_a_snapshot_ends);
}

int main(void)
{
    return testkit_run("node", fill);
}

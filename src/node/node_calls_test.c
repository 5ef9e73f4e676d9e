/* Parked receives and every way in which their wait can end at the same instant. The test itself turns the workers, so
 * each case has its one order of events. */
#include <stdlib.h>

#include "log/message.h"
#include "node/node_harness.h"
#include "node/worker.h"
#include "testkit/testkit.h"

#define WAIT_MS 1000

/* A letter that does something on a worker's thread, in the midst of its turn. */
struct errand {
    struct letter letter;
    struct node_call call;
    struct engine_delivery deliveries[ENGINE_RECEIVE_MAX];
    struct node_message messages[ENGINE_RECEIVE_MAX];
    uint8_t memory[NODE_HARNESS_MESSAGE_BYTES];
};

/* What became of a call: outlives the errand. */
struct outcome {
    struct errand *errand; /* NULL: it has ended, and its memory is gone */
    unsigned parked, done;
    enum engine_result result;
    bool is_cancelled;
    bool is_client_gone;
    uint32_t deliveries;
};

static struct node_harness harness;

static void start(unsigned workers)
{
    harness = (struct node_harness){.workers_count = workers, .is_clock_manual = true};
    node_harness_start(&harness);
}

static void turn_all(void)
{
    for (int i = 0; i < 4; i++)
        node_harness_pump(&harness);
}

static void stop(void)
{
    turn_all();
    node_harness_stop(&harness);
}

/* ---- errands ---- */

static void call_parked(struct node_call *call)
{
    struct outcome *outcome = call->context;
    outcome->parked++;
}

/* The memory goes at once, as a server's may: whoever still knows the call finds rubbish. */
static void call_done(struct node_call *call)
{
    struct outcome *outcome = call->context;
    struct errand *errand = outcome->errand;
    outcome->done++;
    outcome->result = call->result;
    outcome->is_cancelled = call->is_cancelled;
    outcome->deliveries = call->deliveries_count;
    for (uint32_t i = 0; i < call->deliveries_count; i++)
        node_message_release(&call->messages[i]);
    outcome->errand = NULL;
    memset((void *)errand, 0xdd, sizeof(*errand));
    free(errand);
}

static bool client_is_there(struct node_call *call)
{
    return !((struct outcome *)call->context)->is_client_gone;
}

static void begin(struct letter *letter, void *owner)
{
    node_call_start(owner, &((struct errand *)(void *)letter)->call);
}

static void post(struct outcome *outcome, struct errand *errand, struct worker *home)
{
    *outcome = (struct outcome){.errand = errand};
    errand->call.context = outcome;
    errand->call.done = call_done;
    errand->call.parked = call_parked;
    errand->call.is_client_there = client_is_there;
    errand->call.deliveries = errand->deliveries;
    errand->call.messages = errand->messages;
    errand->letter.deliver = begin;
    worker_post(home, &errand->letter);
}

static struct errand *new_errand(void)
{
    struct errand *errand = calloc(1, sizeof(*errand));
    ck_assert_ptr_nonnull(errand);
    return errand;
}

static void post_receive(struct outcome *outcome, struct worker *home, struct engine_queue queue)
{
    struct errand *errand = new_errand();
    errand->call.event = (struct engine_event){.kind = ENGINE_RECEIVE, .queue = queue};
    errand->call.event.receive.count_max = 1;
    errand->call.event.receive.visibility_ms = 30000;
    errand->call.event.receive.wait_ms = WAIT_MS;
    post(outcome, errand, home);
}

static void park(struct outcome *outcome, struct worker *home, struct engine_queue queue)
{
    post_receive(outcome, home, queue);
    turn_all();
    ck_assert_uint_eq(outcome->parked, 1);
    ck_assert_int_eq(outcome->errand->call.state, NODE_CALL_PARKED);
}

static void post_send(struct outcome *outcome, struct worker *home, struct engine_queue queue)
{
    struct errand *errand = new_errand();
    node_harness_fill_send(&harness, &errand->call, queue, "hello", errand->memory);
    post(outcome, errand, home);
}

/* What a client's hang-up does, between two letters of its home. */
static void cancel_in_letter(struct letter *letter, void *owner)
{
    struct outcome *outcome = ((struct errand *)(void *)letter)->call.context;
    MAYBE(owner);
    node_call_cancel(&outcome->errand->call);
}

static void post_cancel(struct outcome *outcome)
{
    outcome->errand->letter.deliver = cancel_in_letter;
    worker_post(outcome->errand->call.home, &outcome->errand->letter);
}

static struct engine_queue make_queue(const char *name)
{
    struct engine_queue queue = node_harness_create_queue(&harness, name, NULL, 0);
    turn_all();
    return queue;
}

static struct engine_counts counts_of(struct engine_queue queue)
{
    struct engine_counts counts = {0};
    engine_counts(node_owner(harness.node, queue)->engine, queue, &counts);
    return counts;
}

/* Where the client's connection is: at the queue's owner, or at the other worker. */
static struct worker *home_of_loop(struct engine_queue queue, int loop)
{
    struct worker *owner = node_owner(harness.node, queue);
    return loop == 0 ? owner : node_harness_worker(&harness, worker_index(owner) + 1);
}

static void expect_ended(const struct outcome *outcome)
{
    ck_assert_uint_eq(outcome->done, 1);
    ck_assert_ptr_null(outcome->errand);
}

/* ---- hanging up ---- */

START_TEST(who_hangs_up_at_the_end_of_the_wait_is_answered_once)
{
    struct outcome receive;
    start(2);
    struct engine_queue queue = make_queue("q");
    for (int i = 0; i < 3; i++) {
        park(&receive, home_of_loop(queue, _i), queue);
        clock_advance(harness.clock, WAIT_MS); /* nobody has noticed yet */
        if (i == 0)
            node_call_cancel(&receive.errand->call); /* as a socket's callback, between two turns */
        else
            post_cancel(&receive);
        if (i == 2) /* the owner notices first: its letter crosses the one of the hang-up */
            worker_turn(node_owner(harness.node, queue));
        turn_all();
        expect_ended(&receive);
        ck_assert_uint_eq(counts_of(queue).waiters, 0);
    }
    stop();
}
END_TEST

START_TEST(who_hangs_up_while_a_message_is_offered_gets_none)
{
    struct outcome receive, send;
    start(2);
    struct engine_queue queue = make_queue("q");
    struct worker *owner = node_owner(harness.node, queue);
    park(&receive, home_of_loop(queue, _i), queue);
    /* The offer waits in the owner's list when the hang-up comes, as the next letter. */
    post_send(&send, owner, queue);
    post_cancel(&receive);
    turn_all();
    expect_ended(&send);
    expect_ended(&receive);
    ck_assert_uint_eq(receive.deliveries + counts_of(queue).visible, 1);
    ck_assert_uint_eq(counts_of(queue).waiters, 0);
    /* The offer is in the home's box. */
    queue = make_queue("another");
    owner = node_owner(harness.node, queue);
    park(&receive, home_of_loop(queue, 1), queue);
    post_send(&send, owner, queue);
    worker_turn(owner);
    node_call_cancel(&receive.errand->call);
    turn_all();
    expect_ended(&receive);
    ck_assert(receive.is_cancelled);
    ck_assert_uint_eq(counts_of(queue).waiters, 0);
    ck_assert_uint_eq(counts_of(queue).visible, 1);
    stop();
}
END_TEST

START_TEST(an_offer_that_finds_the_client_gone_goes_to_the_next_one_also_at_the_end_of_its_wait)
{
    struct outcome gone, there, send;
    start(2);
    struct engine_queue queue = make_queue("q");
    park(&gone, home_of_loop(queue, _i), queue);
    clock_advance(harness.clock, WAIT_MS / 2);
    park(&there, home_of_loop(queue, 1 - _i), queue);
    gone.is_client_gone = true;
    post_send(&send, home_of_loop(queue, 1), queue);
    worker_turn(home_of_loop(queue, 1));
    worker_turn(home_of_loop(queue, 0));
    clock_advance(harness.clock, WAIT_MS / 2); /* the offered one's end passes while it is away */
    turn_all();
    expect_ended(&gone);
    expect_ended(&there);
    ck_assert_uint_eq(gone.deliveries, 0);
    ck_assert_uint_eq(there.deliveries, 1);
    stop();
}
END_TEST

/* ---- deleted queues ---- */

#define POLLS 4u

START_TEST(a_queue_deleted_under_offers_answers_each_poll_once)
{
    struct outcome receives[POLLS], sends[POLLS];
    start(2);
    for (unsigned offers = 1; offers <= POLLS; offers++) {
        char name[8] = {'q', (char)('0' + offers)};
        struct engine_queue queue = make_queue(name);
        struct worker *owner = node_owner(harness.node, queue), *home = home_of_loop(queue, _i);
        unsigned gone = 0;
        for (unsigned i = 0; i < POLLS; i++)
            park(&receives[i], home, queue);
        for (unsigned i = 0; i < offers; i++)
            post_send(&sends[i], owner, queue);
        /* Behind the sends in the same turn: the offers are in the owner's list. */
        struct errand *drop = new_errand();
        struct outcome dropped;
        struct queue *known = directory_find_id(owner->directory, queue.v);
        directory_remove(owner->directory, known);
        drop->call.event = (struct engine_event){.kind = ENGINE_DROP, .queue = queue};
        post(&dropped, drop, owner);
        turn_all();
        expect_ended(&dropped);
        for (unsigned i = 0; i < POLLS; i++) {
            expect_ended(&receives[i]);
            gone += receives[i].result == ENGINE_NO_QUEUE;
        }
        ck_assert_uint_eq(gone, POLLS);
        node_harness_delete_queue(&harness, name);
    }
    stop();
}
END_TEST

START_TEST(a_queue_deleted_while_the_offered_polls_come_back_answers_each_once)
{
    struct outcome receives[POLLS], sends[POLLS];
    start(2);
    struct engine_queue queue = make_queue("q");
    struct worker *owner = node_owner(harness.node, queue), *home = home_of_loop(queue, 1);
    for (unsigned i = 0; i < POLLS; i++)
        park(&receives[i], home, queue);
    receives[0].is_client_gone = true;
    for (unsigned i = 0; i + 1 < POLLS; i++)
        post_send(&sends[i], owner, queue);
    worker_turn(owner); /* the offers are on their way home */
    if (_i == 1)
        worker_turn(home); /* and back again */
    struct queue *known = directory_find_id(owner->directory, queue.v);
    directory_remove(owner->directory, known);
    struct engine_event drop = {.kind = ENGINE_DROP, .queue = queue};
    ck_assert(worker_step(owner, &drop, NULL, NULL));
    turn_all();
    for (unsigned i = 0; i < POLLS; i++) {
        expect_ended(&receives[i]);
        ck_assert_uint_eq(receives[i].deliveries, 0);
        ck_assert(receives[i].is_cancelled || receives[i].result == ENGINE_NO_QUEUE);
    }
    ck_assert(receives[0].is_cancelled);
    node_harness_delete_queue(&harness, "q");
    stop();
}
END_TEST

START_TEST(a_queue_purged_under_an_offer_leaves_its_poll_waiting)
{
    struct outcome receive, send, purge;
    start(2);
    struct engine_queue queue = make_queue("q");
    struct worker *owner = node_owner(harness.node, queue);
    park(&receive, home_of_loop(queue, _i), queue);
    post_send(&send, owner, queue);
    struct errand *errand = new_errand();
    errand->call.event = (struct engine_event){.kind = ENGINE_PURGE, .queue = queue};
    post(&purge, errand, owner);
    turn_all();
    ck_assert_uint_eq(receive.done, 0);
    ck_assert_uint_eq(counts_of(queue).waiters, 1);
    clock_advance(harness.clock, WAIT_MS);
    turn_all();
    expect_ended(&receive);
    ck_assert_uint_eq(receive.deliveries, 0);
    stop();
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, who_hangs_up_at_the_end_of_the_wait_is_answered_once, 0, 2);
    tcase_add_loop_test(tests, who_hangs_up_while_a_message_is_offered_gets_none, 0, 2);
    tcase_add_loop_test(
        tests, an_offer_that_finds_the_client_gone_goes_to_the_next_one_also_at_the_end_of_its_wait,
        0, 2);
    tcase_add_loop_test(tests, a_queue_deleted_under_offers_answers_each_poll_once, 0, 2);
    tcase_add_loop_test(tests, a_queue_deleted_while_the_offered_polls_come_back_answers_each_once,
                        0, 2);
    tcase_add_loop_test(tests, a_queue_purged_under_an_offer_leaves_its_poll_waiting, 0, 2);
}

int main(void)
{
    return testkit_run("node_calls", fill);
}

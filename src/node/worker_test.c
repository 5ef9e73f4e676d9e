/* How much of its slow work a worker does in one turn, counted, not timed: requests of other queues wait behind it. */
#include "node/worker.h"

#include "log/bodies.h"
#include "metadata/attributes.h"
#include "testkit/directory.h"
#include "testkit/testkit.h"

#define LARGE      1u
#define OTHER      2u
#define COUNT      10000u
#define A_TURN_MAX 100u /* bodies let go */
#define A_STEP_MAX 20u

static char directory[DIRECTORY_PATH_BYTES];
static struct clock *clock_of_test;
static struct node *node;
static struct worker *worker;

static void add_queue(uint64_t id, const char *name)
{
    struct queue draft = {.id = id,
                          .account = SLICE("000000000000"),
                          .name = slice_from_text(name),
                          .arn = SLICE("arn:aws:sqs:us-east-1:000000000000:any"),
                          .config_version = 1};
    attributes_set_defaults(false, &draft.attributes);
    struct queue *queue = queue_create(&draft);
    directory_put(worker->directory, queue);
    queue_unref(queue);
}

static void send(uint64_t queue)
{
    struct worker_message message = {.bytes = SLICE("any"), .durability = NODE_DURABILITY_MEMORY};
    struct engine_event event = {.kind = ENGINE_SEND, .queue = {queue}, .send = {.body_bytes = 3}};
    ck_assert(worker_step(worker, &event, &message, NULL));
    ck_assert_int_eq(worker->effects.result, ENGINE_DONE);
}

static void start(void)
{
    const char *why = "";
    testkit_directory_make(directory);
    clock_of_test = clock_create_manual((struct wall_ms){1700000000000});
    struct node_options options = {
        .clock = clock_of_test,
        .workers_count = 1,
        .durability = NODE_DURABILITY_MEMORY,
        .catalog = {.region = "us-east-1", .partition = "aws", .data_directory = directory},
    };
    ck_assert_msg(node_create(&options, &node, &why) == ERR_OK, "%s", why);
    worker = node_worker(node, 0);
    add_queue(LARGE, "large");
    add_queue(OTHER, "other");
    for (uint32_t i = 0; i < COUNT; i++)
        send(LARGE);
    ck_assert_uint_eq(bodies_total().count, COUNT);
}

static void stop(void)
{
    node_destroy(node);
    clock_destroy(clock_of_test);
    testkit_directory_remove(directory);
}

START_TEST(a_large_queue_is_let_go_in_small_parts)
{
    start();
    struct engine_event clear = {.kind = _i == 0 ? ENGINE_PURGE : ENGINE_DROP, .queue = {LARGE}};
    ck_assert(worker_step(worker, &clear, NULL, NULL));
    ck_assert_uint_ge(bodies_total().count, COUNT - A_STEP_MAX);
    while (bodies_total().count > 0) {
        uint64_t before = bodies_total().count;
        int wait = worker_turn(worker);
        ck_assert_uint_lt(bodies_total().count, before);
        ck_assert_uint_le(before - bodies_total().count, A_TURN_MAX);
        ck_assert(wait == 0 || bodies_total().count == 0);
    }
    stop();
}
END_TEST

/* Requests go on meanwhile: each lets go of a few, so that what is dead gets less under any load. */
START_TEST(a_request_lets_go_of_few_and_of_more_than_it_brings)
{
    start();
    struct engine_event clear = {.kind = _i == 0 ? ENGINE_PURGE : ENGINE_DROP, .queue = {LARGE}};
    ck_assert(worker_step(worker, &clear, NULL, NULL));
    for (uint32_t i = 0; i < 100; i++) {
        uint64_t before = bodies_total().count;
        send(OTHER);
        ck_assert_uint_lt(bodies_total().count, before);
        ck_assert_uint_le(before - bodies_total().count, A_STEP_MAX);
    }
    stop();
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, a_large_queue_is_let_go_in_small_parts, 0, 2);
    tcase_add_loop_test(tests, a_request_lets_go_of_few_and_of_more_than_it_brings, 0, 2);
}

int main(void)
{
    return testkit_run("worker", fill);
}

/* A whole node for tests. */
#include "node/node_harness.h"

#include <poll.h>
#include <stdlib.h>

#include "base/random.h"
#include "log/message.h"
#include "testkit/testkit.h"

#define PUMPS_MAX 20000

/* ---- workers ---- */

static void *run_worker(void *at)
{
    struct node_harness_thread *thread = at;
    struct node_harness *harness = thread->harness;
    struct worker *worker = node_worker(harness->node, thread->index);
    while (!atomic_load(&harness->is_stopping)) {
        struct pollfd wake = {.fd = worker_mailbox(worker)->wake_fd, .events = POLLIN};
        if (harness->between_turns != NULL)
            harness->between_turns(harness, worker);
        int wait = worker_turn(worker);
        poll(&wake, 1, wait < 1 ? wait : 1);
        if (wake.revents != 0)
            worker_wake(worker);
    }
    return NULL;
}

void node_harness_start(struct node_harness *harness)
{
    const char *why = "";
    ck_assert_uint_le(harness->workers_count, NODE_HARNESS_WORKERS_MAX);
    harness->clock = harness->is_clock_manual ? clock_create_manual(clock_machine_wall())
                                              : clock_create_system();
    testkit_directory_make(harness->directory);
    struct node_options options = {
        .clock = harness->clock,
        .workers_count = harness->workers_count,
        .durability = harness->durability,
        .cache_bytes = 1 << 20,
        .catalog = {.region = "us-east-1",
                    .partition = "aws",
                    .data_directory = harness->directory},
    };
    enum err err = node_create(&options, &harness->node, &why);
    ck_assert_msg(err == ERR_OK, "%s", why);
    for (unsigned i = 0; i < harness->workers_count && harness->has_threads; i++) {
        harness->threads[i] = (struct node_harness_thread){.harness = harness, .index = i};
        ck_assert_int_eq(
            pthread_create(&harness->threads[i].thread, NULL, run_worker, &harness->threads[i]), 0);
    }
}

void node_harness_stop(struct node_harness *harness)
{
    atomic_store(&harness->is_stopping, true);
    for (unsigned i = 0; i < harness->workers_count && harness->has_threads; i++)
        pthread_join(harness->threads[i].thread, NULL);
    node_destroy(harness->node);
    clock_destroy(harness->clock);
    testkit_directory_remove(harness->directory);
}

void node_harness_pump(struct node_harness *harness)
{
    for (unsigned i = 0; i < harness->workers_count && !harness->has_threads; i++)
        worker_turn(node_worker(harness->node, i));
    poll(NULL, 0, 1);
}

struct worker *node_harness_worker(struct node_harness *harness, unsigned index)
{
    return node_worker(harness->node, index % harness->workers_count);
}

/* ---- the catalog ---- */

struct question {
    struct catalog_call call; /* first: its letter comes back */
    struct arena arena;
    _Atomic bool is_done;
};

static void answered(struct letter *letter, void *owner)
{
    struct question *question = (struct question *)(void *)letter;
    MAYBE(owner);
    atomic_store(&question->is_done, true);
}

static void ask(struct node_harness *harness, struct question *question)
{
    question->call.account = SLICE(NODE_HARNESS_ACCOUNT);
    question->call.base_url = SLICE("http://h");
    question->call.arena = &question->arena;
    question->call.reply_to = worker_mailbox(node_worker(harness->node, 0));
    question->call.done = answered;
    atomic_store(&question->is_done, false);
    catalog_post(node_catalog(harness->node), &question->call);
    for (int i = 0; i < PUMPS_MAX && !atomic_load(&question->is_done); i++)
        node_harness_pump(harness);
    ck_assert(atomic_load(&question->is_done));
    ck_assert_msg(question->call.error.row == NULL, "%.*s",
                  SLICE_PRINT(question->call.error.message));
}

static struct queue *find_queue(struct node_harness *harness, const char *name)
{
    struct question question = {.call = {.action = API_ACTIONS_COUNT,
                                         .find = true,
                                         .find_account = SLICE(NODE_HARNESS_ACCOUNT),
                                         .find_name = slice_from_text(name)}};
    arena_init(&question.arena);
    ask(harness, &question);
    arena_done(&question.arena);
    ck_assert_ptr_nonnull(question.call.found);
    return question.call.found;
}

struct engine_queue node_harness_create_queue(struct node_harness *harness, const char *name,
                                              struct api_string_pair *pairs, uint32_t pairs_count)
{
    struct api_create_queue_response response = {0};
    struct api_create_queue_request request = {.has_queue_name = true,
                                               .queue_name = slice_from_text(name),
                                               .has_attributes = true,
                                               .attributes = {pairs, pairs_count}};
    struct question question = {
        .call = {.action = API_CREATE_QUEUE, .request = &request, .response = &response}};
    arena_init(&question.arena);
    ask(harness, &question);
    arena_done(&question.arena);
    struct queue *queue = find_queue(harness, name);
    struct engine_queue id = {queue->id};
    queue_unref(queue);
    return id;
}

void node_harness_delete_queue(struct node_harness *harness, const char *name)
{
    struct api_delete_queue_request request = {0};
    struct question question = {.call = {.action = API_DELETE_QUEUE, .request = &request}};
    question.call.queue = find_queue(harness, name);
    arena_init(&question.arena);
    ask(harness, &question);
    arena_done(&question.arena);
    queue_unref(question.call.queue);
}

/* ---- messages ---- */

void node_harness_fill_send(struct node_harness *harness, struct node_call *call,
                            struct engine_queue queue, const char *text,
                            uint8_t memory[NODE_HARNESS_MESSAGE_BYTES])
{
    struct message_content content = {.sent_at = {1}, .body = slice_from_text(text)};
    random_uuid(content.message_id);
    ck_assert_uint_le(message_encoded_bytes(&content), NODE_HARNESS_MESSAGE_BYTES);
    message_encode(&content, memory);
    call->message = slice_of(memory, message_encoded_bytes(&content));
    call->durability = harness->durability;
    call->event = (struct engine_event){.kind = ENGINE_SEND, .queue = queue};
    call->event.send.body_bytes = (uint32_t)call->message.bytes;
    memcpy(call->event.send.message_id, content.message_id, sizeof(content.message_id));
}

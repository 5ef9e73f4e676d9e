#include "node/catalog_harness.h"

#include <poll.h>

#include "base/banned.h"

#define WAIT_MS 10000

/* ---- workers ---- */

static void tell_progress(struct harness_worker *worker)
{
    if (worker->progress_to != NULL)
        catalog_task_news(worker->progress_to, &worker->progress);
}

static void take_update(struct harness_worker *worker, struct catalog_update *update)
{
    switch (update->kind) {
    case CATALOG_QUEUE_IS:
        directory_put(worker->directory, update->queue);
        break;
    case CATALOG_QUEUE_GONE:
        directory_remove(worker->directory, update->queue);
        break;
    case CATALOG_TASK_START:
    case CATALOG_TASK_CANCEL:
        ck_assert_uint_lt(worker->events_count, HARNESS_EVENTS);
        worker->events[worker->events_count++] = update->event;
        if (update->kind == CATALOG_TASK_CANCEL)
            tell_progress(worker);
        break;
    case CATALOG_TASK_ASK:
        tell_progress(worker);
        break;
    case CATALOG_LOADED:
        break;
    case CATALOG_QUEUE_DROP:
        ck_assert_int_eq(update->event.kind, ENGINE_DROP);
        worker->drops_count++;
        worker->dropped = update->event.queue;
        break;
    }
    catalog_update_done(update);
}

static void deliver_update(struct letter *letter, void *owner)
{
    struct harness_worker *worker = owner;
    struct catalog_update *update = (struct catalog_update *)letter;
    worker->updates_count++;
    if (worker->holds) {
        letter->next = (struct letter *)worker->held;
        worker->held = update;
    } else {
        take_update(worker, update);
    }
}

static void release_held(struct harness_worker *worker)
{
    while (!worker->holds && worker->held != NULL) {
        struct catalog_update *update = worker->held;
        worker->held = (struct catalog_update *)update->letter.next;
        take_update(worker, update);
    }
}

static void drain_all(struct harness *harness)
{
    for (unsigned i = 0; i < HARNESS_WORKERS; i++) {
        release_held(&harness->workers[i]);
        mailbox_drain(&harness->workers[i].box, &harness->workers[i]);
    }
}

/* False when nothing came. */
static bool wait_any(struct harness *harness, int wait_ms)
{
    struct pollfd fds[HARNESS_WORKERS];
    for (unsigned i = 0; i < HARNESS_WORKERS; i++)
        fds[i] = (struct pollfd){.fd = harness->workers[i].box.wake_fd, .events = POLLIN};
    return poll(fds, HARNESS_WORKERS, wait_ms) > 0;
}

void harness_drain(struct harness *harness, int quiet_ms)
{
    do
        drain_all(harness);
    while (wait_any(harness, quiet_ms));
}

/* ---- start and stop ---- */

void harness_init(struct harness *harness)
{
    *harness = (struct harness){0};
    arena_init(&harness->arena);
    harness->clock = clock_create_manual((struct wall_ms){HARNESS_START_MS});
    harness->options = (struct catalog_options){
        .clock = harness->clock, .region = "us-east-1", .partition = "aws"};
}

void harness_done(struct harness *harness)
{
    harness_stop(harness);
    clock_destroy(harness->clock);
    arena_done(&harness->arena);
}

static void start_workers(struct harness *harness)
{
    ck_assert_ptr_null(harness->catalog);
    for (unsigned i = 0; i < HARNESS_WORKERS; i++) {
        harness->workers[i] = (struct harness_worker){.directory = directory_create()};
        ck_assert_int_eq(mailbox_init(&harness->workers[i].box), ERR_OK);
        harness->subscribers[i] =
            (struct catalog_subscriber){&harness->workers[i].box, deliver_update};
    }
}

static void start_catalog(struct harness *harness)
{
    const char *why = "";
    enum err err = catalog_start(&harness->options, harness->subscribers, HARNESS_WORKERS,
                                 &harness->catalog, &why);
    ck_assert_msg(err == ERR_OK, "%s", why);
    drain_all(harness);
}

void harness_start(struct harness *harness, const char *directory)
{
    start_workers(harness);
    harness->options.data_directory = directory;
    start_catalog(harness);
}

void harness_start_redis(struct harness *harness, const char *url)
{
    start_workers(harness);
    harness->options.metadata_url = url;
    start_catalog(harness);
}

void harness_start_fake(struct harness *harness, struct fake_store *fake, int delay_ms,
                        bool is_shared)
{
    struct loop *loop;
    const char *why = "";
    start_workers(harness);
    ck_assert_int_eq(loop_create(&loop), ERR_OK);
    enum err err =
        catalog_start_on(&harness->options, harness->subscribers, HARNESS_WORKERS, loop,
                         fake_store_open(fake, loop, delay_ms), is_shared, &harness->catalog, &why);
    ck_assert_msg(err == ERR_OK, "%s", why);
    drain_all(harness);
}

void harness_stop(struct harness *harness)
{
    if (harness->catalog == NULL)
        return;
    harness_drain(harness, 0);
    catalog_stop(harness->catalog);
    harness_forget(harness);
}

void harness_forget(struct harness *harness)
{
    harness->catalog = NULL;
    for (unsigned i = 0; i < HARNESS_WORKERS; i++) {
        directory_destroy(harness->workers[i].directory);
        mailbox_done(&harness->workers[i].box);
    }
}

/* ---- calls ---- */

static void take_answer(struct letter *letter, void *owner)
{
    struct harness_pending *pending = (struct harness_pending *)letter;
    MAYBE(owner != NULL);
    pending->is_done = true;
}

static struct harness_pending *new_pending(struct harness *harness, const char *account)
{
    struct harness_pending *pending = ARENA_NEW(&harness->arena, struct harness_pending);
    arena_init(&pending->arena);
    pending->call = (struct catalog_call){
        .action = API_ACTIONS_COUNT,
        .account = slice_from_text(account),
        .base_url = SLICE(HARNESS_URL),
        .arena = &pending->arena,
        .to_move = 7,
        .reply_to = &harness->workers[0].box,
        .done = take_answer,
    };
    return pending;
}

struct harness_pending *harness_post(struct harness *harness, const char *account,
                                     enum api_action action, const char *queue, const char *json)
{
    struct harness_pending *pending = new_pending(harness, account);
    struct catalog_call *call = &pending->call;
    void *request = api_new_request(&pending->arena, action);
    call->action = action;
    call->request = request;
    call->response = api_new_response(&pending->arena, action);
    struct slice body =
        arena_copy(&pending->arena, slice_from_text(json)); /* requests point into it */
    if (!api_decode_json(&pending->arena, body, action, request, &call->error))
        ck_abort_msg("%s: %.*s", json, SLICE_PRINT(call->error.message));
    if (queue != NULL) {
        call->queue =
            directory_find(harness->workers[0].directory, call->account, slice_from_text(queue));
        if (call->queue != NULL)
            queue_ref(call->queue);
    }
    catalog_post(harness->catalog, call);
    return pending;
}

static void wait_done(struct harness *harness, struct harness_pending *pending)
{
    while (!pending->is_done) {
        drain_all(harness);
        if (!pending->is_done)
            ck_assert_msg(wait_any(harness, WAIT_MS), "no answer");
    }
}

static const char *end_text(struct harness *harness, struct slice text)
{
    return (const char *)arena_join(&harness->arena, text, slice_of("", 1)).at;
}

const char *harness_wait(struct harness *harness, struct harness_pending *pending)
{
    struct catalog_call *call = &pending->call;
    struct slice text;
    wait_done(harness, pending);
    if (call->error.row != NULL) {
        text = arena_print(&harness->arena, "%s: %.*s", call->error.row->query_code,
                           SLICE_PRINT(call->error.message));
    } else {
        struct buffer buffer;
        buffer_init(&buffer, &harness->arena, 256);
        api_encode_response(&buffer, API_JSON, call->action, call->response, SLICE("request"));
        text = buffer_slice(&buffer);
    }
    queue_unref(call->queue);
    arena_done(&pending->arena);
    return end_text(harness, text);
}

const char *harness_call_as(struct harness *harness, const char *account, enum api_action action,
                            const char *queue, const char *json)
{
    return harness_wait(harness, harness_post(harness, account, action, queue, json));
}

const char *harness_call(struct harness *harness, enum api_action action, const char *queue,
                         const char *json)
{
    return harness_call_as(harness, HARNESS_ACCOUNT, action, queue, json);
}

struct harness_pending *harness_post_find(struct harness *harness, const char *name)
{
    struct harness_pending *pending = new_pending(harness, HARNESS_ACCOUNT);
    pending->call.find = true;
    pending->call.find_account = SLICE(HARNESS_ACCOUNT);
    pending->call.find_name = slice_from_text(name);
    catalog_post(harness->catalog, &pending->call);
    return pending;
}

struct queue *harness_find(struct harness *harness, const char *name, struct api_error *ret_error)
{
    struct harness_pending *pending = harness_post_find(harness, name);
    wait_done(harness, pending);
    *ret_error = pending->call.error;
    struct queue *found = pending->call.found;
    ck_assert_int_eq(found == NULL, ret_error->row != NULL);
    if (found != NULL) /* whoever is answered finds it in the directory */
        ck_assert_uint_eq(harness_queue(harness, name)->id, found->id);
    queue_unref(found);
    arena_done(&pending->arena);
    return harness_queue(harness, name);
}

struct queue *harness_queue(struct harness *harness, const char *name)
{
    return directory_find(harness->workers[0].directory, SLICE(HARNESS_ACCOUNT),
                          slice_from_text(name));
}

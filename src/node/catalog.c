/* The thread of the catalog: calls in, answers out, start and stop. */
#include "node/catalog_private.h"

#include "base/crash.h"

#include "base/banned.h"

/* ---- small services ---- */

struct clock_now catalog_now(const struct catalog *catalog)
{
    return clock_read(catalog->options.clock);
}

uint64_t catalog_next_version(const struct catalog *catalog, uint64_t before)
{
    /* From the clock, so that a name that is used again never meets an old version of its earlier life. */
    uint64_t now_ms = (uint64_t)catalog_now(catalog).wall.v;
    return now_ms > before ? now_ms : before + 1;
}

bool catalog_fail_unavailable(const struct catalog *catalog, struct api_error *error)
{
    if (catalog->lost_why != NULL)
        return api_fail(
            error, API_ERROR_SERVICE_UNAVAILABLE,
            SLICE("The request has failed because the metadata store has lost what this "
                  "server read; an operator must restore it or restart the server."));
    return api_fail(
        error, API_ERROR_SERVICE_UNAVAILABLE,
        SLICE(
            "The request has failed because the metadata store does not answer; try again later."));
}

bool catalog_fail_internal(struct api_error *error)
{
    return api_fail(
        error, API_ERROR_INTERNAL_FAILURE,
        SLICE("The request has failed because what is stored about the queue cannot be read."));
}

void catalog_answer(struct catalog_call *call)
{
    call->letter.deliver = call->done;
    mailbox_post(call->reply_to, &call->letter);
}

void catalog_note_store(struct catalog *catalog)
{
    if (!catalog->is_closing)
        atomic_store(&catalog->is_available,
                     catalog->store->operations->is_available(catalog->store));
}

void catalog_began(struct catalog *catalog)
{
    catalog->underway++;
}

void catalog_finished(struct catalog *catalog)
{
    ASSERT(catalog->underway > 0);
    catalog->underway--;
    if (catalog->is_stopping && catalog->underway == 0)
        loop_stop(catalog->loop);
}

/* ---- calls ---- */

static void dispatch(struct catalog *catalog, struct catalog_call *call)
{
    switch ((int)call->action) {
    case API_CREATE_QUEUE:
        catalog_create_queue(catalog, call);
        break;
    case API_LIST_QUEUES:
        catalog_list_queues(catalog, call);
        break;
    case API_LIST_DEAD_LETTER_SOURCE_QUEUES:
        catalog_list_sources(catalog, call);
        break;
    case API_START_MESSAGE_MOVE_TASK:
        catalog_start_task(catalog, call);
        break;
    case API_CANCEL_MESSAGE_MOVE_TASK:
        catalog_cancel_task(catalog, call);
        break;
    case API_LIST_MESSAGE_MOVE_TASKS:
        catalog_list_tasks(catalog, call);
        break;
    default:
        catalog_change_queue(catalog, call);
        break;
    }
}

static void deliver_call(struct letter *letter, void *owner)
{
    struct catalog *catalog = owner;
    struct catalog_call *call = (struct catalog_call *)letter;
    call->error = (struct api_error){0};
    call->found = NULL;
    if (!atomic_load(&catalog->is_loaded) || catalog->is_stopping) {
        catalog_fail_unavailable(catalog, &call->error);
        catalog_answer(call);
        return;
    }
    if (call->find)
        catalog_find_queue(catalog, call);
    else
        dispatch(catalog, call);
}

void catalog_post(struct catalog *catalog, struct catalog_call *call)
{
    call->letter.deliver = deliver_call;
    mailbox_post(&catalog->box, &call->letter);
}

bool catalog_is_ready(const struct catalog *catalog)
{
    return atomic_load(&catalog->is_loaded) && atomic_load(&catalog->is_available);
}

const uint8_t *catalog_receipt_key(const struct catalog *catalog)
{
    return atomic_load(&catalog->has_receipt_key) ? catalog->receipt_key : NULL;
}

/* ---- the thread ---- */

/* The store knows by itself when it goes away; here it is carried to where any thread can see it. */
static void look_at_store(void *context)
{
    struct catalog *catalog = context;
    catalog_note_store(catalog);
    catalog->health_timer =
        loop_timer_start(catalog->loop, CATALOG_LOAD_AGAIN_MS, look_at_store, catalog);
}

static void close_everything(struct catalog *catalog)
{
    loop_timer_cancel(catalog->load_timer);
    loop_timer_cancel(catalog->save_timer);
    loop_timer_cancel(catalog->health_timer);
    loop_timer_cancel(catalog->stop_timer);
    loop_timer_cancel(catalog->dropped.timer);
    catalog->is_closing = true;
    catalog_changes_clear(catalog);
    atomic_store(&catalog->is_available, false);
    store_close(catalog->store);
    mailbox_drain(&catalog->box, catalog); /* late calls are answered, late news are freed */
    catalog_publications_done(catalog);
}

static void *run(void *context)
{
    struct catalog *catalog = context;
    crash_init_thread();
    catalog_changes_watch(catalog);
    catalog_load_begin(catalog);
    if (catalog->is_shared)
        look_at_store(catalog);
    loop_run(catalog->loop, &catalog->box, catalog);
    close_everything(catalog);
    return NULL;
}

static void stop_anyway(void *context)
{
    struct catalog *catalog = context;
    catalog->stop_timer = NULL;
    LOG_WARNING(CATALOG_AREA, "%u changes are not finished at the end", catalog->underway);
    loop_stop(catalog->loop);
}

static void deliver_stop(struct letter *letter, void *owner)
{
    struct catalog *catalog = owner;
    MAYBE(letter != NULL);
    catalog_began(catalog);
    catalog_tasks_flush(catalog);
    catalog_dropped_flush(catalog);
    catalog->is_stopping = true;
    catalog->stop_timer = loop_timer_start(catalog->loop, CATALOG_STOP_MS, stop_anyway, catalog);
    catalog_finished(catalog);
}

static void destroy(struct catalog *catalog)
{
    catalog_tasks_done(catalog);
    catalog_dropped_clear(catalog);
    catalog_entries_done(catalog);
    loop_destroy(catalog->loop);
    mailbox_done(&catalog->box);
    pthread_mutex_destroy(&catalog->started_lock);
    pthread_cond_destroy(&catalog->started_signal);
    memset(catalog->receipt_key, 0, sizeof(catalog->receipt_key));
    free(catalog);
}

void catalog_stop(struct catalog *catalog)
{
    if (catalog == NULL)
        return;
    struct letter letter = {.deliver = deliver_stop};
    mailbox_post(&catalog->box, &letter);
    int failed = pthread_join(catalog->thread, NULL);
    ASSERT(failed == 0);
    destroy(catalog);
}

/* ---- start ---- */

/* NULL: no descriptor for the box. */
static struct catalog *create(const struct catalog_options *options,
                              const struct catalog_subscriber *subscribers,
                              unsigned subscribers_count)
{
    struct catalog *catalog = calloc(1, sizeof(*catalog));
    if (catalog == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    if (mailbox_init(&catalog->box) != ERR_OK) {
        free(catalog);
        return NULL;
    }
    catalog->options = *options;
    catalog->subscribers = subscribers;
    catalog->subscribers_count = subscribers_count;
    pthread_mutex_init(&catalog->started_lock, NULL);
    pthread_cond_init(&catalog->started_signal, NULL);
    catalog_entries_init(catalog);
    table_init(&catalog->tasks_by_name);
    table_init(&catalog->tasks_by_uuid);
    return catalog;
}

/* Waits until the thread has loaded, failed, or found the store away. */
static enum err wait_started(struct catalog *catalog, const char **ret_why)
{
    pthread_mutex_lock(&catalog->started_lock);
    while (!catalog->has_started)
        pthread_cond_wait(&catalog->started_signal, &catalog->started_lock);
    enum err err = catalog->start_err;
    *ret_why = catalog->start_why;
    pthread_mutex_unlock(&catalog->started_lock);
    return err;
}

enum err catalog_start_on(const struct catalog_options *options,
                          const struct catalog_subscriber *subscribers, unsigned subscribers_count,
                          struct loop *loop, struct store *store, bool is_shared,
                          struct catalog **ret_catalog, const char **ret_why)
{
    struct catalog *catalog = create(options, subscribers, subscribers_count);
    if (catalog == NULL) {
        store_close(store);
        loop_destroy(loop);
        *ret_why = "no descriptor for the catalog's mailbox";
        return ERR_IO;
    }
    catalog->loop = loop;
    catalog->store = store;
    catalog->is_shared = is_shared;
    if (pthread_create(&catalog->thread, NULL, run, catalog) != 0) {
        close_everything(catalog);
        destroy(catalog);
        *ret_why = "the catalog's thread cannot be started: is there a limit of threads (ulimit "
                   "-u, pids of a container)?";
        return ERR_IO;
    }
    enum err err = wait_started(catalog, ret_why);
    if (err != ERR_OK)
        catalog_stop(catalog);
    else
        *ret_catalog = catalog;
    return err;
}

enum err catalog_start(const struct catalog_options *options,
                       const struct catalog_subscriber *subscribers, unsigned subscribers_count,
                       struct catalog **ret_catalog, const char **ret_why)
{
    struct loop *loop;
    struct store *store;
    if (loop_create(&loop) != ERR_OK) {
        *ret_why = "no event loop";
        return ERR_IO;
    }
    bool is_shared = options->metadata_url != NULL;
    enum err err = is_shared ? store_open_redis(options->metadata_url, loop, &store, ret_why)
                             : store_open_sqlite(options->data_directory, &store, ret_why);
    if (err != ERR_OK) {
        loop_destroy(loop);
        return err;
    }
    return catalog_start_on(options, subscribers, subscribers_count, loop, store, is_shared,
                            ret_catalog, ret_why);
}

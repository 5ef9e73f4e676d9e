/* StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks (reference C2, C12, C20). */
#include "node/catalog_private.h"

#include "base/random.h"
#include "base/uuid.h"
#include "metadata/queue_name.h"

#include "base/banned.h"

static bool refuse(struct api_error *error, struct slice text)
{
    return api_fail(error, API_ERROR_INVALID_PARAMETER_VALUE, text);
}

static bool refuse_resource(struct api_error *error, struct arena *arena, const char *parameter)
{
    return api_fail_print(error, arena, API_ERROR_RESOURCE_NOT_FOUND,
                          "The resource that you specified for the %s parameter doesn't exist.",
                          parameter);
}

static bool check_arn(struct slice arn, const char *parameter, struct arena *arena,
                      struct api_error *error)
{
    struct queue_arn parts;
    if (queue_arn_parse(arn, &parts))
        return true;
    return api_fail_print(error, arena, API_ERROR_INVALID_PARAMETER_VALUE,
                          "You must use this format to specify the %s: "
                          "arn:<partition>:<service>:<region>:<account-id>:<resource-id>",
                          parameter);
}

/* The place of a queue of the caller's. False: no such thing can exist for this caller. */
static bool find_place(const struct catalog_call *call, struct slice arn, struct slice *ret_account,
                       struct slice *ret_name)
{
    return catalog_parse_arn(arn, ret_account, ret_name) &&
           slice_equal(*ret_account, call->account);
}

/* ---- start ---- */

struct start {
    struct catalog_task_facts facts;
    uint64_t version;
};

static bool check_start(struct catalog_operation *op)
{
    const struct api_start_message_move_task_request *request = op->call->request;
    struct slice account, name;
    if (!request->has_source_arn)
        return api_fail_missing(&op->error, &op->memory, "SourceArn");
    if (!check_arn(request->source_arn, "SourceArn", &op->memory, &op->error) ||
        (request->has_destination_arn &&
         !check_arn(request->destination_arn, "DestinationArn", &op->memory, &op->error)))
        return false;
    if (!find_place(op->call, request->source_arn, &account, &name))
        return refuse_resource(&op->error, &op->memory, "SourceArn");
    return true;
}

static bool has_active_task(const struct catalog_entry *entry)
{
    for (const struct catalog_task *task = entry->tasks; task != NULL; task = task->older)
        if (!catalog_task_is_over(task->facts.status))
            return true;
    return false;
}

/* What concerns the destination. ret_id: 0 when none is given. */
static enum catalog_step check_destination(struct catalog_operation *op, const struct queue *source,
                                           uint64_t *ret_id)
{
    const struct api_start_message_move_task_request *request = op->call->request;
    struct slice account, name;
    *ret_id = 0;
    if (!request->has_destination_arn)
        return CATALOG_STEP_COMMIT;
    bool is_ours = find_place(op->call, request->destination_arn, &account, &name);
    const struct queue *destination =
        is_ours ? catalog_find_arn(op->catalog, request->destination_arn) : NULL;
    if (is_ours && destination == NULL && catalog_operation_wants(op, account, name))
        return CATALOG_STEP_LOOK_UP;
    if (destination == NULL)
        refuse_resource(&op->error, &op->memory, "DestinationArn");
    else if (destination->id == source->id)
        refuse(&op->error, SLICE("Source queue arn and destination queue arn cannot be the same."));
    else if (destination->attributes.is_fifo != source->attributes.is_fifo)
        refuse(&op->error,
               SLICE("The source queue and destination queue must be of the same queue type."));
    else
        *ret_id = destination->id;
    return op->error.row != NULL ? catalog_step_fail(op) : CATALOG_STEP_COMMIT;
}

/* The sender needs what the task does in its name (C20): it takes messages out of the source and sends them. */
static bool may_take(struct catalog_operation *op, const struct queue *source)
{
    static const enum api_action actions[] = {API_START_MESSAGE_MOVE_TASK, API_RECEIVE_MESSAGE,
                                              API_DELETE_MESSAGE, API_GET_QUEUE_ATTRIBUTES};
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++)
        if (!catalog_may(op->call, actions[i], source, &op->memory, &op->error))
            return false;
    return true;
}

/* Without a destination messages go back to where they came from: to each queue that names the source now. */
static bool may_send(struct catalog_operation *op, const struct queue *source)
{
    const struct api_start_message_move_task_request *request = op->call->request;
    const struct sorted_place *place = NULL;
    const struct queue *queue = request->has_destination_arn
                                    ? catalog_find_arn(op->catalog, request->destination_arn)
                                    : catalog_next_source(op->catalog, source, &place);
    while (queue != NULL) {
        if (!catalog_may(op->call, API_SEND_MESSAGE, queue, &op->memory, &op->error))
            return false;
        queue = place != NULL ? catalog_next_source(op->catalog, source, &place) : NULL;
    }
    return true;
}

static bool check_rate_and_limits(struct catalog_operation *op)
{
    const struct api_start_message_move_task_request *request = op->call->request;
    int64_t rate = request->max_number_of_messages_per_second;
    if (request->has_max_number_of_messages_per_second &&
        (rate < 1 || rate > CATALOG_TASK_RATE_MAX))
        return refuse(
            &op->error,
            SLICE("Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must "
                  "enter a number that's between 1 and 500."));
    if (has_active_task(op->entry))
        return refuse(
            &op->error,
            SLICE("There is already a task running. Only one active task is allowed for a source "
                  "queue arn at a given time."));
    if (catalog_task_count_active(op->catalog, op->entry->account) >= CATALOG_TASKS_ACTIVE_MAX)
        return api_fail_print(
            &op->error, &op->memory, API_ERROR_OVER_LIMIT,
            "There are already %u active message move tasks, the maximum allowed for an account.",
            CATALOG_TASKS_ACTIVE_MAX);
    return true;
}

static void fill_facts(struct catalog_operation *op, const struct queue *source,
                       uint64_t destination_id)
{
    const struct api_start_message_move_task_request *request = op->call->request;
    struct start *start = op->parsed;
    uint8_t uuid[16];
    random_uuid(uuid);
    start->facts = (struct catalog_task_facts){
        .name = catalog_next_id(op->catalog),
        .source_arn = arena_copy(&op->memory, source->arn),
        .source_id = source->id,
        .destination_arn = request->has_destination_arn ? request->destination_arn : SLICE_NONE,
        .destination_id = destination_id,
        .rate = request->has_max_number_of_messages_per_second
                    ? request->max_number_of_messages_per_second
                    : 0,
        .status = CATALOG_TASK_RUNNING,
        .to_move = op->call->to_move,
        .started_ms = catalog_now(op->catalog).wall.v,
    };
    uuid_print(uuid, start->facts.uuid);
    start->version = catalog_next_version(op->catalog, 0);
}

/* C20, in the order of its table. */
static enum catalog_step prepare_start(struct catalog_operation *op)
{
    const struct api_start_message_move_task_request *request = op->call->request;
    struct start *start = op->parsed;
    const struct queue *source = catalog_find_arn(op->catalog, request->source_arn);
    uint64_t destination_id;
    if (source == NULL && catalog_operation_wants(op, op->entry->account, op->entry->name))
        return CATALOG_STEP_LOOK_UP;
    if (source == NULL) {
        refuse_resource(&op->error, &op->memory, "SourceArn");
        return catalog_step_fail(op);
    }
    if (!may_take(op, source))
        return catalog_step_fail(op);
    if (!catalog_has_sources(op->catalog, source)) {
        refuse(&op->error, SLICE("Source queue must be configured as a Dead Letter Queue."));
        return catalog_step_fail(op);
    }
    enum catalog_step step = check_destination(op, source, &destination_id);
    if (step != CATALOG_STEP_COMMIT)
        return step;
    if (!may_send(op, source) || !check_rate_and_limits(op))
        return catalog_step_fail(op);
    if (!catalog_has_id(op->catalog))
        return CATALOG_STEP_ID;
    fill_facts(op, source, destination_id);
    catalog_operation_change(op, STORE_TASK, catalog_task_key(&start->facts), 0, start->version,
                             catalog_write_task(&op->memory, &start->facts));
    return CATALOG_STEP_COMMIT;
}

static void apply_start(struct catalog_operation *op)
{
    struct api_start_message_move_task_response *response = op->call->response;
    const struct start *start = op->parsed;
    struct catalog_task *task =
        catalog_task_add(op->catalog, op->entry, &start->facts, start->version);
    if (op->entry->queue != NULL)
        catalog_task_publish_start(op->catalog, task, &op->barrier);
    catalog_task_trim(op->catalog, op->entry);
    response->has_task_handle = true;
    response->task_handle = catalog_write_handle(op->call->arena, &start->facts);
}

void catalog_start_task(struct catalog *catalog, struct catalog_call *call)
{
    static const struct catalog_operation_kind kind = {.prepare = prepare_start,
                                                       .apply = apply_start};
    const struct api_start_message_move_task_request *request = call->request;
    struct catalog_operation *op = catalog_operation_create(catalog, call, &kind);
    struct slice account, name;
    op->parsed = ARENA_NEW(&op->memory, struct start);
    if (check_start(op) && find_place(call, request->source_arn, &account, &name))
        catalog_operation_submit(op, account, name);
    else
        catalog_operation_refuse(op);
}

/* ---- cancel ---- */

struct cancel {
    struct slice uuid;
    struct slice source_arn;
    uint64_t version;
};

static bool refuse_task(struct api_error *error)
{
    return api_fail(error, API_ERROR_RESOURCE_NOT_FOUND, SLICE("Task does not exist."));
}

static enum catalog_step prepare_cancel(struct catalog_operation *op)
{
    struct cancel *cancel = op->parsed;
    const struct queue *source = catalog_find_arn(op->catalog, cancel->source_arn);
    struct catalog_task *task = catalog_task_find(op->catalog, cancel->uuid);
    if (source == NULL)
        refuse_resource(&op->error, &op->memory, "SourceArn");
    else if (catalog_may(op->call, API_CANCEL_MESSAGE_MOVE_TASK, source, &op->memory, &op->error) &&
             (task == NULL || task->source != op->entry ||
              task->facts.status != CATALOG_TASK_RUNNING))
        refuse_task(&op->error);
    if (op->error.row != NULL)
        return catalog_step_fail(op);
    struct catalog_task_facts facts = task->facts;
    facts.status = CATALOG_TASK_CANCELLING;
    cancel->version = catalog_next_version(op->catalog, task->version);
    catalog_operation_change(op, STORE_TASK, cancel->uuid, task->version, cancel->version,
                             catalog_write_task(&op->memory, &facts));
    return CATALOG_STEP_COMMIT;
}

static void apply_cancel(struct catalog_operation *op)
{
    struct api_cancel_message_move_task_response *response = op->call->response;
    const struct cancel *cancel = op->parsed;
    struct catalog_task *task = catalog_task_find(op->catalog, cancel->uuid);
    if (task == NULL)
        return; /* its queue went away while the store was asked */
    task->version = cancel->version;
    if (task->facts.status == CATALOG_TASK_RUNNING) {
        catalog_task_set_status(op->catalog, task, CATALOG_TASK_CANCELLING);
        catalog_task_publish_cancel(op->catalog, task, &op->barrier);
    }
    response->has_approximate_number_of_messages_moved = true;
    response->approximate_number_of_messages_moved = (int64_t)task->facts.moved;
}

/* The owner has told by now how many messages its task had moved. */
static void count_cancelled(struct catalog_operation *op)
{
    struct api_cancel_message_move_task_response *response = op->call->response;
    const struct cancel *cancel = op->parsed;
    const struct catalog_task *task = catalog_task_find(op->catalog, cancel->uuid);
    if (task != NULL)
        response->approximate_number_of_messages_moved = (int64_t)task->facts.moved;
}

static void refresh_cancel(struct catalog_operation *op)
{
    catalog_task_refresh(op, ((const struct cancel *)op->parsed)->uuid);
}

static bool parse_cancel(struct catalog_operation *op, struct slice *ret_account,
                         struct slice *ret_name)
{
    const struct api_cancel_message_move_task_request *request = op->call->request;
    struct cancel *cancel = op->parsed;
    if (!request->has_task_handle)
        return api_fail_missing(&op->error, &op->memory, "TaskHandle");
    if (!catalog_read_handle(request->task_handle, &op->memory, &cancel->uuid, &cancel->source_arn))
        return refuse(&op->error, SLICE("Value for parameter TaskHandle is invalid."));
    if (!find_place(op->call, cancel->source_arn, ret_account, ret_name))
        return refuse_resource(&op->error, &op->memory, "SourceArn");
    return true;
}

void catalog_cancel_task(struct catalog *catalog, struct catalog_call *call)
{
    static const struct catalog_operation_kind kind = {.prepare = prepare_cancel,
                                                       .apply = apply_cancel,
                                                       .taken = count_cancelled,
                                                       .refresh = refresh_cancel};
    struct catalog_operation *op = catalog_operation_create(catalog, call, &kind);
    struct slice account, name;
    op->parsed = ARENA_NEW(&op->memory, struct cancel);
    if (parse_cancel(op, &account, &name))
        catalog_operation_submit(op, account, name);
    else
        catalog_operation_refuse(op);
}

/* ---- list ---- */

static void print_task(const struct catalog_task *task, struct arena *arena,
                       struct api_list_message_move_tasks_result_entry *ret_entry)
{
    const struct catalog_task_facts *facts = &task->facts;
    bool is_running = facts->status == CATALOG_TASK_RUNNING;
    *ret_entry = (struct api_list_message_move_tasks_result_entry){
        .has_task_handle = is_running,
        .task_handle = is_running ? catalog_write_handle(arena, facts) : SLICE_NONE,
        .has_status = true,
        .status = slice_from_text(catalog_task_status_name(facts->status)),
        .has_source_arn = true,
        .source_arn = arena_copy(arena, facts->source_arn),
        .has_destination_arn = facts->destination_arn.at != NULL,
        .destination_arn = arena_copy(arena, facts->destination_arn),
        .has_max_number_of_messages_per_second = facts->rate > 0,
        .max_number_of_messages_per_second = facts->rate,
        .has_approximate_number_of_messages_moved = true,
        .approximate_number_of_messages_moved = (int64_t)facts->moved,
        .has_approximate_number_of_messages_to_move = true,
        .approximate_number_of_messages_to_move = (int64_t)facts->to_move,
        .has_failure_reason = facts->status == CATALOG_TASK_FAILED,
        .failure_reason = arena_copy(arena, facts->failure),
        .has_started_timestamp = true,
        .started_timestamp = facts->started_ms,
    };
}

static bool list_tasks(const struct catalog *catalog, struct catalog_call *call)
{
    const struct api_list_message_move_tasks_request *request = call->request;
    struct api_list_message_move_tasks_response *response = call->response;
    struct slice account, name;
    if (!request->has_source_arn)
        return api_fail_missing(&call->error, call->arena, "SourceArn");
    if (!check_arn(request->source_arn, "SourceArn", call->arena, &call->error))
        return false;
    const struct queue *source = catalog_find_arn(catalog, request->source_arn);
    if (!find_place(call, request->source_arn, &account, &name) || source == NULL)
        return refuse_resource(&call->error, call->arena, "SourceArn");
    if (!catalog_may(call, call->action, source, call->arena, &call->error))
        return false;
    int64_t max = request->has_max_results ? request->max_results : 1;
    if (max < 1 || max > CATALOG_TASKS_KEPT)
        return refuse(
            &call->error,
            SLICE("Value for parameter MaxResults is invalid. Reason: MaxResults must be an "
                  "integer between 1 and 10."));
    const struct catalog_task *task = catalog_entry_find(catalog, account, name)->tasks;
    struct api_list_message_move_tasks_result_entry_list *results = &response->results;
    results->items =
        ARENA_NEW_MANY(call->arena, struct api_list_message_move_tasks_result_entry, (size_t)max);
    for (; task != NULL && results->count < max; task = task->older)
        print_task(task, call->arena, &results->items[results->count++]);
    response->has_results = results->count > 0;
    return true;
}

/* A list that waits until the owner of the source has told how far its task is. */
struct listing {
    struct catalog_barrier barrier;
    struct catalog *catalog;
    struct catalog_call *call;
};

static void list_now(void *context)
{
    struct listing *listing = context;
    struct catalog *catalog = listing->catalog;
    bool listed = list_tasks(catalog, listing->call);
    ASSERT(listed == (listing->call->error.row == NULL));
    catalog_answer(listing->call);
    free(listing);
    catalog_finished(catalog);
}

/* The queue whose task runs; NULL: there is none, and nothing to ask. */
static struct queue *running_source(const struct catalog *catalog, const struct catalog_call *call)
{
    const struct api_list_message_move_tasks_request *request = call->request;
    struct slice account, name;
    if (!request->has_source_arn || !find_place(call, request->source_arn, &account, &name))
        return NULL;
    const struct catalog_entry *entry = catalog_entry_find(catalog, account, name);
    return entry != NULL && has_active_task(entry) ? entry->queue : NULL;
}

void catalog_list_tasks(struct catalog *catalog, struct catalog_call *call)
{
    struct queue *source = running_source(catalog, call);
    struct listing *listing = calloc(1, sizeof(*listing));
    if (listing == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    *listing = (struct listing){
        .barrier = {.passed = list_now, .context = listing}, .catalog = catalog, .call = call};
    catalog_began(catalog);
    if (source != NULL)
        catalog_task_publish_ask(catalog, source, &listing->barrier);
    catalog_barrier_seal(&listing->barrier);
}

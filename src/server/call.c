/* The steps of a call between the HTTP side and its handler: decode, resolve the queue,
 * authorise, run. */
#include "server/call.h"

#include "api/tables.h"
#include "server/front.h"
#include "server/operations.h"

#include "base/banned.h"

/* ---- life ---- */

struct call *call_create(struct front *front)
{
    struct call *call = front->free_calls;
    if (call != NULL) {
        front->free_calls = call->next;
        front->free_calls_count--;
    } else {
        call = calloc(1, sizeof(*call));
        if (call == NULL)
            check_failed(__FILE__, __LINE__, "out of memory");
        arena_init(&call->arena);
    }
    call->front = front;
    return call;
}

static void destroy(struct call *call)
{
    struct front *front = call->front;
    struct arena arena;
    queue_unref(call->queue);
    arena_reset(&call->arena);
    arena = call->arena;
    if (front->free_calls_count >= FRONT_FREE_CALLS_MAX) {
        arena_done(&arena);
        free(call);
        return;
    }
    memset(call, 0, sizeof(*call));
    call->arena = arena;
    call->next = front->free_calls;
    front->free_calls = call;
    front->free_calls_count++;
}

void call_release(struct call *call)
{
    call->exchange = NULL;
    if (call->pending == 0)
        destroy(call);
}

void call_start_node(struct call *call, struct node_call *node_call)
{
    call->pending++;
    node_call->context = call;
    node_call_start(call_worker(call), node_call);
}

void call_end_node(struct call *call)
{
    ASSERT(call->pending > 0);
    call->pending--;
}

/* ---- answering ---- */

void call_answer(struct call *call)
{
    ASSERT(!call->is_answered);
    call->is_answered = true;
    if (call->exchange != NULL && call->front->is_over)
        return; /* its connection goes with the process, and so does the call */
    if (call->exchange != NULL)
        front_answer(call);
    else if (call->pending == 0)
        destroy(call);
}

void call_fail(struct call *call)
{
    ASSERT(call->error.row != NULL);
    call_answer(call);
}

void call_fail_early(struct call *call)
{
    bool is_ours = call->error.row != NULL && call->error.row->is_receiver_fault;
    if (call->identity.is_anonymous && !is_ours)
        auth_refuse_anonymous(slice_from_text(call->front->server->options.region), call->path,
                              &call->arena, &call->error);
    call_fail(call);
}

void call_fail_with(struct call *call, enum api_error_code code, struct slice message)
{
    api_fail(&call->error, code, message);
    call_answer(call);
}

/* ---- the catalog ---- */

static void catalog_is_back(struct letter *letter, void *owner)
{
    struct catalog_call *back = (struct catalog_call *)(void *)letter;
    struct call *call = (struct call *)(void *)((char *)back - offsetof(struct call, catalog));
    void (*after)(struct call * call) = call->after_catalog;
    MAYBE(owner);
    call_end_node(call);
    call->error = back->error;
    if (call->error.row != NULL)
        call_fail(call);
    else
        after(call);
}

static void send_to_catalog(struct call *call, void (*after)(struct call *call))
{
    if (call_catalog(call) == NULL) { /* the server ends */
        call_fail_with(call, API_ERROR_SERVICE_UNAVAILABLE, SLICE("The server is stopping."));
        return;
    }
    call->after_catalog = after;
    call->catalog.arena = &call->arena;
    call->catalog.reply_to = worker_mailbox(call_worker(call));
    call->catalog.done = catalog_is_back;
    call->pending++;
    catalog_post(call_catalog(call), &call->catalog);
}

void call_start_catalog(struct call *call, void (*after)(struct call *call))
{
    uint64_t to_move = call->catalog.to_move;
    call->catalog = (struct catalog_call){
        .action = call->action,
        .account = call->identity.account,
        .identity = call_checks_policies(call) ? &call->identity : NULL,
        .context = &call->context,
        .base_url = arena_print(&call->arena, "%.*s://%.*s", SLICE_PRINT(call->scheme),
                                SLICE_PRINT(call->host)),
        .queue = call->queue,
        .request = call->request,
        .response = call->response,
        .to_move = to_move,
    };
    send_to_catalog(call, after);
}

static void queue_was_found(struct call *call)
{
    call->queue = call->catalog.found; /* its reference is ours now */
    call->resume(call);
}

/* The catalog tells the key before any queue; without it no handler may run. */
static bool has_receipt_key(struct call *call)
{
    return call_receipt_key(call) != NULL ||
           api_fail(&call->error, API_ERROR_SERVICE_UNAVAILABLE,
                    SLICE("The request has failed because the server is still starting; try again "
                          "later."));
}

void call_resolve(struct call *call, struct slice account, struct slice name,
                  void (*resume)(struct call *call))
{
    struct queue *queue = directory_find(call_directory(call), account, name);
    call->resume = resume;
    if (queue != NULL) {
        call->queue = queue_ref(queue);
        resume(call);
        return;
    }
    if (call->identity.is_anonymous) {
        has_receipt_key(call); /* without it no queue is known yet: then this says 503 */
        call_fail_early(call);
        return;
    }
    call->catalog = (struct catalog_call){
        .action = API_ACTIONS_COUNT, .find = true, .find_account = account, .find_name = name};
    send_to_catalog(call, queue_was_found);
}

/* ---- queue URLs ---- */

static bool is_account(struct slice text)
{
    if (text.bytes != AUTH_ACCOUNT_BYTES)
        return false;
    for (size_t i = 0; i < text.bytes; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return true;
}

/* The last part between slashes that is not empty; *rest is what stands before it. False: there is none. */
static bool take_last_segment(struct slice *rest, struct slice *ret_segment)
{
    size_t end = rest->bytes;
    while (end > 0 && rest->at[end - 1] == '/')
        end--; /* "//" behind the scheme, a slash at the end */
    size_t start = end;
    while (start > 0 && rest->at[start - 1] != '/')
        start--;
    *ret_segment = slice_of(rest->at + start, end - start);
    *rest = slice_head(*rest, start);
    return end > start;
}

bool call_parse_queue_url(const struct call *call, struct slice url, struct slice *ret_account,
                          struct slice *ret_name)
{
    struct slice rest = url, name, before;
    if (!take_last_segment(&rest, &name))
        return false;
    *ret_name = name;
    /* A segment that is no account id (a host, a path prefix) says nothing about the account. */
    bool has_account = take_last_segment(&rest, &before) && is_account(before);
    *ret_account = has_account ? before : call->identity.account;
    return true;
}

struct slice call_queue_url(struct call *call, const struct queue *queue)
{
    return arena_print(&call->arena, "%.*s://%.*s/%.*s/%.*s", SLICE_PRINT(call->scheme),
                       SLICE_PRINT(call->host), SLICE_PRINT(queue->account),
                       SLICE_PRINT(queue->name));
}

/* ---- steps ---- */

static void run_handler(struct call *call)
{
    operations[call->action](call);
}

/* Does the request change a policy and nothing else? */
static bool is_about_policy(const struct call *call)
{
    const struct api_set_queue_attributes_request *set = call->request;
    if (call->action == API_SET_QUEUE_ATTRIBUTES)
        return set->attributes.count == 1 && slice_is(set->attributes.items[0].key, "Policy");
    return call->action == API_REMOVE_PERMISSION;
}

bool call_authorise(struct call *call)
{
    struct auth_task task = {
        .identity = &call->identity,
        .action = call->action,
        .queue_account = call->queue->account,
        .queue_arn = call->queue->arn,
        .policy = call->queue->compiled_policy,
        .context = &call->context,
        .only_policy = is_about_policy(call),
    };
    return !call_checks_policies(call) || auth_authorize(&task, &call->arena, &call->error);
}

static void authorise(struct call *call)
{
    if (has_receipt_key(call) && call_authorise(call))
        run_handler(call);
    else
        call_fail_early(call);
}

/* The QueueUrl of the request; for the query protocol, otherwise the path (reference A1: the
 * parameter wins). */
static struct slice get_queue_url(const struct call *call)
{
    const struct api_member *member = &api_action_info(call->action)->request->members[0];
    ASSERT(slice_is(member->json_name, "QueueUrl"));
    const uint8_t *at = call->request;
    bool has_url;
    struct slice url;
    memcpy(&has_url, at + member->has_offset, sizeof(has_url));
    memcpy(&url, at + member->offset, sizeof(url));
    if (has_url && url.bytes > 0)
        return url;
    return call->protocol == API_JSON ? SLICE_NONE : call->path;
}

static bool decode(struct call *call)
{
    call->request = api_new_request(&call->arena, call->action);
    call->response = api_new_response(&call->arena, call->action);
    if (call->protocol == API_JSON)
        return api_decode_json(&call->arena, call->body, call->action, call->request, &call->error);
    return api_decode_query(&call->arena, &call->parameters, call->action, call->request,
                            &call->error);
}

void call_run(struct call *call)
{
    struct slice account, name;
    bool may_be_anonymous =
        api_action_info(call->action)->needs_queue || call->action == API_GET_QUEUE_URL;
    if (!decode(call) || (call->identity.is_anonymous && !may_be_anonymous)) {
        call_fail_early(call);
    } else if (!api_action_info(call->action)->needs_queue) {
        run_handler(call);
    } else if (!call_parse_queue_url(call, get_queue_url(call), &account, &name)) {
        api_fail_no_queue(&call->error);
        call_fail_early(call);
    } else {
        call_resolve(call, account, name, authorise);
    }
}

/* ---- the front's parts ---- */

struct worker *call_worker(struct call *call)
{
    return call->front->worker;
}

bool call_is_relaxed(const struct call *call)
{
    return call->front->server->options.is_relaxed;
}

const struct directory *call_directory(struct call *call)
{
    return worker_directory(call->front->worker);
}

struct catalog *call_catalog(struct call *call)
{
    return node_catalog(worker_node(call->front->worker));
}

bool call_checks_policies(const struct call *call)
{
    return call->front->checks_policies;
}

bool call_may_wait(const struct call *call)
{
    return !call->front->is_draining;
}

struct receipt_key *call_receipt_key(struct call *call)
{
    struct front *front = call->front;
    const uint8_t *secret = NULL;
    if (front->receipt_key == NULL)
        secret = catalog_receipt_key(call_catalog(call));
    if (secret != NULL)
        front->receipt_key = receipt_key_create(secret);
    return front->receipt_key;
}

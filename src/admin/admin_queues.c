/* Queues with their counts, a page at a time. */
#include "admin/admin_private.h"

#include "base/banned.h"

struct listing {
    struct catalog_call catalog;
    struct api_list_queues_request request;
    struct api_list_queues_response response;
    struct admin_request *admin;
    struct queue *queues[ADMIN_PAGE_QUEUES]; /* a reference each */
    struct node_call counts[ADMIN_PAGE_QUEUES];
    uint32_t count;
    uint32_t waiting; /* for counts, plus one while they are being started */
};

static json_t *describe(struct arena *arena, const struct queue *queue,
                        const struct engine_counts *counts, struct clock_now now)
{
    int64_t oldest = counts->oldest_enqueued.v;
    return json_pack("{s:o,s:o,s:o,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "name",
                     admin_text(queue->name), "id",
                     admin_text(arena_print(arena, "%llu", (unsigned long long)queue->id)),
                     "account", admin_text(queue->account), "fifo", queue->attributes.is_fifo,
                     "visible", (json_int_t)counts->visible, "in_flight",
                     (json_int_t)counts->inflight, "delayed", (json_int_t)counts->delayed, "moving",
                     (json_int_t)counts->moving, "waiting_receives", (json_int_t)counts->waiters,
                     "groups", (json_int_t)counts->groups, "bytes", (json_int_t)counts->bytes,
                     "oldest_age_ms", (json_int_t)(oldest > 0 ? now.mono.v - oldest : 0),
                     "created_s", (json_int_t)queue->created_s);
}

static void answer(struct listing *listing)
{
    struct admin_request *request = listing->admin;
    struct clock_now now = clock_read(node_clock(worker_node(request->worker)));
    json_t *queues = json_array();
    for (uint32_t i = 0; i < listing->count; i++) {
        if (listing->counts[i].result == ENGINE_DONE)
            json_array_append_new(queues, describe(request->arena, listing->queues[i],
                                                   &listing->counts[i].counts, now));
        queue_unref(listing->queues[i]);
    }
    json_t *document = json_pack("{s:o}", "queues", queues);
    if (listing->response.has_next_token)
        json_object_set_new(document, "next", admin_text(listing->response.next_token));
    admin_answer(request, document);
}

static void end_one(struct listing *listing)
{
    if (--listing->waiting == 0)
        answer(listing);
}

static void counted(struct node_call *call)
{
    end_one(call->context);
}

static void count(struct listing *listing, struct queue *queue)
{
    struct node_call *call = &listing->counts[listing->count];
    listing->queues[listing->count++] = queue_ref(queue);
    *call = (struct node_call){.kind = NODE_CALL_COUNTS, .done = counted, .context = listing};
    call->event.queue.v = queue->id;
    listing->waiting++;
    node_call_start(listing->admin->worker, call);
}

/* The catalog lists URLs of the form /account/name. */
static struct queue *find_by_url(const struct directory *directory, struct slice url)
{
    struct slice rest = slice_from(url, 1), account, name;
    if (!slice_split(&rest, '/', &account) || !slice_split(&rest, '/', &name))
        return NULL;
    return directory_find(directory, account, name);
}

static void listed(struct letter *letter, void *owner)
{
    struct listing *listing = (struct listing *)(void *)letter;
    const struct directory *directory = worker_directory(owner);
    if (listing->catalog.error.row != NULL) {
        struct slice why =
            arena_join(listing->admin->arena, listing->catalog.error.message, slice_of("", 1));
        admin_refuse(listing->admin, listing->catalog.error.row->status, (const char *)why.at);
        return;
    }
    listing->waiting = 1;
    for (uint32_t i = 0;
         i < listing->response.queue_urls.count && listing->count < ADMIN_PAGE_QUEUES; i++) {
        struct queue *queue = find_by_url(directory, listing->response.queue_urls.items[i]);
        if (queue != NULL)
            count(listing, queue);
    }
    end_one(listing);
}

void admin_queues(struct admin_request *request)
{
    struct listing *listing = ARENA_NEW(request->arena, struct listing);
    struct slice prefix = admin_parameter(request, "prefix", SLICE_NONE);
    struct slice next = admin_parameter(request, "next", SLICE_NONE);
    listing->admin = request;
    listing->request = (struct api_list_queues_request){
        .has_queue_name_prefix = prefix.at != NULL,
        .queue_name_prefix = prefix,
        .has_next_token = next.at != NULL,
        .next_token = next,
        .has_max_results = true,
        .max_results = ADMIN_PAGE_QUEUES,
    };
    listing->catalog = (struct catalog_call){
        .action = API_LIST_QUEUES,
        .account = admin_parameter(request, "account", request->account),
        .request = &listing->request,
        .response = &listing->response,
        .arena = request->arena,
        .reply_to = worker_mailbox(request->worker),
        .done = listed,
    };
    catalog_post(node_catalog(worker_node(request->worker)), &listing->catalog);
}

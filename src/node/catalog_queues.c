#include "node/catalog_private.h"

#include "metadata/attributes.h"
#include "metadata/policy_edit.h"
#include "metadata/queue_document.h"
#include "metadata/queue_name.h"
#include "metadata/queue_tags.h"
#include "metadata/redrive.h"

#include "base/banned.h"

struct slice catalog_queue_url(const struct catalog_call *call, const struct queue *queue)
{
    return arena_print(call->arena, "%.*s/%.*s/%.*s", SLICE_PRINT(call->base_url),
                       SLICE_PRINT(queue->account), SLICE_PRINT(queue->name));
}

static int64_t now_s(const struct catalog *catalog)
{
    return catalog_now(catalog).wall.v / 1000;
}

/* ---- what several calls share ---- */

/* Can the queue whose RedrivePolicy is being set have that target? Another front end may have made the target. */
static enum catalog_step check_redrive(struct catalog_operation *op,
                                       const struct attributes_change *change)
{
    struct slice account, name;
    if (change->redrive_policy_sent.at == NULL)
        return CATALOG_STEP_COMMIT;
    struct queue *target = catalog_find_arn(op->catalog, change->values.dead_letter_arn);
    if (target == NULL && catalog_parse_arn(change->values.dead_letter_arn, &account, &name) &&
        slice_equal(account, op->entry->account) && catalog_operation_wants(op, account, name))
        return CATALOG_STEP_LOOK_UP;
    struct redrive_target check = {
        .sent = change->redrive_policy_sent,
        .account = op->entry->account,
        .source_arn = op->draft.arn,
        .is_fifo = op->draft.attributes.is_fifo,
        .dead_letter_arn = change->values.dead_letter_arn,
        .target = target,
    };
    return redrive_target_check(&check, &op->memory, &op->error) ? CATALOG_STEP_COMMIT
                                                                 : catalog_step_fail(op);
}

/* One more version of the queue's document. */
static enum catalog_step commit_draft(struct catalog_operation *op)
{
    uint64_t before = op->draft.version;
    op->draft.version = catalog_next_version(op->catalog, before);
    catalog_operation_change(op, STORE_QUEUE, op->entry->key, before, op->draft.version,
                             queue_document_write(&op->draft, &op->memory));
    return CATALOG_STEP_COMMIT;
}

static void apply_draft(struct catalog_operation *op)
{
    catalog_install(op->catalog, op->entry, &op->draft, &op->barrier);
}

/* The draft is the queue as it is. False: there is none. */
static bool take_draft(struct catalog_operation *op)
{
    if (op->entry->queue == NULL)
        return api_fail_no_queue(&op->error);
    queue_unref(op->base);
    op->base = queue_ref(op->entry->queue);
    queue_draft(op->base, &op->draft);
    return true;
}

/* ---- CreateQueue ---- */

struct creation {
    bool is_fifo;
    struct attributes_change change;
    struct queue_tags tags;
};

static bool parse_creation(struct catalog_operation *op, struct creation *creation)
{
    const struct api_create_queue_request *request = op->call->request;
    static const struct queue_tags none;
    struct api_string_map nothing = {NULL, 0};
    const struct api_string_map *map = request->has_attributes ? &request->attributes : &nothing;
    struct slice name = request->has_queue_name ? request->queue_name : SLICE_NONE;
    if (request->has_queue_name && name.at == NULL)
        name = SLICE("");
    return attributes_read_kind(map, &creation->is_fifo, &op->memory, &op->error) &&
           queue_name_check(name, creation->is_fifo, &op->error) &&
           attributes_parse(map, creation->is_fifo, true, op->call->account, &op->memory,
                            &creation->change, &op->error) &&
           queue_tags_add(&none, request->has_tags ? &request->tags : &nothing, name, &op->memory,
                          &creation->tags, &op->error);
}

static void answer_url(struct catalog_operation *op)
{
    struct api_create_queue_response *response = op->call->response;
    response->has_queue_url = true;
    response->queue_url = catalog_queue_url(op->call, op->entry->queue);
}

static void draft_creation(struct catalog_operation *op, const struct creation *creation)
{
    const struct catalog_options *options = &op->catalog->options;
    op->draft = (struct queue){
        .account = op->entry->account,
        .name = op->entry->name,
        .arn = queue_arn_print(&op->memory, options->partition, options->region, op->entry->account,
                               op->entry->name),
        .created_s = now_s(op->catalog),
        .modified_s = now_s(op->catalog),
        .tags = creation->tags.items,
        .tags_count = creation->tags.count,
    };
    attributes_set_defaults(creation->is_fifo, &op->draft.attributes);
}

static enum catalog_step prepare_create(struct catalog_operation *op)
{
    const struct creation *creation = op->parsed;
    struct catalog_entry *entry = op->entry;
    if (entry->queue != NULL) {
        if (catalog_may(op->call, API_CREATE_QUEUE, entry->queue, &op->memory, &op->error) &&
            attributes_match(&creation->change, &entry->queue->attributes, &op->memory, &op->error))
            answer_url(op);
        return CATALOG_STEP_ANSWER;
    }
    if (catalog_operation_wants(op, entry->account, entry->name))
        return CATALOG_STEP_LOOK_UP;
    if (!op->catalog->options.is_relaxed && catalog_is_blocked(op->catalog, entry)) {
        api_fail(
            &op->error, API_ERROR_QUEUE_DELETED_RECENTLY,
            SLICE(
                "You must wait 60 seconds after deleting a queue before you can create another with the same "
                "name."));
        return catalog_step_fail(op);
    }
    draft_creation(op, creation);
    enum catalog_step step = check_redrive(op, &creation->change);
    if (step != CATALOG_STEP_COMMIT)
        return step;
    if (!attributes_apply(&creation->change, &op->draft.attributes, &op->error))
        return catalog_step_fail(op);
    if (!catalog_has_id(op->catalog))
        return CATALOG_STEP_ID;
    op->draft.id = catalog_next_id(op->catalog);
    catalog_operation_change(op, STORE_DELETED, entry->key, entry->tombstone_version, 0,
                             SLICE_NONE);
    return commit_draft(op);
}

static void apply_create(struct catalog_operation *op)
{
    catalog_set_tombstone(op->catalog, op->entry, 0, (struct wall_ms){0});
    apply_draft(op);
    answer_url(op);
}

void catalog_create_queue(struct catalog *catalog, struct catalog_call *call)
{
    static const struct catalog_operation_kind kind = {.prepare = prepare_create,
                                                       .apply = apply_create};
    struct catalog_operation *op = catalog_operation_create(catalog, call, &kind);
    const struct api_create_queue_request *request = call->request;
    struct creation *creation = ARENA_NEW(&op->memory, struct creation);
    op->parsed = creation;
    if (parse_creation(op, creation))
        catalog_operation_submit(op, call->account, request->queue_name);
    else
        catalog_operation_refuse(op);
}

/* ---- DeleteQueue ---- */

static enum catalog_step prepare_delete(struct catalog_operation *op)
{
    struct catalog_entry *entry = op->entry;
    if (!take_draft(op))
        return catalog_step_fail(op);
    op->found_deleted = catalog_now(op->catalog).wall;
    op->found_version = catalog_next_version(op->catalog, entry->tombstone_version);
    catalog_operation_change(op, STORE_QUEUE, entry->key, op->draft.version, 0, SLICE_NONE);
    catalog_operation_change(op, STORE_DELETED, entry->key, entry->tombstone_version,
                             op->found_version,
                             catalog_write_tombstone(&op->memory, op->draft.id, op->found_deleted));
    catalog_dropped_change(op, op->draft.id, op->found_deleted);
    return CATALOG_STEP_COMMIT;
}

static void apply_delete(struct catalog_operation *op)
{
    catalog_set_tombstone(op->catalog, op->entry, op->found_version, op->found_deleted);
    catalog_remove(op->catalog, op->entry, &op->barrier);
    catalog_prune_tombstones(op->catalog);
}

/* ---- SetQueueAttributes ---- */

static enum catalog_step prepare_set(struct catalog_operation *op)
{
    const struct api_set_queue_attributes_request *request = op->call->request;
    struct attributes_change change;
    if (!take_draft(op))
        return catalog_step_fail(op);
    if (!request->has_attributes || request->attributes.count == 0) {
        api_fail_missing(&op->error, &op->memory, "Attribute.Name");
        return catalog_step_fail(op);
    }
    if (!attributes_parse(&request->attributes, op->draft.attributes.is_fifo, false,
                          op->draft.account, &op->memory, &change, &op->error))
        return catalog_step_fail(op);
    enum catalog_step step = check_redrive(op, &change);
    if (step != CATALOG_STEP_COMMIT)
        return step;
    if (!attributes_apply(&change, &op->draft.attributes, &op->error))
        return catalog_step_fail(op);
    op->draft.modified_s = now_s(op->catalog);
    return commit_draft(op);
}

/* ---- tags ---- */

static enum catalog_step commit_tags(struct catalog_operation *op, const struct queue_tags *tags)
{
    op->draft.tags = tags->items;
    op->draft.tags_count = tags->count;
    return commit_draft(op);
}

static enum catalog_step prepare_tag(struct catalog_operation *op)
{
    const struct api_tag_queue_request *request = op->call->request;
    if (!take_draft(op))
        return catalog_step_fail(op);
    struct queue_tags tags = {op->draft.tags, op->draft.tags_count};
    if (!request->has_tags || request->tags.count == 0) {
        api_fail_missing(&op->error, &op->memory, "Tags");
        return catalog_step_fail(op);
    }
    if (!queue_tags_add(&tags, &request->tags, op->draft.name, &op->memory, &tags, &op->error))
        return catalog_step_fail(op);
    return commit_tags(op, &tags);
}

static enum catalog_step prepare_untag(struct catalog_operation *op)
{
    const struct api_untag_queue_request *request = op->call->request;
    struct api_string_list none = {NULL, 0};
    if (!take_draft(op))
        return catalog_step_fail(op);
    struct queue_tags tags = {op->draft.tags, op->draft.tags_count};
    if (!queue_tags_remove(&tags, request->has_tag_keys ? &request->tag_keys : &none, &op->memory,
                           &tags, &op->error))
        return catalog_step_fail(op);
    return commit_tags(op, &tags);
}

/* ---- permissions ---- */

static enum catalog_step prepare_add_permission(struct catalog_operation *op)
{
    const struct api_add_permission_request *request = op->call->request;
    struct queue_arn arn;
    if (!take_draft(op))
        return catalog_step_fail(op);
    bool is_arn = queue_arn_parse(op->draft.arn, &arn);
    ASSERT(is_arn);
    struct policy_edit_grant grant = {.partition = arn.partition, .queue_arn = op->draft.arn};
    if (request->has_label)
        grant.label = request->label;
    if (request->has_aws_account_ids)
        grant.accounts = request->aws_account_ids;
    if (request->has_actions)
        grant.actions = request->actions;
    struct slice *policy = &op->draft.attributes.policy;
    if (!policy_edit_add(*policy, &grant, &op->memory, policy, &op->error))
        return catalog_step_fail(op);
    op->draft.modified_s = now_s(op->catalog);
    return commit_draft(op);
}

static enum catalog_step prepare_remove_permission(struct catalog_operation *op)
{
    const struct api_remove_permission_request *request = op->call->request;
    if (!take_draft(op))
        return catalog_step_fail(op);
    struct slice label = request->has_label ? request->label : SLICE_NONE;
    struct slice *policy = &op->draft.attributes.policy;
    if (!policy_edit_remove(*policy, label, &op->memory, policy, &op->error))
        return catalog_step_fail(op);
    op->draft.modified_s = now_s(op->catalog);
    return commit_draft(op);
}

/* ---- calls that name a queue ---- */

static const struct catalog_operation_kind *find_kind(enum api_action action)
{
    static const struct catalog_operation_kind delete = {.prepare = prepare_delete,
                                                         .apply = apply_delete};
    static const struct catalog_operation_kind set = {.prepare = prepare_set, .apply = apply_draft};
    static const struct catalog_operation_kind tag = {.prepare = prepare_tag, .apply = apply_draft};
    static const struct catalog_operation_kind untag = {.prepare = prepare_untag,
                                                        .apply = apply_draft};
    static const struct catalog_operation_kind add = {.prepare = prepare_add_permission,
                                                      .apply = apply_draft};
    static const struct catalog_operation_kind remove = {.prepare = prepare_remove_permission,
                                                         .apply = apply_draft};
    switch ((int)action) {
    case API_DELETE_QUEUE:
        return &delete;
    case API_SET_QUEUE_ATTRIBUTES:
        return &set;
    case API_TAG_QUEUE:
        return &tag;
    case API_UNTAG_QUEUE:
        return &untag;
    case API_ADD_PERMISSION:
        return &add;
    case API_REMOVE_PERMISSION:
        return &remove;
    default:
        UNREACHABLE("not an action of the catalog");
    }
}

void catalog_change_queue(struct catalog *catalog, struct catalog_call *call)
{
    struct catalog_operation *op = catalog_operation_create(catalog, call, find_kind(call->action));
    if (call->queue == NULL) {
        api_fail_no_queue(&op->error);
        catalog_operation_refuse(op);
        return;
    }
    catalog_operation_submit(op, call->queue->account, call->queue->name);
}

/* ---- look-up ---- */

static enum catalog_step prepare_find(struct catalog_operation *op)
{
    struct catalog *catalog = op->catalog;
    /* Several who ask for the same name share a look-up that began after they came. */
    bool is_absent = op->entry->absent_at > op->arrived;
    if (op->entry->queue != NULL) {
        op->call->found = queue_ref(op->entry->queue);
    } else if (is_absent || !catalog_operation_wants(op, op->entry->account, op->entry->name)) {
        api_fail_no_queue(&op->error);
    } else if (catalog->finds_underway >= CATALOG_FINDS_MAX) {
        api_fail(&op->error, API_ERROR_SERVICE_UNAVAILABLE,
                 SLICE("Too many unknown queue names are being looked up; try again later."));
    } else {
        op->is_find = true;
        catalog->finds_underway++;
        return CATALOG_STEP_LOOK_UP;
    }
    return CATALOG_STEP_ANSWER;
}

static void apply_find(struct catalog_operation *op)
{
    MAYBE(op != NULL);
    UNREACHABLE("a look-up stores nothing");
}

void catalog_find_queue(struct catalog *catalog, struct catalog_call *call)
{
    static const struct catalog_operation_kind kind = {.prepare = prepare_find,
                                                       .apply = apply_find};
    struct catalog_operation *op = catalog_operation_create(catalog, call, &kind);
    /* Nobody's guesses reach the store unless they could be a queue. */
    if (call->find_account.bytes == 0 ||
        slice_find(call->find_account, '/') < call->find_account.bytes ||
        !queue_name_is_any(call->find_name)) {
        api_fail_no_queue(&op->error);
        catalog_operation_refuse(op);
        return;
    }
    catalog_operation_submit(op, call->find_account, call->find_name);
}

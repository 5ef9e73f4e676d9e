/* To text: comparing with an existing queue, GetQueueAttributes. */
#include "metadata/attributes_private.h"

#include <inttypes.h>

#include "metadata/json_text.h"

#include "base/banned.h"

/* ---- values to text ---- */

static struct slice print_number(struct arena *arena, int64_t value)
{
    return arena_print(arena, "%" PRId64, value);
}

static struct slice print_bool(bool value)
{
    return value ? SLICE("true") : SLICE("false");
}

static int64_t kms_reuse_s(const struct queue_attributes *attributes)
{
    return attributes->kms_reuse_s != 0 ? attributes->kms_reuse_s : ATTRIBUTES_KMS_REUSE_S_DEFAULT;
}

/* What is kept for an attribute that can be set; at == NULL: nothing. */
static struct slice print_value(enum attribute id, const struct queue_attributes *attributes,
                                struct arena *arena)
{
    switch ((int)id) {
    case ATTRIBUTE_CONTENT_BASED_DEDUPLICATION:
        return print_bool(attributes->content_based_deduplication);
    case ATTRIBUTE_DEDUPLICATION_SCOPE:
        return slice_from_text(attributes_dedup_scopes[attributes->dedup_scope]);
    case ATTRIBUTE_DELAY:
        return print_number(arena, attributes->delay_s);
    case ATTRIBUTE_FIFO_QUEUE:
        return print_bool(attributes->is_fifo);
    case ATTRIBUTE_FIFO_THROUGHPUT_LIMIT:
        return slice_from_text(attributes_throughput_limits[attributes->throughput_limit]);
    case ATTRIBUTE_KMS_REUSE:
        return print_number(arena, kms_reuse_s(attributes));
    case ATTRIBUTE_KMS_KEY:
        return attributes->kms_key_id;
    case ATTRIBUTE_MESSAGE_BYTES:
        return print_number(arena, attributes->message_bytes_max);
    case ATTRIBUTE_RETENTION:
        return print_number(arena, attributes->retention_s);
    case ATTRIBUTE_POLICY:
        return attributes->policy;
    case ATTRIBUTE_RECEIVE_WAIT:
        return print_number(arena, attributes->receive_wait_s);
    case ATTRIBUTE_REDRIVE_ALLOW_POLICY:
        return attributes->redrive_allow_policy;
    case ATTRIBUTE_REDRIVE_POLICY:
        return attributes->redrive_policy;
    case ATTRIBUTE_SSE_MANAGED:
        return print_bool(attributes->sse_managed);
    case ATTRIBUTE_VISIBILITY:
        return print_number(arena, attributes->visibility_s);
    default:
        UNREACHABLE("read-only names are printed from the queue");
    }
}

/* ---- CreateQueue of an existing name ---- */

/* Policies without a Version are given one, but not those that an older server stored. */
static void drop_default_version(json_t *policy)
{
    const char *version = json_string_value(json_object_get(policy, "Version"));
    if (version != NULL && strcmp(version, "2008-10-17") == 0)
        json_object_del(policy, "Version");
}

/* Policies are equal when they say the same: clients write them with other blanks and orders. */
static bool is_same_policy(struct slice a, struct slice b)
{
    if (slice_equal(a, b))
        return true;
    json_auto_t *x = json_text_read(a, SIZE_MAX);
    json_auto_t *y = json_text_read(b, SIZE_MAX);
    if (!json_is_object(x) || !json_is_object(y))
        return false;
    drop_default_version(x);
    drop_default_version(y);
    return json_equal(x, y);
}

bool attributes_match(const struct attributes_change *change,
                      const struct queue_attributes *attributes, struct arena *arena,
                      struct api_error *error)
{
    for (unsigned i = 0; i < ATTRIBUTES_COUNT; i++) {
        enum attribute id = (enum attribute)i;
        if (!attributes_is_named(change, id))
            continue;
        struct slice wanted = print_value(id, &change->values, arena);
        struct slice kept = print_value(id, attributes, arena);
        bool is_json = id == ATTRIBUTE_POLICY || id == ATTRIBUTE_REDRIVE_ALLOW_POLICY;
        if (is_json ? is_same_policy(wanted, kept) : slice_equal(wanted, kept))
            continue;
        return api_fail_print(
            error, arena, API_ERROR_QUEUE_NAME_EXISTS,
            "A queue already exists with the same name and a different value for attribute %s",
            attributes_rows[id].name);
    }
    return true;
}

/* ---- GetQueueAttributes ---- */

static struct slice print_queue_value(enum attribute id, const struct queue *queue,
                                      const struct queue_counts *counts, struct arena *arena)
{
    switch ((int)id) {
    case ATTRIBUTE_MESSAGES:
        return print_number(arena, (int64_t)counts->visible);
    case ATTRIBUTE_MESSAGES_DELAYED:
        return print_number(arena, (int64_t)counts->delayed);
    case ATTRIBUTE_MESSAGES_NOT_VISIBLE:
        return print_number(arena, (int64_t)counts->inflight);
    case ATTRIBUTE_CREATED:
        return print_number(arena, queue->created_s);
    case ATTRIBUTE_MODIFIED:
        return print_number(arena, queue->modified_s);
    case ATTRIBUTE_ARN:
        return queue->arn;
    case ATTRIBUTE_KMS_REUSE:
        if (queue->attributes.kms_key_id.at == NULL)
            return SLICE_NONE;
        break;
    default:
        break;
    }
    if ((attributes_rows[id].use == USE_FIFO_ONLY || attributes_rows[id].use == USE_FIFO_MODE) &&
        !queue->attributes.is_fifo)
        return SLICE_NONE;
    return print_value(id, &queue->attributes, arena);
}

static bool select_name(struct slice name, bool is_fifo, uint32_t *selected, struct arena *arena,
                        struct api_error *error)
{
    enum attribute id;
    if (slice_is(name, "All")) {
        *selected = attributes_bit(ATTRIBUTES_COUNT) - 1;
        return true;
    }
    /* Measured on AWS (aws-sdk-ruby issue 1350): asking a standard queue for FifoQueue is an error. */
    if (!attributes_find_row(name, &id) || (attributes_rows[id].use == USE_FIFO_ONLY && !is_fifo))
        return attributes_refuse_name(name, arena, error);
    *selected |= attributes_bit(id);
    return true;
}

bool queue_attributes_get(const struct queue *queue, const struct api_string_list *names,
                          const struct queue_counts *counts, struct arena *arena,
                          struct api_string_map *ret_map, struct api_error *error)
{
    uint32_t selected = 0;
    for (uint32_t i = 0; i < names->count; i++)
        if (!select_name(names->items[i], queue->attributes.is_fifo, &selected, arena, error))
            return false;
    struct api_string_map map = {ARENA_NEW_MANY(arena, struct api_string_pair, ATTRIBUTES_COUNT),
                                 0};
    for (unsigned i = 0; i < ATTRIBUTES_COUNT; i++) {
        enum attribute id = (enum attribute)i;
        if ((selected & attributes_bit(id)) == 0)
            continue;
        struct slice value = print_queue_value(id, queue, counts, arena);
        if (value.at != NULL)
            map.items[map.count++] =
                (struct api_string_pair){slice_from_text(attributes_rows[id].name), value};
    }
    *ret_map = map;
    return true;
}

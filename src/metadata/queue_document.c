/* Reading goes through the same checks as the API, so that a damaged document cannot bring in what no client could. */
#include "metadata/queue_document.h"

#include "metadata/attributes_private.h"
#include "metadata/json_text.h"
#include "metadata/queue_name.h"
#include "metadata/queue_tags.h"
#include "metadata/redrive.h"

#include "base/banned.h"

/* Above what the largest legal queue needs: four documents of 8 KiB and 50 tags, each byte escaped. */
#define DOCUMENT_BYTES_MAX (1024u * 1024u)

static void set_text(json_t *object, const char *name, struct slice text)
{
    if (text.at != NULL)
        json_object_set_new(object, name, json_text_string(text));
}

static json_t *write_attributes(const struct queue_attributes *a)
{
    json_t *object = json_object();
    json_object_set_new(object, "FifoQueue", json_boolean(a->is_fifo));
    json_object_set_new(object, "ContentBasedDeduplication",
                        json_boolean(a->content_based_deduplication));
    json_object_set_new(object, "SqsManagedSseEnabled", json_boolean(a->sse_managed));
    json_object_set_new(object, "DeduplicationScope",
                        json_string(attributes_dedup_scopes[a->dedup_scope]));
    json_object_set_new(object, "FifoThroughputLimit",
                        json_string(attributes_throughput_limits[a->throughput_limit]));
    json_object_set_new(object, "DelaySeconds", json_integer(a->delay_s));
    json_object_set_new(object, "MaximumMessageSize", json_integer(a->message_bytes_max));
    json_object_set_new(object, "MessageRetentionPeriod", json_integer(a->retention_s));
    json_object_set_new(object, "ReceiveMessageWaitTimeSeconds", json_integer(a->receive_wait_s));
    json_object_set_new(object, "VisibilityTimeout", json_integer(a->visibility_s));
    json_object_set_new(object, "KmsDataKeyReusePeriodSeconds", json_integer(a->kms_reuse_s));
    set_text(object, "Policy", a->policy);
    set_text(object, "RedrivePolicy", a->redrive_policy);
    set_text(object, "RedriveAllowPolicy", a->redrive_allow_policy);
    set_text(object, "KmsMasterKeyId", a->kms_key_id);
    return object;
}

struct slice queue_document_write(const struct queue *queue, struct arena *arena)
{
    json_auto_t *document = json_object();
    json_t *tags = json_object();
    json_object_set_new(document, "format", json_integer(QUEUE_DOCUMENT_FORMAT));
    json_object_set_new(document, "id", json_integer((json_int_t)queue->id));
    set_text(document, "account", queue->account);
    set_text(document, "name", queue->name);
    set_text(document, "arn", queue->arn);
    json_object_set_new(document, "created_s", json_integer(queue->created_s));
    json_object_set_new(document, "modified_s", json_integer(queue->modified_s));
    json_object_set_new(document, "attributes", write_attributes(&queue->attributes));
    for (uint32_t i = 0; i < queue->tags_count; i++)
        json_text_set(tags, queue->tags[i].key, json_text_string(queue->tags[i].value));
    json_object_set_new(document, "tags", tags);
    return json_text_write(arena, document);
}

/* ---- reading ---- */

/* Takes members out of an object one by one; what is missing, of another type or left over spoils the whole. */
struct reader {
    struct arena *arena;
    bool is_broken;
};

static const json_t *take(struct reader *reader, const json_t *object, const char *name,
                          json_type type)
{
    const json_t *value = json_object_get(object, name);
    if (value == NULL || json_typeof(value) != type) {
        reader->is_broken = true;
        return NULL;
    }
    return value;
}

static int64_t take_number(struct reader *reader, const json_t *object, const char *name,
                           int64_t min, int64_t max)
{
    const json_t *value = take(reader, object, name, JSON_INTEGER);
    int64_t number = value != NULL ? json_integer_value(value) : min;
    if (number < min || number > max)
        reader->is_broken = true;
    return number;
}

static int64_t take_ranged(struct reader *reader, const json_t *object, enum attribute id)
{
    const struct attributes_row *row = &attributes_rows[id];
    return take_number(reader, object, row->name, row->min, row->max);
}

static bool take_bool(struct reader *reader, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_boolean(value))
        reader->is_broken = true;
    return json_is_true(value);
}

static struct slice take_text(struct reader *reader, const json_t *object, const char *name)
{
    const json_t *value = take(reader, object, name, JSON_STRING);
    return value != NULL ? arena_copy(reader->arena, json_text_slice(value)) : SLICE_NONE;
}

/* Absent is unset; the empty text is not written. */
static struct slice take_optional(struct reader *reader, const json_t *object, const char *name)
{
    if (json_object_get(object, name) == NULL)
        return SLICE_NONE;
    struct slice text = take_text(reader, object, name);
    if (text.bytes == 0)
        reader->is_broken = true;
    return text;
}

static unsigned take_choice(struct reader *reader, const json_t *object, const char *name,
                            const char *const names[2])
{
    struct slice text = take_text(reader, object, name);
    if (!slice_is(text, names[0]) && !slice_is(text, names[1]))
        reader->is_broken = true;
    return slice_is(text, names[1]) ? 1 : 0;
}

/* The documents inside are checked by sending them through the API's own checks, a Policy by its form only. */
static void take_documents(struct reader *reader, const json_t *object,
                           struct queue_attributes *ret_attributes)
{
    static const char *const names[] = {"Policy", "RedrivePolicy", "RedriveAllowPolicy",
                                        "KmsMasterKeyId"};
    struct api_string_pair pairs[ARRAY_COUNT(names)];
    struct api_string_map map = {pairs, 0};
    struct attributes_change change;
    struct api_error error = {0};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        struct slice text = take_optional(reader, object, names[i]);
        if (text.at != NULL)
            pairs[map.count++] = (struct api_string_pair){slice_from_text(names[i]), text};
    }
    if (json_object_size(object) != 11 + map.count ||
        !attributes_parse(&map, ret_attributes->is_fifo, true, SLICE_NONE, reader->arena, &change,
                          &error)) {
        reader->is_broken = true;
        return;
    }
    ret_attributes->policy = change.values.policy;
    ret_attributes->redrive_policy = change.values.redrive_policy;
    ret_attributes->dead_letter_arn = change.values.dead_letter_arn;
    ret_attributes->receive_count_max = change.values.receive_count_max;
    ret_attributes->redrive_allow_policy = change.values.redrive_allow_policy;
    ret_attributes->kms_key_id = change.values.kms_key_id;
}

static struct queue_attributes read_attributes(struct reader *reader, const json_t *object)
{
    struct queue_attributes a = {
        .is_fifo = take_bool(reader, object, "FifoQueue"),
        .content_based_deduplication = take_bool(reader, object, "ContentBasedDeduplication"),
        .sse_managed = take_bool(reader, object, "SqsManagedSseEnabled"),
        .delay_s = take_ranged(reader, object, ATTRIBUTE_DELAY),
        .message_bytes_max = take_ranged(reader, object, ATTRIBUTE_MESSAGE_BYTES),
        .retention_s = take_ranged(reader, object, ATTRIBUTE_RETENTION),
        .receive_wait_s = take_ranged(reader, object, ATTRIBUTE_RECEIVE_WAIT),
        .visibility_s = take_ranged(reader, object, ATTRIBUTE_VISIBILITY),
        .kms_reuse_s = take_number(reader, object, "KmsDataKeyReusePeriodSeconds", 0,
                                   attributes_rows[ATTRIBUTE_KMS_REUSE].max),
    };
    a.dedup_scope = (enum queue_dedup_scope)take_choice(reader, object, "DeduplicationScope",
                                                        attributes_dedup_scopes);
    a.throughput_limit = (enum queue_throughput_limit)take_choice(
        reader, object, "FifoThroughputLimit", attributes_throughput_limits);
    take_documents(reader, object, &a);
    return a;
}

static void read_tags(struct reader *reader, json_t *object, struct queue *draft)
{
    size_t count = json_object_size(object);
    if (count > QUEUE_TAGS_MAX) {
        reader->is_broken = true;
        return;
    }
    struct queue_tag *tags = ARENA_NEW_MANY(reader->arena, struct queue_tag, count);
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (!json_is_string(value)) {
            reader->is_broken = true;
            return;
        }
        tags[draft->tags_count++] = (struct queue_tag){
            arena_copy(reader->arena, slice_from_text(key)),
            arena_copy(reader->arena, json_text_slice(value)),
        };
    }
    draft->tags = tags;
}

static void read_queue(struct reader *reader, const json_t *document, struct queue *draft)
{
    draft->id = (uint64_t)take_number(reader, document, "id", 1, INT64_MAX);
    draft->account = take_text(reader, document, "account");
    draft->name = take_text(reader, document, "name");
    draft->arn = take_text(reader, document, "arn");
    draft->created_s = take_number(reader, document, "created_s", INT64_MIN, INT64_MAX);
    draft->modified_s = take_number(reader, document, "modified_s", INT64_MIN, INT64_MAX);
    draft->attributes = read_attributes(reader, json_object_get(document, "attributes"));
    json_t *tags = json_object_get(document, "tags");
    if (!json_is_object(tags) || json_object_size(document) != 9)
        reader->is_broken = true;
    else
        read_tags(reader, tags, draft);
    struct queue_arn arn;
    if (!queue_name_is_valid(draft->name, draft->attributes.is_fifo) || draft->account.bytes == 0 ||
        !queue_arn_parse(draft->arn, &arn) || !slice_equal(arn.account, draft->account) ||
        !slice_equal(arn.resource, draft->name))
        reader->is_broken = true;
}

enum err queue_document_read(struct slice document, uint64_t version, struct arena *arena,
                             struct queue *ret_draft)
{
    json_auto_t *object = json_text_read(document, DOCUMENT_BYTES_MAX);
    const json_t *format = json_object_get(object, "format");
    if (!json_is_integer(format) || json_integer_value(format) < 1)
        return ERR_CORRUPT;
    if (json_integer_value(format) > QUEUE_DOCUMENT_FORMAT)
        return ERR_INVALID;
    struct reader reader = {arena, false};
    struct queue draft = {.version = version};
    read_queue(&reader, object, &draft);
    if (reader.is_broken)
        return ERR_CORRUPT;
    *ret_draft = draft;
    return ERR_OK;
}

/* From text: the table of attributes, CreateQueue, SetQueueAttributes. */
#include "metadata/attributes_private.h"

#include "base/utf8.h"
#include "metadata/policy_edit.h"
#include "metadata/redrive.h"

#include "base/banned.h"

const struct attributes_row attributes_rows[ATTRIBUTES_COUNT] = {
    [ATTRIBUTE_MESSAGES] = {"ApproximateNumberOfMessages", USE_READ_ONLY, 0, 0},
    [ATTRIBUTE_MESSAGES_DELAYED] = {"ApproximateNumberOfMessagesDelayed", USE_READ_ONLY, 0, 0},
    [ATTRIBUTE_MESSAGES_NOT_VISIBLE] = {"ApproximateNumberOfMessagesNotVisible", USE_READ_ONLY, 0,
                                        0},
    [ATTRIBUTE_CONTENT_BASED_DEDUPLICATION] = {"ContentBasedDeduplication", USE_FIFO_ONLY, 0, 0},
    [ATTRIBUTE_CREATED] = {"CreatedTimestamp", USE_READ_ONLY, 0, 0},
    [ATTRIBUTE_DEDUPLICATION_SCOPE] = {"DeduplicationScope", USE_FIFO_MODE, 0, 0},
    [ATTRIBUTE_DELAY] = {"DelaySeconds", USE_ANY, 0, 900},
    [ATTRIBUTE_FIFO_QUEUE] = {"FifoQueue", USE_FIFO_ONLY, 0, 0},
    [ATTRIBUTE_FIFO_THROUGHPUT_LIMIT] = {"FifoThroughputLimit", USE_FIFO_MODE, 0, 0},
    [ATTRIBUTE_KMS_REUSE] = {"KmsDataKeyReusePeriodSeconds", USE_ANY, 60, 86400},
    [ATTRIBUTE_KMS_KEY] = {"KmsMasterKeyId", USE_ANY, 0, 0},
    [ATTRIBUTE_MODIFIED] = {"LastModifiedTimestamp", USE_READ_ONLY, 0, 0},
    [ATTRIBUTE_MESSAGE_BYTES] = {"MaximumMessageSize", USE_ANY, 1024, 1048576},
    [ATTRIBUTE_RETENTION] = {"MessageRetentionPeriod", USE_ANY, 60, 1209600},
    [ATTRIBUTE_POLICY] = {"Policy", USE_ANY, 0, 0},
    [ATTRIBUTE_ARN] = {"QueueArn", USE_READ_ONLY, 0, 0},
    [ATTRIBUTE_RECEIVE_WAIT] = {"ReceiveMessageWaitTimeSeconds", USE_ANY, 0, 20},
    [ATTRIBUTE_REDRIVE_ALLOW_POLICY] = {"RedriveAllowPolicy", USE_ANY, 0, 0},
    [ATTRIBUTE_REDRIVE_POLICY] = {"RedrivePolicy", USE_ANY, 0, 0},
    [ATTRIBUTE_SSE_MANAGED] = {"SqsManagedSseEnabled", USE_ANY, 0, 0},
    [ATTRIBUTE_VISIBILITY] = {"VisibilityTimeout", USE_ANY, 0, 43200},
};

const char *const attributes_dedup_scopes[2] = {
    [QUEUE_DEDUP_QUEUE] = "queue",
    [QUEUE_DEDUP_GROUP] = "messageGroup",
};
const char *const attributes_throughput_limits[2] = {
    [QUEUE_THROUGHPUT_QUEUE] = "perQueue",
    [QUEUE_THROUGHPUT_GROUP] = "perMessageGroupId",
};

bool attributes_find_row(struct slice name, enum attribute *ret_id)
{
    for (unsigned i = 0; i < ATTRIBUTES_COUNT; i++) {
        if (slice_is(name, attributes_rows[i].name)) {
            *ret_id = (enum attribute)i;
            return true;
        }
    }
    return false;
}

bool attributes_refuse_name(struct slice name, struct arena *arena, struct api_error *error)
{
    return api_fail_print(error, arena, API_ERROR_INVALID_ATTRIBUTE_NAME, "Unknown Attribute %.*s.",
                          SLICE_PRINT(name));
}

static bool refuse_value(enum attribute id, struct arena *arena, struct api_error *error)
{
    return api_fail_print(error, arena, API_ERROR_INVALID_ATTRIBUTE_VALUE,
                          "Invalid value for the parameter %s.", attributes_rows[id].name);
}

/* ---- values from text ---- */

static bool parse_bool(struct slice text, bool *ret_value)
{
    bool is_true = slice_equal_nocase(text, SLICE("true"));
    if (!is_true && !slice_equal_nocase(text, SLICE("false")))
        return false;
    *ret_value = is_true;
    return true;
}

static bool parse_number(enum attribute id, struct slice text, int64_t *ret_value)
{
    int64_t value;
    if (!slice_to_int64(text, &value) || value < attributes_rows[id].min ||
        value > attributes_rows[id].max)
        return false;
    *ret_value = value;
    return true;
}

static bool parse_choice(const char *const *names, unsigned count, struct slice text,
                         unsigned *ret_choice)
{
    for (unsigned i = 0; i < count; i++) {
        if (slice_is(text, names[i])) {
            *ret_choice = i;
            return true;
        }
    }
    return false;
}

/* UTF-8 without control characters: what any reader of the stored document takes. */
static bool is_plain_text(struct slice text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (text.at[i] < 0x20 || text.at[i] == 0x7f)
            return false;
    return utf8_is_valid(text);
}

/* Attributes whose value stands alone: false, and no error yet, when the text will not do. */
static bool parse_plain(enum attribute id, struct slice text, struct queue_attributes *values)
{
    unsigned choice;
    switch ((int)id) {
    case ATTRIBUTE_CONTENT_BASED_DEDUPLICATION:
        return parse_bool(text, &values->content_based_deduplication);
    case ATTRIBUTE_DEDUPLICATION_SCOPE:
        if (!parse_choice(attributes_dedup_scopes, ARRAY_COUNT(attributes_dedup_scopes), text,
                          &choice))
            return false;
        values->dedup_scope = (enum queue_dedup_scope)choice;
        return true;
    case ATTRIBUTE_DELAY:
        return parse_number(id, text, &values->delay_s);
    case ATTRIBUTE_FIFO_QUEUE:
        return parse_bool(text, &values->is_fifo);
    case ATTRIBUTE_FIFO_THROUGHPUT_LIMIT:
        if (!parse_choice(attributes_throughput_limits, ARRAY_COUNT(attributes_throughput_limits),
                          text, &choice))
            return false;
        values->throughput_limit = (enum queue_throughput_limit)choice;
        return true;
    case ATTRIBUTE_KMS_REUSE:
        return parse_number(id, text, &values->kms_reuse_s);
    case ATTRIBUTE_KMS_KEY:
        values->kms_key_id = text.bytes > 0 ? text : SLICE_NONE;
        return text.bytes <= ATTRIBUTES_KMS_KEY_ID_BYTES_MAX && is_plain_text(text);
    case ATTRIBUTE_MESSAGE_BYTES:
        return parse_number(id, text, &values->message_bytes_max);
    case ATTRIBUTE_RETENTION:
        return parse_number(id, text, &values->retention_s);
    case ATTRIBUTE_RECEIVE_WAIT:
        return parse_number(id, text, &values->receive_wait_s);
    case ATTRIBUTE_SSE_MANAGED:
        return parse_bool(text, &values->sse_managed);
    case ATTRIBUTE_VISIBILITY:
        return parse_number(id, text, &values->visibility_s);
    default:
        UNREACHABLE("read-only names do not get here, documents have a reader of their own");
    }
}

/* The empty text removes a document. */
static bool parse_document(enum attribute id, struct slice text, struct arena *arena,
                           struct attributes_change *change, struct api_error *error)
{
    struct redrive_policy redrive;
    if (text.bytes == 0)
        return true;
    if (id == ATTRIBUTE_POLICY && change->account.at == NULL) {
        change->values.policy = text;
        return policy_edit_check(text, arena, error);
    }
    if (id == ATTRIBUTE_POLICY)
        return policy_edit_accept(text, change->account, arena, &change->values.policy, error);
    if (id == ATTRIBUTE_REDRIVE_ALLOW_POLICY)
        return redrive_allow_parse(text, arena, &change->values.redrive_allow_policy, error);
    if (!redrive_policy_parse(text, arena, &redrive, error))
        return false;
    change->redrive_policy_sent = text;
    change->values.redrive_policy = redrive.text;
    change->values.dead_letter_arn = redrive.dead_letter_arn;
    change->values.receive_count_max = redrive.receive_count_max;
    return true;
}

static bool parse_value(enum attribute id, struct slice text, struct arena *arena,
                        struct attributes_change *change, struct api_error *error)
{
    change->named |= attributes_bit(id);
    if (id == ATTRIBUTE_POLICY || id == ATTRIBUTE_REDRIVE_ALLOW_POLICY ||
        id == ATTRIBUTE_REDRIVE_POLICY)
        return parse_document(id, text, arena, change, error);
    return parse_plain(id, text, &change->values) || refuse_value(id, arena, error);
}

/* ---- CreateQueue, SetQueueAttributes ---- */

bool attributes_read_kind(const struct api_string_map *map, bool *ret_is_fifo, struct arena *arena,
                          struct api_error *error)
{
    bool is_fifo = false;
    for (uint32_t i = 0; i < map->count; i++)
        if (slice_is(map->items[i].key, attributes_rows[ATTRIBUTE_FIFO_QUEUE].name) &&
            !parse_bool(map->items[i].value, &is_fifo))
            return refuse_value(ATTRIBUTE_FIFO_QUEUE, arena, error);
    *ret_is_fifo = is_fifo;
    return true;
}

void attributes_set_defaults(bool is_fifo, struct queue_attributes *ret_attributes)
{
    *ret_attributes = (struct queue_attributes){
        .is_fifo = is_fifo,
        .message_bytes_max = ATTRIBUTES_MESSAGE_BYTES_DEFAULT,
        .retention_s = ATTRIBUTES_RETENTION_S_DEFAULT,
        .visibility_s = ATTRIBUTES_VISIBILITY_S_DEFAULT,
        .sse_managed = true,
    };
}

static bool check_name(struct slice name, bool is_fifo, enum attribute *ret_id, struct arena *arena,
                       struct api_error *error)
{
    enum attribute id;
    if (!attributes_find_row(name, &id) || attributes_rows[id].use == USE_READ_ONLY ||
        (attributes_rows[id].use == USE_FIFO_ONLY && !is_fifo))
        return attributes_refuse_name(name, arena, error);
    if (attributes_rows[id].use == USE_FIFO_MODE && !is_fifo)
        return api_fail_print(error, arena, API_ERROR_INVALID_ATTRIBUTE_NAME,
                              "You can specify the %s only when FifoQueue is set to true.",
                              attributes_rows[id].name);
    *ret_id = id;
    return true;
}

/* C18: a queue's kind is for life. CreateQueue never gets here with another kind than the queue's. */
static bool check_kind(const struct attributes_change *change, bool is_create,
                       struct api_error *error)
{
    if (is_create || !attributes_is_named(change, ATTRIBUTE_FIFO_QUEUE) || change->values.is_fifo)
        return true;
    return api_fail(
        error, API_ERROR_INVALID_ATTRIBUTE_VALUE,
        SLICE(
            "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported."));
}

bool attributes_parse(const struct api_string_map *map, bool is_fifo, bool is_create,
                      struct slice account, struct arena *arena,
                      struct attributes_change *ret_change, struct api_error *error)
{
    const struct slice *texts[ATTRIBUTES_COUNT] = {NULL};
    struct attributes_change change = {.account = account};
    for (uint32_t i = 0; i < map->count; i++) {
        enum attribute id = ATTRIBUTES_COUNT;
        if (!check_name(map->items[i].key, is_fifo, &id, arena, error))
            return false;
        texts[id] = &map->items[i].value;
    }
    for (unsigned i = 0; i < ATTRIBUTES_COUNT; i++)
        if (texts[i] != NULL && !parse_value((enum attribute)i, *texts[i], arena, &change, error))
            return false;
    if (!check_kind(&change, is_create, error))
        return false;
    *ret_change = change;
    return true;
}

/* C18: one kind of encryption at a time. A key switches the managed kind off; taking the key away leaves it off. */
static bool apply_encryption(const struct attributes_change *change,
                             struct queue_attributes *attributes, struct api_error *error)
{
    const struct queue_attributes *values = &change->values;
    bool names_key = attributes_is_named(change, ATTRIBUTE_KMS_KEY);
    bool names_managed = attributes_is_named(change, ATTRIBUTE_SSE_MANAGED);
    if (values->kms_key_id.at != NULL && names_managed && values->sse_managed)
        return api_fail(
            error, API_ERROR_INVALID_ATTRIBUTE_NAME,
            SLICE(
                "You can use one type of server-side encryption (SSE) at one time. You can either "
                "enable KMS SSE or SQS SSE."));
    bool has_key = names_key ? values->kms_key_id.at != NULL : attributes->kms_key_id.at != NULL;
    bool drops_key = attributes->kms_key_id.at != NULL && names_key && !has_key;
    if (names_managed)
        attributes->sse_managed = values->sse_managed;
    else if (has_key)
        attributes->sse_managed = false;
    if (names_managed && values->sse_managed)
        drops_key = true;
    else if (names_key)
        attributes->kms_key_id = values->kms_key_id;
    if (drops_key) {
        attributes->kms_key_id = SLICE_NONE;
        attributes->kms_reuse_s = 0;
    }
    if (attributes_is_named(change, ATTRIBUTE_KMS_REUSE))
        attributes->kms_reuse_s = values->kms_reuse_s;
    return true;
}

static void apply_numbers(const struct attributes_change *change,
                          struct queue_attributes *attributes)
{
    const struct queue_attributes *values = &change->values;
    if (attributes_is_named(change, ATTRIBUTE_DELAY))
        attributes->delay_s = values->delay_s;
    if (attributes_is_named(change, ATTRIBUTE_MESSAGE_BYTES))
        attributes->message_bytes_max = values->message_bytes_max;
    if (attributes_is_named(change, ATTRIBUTE_RETENTION))
        attributes->retention_s = values->retention_s;
    if (attributes_is_named(change, ATTRIBUTE_RECEIVE_WAIT))
        attributes->receive_wait_s = values->receive_wait_s;
    if (attributes_is_named(change, ATTRIBUTE_VISIBILITY))
        attributes->visibility_s = values->visibility_s;
}

static void apply_documents(const struct attributes_change *change,
                            struct queue_attributes *attributes)
{
    const struct queue_attributes *values = &change->values;
    if (attributes_is_named(change, ATTRIBUTE_POLICY))
        attributes->policy = values->policy;
    if (attributes_is_named(change, ATTRIBUTE_REDRIVE_ALLOW_POLICY))
        attributes->redrive_allow_policy = values->redrive_allow_policy;
    if (attributes_is_named(change, ATTRIBUTE_REDRIVE_POLICY)) {
        attributes->redrive_policy = values->redrive_policy;
        attributes->dead_letter_arn = values->dead_letter_arn;
        attributes->receive_count_max = values->receive_count_max;
    }
}

static bool apply_fifo(const struct attributes_change *change, struct queue_attributes *attributes,
                       struct api_error *error)
{
    const struct queue_attributes *values = &change->values;
    if (attributes_is_named(change, ATTRIBUTE_CONTENT_BASED_DEDUPLICATION))
        attributes->content_based_deduplication = values->content_based_deduplication;
    if (attributes_is_named(change, ATTRIBUTE_DEDUPLICATION_SCOPE))
        attributes->dedup_scope = values->dedup_scope;
    if (attributes_is_named(change, ATTRIBUTE_FIFO_THROUGHPUT_LIMIT))
        attributes->throughput_limit = values->throughput_limit;
    if (attributes->throughput_limit == QUEUE_THROUGHPUT_GROUP &&
        attributes->dedup_scope != QUEUE_DEDUP_GROUP)
        return api_fail(
            error, API_ERROR_INVALID_ATTRIBUTE_VALUE,
            SLICE(
                "The perMessageGroupId value is allowed only when the value for DeduplicationScope is "
                "messageGroup"));
    return true;
}

bool attributes_apply(const struct attributes_change *change, struct queue_attributes *attributes,
                      struct api_error *error)
{
    struct queue_attributes changed = *attributes;
    if (!apply_fifo(change, &changed, error) || !apply_encryption(change, &changed, error))
        return false;
    apply_numbers(change, &changed);
    apply_documents(change, &changed);
    *attributes = changed;
    return true;
}

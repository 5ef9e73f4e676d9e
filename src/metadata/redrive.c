#include "metadata/redrive.h"

#include "metadata/json_text.h"
#include "metadata/queue_name.h"

#include "base/banned.h"

/* ---- RedrivePolicy ---- */

static bool refuse(struct api_error *error, struct arena *arena, struct slice sent,
                   struct slice reason)
{
    return api_fail_print(error, arena, API_ERROR_INVALID_PARAMETER_VALUE,
                          "Value %.*s for parameter RedrivePolicy is invalid. Reason: %.*s",
                          SLICE_PRINT(sent), SLICE_PRINT(reason));
}

/* A number, or a string that holds one. */
static bool read_count(const json_t *value, int64_t *ret_count)
{
    int64_t count = 0;
    if (json_is_integer(value))
        count = json_integer_value(value);
    else if (!json_is_string(value) || !slice_to_int64(json_text_slice(value), &count))
        return false;
    if (count < 1 || count > REDRIVE_RECEIVE_MAX)
        return false;
    *ret_count = count;
    return true;
}

static bool refuse_count(struct api_error *error, struct arena *arena, struct slice sent,
                         const json_t *value)
{
    struct slice shown =
        json_is_string(value) ? json_text_slice(value) : json_text_write(arena, value);
    return refuse(
        error, arena, sent,
        arena_print(
            arena,
            "Invalid value for maxReceiveCount: %.*s, valid values are from 1 to %d both inclusive.",
            SLICE_PRINT(shown), REDRIVE_RECEIVE_MAX));
}

static bool check_arn(struct slice text, struct arena *arena, struct slice sent,
                      struct api_error *error)
{
    struct queue_arn arn;
    if (!queue_arn_parse(text, &arn))
        return refuse(error, arena, sent, SLICE("Invalid value for deadLetterTargetArn."));
    if (!slice_is(arn.service, "sqs"))
        return refuse(error, arena, sent,
                      SLICE("Only SQS queues are valid resources for deadLetterTargetArn."));
    return true;
}

static struct slice print_policy(struct arena *arena, struct slice arn, int64_t count)
{
    json_auto_t *policy = json_object();
    json_object_set_new(policy, "deadLetterTargetArn", json_text_string(arn));
    json_object_set_new(policy, "maxReceiveCount", json_integer(count));
    return json_text_write(arena, policy);
}

static bool read_policy(const json_t *policy, struct slice sent, struct arena *arena,
                        struct redrive_policy *ret_policy, struct api_error *error)
{
    const json_t *count = json_object_get(policy, "maxReceiveCount");
    const json_t *target = json_object_get(policy, "deadLetterTargetArn");
    int64_t receive_count_max;
    if (count == NULL)
        return refuse(
            error, arena, sent,
            SLICE("Redrive policy does not contain mandatory attribute: maxReceiveCount."));
    if (target == NULL)
        return refuse(
            error, arena, sent,
            SLICE("Redrive policy does not contain mandatory attribute: deadLetterTargetArn."));
    if (!read_count(count, &receive_count_max))
        return refuse_count(error, arena, sent, count);
    if (json_object_size(policy) != 2)
        return refuse(
            error, arena, sent,
            SLICE(
                "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn]."));
    struct slice arn = json_is_string(target) ? json_text_slice(target) : SLICE_NONE;
    if (!check_arn(arn, arena, sent, error))
        return false;
    *ret_policy = (struct redrive_policy){
        .text = print_policy(arena, arn, receive_count_max),
        .dead_letter_arn = arena_copy(arena, arn),
        .receive_count_max = receive_count_max,
    };
    return true;
}

bool redrive_policy_parse(struct slice sent, struct arena *arena, struct redrive_policy *ret_policy,
                          struct api_error *error)
{
    json_auto_t *policy = json_text_read(sent, REDRIVE_BYTES_MAX);
    if (!json_is_object(policy))
        return api_fail(
            error, API_ERROR_INVALID_ATTRIBUTE_VALUE,
            SLICE(
                "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid "
                "JSON map."));
    return read_policy(policy, sent, arena, ret_policy, error);
}

bool redrive_target_check(const struct redrive_target *check, struct arena *arena,
                          struct api_error *error)
{
    struct queue_arn arn;
    bool is_arn = queue_arn_parse(check->dead_letter_arn, &arn);
    ASSERT(is_arn);
    /* Before looking whether it exists, so that nobody learns the names of others' queues. */
    if (!slice_equal(arn.account, check->account))
        return refuse(error, arena, check->sent,
                      SLICE("Dead-letter target owner should be same as the source."));
    if (check->target == NULL)
        return refuse(error, arena, check->sent, SLICE("Dead letter target does not exist."));
    if (check->target->attributes.is_fifo != check->is_fifo)
        return refuse(error, arena, check->sent,
                      SLICE("Dead-letter queue must be same type of queue as the source.."));
    if (!redrive_allow_permits(check->target->attributes.redrive_allow_policy, check->source_arn))
        return refuse(
            error, arena, check->sent,
            SLICE(
                "The redrive allow policy of the dead-letter queue does not permit this source queue."));
    return true;
}

/* ---- RedriveAllowPolicy ---- */

static bool refuse_format(struct api_error *error)
{
    return api_fail(
        error, API_ERROR_INVALID_ATTRIBUTE_VALUE,
        SLICE(
            "Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the "
            "redrive allow policy, as it\xe2\x80\x99s in an unsupported format."));
}

static bool refuse_allow(struct api_error *error, struct arena *arena, struct slice sent,
                         const char *reason)
{
    return api_fail_print(error, arena, API_ERROR_INVALID_PARAMETER_VALUE,
                          "Value %.*s for parameter RedriveAllowPolicy is invalid. Reason: %s",
                          SLICE_PRINT(sent), reason);
}

static bool is_list_of_arns(const json_t *list)
{
    size_t i;
    const json_t *item;
    struct queue_arn arn;
    if (!json_is_array(list))
        return false;
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item) || !queue_arn_parse(json_text_slice(item), &arn) ||
            !slice_is(arn.service, "sqs"))
            return false;
    }
    return true;
}

static bool is_permission(struct slice permission)
{
    return slice_is(permission, "allowAll") || slice_is(permission, "denyAll") ||
           slice_is(permission, "byQueue");
}

static bool check_allow(const json_t *policy, struct slice sent, struct arena *arena,
                        struct api_error *error)
{
    const json_t *permission = json_object_get(policy, "redrivePermission");
    const json_t *arns = json_object_get(policy, "sourceQueueArns");
    size_t known = (permission != NULL ? 1u : 0u) + (arns != NULL ? 1u : 0u);
    if (!json_is_string(permission) || !is_permission(json_text_slice(permission)) ||
        (arns != NULL && !is_list_of_arns(arns)) || json_object_size(policy) != known)
        return refuse_format(error);
    bool is_by_queue = slice_is(json_text_slice(permission), "byQueue");
    if (!is_by_queue && arns != NULL)
        return refuse_allow(
            error, arena, sent,
            "Amazon SQS can't create the redrive allow policy. To specify one or more source queue "
            "ARNs, you must set redrivePermission to byQueue.");
    if (is_by_queue && json_array_size(arns) == 0)
        return refuse_allow(
            error, arena, sent,
            "Amazon SQS can't create the redrive allow policy. When you specify the byQueue "
            "permission type, you must also specify one or more sourceQueueArns values.");
    if (json_array_size(arns) > REDRIVE_ALLOW_ARNS_MAX)
        return refuse_allow(
            error, arena, sent,
            "Amazon SQS can't create the redrive allow policy. The maximum number of source queue "
            "ARNs you can specify is 10.");
    return true;
}

bool redrive_allow_parse(struct slice sent, struct arena *arena, struct slice *ret_text,
                         struct api_error *error)
{
    json_auto_t *policy = json_text_read(sent, REDRIVE_BYTES_MAX);
    if (!json_is_object(policy))
        return refuse_format(error);
    if (!check_allow(policy, sent, arena, error))
        return false;
    *ret_text = json_text_write(arena, policy);
    return true;
}

bool redrive_allow_permits(struct slice allow_policy, struct slice source_arn)
{
    if (allow_policy.at == NULL)
        return true;
    json_auto_t *policy = json_text_read(allow_policy, REDRIVE_BYTES_MAX);
    struct slice permission = json_text_slice(json_object_get(policy, "redrivePermission"));
    if (!slice_is(permission, "byQueue"))
        return slice_is(permission, "allowAll");
    size_t i;
    const json_t *arn;
    json_array_foreach(json_object_get(policy, "sourceQueueArns"), i, arn)
    {
        if (slice_equal(json_text_slice(arn), source_arn))
            return true;
    }
    return false;
}

#include "metadata/queue_name.h"

#include "base/banned.h"

#define FIFO_SUFFIX SLICE(".fifo")

static bool is_name_byte(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
}

bool queue_name_is_valid(struct slice name, bool is_fifo)
{
    if (name.bytes > QUEUE_NAME_BYTES_MAX)
        return false;
    if (is_fifo) {
        if (!slice_ends_with(name, FIFO_SUFFIX))
            return false;
        name = slice_head(name, name.bytes - FIFO_SUFFIX.bytes);
    }
    if (name.bytes == 0)
        return false;
    for (size_t i = 0; i < name.bytes; i++)
        if (!is_name_byte(name.at[i]))
            return false;
    return true;
}

bool queue_name_is_any(struct slice name)
{
    return queue_name_is_valid(name, slice_ends_with(name, FIFO_SUFFIX));
}

bool queue_name_check(struct slice name, bool is_fifo, struct api_error *error)
{
    if (name.at == NULL)
        return api_fail(
            error, API_ERROR_INVALID_PARAMETER_VALUE,
            SLICE("Value for parameter QueueName is invalid. Reason: Must specify a queue name."));
    if (name.bytes == 0)
        return api_fail(error, API_ERROR_INVALID_PARAMETER_VALUE,
                        SLICE("Queue name cannot be empty"));
    if (queue_name_is_valid(name, is_fifo))
        return true;
    if (is_fifo)
        return api_fail(
            error, API_ERROR_INVALID_PARAMETER_VALUE,
            SLICE("The name of a FIFO queue can only include alphanumeric characters, hyphens, or "
                  "underscores, must end with .fifo suffix and be 1 to 80 in length"));
    return api_fail(
        error, API_ERROR_INVALID_PARAMETER_VALUE,
        SLICE(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"));
}

bool queue_arn_parse(struct slice text, struct queue_arn *ret_arn)
{
    struct slice rest = text, head;
    struct queue_arn arn;
    if (!slice_split(&rest, ':', &head) || !slice_is(head, "arn") ||
        !slice_split(&rest, ':', &arn.partition) || !slice_split(&rest, ':', &arn.service) ||
        !slice_split(&rest, ':', &arn.region) || !slice_split(&rest, ':', &arn.account) ||
        rest.at == NULL)
        return false;
    arn.resource = rest;
    if (arn.partition.bytes == 0 || arn.service.bytes == 0 || arn.resource.bytes == 0)
        return false;
    *ret_arn = arn;
    return true;
}

struct slice queue_arn_print(struct arena *arena, const char *partition, const char *region,
                             struct slice account, struct slice name)
{
    return arena_print(arena, "arn:%s:sqs:%s:%.*s:%.*s", partition, region, SLICE_PRINT(account),
                       SLICE_PRINT(name));
}

#include "api/message_rules.h"
#include "api/message_rules_batch.h"

#include "base/banned.h"

static bool fail_value(struct api_error *ret_error, struct arena *arena, int64_t value,
                       const char *parameter, const char *reason)
{
    return api_fail_print(
        ret_error, arena, API_ERROR_INVALID_PARAMETER_VALUE,
        "Value %lld for parameter %s is invalid. Reason: Must be %s, if provided.",
        (long long)value, parameter, reason);
}

static bool check_ranges(struct arena *arena, const struct message_receive *receive,
                         int64_t count_max, struct api_error *ret_error)
{
    if (count_max < 1 || count_max > MESSAGE_RECEIVE_MAX)
        return fail_value(ret_error, arena, count_max, "MaxNumberOfMessages", "between 1 and 10");
    if (receive->visibility_s < 0 || receive->visibility_s > MESSAGE_VISIBILITY_S_MAX)
        return fail_value(ret_error, arena, receive->visibility_s, "VisibilityTimeout",
                          ">= 0 and <= 43200");
    if (receive->wait_s < 0 || receive->wait_s > MESSAGE_WAIT_S_MAX)
        return fail_value(ret_error, arena, receive->wait_s, "WaitTimeSeconds", ">= 0 and <= 20");
    return true;
}

bool message_rules_prepare_receive(const struct message_rules *rules, struct arena *arena,
                                   const struct api_receive_message_request *request,
                                   struct message_receive *ret_receive, struct api_error *ret_error)
{
    int64_t count_max = request->has_max_number_of_messages ? request->max_number_of_messages : 1;
    struct message_receive receive = {
        .visibility_s =
            request->has_visibility_timeout ? request->visibility_timeout : rules->visibility_s,
        .wait_s = request->has_wait_time_seconds ? request->wait_time_seconds : rules->wait_s,
        .has_attempt = rules->is_fifo && request->has_receive_request_attempt_id,
    };
    if (!check_ranges(arena, &receive, count_max, ret_error))
        return false;
    if (receive.has_attempt) {
        struct slice attempt_id = request->receive_request_attempt_id;
        if (!message_rules_check_id(arena, "ReceiveRequestAttemptId", attempt_id, ret_error))
            return false;
        message_rules_key(attempt_id, receive.attempt_key);
    }
    receive.count_max = (uint32_t)count_max;
    message_select_init(&receive.select, arena, request);
    *ret_receive = receive;
    return true;
}

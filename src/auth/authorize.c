#include "api/tables.h"
#include "auth/policy.h"

#include "base/banned.h"

/* "sqs:SendMessage" as texts of refusals show it: in lower case (B3). */
static struct slice lower_case(struct arena *arena, const char *action)
{
    size_t bytes = strlen(action);
    uint8_t *text = arena_take(arena, bytes);
    for (size_t i = 0; i < bytes; i++)
        text[i] = action[i] >= 'A' && action[i] <= 'Z' ? (uint8_t)(action[i] + ('a' - 'A'))
                                                       : (uint8_t)action[i];
    return slice_of(text, bytes);
}

static bool refuse(const struct auth_task *task, enum policy_answer answer, struct arena *arena,
                   struct api_error *error)
{
    struct slice action = lower_case(arena, api_action_info(task->action)->iam_action);
    struct slice begin =
        arena_print(arena, "User: %.*s is not authorized to perform: %.*s on resource: %.*s",
                    SLICE_PRINT(task->identity->principal_arn), SLICE_PRINT(action),
                    SLICE_PRINT(task->queue_arn));
    if (answer == POLICY_EXPLICIT_DENY)
        return api_fail(
            error, API_ERROR_ACCESS_DENIED,
            arena_join(arena, begin, SLICE(" with an explicit deny in a resource-based policy")));
    return api_fail_print(error, arena, API_ERROR_ACCESS_DENIED,
                          "%.*s because no resource-based policy allows the %.*s action",
                          SLICE_PRINT(begin), SLICE_PRINT(action));
}

bool auth_authorize(const struct auth_task *task, struct arena *arena, struct api_error *ret_error)
{
    const struct api_action_info *info = api_action_info(task->action);
    bool is_own = slice_equal(task->identity->account, task->queue_account);
    if (is_own && task->policy == NULL)
        return true;
    const struct policy_question question = {
        .identity = task->identity,
        .action = slice_from_text(info->iam_action),
        .resource_arn = task->queue_arn,
        .context = task->context,
    };
    enum policy_answer answer = policy_evaluate(task->policy, &question);
    bool is_root = is_own && task->identity->user_name.bytes == 0;
    if ((is_own && answer != POLICY_EXPLICIT_DENY) || (is_root && task->only_policy))
        return true;
    if (!is_own && answer == POLICY_ALLOW && info->is_cross_account)
        return true;
    /* Whether another account's queue exists is not told to those who may not use it (B3). */
    if (!is_own && task->action == API_GET_QUEUE_URL)
        return api_fail(
            ret_error, API_ERROR_QUEUE_DOES_NOT_EXIST,
            SLICE("The specified queue does not exist or you do not have access to it."));
    return refuse(task, answer, arena, ret_error);
}

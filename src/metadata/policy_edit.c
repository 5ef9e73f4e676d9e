#include "metadata/policy_edit.h"

#include "auth/policy.h"
#include "metadata/json_text.h"

#include "base/banned.h"

#define VERSION "2008-10-17"

/* C1: what may be granted to others. */
static const char *const granted_actions[] = {
    "*",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
    "ListDeadLetterSourceQueues",
};
/* B3: what only the owner may do. */
static const char *const owner_actions[] = {
    "AddPermission",        "CancelMessageMoveTask", "CreateQueue", "DeleteQueue",
    "ListMessageMoveTasks", "ListQueueTags",         "ListQueues",  "RemovePermission",
    "SetQueueAttributes",   "StartMessageMoveTask",  "TagQueue",    "UntagQueue",
};

static bool is_one_of(struct slice name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_is(name, names[i]))
            return true;
    return false;
}

static bool has_statements(const json_t *policy)
{
    const json_t *statement = json_object_get(policy, "Statement");
    return json_is_array(statement) || json_is_object(statement);
}

/* A policy's statements, which may be one object instead of a list. */
static size_t count_statements(const json_t *policy)
{
    const json_t *statement = json_object_get(policy, "Statement");
    return json_is_array(statement) ? json_array_size(statement) : 1;
}

bool policy_edit_refuse(struct api_error *error)
{
    return api_fail(error, API_ERROR_INVALID_ATTRIBUTE_VALUE,
                    SLICE("Invalid value for the parameter Policy."));
}

bool policy_edit_check(struct slice policy, struct arena *arena, struct api_error *error)
{
    json_auto_t *document = json_text_read(policy, POLICY_STORED_BYTES_MAX);
    if (!has_statements(document))
        return policy_edit_refuse(error);
    size_t statements = count_statements(document);
    if (statements > POLICY_STATEMENTS_MAX)
        return api_fail_print(
            error, arena, API_ERROR_OVER_LIMIT,
            "%zu statements were found in the submitted policy, max allowed is %u", statements,
            POLICY_STATEMENTS_MAX);
    const struct policy *compiled;
    const char *why;
    if (policy_compile(policy, arena, &compiled, &why) != ERR_OK)
        return policy_edit_refuse(error);
    return true;
}

/* ---- AddPermission ---- */

static bool refuse(struct api_error *error, struct arena *arena, const char *parameter,
                   const char *prefix, struct slice value, const char *reason)
{
    return api_fail_print(error, arena, API_ERROR_INVALID_PARAMETER_VALUE,
                          "Value %s%.*s for parameter %s is invalid. Reason: %s", prefix,
                          SLICE_PRINT(value), parameter, reason);
}

static bool is_label(struct slice label)
{
    if (label.bytes > POLICY_EDIT_LABEL_MAX)
        return false;
    for (size_t i = 0; i < label.bytes; i++) {
        uint8_t c = label.at[i];
        bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            return false;
    }
    return true;
}

static bool check_label(struct slice label, struct arena *arena, struct api_error *error)
{
    if (label.bytes == 0)
        return api_fail_missing(error, arena, "Label");
    if (!is_label(label))
        return refuse(
            error, arena, "Label", "", label,
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
    return true;
}

static bool is_account(struct slice account)
{
    if (account.bytes != 12)
        return false;
    for (size_t i = 0; i < account.bytes; i++)
        if (account.at[i] < '0' || account.at[i] > '9')
            return false;
    return true;
}

static bool check_accounts(const struct api_string_list *accounts, struct arena *arena,
                           struct api_error *error)
{
    if (accounts->count == 0)
        return refuse(error, arena, "PrincipalId", "", SLICE("[]"), "Unable to verify.");
    if (accounts->count > POLICY_EDIT_ACCOUNTS_MAX)
        return api_fail_print(error, arena, API_ERROR_OVER_LIMIT,
                              "%u PrincipalId were found, maximum allowed is %u.", accounts->count,
                              POLICY_EDIT_ACCOUNTS_MAX);
    for (uint32_t i = 0; i < accounts->count; i++)
        if (!is_account(accounts->items[i]))
            return refuse(error, arena, "PrincipalId", "",
                          arena_print(arena, "[%.*s]", SLICE_PRINT(accounts->items[i])),
                          "Unable to verify.");
    return true;
}

static bool check_actions(const struct api_string_list *actions, struct arena *arena,
                          struct api_error *error)
{
    if (actions->count == 0)
        return api_fail_missing(error, arena, "Actions");
    if (actions->count > POLICY_EDIT_ACTIONS_MAX)
        return api_fail_print(error, arena, API_ERROR_OVER_LIMIT,
                              "%u Actions were found, maximum allowed is %u.", actions->count,
                              POLICY_EDIT_ACTIONS_MAX);
    for (uint32_t i = 0; i < actions->count; i++) {
        struct slice action = actions->items[i];
        if (is_one_of(action, owner_actions, ARRAY_COUNT(owner_actions)))
            return refuse(error, arena, "ActionName", "SQS:", action,
                          "Only the queue owner is allowed to invoke this action.");
        if (!is_one_of(action, granted_actions, ARRAY_COUNT(granted_actions)))
            return refuse(error, arena, "ActionName", "SQS:", action,
                          "Please refer to the appropriate WSDL for a list of valid actions. ");
    }
    return true;
}

/* One text alone, several as a list. */
static json_t *make_texts(const struct slice *texts, uint32_t count)
{
    if (count == 1)
        return json_text_string(texts[0]);
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(list, json_text_string(texts[i]));
    return list;
}

static json_t *make_statement(const struct policy_edit_grant *grant, struct arena *arena)
{
    struct slice accounts[POLICY_EDIT_ACCOUNTS_MAX], actions[POLICY_EDIT_ACTIONS_MAX];
    for (uint32_t i = 0; i < grant->accounts.count; i++)
        accounts[i] = arena_print(arena, "arn:%.*s:iam::%.*s:root", SLICE_PRINT(grant->partition),
                                  SLICE_PRINT(grant->accounts.items[i]));
    for (uint32_t i = 0; i < grant->actions.count; i++)
        actions[i] = arena_join(arena, SLICE("SQS:"), grant->actions.items[i]);
    json_t *principal = json_object();
    json_object_set_new(principal, "AWS", make_texts(accounts, grant->accounts.count));
    json_t *statement = json_object();
    json_object_set_new(statement, "Sid", json_text_string(grant->label));
    json_object_set_new(statement, "Effect", json_string("Allow"));
    json_object_set_new(statement, "Principal", principal);
    json_object_set_new(statement, "Action", make_texts(actions, grant->actions.count));
    json_object_set_new(statement, "Resource", json_text_string(grant->queue_arn));
    return statement;
}

static json_t *make_policy(const struct policy_edit_grant *grant, struct arena *arena)
{
    json_t *policy = json_object();
    json_object_set_new(policy, "Version", json_string(VERSION));
    json_object_set_new(
        policy, "Id",
        json_text_string(arena_join(arena, grant->queue_arn, SLICE("/SQSDefaultPolicy"))));
    json_object_set_new(policy, "Statement", json_array());
    return policy;
}

/* The stored document with Statement as a list. policy_edit_check let it pass once, so it is an object. */
static json_t *read_policy(struct slice text)
{
    json_t *policy = json_text_read(text, POLICY_STORED_BYTES_MAX);
    ASSERT(has_statements(policy));
    json_t *statement = json_object_get(policy, "Statement");
    if (json_is_object(statement)) {
        json_t *list = json_array();
        json_array_append(list, statement);
        json_object_set_new(policy, "Statement", list);
    }
    return policy;
}

static bool has_label(const json_t *statement, struct slice label)
{
    const json_t *sid = json_object_get(statement, "Sid");
    return json_is_string(sid) && slice_equal(json_text_slice(sid), label);
}

static bool append(json_t *policy, const struct policy_edit_grant *grant, struct arena *arena,
                   struct slice *ret_policy, struct api_error *error)
{
    size_t i;
    const json_t *statement;
    json_t *statements = json_object_get(policy, "Statement");
    json_array_foreach(statements, i, statement)
    {
        if (has_label(statement, grant->label))
            return refuse(error, arena, "Label", "", grant->label, "Already exists.");
    }
    json_array_append_new(statements, make_statement(grant, arena));
    if (json_array_size(statements) > POLICY_STATEMENTS_MAX)
        return api_fail_print(error, arena, API_ERROR_OVER_LIMIT,
                              "%zu Statements were found, maximum allowed is %u.",
                              json_array_size(statements), POLICY_STATEMENTS_MAX);
    struct slice text = json_text_write(arena, policy);
    if (text.bytes > POLICY_BYTES_MAX)
        return api_fail(error, API_ERROR_OVER_LIMIT,
                        SLICE("Submitted policy is over max allowed size."));
    *ret_policy = text;
    return true;
}

bool policy_edit_add(struct slice policy, const struct policy_edit_grant *grant,
                     struct arena *arena, struct slice *ret_policy, struct api_error *error)
{
    if (!check_label(grant->label, arena, error) ||
        !check_accounts(&grant->accounts, arena, error) ||
        !check_actions(&grant->actions, arena, error))
        return false;
    json_auto_t *document = policy.at == NULL ? make_policy(grant, arena) : read_policy(policy);
    return append(document, grant, arena, ret_policy, error);
}

/* ---- RemovePermission ---- */

bool policy_edit_remove(struct slice policy, struct slice label, struct arena *arena,
                        struct slice *ret_policy, struct api_error *error)
{
    if (label.bytes == 0)
        return api_fail_missing(error, arena, "Label");
    if (policy.at == NULL)
        return refuse(error, arena, "Label", "", label, "can't find label.");
    json_auto_t *document = read_policy(policy);
    json_t *statements = json_object_get(document, "Statement");
    size_t before = json_array_size(statements);
    for (size_t i = before; i-- > 0;)
        if (has_label(json_array_get(statements, i), label))
            json_array_remove(statements, i);
    if (json_array_size(statements) == before)
        return refuse(error, arena, "Label", "", label, "can't find label on existing policy.");
    *ret_policy = json_array_size(statements) == 0 ? SLICE_NONE : json_text_write(arena, document);
    return true;
}

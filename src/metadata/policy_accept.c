/* Which policies SetQueueAttributes and CreateQueue take: what would be stored and then never match is refused instead.
 * The form (members, kinds of JSON) has been checked by compiling the policy. */
#include "auth/condition.h"
#include "auth/policy.h"
#include "auth/wildcard.h"
#include "metadata/json_text.h"
#include "metadata/policy_edit.h"

#include "base/banned.h"

static const char default_version[] = "\"Version\":\"2008-10-17\",";

/* One statement, and for whom it is. */
struct statement {
    const json_t *object;
    struct slice account; /* the queue's */
    bool is_allow;
    bool is_foreign; /* somebody beyond the queue's account is meant */
};

/* A member that is one text or a list of texts. */
static size_t count_texts(const json_t *value)
{
    return json_is_array(value) ? json_array_size(value) : value != NULL ? 1 : 0;
}

static struct slice get_text(const json_t *value, size_t index)
{
    return json_text_slice(json_is_array(value) ? json_array_get(value, index) : value);
}

static bool has_wildcard(struct slice text)
{
    return slice_find(text, '*') < text.bytes || slice_find(text, '?') < text.bytes;
}

/* ---- principals ---- */

static bool is_account(struct slice text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return text.bytes == AUTH_ACCOUNT_BYTES;
}

/* "root", "user/path/name", "role/name", and of sts "assumed-role/role/session", "federated-user/name". */
static bool is_sender(struct slice service, struct slice who)
{
    static const struct {
        const char *service, *kind;
    } kinds[] = {
        {"iam", "user/"}, {"iam", "role/"}, {"sts", "assumed-role/"}, {"sts", "federated-user/"}};
    if (slice_is(service, "iam") && slice_is(who, "root"))
        return true;
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct slice kind = slice_from_text(kinds[i].kind);
        if (slice_is(service, kinds[i].service) && slice_starts_with(who, kind))
            return who.bytes > kind.bytes;
    }
    return false;
}

/* "*", an account, or the ARN of one sender: no wildcard may stand for a part of it. */
static bool check_aws_principal(struct statement *statement, struct slice name)
{
    struct slice rest = name, part, service, account = name;
    if (slice_is(name, "*")) {
        statement->is_foreign = true;
        return true;
    }
    if (has_wildcard(name))
        return false;
    if (!is_account(name)) {
        bool is_arn = slice_split(&rest, ':', &part) && slice_is(part, "arn") &&
                      slice_split(&rest, ':', &part) && part.bytes > 0 &&
                      slice_split(&rest, ':', &service) && slice_split(&rest, ':', &part) &&
                      part.bytes == 0 && slice_split(&rest, ':', &account);
        if (!is_arn || !is_account(account) || !is_sender(service, rest))
            return false;
    }
    if (!slice_equal(account, statement->account))
        statement->is_foreign = true;
    return true;
}

/* Services, identity providers and canonical users send no requests here; Amazon takes them. */
static bool check_other_principal(struct statement *statement, const char *kind, struct slice name)
{
    static const char *const kinds[] = {"Service", "Federated", "CanonicalUser"};
    statement->is_foreign = true;
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
        if (strcmp(kind, kinds[i]) == 0)
            return name.bytes > 0 && !has_wildcard(name);
    return false;
}

static bool check_principals(struct statement *statement)
{
    const char *kind;
    json_t *names;
    const json_t *value = json_object_get(statement->object, "Principal");
    if (value == NULL) {
        statement->is_foreign = true;
        if (statement->is_allow)
            return false; /* Allow with NotPrincipal */
        value = json_object_get(statement->object, "NotPrincipal");
    }
    if (json_is_string(value))
        return check_aws_principal(statement, json_text_slice(value));
    json_object_foreach((json_t *)(uintptr_t)value, kind, names)
    {
        for (size_t i = 0; i < count_texts(names); i++) {
            struct slice name = get_text(names, i);
            bool is_good = strcmp(kind, "AWS") == 0 ? check_aws_principal(statement, name)
                                                    : check_other_principal(statement, kind, name);
            if (!is_good)
                return false;
        }
    }
    return true;
}

/* ---- actions ---- */

/* Does a pattern mean an action that can be meant: one of SQS, and for an Allow to others one that is not the owner's
 * alone? Batches are allowed as their single form and have no name of their own. */
static bool is_action(struct slice pattern, bool only_grantable)
{
    for (unsigned i = 0; i < API_ACTIONS_COUNT; i++) {
        const struct api_action_info *info = api_action_info((enum api_action)i);
        if (wildcard_matches_nocase(pattern, slice_from_text(info->iam_action)) &&
            (info->is_cross_account || !only_grantable))
            return true;
    }
    return false;
}

static bool check_actions(const struct statement *statement, struct arena *arena,
                          struct api_error *error)
{
    const json_t *actions = json_object_get(statement->object, "Action");
    bool is_not = actions == NULL;
    if (is_not)
        actions = json_object_get(statement->object, "NotAction");
    size_t count = count_texts(actions);
    if (count > POLICY_EDIT_ACTIONS_MAX)
        return api_fail_print(
            error, arena, API_ERROR_OVER_LIMIT,
            "%zu actions were found in a statement from the submitted policy, max allowed is %u",
            count, POLICY_EDIT_ACTIONS_MAX);
    for (size_t i = 0; i < count; i++)
        if (!is_action(get_text(actions, i),
                       statement->is_allow && statement->is_foreign && !is_not))
            return policy_edit_refuse(error);
    return true;
}

/* ---- resources, conditions ---- */

/* A queue of another name is fine: one document is often given to several queues. */
static bool check_resources(const struct statement *statement)
{
    const json_t *resources = json_object_get(statement->object, "Resource");
    if (resources == NULL)
        resources = json_object_get(statement->object, "NotResource");
    for (size_t i = 0; i < count_texts(resources); i++) {
        struct slice text = get_text(resources, i);
        if (!slice_starts_with(text, SLICE("arn:")) && !has_wildcard(text))
            return false;
    }
    return resources != NULL;
}

static bool check_conditions(const struct statement *statement)
{
    const char *operator_name;
    json_t *keys;
    json_t *block = json_object_get(statement->object, "Condition");
    json_object_foreach(block, operator_name, keys)
    {
        if (!condition_is_operator(slice_from_text(operator_name)))
            return false;
    }
    return true;
}

/* ---- the document ---- */

static bool check_statement(const json_t *object, struct slice account, struct arena *arena,
                            struct api_error *error)
{
    struct statement statement = {
        .object = object,
        .account = account,
        .is_allow = strcmp(json_string_value(json_object_get(object, "Effect")), "Allow") == 0,
    };
    if (!check_principals(&statement))
        return policy_edit_refuse(error);
    if (!check_actions(&statement, arena, error))
        return false;
    if (!check_resources(&statement) || !check_conditions(&statement))
        return policy_edit_refuse(error);
    return true;
}

static bool check_statements(const json_t *document, struct slice account, struct arena *arena,
                             struct api_error *error)
{
    const json_t *statements = json_object_get(document, "Statement");
    if (json_is_object(statements))
        return check_statement(statements, account, arena, error);
    for (size_t i = 0; i < json_array_size(statements); i++)
        if (!check_statement(json_array_get(statements, i), account, arena, error))
            return false;
    return true;
}

/* The client's own text with the version of a policy that names none, as AWS shows it; the rest stays as it was
 * written. */
static struct slice add_version(struct slice policy, const json_t *document, struct arena *arena)
{
    if (json_object_get(document, "Version") != NULL)
        return policy;
    size_t inside = slice_find(policy, '{') + 1;
    struct slice head = slice_head(policy, inside);
    struct slice rest = slice_from(policy, inside);
    return arena_join(arena, arena_join(arena, head, slice_from_text(default_version)), rest);
}

bool policy_edit_accept(struct slice policy, struct slice account, struct arena *arena,
                        struct slice *ret_policy, struct api_error *error)
{
    if (policy.bytes > POLICY_BYTES_MAX)
        return api_fail(error, API_ERROR_OVER_LIMIT,
                        SLICE("Submitted policy is over max allowed size."));
    if (!policy_edit_check(policy, arena, error))
        return false;
    json_auto_t *document = json_text_read(policy, POLICY_BYTES_MAX);
    if (!check_statements(document, account, arena, error))
        return false;
    *ret_policy = add_version(policy, document, arena);
    return true;
}

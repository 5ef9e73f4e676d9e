/* From the JSON of a policy to tables, and from the tables to an answer. */
#include "auth/policy.h"

#include <jansson.h>

#include "auth/condition.h"
#include "auth/wildcard.h"

#include "base/banned.h"

/* One of an element and its opposite: Action and NotAction. */
struct policy_list {
    bool is_not;
    bool is_unknown; /* a policy variable stands in it */
    struct slice *items;
    uint32_t count;
};

struct policy_statement {
    bool is_deny;
    bool has_resources;
    struct policy_list
        principals; /* "*", account ids, ARNs; what cannot send requests here is left out */
    struct policy_list actions;
    struct policy_list resources;
    struct condition *conditions;
    uint32_t conditions_count;
};

struct policy {
    struct policy_statement *statements;
    uint32_t statements_count;
};

/* One compilation. */
struct compiler {
    struct arena *memory;
    bool has_variables; /* Version 2012-10-17: "${...}" is a policy variable */
    const char *why;
};

/* ---- compiling ---- */

static bool fail(struct compiler *compiler, const char *why)
{
    compiler->why = why;
    return false;
}

static struct slice copy_text(struct compiler *compiler, const json_t *string)
{
    return arena_copy(compiler->memory,
                      slice_of(json_string_value(string), json_string_length(string)));
}

/* A value of a Condition may be a boolean or a number as well; it counts as its text. */
static bool copy_item(struct compiler *compiler, const json_t *value, bool in_condition,
                      struct slice *ret_text)
{
    if (json_is_string(value))
        *ret_text = copy_text(compiler, value);
    else if (in_condition && json_is_boolean(value))
        *ret_text = json_is_true(value) ? SLICE("true") : SLICE("false");
    else if (in_condition && json_is_integer(value))
        *ret_text =
            arena_print(compiler->memory, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else
        return false;
    return true;
}

/* One item or a list of them, at least one. */
static bool compile_items(struct compiler *compiler, const json_t *value, bool in_condition,
                          struct slice **ret_items, uint32_t *ret_count)
{
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    if (count == 0)
        return false;
    struct slice *items = ARENA_NEW_MANY(compiler->memory, struct slice, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_is_array(value) ? json_array_get(value, i) : value;
        if (!copy_item(compiler, item, in_condition, &items[i]))
            return false;
    }
    *ret_items = items;
    *ret_count = (uint32_t)count;
    return true;
}

/* The one of the two members that there is, or NULL. *ret_both: there are both. */
static const json_t *pick(const json_t *statement, const char *name, const char *not_name,
                          bool *ret_is_not, bool *ret_both)
{
    const json_t *value = json_object_get(statement, name);
    const json_t *not_value = json_object_get(statement, not_name);
    *ret_both = value != NULL && not_value != NULL;
    *ret_is_not = not_value != NULL;
    return value != NULL ? value : not_value;
}

static bool compile_actions(struct compiler *compiler, const json_t *statement,
                            struct policy_list *list)
{
    bool has_both;
    const json_t *value = pick(statement, "Action", "NotAction", &list->is_not, &has_both);
    if (value == NULL || has_both)
        return fail(compiler, "a statement needs Action or NotAction");
    if (!compile_items(compiler, value, false, &list->items, &list->count))
        return fail(compiler, "Action must be a text or a list of texts");
    return true;
}

static bool compile_resources(struct compiler *compiler, const json_t *statement,
                              struct policy_statement *compiled)
{
    bool has_both;
    struct policy_list *list = &compiled->resources;
    const json_t *value = pick(statement, "Resource", "NotResource", &list->is_not, &has_both);
    compiled->has_resources = value != NULL;
    if (value == NULL)
        return true;
    if (has_both)
        return fail(compiler, "a statement has both Resource and NotResource");
    if (!compile_items(compiler, value, false, &list->items, &list->count))
        return fail(compiler, "Resource must be a text or a list of texts");
    for (uint32_t i = 0; i < list->count && compiler->has_variables; i++)
        if (memmem(list->items[i].at, list->items[i].bytes, "${", 2) != NULL)
            list->is_unknown = true;
    return true;
}

/* "*", or an object by kind of principal, of which only AWS names senders of requests. */
static bool compile_principals(struct compiler *compiler, const json_t *statement,
                               struct policy_list *list)
{
    bool has_both;
    const char *kind;
    json_t *names;
    const json_t *value = pick(statement, "Principal", "NotPrincipal", &list->is_not, &has_both);
    if (value == NULL || has_both)
        return fail(compiler, "a statement needs Principal or NotPrincipal");
    if (json_is_string(value)) {
        if (strcmp(json_string_value(value), "*") != 0)
            return fail(compiler, "Principal must be \"*\" or an object");
        return compile_items(compiler, value, false, &list->items, &list->count);
    }
    if (!json_is_object(value) || json_object_size(value) == 0)
        return fail(compiler, "Principal must be \"*\" or an object");
    json_object_foreach((json_t *)(uintptr_t)value, kind, names)
    {
        struct policy_list ignored;
        bool is_sender = strcmp(kind, "AWS") == 0;
        struct policy_list *place = is_sender ? list : &ignored;
        if (!compile_items(compiler, names, false, &place->items, &place->count))
            return fail(compiler, "Principal must name texts or lists of texts");
    }
    return true;
}

static uint32_t count_conditions(const json_t *block)
{
    uint32_t count = 0;
    const char *name;
    json_t *keys;
    json_object_foreach((json_t *)(uintptr_t)block, name, keys)
    {
        count += (uint32_t)json_object_size(keys); /* 0 when it is no object */
    }
    return count;
}

static bool compile_operator(struct compiler *compiler, struct slice operator_name,
                             const json_t *members, struct policy_statement *compiled)
{
    const char *key;
    json_t *value;
    if (!json_is_object(members) || json_object_size(members) == 0)
        return fail(compiler, "an operator of Condition must be an object");
    json_object_foreach((json_t *)(uintptr_t)members, key, value)
    {
        struct slice *values;
        uint32_t values_count;
        if (!compile_items(compiler, value, true, &values, &values_count))
            return fail(compiler, "a key of Condition must have a value or a list of values");
        condition_compile(operator_name, slice_from_text(key), values, values_count,
                          compiler->has_variables, compiler->memory,
                          &compiled->conditions[compiled->conditions_count++]);
    }
    return true;
}

static bool compile_conditions(struct compiler *compiler, const json_t *statement,
                               struct policy_statement *compiled)
{
    const json_t *block = json_object_get(statement, "Condition");
    const char *name;
    json_t *members;
    if (block == NULL)
        return true;
    if (!json_is_object(block))
        return fail(compiler, "Condition must be an object");
    compiled->conditions =
        ARENA_NEW_MANY(compiler->memory, struct condition, count_conditions(block));
    json_object_foreach((json_t *)(uintptr_t)block, name, members)
    {
        if (!compile_operator(compiler, slice_from_text(name), members, compiled))
            return false;
    }
    return true;
}

static bool has_only(const json_t *object, const char *const *names, size_t names_count)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        size_t i = 0;
        while (i < names_count && strcmp(name, names[i]) != 0)
            i++;
        if (i == names_count)
            return false;
    }
    return true;
}

static bool compile_statement(struct compiler *compiler, const json_t *statement,
                              struct policy_statement *compiled)
{
    static const char *const names[] = {"Sid",          "Effect",      "Principal",
                                        "NotPrincipal", "Action",      "NotAction",
                                        "Resource",     "NotResource", "Condition"};
    if (!json_is_object(statement) || !has_only(statement, names, ARRAY_COUNT(names)))
        return fail(compiler, "a statement must be an object of known members");
    const json_t *sid = json_object_get(statement, "Sid");
    if (sid != NULL && !json_is_string(sid))
        return fail(compiler, "Sid must be a text");
    const char *effect = json_string_value(json_object_get(statement, "Effect"));
    if (effect == NULL || (strcmp(effect, "Allow") != 0 && strcmp(effect, "Deny") != 0))
        return fail(compiler, "Effect must be Allow or Deny");
    compiled->is_deny = strcmp(effect, "Deny") == 0;
    return compile_principals(compiler, statement, &compiled->principals) &&
           compile_actions(compiler, statement, &compiled->actions) &&
           compile_resources(compiler, statement, compiled) &&
           compile_conditions(compiler, statement, compiled);
}

static bool compile_version(struct compiler *compiler, const json_t *document)
{
    const json_t *version = json_object_get(document, "Version");
    const char *text = json_string_value(version);
    if (version == NULL)
        return true;
    if (text == NULL || (strcmp(text, "2008-10-17") != 0 && strcmp(text, "2012-10-17") != 0))
        return fail(compiler, "Version must be 2008-10-17 or 2012-10-17");
    compiler->has_variables = strcmp(text, "2012-10-17") == 0;
    return true;
}

static bool compile_document(struct compiler *compiler, const json_t *document,
                             struct policy *compiled)
{
    static const char *const names[] = {"Version", "Id", "Statement"};
    const json_t *statements = json_object_get(document, "Statement");
    if (!json_is_object(document) || !has_only(document, names, ARRAY_COUNT(names)))
        return fail(compiler, "a policy must be an object of known members");
    if (!compile_version(compiler, document))
        return false;
    size_t count = json_is_array(statements) ? json_array_size(statements) : 1;
    if (statements == NULL || count == 0)
        return fail(compiler, "a policy needs a Statement");
    compiled->statements = ARENA_NEW_MANY(compiler->memory, struct policy_statement, count);
    compiled->statements_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        const json_t *statement =
            json_is_array(statements) ? json_array_get(statements, i) : statements;
        if (!compile_statement(compiler, statement, &compiled->statements[i]))
            return false;
    }
    return true;
}

enum err policy_compile(struct slice text, struct arena *memory, const struct policy **ret_policy,
                        const char **ret_why)
{
    struct compiler compiler = {.memory = memory};
    if (text.bytes > POLICY_STORED_BYTES_MAX) {
        *ret_why = "the policy is too long";
        return ERR_FULL;
    }
    json_t *document = json_loadb((const char *)text.at, text.bytes, JSON_REJECT_DUPLICATES, NULL);
    if (document == NULL) {
        *ret_why = "the policy is not valid JSON, or names a member twice";
        return ERR_INVALID;
    }
    struct policy *policy = ARENA_NEW(memory, struct policy);
    bool is_compiled = compile_document(&compiler, document, policy);
    json_decref(document);
    if (!is_compiled) {
        *ret_why = compiler.why;
        return ERR_INVALID;
    }
    *ret_policy = policy;
    return ERR_OK;
}

uint32_t policy_statements_count(const struct policy *policy)
{
    return policy->statements_count;
}

/* ---- evaluating ---- */

/* "arn:<partition>:iam::<account>:root"? */
static bool is_root_of(struct slice arn, struct slice account)
{
    static const char *const fixed[] = {"arn", NULL, "iam", ""};
    struct slice part;
    for (size_t i = 0; i < ARRAY_COUNT(fixed); i++)
        if (!slice_split(&arn, ':', &part) || (fixed[i] != NULL && !slice_is(part, fixed[i])))
            return false;
    return slice_split(&arn, ':', &part) && slice_equal(part, account) && slice_is(arn, "root");
}

static bool is_principal(struct slice name, const struct auth_identity *identity)
{
    if (identity->is_anonymous)
        return slice_is(name, "*");
    return slice_is(name, "*") || slice_equal(name, identity->account) ||
           slice_equal(name, identity->principal_arn) || is_root_of(name, identity->account);
}

static bool principals_match(const struct policy_list *list, const struct auth_identity *identity)
{
    bool is_named = false;
    for (uint32_t i = 0; i < list->count && !is_named; i++)
        is_named = is_principal(list->items[i], identity);
    return is_named != list->is_not;
}

static bool actions_match(const struct policy_list *list, struct slice action)
{
    bool is_named = false;
    for (uint32_t i = 0; i < list->count && !is_named; i++)
        is_named = wildcard_matches_nocase(list->items[i], action);
    return is_named != list->is_not;
}

static bool resources_match(const struct policy_statement *statement, struct slice arn)
{
    const struct policy_list *list = &statement->resources;
    bool is_named = false;
    if (!statement->has_resources)
        return true;
    if (list->is_unknown)
        return statement->is_deny;
    for (uint32_t i = 0; i < list->count && !is_named; i++)
        is_named = wildcard_matches(list->items[i], arn);
    return is_named != list->is_not;
}

/* All must hold; what cannot be said holds against the sender. */
static bool conditions_hold(const struct policy_statement *statement,
                            const struct policy_question *question)
{
    for (uint32_t i = 0; i < statement->conditions_count; i++) {
        enum condition_answer answer = condition_evaluate(&statement->conditions[i], question);
        bool holds = answer == CONDITION_UNKNOWN ? statement->is_deny : answer == CONDITION_HOLDS;
        if (!holds)
            return false;
    }
    return true;
}

static bool statement_matches(const struct policy_statement *statement,
                              const struct policy_question *question)
{
    return principals_match(&statement->principals, question->identity) &&
           actions_match(&statement->actions, question->action) &&
           resources_match(statement, question->resource_arn) &&
           conditions_hold(statement, question);
}

enum policy_answer policy_evaluate(const struct policy *policy,
                                   const struct policy_question *question)
{
    enum policy_answer answer = POLICY_NO_MATCH;
    for (uint32_t i = 0; policy != NULL && i < policy->statements_count; i++) {
        const struct policy_statement *statement = &policy->statements[i];
        if (!statement_matches(statement, question))
            continue;
        if (statement->is_deny)
            return POLICY_EXPLICIT_DENY;
        answer = POLICY_ALLOW;
    }
    return answer;
}

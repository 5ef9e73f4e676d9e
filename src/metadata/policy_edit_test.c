#include <stdio.h>

#include "auth/policy.h"
#include "metadata/policy_edit.h"
#include "testkit/testkit.h"

#define ARN  "arn:aws:sqs:us-east-1:000000000000:q"
#define HEAD "{\"Version\":\"2008-10-17\",\"Id\":\"" ARN "/SQSDefaultPolicy\",\"Statement\":["
#define ONE                                                                                             \
    "{\"Sid\":\"one\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111111111111:root\"}," \
    "\"Action\":\"SQS:ReceiveMessage\",\"Resource\":\"" ARN "\"}"
#define TWO                                                                                               \
    "{\"Sid\":\"two\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"arn:aws:iam::111111111111:root\","   \
    "\"arn:aws:iam::222222222222:root\"]},\"Action\":[\"SQS:SendMessage\",\"SQS:*\"],\"Resource\":\"" ARN \
    "\"}"

static struct arena arena;

static void setup(void)
{
    arena_init(&arena);
}

static void teardown(void)
{
    arena_done(&arena);
}

static struct api_string_list make_list(const char *text)
{
    struct api_string_list list = {ARENA_NEW_MANY(&arena, struct slice, 64), 0};
    struct slice rest = slice_from_text(text), part;
    while (*text != '\0' && slice_split(&rest, ',', &part))
        list.items[list.count++] = part;
    return list;
}

static bool add(struct slice *policy, const char *label, const char *accounts, const char *actions,
                struct api_error *error)
{
    struct policy_edit_grant grant = {
        .label = label != NULL ? slice_from_text(label) : SLICE_NONE,
        .accounts = make_list(accounts),
        .actions = make_list(actions),
        .partition = SLICE("aws"),
        .queue_arn = SLICE(ARN),
    };
    *error = (struct api_error){0};
    return policy_edit_add(*policy, &grant, &arena, policy, error);
}

START_TEST(permissions_come_and_go_in_the_recorded_form)
{
    struct slice policy = SLICE_NONE;
    struct api_error error;
    ck_assert(add(&policy, "one", "111111111111", "ReceiveMessage", &error));
    testkit_slice_eq(policy, HEAD ONE "]}");
    ck_assert(add(&policy, "two", "111111111111,222222222222", "SendMessage,*", &error));
    testkit_slice_eq(policy, HEAD ONE "," TWO "]}");
    ck_assert(policy_edit_check(policy, &arena, &error));
    ck_assert(policy_edit_remove(policy, SLICE("one"), &arena, &policy, &error));
    testkit_slice_eq(policy, HEAD TWO "]}");
    ck_assert(policy_edit_remove(policy, SLICE("two"), &arena, &policy, &error));
    ck_assert_ptr_null(policy.at);
}
END_TEST

START_TEST(a_users_own_policy_keeps_its_head)
{
    struct slice policy =
        SLICE("{\"Version\":\"2012-10-17\",\"Id\":\"mine\",\"Statement\":{\"Sid\":\"s\",\"Effect\":"
              "\"Deny\",\"Principal\":\"*\",\"Action\":\"sqs:*\"}}");
    struct api_error error;
    ck_assert(add(&policy, "one", "111111111111", "ReceiveMessage", &error));
    testkit_slice_eq(
        policy,
        "{\"Version\":\"2012-10-17\",\"Id\":\"mine\",\"Statement\":[{\"Sid\":\"s\",\"Effect\":"
        "\"Deny\",\"Principal\":\"*\",\"Action\":\"sqs:*\"}," ONE "]}");
    ck_assert(policy_edit_remove(policy, SLICE("s"), &arena, &policy, &error));
    testkit_slice_eq(policy,
                     "{\"Version\":\"2012-10-17\",\"Id\":\"mine\",\"Statement\":[" ONE "]}");
}
END_TEST

#define BIG_LABEL \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901"

START_TEST(each_wrong_grant_has_its_code_and_text)
{
    static const struct {
        const char *label, *accounts, *actions, *code, *text;
    } rows[] = {
        {NULL, "", "", "MissingParameter", "The request must contain the parameter Label."},
        {"", "1", "x", "MissingParameter", "The request must contain the parameter Label."},
        {"a b", "1", "x", "InvalidParameterValue",
         "Value a b for parameter Label is invalid. Reason: Can only include alphanumeric characters, hyphens, or "
         "underscores. 1 to 80 in length"},
        {BIG_LABEL, "1", "x", "InvalidParameterValue",
         "Value " BIG_LABEL
         " for parameter Label is invalid. Reason: Can only include alphanumeric characters, "
         "hyphens, or underscores. 1 to 80 in length"},
        {"a", "", "SendMessage", "InvalidParameterValue",
         "Value [] for parameter PrincipalId is invalid. Reason: Unable to verify."},
        {"a", "11111111111", "SendMessage", "InvalidParameterValue",
         "Value [11111111111] for parameter PrincipalId is invalid. Reason: Unable to verify."},
        {"a", "111111111111,*", "SendMessage", "InvalidParameterValue",
         "Value [*] for parameter PrincipalId is invalid. Reason: Unable to verify."},
        {"a", "111111111111", "", "MissingParameter",
         "The request must contain the parameter Actions."},
        {"a", "111111111111", "SendMessage,SendMessageBatch", "InvalidParameterValue",
         "Value SQS:SendMessageBatch for parameter ActionName is invalid. Reason: Please refer to the appropriate "
         "WSDL for a list of valid actions. "},
        {"a", "111111111111", "Nonsense", "InvalidParameterValue",
         "Value SQS:Nonsense for parameter ActionName is invalid. Reason: Please refer to the appropriate WSDL for a "
         "list of valid actions. "},
        {"a", "111111111111", "DeleteQueue", "InvalidParameterValue",
         "Value SQS:DeleteQueue for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke "
         "this action."},
        {"a", "111111111111", "*,*,*,*,*,*,*,*", "OverLimit",
         "8 Actions were found, maximum allowed is 7."},
        {"one", "111111111111", "ReceiveMessage", "InvalidParameterValue",
         "Value one for parameter Label is invalid. Reason: Already exists."},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice policy = SLICE(HEAD ONE "]}");
        struct api_error error;
        ck_assert(!add(&policy, rows[i].label, rows[i].accounts, rows[i].actions, &error));
        ck_assert_str_eq(error.row->query_code, rows[i].code);
        testkit_slice_eq(error.message, rows[i].text);
        testkit_slice_eq(policy, HEAD ONE "]}");
    }
}
END_TEST

START_TEST(twenty_statements_are_the_most)
{
    struct slice policy = SLICE_NONE;
    struct api_error error;
    for (unsigned i = 0; i < 20; i++) {
        char label[8];
        snprintf(label, sizeof(label), "l%u", i);
        ck_assert(add(&policy, label, "111111111111", "SendMessage", &error));
    }
    ck_assert(policy_edit_check(policy, &arena, &error));
    ck_assert(!add(&policy, "more", "111111111111", "SendMessage", &error));
    ck_assert_str_eq(error.row->json_name, "OverLimit");
    testkit_slice_eq(error.message, "21 Statements were found, maximum allowed is 20.");
}
END_TEST

START_TEST(removing_tells_whether_there_is_a_policy_at_all)
{
    static const struct {
        const char *policy, *label, *text;
    } rows[] = {
        {NULL, "x", "Value x for parameter Label is invalid. Reason: can't find label."},
        {HEAD ONE "]}", "x",
         "Value x for parameter Label is invalid. Reason: can't find label on existing policy."},
        {HEAD ONE "]}", "", "The request must contain the parameter Label."},
        {NULL, NULL, "The request must contain the parameter Label."},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice policy = rows[i].policy != NULL ? slice_from_text(rows[i].policy) : SLICE_NONE;
        struct slice label = rows[i].label != NULL ? slice_from_text(rows[i].label) : SLICE_NONE;
        struct api_error error = {0};
        ck_assert(!policy_edit_remove(policy, label, &arena, &policy, &error));
        testkit_slice_eq(error.message, rows[i].text);
    }
}
END_TEST

#define OWN "111111111111"

#define STATEMENT \
    "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sqs:SendMessage\",\"Resource\":\"*\"}"
#define FIVE STATEMENT "," STATEMENT "," STATEMENT "," STATEMENT "," STATEMENT

START_TEST(the_attribute_takes_policies_only)
{
    static const struct {
        const char *policy;
        const char *text; /* NULL: fine */
    } rows[] = {
        {"{\"Statement\":[" STATEMENT "]}", NULL},
        {"{\"Version\":\"2012-10-17\",\"Statement\":" STATEMENT "}", NULL},
        {"{\"Statement\":[" FIVE "," FIVE "," FIVE "," FIVE "]}", NULL},
        {"{\"Statement\":[" FIVE "," FIVE "," FIVE "," FIVE "," STATEMENT "," STATEMENT "]}",
         "22 statements were found in the submitted policy, max allowed is 20"},
        {"x", "Invalid value for the parameter Policy."},
        {"[]", "Invalid value for the parameter Policy."},
        {"{}", "Invalid value for the parameter Policy."},
        {"{\"hello\":\"world\"}", "Invalid value for the parameter Policy."},
        {"{\"Statement\":1}", "Invalid value for the parameter Policy."},
        {"{\"Statement\":[1]}", "Invalid value for the parameter Policy."},
        {"{\"Statement\":[{\"Effect\":\"Maybe\",\"Principal\":\"*\",\"Action\":\"sqs:*\"}]}",
         "Invalid value for the parameter Policy."},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct api_error error = {0};
        struct slice kept;
        bool ok =
            policy_edit_accept(slice_from_text(rows[i].policy), SLICE(OWN), &arena, &kept, &error);
        ck_assert_msg(ok == (rows[i].text == NULL), "%s", rows[i].policy);
        if (!ok)
            testkit_slice_eq(error.message, rows[i].text);
    }
    struct api_error error = {0};
    struct slice big = arena_print(&arena, "{\"Id\":\"%08200d\",\"Statement\":[]}", 1);
    ck_assert(!policy_edit_check(big, &arena, &error));
    testkit_slice_eq(error.message, "Invalid value for the parameter Policy.");
}
END_TEST

/* ' for ". */
static struct slice quoted(const char *text)
{
    struct slice copy = arena_copy(&arena, slice_from_text(text));
    for (size_t i = 0; i < copy.bytes; i++)
        if (copy.at[i] == '\'')
            ((uint8_t *)(uintptr_t)copy.at)[i] = '"';
    return copy;
}

#define ONE_OF(effect, principal, action) \
    "{'Statement':{'Effect':'" effect "'," principal "," action ",'Resource':'" ARN "'}}"
#define ALLOW(principal) ONE_OF("Allow", "'Principal':" principal, "'Action':'sqs:SendMessage'")
#define MAY(account, action) \
    ONE_OF("Allow", "'Principal':{'AWS':'" account "'}", "'Action':" action)
#define WITH(more) \
    "{'Statement':{'Effect':'Allow','Principal':'*','Action':'sqs:SendMessage'" more "}}"
#define IF(condition) WITH(",'Resource':'*','Condition':{" condition "}")

START_TEST(what_would_never_match_is_refused)
{
    static const struct {
        bool is_good;
        const char *policy;
    } rows[] = {
        {true, ALLOW("'*'")},
        {true, ALLOW("{'AWS':'*'}")},
        {true, ALLOW("{'AWS':'222222222222'}")},
        {true, ALLOW("{'AWS':['arn:aws:iam::222222222222:root','111111111111']}")},
        {true, ALLOW("{'AWS':'arn:aws-cn:iam::222222222222:user/division/bob'}")},
        {true, ALLOW("{'AWS':'arn:aws:iam::222222222222:role/r'}")},
        {true, ALLOW("{'AWS':'arn:aws:sts::222222222222:assumed-role/r/s'}")},
        {true, ALLOW("{'AWS':'arn:aws:sts::222222222222:federated-user/bob'}")},
        {true, ALLOW("{'Service':'sns.amazonaws.com'}")},
        {true, ALLOW("{'Service':['sns.amazonaws.com','events.amazonaws.com'],'AWS':'*'}")},
        {false, ALLOW("{'AWS':'arn:aws:iam::222222222222:user/*'}")},
        {false, ALLOW("{'AWS':'arn:aws:iam::222222222222:user/bo?'}")},
        {false, ALLOW("{'AWS':'arn:aws:iam::*:root'}")},
        {false, ALLOW("{'AWS':'222*'}")},
        {false, ALLOW("{'AWS':['*','222*']}")},
        {false, ALLOW("{'AWS':'22222222222'}")},
        {false, ALLOW("{'AWS':'bob'}")},
        {false, ALLOW("{'AWS':'AIDABOB'}")},
        {false, ALLOW("{'AWS':''}")},
        {false, ALLOW("{'AWS':'arn'}")},
        {false, ALLOW("{'AWS':'arn:aws:iam::222222222222:user/'}")},
        {false, ALLOW("{'AWS':'arn:aws:iam::222222222222:group/g'}")},
        {false, ALLOW("{'AWS':'arn:aws:sts::222222222222:root'}")},
        {false, ALLOW("{'AWS':'arn:aws:iam:us-east-1:222222222222:root'}")},
        {false, ALLOW("{'AWS':'arn:aws:sqs::222222222222:q'}")},
        {false, ALLOW("{'Service':'*'}")},
        {false, ALLOW("{'Service':'s*.amazonaws.com'}")},
        {false, ALLOW("{'Nonsense':'x'}")},
        {false, ONE_OF("Allow", "'NotPrincipal':{'AWS':'222222222222'}", "'Action':'sqs:*'")},
        {true, ONE_OF("Deny", "'NotPrincipal':{'AWS':'222222222222'}", "'Action':'sqs:*'")},
        {false, ONE_OF("Deny", "'NotPrincipal':{'AWS':'222*'}", "'Action':'sqs:*'")},
        {false, ONE_OF("Deny", "'Principal':{'AWS':'222*'}", "'Action':'sqs:*'")},
        {true, MAY("222222222222", "'*'")},
        {true, MAY("222222222222", "'SQS:*'")},
        {true, MAY("222222222222", "'sqs:Send*'")},
        {true, MAY("222222222222", "['sqs:sendmessage','SQS:GetQueueUrl']")},
        {false, MAY("222222222222", "'SendMessage'")},
        {false, MAY("222222222222", "'sns:Publish'")},
        {false, MAY("222222222222", "'sqs:Nonsense'")},
        {false, MAY("222222222222", "'sqs:SendMessageBatch'")},
        {false, MAY("222222222222", "'sqs:'")},
        {false, MAY("222222222222", "['sqs:SendMessage','sqs:X*']")},
        {false, MAY("222222222222", "'sqs:ListQueues'")},
        {false, MAY("222222222222", "['sqs:SendMessage','SQS:SetQueueAttributes']")},
        {false, MAY("222222222222", "'sqs:*MessageMoveTask'")},
        {false, MAY("arn:aws:iam::222222222222:user/bob", "'sqs:DeleteQueue'")},
        {false, MAY("*", "'sqs:DeleteQueue'")},
        {true, MAY("111111111111", "'sqs:ListQueues'")},
        {true,
         MAY("arn:aws:iam::111111111111:user/ann", "['sqs:SetQueueAttributes','sqs:TagQueue']")},
        {false, ONE_OF("Allow", "'Principal':{'AWS':['111111111111','222222222222']}",
                       "'Action':'sqs:TagQueue'")},
        {true, ONE_OF("Deny", "'Principal':'*'", "'Action':'sqs:DeleteQueue'")},
        {true, ONE_OF("Allow", "'Principal':'*'", "'NotAction':'sqs:DeleteQueue'")},
        {false, ONE_OF("Allow", "'Principal':'*'", "'NotAction':'DeleteQueue'")},
        {false, WITH("")},
        {false, WITH(",'Resource':'q'")},
        {false, WITH(",'Resource':['*','q']")},
        {true, WITH(",'Resource':'arn:aws:sqs:*:*:other'")},
        {true, WITH(",'NotResource':'arn:aws:sqs:*:*:other'")},
        {true, IF("'StringEquals':{'aws:SourceAccount':'1'}")},
        {true, IF("'ForAnyValue:StringLikeIfExists':{'aws:PrincipalOrgPaths':'o/*'}")},
        {true, IF("'BinaryEquals':{'key':'AA=='}")},
        {false, IF("'StringEqualz':{'aws:SourceAccount':'1'}")},
        {false, IF("'NullIfExists':{'aws:SourceAccount':'true'}")},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct api_error error = {0};
        struct slice kept;
        bool ok = policy_edit_accept(quoted(rows[i].policy), SLICE(OWN), &arena, &kept, &error);
        ck_assert_msg(ok == rows[i].is_good, "%s", rows[i].policy);
        if (!ok)
            testkit_slice_eq(error.message, "Invalid value for the parameter Policy.");
        ck_assert(policy_edit_check(quoted(rows[i].policy), &arena, &error)); /* in the store */
    }
}
END_TEST

START_TEST(too_much_is_over_a_limit)
{
    struct api_error error = {0};
    struct slice kept, policy;
    policy = quoted(MAY("222222222222", "['*','*','*','*','*','*','*','*']"));
    ck_assert(!policy_edit_accept(policy, SLICE(OWN), &arena, &kept, &error));
    ck_assert_str_eq(error.row->json_name, "OverLimit");
    testkit_slice_eq(error.message,
                     "8 actions were found in a statement from the submitted policy, "
                     "max allowed is 7");
    policy = quoted(MAY("222222222222", "['*','*','*','*','*','*','*']"));
    ck_assert(policy_edit_accept(policy, SLICE(OWN), &arena, &kept, &error));
    uint8_t *big = arena_take(&arena, POLICY_BYTES_MAX + 1);
    memset(big, ' ', POLICY_BYTES_MAX + 1);
    memcpy(big, policy.at, policy.bytes);
    ck_assert(
        policy_edit_accept(slice_of(big, POLICY_BYTES_MAX), SLICE(OWN), &arena, &kept, &error));
    ck_assert_uint_gt(kept.bytes,
                      POLICY_BYTES_MAX); /* with its version, and it can be read again */
    ck_assert(policy_edit_check(kept, &arena, &error));
    ck_assert(!policy_edit_accept(slice_of(big, POLICY_BYTES_MAX + 1), SLICE(OWN), &arena, &kept,
                                  &error));
    ck_assert_str_eq(error.row->json_name, "OverLimit");
    testkit_slice_eq(error.message, "Submitted policy is over max allowed size.");
}
END_TEST

START_TEST(a_version_is_added_and_nothing_else)
{
    struct api_error error = {0};
    struct slice kept;
    ck_assert(policy_edit_accept(quoted(" { 'Statement':["
                                        "{'Effect':'Allow','Principal':'*',"
                                        "'Action':'sqs:*','Resource':'*'}]}"),
                                 SLICE(OWN), &arena, &kept, &error));
    testkit_slice_eq(kept, " {\"Version\":\"2008-10-17\", \"Statement\":[{\"Effect\":\"Allow\","
                           "\"Principal\":\"*\",\"Action\":\"sqs:*\",\"Resource\":\"*\"}]}");
    struct slice again = kept;
    ck_assert(policy_edit_accept(again, SLICE(OWN), &arena, &kept, &error));
    ck_assert(slice_equal(kept, again));
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, permissions_come_and_go_in_the_recorded_form);
    tcase_add_test(tests, a_users_own_policy_keeps_its_head);
    tcase_add_test(tests, each_wrong_grant_has_its_code_and_text);
    tcase_add_test(tests, twenty_statements_are_the_most);
    tcase_add_test(tests, removing_tells_whether_there_is_a_policy_at_all);
    tcase_add_test(tests, the_attribute_takes_policies_only);
    tcase_add_test(tests, what_would_never_match_is_refused);
    tcase_add_test(tests, too_much_is_over_a_limit);
    tcase_add_test(tests, a_version_is_added_and_nothing_else);
}

int main(void)
{
    return testkit_run("policy_edit", fill);
}

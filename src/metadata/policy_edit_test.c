#include <stdio.h>

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

#define STATEMENT "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sqs:SendMessage\"}"
#define FIVE      STATEMENT "," STATEMENT "," STATEMENT "," STATEMENT "," STATEMENT

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
        bool ok = policy_edit_check(slice_from_text(rows[i].policy), &arena, &error);
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

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, permissions_come_and_go_in_the_recorded_form);
    tcase_add_test(tests, a_users_own_policy_keeps_its_head);
    tcase_add_test(tests, each_wrong_grant_has_its_code_and_text);
    tcase_add_test(tests, twenty_statements_are_the_most);
    tcase_add_test(tests, removing_tells_whether_there_is_a_policy_at_all);
    tcase_add_test(tests, the_attribute_takes_policies_only);
}

int main(void)
{
    return testkit_run("policy_edit", fill);
}

#include "metadata/redrive.h"
#include "testkit/testkit.h"

#define ARN "arn:aws:sqs:us-east-1:000000000000:dlq"

static struct arena arena;

static void setup(void)
{
    arena_init(&arena);
}

static void teardown(void)
{
    arena_done(&arena);
}

START_TEST(a_redrive_policy_has_one_form_or_the_text_of_its_fault)
{
    static const struct {
        const char *sent;
        const char *reason; /* NULL: fine */
        const char *form;
    } rows[] = {
        {"{\"deadLetterTargetArn\":\"" ARN "\",\"maxReceiveCount\":1}", NULL,
         "{\"deadLetterTargetArn\":\"" ARN "\",\"maxReceiveCount\":1}"},
        {" { \"maxReceiveCount\" : \"1000\", \"deadLetterTargetArn\": \"" ARN "\" } ", NULL,
         "{\"deadLetterTargetArn\":\"" ARN "\",\"maxReceiveCount\":1000}"},
        {"{}", "Redrive policy does not contain mandatory attribute: maxReceiveCount.", NULL},
        {"{\"x\":1}", "Redrive policy does not contain mandatory attribute: maxReceiveCount.",
         NULL},
        {"{\"maxReceiveCount\":\"x\"}",
         "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.", NULL},
        {"{\"deadLetterTargetArn\":\"dummy\",\"maxReceiveCount\":0}",
         "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.",
         NULL},
        {"{\"deadLetterTargetArn\":\"dummy\",\"maxReceiveCount\":1001}",
         "Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive.",
         NULL},
        {"{\"deadLetterTargetArn\":\"dummy\",\"maxReceiveCount\":\"a\"}",
         "Invalid value for maxReceiveCount: a, valid values are from 1 to 1000 both inclusive.",
         NULL},
        {"{\"deadLetterTargetArn\":\"dummy\",\"maxReceiveCount\":true}",
         "Invalid value for maxReceiveCount: true, valid values are from 1 to 1000 both inclusive.",
         NULL},
        {"{\"deadLetterTargetArn\":\"dummy\",\"maxReceiveCount\":1.5}",
         "Invalid value for maxReceiveCount: 1.5, valid values are from 1 to 1000 both inclusive.",
         NULL},
        {"{\"deadLetterTargetArn\":\"dummy\",\"maxReceiveCount\":null}",
         "Invalid value for maxReceiveCount: null, valid values are from 1 to 1000 both inclusive.",
         NULL},
        {"{\"deadLetterTargetArn\":\"dummy\",\"maxReceiveCount\":1,\"x\":1}",
         "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].", NULL},
        {"{\"deadLetterTargetArn\":\"dummy\",\"maxReceiveCount\":1}",
         "Invalid value for deadLetterTargetArn.", NULL},
        {"{\"deadLetterTargetArn\":\"\",\"maxReceiveCount\":1}",
         "Invalid value for deadLetterTargetArn.", NULL},
        {"{\"deadLetterTargetArn\":5,\"maxReceiveCount\":1}",
         "Invalid value for deadLetterTargetArn.", NULL},
        {"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:0\",\"maxReceiveCount\":1}",
         "Invalid value for deadLetterTargetArn.", NULL},
        {"{\"deadLetterTargetArn\":\"arn:aws:sns:us-east-1:000000000000:t\",\"maxReceiveCount\":1}",
         "Only SQS queues are valid resources for deadLetterTargetArn.", NULL},
        {"{\"deadLetterTargetArn\":\"arn:aws:s3:::bucket\",\"maxReceiveCount\":1}",
         "Only SQS queues are valid resources for deadLetterTargetArn.", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct redrive_policy policy;
        struct api_error error = {0};
        bool ok = redrive_policy_parse(slice_from_text(rows[i].sent), &arena, &policy, &error);
        ck_assert_msg(ok == (rows[i].reason == NULL), "%s", rows[i].sent);
        if (ok) {
            testkit_slice_eq(policy.text, rows[i].form);
            testkit_slice_eq(policy.dead_letter_arn, ARN);
            continue;
        }
        struct slice text =
            arena_print(&arena, "Value %s for parameter RedrivePolicy is invalid. Reason: %s",
                        rows[i].sent, rows[i].reason);
        ck_assert_str_eq(error.row->query_code, "InvalidParameterValue");
        ck_assert_msg(slice_equal(error.message, text), "%.*s", SLICE_PRINT(error.message));
    }
}
END_TEST

START_TEST(what_is_no_map_is_no_redrive_policy)
{
    static const char *const rows[] = {
        "x",
        "[]",
        "1",
        "\"{}\"",
        "{",
        "null",
        "{\"maxReceiveCount\":99999999999999999999}",
        "{\"a\":1,\"a\":2}",
        "{}{}",
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct redrive_policy policy;
        struct api_error error = {0};
        ck_assert_msg(!redrive_policy_parse(slice_from_text(rows[i]), &arena, &policy, &error),
                      "%s", rows[i]);
        ck_assert_str_eq(error.row->json_name, "InvalidAttributeValue");
        testkit_slice_eq(
            error.message,
            "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.");
    }
}
END_TEST

START_TEST(a_target_must_exist_be_ours_be_of_the_same_kind_and_allow_it)
{
    static const char deny[] = "{\"redrivePermission\":\"denyAll\"}";
    static const char other[] =
        "{\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":[\"arn:aws:sqs:r:1:other\"]}";
    static const char mine[] =
        "{\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":[\"arn:aws:sqs:r:1:other\",\"arn:aws:sqs:r:1:src\"]}";
    static const char allow[] = "{\"redrivePermission\":\"allowAll\"}";
    static const struct {
        const char *account;
        bool exists, is_fifo;
        const char *allow;
        const char *reason;
    } rows[] = {
        {"000000000000", true, false, NULL, NULL},
        {"000000000000", true, false, allow, NULL},
        {"000000000000", true, false, mine, NULL},
        {"000000000000", false, false, NULL, "Dead letter target does not exist."},
        {"111111111111", false, false, NULL,
         "Dead-letter target owner should be same as the source."},
        {"111111111111", true, false, NULL,
         "Dead-letter target owner should be same as the source."},
        {"000000000000", true, true, NULL,
         "Dead-letter queue must be same type of queue as the source.."},
        {"000000000000", true, false, deny,
         "The redrive allow policy of the dead-letter queue does not permit this source queue."},
        {"000000000000", true, false, other,
         "The redrive allow policy of the dead-letter queue does not permit this source queue."},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct queue target = {.attributes.is_fifo = rows[i].is_fifo};
        if (rows[i].allow != NULL)
            target.attributes.redrive_allow_policy = slice_from_text(rows[i].allow);
        struct redrive_target check = {
            .sent = SLICE("{sent}"),
            .account = slice_from_text(rows[i].account),
            .source_arn = SLICE("arn:aws:sqs:r:1:src"),
            .dead_letter_arn = SLICE(ARN),
            .target = rows[i].exists ? &target : NULL,
        };
        struct api_error error = {0};
        ck_assert_int_eq(redrive_target_check(&check, &arena, &error), rows[i].reason == NULL);
        if (rows[i].reason == NULL)
            continue;
        struct slice text =
            arena_print(&arena, "Value {sent} for parameter RedrivePolicy is invalid. Reason: %s",
                        rows[i].reason);
        ck_assert_msg(slice_equal(error.message, text), "%.*s", SLICE_PRINT(error.message));
    }
}
END_TEST

#define FORMAT                                                                                                       \
    "Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the redrive allow policy, " \
    "as it\xe2\x80\x99s in an unsupported format."
#define S "\"arn:aws:sqs:r:1:s\","

START_TEST(an_allow_policy_is_kept_compact_or_refused)
{
    static const struct {
        const char *sent;
        const char *code; /* NULL: fine */
        const char *text; /* the form kept, or a part of the error's text */
    } rows[] = {
        {"{\"redrivePermission\":\"allowAll\"}", NULL, "{\"redrivePermission\":\"allowAll\"}"},
        {" {\"redrivePermission\": \"denyAll\" }", NULL, "{\"redrivePermission\":\"denyAll\"}"},
        {"{\"sourceQueueArns\": [\"arn:aws:sqs:r:1:s\"], \"redrivePermission\" :\"byQueue\"}", NULL,
         "{\"sourceQueueArns\":[\"arn:aws:sqs:r:1:s\"],\"redrivePermission\":\"byQueue\"}"},
        {"x", "InvalidAttributeValue", FORMAT},
        {"[]", "InvalidAttributeValue", FORMAT},
        {"{}", "InvalidAttributeValue", FORMAT},
        {"{\"redrivePermission\":\"all\"}", "InvalidAttributeValue", FORMAT},
        {"{\"redrivePermission\":1}", "InvalidAttributeValue", FORMAT},
        {"{\"redrivePermission\":\"allowAll\",\"x\":1}", "InvalidAttributeValue", FORMAT},
        {"{\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":\"x\"}", "InvalidAttributeValue",
         FORMAT},
        {"{\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":[1]}", "InvalidAttributeValue",
         FORMAT},
        {"{\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":[\"x\"]}", "InvalidAttributeValue",
         FORMAT},
        {"{\"redrivePermission\":\"byQueue\"}", "InvalidParameterValueException",
         "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values."},
        {"{\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":[]}",
         "InvalidParameterValueException",
         "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values."},
        {"{\"redrivePermission\":\"allowAll\",\"sourceQueueArns\":[\"arn:aws:sqs:r:1:s\"]}",
         "InvalidParameterValueException",
         "To specify one or more source queue ARNs, you must set redrivePermission to byQueue."},
        {"{\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":[" S S S S S S S S S S
         "\"arn:aws:sqs:r:1:t\"]}",
         "InvalidParameterValueException",
         "The maximum number of source queue ARNs you can specify is 10."},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice text;
        struct api_error error = {0};
        bool ok = redrive_allow_parse(slice_from_text(rows[i].sent), &arena, &text, &error);
        ck_assert_msg(ok == (rows[i].code == NULL), "%s", rows[i].sent);
        if (!ok) {
            ck_assert_str_eq(error.row->json_name, rows[i].code);
            text = error.message;
        }
        ck_assert_msg(slice_ends_with(text, slice_from_text(rows[i].text)), "%.*s",
                      SLICE_PRINT(text));
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_redrive_policy_has_one_form_or_the_text_of_its_fault);
    tcase_add_test(tests, what_is_no_map_is_no_redrive_policy);
    tcase_add_test(tests, a_target_must_exist_be_ours_be_of_the_same_kind_and_allow_it);
    tcase_add_test(tests, an_allow_policy_is_kept_compact_or_refused);
}

int main(void)
{
    return testkit_run("redrive", fill);
}

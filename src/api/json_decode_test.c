#include "api/api.h"
#include "testkit/testkit.h"

#include "base/banned.h"

static struct arena arena;

static void *decode(enum api_action action, struct slice body)
{
    struct api_error error = {0};
    void *request = api_new_request(&arena, action);
    bool is_good = api_decode_json(&arena, body, action, request, &error);
    ck_assert_msg(is_good, "refused: %.*s", SLICE_PRINT(error.message));
    return request;
}

#define DECODE(action, text) decode((action), SLICE(text))

static void check_refused(enum api_action action, struct slice body, const char *message)
{
    struct api_error error = {0};
    ck_assert_msg(!api_decode_json(&arena, body, action, api_new_request(&arena, action), &error),
                  "accepted: %.*s", SLICE_PRINT(body));
    ck_assert_ptr_eq(error.row, api_error_row(API_ERROR_SERIALIZATION));
    testkit_slice_eq(error.message, message);
}

START_TEST(the_example_of_the_reference_is_read)
{
    const struct api_send_message_request *request = DECODE(
        API_SEND_MESSAGE,
        "{\"QueueUrl\":\"https://sqs.us-east-1.amazonaws.com/111111111111/q\",\"MessageBody\":\"hi\",\n"
        " \"MessageAttributes\":{\"k\":{\"DataType\":\"String\",\"StringValue\":\"x\"},"
        "\"b\":{\"DataType\":\"Binary\",\"BinaryValue\":\"AQID\"}}}");
    testkit_slice_eq(request->queue_url, "https://sqs.us-east-1.amazonaws.com/111111111111/q");
    testkit_slice_eq(request->message_body, "hi");
    ck_assert(request->has_message_attributes);
    ck_assert_uint_eq(request->message_attributes.count, 2);
    const struct api_message_attribute *items = request->message_attributes.items;
    testkit_slice_eq(items[0].name, "k");
    testkit_slice_eq(items[0].value.data_type, "String");
    testkit_slice_eq(items[0].value.string_value, "x");
    ck_assert(!items[0].value.has_binary_value);
    testkit_slice_eq(items[1].name, "b");
    testkit_slice_eq(items[1].value.binary_value, "\x01\x02\x03");
    ck_assert(!request->has_delay_seconds);
    ck_assert(!request->has_message_group_id);
}
END_TEST

START_TEST(absent_null_and_empty_are_told_apart)
{
    const struct api_receive_message_request *request =
        DECODE(API_RECEIVE_MESSAGE,
               "{\"QueueUrl\":null,\"AttributeNames\":[],\"MessageAttributeNames\":[null],"
               "\"WaitTimeSeconds\":null}");
    ck_assert(!request->has_queue_url);
    ck_assert(request->has_attribute_names);
    ck_assert_uint_eq(request->attribute_names.count, 0);
    ck_assert(request->has_message_attribute_names);
    ck_assert_uint_eq(request->message_attribute_names.count, 0);
    ck_assert(!request->has_message_system_attribute_names);
    ck_assert(!request->has_wait_time_seconds);
}
END_TEST

START_TEST(the_last_of_equal_names_wins)
{
    const struct api_create_queue_request *request = DECODE(
        API_CREATE_QUEUE,
        "{\"QueueName\":\"a\",\"QueueName\":\"b\",\"tags\":{\"x\":\"1\"},\"tags\":"
        "{\"y\":\"1\",\"z\":\"2\",\"y\":\"3\",\"n\":null},\"Attributes\":{},\"Attributes\":null}");
    testkit_slice_eq(request->queue_name, "b");
    ck_assert_uint_eq(request->tags.count, 2);
    testkit_slice_eq(request->tags.items[0].key, "y");
    testkit_slice_eq(request->tags.items[0].value, "3");
    testkit_slice_eq(request->tags.items[1].key, "z");
    ck_assert(!request->has_attributes);
}
END_TEST

START_TEST(a_repeated_attribute_keeps_nothing_of_the_first)
{
    const struct api_send_message_request *request =
        DECODE(API_SEND_MESSAGE,
               "{\"MessageAttributes\":{\"a\":{\"DataType\":\"String\",\"StringValue\":\"x\"},"
               "\"a\":{\"DataType\":\"Number\"}}}");
    ck_assert_uint_eq(request->message_attributes.count, 1);
    testkit_slice_eq(request->message_attributes.items[0].value.data_type, "Number");
    ck_assert(!request->message_attributes.items[0].value.has_string_value);
}
END_TEST

START_TEST(batches_of_any_size_are_read_whole)
{
    struct buffer body;
    buffer_init(&body, &arena, 0);
    buffer_add_text(&body, "{\"Entries\":[");
    for (int i = 0; i < 20; i++)
        buffer_print(&body, "%s{\"Id\":\"e%d\",\"MessageBody\":\"m\",\"DelaySeconds\":%d}",
                     i > 0 ? "," : "", i, i);
    buffer_add_text(&body, "]}");
    const struct api_send_message_batch_request *request =
        decode(API_SEND_MESSAGE_BATCH, buffer_slice(&body));
    ck_assert_uint_eq(request->entries.count, 20);
    for (int i = 0; i < 20; i++) {
        ck_assert(slice_equal(request->entries.items[i].id, arena_print(&arena, "e%d", i)));
        ck_assert_int_eq(request->entries.items[i].delay_seconds, i);
    }
}
END_TEST

START_TEST(text_may_contain_nul_and_any_utf8)
{
    const struct api_send_message_request *request =
        DECODE(API_SEND_MESSAGE, "{\"MessageBody\":\"a\\u0000b\\ud83d\\ude00\xc3\xa9\"}");
    ck_assert(slice_equal(request->message_body, SLICE("a\0b\xf0\x9f\x98\x80\xc3\xa9")));
}
END_TEST

START_TEST(numbers_are_read_as_integers)
{
    static const struct {
        const char *text;
        int64_t value;
    } rows[] = {{"0", 0},
                {"-0", 0},
                {"30", 30},
                {"-1", -1},
                {"2147483647", 2147483647},
                {"-2147483647", -2147483647},
                {"5.0", 5},
                {"5.9", 5},
                {"-5.9", -5},
                {"1e1", 10},
                {"0.5e1", 5},
                {"12E-1", 1}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct api_receive_message_request *request = decode(
            API_RECEIVE_MESSAGE, arena_print(&arena, "{\"WaitTimeSeconds\":%s}", rows[i].text));
        ck_assert(request->has_wait_time_seconds);
        ck_assert_int_eq(request->wait_time_seconds, rows[i].value);
    }
}
END_TEST

START_TEST(scalars_in_string_maps_count_as_text)
{
    const struct api_set_queue_attributes_request *request =
        DECODE(API_SET_QUEUE_ATTRIBUTES,
               "{\"Attributes\":{\"DelaySeconds\":5,\"FifoQueue\":true,\"a\":false}}");
    testkit_slice_eq(request->attributes.items[0].value, "5");
    testkit_slice_eq(request->attributes.items[1].value, "true");
    testkit_slice_eq(request->attributes.items[2].value, "false");
}
END_TEST

START_TEST(unknown_members_are_skipped_whole)
{
    const struct api_delete_queue_request *request = DECODE(
        API_DELETE_QUEUE,
        "{\"x\":{\"QueueUrl\":[1,{\"y\":null}],\"z\":\"\\u0041\"},\"queueUrl\":1,\"QueueUrl\":\"u\"}");
    testkit_slice_eq(request->queue_url, "u");
}
END_TEST

#define STRUCTURE "Start of structure or map found where not expected."
#define LIST      "Start of list found where not expected"

/* Reference A9. */
START_TEST(wrong_types_get_the_texts_of_the_service)
{
    static const struct {
        enum api_action action;
        const char *body, *message;
    } rows[] = {
        {API_SEND_MESSAGE, "{\"DelaySeconds\":\"5\"}",
         "STRING_VALUE can not be converted to an Integer"},
        {API_SEND_MESSAGE, "{\"DelaySeconds\":\"\"}",
         "STRING_VALUE can not be converted to an Integer"},
        {API_SEND_MESSAGE, "{\"DelaySeconds\":true}",
         "TRUE_VALUE can not be converted to an Integer"},
        {API_SEND_MESSAGE, "{\"DelaySeconds\":false}",
         "FALSE_VALUE can not be converted to an Integer"},
        {API_SEND_MESSAGE, "{\"DelaySeconds\":{}}", STRUCTURE},
        {API_SEND_MESSAGE, "{\"DelaySeconds\":[]}", LIST},
        {API_SEND_MESSAGE, "{\"DelaySeconds\":2147483648}",
         "NUMBER_VALUE can not be converted to an Integer"},
        {API_SEND_MESSAGE, "{\"DelaySeconds\":1e300}",
         "NUMBER_VALUE can not be converted to an Integer"},
        {API_SEND_MESSAGE, "{\"DelaySeconds\":1e999}",
         "NUMBER_VALUE can not be converted to an Integer"},
        {API_SEND_MESSAGE, "{\"MessageBody\":0}", "NUMBER_VALUE can not be converted to a String"},
        {API_SEND_MESSAGE, "{\"MessageBody\":1.5}",
         "NUMBER_VALUE can not be converted to a String"},
        {API_SEND_MESSAGE, "{\"MessageBody\":true}", "TRUE_VALUE can not be converted to a String"},
        {API_SEND_MESSAGE, "{\"MessageBody\":false}",
         "FALSE_VALUE can not be converted to a String"},
        {API_SEND_MESSAGE, "{\"MessageBody\":{}}", STRUCTURE},
        {API_SEND_MESSAGE, "{\"MessageBody\":[]}", LIST},
        {API_SEND_MESSAGE, "{\"MessageAttributes\":[]}", LIST},
        {API_SEND_MESSAGE, "{\"MessageAttributes\":\"x\"}", "Expected null"},
        {API_SEND_MESSAGE, "{\"MessageAttributes\":{\"a\":[]}}", LIST},
        {API_SEND_MESSAGE, "{\"MessageAttributes\":{\"a\":1}}", "Expected null"},
        {API_SEND_MESSAGE, "{\"MessageAttributes\":{\"a\":{\"BinaryValue\":1}}}",
         "NUMBER_VALUE can not be converted to a Blob"},
        {API_SEND_MESSAGE, "{\"MessageAttributes\":{\"a\":{\"BinaryValue\":\"AQI\"}}}",
         "A binary value is not valid base64."},
        {API_SEND_MESSAGE, "{\"MessageAttributes\":{\"a\":{\"StringListValues\":\"x\"}}}",
         "Expected list or null"},
        {API_SEND_MESSAGE_BATCH, "{\"Entries\":\"x\"}", "Expected list or null"},
        {API_SEND_MESSAGE_BATCH, "{\"Entries\":1}", "Expected list or null"},
        {API_SEND_MESSAGE_BATCH, "{\"Entries\":{}}", STRUCTURE},
        {API_SEND_MESSAGE_BATCH, "{\"Entries\":[1]}", "Expected null"},
        {API_SEND_MESSAGE_BATCH, "{\"Entries\":[[]]}", LIST},
        {API_UNTAG_QUEUE, "{\"TagKeys\":[1]}", "NUMBER_VALUE can not be converted to a String"},
        {API_TAG_QUEUE, "{\"Tags\":{\"a\":[]}}",
         "Unrecognized collection type class java.lang.String"},
        {API_TAG_QUEUE, "{\"Tags\":{\"a\":{}}}", STRUCTURE},
        {API_TAG_QUEUE, "[]", LIST},
        {API_TAG_QUEUE, "\"x\"", "Expected null"},
        {API_TAG_QUEUE, "1", "Expected null"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        check_refused(rows[i].action, slice_from_text(rows[i].body), rows[i].message);
}
END_TEST

START_TEST(broken_text_is_named_with_its_place)
{
    check_refused(API_LIST_QUEUES, SLICE(""), "The request body is not valid JSON (byte 0).");
    check_refused(API_LIST_QUEUES, SLICE("{"), "The request body is not valid JSON (byte 1).");
    check_refused(API_LIST_QUEUES, SLICE("{} x"), "The request body is not valid JSON (byte 3).");
    check_refused(API_LIST_QUEUES, SLICE("{\"a\":\"\xff\"}"),
                  "The request body is not valid JSON (byte 6).");
    check_refused(API_LIST_QUEUES, SLICE("{\"MaxResults\":01}"),
                  "The request body is not valid JSON (byte 14).");
}
END_TEST

START_TEST(items_are_bounded)
{
    struct buffer body;
    buffer_init(&body, &arena, 1u << 20);
    buffer_add_text(&body, "{\"Entries\":[{}");
    for (int i = 0; i < 100000; i++)
        buffer_add_text(&body, ",{}");
    buffer_add_text(&body, "]}");
    size_t used_bytes = arena.used_bytes;
    check_refused(API_SEND_MESSAGE_BATCH, buffer_slice(&body),
                  "A request can have at most 1000 list and map items.");
    ck_assert_uint_lt(arena.used_bytes - used_bytes, 1u << 20);
}
END_TEST

START_TEST(map_items_are_bounded)
{
    struct buffer body;
    buffer_init(&body, &arena, 1u << 20);
    buffer_add_text(&body, "{\"Tags\":{\"x\":\"\"");
    for (int i = 0; i < 100000; i++)
        buffer_print(&body, ",\"%d\":\"\"", i);
    buffer_add_text(&body, "}}");
    check_refused(API_TAG_QUEUE, buffer_slice(&body),
                  "A request can have at most 1000 list and map items.");
}
END_TEST

START_TEST(targets_name_actions)
{
    enum api_action action;
    ck_assert(api_peek_target(SLICE("AmazonSQS.ListQueues"), &action));
    ck_assert_int_eq(action, API_LIST_QUEUES);
    ck_assert(!api_peek_target(SLICE("AmazonSQS.ListQueuesX"), &action));
    ck_assert(!api_peek_target(SLICE("AmazonSQS."), &action));
    ck_assert(!api_peek_target(SLICE("ListQueues"), &action));
    ck_assert(!api_peek_target(SLICE("amazonsqs.ListQueues"), &action));
    ck_assert(!api_peek_target(SLICE(""), &action));
    for (uint32_t i = 0; i < API_ACTIONS_COUNT; i++) {
        ck_assert(api_peek_action(slice_from_text(api_action_name((enum api_action)i)), &action));
        ck_assert_uint_eq(action, i);
    }
}
END_TEST

static void start(void)
{
    arena_init(&arena);
}

static void stop(void)
{
    arena_done(&arena);
}

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, the_example_of_the_reference_is_read);
    tcase_add_test(tests, absent_null_and_empty_are_told_apart);
    tcase_add_test(tests, the_last_of_equal_names_wins);
    tcase_add_test(tests, a_repeated_attribute_keeps_nothing_of_the_first);
    tcase_add_test(tests, batches_of_any_size_are_read_whole);
    tcase_add_test(tests, text_may_contain_nul_and_any_utf8);
    tcase_add_test(tests, numbers_are_read_as_integers);
    tcase_add_test(tests, scalars_in_string_maps_count_as_text);
    tcase_add_test(tests, unknown_members_are_skipped_whole);
    tcase_add_test(tests, wrong_types_get_the_texts_of_the_service);
    tcase_add_test(tests, broken_text_is_named_with_its_place);
    tcase_add_test(tests, items_are_bounded);
    tcase_add_test(tests, map_items_are_bounded);
    tcase_add_test(tests, targets_name_actions);
}

int main(void)
{
    return testkit_run("json_decode", fill);
}

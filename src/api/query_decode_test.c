#include "api/api.h"
#include "testkit/testkit.h"

#include "base/banned.h"

static struct arena arena;

static bool try(enum api_action action, struct slice form, void *request,
                struct api_error *ret_error)
{
    struct api_parameters parameters;
    return api_parse_query(&arena, SLICE_NONE, form, &parameters, ret_error) &&
           api_decode_query(&arena, &parameters, action, request, ret_error);
}

static void *decode(enum api_action action, const char *form)
{
    struct api_error error = {0};
    void *request = api_new_request(&arena, action);
    bool is_good = try(action, slice_from_text(form), request, &error);
    ck_assert_msg(is_good, "%s: refused: %.*s", form, SLICE_PRINT(error.message));
    return request;
}

static void check_refused(enum api_action action, struct slice form, enum api_error_code code,
                          const char *message)
{
    struct api_error error = {0};
    ck_assert_msg(!try(action, form, api_new_request(&arena, action), &error), "accepted: %.*s",
                  SLICE_PRINT(slice_head(form, 100)));
    ck_assert_ptr_eq(error.row, api_error_row(code));
    testkit_slice_eq(error.message, message);
}

/* ---- parameters ---- */

static struct api_parameters parse(const char *url, const char *form)
{
    struct api_parameters parameters;
    struct api_error error = {0};
    ck_assert(
        api_parse_query(&arena, slice_from_text(url), slice_from_text(form), &parameters, &error));
    return parameters;
}

START_TEST(url_and_form_are_decoded_once)
{
    struct api_parameters parameters = parse("a=1&b=%2525&c", "a=2&d=x+y%2Bz&&e%20f=%C3%A9&g=");
    ck_assert_uint_eq(parameters.count, 7);
    testkit_slice_eq(api_parameter_find(&parameters, "a"), "1");
    testkit_slice_eq(parameters.items[3].value, "2");
    testkit_slice_eq(api_parameter_find(&parameters, "b"), "%25");
    testkit_slice_eq(api_parameter_find(&parameters, "d"), "x y+z");
    testkit_slice_eq(api_parameter_find(&parameters, "e f"), "\xc3\xa9");
}
END_TEST

START_TEST(empty_and_absent_parameters_are_told_apart)
{
    struct api_parameters parameters = parse("a=&b", "");
    ck_assert_ptr_nonnull(api_parameter_find(&parameters, "a").at);
    ck_assert_uint_eq(api_parameter_find(&parameters, "a").bytes, 0);
    ck_assert_ptr_nonnull(api_parameter_find(&parameters, "b").at);
    ck_assert_ptr_null(api_parameter_find(&parameters, "c").at);
    ck_assert_uint_eq(parse("", "").count, 0);
}
END_TEST

START_TEST(plain_values_point_into_the_request)
{
    static const char form[] = "MessageBody=hello";
    struct api_parameters parameters = parse("", form);
    ck_assert_ptr_eq(parameters.items[0].value.at, form + 12);
}
END_TEST

START_TEST(broken_encodings_are_refused)
{
    static const char *const forms[] = {"a=%",   "a=%4",        "a=%4x",  "%=a",
                                        "a=%ff", "a=%ed%a0%80", "a=\xff", "%c3=1"};
    for (size_t i = 0; i < ARRAY_COUNT(forms); i++)
        check_refused(API_LIST_QUEUES, slice_from_text(forms[i]), API_ERROR_SERIALIZATION,
                      "A parameter is not percent-encoded UTF-8.");
}
END_TEST

START_TEST(a_million_parameters_are_refused_without_memory_for_them)
{
    static uint8_t form[3000000];
    for (size_t i = 0; i < sizeof(form); i += 3)
        memcpy(form + i, "a=&", 3);
    check_refused(API_LIST_QUEUES, slice_of(form, sizeof(form)), API_ERROR_SERIALIZATION,
                  "A request can have at most 4096 parameters.");
    ck_assert_uint_lt(arena.used_bytes, 65536);
}
END_TEST

/* ---- typed requests ---- */

START_TEST(the_send_of_the_reference_is_read)
{
    const struct api_send_message_request *request =
        decode(API_SEND_MESSAGE,
               "Action=SendMessage&Version=2012-11-05&MessageBody=hi&MessageAttribute.1.Name=k&"
               "MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=x");
    ck_assert(!request->has_queue_url);
    testkit_slice_eq(request->message_body, "hi");
    ck_assert_uint_eq(request->message_attributes.count, 1);
    testkit_slice_eq(request->message_attributes.items[0].name, "k");
    testkit_slice_eq(request->message_attributes.items[0].value.data_type, "String");
    testkit_slice_eq(request->message_attributes.items[0].value.string_value, "x");
    ck_assert(!request->message_attributes.items[0].value.has_binary_value);
    ck_assert(!request->has_message_system_attributes);
}
END_TEST

START_TEST(the_batch_of_the_reference_is_read)
{
    const struct api_send_message_batch_request *request = decode(
        API_SEND_MESSAGE_BATCH,
        "Action=SendMessageBatch&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=one&"
        "SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=k&"
        "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String&"
        "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=x&SendMessageBatchRequestEntry.2.Id=b&"
        "SendMessageBatchRequestEntry.2.MessageBody=two&SendMessageBatchRequestEntry.2.DelaySeconds=5");
    ck_assert_uint_eq(request->entries.count, 2);
    const struct api_send_message_batch_request_entry *items = request->entries.items;
    testkit_slice_eq(items[0].id, "a");
    testkit_slice_eq(items[0].message_body, "one");
    testkit_slice_eq(items[0].message_attributes.items[0].value.string_value, "x");
    ck_assert(!items[0].has_delay_seconds);
    testkit_slice_eq(items[1].id, "b");
    testkit_slice_eq(items[1].message_body, "two");
    ck_assert_int_eq(items[1].delay_seconds, 5);
    ck_assert(!items[1].has_message_attributes);
}
END_TEST

/* Every flattened name of reference A5. */
START_TEST(flattened_names_of_every_action_are_read)
{
    const struct api_add_permission_request *add =
        decode(API_ADD_PERMISSION, "AWSAccountId.1=1&AWSAccountId.2=2&ActionName.1=*&Label=l");
    ck_assert_uint_eq(add->aws_account_ids.count, 2);
    testkit_slice_eq(add->actions.items[0], "*");
    const struct api_create_queue_request *create =
        decode(API_CREATE_QUEUE,
               "Attribute.1.Name=n&Attribute.1.Value=v&Tag.1.Key=k&Tag.1.Value=t&QueueName=q");
    testkit_slice_eq(create->attributes.items[0].key, "n");
    testkit_slice_eq(create->attributes.items[0].value, "v");
    testkit_slice_eq(create->tags.items[0].key, "k");
    testkit_slice_eq(create->tags.items[0].value, "t");
    const struct api_delete_message_batch_request *delete = decode(
        API_DELETE_MESSAGE_BATCH,
        "DeleteMessageBatchRequestEntry.1.Id=a&DeleteMessageBatchRequestEntry.1.ReceiptHandle=h");
    testkit_slice_eq(delete->entries.items[0].receipt_handle, "h");
    const struct api_change_message_visibility_batch_request *change =
        decode(API_CHANGE_MESSAGE_VISIBILITY_BATCH,
               "ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout=7");
    ck_assert_int_eq(change->entries.items[0].visibility_timeout, 7);
    const struct api_receive_message_request *receive =
        decode(API_RECEIVE_MESSAGE,
               "AttributeName.1=a&MessageSystemAttributeName.1=s&MessageAttributeName.1=m");
    testkit_slice_eq(receive->attribute_names.items[0], "a");
    testkit_slice_eq(receive->message_system_attribute_names.items[0], "s");
    testkit_slice_eq(receive->message_attribute_names.items[0], "m");
    const struct api_untag_queue_request *untag = decode(API_UNTAG_QUEUE, "TagKey.1=a&TagKey.2=b");
    ck_assert_uint_eq(untag->tag_keys.count, 2);
    const struct api_send_message_request *send = decode(
        API_SEND_MESSAGE,
        "MessageSystemAttribute.1.Name=AWSTraceHeader&MessageSystemAttribute.1.Value.StringValue=r&"
        "MessageAttribute.1.Name=b&MessageAttribute.1.Value.BinaryValue=AQID&"
        "MessageAttribute.1.Value.StringListValue.1=p&MessageAttribute.1.Value.StringListValue.2=q&"
        "MessageAttribute.1.Value.BinaryListValue.1=AA%3D%3D");
    testkit_slice_eq(send->message_system_attributes.items[0].value.string_value, "r");
    testkit_slice_eq(send->message_attributes.items[0].value.binary_value, "\x01\x02\x03");
    ck_assert_uint_eq(send->message_attributes.items[0].value.string_list_values.count, 2);
    ck_assert_uint_eq(send->message_attributes.items[0].value.binary_list_values.items[0].bytes, 1);
}
END_TEST

static void check_keys(const char *form, const char *joined)
{
    const struct api_untag_queue_request *request = decode(API_UNTAG_QUEUE, form);
    struct buffer keys;
    buffer_init(&keys, &arena, 0);
    for (uint32_t i = 0; i < request->tag_keys.count; i++)
        buffer_add(&keys, request->tag_keys.items[i]);
    testkit_slice_eq(buffer_slice(&keys), joined);
    ck_assert_int_eq(request->has_tag_keys, joined[0] != '\0' || form[0] != '\0');
}

START_TEST(items_come_by_number_whatever_the_order_and_the_gaps)
{
    check_keys("TagKey.2=b&TagKey.1=a", "ab");
    check_keys("TagKey.10=j&TagKey.9=i&TagKey.1=a", "aij");
    check_keys("TagKey.7=g&TagKey.999999999=z", "gz");
    check_keys("TagKey.1=a&TagKey.1=b", "a");
    check_keys("TagKey.1.x=a&TagKey.2=b", "b");
    check_keys(
        "TagKey.12=l&TagKey.3=c&TagKey.20=t&TagKey.11=k&TagKey.2=b&TagKey.1=a&TagKey.4=d&TagKey.100=z&"
        "TagKey.5=e&TagKey.13=m&TagKey.6=f",
        "abcdefklmtz");
}
END_TEST

START_TEST(numbers_that_are_no_index_are_refused)
{
    static const struct {
        const char *form, *message;
    } rows[] = {
        {"TagKey.0=a", "0 is not a valid index"},
        {"TagKey.00=a", "00 is not a valid index"},
        {"TagKey.01=a", "01 is not a valid index"},
        {"TagKey.-1=a", "-1 is not a valid index"},
        {"TagKey.1x=a", "1x is not a valid index"},
        {"TagKey.=a", " is not a valid index"},
        {"TagKey..1=a", " is not a valid index"},
        {"TagKey.4294967297=a", "4294967297 is not a valid index"},
        {"TagKey.99999999999999999999999999999999=a",
         "99999999999999999999999999999999 is not a valid index"},
        {"TagKey.member.1=a", "member is not a valid index"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        check_refused(API_UNTAG_QUEUE, slice_from_text(rows[i].form), API_ERROR_SERIALIZATION,
                      rows[i].message);
    check_refused(API_SEND_MESSAGE_BATCH, SLICE("SendMessageBatchRequestEntry.0.Id=a"),
                  API_ERROR_SERIALIZATION, "0 is not a valid index");
    check_refused(API_TAG_QUEUE, SLICE("Tag.0.Key=a"), API_ERROR_SERIALIZATION,
                  "0 is not a valid index");
}
END_TEST

START_TEST(unnumbered_single_items_are_read)
{
    const struct api_set_queue_attributes_request *set =
        decode(API_SET_QUEUE_ATTRIBUTES, "Attribute.Name=VisibilityTimeout&Attribute.Value=5");
    ck_assert_uint_eq(set->attributes.count, 1);
    testkit_slice_eq(set->attributes.items[0].key, "VisibilityTimeout");
    testkit_slice_eq(set->attributes.items[0].value, "5");
    const struct api_get_queue_attributes_request *get =
        decode(API_GET_QUEUE_ATTRIBUTES, "AttributeName=All");
    ck_assert_uint_eq(get->attribute_names.count, 1);
    testkit_slice_eq(get->attribute_names.items[0], "All");
}
END_TEST

START_TEST(empty_lists_are_there)
{
    const struct api_send_message_batch_request *batch = decode(API_SEND_MESSAGE_BATCH, "Entries=");
    ck_assert(batch->has_entries);
    ck_assert_uint_eq(batch->entries.count, 0);
    const struct api_get_queue_attributes_request *get =
        decode(API_GET_QUEUE_ATTRIBUTES, "AttributeName=");
    ck_assert(get->has_attribute_names);
    ck_assert_uint_eq(get->attribute_names.count, 0);
    batch = decode(API_SEND_MESSAGE_BATCH, "Entries.x=1&QueueUrl=u");
    ck_assert(batch->has_entries); /* a batch that is not there is empty */
    ck_assert_uint_eq(batch->entries.count, 0);
}
END_TEST

START_TEST(a_batch_of_one_that_says_nothing)
{
    static const char *const forms[] = {
        "DeleteMessageBatchRequestEntry=", "DeleteMessageBatchRequestEntry",
        "DeleteMessageBatchRequestEntry.1="};
    for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
        const struct api_delete_message_batch_request *batch =
            decode(API_DELETE_MESSAGE_BATCH, forms[i]);
        ck_assert_uint_eq(batch->entries.count, 1);
        ck_assert(!batch->entries.items[0].has_id);
    }
    const struct api_delete_message_batch_request *batch =
        decode(API_DELETE_MESSAGE_BATCH,
               "DeleteMessageBatchRequestEntry=&DeleteMessageBatchRequestEntry.1.Id=a");
    ck_assert_uint_eq(batch->entries.count, 1);
}
END_TEST

START_TEST(other_names_of_a_parameter)
{
    const struct api_tag_queue_request *tag =
        decode(API_TAG_QUEUE, "Tags.1.Key=a&Tags.1.Value=1&Tags.2.Key=b&Tags.2.Value=2");
    ck_assert(tag->has_tags);
    ck_assert_uint_eq(tag->tags.count, 2);
    testkit_slice_eq(tag->tags.items[1].key, "b");
    testkit_slice_eq(tag->tags.items[1].value, "2");
    tag = decode(API_TAG_QUEUE, "Tags.1.Key=a&Tags.1.Value=1&Tag.1.Key=b&Tag.1.Value=2");
    ck_assert_uint_eq(tag->tags.count, 2);
    const struct api_untag_queue_request *untag = decode(API_UNTAG_QUEUE, "TagKeys.1=a&TagKey.2=b");
    ck_assert_uint_eq(untag->tag_keys.count, 2);
    const struct api_create_queue_request *create =
        decode(API_CREATE_QUEUE, "Tags.1.Key=a&Tags.1.Value=1");
    ck_assert_uint_eq(create->tags.count, 1);
}
END_TEST

START_TEST(items_under_the_names_of_json_are_told)
{
    static const char numbered[] = "Top level element may not be treated as a list";
    static const char member[] = "Start of list found where not expected";
    static const struct {
        enum api_action action;
        const char *form, *text;
    } rows[] = {
        {API_SEND_MESSAGE_BATCH, "Entries.1.Id=a", numbered},
        {API_SEND_MESSAGE_BATCH, "Entries.member.1.Id=a", member},
        {API_RECEIVE_MESSAGE, "MessageAttributeNames.member.1=All", member},
        {API_RECEIVE_MESSAGE, "AttributeNames.1=All", numbered},
        {API_ADD_PERMISSION, "AWSAccountIds.1=1", numbered},
        {API_SEND_MESSAGE, "MessageAttributes.1.Name=k", numbered},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        check_refused(rows[i].action, slice_from_text(rows[i].form), API_ERROR_SERIALIZATION,
                      rows[i].text);
}
END_TEST

START_TEST(map_items_need_their_key)
{
    check_refused(API_SET_QUEUE_ATTRIBUTES, SLICE("Attribute.1.Value=5"),
                  API_ERROR_MISSING_REQUIRED_PARAMETER,
                  "The request must contain the parameter Attribute.1.Name.");
    check_refused(API_SET_QUEUE_ATTRIBUTES, SLICE("Attribute.Value=5"),
                  API_ERROR_MISSING_REQUIRED_PARAMETER,
                  "The request must contain the parameter Attribute.Name.");
    check_refused(API_SET_QUEUE_ATTRIBUTES, SLICE("Attribute.3=5"),
                  API_ERROR_MISSING_REQUIRED_PARAMETER,
                  "The request must contain the parameter Attribute.3.Name.");
    const struct api_send_message_request *send =
        decode(API_SEND_MESSAGE, "MessageAttribute.1.Value.DataType=String");
    ck_assert_uint_eq(send->message_attributes.count, 1); /* its rules refuse it */
    ck_assert_ptr_nonnull(send->message_attributes.items[0].name.at);
    ck_assert_uint_eq(send->message_attributes.items[0].name.bytes, 0);
    testkit_slice_eq(send->message_attributes.items[0].value.data_type, "String");
    const struct api_tag_queue_request *tag = decode(API_TAG_QUEUE, "Tag.1.Key=a");
    testkit_slice_eq(tag->tags.items[0].key, "a");
    ck_assert_uint_eq(tag->tags.items[0].value.bytes, 0);
}
END_TEST

START_TEST(of_equal_keys_the_last_number_wins)
{
    const struct api_tag_queue_request *tag =
        decode(API_TAG_QUEUE,
               "Tag.2.Key=a&Tag.2.Value=2&Tag.1.Key=a&Tag.1.Value=1&Tag.3.Key=b&Tag.3.Value=3");
    ck_assert_uint_eq(tag->tags.count, 2);
    testkit_slice_eq(tag->tags.items[0].value, "2");
}
END_TEST

START_TEST(scalars_are_checked)
{
    static const char integer[] = "STRING_VALUE can not be converted to an Integer";
    static const char *const bad[] = {
        "DelaySeconds=",           "DelaySeconds=x",
        "DelaySeconds=1.5",        "DelaySeconds=+",
        "DelaySeconds=-",          "DelaySeconds=%201",
        "DelaySeconds=2147483648", "DelaySeconds=99999999999999999999",
        "DelaySeconds=0x1"};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        check_refused(API_SEND_MESSAGE, slice_from_text(bad[i]), API_ERROR_SERIALIZATION, integer);
    static const struct {
        const char *form;
        int64_t value;
    } good[] = {{"DelaySeconds=0", 0},
                {"DelaySeconds=-1", -1},
                {"DelaySeconds=007", 7},
                {"DelaySeconds=%2B7", 7},
                {"DelaySeconds=2147483647", 2147483647},
                {"DelaySeconds=1&DelaySeconds=2", 1},
                {"DelaySeconds.x=9&DelaySeconds=3", 3}};
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        const struct api_send_message_request *request = decode(API_SEND_MESSAGE, good[i].form);
        ck_assert(request->has_delay_seconds);
        ck_assert_int_eq(request->delay_seconds, good[i].value);
    }
    check_refused(API_SEND_MESSAGE,
                  SLICE("MessageAttribute.1.Name=a&MessageAttribute.1.Value.BinaryValue=A"),
                  API_ERROR_SERIALIZATION, "A binary value is not valid base64.");
}
END_TEST

START_TEST(names_with_more_or_less_segments_are_ignored)
{
    const struct api_send_message_request *request = decode(
        API_SEND_MESSAGE,
        "QueueUrl.x=1&=2&.=3&..=4&MessageBody.=5&messagebody=6&Message=7&MessageAttributeX.0=8");
    ck_assert(!request->has_queue_url);
    ck_assert(!request->has_message_body);
    ck_assert(!request->has_message_attributes);
}
END_TEST

/* 4096 parameters of which many name items: refused by the bound of items, quickly. */
START_TEST(items_are_bounded)
{
    struct buffer form;
    buffer_init(&form, &arena, 1u << 20);
    for (int i = 4000; i > 0; i--)
        buffer_print(&form, "SendMessageBatchRequestEntry.%d.Id=%d&", i, i);
    check_refused(API_SEND_MESSAGE_BATCH, buffer_slice(&form), API_ERROR_SERIALIZATION,
                  "A request can have at most 1000 list and map items.");
}
END_TEST

START_TEST(a_thousand_items_in_reverse_come_in_order)
{
    struct buffer form;
    buffer_init(&form, &arena, 1u << 20);
    for (int i = 1000; i > 0; i--)
        buffer_print(&form, "&SendMessageBatchRequestEntry.%d.Id=%d", i, i);
    struct api_error error;
    struct api_send_message_batch_request *request =
        api_new_request(&arena, API_SEND_MESSAGE_BATCH);
    ck_assert(try(API_SEND_MESSAGE_BATCH, buffer_slice(&form), request, &error));
    ck_assert_uint_eq(request->entries.count, 1000);
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert(slice_equal(request->entries.items[i].id, arena_print(&arena, "%u", i + 1)));
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
    tcase_add_test(tests, url_and_form_are_decoded_once);
    tcase_add_test(tests, empty_and_absent_parameters_are_told_apart);
    tcase_add_test(tests, plain_values_point_into_the_request);
    tcase_add_test(tests, broken_encodings_are_refused);
    tcase_add_test(tests, a_million_parameters_are_refused_without_memory_for_them);
    tcase_add_test(tests, the_send_of_the_reference_is_read);
    tcase_add_test(tests, the_batch_of_the_reference_is_read);
    tcase_add_test(tests, flattened_names_of_every_action_are_read);
    tcase_add_test(tests, items_come_by_number_whatever_the_order_and_the_gaps);
    tcase_add_test(tests, numbers_that_are_no_index_are_refused);
    tcase_add_test(tests, unnumbered_single_items_are_read);
    tcase_add_test(tests, empty_lists_are_there);
    tcase_add_test(tests, a_batch_of_one_that_says_nothing);
    tcase_add_test(tests, other_names_of_a_parameter);
    tcase_add_test(tests, items_under_the_names_of_json_are_told);
    tcase_add_test(tests, map_items_need_their_key);
    tcase_add_test(tests, of_equal_keys_the_last_number_wins);
    tcase_add_test(tests, scalars_are_checked);
    tcase_add_test(tests, names_with_more_or_less_segments_are_ignored);
    tcase_add_test(tests, items_are_bounded);
    tcase_add_test(tests, a_thousand_items_in_reverse_come_in_order);
}

int main(void)
{
    return testkit_run("query_decode", fill);
}

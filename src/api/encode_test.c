/* Answers, byte by byte: reference A2-A4, A6, A7 and the wire examples of I. */
#include <libxml/parser.h>

#include "api/decoders.h"
#include "testkit/testkit.h"

#include "base/banned.h"

#define ID       "6f1f0000-0000-4000-8000-000000000001"
#define XMLNS    " xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\""
#define METADATA "<ResponseMetadata><RequestId>" ID "</RequestId></ResponseMetadata>"

static struct arena arena;

static struct slice encode(enum api_protocol protocol, enum api_action action, const void *response)
{
    struct buffer out;
    buffer_init(&out, &arena, 0);
    api_encode_response(&out, protocol, action, response, SLICE(ID));
    return buffer_slice(&out);
}

static struct slice encode_error(enum api_protocol protocol, const struct api_error *error)
{
    struct buffer out;
    buffer_init(&out, &arena, 0);
    api_encode_error(&out, protocol, error, SLICE(ID));
    return buffer_slice(&out);
}

static void check(enum api_action action, const void *response, const char *json, const char *xml)
{
    testkit_slice_eq(encode(API_JSON, action, response), json);
    testkit_slice_eq(encode(API_QUERY, action, response), xml);
}

START_TEST(send_message)
{
    struct api_send_message_response response = {
        .has_message_id = true,
        .message_id = SLICE("uuid"),
        .has_md5_of_message_body = true,
        .md5_of_message_body = SLICE("49f68a5c8493ec2c0bf489821c21fc3b"),
        .has_md5_of_message_attributes = true,
        .md5_of_message_attributes = SLICE("a45daa70926828a2f0a1db3418e6feb4"),
    };
    check(
        API_SEND_MESSAGE, &response,
        "{\"MD5OfMessageAttributes\":\"a45daa70926828a2f0a1db3418e6feb4\","
        "\"MD5OfMessageBody\":\"49f68a5c8493ec2c0bf489821c21fc3b\",\"MessageId\":\"uuid\"}",
        "<?xml version=\"1.0\"?><SendMessageResponse" XMLNS
        "><SendMessageResult><MessageId>uuid</MessageId>"
        "<MD5OfMessageBody>49f68a5c8493ec2c0bf489821c21fc3b</MD5OfMessageBody><MD5OfMessageAttributes>"
        "a45daa70926828a2f0a1db3418e6feb4</MD5OfMessageAttributes></SendMessageResult>" METADATA
        "</SendMessageResponse>");
    testkit_slice_eq(
        encode(API_QUERY_JSON, API_SEND_MESSAGE, &response),
        "{\"SendMessageResponse\":{\"SendMessageResult\":{"
        "\"MD5OfMessageAttributes\":\"a45daa70926828a2f0a1db3418e6feb4\","
        "\"MD5OfMessageBody\":\"49f68a5c8493ec2c0bf489821c21fc3b\","
        "\"MD5OfMessageSystemAttributes\":null,\"MessageId\":\"uuid\",\"SequenceNumber\":null},"
        "\"ResponseMetadata\":{\"RequestId\":\"" ID "\"}}}");
}
END_TEST

static struct api_message message_of_reference(void)
{
    static struct api_string_pair attributes[] = {
        {{(const uint8_t *)"SenderId", 8}, {(const uint8_t *)"AIDA", 4}},
        {{(const uint8_t *)"SentTimestamp", 13}, {(const uint8_t *)"1772366399000", 13}},
    };
    static struct api_message_attribute message_attributes[2];
    message_attributes[0] = (struct api_message_attribute){SLICE("k"),
                                                           {.has_string_value = true,
                                                            .string_value = SLICE("x"),
                                                            .has_data_type = true,
                                                            .data_type = SLICE("String")}};
    message_attributes[1] = (struct api_message_attribute){SLICE("b"),
                                                           {.has_binary_value = true,
                                                            .binary_value = SLICE("\1\2\3"),
                                                            .has_data_type = true,
                                                            .data_type = SLICE("Binary")}};
    return (struct api_message){
        .has_message_id = true,
        .message_id = SLICE("uuid"),
        .has_receipt_handle = true,
        .receipt_handle = SLICE("AQEB"),
        .has_md5_of_body = true,
        .md5_of_body = SLICE("49f6"),
        .has_md5_of_message_attributes = true,
        .md5_of_message_attributes = SLICE("a45d"),
        .has_body = true,
        .body = SLICE("hi"),
        .has_attributes = true,
        .attributes = {attributes, 2},
        .has_message_attributes = true,
        .message_attributes = {message_attributes, 2},
    };
}

START_TEST(receive_message)
{
    struct api_message message = message_of_reference();
    struct api_receive_message_response response = {.has_messages = true,
                                                    .messages = {&message, 1}};
    check(
        API_RECEIVE_MESSAGE, &response,
        "{\"Messages\":[{\"Attributes\":{\"SenderId\":\"AIDA\",\"SentTimestamp\":\"1772366399000\"},\"Body\":\"hi\","
        "\"MD5OfBody\":\"49f6\",\"MD5OfMessageAttributes\":\"a45d\",\"MessageAttributes\":{"
        "\"k\":{\"DataType\":\"String\",\"StringValue\":\"x\"},\"b\":{\"BinaryValue\":\"AQID\",\"DataType\":\"Binary\"}},"
        "\"MessageId\":\"uuid\",\"ReceiptHandle\":\"AQEB\"}]}",
        "<?xml version=\"1.0\"?><ReceiveMessageResponse" XMLNS
        "><ReceiveMessageResult><Message><MessageId>uuid</MessageId>"
        "<ReceiptHandle>AQEB</ReceiptHandle><MD5OfBody>49f6</MD5OfBody><MD5OfMessageAttributes>a45d</MD5OfMessageAttributes>"
        "<Body>hi</Body><Attribute><Name>SenderId</Name><Value>AIDA</Value></Attribute>"
        "<Attribute><Name>SentTimestamp</Name><Value>1772366399000</Value></Attribute>"
        "<MessageAttribute><Name>k</Name><Value><StringValue>x</StringValue><DataType>String</DataType></Value></MessageAttribute>"
        "<MessageAttribute><Name>b</Name><Value><BinaryValue>AQID</BinaryValue><DataType>Binary</DataType></Value></MessageAttribute>"
        "</Message></ReceiveMessageResult>" METADATA "</ReceiveMessageResponse>");
    message.message_attributes.count = 0;
    testkit_slice_eq(
        encode(API_QUERY_JSON, API_RECEIVE_MESSAGE, &response),
        "{\"ReceiveMessageResponse\":{\"ReceiveMessageResult\":{\"messages\":[{\"Attributes\":["
        "{\"Name\":\"SenderId\",\"Value\":\"AIDA\"},{\"Name\":\"SentTimestamp\",\"Value\":\"1772366399000\"}],"
        "\"Body\":\"hi\",\"MD5OfBody\":\"49f6\",\"MD5OfMessageAttributes\":\"a45d\",\"MessageAttributes\":null,"
        "\"MessageId\":\"uuid\",\"ReceiptHandle\":\"AQEB\"}]},\"ResponseMetadata\":{\"RequestId\":\"" ID
        "\"}}}");
}
END_TEST

/* A2, A6: nothing to say is {} and an empty element, whether the list is absent or empty. */
START_TEST(empty_answers)
{
    struct api_receive_message_response response = {0};
    for (int has = 0; has < 2; has++) {
        response.has_messages = has == 1;
        check(API_RECEIVE_MESSAGE, &response, "{}",
              "<?xml version=\"1.0\"?><ReceiveMessageResponse" XMLNS
              "><ReceiveMessageResult/>" METADATA "</ReceiveMessageResponse>");
    }
    struct api_delete_message_response nothing = {0};
    check(API_DELETE_MESSAGE, &nothing, "",
          "<?xml version=\"1.0\"?><DeleteMessageResponse" XMLNS ">" METADATA
          "</DeleteMessageResponse>");
    testkit_slice_eq(encode(API_QUERY_JSON, API_DELETE_MESSAGE, &nothing),
                     "{\"DeleteMessageResponse\":{\"ResponseMetadata\":{\"RequestId\":\"" ID
                     "\"}}}");
    testkit_slice_eq(encode(API_QUERY_JSON, API_RECEIVE_MESSAGE, &response),
                     "{\"ReceiveMessageResponse\":{\"ReceiveMessageResult\":{\"messages\":null},"
                     "\"ResponseMetadata\":{\"RequestId\":\"" ID "\"}}}");
}
END_TEST

/* D8: an empty Failed or Successful is left out. */
START_TEST(batch_with_a_failure)
{
    struct api_batch_result_error_entry failed = {.has_id = true,
                                                  .id = SLICE("bad"),
                                                  .has_code = true,
                                                  .code = SLICE("InvalidMessageContents"),
                                                  .has_message = true,
                                                  .message = SLICE("'#x1'"),
                                                  .has_sender_fault = true,
                                                  .sender_fault = true};
    struct api_send_message_batch_result_entry done = {.has_id = true,
                                                       .id = SLICE("ok"),
                                                       .has_message_id = true,
                                                       .message_id = SLICE("uuid"),
                                                       .has_md5_of_message_body = true,
                                                       .md5_of_message_body = SLICE("49f6")};
    struct api_send_message_batch_response response = {.has_successful = true,
                                                       .successful = {&done, 1},
                                                       .has_failed = true,
                                                       .failed = {&failed, 1}};
    check(
        API_SEND_MESSAGE_BATCH, &response,
        "{\"Failed\":[{\"Code\":\"InvalidMessageContents\",\"Id\":\"bad\",\"Message\":\"'#x1'\",\"SenderFault\":true}],"
        "\"Successful\":[{\"Id\":\"ok\",\"MD5OfMessageBody\":\"49f6\",\"MessageId\":\"uuid\"}]}",
        "<?xml version=\"1.0\"?><SendMessageBatchResponse" XMLNS
        "><SendMessageBatchResult><SendMessageBatchResultEntry>"
        "<Id>ok</Id><MessageId>uuid</MessageId><MD5OfMessageBody>49f6</MD5OfMessageBody></SendMessageBatchResultEntry>"
        "<BatchResultErrorEntry><Id>bad</Id><Code>InvalidMessageContents</Code><Message>'#x1'</Message>"
        "<SenderFault>true</SenderFault></BatchResultErrorEntry></SendMessageBatchResult>" METADATA
        "</SendMessageBatchResponse>");
    response.failed.count = 0;
    testkit_slice_eq(
        encode(API_JSON, API_SEND_MESSAGE_BATCH, &response),
        "{\"Successful\":[{\"Id\":\"ok\",\"MD5OfMessageBody\":\"49f6\",\"MessageId\":\"uuid\"}]}");
}
END_TEST

START_TEST(lists_maps_and_numbers)
{
    struct slice urls[] = {SLICE("http://h/1/a"), SLICE("http://h/1/b")};
    struct api_list_queues_response queues = {.has_queue_urls = true,
                                              .queue_urls = {urls, 2},
                                              .has_next_token = true,
                                              .next_token = SLICE("t")};
    check(API_LIST_QUEUES, &queues,
          "{\"NextToken\":\"t\",\"QueueUrls\":[\"http://h/1/a\",\"http://h/1/b\"]}",
          "<?xml version=\"1.0\"?><ListQueuesResponse" XMLNS
          "><ListQueuesResult><QueueUrl>http://h/1/a</QueueUrl>"
          "<QueueUrl>http://h/1/b</QueueUrl><NextToken>t</NextToken></ListQueuesResult>" METADATA
          "</ListQueuesResponse>");
    testkit_slice_eq(
        encode(API_QUERY_JSON, API_LIST_QUEUES, &queues),
        "{\"ListQueuesResponse\":{\"ListQueuesResult\":{\"NextToken\":\"t\",\"queueUrls\":"
        "[\"http://h/1/a\",\"http://h/1/b\"]},\"ResponseMetadata\":{\"RequestId\":\"" ID "\"}}}");
    struct api_list_dead_letter_source_queues_response sources = {.has_queue_urls = true,
                                                                  .queue_urls = {urls, 1}};
    check(API_LIST_DEAD_LETTER_SOURCE_QUEUES, &sources, "{\"queueUrls\":[\"http://h/1/a\"]}",
          "<?xml version=\"1.0\"?><ListDeadLetterSourceQueuesResponse" XMLNS
          "><ListDeadLetterSourceQueuesResult>"
          "<QueueUrl>http://h/1/a</QueueUrl></ListDeadLetterSourceQueuesResult>" METADATA
          "</ListDeadLetterSourceQueuesResponse>");
    struct api_string_pair tag = {SLICE("k"), SLICE("")};
    struct api_list_queue_tags_response tags = {.has_tags = true, .tags = {&tag, 1}};
    check(API_LIST_QUEUE_TAGS, &tags, "{\"Tags\":{\"k\":\"\"}}",
          "<?xml version=\"1.0\"?><ListQueueTagsResponse" XMLNS
          "><ListQueueTagsResult><Tag><Key>k</Key><Value/></Tag>"
          "</ListQueueTagsResult>" METADATA "</ListQueueTagsResponse>");
    struct api_cancel_message_move_task_response cancel = {
        .has_approximate_number_of_messages_moved = true,
        .approximate_number_of_messages_moved = INT64_MAX};
    check(API_CANCEL_MESSAGE_MOVE_TASK, &cancel,
          "{\"ApproximateNumberOfMessagesMoved\":9223372036854775807}",
          "<?xml version=\"1.0\"?><CancelMessageMoveTaskResponse" XMLNS
          "><CancelMessageMoveTaskResult>"
          "<ApproximateNumberOfMessagesMoved>9223372036854775807</ApproximateNumberOfMessagesMoved>"
          "</CancelMessageMoveTaskResult>" METADATA "</CancelMessageMoveTaskResponse>");
}
END_TEST

START_TEST(move_task_results)
{
    struct api_list_message_move_tasks_result_entry entry = {
        .has_status = true,
        .status = SLICE("COMPLETED"),
        .has_source_arn = true,
        .source_arn = SLICE("arn:s"),
        .has_approximate_number_of_messages_moved = true,
        .approximate_number_of_messages_moved = 3,
        .has_started_timestamp = true,
        .started_timestamp = 1772366399000};
    struct api_list_message_move_tasks_response response = {.has_results = true,
                                                            .results = {&entry, 1}};
    check(API_LIST_MESSAGE_MOVE_TASKS, &response,
          "{\"Results\":[{\"ApproximateNumberOfMessagesMoved\":3,\"SourceArn\":\"arn:s\","
          "\"StartedTimestamp\":1772366399000,\"Status\":\"COMPLETED\"}]}",
          "<?xml version=\"1.0\"?><ListMessageMoveTasksResponse" XMLNS
          "><ListMessageMoveTasksResult>"
          "<ListMessageMoveTasksResultEntry><Status>COMPLETED</Status><SourceArn>arn:s</SourceArn>"
          "<ApproximateNumberOfMessagesMoved>3</ApproximateNumberOfMessagesMoved>"
          "<StartedTimestamp>1772366399000</StartedTimestamp></ListMessageMoveTasksResultEntry>"
          "</ListMessageMoveTasksResult>" METADATA "</ListMessageMoveTasksResponse>");
}
END_TEST

/* ---- errors ---- */

START_TEST(errors_of_the_reference)
{
    struct api_error error;
    ck_assert(!api_fail_no_queue(&error));
    testkit_slice_eq(encode_error(API_JSON, &error),
                     "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\","
                     "\"message\":\"The specified queue does not exist.\"}");
    testkit_slice_eq(
        encode_error(API_QUERY, &error),
        "<?xml version=\"1.0\"?><ErrorResponse" XMLNS "><Error><Type>Sender</Type>"
        "<Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>The specified queue does not exist "
        "for this wsdl version.</Message><Detail/></Error><RequestId>" ID
        "</RequestId></ErrorResponse>");
    api_fail(&error, API_ERROR_RECEIPT_HANDLE_IS_INVALID,
             SLICE("The input receipt handle \"garbage\" is not a valid receipt handle."));
    testkit_slice_eq(
        encode_error(API_QUERY, &error),
        "<?xml version=\"1.0\"?><ErrorResponse" XMLNS
        "><Error><Type>Sender</Type><Code>ReceiptHandleIsInvalid"
        "</Code><Message>The input receipt handle &quot;garbage&quot; is not a valid receipt handle.</Message>"
        "<Detail/></Error><RequestId>" ID "</RequestId></ErrorResponse>");
    api_fail(&error, API_ERROR_INVALID_PARAMETER_VALUE, SLICE("Must be >= 0"));
    testkit_slice_eq(
        encode_error(API_JSON, &error),
        "{\"__type\":\"com.amazon.coral.service#InvalidParameterValueException\",\"message\":\"Must be >= 0\"}");
    api_fail(&error, API_ERROR_ACCESS_DENIED, SLICE("no"));
    testkit_slice_eq(
        encode_error(API_JSON, &error),
        "{\"__type\":\"com.amazon.coral.service#AccessDeniedException\",\"Message\":\"no\"}");
    api_fail(&error, API_ERROR_UNKNOWN_OPERATION,
             SLICE("The action ListQueues is not valid for this endpoint."));
    testkit_slice_eq(
        encode_error(API_QUERY_JSON, &error),
        "{\"Error\":{\"Code\":\"InvalidAction\",\"Detail\":null,\"Message\":\"The action ListQueues is not "
        "valid for this endpoint.\",\"Type\":\"Sender\"},\"RequestId\":\"" ID "\"}");
    api_fail(&error, API_ERROR_INTERNAL_FAILURE, SLICE("x"));
    ck_assert_uint_eq(error.row->status, 500);
    testkit_slice_eq(encode_error(API_QUERY, &error),
                     "<?xml version=\"1.0\"?><ErrorResponse" XMLNS
                     "><Error><Type>Receiver</Type><Code>InternalFailure</Code>"
                     "<Message>x</Message><Detail/></Error><RequestId>" ID
                     "</RequestId></ErrorResponse>");
    api_fail_missing(&error, &arena, "Label");
    testkit_slice_eq(error.message, "The request must contain the parameter Label.");
    testkit_slice_eq(slice_from_text(error.row->query_code), "MissingParameter");
}
END_TEST

/* A8: what is surprising about the rows. */
START_TEST(statuses_that_surprise)
{
    static const struct {
        enum api_error_code code;
        uint16_t status;
    } rows[] = {{API_ERROR_RECEIPT_HANDLE_IS_INVALID, 404},
                {API_ERROR_PURGE_QUEUE_IN_PROGRESS, 403},
                {API_ERROR_OVER_LIMIT, 403},
                {API_ERROR_RESOURCE_NOT_FOUND, 404},
                {API_ERROR_REQUEST_THROTTLED, 403},
                {API_ERROR_INVALID_ADDRESS, 404},
                {API_ERROR_INCOMPLETE_SIGNATURE, 400},
                {API_ERROR_SERVICE_UNAVAILABLE, 503}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        ck_assert_uint_eq(api_error_row(rows[i].code)->status, rows[i].status);
}
END_TEST

/* ---- text ---- */

static struct slice encode_body(enum api_protocol protocol, struct slice body)
{
    struct api_message message = {.has_body = true, .body = body};
    struct api_receive_message_response response = {.has_messages = true,
                                                    .messages = {&message, 1}};
    return encode(protocol, API_RECEIVE_MESSAGE, &response);
}

START_TEST(text_is_escaped)
{
    static const struct {
        struct slice text;
        const char *json, *xml;
    } rows[] = {
        {{(const uint8_t *)"", 0}, "", NULL},
        {{(const uint8_t *)"a\"b", 3}, "a\\\"b", "a&quot;b"},
        {{(const uint8_t *)"<&>'", 4}, "<&>'", "&lt;&amp;&gt;'"},
        {{(const uint8_t *)"\\/", 2}, "\\\\/", "\\/"},
        {{(const uint8_t *)"a\r\nb\tc", 6}, "a\\r\\nb\\tc", "a&#xD;\nb\tc"},
        {{(const uint8_t *)"\r", 1}, "\\r", "&#xD;"},
        {{(const uint8_t *)"\r\r<", 3}, "\\r\\r<", "&#xD;&#xD;&lt;"},
        {{(const uint8_t *)"\0\1\x1f\b\f", 5},
         "\\u0000\\u0001\\u001f\\b\\f",
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {{(const uint8_t *)"\x7f\xc3\xa9\xf0\x9f\x98\x80", 7},
         "\x7f\xc3\xa9\xf0\x9f\x98\x80",
         "\x7f\xc3\xa9\xf0\x9f\x98\x80"},
        {{(const uint8_t *)"\xef\xbf\xbe", 3}, "\xef\xbf\xbe", "\xef\xbf\xbd"},
        {{(const uint8_t *)"a\xff"
                           "b\xc3",
          4},
         "a\xef\xbf\xbd"
         "b\xef\xbf\xbd",
         "a\xef\xbf\xbd"
         "b\xef\xbf\xbd"},
        {{(const uint8_t *)"\xed\xa0\x80", 3},
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {{(const uint8_t *)"]]>", 3}, "]]>", "]]&gt;"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice json = arena_print(&arena, "{\"Messages\":[{\"Body\":\"%s\"}]}", rows[i].json);
        ck_assert_msg(slice_equal(encode_body(API_JSON, rows[i].text), json), "row %zu", i);
        struct slice body = rows[i].xml == NULL
                                ? SLICE("<Body/>")
                                : arena_print(&arena, "<Body>%s</Body>", rows[i].xml);
        struct slice xml =
            arena_print(&arena,
                        "<?xml version=\"1.0\"?><ReceiveMessageResponse" XMLNS
                        "><ReceiveMessageResult><Message>%.*s</Message>"
                        "</ReceiveMessageResult>" METADATA "</ReceiveMessageResponse>",
                        SLICE_PRINT(body));
        struct slice got = encode_body(API_QUERY, rows[i].text);
        ck_assert_msg(slice_equal(got, xml), "row %zu: %.*s", i, SLICE_PRINT(got));
    }
}
END_TEST

/* Texts are looked at eight bytes at a time: what a parser reads is what was written, wherever in a word the byte is. */
START_TEST(every_byte_is_escaped_wherever_it_stands)
{
    uint8_t text[19];
    for (uint8_t byte = 1; byte < 0x80; byte++) {
        bool is_char = byte >= 0x20 || byte == '\t' || byte == '\n' || byte == '\r';
        for (size_t at = 0; at < sizeof(text); at++) {
            memset(text, 'x', sizeof(text));
            text[at] = byte;
            struct slice xml = encode_body(API_QUERY, slice_of(text, sizeof(text)));
            xmlDoc *document = xmlReadMemory((const char *)xml.at, (int)xml.bytes, "", NULL,
                                             XML_PARSE_NONET | XML_PARSE_NOERROR);
            ck_assert_msg(document != NULL, "%02x at %zu", byte, at);
            xmlNode *result = xmlDocGetRootElement(document)->children;
            xmlChar *body = xmlNodeGetContent(result->children->children);
            struct slice got = slice_from_text((const char *)body);
            struct slice wanted = slice_of(text, sizeof(text));
            if (!is_char)
                wanted =
                    arena_print(&arena, "%.*s\xef\xbf\xbd%.*s", SLICE_PRINT(slice_head(wanted, at)),
                                SLICE_PRINT(slice_from(wanted, at + 1)));
            ck_assert_msg(slice_equal(got, wanted), "%02x at %zu: %.*s", byte, at,
                          SLICE_PRINT(got));
            xmlFree(body);
            xmlFreeDoc(document);
        }
        arena_reset(&arena);
    }
}
END_TEST

/* Whatever bytes are in a text, the answer is XML that a parser takes and JSON that our reader takes. */
START_TEST(answers_are_well_formed_whatever_the_bytes)
{
    for (int lead = 0; lead < 256; lead++) {
        for (int trail = 0; trail < 256; trail++) {
            const uint8_t text[4] = {(uint8_t)lead, (uint8_t)trail, 0x80, 'x'};
            struct slice xml = encode_body(API_QUERY, slice_of(text, 4));
            xmlDoc *document =
                xmlReadMemory((const char *)xml.at, (int)xml.bytes, "", NULL,
                              XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
            ck_assert_msg(document != NULL, "%02x %02x", (unsigned)lead, (unsigned)trail);
            xmlFreeDoc(document);
            struct api_receive_message_response response = {0};
            struct api_error error;
            ck_assert(api_decode_json_table(&arena, encode_body(API_JSON, slice_of(text, 4)),
                                            api_action_info(API_RECEIVE_MESSAGE)->response,
                                            &response, &error));
        }
        arena_reset(&arena);
    }
    xmlCleanupParser();
}
END_TEST

/* Types that no request has yet are read all the same: answers are read back by the same walker. */
START_TEST(answers_can_be_read_back)
{
    struct api_list_message_move_tasks_response tasks = {0};
    struct api_send_message_batch_response batch = {0};
    struct api_receive_message_response receive = {0};
    struct api_error error;
    ck_assert(api_decode_json_table(
        &arena,
        SLICE(
            "{\"Results\":[{\"StartedTimestamp\":1772366399000,\"MaxNumberOfMessagesPerSecond\":5}]}"),
        api_action_info(API_LIST_MESSAGE_MOVE_TASKS)->response, &tasks, &error));
    ck_assert_int_eq(tasks.results.items[0].started_timestamp, 1772366399000);
    ck_assert(api_decode_json_table(
        &arena, SLICE("{\"Failed\":[{\"SenderFault\":true},{\"SenderFault\":false}]}"),
        api_action_info(API_SEND_MESSAGE_BATCH)->response, &batch, &error));
    ck_assert(batch.failed.items[0].sender_fault);
    ck_assert(!batch.failed.items[1].sender_fault);
    ck_assert(batch.failed.items[1].has_sender_fault);
    ck_assert(!api_decode_json_table(&arena, SLICE("{\"Failed\":[{\"SenderFault\":1}]}"),
                                     api_action_info(API_SEND_MESSAGE_BATCH)->response, &batch,
                                     &error));
    testkit_slice_eq(error.message, "NUMBER_VALUE can not be converted to a Boolean");
    ck_assert(!api_decode_json_table(&arena, SLICE("{\"Results\":[{\"StartedTimestamp\":\"1\"}]}"),
                                     api_action_info(API_LIST_MESSAGE_MOVE_TASKS)->response, &tasks,
                                     &error));
    testkit_slice_eq(error.message, "STRING_VALUE can not be converted to a Long");
    struct api_message message = message_of_reference();
    struct api_receive_message_response sent = {.has_messages = true, .messages = {&message, 1}};
    ck_assert(api_decode_json_table(&arena, encode(API_JSON, API_RECEIVE_MESSAGE, &sent),
                                    api_action_info(API_RECEIVE_MESSAGE)->response, &receive,
                                    &error));
    ck_assert(slice_equal(encode(API_QUERY, API_RECEIVE_MESSAGE, &sent),
                          encode(API_QUERY, API_RECEIVE_MESSAGE, &receive)));
}
END_TEST

START_TEST(large_bodies_pass_whole)
{
    static uint8_t body[1u << 20];
    memset(body, 'x', sizeof(body));
    ck_assert_uint_gt(encode_body(API_QUERY, slice_of(body, sizeof(body))).bytes, sizeof(body));
    memset(body, '"', sizeof(body));
    ck_assert_uint_gt(encode_body(API_QUERY, slice_of(body, sizeof(body))).bytes, 6 * sizeof(body));
    ck_assert_uint_gt(encode_body(API_JSON, slice_of(body, sizeof(body))).bytes, 2 * sizeof(body));
    memset(body, '\r', sizeof(body));
    ck_assert_uint_gt(encode_body(API_QUERY, slice_of(body, sizeof(body))).bytes, 5 * sizeof(body));
}
END_TEST

START_TEST(content_types)
{
    testkit_slice_eq(api_content_type(API_JSON), "application/x-amz-json-1.0");
    testkit_slice_eq(api_content_type(API_QUERY), "text/xml");
    testkit_slice_eq(api_content_type(API_QUERY_JSON), "application/json");
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
    tcase_add_test(tests, send_message);
    tcase_add_test(tests, receive_message);
    tcase_add_test(tests, empty_answers);
    tcase_add_test(tests, batch_with_a_failure);
    tcase_add_test(tests, lists_maps_and_numbers);
    tcase_add_test(tests, move_task_results);
    tcase_add_test(tests, errors_of_the_reference);
    tcase_add_test(tests, statuses_that_surprise);
    tcase_add_test(tests, text_is_escaped);
    tcase_add_test(tests, every_byte_is_escaped_wherever_it_stands);
    tcase_add_test(tests, answers_are_well_formed_whatever_the_bytes);
    tcase_add_test(tests, answers_can_be_read_back);
    tcase_add_test(tests, large_bodies_pass_whole);
    tcase_add_test(tests, content_types);
}

int main(void)
{
    return testkit_run("encode", fill);
}

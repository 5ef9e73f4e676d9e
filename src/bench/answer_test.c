#include "bench/answer.h"

#include "base/check.h"
#include "base/random.h"
#include "testkit/testkit.h"

#include "base/banned.h"

static struct answer answer;
static uint8_t text[4096];

static bool parse_json(const char *body)
{
    memcpy(text, body, strlen(body));
    return answer_parse_json(text, strlen(body), &answer);
}

static bool parse_xml(const char *body)
{
    memcpy(text, body, strlen(body));
    return answer_parse_xml(text, strlen(body), &answer);
}

START_TEST(json_messages_are_found_among_other_members)
{
    ck_assert(parse_json(
        "{\"Messages\":[{\"Attributes\":{\"SenderId\":\"Body\",\"Body\":\"no\"},\"Body\":\"a\\\"b\",\"MD5OfBody\":\"m\","
        "\"MessageAttributes\":{\"Body\":{\"StringValue\":\"ReceiptHandle\"}},\"MessageId\":\"i1\",\"ReceiptHandle\":\"r1\"}, "
        "{\"ReceiptHandle\" : \"r2\" , \"Body\":\"\", \"n\":-1.5e3, \"list\":[[\"Body\"],{}], \"MessageId\":\"i2\"}],"
        "\"Other\":[{\"Body\":\"x\"}],\"More\":{\"a\":{\"Body\":\"y\"}}}"));
    ck_assert_uint_eq(answer.entries_count, 2);
    ck_assert_int_eq(answer.entries[0].list, ANSWER_MESSAGES);
    testkit_slice_eq(answer.entries[0].body, "a\"b");
    testkit_slice_eq(answer.entries[0].message_id, "i1");
    testkit_slice_eq(answer.entries[0].receipt, "r1");
    testkit_slice_eq(answer.entries[1].body, "");
    ck_assert_ptr_nonnull(answer.entries[1].body.at);
    testkit_slice_eq(answer.entries[1].message_id, "i2");
    testkit_slice_eq(answer.entries[1].receipt, "r2");
}
END_TEST

START_TEST(json_batches_errors_and_single_results_are_found)
{
    ck_assert(parse_json("{\"Failed\":[{\"Code\":\"C\",\"Id\":\"3\",\"SenderFault\":true}],"
                         "\"Successful\":[{\"Id\":\"0\",\"MessageId\":\"i\"},{\"Id\":\"1\"}]}"));
    ck_assert_uint_eq(answer.entries_count, 3);
    ck_assert_int_eq(answer.entries[0].list, ANSWER_FAILED);
    testkit_slice_eq(answer.entries[0].id, "3");
    testkit_slice_eq(answer.entries[0].code, "C");
    ck_assert_int_eq(answer.entries[2].list, ANSWER_SUCCESSFUL);
    testkit_slice_eq(answer.entries[2].id, "1");
    ck_assert(parse_json("{\"MD5OfMessageBody\":\"m\",\"MessageId\":\"i\"}"));
    testkit_slice_eq(answer.message_id, "i");
    ck_assert(parse_json("{\"QueueUrl\":\"http:\\/\\/h/q\"}"));
    testkit_slice_eq(answer.queue_url, "http://h/q");
    ck_assert(
        parse_json("{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"no\"}"));
    testkit_slice_eq(answer.error_code, "com.amazonaws.sqs#QueueDoesNotExist");
    testkit_slice_eq(answer.error_text, "no");
    ck_assert(parse_json("{\"__type\":\"x\",\"Message\":\"denied\"}"));
    testkit_slice_eq(answer.error_text, "denied");
}
END_TEST

START_TEST(empty_answers_are_empty)
{
    static const char *const json[] = {"", "{}", " {} \n", "{\"Messages\":[]}",
                                       "{\"Messages\":null}"};
    static const char *const xml[] = {"", "<?xml version=\"1.0\"?><R><ReceiveMessageResult/></R>",
                                      "<R><X></X><M><I>1</I></M></R>\n"};
    for (size_t i = 0; i < ARRAY_COUNT(json); i++) {
        ck_assert(parse_json(json[i]));
        ck_assert_uint_eq(answer.entries_count, 0);
        ck_assert_ptr_null(answer.message_id.at);
    }
    for (size_t i = 0; i < ARRAY_COUNT(xml); i++) {
        ck_assert(parse_xml(xml[i]));
        ck_assert_uint_eq(answer.entries_count, 0);
    }
}
END_TEST

static const struct {
    const char *escaped, *plain;
} json_texts[] = {
    {"", ""},
    {"plain text longer than a word", "plain text longer than a word"},
    {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
    {"1234567\\\"89", "1234567\"89"},
    {"12345678\\\"9", "12345678\"9"},
    {"\\u0041\\u00e9\\u20AC\\ud83d\\ude00!", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80!"},
    {"raw \xc3\xa9\xe2\x82\xac bytes", "raw \xc3\xa9\xe2\x82\xac bytes"},
    {"{\\\"r\\\":[1]}", "{\"r\":[1]}"},
};

START_TEST(json_escapes_are_undone)
{
    char body[256];
    snprintf(body, sizeof(body), "{\"Messages\":[{\"Body\":\"%s\"}]}", json_texts[_i].escaped);
    ck_assert(parse_json(body));
    testkit_slice_eq(answer.entries[0].body, json_texts[_i].plain);
}
END_TEST

static const char *const bad_json[] = {
    "{",
    "}",
    "[]",
    "\"text\"",
    "{\"a\":[}",
    "{\"a\":[{]}",
    "{\"a\":\"b}",
    "{\"a\":\"b\\\"}",
    "{\"a\":\"b\\",
    "{\"a\":\"\\x\"}",
    "{\"a\":\"\\u12\"}",
    "{\"a\":\"\\u12g4\"}",
    "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\\ud800\\u0041\"}",
    "{\"a\":\"\\udc00\"}",
    "{\"a\":\"line\nbreak\"}",
    "{\"Messages\":[{},{},{},{},{},{},{},{},{},{},{}]}",
};

START_TEST(broken_json_is_refused)
{
    ck_assert(!parse_json(bad_json[_i]));
}
END_TEST

START_TEST(json_nesting_is_bounded)
{
    char body[2 * ANSWER_DEPTH_MAX + 32];
    for (uint32_t extra = 0; extra < 2; extra++) {
        uint32_t arrays = ANSWER_DEPTH_MAX - 1 + extra;
        memcpy(body, "{\"a\":", 5);
        memset(body + 5, '[', arrays);
        memset(body + 5 + arrays, ']', arrays);
        memcpy(body + 5 + 2 * arrays, "}", 2);
        ck_assert_int_eq(parse_json(body), extra == 0);
    }
}
END_TEST

START_TEST(xml_messages_are_found_among_other_members)
{
    ck_assert(parse_xml(
        "<?xml version=\"1.0\"?>\n<ReceiveMessageResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">\n"
        " <ReceiveMessageResult>\n  <Message><MessageId>i1</MessageId><ReceiptHandle>r1</ReceiptHandle>"
        "<MD5OfBody>m</MD5OfBody><Body>{&quot;r&quot;:1}</Body><Attribute><Name>Body</Name><Value>x</Value></Attribute>"
        "<MessageAttribute><Name>k</Name><Value><Body>deep</Body><DataType>String</DataType></Value></MessageAttribute>"
        "</Message><Message ><Body></Body><MessageId >i2</MessageId ><ReceiptHandle>r2</ReceiptHandle></Message>"
        "</ReceiveMessageResult><ResponseMetadata><RequestId>q</RequestId></ResponseMetadata></ReceiveMessageResponse>"));
    ck_assert_uint_eq(answer.entries_count, 2);
    ck_assert_int_eq(answer.entries[0].list, ANSWER_MESSAGES);
    testkit_slice_eq(answer.entries[0].body, "{\"r\":1}");
    testkit_slice_eq(answer.entries[0].message_id, "i1");
    testkit_slice_eq(answer.entries[0].receipt, "r1");
    testkit_slice_eq(answer.entries[1].body, "");
    testkit_slice_eq(answer.entries[1].message_id, "i2");
    testkit_slice_eq(answer.entries[1].receipt, "r2");
}
END_TEST

START_TEST(xml_batches_errors_and_single_results_are_found)
{
    ck_assert(parse_xml(
        "<R><S><SendMessageBatchResultEntry><Id>0</Id><MessageId>i</MessageId></SendMessageBatchResultEntry>"
        "<BatchResultErrorEntry><Id>1</Id><Code>C</Code><Message>m</Message></BatchResultErrorEntry></S></R>"));
    ck_assert_uint_eq(answer.entries_count, 2);
    ck_assert_int_eq(answer.entries[0].list, ANSWER_SUCCESSFUL);
    testkit_slice_eq(answer.entries[0].id, "0");
    ck_assert_int_eq(answer.entries[1].list, ANSWER_FAILED);
    testkit_slice_eq(answer.entries[1].code, "C");
    ck_assert(parse_xml("<R><SendMessageResult><MessageId>i</MessageId></SendMessageResult></R>"));
    testkit_slice_eq(answer.message_id, "i");
    ck_assert(parse_xml("<R><C><QueueUrl>http://h/q?a&amp;b</QueueUrl></C></R>"));
    testkit_slice_eq(answer.queue_url, "http://h/q?a&b");
    ck_assert(parse_xml(
        "<ErrorResponse><Error><Type>Sender</Type><Code>C</Code><Message>&quot;m&quot;</Message>"
        "<Detail/></Error><RequestId>q</RequestId></ErrorResponse>"));
    ck_assert_uint_eq(answer.entries_count, 0);
    testkit_slice_eq(answer.error_code, "C");
    testkit_slice_eq(answer.error_text, "\"m\"");
    ck_assert(parse_xml("<R><G><Attribute><Name>n</Name><Value>v</Value></Attribute></G></R>"));
    ck_assert_uint_eq(answer.entries_count, 0);
}
END_TEST

/* As other servers write it. */
START_TEST(xml_of_other_hands_is_read_too)
{
    ck_assert(parse_xml(
        "<?xml version='1.0' encoding='UTF-8'?>\r\n<!-- made by hand -->\r\n"
        "<ns:ReceiveMessageResponse\r\n  xmlns='x' >\r\n\t<ReceiveMessageResult>\r\n\t\t<Message>\r\n"
        "<MD5OfBody/><!-- <Body>no</Body> --><MessageId>i</MessageId>\n<Body><![CDATA[{\"a\":\"<&>\"}]]></Body>\n"
        "<ReceiptHandle>r</ReceiptHandle>\n</Message>\n</ReceiveMessageResult>\n</ns:ReceiveMessageResponse>\n"));
    ck_assert_uint_eq(answer.entries_count, 1);
    testkit_slice_eq(answer.entries[0].body, "{\"a\":\"<&>\"}");
    testkit_slice_eq(answer.entries[0].message_id, "i");
    testkit_slice_eq(answer.entries[0].receipt, "r");
}
END_TEST

static const struct {
    uint32_t status;
    const char *body;
    bool is_xml;
    const char *shown;
} errors[] = {
    {400, "{\"__type\":\"a#B\",\"message\":\"no\\nway\"}", false, "400 a#B no way"},
    {403, "<E><Error><Code>C</Code><Message>m</Message></Error></E>", true, "403 C m"},
    {502, "<html>\r\n<head>\r\n  <title>Bad</title>", false,
     "502 <html> <head> <title>Bad</title>"},
    {400, "<E><Error><Code>C</Code></Error></E>", false,
     "400 <E><Error><Code>C</Code></Error></E>"},
    {500, "", false, "500"},
    {500, "\033[2J\a", true, "500 ?[2J?"},
    {500, "  \n ", true, "500"},
};

START_TEST(errors_are_described_whatever_they_look_like)
{
    char shown[240], small[16];
    uint8_t copy[256];
    size_t bytes = strlen(errors[_i].body);
    memcpy(copy, errors[_i].body, bytes);
    MAYBE(errors[_i].is_xml ? answer_parse_xml(copy, bytes, &answer)
                            : answer_parse_json(copy, bytes, &answer));
    answer_describe(errors[_i].status, &answer, slice_of(copy, bytes), shown, sizeof(shown));
    ck_assert_str_eq(shown, errors[_i].shown);
    answer_describe(errors[_i].status, &answer, slice_of(copy, bytes), small, sizeof(small));
    ck_assert_int_eq(strncmp(small, shown, strlen(small)), 0);
}
END_TEST

static const struct {
    const char *escaped, *plain;
} xml_texts[] = {
    {"plain", "plain"},
    {"&amp;&lt;&gt;&quot;&apos;", "&<>\"'"},
    {"a&#xD;b&#10;c&#x1F600;", "a\rb\nc\xf0\x9f\x98\x80"},
    {"&amp;amp;", "&amp;"},
    {"\xc3\xa9", "\xc3\xa9"},
};

START_TEST(xml_escapes_are_undone)
{
    char body[256];
    snprintf(body, sizeof(body), "<R><S><Message><Body>%s</Body></Message></S></R>",
             xml_texts[_i].escaped);
    ck_assert(parse_xml(body));
    testkit_slice_eq(answer.entries[0].body, xml_texts[_i].plain);
}
END_TEST

static const char *const bad_xml[] = {
    "<R>",
    "</R>",
    "<R></R></R>",
    "<R><S></R></S>",
    "<>",
    "</>",
    "<R",
    "<R><S><B>&nbsp;</B></S></R>",
    "<R><S><B>&amp</B></S></R>",
    "<R><S><B>&#;</B></S></R>",
    "<R><S><B>&#x110000;</B></S></R>",
    "<R><S><B>&#xD800;</B></S></R>",
    "<R><S><B>&#123456789;</B></S></R>",
    "<R><S><B><![CDATA[x]></B></S></R>",
    "<R><!-- x -></R>",
    "<!",
    "<!DOCTYPE R><R></R>",
    "<R><S><Message><A/></Message><Message><A/></Message><Message><A/></Message><Message><A/></Message>"
    "<Message><A/></Message><Message><A/></Message><Message><A/></Message><Message><A/></Message>"
    "<Message><A/></Message><Message><A/></Message><Message><A/></Message></S></R>",
};

START_TEST(broken_xml_is_refused)
{
    ck_assert(!parse_xml(bad_xml[_i]));
}
END_TEST

/* For the sanitizers: every cut, and many single-byte changes, of answers that hold most of what can occur. */
START_TEST(damaged_answers_stay_within_their_bytes)
{
    static const char *const sources[] = {
        "{\"Messages\":[{\"Body\":\"a\\\"\\ud83d\\ude00\\n\",\"ReceiptHandle\":\"r\",\"x\":{\"y\":[1,{}]}}],\"Failed\":[{\"Id\":\"1\"}]}",
        "<?xml?><R><S><Message><Body>a&amp;&#x41;</Body><!-- x --><A><B/><C><![CDATA[y]]></C></A></Message></S></R>"};
    uint64_t state = 11;
    for (int round = 0; round < 40000; round++) {
        const char *source = sources[round & 1];
        size_t count = strlen(source);
        size_t used = round % 3 == 0 ? random_next(&state) % (count + 1) : count;
        uint8_t *copy = malloc(used + 1);
        memcpy(copy, source, used);
        if (used > 0)
            copy[random_next(&state) % used] =
                (uint8_t) "\"\\{}[]<>/&;u\0x,:"[random_next(&state) % 16];
        MAYBE((round & 1) == 0 ? answer_parse_json(copy, used, &answer)
                               : answer_parse_xml(copy, used, &answer));
        for (uint32_t i = 0; i < answer.entries_count; i++)
            ck_assert_uint_le(answer.entries[i].body.bytes, used);
        free(copy);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, json_messages_are_found_among_other_members);
    tcase_add_test(tests, json_batches_errors_and_single_results_are_found);
    tcase_add_test(tests, empty_answers_are_empty);
    tcase_add_loop_test(tests, json_escapes_are_undone, 0, ARRAY_COUNT(json_texts));
    tcase_add_loop_test(tests, broken_json_is_refused, 0, ARRAY_COUNT(bad_json));
    tcase_add_test(tests, json_nesting_is_bounded);
    tcase_add_test(tests, xml_messages_are_found_among_other_members);
    tcase_add_test(tests, xml_batches_errors_and_single_results_are_found);
    tcase_add_test(tests, xml_of_other_hands_is_read_too);
    tcase_add_loop_test(tests, errors_are_described_whatever_they_look_like, 0,
                        ARRAY_COUNT(errors));
    tcase_add_loop_test(tests, xml_escapes_are_undone, 0, ARRAY_COUNT(xml_texts));
    tcase_add_loop_test(tests, broken_xml_is_refused, 0, ARRAY_COUNT(bad_xml));
    tcase_add_test(tests, damaged_answers_stay_within_their_bytes);
}

int main(void)
{
    return testkit_run("answer", fill);
}

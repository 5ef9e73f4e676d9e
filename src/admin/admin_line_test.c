/* One message as one JSON line: what is written can be read again, and what is wrong is refused. */
#include "admin/admin_line.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/uuid.h"
#include "log/message.h"
#include "testkit/testkit.h"

#define ID "00112233-4455-6677-8899-aabbccddeeff"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena);
}

static void tear_down(void)
{
    arena_done(&arena);
}

/* ---- writing ---- */

static struct slice encode(struct message_content *content)
{
    bool is_id = uuid_parse(SLICE(ID), content->message_id);
    ck_assert(is_id);
    digest_md5(content->body, content->body_digest);
    uint32_t bytes = message_encoded_bytes(content);
    uint8_t *at = arena_take(&arena, bytes);
    message_encode(content, at);
    return slice_of(at, bytes);
}

static struct slice print(const struct engine_peek *found, struct message_content *content)
{
    struct clock_now now = {.mono = {1000}, .wall = {5000}};
    json_t *line = admin_line_make(&arena, found, encode(content), now);
    char *text = json_dumps(line, JSON_COMPACT | JSON_PRESERVE_ORDER);
    struct slice copy = arena_copy(&arena, slice_from_text(text));
    free(text);
    json_decref(line);
    return copy;
}

START_TEST(a_plain_message_has_no_empty_members)
{
    struct message_content content = {.sent_at = {4000}, .body = SLICE("hello")};
    struct engine_peek found = {.sequence = 7, .state = ENGINE_VISIBLE};
    testkit_slice_eq(print(&found, &content),
                     "{\"message_id\":\"" ID "\",\"sequence\":\"7\",\"state\":\"visible\","
                     "\"receive_count\":0,\"sent_ms\":4000,\"body\":\"hello\"}");
}
END_TEST

static const struct message_attribute attributes[] = {
    {.name = {(const uint8_t *)"b", 1},
     .type = {(const uint8_t *)"Binary.gz", 9},
     .value = {(const uint8_t *)"\0\xff", 2},
     .is_binary = true},
    {.name = {(const uint8_t *)"n", 1},
     .type = {(const uint8_t *)"Number", 6},
     .value = {(const uint8_t *)"12", 2}},
};

static struct message_content full_content(void)
{
    return (struct message_content){.sent_at = {4000},
                                    .sender_id = SLICE("AIDA"),
                                    .group_id = SLICE("g"),
                                    .dedup_id = SLICE("d"),
                                    .trace_header = SLICE("Root=1"),
                                    .dead_letter_source = SLICE("arn:aws:sqs:r:1:q"),
                                    .body = SLICE("\xc3\xa4\n\"<\xf0\x9f\x98\x80"),
                                    .attributes = attributes,
                                    .attributes_count = 2};
}

static const struct engine_peek full_found = {.sequence = UINT64_MAX,
                                              .state = ENGINE_INFLIGHT,
                                              .until = {31000},
                                              .first_received = {4500},
                                              .receive_count = 3};

START_TEST(a_full_message_has_them_all)
{
    struct message_content content = full_content();
    testkit_slice_eq(
        print(&full_found, &content),
        "{\"message_id\":\"" ID "\",\"sequence\":\"18446744073709551615\",\"state\":\"in flight\","
        "\"visible_in_ms\":30000,\"receive_count\":3,\"first_received_ms\":4500,\"sent_ms\":4000,"
        "\"sender_id\":\"AIDA\",\"group\":\"g\",\"deduplication_id\":\"d\","
        "\"trace_header\":\"Root=1\",\"dead_letter_source\":\"arn:aws:sqs:r:1:q\","
        "\"body\":\"\xc3\xa4\\n\\\"<\xf0\x9f\x98\x80\","
        "\"attributes\":{\"b\":{\"type\":\"Binary.gz\",\"value\":\"AP8=\"},"
        "\"n\":{\"type\":\"Number\",\"value\":\"12\"}}}");
}
END_TEST

START_TEST(what_is_due_waits_no_longer)
{
    struct message_content content = {.body = SLICE("x")};
    struct engine_peek found = {.state = ENGINE_DELAYED, .until = {999}};
    struct slice text = print(&found, &content);
    ck_assert(memmem(text.at, text.bytes, "\"visible_in_ms\":0,", 18) != NULL);
}
END_TEST

/* ---- reading ---- */

static struct admin_line read_good(struct slice text)
{
    struct admin_line line;
    struct slice why = SLICE_NONE;
    bool is_good = admin_line_read(text, &arena, &line, &why);
    ck_assert_msg(is_good, "%.*s", SLICE_PRINT(why));
    return line;
}

START_TEST(what_was_written_can_be_read)
{
    struct message_content content = full_content();
    struct admin_line line = read_good(print(&full_found, &content));
    const struct api_send_message_request *send = &line.send;
    ck_assert(line.has_id && memcmp(line.message_id, content.message_id, 16) == 0);
    ck_assert_int_eq(line.state, ENGINE_INFLIGHT);
    ck_assert_int_eq(line.visible_in_ms, 30000);
    ck_assert_int_eq(line.receive_count, 3);
    ck_assert_int_eq(line.first_received_ms, 4500);
    ck_assert_int_eq(line.sent_ms, 4000);
    testkit_slice_eq(line.sender_id, "AIDA");
    testkit_slice_eq(line.dead_letter_source, "arn:aws:sqs:r:1:q");
    ck_assert(slice_equal(send->message_body, content.body));
    testkit_slice_eq(send->message_group_id, "g");
    testkit_slice_eq(send->message_deduplication_id, "d");
    ck_assert_uint_eq(send->message_system_attributes.count, 1);
    testkit_slice_eq(send->message_system_attributes.items[0].name, "AWSTraceHeader");
    testkit_slice_eq(send->message_system_attributes.items[0].value.string_value, "Root=1");
    ck_assert_uint_eq(send->message_attributes.count, 2);
    const struct api_message_attribute *read = send->message_attributes.items;
    testkit_slice_eq(read[0].name, "b");
    testkit_slice_eq(read[0].value.data_type, "Binary.gz");
    ck_assert(read[0].value.has_binary_value && !read[0].value.has_string_value);
    ck_assert(slice_equal(read[0].value.binary_value, attributes[0].value));
    testkit_slice_eq(read[1].value.string_value, "12");
}
END_TEST

START_TEST(a_body_is_all_that_a_line_needs)
{
    struct admin_line line = read_good(SLICE("{\"body\": \"x\"}"));
    ck_assert(!line.has_id && line.state == ENGINE_VISIBLE && line.sent_ms == -1);
    ck_assert(line.visible_in_ms == 0 && line.receive_count == 0 && line.first_received_ms == 0);
    ck_assert(line.sender_id.at == NULL && line.dead_letter_source.at == NULL);
    ck_assert(!line.send.has_message_group_id && !line.send.has_message_attributes);
}
END_TEST

/* {"body":"x",<more>} is refused with this; NULL: in words of the JSON library. */
static const struct {
    const char *more, *why;
} bad_members[] = {
    {"\"body\":\"y\"", NULL},
    {"\"colour\":1", "\"colour\" is no member of an exported message"},
    {"\"message_id\":\"" ID "0\"", "\"message_id\" is no UUID"},
    {"\"message_id\":7", "\"message_id\" is to be a text"},
    {"\"sequence\":7", "\"sequence\" is to be a text"},
    {"\"state\":\"gone\"", "\"state\" is no state of a message"},
    {"\"state\":null", "\"state\" is to be a text"},
    {"\"visible_in_ms\":1", "\"visible_in_ms\" needs the state \"in flight\" or \"delayed\""},
    {"\"state\":\"in flight\",\"visible_in_ms\":43200001",
     "\"visible_in_ms\" is to be a whole number from 0 to 43200000"},
    {"\"state\":\"delayed\",\"receive_count\":1",
     "\"state\" is \"delayed\", but the message was received before"},
    {"\"receive_count\":-1", "\"receive_count\" is to be a whole number from 0 to 1000000000"},
    {"\"receive_count\":1.0", "\"receive_count\" is to be a whole number from 0 to 1000000000"},
    {"\"receive_count\":1000000001",
     "\"receive_count\" is to be a whole number from 0 to 1000000000"},
    {"\"first_received_ms\":5", "\"first_received_ms\" needs a receive_count"},
    {"\"sent_ms\":\"5\"", "\"sent_ms\" is to be a whole number from 0 to 253402300799999"},
    {"\"sent_ms\":1e999", NULL},
    {"\"sender_id\":\"\"", "\"sender_id\" is empty, too long or has forbidden characters"},
    {"\"sender_id\":\"\\u0001\"", "\"sender_id\" is empty, too long or has forbidden characters"},
    {"\"dead_letter_source\":\"q\"", "\"dead_letter_source\" is no ARN of a queue"},
    {"\"group\":[]", "\"group\" is to be a text"},
    {"\"deduplication_id\":{}", "\"deduplication_id\" is to be a text"},
    {"\"trace_header\":true", "\"trace_header\" is to be a text"},
    {"\"attributes\":[]", "\"attributes\" is to be an object of at most ten attributes"},
    {"\"attributes\":{\"a\":{},\"b\":{},\"c\":{},\"d\":{},\"e\":{},\"f\":{},\"g\":{},\"h\":{},\"i\":{},"
     "\"j\":{},\"k\":{}}",
     "\"attributes\" is to be an object of at most ten attributes"},
    {"\"attributes\":{\"a\":\"text\"}", "\"a\" is to be {\"type\": .., \"value\": ..}"},
    {"\"attributes\":{\"a\":{\"type\":\"String\"}}",
     "\"a\" is to be {\"type\": .., \"value\": ..}"},
    {"\"attributes\":{\"a\":{\"type\":\"String\",\"text\":\"\"}}", "\"value\" is to be a text"},
    {"\"attributes\":{\"a\":{\"type\":1,\"value\":\"\"}}", "\"type\" is to be a text"},
    {"\"attributes\":{\"a\":{\"type\":\"Binary\",\"value\":\"AP8\"}}",
     "\"a\" has a Binary type, but its value is no base64"},
};

static void must_refuse(struct slice text, const char *want)
{
    struct admin_line line = {.sent_ms = 99};
    struct slice why = SLICE_NONE;
    bool is_good = admin_line_read(text, &arena, &line, &why);
    ck_assert_msg(!is_good, "%.*s", SLICE_PRINT(text));
    ck_assert_int_eq(line.sent_ms, 99);
    if (want != NULL)
        testkit_slice_eq(why, want);
    else
        ck_assert_uint_gt(why.bytes, 0);
}

START_TEST(members_that_are_wrong_are_named)
{
    for (size_t i = 0; i < ARRAY_COUNT(bad_members); i++)
        must_refuse(arena_print(&arena, "{\"body\":\"x\",%s}", bad_members[i].more),
                    bad_members[i].why);
}
END_TEST

START_TEST(hostile_lines_are_refused)
{
    static const char *const lines[] = {
        "",
        " ",
        "x",
        "[]",
        "\"body\"",
        "null",
        "{}",
        "{\"body\":null}",
        "{\"body\":\"x\"",
        "{\"body\":\"x\"}{}",
        "{\"body\":\"\\ud800\"}",
        "{\"body\":\"\\u0000\"}",
        "{\"body\":\"\xff\"}",
        "{\"body\":\"\xed\xa0\x80\"}",
        "{\"bo\\u0000dy\":\"x\"}",
        "{\"\xff\":\"x\"}",
    };
    for (size_t i = 0; i < ARRAY_COUNT(lines); i++)
        must_refuse(slice_from_text(lines[i]), NULL);
    must_refuse(slice_of("{\"body\":\"x\0\"}", 13), NULL);
}
END_TEST

/* Nested far deeper than any parser's stack would bear, and names longer than any text of ours. */
START_TEST(deep_and_long_lines_are_refused)
{
    size_t bytes = 1u << 20;
    uint8_t *text = arena_take(&arena, bytes);
    memset(text, '[', bytes);
    must_refuse(slice_of(text, bytes), NULL);
    memcpy(text, "{\"", 2);
    memset(text + 2, 'n', bytes - 8);
    memcpy(text + bytes - 6, "\":\"x\"}", 6);
    struct admin_line line;
    struct slice why = SLICE_NONE;
    bool is_good = admin_line_read(slice_of(text, bytes), &arena, &line, &why);
    ck_assert(!is_good && why.bytes < 300);
}
END_TEST

START_TEST(any_cut_of_a_good_line_is_refused)
{
    struct message_content content = full_content();
    struct slice text = print(&full_found, &content);
    for (size_t bytes = 0; bytes < text.bytes; bytes++) {
        must_refuse(slice_head(text, bytes), NULL);
        arena_reset(&arena);
        content = full_content();
        text = print(&full_found, &content);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_plain_message_has_no_empty_members);
    tcase_add_test(tests, a_full_message_has_them_all);
    tcase_add_test(tests, what_is_due_waits_no_longer);
    tcase_add_test(tests, what_was_written_can_be_read);
    tcase_add_test(tests, a_body_is_all_that_a_line_needs);
    tcase_add_test(tests, members_that_are_wrong_are_named);
    tcase_add_test(tests, hostile_lines_are_refused);
    tcase_add_test(tests, deep_and_long_lines_are_refused);
    tcase_add_test(tests, any_cut_of_a_good_line_is_refused);
}

int main(void)
{
    return testkit_run("admin_line", fill);
}

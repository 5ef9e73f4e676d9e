/* Sends: one message and batches of them. Attributes have their own test. */
#include "api/message_rules.h"

#include "base/encode.h"
#include "testkit/testkit.h"

#define LIMIT    1024
#define BODY_MAX (MESSAGE_BATCH_BYTES_MAX + 16u)
#define DEDUP_TYPE_TEXT(id)                                                              \
    "Value " id " for parameter MessageDeduplicationId is invalid. Reason: The request " \
    "include parameter that is not valid for this queue type."
#define CHARACTERS_TEXT \
    "can only include alphanumeric and punctuation characters. 1 to 128 in length."
#define SET_TEXT                                                                         \
    "was found in the message body, the set of allowed characters is #x9 | #xA | #xD | " \
    "[#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]."
#define CONTENT_TEXT                                                                            \
    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId " \
    "provided explicitly"
#define GROUP_TEXT "The request must contain the parameter MessageGroupId."

static const struct message_rules standard = {.message_bytes_max = LIMIT, .delay_s = 7};
static const struct message_rules fifo = {
    .is_fifo = true, .message_bytes_max = LIMIT, .delay_s = 7};
static const struct message_rules fifo_by_content = {
    .is_fifo = true,
    .content_based_deduplication = true,
    .message_bytes_max = LIMIT,
    .delay_s = 7,
};

static struct arena arena;
static char filler[BODY_MAX];

static void set_up(void)
{
    arena_init(&arena);
    memset(filler, 'a', sizeof(filler));
}

static void tear_down(void)
{
    arena_done(&arena);
}

static void check_error(const struct api_error *error, const char *code, const char *text)
{
    ck_assert_ptr_nonnull(error->row);
    ck_assert_str_eq(error->row->query_code, code);
    testkit_slice_eq(error->message, text);
}

/* NULL: absent. "": present and empty. */
struct send_row {
    const struct message_rules *rules;
    const char *body, *group, *dedup;
    int64_t delay_s; /* NO_DELAY: absent */
    const char *code;
    const char *text;
};
#define NO_DELAY INT64_MIN

static struct api_send_message_batch_request_entry entry_of(const struct send_row *row,
                                                            const char *id)
{
    return (struct api_send_message_batch_request_entry){
        .has_id = id != NULL,
        .id = id != NULL ? slice_from_text(id) : SLICE_NONE,
        .has_message_body = row->body != NULL,
        .message_body = row->body != NULL ? slice_from_text(row->body) : SLICE_NONE,
        .has_message_group_id = row->group != NULL,
        .message_group_id = row->group != NULL ? slice_from_text(row->group) : SLICE_NONE,
        .has_message_deduplication_id = row->dedup != NULL,
        .message_deduplication_id = row->dedup != NULL ? slice_from_text(row->dedup) : SLICE_NONE,
        .has_delay_seconds = row->delay_s != NO_DELAY,
        .delay_seconds = row->delay_s,
    };
}

static struct api_send_message_request request_of(const struct send_row *row)
{
    struct api_send_message_batch_request_entry entry = entry_of(row, NULL);
    return (struct api_send_message_request){
        .has_message_body = entry.has_message_body,
        .message_body = entry.message_body,
        .has_message_group_id = entry.has_message_group_id,
        .message_group_id = entry.message_group_id,
        .has_message_deduplication_id = entry.has_message_deduplication_id,
        .message_deduplication_id = entry.message_deduplication_id,
        .has_delay_seconds = entry.has_delay_seconds,
        .delay_seconds = entry.delay_seconds,
    };
}

#define MISSING "MissingParameter"
#define INVALID "InvalidParameterValue"
#define TEXT_129                                                                                  \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890" \
    "12345678901234567890123456789012345678"

START_TEST(a_send_that_breaks_a_rule_is_told_which)
{
    static const struct send_row rows[] = {
        {&standard, NULL, NULL, NULL, NO_DELAY, MISSING,
         "The request must contain the parameter MessageBody."},
        {&standard, "", NULL, NULL, NO_DELAY, MISSING,
         "The request must contain the parameter MessageBody."},
        {&standard,
         "a\x07"
         "b\x08",
         NULL, NULL, NO_DELAY, "InvalidMessageContents",
         "Invalid binary character '#x7' " SET_TEXT},
        {&standard, "\xef\xbf\xbf", NULL, NULL, NO_DELAY, "InvalidMessageContents",
         "Invalid binary character '#xFFFF' " SET_TEXT},
        {&standard, "\xed\xa0\x80", NULL, NULL, NO_DELAY, "InvalidMessageContents",
         "Invalid binary character '#xD800' " SET_TEXT},
        {&standard, "a\xff", NULL, NULL, NO_DELAY, "MalformedInput",
         "The message body is not valid UTF-8."},
        {&standard, "b", "", NULL, NO_DELAY, INVALID,
         "Value  for parameter MessageGroupId is invalid. Reason: MessageGroupId " CHARACTERS_TEXT},
        {&standard, "b", "a b", NULL, NO_DELAY, INVALID,
         "Value a b for parameter MessageGroupId is invalid. Reason: "
         "MessageGroupId " CHARACTERS_TEXT},
        {&fifo, "b", "\xc3\xb8", "d", NO_DELAY, INVALID,
         "Value \xc3\xb8 for parameter MessageGroupId is invalid. Reason: "
         "MessageGroupId " CHARACTERS_TEXT},
        {&fifo, "b", TEXT_129, "d", NO_DELAY, INVALID,
         "Value " TEXT_129 " for parameter MessageGroupId is invalid. Reason: "
         "MessageGroupId " CHARACTERS_TEXT},
        {&fifo, "b", "g", "", NO_DELAY, INVALID,
         "Value  for parameter MessageDeduplicationId is invalid. Reason: "
         "MessageDeduplicationId " CHARACTERS_TEXT},
        {&fifo_by_content, "b", "g", "d\t", NO_DELAY, INVALID,
         "Value d\t for parameter MessageDeduplicationId is invalid. Reason: "
         "MessageDeduplicationId " CHARACTERS_TEXT},
        {&fifo, "b", NULL, "d", NO_DELAY, MISSING, GROUP_TEXT},
        {&fifo, "b", NULL, NULL, NO_DELAY, MISSING, GROUP_TEXT},
        {&fifo_by_content, "b", NULL, NULL, NO_DELAY, MISSING, GROUP_TEXT},
        {&fifo, "b", "g", NULL, NO_DELAY, INVALID, CONTENT_TEXT},
        {&standard, "b", NULL, "d", NO_DELAY, INVALID, DEDUP_TYPE_TEXT("d")},
        {&standard, "b", NULL, NULL, 901, INVALID,
         "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= "
         "900."},
        {&standard, "b", NULL, NULL, -1, INVALID,
         "Value -1 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= "
         "900."},
        {&fifo, "b", "g", "d", 2, INVALID,
         "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that "
         "is not valid for this queue type."},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct api_send_message_request request = request_of(&rows[i]);
        struct message_prepared prepared = {.size_bytes = 4711};
        struct api_error error = {0};
        ck_assert_msg(
            !message_rules_prepare_send(rows[i].rules, &arena, &request, &prepared, &error),
            "row %zu", i);
        check_error(&error, rows[i].code, rows[i].text);
        ck_assert_uint_eq(prepared.size_bytes, 4711);
    }
}
END_TEST

static struct message_prepared prepare(const struct message_rules *rules,
                                       const struct api_send_message_request *request)
{
    struct message_prepared prepared;
    struct api_error error = {0};
    bool is_good = message_rules_prepare_send(rules, &arena, request, &prepared, &error);
    ck_assert_msg(is_good, "%.*s", SLICE_PRINT(error.message));
    return prepared;
}

START_TEST(delay_follows_the_kind_of_queue)
{
    static const struct {
        const struct message_rules *rules;
        int64_t delay_s, want;
    } rows[] = {
        {&standard, NO_DELAY, 7}, {&standard, 0, 0}, {&standard, 900, 900},
        {&fifo, NO_DELAY, 7},     {&fifo, 0, 7},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        bool is_fifo = rows[i].rules->is_fifo;
        struct send_row row = {
            rows[i].rules, "b", is_fifo ? "g" : NULL, is_fifo ? "d" : NULL, rows[i].delay_s,
            NULL,          NULL};
        struct api_send_message_request request = request_of(&row);
        ck_assert_int_eq(prepare(rows[i].rules, &request).delay_s, rows[i].want);
    }
}
END_TEST

static const char *hex(const uint8_t *bytes, size_t count)
{
    uint8_t *text = arena_take_zero(&arena, 2 * count + 1);
    encode_hex(slice_of(bytes, count), text);
    return (const char *)text;
}

/* The keys are stored: they never change. Long values: sha256sum, with the highest bit of the last byte set. */
START_TEST(keys_of_ids_of_all_lengths)
{
    static const struct {
        const char *id, *key;
    } rows[] = {
        {"fifteen-bytes!!", "6669667465656e2d627974657321210f"},
        {"fifteen-bytes!", "6669667465656e2d627974657321000e"},
        {"a-group-of-16-b!", "3bfacf9e7ab394345e81db7733d74e87"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint8_t key[MESSAGE_KEY_BYTES];
        message_rules_key(slice_from_text(rows[i].id), key);
        ck_assert_str_eq(hex(key, sizeof(key)), rows[i].key);
    }
}
END_TEST

START_TEST(ids_and_keys_of_a_send)
{
    static const char body_hash[] =
        "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5"; /* of "same" */
    struct send_row row = {&fifo, "same", "g", "d", NO_DELAY, NULL, NULL};
    struct api_send_message_request request = request_of(&row);
    struct message_prepared prepared = prepare(&fifo, &request);
    testkit_slice_eq(prepared.group_id, "g");
    testkit_slice_eq(prepared.dedup_id, "d");
    ck_assert_str_eq(hex(prepared.group_key, MESSAGE_KEY_BYTES),
                     "67000000000000000000000000000001");
    ck_assert_str_eq(hex(prepared.dedup_key, MESSAGE_KEY_BYTES),
                     "64000000000000000000000000000001");

    struct message_rules per_group = fifo;
    per_group.dedup_per_group = true;
    prepared = prepare(&per_group, &request);
    ck_assert_str_eq(hex(prepared.dedup_key, MESSAGE_KEY_BYTES),
                     "99d8721e9079f969d984e40c0c1b5d90");

    request.has_message_deduplication_id = false;
    prepared = prepare(&fifo_by_content, &request);
    testkit_slice_eq(prepared.dedup_id, body_hash);

    request.has_message_group_id = false;
    prepared = prepare(&standard, &request);
    ck_assert_ptr_null(prepared.group_id.at);
    ck_assert_ptr_null(prepared.dedup_id.at);
}
END_TEST

START_TEST(a_standard_queue_takes_a_group)
{
    struct send_row row = {&standard, "b", "!~g", NULL, NO_DELAY, NULL, NULL};
    struct api_send_message_request request = request_of(&row);
    struct message_prepared prepared = prepare(&standard, &request);
    testkit_slice_eq(prepared.group_id, "!~g");
    ck_assert_ptr_null(prepared.dedup_id.at);
}
END_TEST

static struct api_message_attribute text_attribute(const char *name, const char *value)
{
    return (struct api_message_attribute){
        .name = slice_from_text(name),
        .value = {.has_data_type = true,
                  .data_type = SLICE("String"),
                  .has_string_value = true,
                  .string_value = slice_from_text(value)},
    };
}

START_TEST(size_counts_body_and_user_attributes)
{
    struct api_message_attribute user[] = {text_attribute("name", "value")}; /* 4 + 6 + 5 */
    struct api_message_attribute system[] = {text_attribute("AWSTraceHeader", "Root=1-2-3")};
    struct api_send_message_request request = {
        .has_message_body = true,
        .message_body = slice_of(filler, LIMIT - 15),
        .has_message_attributes = true,
        .message_attributes = {user, 1},
        .has_message_system_attributes = true,
        .message_system_attributes = {system, 1},
    };
    struct message_prepared prepared = prepare(&standard, &request);
    struct api_error error = {0};
    ck_assert_uint_eq(prepared.size_bytes, LIMIT);
    request.message_body.bytes++;
    ck_assert(!message_rules_prepare_send(&standard, &arena, &request, &prepared, &error));
    check_error(&error, INVALID,
                "One or more parameters are invalid. Reason: Message must be shorter than 1024 "
                "bytes.");
}
END_TEST

START_TEST(digests_cover_body_attributes_and_system_attributes)
{
    struct api_message_attribute user[] = {text_attribute("k", "x")};
    struct api_message_attribute system[] = {text_attribute(
        "AWSTraceHeader",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")};
    struct api_send_message_request request = {
        .has_message_body = true,
        .message_body = SLICE("hello, world"),
        .message_attributes = {user, 1},
        .message_system_attributes = {system, 1},
    };
    struct message_prepared prepared = prepare(&standard, &request);
    ck_assert_str_eq(hex(prepared.body_digest, MD5_BYTES), "e4d7f1b4ed2e42d15898f4b27b019da4");
    ck_assert_str_eq(hex(prepared.attributes_digest, MD5_BYTES),
                     "a45daa70926828a2f0a1db3418e6feb4");
    ck_assert(prepared.has_system_digest);
    ck_assert_str_eq(hex(prepared.system_digest, MD5_BYTES), "5ae4d5d7636402d80f4eb6d213245a88");
    ck_assert(slice_equal(prepared.trace_header, system[0].value.string_value));
}
END_TEST

/* D5: the parameter goes before the HTTP header, which gives no digest. */
START_TEST(trace_header_comes_from_http_when_the_parameter_is_absent)
{
    struct api_message_attribute system[] = {text_attribute("AWSTraceHeader", "Root=param")};
    struct message_rules rules = standard;
    struct api_send_message_request request = {.has_message_body = true,
                                               .message_body = SLICE("b")};
    ck_assert_ptr_null(prepare(&rules, &request).trace_header.at);
    rules.trace_header = SLICE("Root=http");
    testkit_slice_eq(prepare(&rules, &request).trace_header, "Root=http");
    ck_assert(!prepare(&rules, &request).has_system_digest);
    request.message_system_attributes = (struct api_message_attribute_map){system, 1};
    testkit_slice_eq(prepare(&rules, &request).trace_header, "Root=param");
    request.message_system_attributes.count = 0;
    rules.trace_header = SLICE("bad\x01");
    ck_assert_ptr_null(prepare(&rules, &request).trace_header.at);
    rules.trace_header = slice_of(filler, MESSAGE_TRACE_BYTES_MAX + 1);
    ck_assert_ptr_null(prepare(&rules, &request).trace_header.at);
}
END_TEST

/* ---- batches ---- */

static bool prepare_batch(const struct message_rules *rules,
                          struct api_send_message_batch_request_entry *entries, uint32_t count,
                          struct message_batch *ret_batch, struct api_error *ret_error)
{
    struct api_send_message_batch_request request = {
        .has_entries = true,
        .entries = {entries, count},
    };
    *ret_error = (struct api_error){0};
    return message_rules_prepare_batch(rules, &arena, &request, ret_batch, ret_error);
}

START_TEST(a_standard_batch_fails_by_entry)
{
    static const struct send_row rows[] = {
        {&standard, "good", "g", NULL, NO_DELAY, NULL, NULL},
        {&standard, NULL, NULL, NULL, NO_DELAY, MISSING,
         "The request must contain the parameter SendMessageBatchRequestEntry.2.MessageBody."},
        {&standard, "\x01", NULL, NULL, NO_DELAY, "InvalidMessageContents",
         "Invalid binary character '#x1' " SET_TEXT},
        {&standard, "b", NULL, NULL, 901, INVALID,
         "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= "
         "900."},
        {&standard, "b", "", NULL, NO_DELAY, INVALID,
         "Value  for parameter MessageGroupId is invalid. Reason: MessageGroupId " CHARACTERS_TEXT},
        {&standard, "b", NULL, "d", NO_DELAY, INVALID,
         "The request include parameter that is not valid for this queue type"},
        {&standard, "big", NULL, NULL, NO_DELAY, INVALID,
         "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 "
         "bytes."},
        {&standard, "also good", NULL, NULL, 0, NULL, NULL},
    };
    struct api_send_message_batch_request_entry entries[ARRAY_COUNT(rows)];
    struct message_batch batch;
    struct api_error error;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        entries[i] =
            entry_of(&rows[i], (const char *[]){"a", "b", "c", "d", "e", "f", "g", "h"}[i]);
        if (slice_is(entries[i].message_body, "big"))
            entries[i].message_body = slice_of(filler, LIMIT + 1);
    }
    ck_assert(prepare_batch(&standard, entries, ARRAY_COUNT(rows), &batch, &error));
    ck_assert_uint_eq(batch.count, ARRAY_COUNT(rows));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        ck_assert(slice_equal(batch.entries[i].id, entries[i].id));
        if (rows[i].code == NULL) {
            ck_assert_ptr_null(batch.entries[i].error.row);
            ck_assert(slice_equal(batch.entries[i].prepared.body, entries[i].message_body));
            continue;
        }
        struct api_batch_result_error_entry failed;
        check_error(&batch.entries[i].error, rows[i].code, rows[i].text);
        message_rules_fail_entry(batch.entries[i].id, &batch.entries[i].error, &failed);
        testkit_slice_eq(failed.code, rows[i].code);
        testkit_slice_eq(failed.message, rows[i].text);
        ck_assert(failed.has_sender_fault && failed.sender_fault);
        ck_assert(slice_equal(failed.id, entries[i].id));
    }
}
END_TEST

START_TEST(a_fifo_batch_fails_whole)
{
    static const struct send_row rows[] = {
        {&fifo, "b", NULL, "d", NO_DELAY, INVALID, GROUP_TEXT},
        {&fifo, "b", "g", NULL, NO_DELAY, INVALID, CONTENT_TEXT},
        {&fifo, "b", "g", "", NO_DELAY, INVALID,
         "Value  for parameter MessageDeduplicationId is invalid. Reason: "
         "MessageDeduplicationId " CHARACTERS_TEXT},
        {&fifo, "b", "g", "d", 3, INVALID,
         "Value 3 for parameter DelaySeconds is invalid. Reason: The request include parameter that "
         "is not valid for this queue type."},
        {&fifo, "\x02", "g", "d", NO_DELAY, "InvalidMessageContents",
         "Invalid binary character '#x2' " SET_TEXT},
        {&fifo, NULL, "g", "d", NO_DELAY, MISSING,
         "The request must contain the parameter SendMessageBatchRequestEntry.2.MessageBody."},
        {&fifo, "b", "g", "d", 0, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        static const struct send_row good = {&fifo, "b", "g", "d", NO_DELAY, NULL, NULL};
        struct api_send_message_batch_request_entry entries[] = {entry_of(&good, "1"),
                                                                 entry_of(&rows[i], "2")};
        struct message_batch batch;
        struct api_error error;
        bool is_good = prepare_batch(&fifo, entries, 2, &batch, &error);
        ck_assert_int_eq(is_good, rows[i].code == NULL);
        if (!is_good)
            check_error(&error, rows[i].code, rows[i].text);
        else
            ck_assert_ptr_null(batch.entries[1].error.row);
    }
}
END_TEST

/* D2: 1 MiB whatever the queue's limit is, looked at before the entries' own sizes. */
START_TEST(a_batch_has_a_size_of_its_own)
{
    static const struct send_row row = {&standard, "b", NULL, NULL, NO_DELAY, NULL, NULL};
    struct api_message_attribute user[] = {text_attribute("name", "value")}; /* 15 bytes */
    struct api_send_message_batch_request_entry entries[] = {entry_of(&row, "1"),
                                                             entry_of(&row, "2")};
    struct message_rules rules = standard;
    struct message_batch batch;
    struct api_error error;
    rules.message_bytes_max = MESSAGE_BATCH_BYTES_MAX;
    entries[0].message_body = slice_of(filler, MESSAGE_BATCH_BYTES_MAX - 16);
    entries[0].message_attributes = (struct api_message_attribute_map){user, 1};
    ck_assert(prepare_batch(&rules, entries, 2, &batch, &error));
    entries[0].message_body.bytes++;
    ck_assert(!prepare_batch(&rules, entries, 2, &batch, &error));
    check_error(&error, "AWS.SimpleQueueService.BatchRequestTooLong",
                "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.");
    entries[0].message_body.bytes = MESSAGE_BATCH_BYTES_MAX - 14;
    ck_assert(!prepare_batch(&standard, entries, 1, &batch, &error));
    check_error(&error, "AWS.SimpleQueueService.BatchRequestTooLong",
                "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.");
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_send_that_breaks_a_rule_is_told_which);
    tcase_add_test(tests, delay_follows_the_kind_of_queue);
    tcase_add_test(tests, keys_of_ids_of_all_lengths);
    tcase_add_test(tests, ids_and_keys_of_a_send);
    tcase_add_test(tests, a_standard_queue_takes_a_group);
    tcase_add_test(tests, size_counts_body_and_user_attributes);
    tcase_add_test(tests, digests_cover_body_attributes_and_system_attributes);
    tcase_add_test(tests, trace_header_comes_from_http_when_the_parameter_is_absent);
    tcase_add_test(tests, a_standard_batch_fails_by_entry);
    tcase_add_test(tests, a_fifo_batch_fails_whole);
    tcase_add_test(tests, a_batch_has_a_size_of_its_own);
}

int main(void)
{
    return testkit_run("message_rules", fill);
}

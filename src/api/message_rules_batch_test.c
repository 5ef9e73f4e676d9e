/* What batches share, and DeleteMessage, ChangeMessageVisibility, ReceiveMessage. */
#include "api/message_rules_batch.h"

#include "testkit/testkit.h"

#define CODE(name) "AWS.SimpleQueueService." name
#define MISSING    "MissingParameter"
#define INVALID    "InvalidParameterValue"
#define NO_HANDLE  "The request must contain the parameter ReceiptHandle."
#define NO_VALUE   INT64_MIN
#define ID_TEXT                                                                                   \
    "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can " \
    "be at most 80 letters long."
#define ID_80 "aaaaaaaaaaaaaaaaaaaaBBBBBBBBBBBBBBBBBBBB00000000000000000000-_-_-_-_-_-_-_-_-_-_"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena);
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

/* The rows are in the order of the rules: the first broken one is told. */
START_TEST(batches_are_checked_in_the_order_of_the_rules)
{
    static const struct {
        bool has_entries;
        uint32_t count;
        const char *ids[3]; /* NULL: none */
        const char *code;   /* NULL: good */
        const char *text;
    } rows[] = {
        {false, 0, {NULL}, MISSING, "The request must contain the parameter Entries."},
        {true,
         0,
         {NULL},
         CODE("EmptyBatchRequest"),
         "There should be at least one DeleteMessageBatchRequestEntry in the request."},
        {true,
         20,
         {NULL},
         CODE("TooManyEntriesInBatchRequest"),
         "Maximum number of entries per request are 10. You have sent 20."},
        {true,
         3,
         {"a b", NULL, "a b"},
         MISSING,
         "The request must contain the parameter DeleteMessageBatchRequestEntry.2.Id."},
        {true, 3, {"x", "x", "a b"}, CODE("InvalidBatchEntryId"), ID_TEXT},
        {true, 1, {""}, CODE("InvalidBatchEntryId"), ID_TEXT},
        {true, 1, {ID_80 "x"}, CODE("InvalidBatchEntryId"), ID_TEXT},
        {true, 1, {"\xc3\xb8"}, CODE("InvalidBatchEntryId"), ID_TEXT},
        {true, 1, {"a.b"}, CODE("InvalidBatchEntryId"), ID_TEXT},
        {true, 3, {"id_1", "id_2", "id_2"}, CODE("BatchEntryIdsNotDistinct"), "Id id_2 repeated."},
        {true, 3, {"id_1", "id_2", "id_1"}, CODE("BatchEntryIdsNotDistinct"), "Id id_1 repeated."},
        {true, 3, {"a", "A", ID_80}, NULL, NULL},
        {true, 1, {"-"}, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct api_delete_message_batch_request_entry entries[20] = {{0}};
        struct api_delete_message_batch_request request = {
            .has_entries = rows[i].has_entries,
            .entries = {entries, rows[i].count},
        };
        struct api_error error = {0};
        for (size_t j = 0; j < 3; j++) {
            entries[j].has_id = rows[i].ids[j] != NULL;
            entries[j].id = entries[j].has_id ? slice_from_text(rows[i].ids[j]) : SLICE_NONE;
        }
        bool is_good = message_rules_check_delete_batch(&arena, &request, &error);
        ck_assert_msg(is_good == (rows[i].code == NULL), "row %zu", i);
        if (!is_good)
            check_error(&error, rows[i].code, rows[i].text);
    }
}
END_TEST

START_TEST(each_batch_names_its_own_entries)
{
    struct api_error error = {0};
    struct message_batch batch;
    struct message_rules rules = {.message_bytes_max = 1024};
    struct api_send_message_batch_request send = {.has_entries = true};
    struct api_change_message_visibility_batch_request change = {.has_entries = true};
    ck_assert(!message_rules_prepare_batch(&rules, &arena, &send, &batch, &error));
    check_error(&error, CODE("EmptyBatchRequest"),
                "There should be at least one SendMessageBatchRequestEntry in the request.");
    ck_assert(!message_rules_check_change_batch(&arena, &change, &error));
    check_error(
        &error, CODE("EmptyBatchRequest"),
        "There should be at least one ChangeMessageVisibilityBatchRequestEntry in the request.");
}
END_TEST

/* An entry whose empty id came without a place in memory has an id all the same. */
START_TEST(an_empty_id_is_not_a_missing_one)
{
    struct api_change_message_visibility_batch_request_entry entry = {.has_id = true};
    struct api_change_message_visibility_batch_request request = {
        .has_entries = true,
        .entries = {&entry, 1},
    };
    struct api_error error = {0};
    ck_assert(!message_rules_check_change_batch(&arena, &request, &error));
    check_error(&error, CODE("InvalidBatchEntryId"), ID_TEXT);
}
END_TEST

START_TEST(deletes_need_a_handle)
{
    struct api_error error = {0};
    struct api_delete_message_request request = {0};
    ck_assert(!message_rules_check_delete(&arena, &request, &error));
    check_error(&error, MISSING, NO_HANDLE);
    request.has_receipt_handle = true;
    ck_assert(!message_rules_check_delete(&arena, &request, &error));
    check_error(&error, MISSING, NO_HANDLE);
    request.receipt_handle = SLICE("garbage");
    ck_assert(message_rules_check_delete(&arena, &request, &error));

    struct api_delete_message_batch_request_entry entries[2] = {{0}};
    struct api_delete_message_batch_request batch = {.has_entries = true, .entries = {entries, 2}};
    entries[1] = (struct api_delete_message_batch_request_entry){
        .has_receipt_handle = true,
        .receipt_handle = SLICE("h"),
    };
    ck_assert(!message_rules_check_delete_entry(&arena, &batch, 0, &error));
    check_error(&error, MISSING, NO_HANDLE);
    ck_assert(message_rules_check_delete_entry(&arena, &batch, 1, &error));
}
END_TEST

START_TEST(visibility_changes_need_a_handle_and_a_timeout_in_range)
{
    static const struct {
        const char *handle;
        int64_t timeout;
        const char *code, *text, *entry_text;
    } rows[] = {
        {NULL, 1, MISSING, NO_HANDLE, NO_HANDLE},
        {"", 1, MISSING, NO_HANDLE, NO_HANDLE},
        {"h", NO_VALUE, MISSING, "The request must contain the parameter VisibilityTimeout.",
         "The request must contain the parameter "
         "ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout."},
        {"h", 43201, INVALID,
         "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and "
         "43200.",
         "Value 43201 for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be "
         "an integer between 0 and 43200."},
        {"h", -20, INVALID,
         "Value -20 for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and "
         "43200.",
         "Value -20 for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be "
         "an integer between 0 and 43200."},
        {"h", 0, NULL, NULL, NULL},
        {"h", 43200, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        bool has_handle = rows[i].handle != NULL;
        struct slice handle = has_handle ? slice_from_text(rows[i].handle) : SLICE_NONE;
        bool has_timeout = rows[i].timeout != NO_VALUE;
        struct api_change_message_visibility_request request = {
            .has_receipt_handle = has_handle,
            .receipt_handle = handle,
            .has_visibility_timeout = has_timeout,
            .visibility_timeout = rows[i].timeout,
        };
        struct api_change_message_visibility_batch_request_entry entry = {
            .has_receipt_handle = has_handle,
            .receipt_handle = handle,
            .has_visibility_timeout = has_timeout,
            .visibility_timeout = rows[i].timeout,
        };
        struct api_change_message_visibility_batch_request batch = {.entries = {&entry, 1}};
        struct api_error error = {0}, entry_error = {0};
        bool is_good = message_rules_check_change(&arena, &request, &error);
        ck_assert_int_eq(is_good, rows[i].code == NULL);
        ck_assert_int_eq(message_rules_check_change_entry(&arena, &batch, 0, &entry_error),
                         is_good);
        if (is_good)
            continue;
        check_error(&error, rows[i].code, rows[i].text);
        check_error(&entry_error, rows[i].code, rows[i].entry_text);
    }
}
END_TEST

/* ---- receive ---- */

static const struct message_rules standard = {.visibility_s = 30, .wait_s = 5};
static const struct message_rules fifo = {.is_fifo = true, .visibility_s = 30, .wait_s = 5};

START_TEST(a_receive_out_of_range_is_told_which)
{
    static const struct {
        int64_t count, visibility_s, wait_s;
        const char *attempt;
        const char *text;
    } rows[] = {
        {0, NO_VALUE, NO_VALUE, NULL,
         "Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, "
         "if provided."},
        {11, NO_VALUE, NO_VALUE, NULL,
         "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, "
         "if provided."},
        {4294967297, NO_VALUE, NO_VALUE, NULL,
         "Value 4294967297 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 "
         "and 10, if provided."},
        {NO_VALUE, 43201, NO_VALUE, NULL,
         "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= "
         "43200, if provided."},
        {NO_VALUE, -1, NO_VALUE, NULL,
         "Value -1 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, "
         "if provided."},
        {NO_VALUE, NO_VALUE, 21, NULL,
         "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if "
         "provided."},
        {NO_VALUE, NO_VALUE, -1, NULL,
         "Value -1 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if "
         "provided."},
        {NO_VALUE, NO_VALUE, NO_VALUE, "a b",
         "Value a b for parameter ReceiveRequestAttemptId is invalid. Reason: "
         "ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to "
         "128 in length."},
        {NO_VALUE, NO_VALUE, NO_VALUE, "",
         "Value  for parameter ReceiveRequestAttemptId is invalid. Reason: ReceiveRequestAttemptId "
         "can only include alphanumeric and punctuation characters. 1 to 128 in length."},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct api_receive_message_request request = {
            .has_max_number_of_messages = rows[i].count != NO_VALUE,
            .max_number_of_messages = rows[i].count,
            .has_visibility_timeout = rows[i].visibility_s != NO_VALUE,
            .visibility_timeout = rows[i].visibility_s,
            .has_wait_time_seconds = rows[i].wait_s != NO_VALUE,
            .wait_time_seconds = rows[i].wait_s,
            .has_receive_request_attempt_id = rows[i].attempt != NULL,
            .receive_request_attempt_id = slice_from_text(rows[i].attempt ? rows[i].attempt : ""),
        };
        struct message_receive receive;
        struct api_error error = {0};
        ck_assert_msg(!message_rules_prepare_receive(&fifo, &arena, &request, &receive, &error),
                      "row %zu", i);
        check_error(&error, INVALID, rows[i].text);
    }
}
END_TEST

START_TEST(a_receive_falls_back_on_the_queue)
{
    struct api_receive_message_request request = {0};
    struct message_receive receive;
    struct api_error error = {0};
    ck_assert(message_rules_prepare_receive(&standard, &arena, &request, &receive, &error));
    ck_assert_uint_eq(receive.count_max, 1);
    ck_assert_int_eq(receive.visibility_s, 30);
    ck_assert_int_eq(receive.wait_s, 5);
    ck_assert(message_select_no_user(&receive.select));
    request.has_max_number_of_messages = request.has_visibility_timeout =
        request.has_wait_time_seconds = true;
    request.max_number_of_messages = 10;
    ck_assert(message_rules_prepare_receive(&standard, &arena, &request, &receive, &error));
    ck_assert_uint_eq(receive.count_max, 10);
    ck_assert_int_eq(receive.visibility_s, 0);
    ck_assert_int_eq(receive.wait_s, 0);
}
END_TEST

START_TEST(an_attempt_id_counts_on_fifo_only)
{
    struct api_receive_message_request request = {
        .has_receive_request_attempt_id = true,
        .receive_request_attempt_id = SLICE("attempt"),
    };
    struct message_receive receive;
    struct api_error error = {0};
    uint8_t key[MESSAGE_KEY_BYTES];
    ck_assert(message_rules_prepare_receive(&fifo, &arena, &request, &receive, &error));
    ck_assert(receive.has_attempt);
    message_rules_key(SLICE("attempt"), key);
    ck_assert_mem_eq(receive.attempt_key, key, sizeof(key));
    request.receive_request_attempt_id = SLICE("not valid");
    ck_assert(message_rules_prepare_receive(&standard, &arena, &request, &receive, &error));
    ck_assert(!receive.has_attempt);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, batches_are_checked_in_the_order_of_the_rules);
    tcase_add_test(tests, each_batch_names_its_own_entries);
    tcase_add_test(tests, an_empty_id_is_not_a_missing_one);
    tcase_add_test(tests, deletes_need_a_handle);
    tcase_add_test(tests, visibility_changes_need_a_handle_and_a_timeout_in_range);
    tcase_add_test(tests, a_receive_out_of_range_is_told_which);
    tcase_add_test(tests, a_receive_falls_back_on_the_queue);
    tcase_add_test(tests, an_attempt_id_counts_on_fifo_only);
}

int main(void)
{
    return testkit_run("message_rules_batch", fill);
}

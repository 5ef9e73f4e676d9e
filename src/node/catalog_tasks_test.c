/* Move tasks: the table of C20, their life, restarts; and how they are kept. */
#include <stdarg.h>
#include <stdio.h>

#include "base/encode.h"
#include "node/catalog_harness.h"

#include "base/banned.h"

static struct harness harness;
static struct fake_store *fake;

static void setup(void)
{
    fake = fake_store_create();
    harness_init(&harness);
    harness_start_fake(&harness, fake, 0, false);
}

static void teardown(void)
{
    harness_done(&harness);
    fake_store_destroy(fake);
}

static void restart(void)
{
    harness_stop(&harness);
    harness_start_fake(&harness, fake, 0, false);
    harness_drain(&harness, 0);
}

static const char *format(const char *form, ...) PRINTF_LIKE(1, 2);
static const char *format(const char *form, ...)
{
    va_list args;
    va_start(args, form);
    const char *text = (const char *)arena_print_args(&harness.arena, form, args).at;
    va_end(args);
    return text;
}

static void create(const char *name, const char *attributes)
{
    const char *answer =
        harness_call(&harness, API_CREATE_QUEUE, NULL,
                     format("{\"QueueName\":\"%s\",\"Attributes\":{%s}}", name, attributes));
    ck_assert_msg(answer[0] == '{', "%s", answer);
}

#define REDRIVE(name)                                                    \
    "\"RedrivePolicy\":\"{\\\"deadLetterTargetArn\\\":\\\"" HARNESS_ARN( \
        name) "\\\",\\\"maxReceiveCount\\\":2}\""

static void create_all(void)
{
    create("dlq", "");
    create("source", REDRIVE("dlq"));
    create("target", "");
    create("target.fifo", "\"FifoQueue\":\"true\"");
}

static const char *start(const char *json)
{
    return harness_call(&harness, API_START_MESSAGE_MOVE_TASK, NULL, json);
}

#define FROM_DLQ "\"SourceArn\":\"" HARNESS_ARN("dlq") "\""
#define TO(name) "\"DestinationArn\":\"" HARNESS_ARN(name) "\""

/* Starts one and returns its handle. */
static const char *start_well(const char *more)
{
    const char *answer = start(format("{" FROM_DLQ "%s}", more));
    const char *head = "{\"TaskHandle\":\"";
    ck_assert_msg(strncmp(answer, head, strlen(head)) == 0, "%s", answer);
    return format("%.*s", (int)(strlen(answer) - strlen(head) - 2), answer + strlen(head));
}

static const char *list(const char *more)
{
    return harness_call(&harness, API_LIST_MESSAGE_MOVE_TASKS, NULL,
                        format("{" FROM_DLQ "%s}", more));
}

static const char *cancel(const char *handle)
{
    return harness_call(&harness, API_CANCEL_MESSAGE_MOVE_TASK, NULL,
                        format("{\"TaskHandle\":\"%s\"}", handle));
}

static const struct engine_event *last_event(void)
{
    const struct harness_worker *worker = &harness.workers[2];
    ck_assert_uint_gt(worker->events_count, 0);
    return &worker->events[worker->events_count - 1];
}

/* As the worker that owns the source would tell, and then until the catalog has taken it. */
static void tell(enum engine_task_status status, uint64_t moved, bool origin_unknown,
                 bool destination_gone)
{
    struct engine_task_news news = {
        .task = last_event()->kind == ENGINE_TASK_START ? last_event()->task_start.task
                                                        : last_event()->task_cancel,
        .queue = last_event()->queue,
        .status = status,
        .moved_count = moved,
        .origin_unknown = origin_unknown,
        .destination_gone = destination_gone,
    };
    catalog_task_news(harness.catalog, &news);
    list(""); /* comes behind the news in the same box */
}

#define PARAMETER "InvalidParameterValue: "
#define RESOURCE  "ResourceNotFoundException: The resource that you specified for the "
#define FORM(name)                                            \
    PARAMETER "You must use this format to specify the " name \
              ": arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
#define RATE                                                                                               \
    PARAMETER                                                                                              \
    "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's " \
    "between 1 and 500."

START_TEST(a_start_is_refused_by_the_table)
{
    static const struct {
        const char *json, *answer;
    } rows[] = {
        {"{}", "MissingParameter: The request must contain the parameter SourceArn."},
        {"{\"SourceArn\":\"\"}", FORM("SourceArn")},
        {"{\"SourceArn\":\"dlq\"}", FORM("SourceArn")},
        {"{" FROM_DLQ ",\"DestinationArn\":\"\"}", FORM("DestinationArn")},
        {"{\"SourceArn\":\"" HARNESS_ARN("none") "\"}",
         RESOURCE "SourceArn parameter doesn't exist."},
        {"{\"SourceArn\":\"arn:aws:sqs:us-east-1:111111111111:dlq\"}",
         RESOURCE "SourceArn parameter doesn't exist."},
        {"{\"SourceArn\":\"arn:aws:sqs:eu-west-1:" HARNESS_ACCOUNT ":dlq\"}",
         RESOURCE "SourceArn parameter doesn't exist."},
        {"{\"SourceArn\":\"arn:aws:sns:us-east-1:" HARNESS_ACCOUNT ":dlq\"}",
         RESOURCE "SourceArn parameter doesn't exist."},
        {"{\"SourceArn\":\"" HARNESS_ARN("source") "\"," TO("none") "}",
         PARAMETER "Source queue must be configured as a Dead Letter Queue."},
        {"{" FROM_DLQ "," TO("none") "}", RESOURCE "DestinationArn parameter doesn't exist."},
        {"{" FROM_DLQ "," TO("dlq") "}",
         PARAMETER "Source queue arn and destination queue arn cannot be the same."},
        {"{" FROM_DLQ "," TO("target.fifo") "}",
         PARAMETER "The source queue and destination queue must be of the same queue type."},
        {"{" FROM_DLQ ",\"MaxNumberOfMessagesPerSecond\":0}", RATE},
        {"{" FROM_DLQ ",\"MaxNumberOfMessagesPerSecond\":501}", RATE},
    };
    create_all();
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        harness_expect(start(rows[i].json), rows[i].answer);
    ck_assert_uint_eq(fake_store_count(fake, STORE_TASK), 0);
    start_well("");
    harness_expect(
        start("{" FROM_DLQ "}"), PARAMETER
        "There is already a task running. Only one active task is allowed for a source queue arn "
        "at a given time.");
}
END_TEST

START_TEST(a_started_task_reaches_every_worker_and_its_handle_names_it)
{
    create_all();
    const char *handle = start_well("," TO("target") ",\"MaxNumberOfMessagesPerSecond\":500");
    for (unsigned i = 0; i < HARNESS_WORKERS; i++) {
        ck_assert_uint_eq(harness.workers[i].events_count, 1);
        const struct engine_event *event = &harness.workers[i].events[0];
        ck_assert_int_eq(event->kind, ENGINE_TASK_START);
        ck_assert_uint_eq(event->queue.v, harness_queue(&harness, "dlq")->id);
        ck_assert_uint_eq(event->task_start.destination.v, harness_queue(&harness, "target")->id);
        ck_assert_uint_eq(event->task_start.per_second, 500);
        ck_assert_uint_eq(event->task_start.moved_before, 0);
        ck_assert_uint_ne(event->task_start.task, 0);
    }
    uint8_t text[256];
    size_t bytes;
    ck_assert(decode_base64(slice_from_text(handle), text, &bytes));
    struct slice plain = slice_of(text, bytes);
    ck_assert(slice_starts_with(plain, SLICE("{\"taskId\":\"")));
    ck_assert(slice_ends_with(plain, SLICE("\",\"sourceArn\":\"" HARNESS_ARN("dlq") "\"}")));
    harness_expect(
        list(""),
        format(
            "{\"Results\":[{\"ApproximateNumberOfMessagesMoved\":0,\"ApproximateNumberOfMessagesToMove\":7,"
            "\"DestinationArn\":\"" HARNESS_ARN(
                "target") "\",\"MaxNumberOfMessagesPerSecond\":500,"
                          "\"SourceArn\":\"" HARNESS_ARN(
                              "dlq") "\",\"StartedTimestamp\":1700000000000,"
                                     "\"Status\":\"RUNNING\",\"TaskHandle\":\"%s\"}]}",
            handle));
}
END_TEST

#define ENTRY(status, moved, more)                                                   \
    "{\"Results\":[{\"ApproximateNumberOfMessagesMoved\":" moved                     \
    ",\"ApproximateNumberOfMessagesToMove\":7," more "\"SourceArn\":\"" HARNESS_ARN( \
        "dlq") "\",\"StartedTimestamp\":1700000000000,\"Status\":\"" status "\"}]}"

START_TEST(each_end_is_shown_and_kept)
{
    static const struct {
        enum engine_task_status status;
        bool origin_unknown, destination_gone;
        const char *shown;
    } rows[] = {
        {ENGINE_TASK_COMPLETED, false, false, ENTRY("COMPLETED", "5", "")},
        {ENGINE_TASK_CANCELLED, false, false, ENTRY("CANCELLED", "5", "")},
        {ENGINE_TASK_FAILED, true, false,
         ENTRY("FAILED", "5", "\"FailureReason\":\"CouldNotDetermineMessageSource\",")},
        {ENGINE_TASK_FAILED, false, true,
         ENTRY("FAILED", "5", "\"FailureReason\":\"AWS.SimpleQueueService.NonExistentQueue\",")},
    };
    create_all();
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const char *handle = start_well("");
        tell(ENGINE_TASK_ACTIVE, 3, false, false);
        ck_assert_ptr_nonnull(strstr(list(""), "\"ApproximateNumberOfMessagesMoved\":3,"));
        tell(rows[i].status, 5, rows[i].origin_unknown, rows[i].destination_gone);
        harness_expect(list(""), rows[i].shown);
        harness_expect(cancel(handle), "ResourceNotFoundException: Task does not exist.");
        tell(ENGINE_TASK_ACTIVE, 9, false, false); /* late news */
        harness_expect(list(""), rows[i].shown);
        restart();
        ck_assert_uint_eq(harness.workers[0].events_count, 0);
        harness_expect(list(""), rows[i].shown);
    }
}
END_TEST

START_TEST(cancelling_ends_with_the_workers_word)
{
    create_all();
    const char *handle = start_well("");
    tell(ENGINE_TASK_ACTIVE, 4, false, false);
    harness_expect(cancel(handle), "{\"ApproximateNumberOfMessagesMoved\":4}");
    ck_assert_int_eq(last_event()->kind, ENGINE_TASK_CANCEL);
    harness_expect(list(""), ENTRY("CANCELLING", "4", ""));
    harness_expect(cancel(handle), "ResourceNotFoundException: Task does not exist.");
    harness_expect(
        start("{" FROM_DLQ "}"), PARAMETER
        "There is already a task running. Only one active task is allowed for a source queue arn "
        "at a given time.");
    tell(ENGINE_TASK_CANCELLED, 6, false, false);
    harness_expect(list(""), ENTRY("CANCELLED", "6", ""));
    start_well("");
}
END_TEST

/* The number of now, not the one that the worker told last: of a slow task it would be 0 for long. */
START_TEST(a_list_and_a_cancel_ask_how_many_were_moved)
{
    struct harness_worker *owner = &harness.workers[2];
    create_all();
    const char *handle = start_well("");
    owner->progress_to = harness.catalog;
    owner->progress = (struct engine_task_news){.task = last_event()->task_start.task,
                                                .queue = last_event()->queue,
                                                .status = ENGINE_TASK_ACTIVE,
                                                .moved_count = 3};
    ck_assert_ptr_nonnull(strstr(list(""), "\"ApproximateNumberOfMessagesMoved\":3,"));
    owner->progress.moved_count = 5;
    harness_expect(cancel(handle), "{\"ApproximateNumberOfMessagesMoved\":5}");
    owner->progress.moved_count = 6; /* what was on its way */
    harness_expect(list(""), ENTRY("CANCELLING", "6", ""));
    owner->progress_to = NULL;
    tell(ENGINE_TASK_CANCELLED, 6, false, false);
    harness_expect(list(""), ENTRY("CANCELLED", "6", ""));
}
END_TEST

START_TEST(a_cancel_is_refused_by_the_table)
{
    create_all();
    struct catalog_task_facts facts = {.source_arn = SLICE(HARNESS_ARN("dlq"))};
    memcpy(facts.uuid, "00000000-0000-4000-8000-000000000000", sizeof(facts.uuid));
    const char *unknown = format("%.*s", SLICE_PRINT(catalog_write_handle(&harness.arena, &facts)));
    facts.source_arn = SLICE(HARNESS_ARN("none"));
    const char *no_source =
        format("%.*s", SLICE_PRINT(catalog_write_handle(&harness.arena, &facts)));
    harness_expect(harness_call(&harness, API_CANCEL_MESSAGE_MOVE_TASK, NULL, "{}"),
                   "MissingParameter: The request must contain the parameter TaskHandle.");
    static const char *const bad[] = {"", "foobared", "e30=", "eyJ0YXNrSWQiOjF9", "W10=", "!"};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        harness_expect(cancel(bad[i]), PARAMETER "Value for parameter TaskHandle is invalid.");
    harness_expect(cancel(no_source), RESOURCE "SourceArn parameter doesn't exist.");
    harness_expect(cancel(unknown), "ResourceNotFoundException: Task does not exist.");
}
END_TEST

START_TEST(a_running_task_goes_on_after_a_restart)
{
    create_all();
    const char *handle = start_well("," TO("target") ",\"MaxNumberOfMessagesPerSecond\":9");
    uint64_t name = last_event()->task_start.task;
    tell(ENGINE_TASK_ACTIVE, 5, false, false);
    restart(); /* an orderly end saves the count */
    ck_assert_uint_eq(harness.workers[1].events_count, 1);
    ck_assert_int_eq(last_event()->kind, ENGINE_TASK_START);
    ck_assert_uint_eq(last_event()->task_start.task, name);
    ck_assert_uint_eq(last_event()->task_start.moved_before, 5);
    ck_assert_uint_eq(last_event()->task_start.per_second, 9);
    ck_assert_uint_eq(last_event()->task_start.destination.v,
                      harness_queue(&harness, "target")->id);
    harness_expect(cancel(handle), "{\"ApproximateNumberOfMessagesMoved\":5}");
    restart(); /* nobody can say any more how far it went */
    ck_assert_uint_eq(harness.workers[1].events_count, 0);
    ck_assert_ptr_nonnull(strstr(list(""), "\"Status\":\"CANCELLED\""));
}
END_TEST

/* A queue that is removed while nobody looks: as if the server had died in the middle of its deletion. */
static void remove_behind(const char *name)
{
    harness_stop(&harness);
    fake_store_put(fake, STORE_QUEUE, format(HARNESS_ACCOUNT "/%s", name), 0, SLICE_NONE);
    harness_start_fake(&harness, fake, 0, false);
    harness_drain(&harness, 0);
}

START_TEST(a_task_without_its_queues_fails_after_a_restart)
{
    create_all();
    start_well("," TO("target"));
    remove_behind("target");
    ck_assert_uint_eq(harness.workers[0].events_count, 0);
    ck_assert_ptr_nonnull(
        strstr(list(""), "\"FailureReason\":\"AWS.SimpleQueueService.NonExistentQueue\""));
    start_well("");
    remove_behind("dlq");
    ck_assert_uint_eq(harness.workers[0].events_count, 0);
    harness_expect(list(""), RESOURCE "SourceArn parameter doesn't exist.");
    create("dlq", ""); /* what was FAILED shows under the same ARN */
    ck_assert_ptr_nonnull(strstr(list(""), "\"Status\":\"FAILED\""));
}
END_TEST

START_TEST(deleting_the_source_takes_its_tasks_along)
{
    create_all();
    start_well("");
    harness_expect(harness_call(&harness, API_DELETE_QUEUE, "dlq", "{}"), "");
    harness_expect(list(""), RESOURCE "SourceArn parameter doesn't exist.");
    ck_assert_uint_eq(fake_store_count(fake, STORE_TASK), 0);
    ck_assert_ptr_null(harness.catalog->unfinished);
}
END_TEST

START_TEST(ten_tasks_of_a_source_are_kept_newest_first)
{
    create_all();
    for (unsigned i = 0; i < 13; i++) {
        clock_advance(harness.clock, 1000);
        start_well(format(",\"MaxNumberOfMessagesPerSecond\":%u", i + 1));
        tell(ENGINE_TASK_COMPLETED, i, false, false);
    }
    ck_assert_uint_eq(fake_store_count(fake, STORE_TASK), 10);
    for (unsigned round = 0; round < 2; round++) {
        const char *all = list(",\"MaxResults\":10");
        const char *place = all;
        for (unsigned i = 13; i > 3; i--) {
            place = strstr(place, format("\"MaxNumberOfMessagesPerSecond\":%u,", i));
            ck_assert_ptr_nonnull(place);
        }
        ck_assert_ptr_null(strstr(all, "\"MaxNumberOfMessagesPerSecond\":3,"));
        ck_assert_ptr_null(strstr(list(""), "\"MaxNumberOfMessagesPerSecond\":12,"));
        restart();
    }
}
END_TEST

START_TEST(a_list_is_refused_by_the_table)
{
    create_all();
    static const struct {
        const char *json, *answer;
    } rows[] = {
        {"{}", "MissingParameter: The request must contain the parameter SourceArn."},
        {"{\"SourceArn\":\"x\"}", FORM("SourceArn")},
        {"{\"SourceArn\":\"" HARNESS_ARN("none") "\"}",
         RESOURCE "SourceArn parameter doesn't exist."},
        {"{" FROM_DLQ ",\"MaxResults\":0}", PARAMETER
         "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 10."},
        {"{" FROM_DLQ ",\"MaxResults\":11}", PARAMETER
         "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 10."},
        {"{" FROM_DLQ "}", "{}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        harness_expect(harness_call(&harness, API_LIST_MESSAGE_MOVE_TASKS, NULL, rows[i].json),
                       rows[i].answer);
}
END_TEST

START_TEST(an_account_has_a_hundred_active_tasks)
{
    char name[32];
    for (unsigned i = 0; i < 101; i++) {
        snprintf(name, sizeof(name), "q%u", i);
        create(name, "");
        harness_call(
            &harness, API_SET_QUEUE_ATTRIBUTES, name,
            format(
                "{\"Attributes\":{\"RedrivePolicy\":\"{\\\"deadLetterTargetArn\\\":\\\"" HARNESS_ARN(
                    "%s") "\\\",\\\"maxReceiveCount\\\":2}\"}}",
                name));
        for (unsigned w = 0; w < HARNESS_WORKERS; w++)
            harness.workers[w].events_count = 0;
        const char *answer = start(format("{\"SourceArn\":\"" HARNESS_ARN("%s") "\"}", name));
        if (i < 100)
            ck_assert_msg(answer[0] == '{', "%s", answer);
        else
            harness_expect(
                answer,
                "OverLimit: There are already 100 active message move tasks, the maximum allowed for "
                "an account.");
    }
}
END_TEST

START_TEST(counts_are_saved_about_once_a_second)
{
    create_all();
    start_well("");
    uint64_t before, after;
    struct catalog_task *task = harness.catalog->unfinished;
    const char *key = format("%.*s", SLICE_PRINT(catalog_task_key(&task->facts)));
    fake_store_get(fake, STORE_TASK, key, &harness.arena, &before);
    for (unsigned i = 1; i <= 100; i++)
        tell(ENGINE_TASK_ACTIVE, i, false, false);
    fake_store_get(fake, STORE_TASK, key, &harness.arena, &after);
    ck_assert_uint_eq(after, before);
    for (unsigned i = 0; i < 30 && after == before; i++) {
        harness_drain(&harness, 100);
        fake_store_get(fake, STORE_TASK, key, &harness.arena, &after);
    }
    struct slice text = fake_store_get(fake, STORE_TASK, key, &harness.arena, &after);
    ck_assert_uint_eq(after, before + 1);
    ck_assert_ptr_nonnull(memmem(text.at, text.bytes, "\"moved\":100,", 12));
}
END_TEST

/* ---- documents ---- */

#define GOLDEN_TASK                                                                                                              \
    "{\"format\":1,\"taskId\":\"00000000-0000-4000-8000-000000000000\",\"task\":5,\"source\":\"" HARNESS_ARN(                    \
        "s") "\",\"sourceId\":6,\"destination\":\"" HARNESS_ARN("d") "\",\"destinationId\":7,\"rate\":500,\"status\":\"FAILED\"" \
                                                                     ",\"moved\":8,\"toMove\":9,\"started_ms\":10,\"failure\":\"why\"}"
#define GOLDEN_TASK_SMALL                                                                                     \
    "{\"format\":1,\"taskId\":\"00000000-0000-4000-8000-000000000000\",\"task\":5,\"source\":\"" HARNESS_ARN( \
        "s") "\",\"sourceId\":6,\"status\":\"RUNNING\",\"moved\":0,\"toMove\":0,\"started_ms\":10}"
#define GOLDEN_TOMBSTONE "{\"format\":1,\"id\":5,\"deleted_ms\":1700000000000}"
#define GOLDEN_KEY \
    "{\"format\":1,\"key\":\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"}"

START_TEST(documents_are_read_and_written_as_their_golden_bytes)
{
    static const char *const tasks[] = {GOLDEN_TASK, GOLDEN_TASK_SMALL};
    for (size_t i = 0; i < ARRAY_COUNT(tasks); i++) {
        struct catalog_task_facts facts;
        ck_assert_int_eq(catalog_read_task(slice_from_text(tasks[i]),
                                           SLICE("00000000-0000-4000-8000-000000000000"),
                                           &harness.arena, &facts),
                         ERR_OK);
        testkit_slice_eq(catalog_write_task(&harness.arena, &facts), tasks[i]);
    }
    uint64_t id;
    struct wall_ms deleted;
    uint8_t key[CATALOG_KEY_BYTES];
    ck_assert_int_eq(catalog_read_tombstone(SLICE(GOLDEN_TOMBSTONE), &id, &deleted), ERR_OK);
    testkit_slice_eq(catalog_write_tombstone(&harness.arena, id, deleted), GOLDEN_TOMBSTONE);
    ck_assert_int_eq(catalog_read_key(SLICE(GOLDEN_KEY), key), ERR_OK);
    testkit_slice_eq(catalog_write_key(&harness.arena, key), GOLDEN_KEY);
}
END_TEST

START_TEST(damaged_and_newer_tasks_are_refused)
{
    static const struct {
        const char *from, *to;
        enum err err;
    } rows[] = {
        {"\"format\":1", "\"format\":2", ERR_INVALID},
        {"\"format\":1,", "", ERR_CORRUPT},
        {"8000-000000000000", "8000-000000000001", ERR_CORRUPT},
        {"\"task\":5", "\"task\":0", ERR_CORRUPT},
        {"\"sourceId\":6,", "", ERR_CORRUPT},
        {"\"destinationId\":7,", "", ERR_CORRUPT},
        {"\"rate\":500", "\"rate\":501", ERR_CORRUPT},
        {"FAILED", "LOST", ERR_CORRUPT},
        {"\"moved\":8", "\"moved\":-8", ERR_CORRUPT},
        {"\"failure\":\"why\"", "\"failure\":1", ERR_CORRUPT},
        {"arn:aws:sqs", "arn", ERR_CORRUPT},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct catalog_task_facts facts;
        const char *place = strstr(GOLDEN_TASK, rows[i].from);
        ck_assert_ptr_nonnull(place);
        const char *text = format("%.*s%s%s", (int)(place - GOLDEN_TASK), GOLDEN_TASK, rows[i].to,
                                  place + strlen(rows[i].from));
        enum err err =
            catalog_read_task(slice_from_text(text), SLICE("00000000-0000-4000-8000-000000000000"),
                              &harness.arena, &facts);
        ck_assert_msg(err == rows[i].err, "%s: %s", rows[i].to, err_name(err));
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_start_is_refused_by_the_table);
    tcase_add_test(tests, a_started_task_reaches_every_worker_and_its_handle_names_it);
    tcase_add_test(tests, each_end_is_shown_and_kept);
    tcase_add_test(tests, cancelling_ends_with_the_workers_word);
    tcase_add_test(tests, a_list_and_a_cancel_ask_how_many_were_moved);
    tcase_add_test(tests, a_cancel_is_refused_by_the_table);
    tcase_add_test(tests, a_running_task_goes_on_after_a_restart);
    tcase_add_test(tests, a_task_without_its_queues_fails_after_a_restart);
    tcase_add_test(tests, deleting_the_source_takes_its_tasks_along);
    tcase_add_test(tests, ten_tasks_of_a_source_are_kept_newest_first);
    tcase_add_test(tests, a_list_is_refused_by_the_table);
    tcase_add_test(tests, an_account_has_a_hundred_active_tasks);
    tcase_add_test(tests, counts_are_saved_about_once_a_second);
    tcase_add_test(tests, documents_are_read_and_written_as_their_golden_bytes);
    tcase_add_test(tests, damaged_and_newer_tasks_are_refused);
}

int main(void)
{
    return testkit_run("catalog_tasks", fill);
}

/* The catalog on a real Redis: restarts, outages, two front ends. */
#include <stdio.h>

#include "node/catalog_harness.h"
#include "testkit/redis_server.h"

#include "base/banned.h"

#define URL(name) "{\"QueueUrl\":\"" HARNESS_URL "/" HARNESS_ACCOUNT "/" name "\"}"
#define UNAVAILABLE \
    "ServiceUnavailable: The request has failed because the metadata store does not answer; try again later."

static struct redis_server server;
static struct harness harness, other;
static char url[64];

static void setup(void)
{
    redis_server_start(&server, NULL);
    snprintf(url, sizeof(url), "redis://127.0.0.1:%u", server.port);
    harness_init(&harness);
    harness_init(&other);
    harness_start_redis(&harness, url);
    for (unsigned i = 0; i < 100 && !catalog_is_ready(harness.catalog); i++)
        harness_drain(&harness, 50);
}

static void teardown(void)
{
    harness_done(&harness);
    harness_done(&other);
    redis_server_stop(&server);
}

static void start_ready(struct harness *which)
{
    harness_start_redis(which, url);
    for (unsigned i = 0; i < 100 && !catalog_is_ready(which->catalog); i++)
        harness_drain(which, 50);
    ck_assert(catalog_is_ready(which->catalog));
    harness_drain(which, 0);
}

START_TEST(queues_tags_policies_tombstones_and_tasks_survive_a_restart)
{
    uint8_t key[CATALOG_KEY_BYTES];
    ck_assert(catalog_is_ready(harness.catalog));
    memcpy(key, catalog_receipt_key(harness.catalog), sizeof(key));
    harness_expect(harness_call(&harness, API_CREATE_QUEUE, NULL,
                                "{\"QueueName\":\"dlq\",\"tags\":{\"t\":\"1\"}}"),
                   URL("dlq"));
    harness_expect(
        harness_call(
            &harness, API_CREATE_QUEUE, NULL,
            "{\"QueueName\":\"q\",\"Attributes\":{\"DelaySeconds\":\"3\",\"RedrivePolicy\":"
            "\"{\\\"deadLetterTargetArn\\\":\\\"" HARNESS_ARN(
                "dlq") "\\\",\\\"maxReceiveCount\\\":2}\"}}"),
        URL("q"));
    harness_expect(
        harness_call(
            &harness, API_ADD_PERMISSION, "q",
            "{\"Label\":\"l\",\"AWSAccountIds\":[\"111111111111\"],\"Actions\":[\"SendMessage\"]}"),
        "");
    harness_expect(harness_call(&harness, API_CREATE_QUEUE, NULL, "{\"QueueName\":\"gone\"}"),
                   URL("gone"));
    harness_expect(harness_call(&harness, API_DELETE_QUEUE, "gone", "{}"), "");
    harness_call(&harness, API_START_MESSAGE_MOVE_TASK, NULL,
                 "{\"SourceArn\":\"" HARNESS_ARN("dlq") "\"}");
    ck_assert_uint_eq(harness.workers[0].events_count, 1);
    uint64_t task = harness.workers[0].events[0].task_start.task;
    uint64_t id = harness_queue(&harness, "q")->id;
    harness_stop(&harness);
    start_ready(&harness);
    const struct queue *queue = harness_queue(&harness, "q");
    ck_assert_ptr_nonnull(queue);
    ck_assert_uint_eq(queue->id, id);
    ck_assert_int_eq(queue->attributes.delay_s, 3);
    ck_assert_ptr_nonnull(queue->attributes.policy.at);
    ck_assert_uint_eq(queue->dead_letter_id, harness_queue(&harness, "dlq")->id);
    ck_assert_uint_eq(harness_queue(&harness, "dlq")->tags_count, 1);
    ck_assert_uint_eq(harness.workers[0].events_count, 1);
    ck_assert_uint_eq(harness.workers[0].events[0].task_start.task, task);
    ck_assert_mem_eq(catalog_receipt_key(harness.catalog), key, sizeof(key));
    ck_assert_ptr_nonnull(
        strstr(harness_call(&harness, API_CREATE_QUEUE, NULL, "{\"QueueName\":\"gone\"}"),
               "QueueDeletedRecently"));
}
END_TEST

START_TEST(two_front_ends_see_each_others_queues_when_they_ask)
{
    struct api_error error;
    start_ready(&other);
    ck_assert_mem_eq(catalog_receipt_key(harness.catalog), catalog_receipt_key(other.catalog),
                     CATALOG_KEY_BYTES);
    harness_expect(harness_call(&harness, API_CREATE_QUEUE, NULL, "{\"QueueName\":\"q\"}"),
                   URL("q"));
    ck_assert_ptr_nonnull(harness_find(&other, "q", &error));
    ck_assert_uint_eq(harness_queue(&other, "q")->id, harness_queue(&harness, "q")->id);
    harness_expect(harness_call(&other, API_TAG_QUEUE, "q", "{\"Tags\":{\"other\":\"1\"}}"), "");
    harness_expect(harness_call(&harness, API_TAG_QUEUE, "q", "{\"Tags\":{\"mine\":\"1\"}}"), "");
    ck_assert_uint_eq(harness_queue(&harness, "q")->tags_count, 2);
    harness_expect(harness_call(&other, API_DELETE_QUEUE, "q", "{}"), "");
    harness_expect(harness_call(&harness, API_TAG_QUEUE, "q", "{\"Tags\":{\"mine\":\"2\"}}"),
                   "AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.");
    ck_assert_ptr_nonnull(
        strstr(harness_call(&harness, API_CREATE_QUEUE, NULL, "{\"QueueName\":\"q\"}"),
               "QueueDeletedRecently"));
}
END_TEST

START_TEST(an_outage_refuses_changes_and_ends)
{
    harness_expect(harness_call(&harness, API_CREATE_QUEUE, NULL, "{\"QueueName\":\"q\"}"),
                   URL("q"));
    redis_server_kill(&server);
    harness_expect(harness_call(&harness, API_CREATE_QUEUE, NULL, "{\"QueueName\":\"r\"}"),
                   UNAVAILABLE);
    harness_expect(harness_call(&harness, API_LIST_QUEUES, NULL, "{}"),
                   "{\"QueueUrls\":[\"" HARNESS_URL "/" HARNESS_ACCOUNT "/q\"]}");
    for (unsigned i = 0; i < 100 && catalog_is_ready(harness.catalog); i++)
        harness_drain(&harness, 50);
    ck_assert(!catalog_is_ready(harness.catalog));
    redis_server_restart(&server);
    for (unsigned i = 0; i < 100 && !catalog_is_ready(harness.catalog); i++)
        harness_drain(&harness, 50);
    ck_assert(catalog_is_ready(harness.catalog));
    harness_expect(harness_call(&harness, API_CREATE_QUEUE, NULL, "{\"QueueName\":\"r\"}"),
                   URL("r"));
}
END_TEST

START_TEST(a_start_without_redis_waits_for_it)
{
    harness_expect(harness_call(&harness, API_CREATE_QUEUE, NULL, "{\"QueueName\":\"q\"}"),
                   URL("q"));
    harness_stop(&harness);
    redis_server_kill(&server);
    harness_start_redis(&harness, url);
    ck_assert(!catalog_is_ready(harness.catalog));
    harness_expect(harness_call(&harness, API_LIST_QUEUES, NULL, "{}"), UNAVAILABLE);
    redis_server_restart(&server);
    for (unsigned i = 0; i < 100 && !catalog_is_ready(harness.catalog); i++)
        harness_drain(&harness, 50);
    ck_assert(catalog_is_ready(harness.catalog));
    harness_drain(&harness, 0);
    ck_assert_ptr_nonnull(harness_queue(&harness, "q"));
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, queues_tags_policies_tombstones_and_tasks_survive_a_restart);
    tcase_add_test(tests, two_front_ends_see_each_others_queues_when_they_ask);
    tcase_add_test(tests, an_outage_refuses_changes_and_ends);
    tcase_add_test(tests, a_start_without_redis_waits_for_it);
}

int main(void)
{
    return redis_server_is_installed() ? testkit_run("catalog_redis", fill) : 77;
}

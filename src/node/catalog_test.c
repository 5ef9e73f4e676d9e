/* Queues: made, changed, deleted, kept over a restart; on SQLite. */
#include <stdio.h>

#include "node/catalog_harness.h"

static struct harness harness;
static char directory[DIRECTORY_PATH_BYTES];

static void setup(void)
{
    testkit_directory_make(directory);
    harness_init(&harness);
    harness_start(&harness, directory);
}

static void teardown(void)
{
    harness_done(&harness);
    testkit_directory_remove(directory);
}

static void restart(void)
{
    harness_stop(&harness);
    harness_start(&harness, directory);
}

static const char *create(const char *name)
{
    const char *json = (const char *)arena_print(&harness.arena, "{\"QueueName\":\"%s\"}", name).at;
    return harness_call(&harness, API_CREATE_QUEUE, NULL, json);
}

static const char *create_with(const char *name, const char *attributes)
{
    const char *json =
        (const char *)arena_print(&harness.arena, "{\"QueueName\":\"%s\",\"Attributes\":{%s}}",
                                  name, attributes)
            .at;
    return harness_call(&harness, API_CREATE_QUEUE, NULL, json);
}

static const char *set(const char *name, const char *attributes)
{
    const char *json =
        (const char *)arena_print(&harness.arena, "{\"Attributes\":{%s}}", attributes).at;
    return harness_call(&harness, API_SET_QUEUE_ATTRIBUTES, name, json);
}

static const char *delete (const char *name)
{
    return harness_call(&harness, API_DELETE_QUEUE, name, "{}");
}

#define URL(name) "{\"QueueUrl\":\"" HARNESS_URL "/" HARNESS_ACCOUNT "/" name "\"}"
#define NO_QUEUE  "AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist."
#define RECENTLY                                                                              \
    "AWS.SimpleQueueService.QueueDeletedRecently: You must wait 60 seconds after deleting a " \
    "queue before you can create another with the same name."
#define REDRIVE(name)                                                    \
    "\"RedrivePolicy\":\"{\\\"deadLetterTargetArn\\\":\\\"" HARNESS_ARN( \
        name) "\\\",\\\"maxReceiveCount\\\":2}\""

START_TEST(a_created_queue_is_known_to_every_worker_when_the_answer_comes)
{
    harness_expect(create("q"), URL("q"));
    for (unsigned i = 0; i < HARNESS_WORKERS; i++) {
        struct queue *queue =
            directory_find(harness.workers[i].directory, SLICE(HARNESS_ACCOUNT), SLICE("q"));
        ck_assert_ptr_nonnull(queue);
        ck_assert_uint_ne(queue->id, 0);
        testkit_slice_eq(queue->arn, HARNESS_ARN("q"));
        ck_assert_int_eq(queue->created_s, HARNESS_START_MS / 1000);
        ck_assert_int_eq(queue->modified_s, HARNESS_START_MS / 1000);
        ck_assert_ptr_eq(queue, harness_queue(&harness, "q"));
    }
}
END_TEST

START_TEST(creating_answers_by_the_table)
{
    static const struct {
        const char *json, *answer;
    } rows[] = {
        {"{}",
         "InvalidParameterValue: Value for parameter QueueName is invalid. Reason: Must specify a queue name."},
        {"{\"QueueName\":\"\"}", "InvalidParameterValue: Queue name cannot be empty"},
        {"{\"QueueName\":\"a/b\"}",
         "InvalidParameterValue: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"},
        {"{\"QueueName\":\"a.fifo\"}",
         "InvalidParameterValue: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"},
        {"{\"QueueName\":\"a\",\"Attributes\":{\"FifoQueue\":\"true\"}}",
         "InvalidParameterValue: The name of a FIFO queue can only include alphanumeric characters, hyphens, or "
         "underscores, must end with .fifo suffix and be 1 to 80 in length"},
        {"{\"QueueName\":\"a\",\"Attributes\":{\"FifoQueue\":\"false\"}}",
         "InvalidAttributeName: Unknown Attribute FifoQueue."},
        {"{\"QueueName\":\"a\",\"tags\":{\"aws:x\":\"1\"}}",
         "InvalidParameterValue: Tag keys cannot begin with aws:, which is reserved."},
        {"{\"QueueName\":\"a\",\"Attributes\":{" REDRIVE("none") "}}",
         "InvalidParameterValue: Value {\"deadLetterTargetArn\":\"" HARNESS_ARN(
             "none") "\",\"maxReceiveCount\":2} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist."},
        {"{\"QueueName\":\"a\",\"Attributes\":{\"DelaySeconds\":\"5\"}}", URL("a")},
        {"{\"QueueName\":\"a\"}", URL("a")},
        {"{\"QueueName\":\"a\",\"Attributes\":{\"DelaySeconds\":\"5\",\"VisibilityTimeout\":\"30\"}}",
         URL("a")},
        {"{\"QueueName\":\"a\",\"Attributes\":{\"DelaySeconds\":\"6\"}}",
         "QueueAlreadyExists: A queue already exists with the same name and a different value for attribute DelaySeconds"},
        {"{\"QueueName\":\"A\"}", URL("A")},
        {"{\"QueueName\":\"f.fifo\",\"Attributes\":{\"FifoQueue\":\"TRUE\"}}", URL("f.fifo")},
        {"{\"QueueName\":\"f.fifo\",\"Attributes\":{\"FifoQueue\":\"true\",\"ContentBasedDeduplication\":\"True\"}}",
         "QueueAlreadyExists: A queue already exists with the same name and a different value for attribute "
         "ContentBasedDeduplication"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        harness_expect(harness_call(&harness, API_CREATE_QUEUE, NULL, rows[i].json),
                       rows[i].answer);
    ck_assert_uint_eq(directory_count(harness.workers[2].directory), 3);
}
END_TEST

START_TEST(a_deleted_name_is_blocked_for_a_minute_also_over_a_restart)
{
    harness_expect(create("q"), URL("q"));
    uint64_t first = harness_queue(&harness, "q")->id;
    harness_expect(delete ("q"), "");
    ck_assert_ptr_null(harness_queue(&harness, "q"));
    harness_expect(create("q"), RECENTLY);
    harness_expect(create("r"), URL("r"));
    clock_advance(harness.clock, 30000);
    restart();
    harness_expect(create("q"), RECENTLY);
    clock_advance(harness.clock, 29999);
    harness_expect(create("q"), RECENTLY);
    clock_advance(harness.clock, 1);
    harness_expect(create("q"), URL("q"));
    ck_assert_uint_gt(harness_queue(&harness, "q")->id, first);
    harness_expect(create("q"), URL("q"));
    restart();
    harness_expect(create("q"), URL("q"));
}
END_TEST

START_TEST(a_relaxed_server_frees_the_name_at_once)
{
    harness_stop(&harness);
    harness.options.is_relaxed = true;
    harness_start(&harness, directory);
    uint64_t before = 0;
    for (unsigned i = 0; i < 3; i++) {
        harness_expect(create("q"), URL("q"));
        ck_assert_uint_gt(harness_queue(&harness, "q")->id, before);
        before = harness_queue(&harness, "q")->id;
        harness_expect(delete ("q"), "");
    }
    restart();
    harness_expect(create("q"), URL("q"));
    restart();
    ck_assert_uint_gt(harness_queue(&harness, "q")->id, before);
    harness_expect(delete ("q"), "");
    harness_stop(&harness);
    harness.options.is_relaxed = false;
    harness_start(&harness, directory);
    harness_expect(create("q"), RECENTLY);
}
END_TEST

START_TEST(tombstones_that_block_nothing_leave_the_store)
{
    char name[32];
    for (unsigned i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "q%u", i);
        create(name);
        harness_expect(delete (name), "");
    }
    ck_assert_uint_eq(harness.catalog->entries.count, 20);
    clock_advance(harness.clock, 60000);
    for (unsigned i = 0; i < 3; i++) {
        create("again");
        harness_expect(delete ("again"), "");
        clock_advance(harness.clock, 60000);
    }
    harness_stop(&harness);
    harness_start(&harness, directory);
    ck_assert_uint_le(harness.catalog->entries.count, 1);
}
END_TEST

/* ---- the proof of a delete ---- */

static struct fake_store *deleted_in_fake(bool is_shared, uint64_t *ret_id)
{
    struct fake_store *fake = fake_store_create();
    harness_stop(&harness);
    harness_start_fake(&harness, fake, 0, is_shared);
    harness_expect(create("q"), URL("q"));
    *ret_id = harness_queue(&harness, "q")->id;
    harness_expect(delete ("q"), "");
    return fake;
}

static void end_with_fake(struct fake_store *fake)
{
    harness_stop(&harness);
    fake_store_destroy(fake);
    harness_start(&harness, directory);
}

static void wait_for_dropped(struct fake_store *fake, unsigned count)
{
    for (unsigned i = 0; i < 1000 && fake_store_count(fake, STORE_DROPPED) != count; i++)
        harness_drain(&harness, 10);
    ck_assert_uint_eq(fake_store_count(fake, STORE_DROPPED), count);
}

START_TEST(a_delete_is_proven_until_the_log_knows_it)
{
    char key[32];
    uint64_t id, version;
    struct fake_store *fake = deleted_in_fake(false, &id);
    snprintf(key, sizeof(key), "%llu", (unsigned long long)id);
    for (unsigned life = 0; life < 3; life++) { /* each of them crashes before the log has it */
        struct slice proof = fake_store_get(fake, STORE_DROPPED, key, &harness.arena, &version);
        testkit_slice_eq(
            proof, (const char *)arena_print(&harness.arena,
                                             "{\"format\":1,\"id\":%llu,\"deleted_ms\":%lld}%c",
                                             (unsigned long long)id, (long long)HARNESS_START_MS, 0)
                       .at);
        ck_assert_uint_eq(version, 1);
        harness_stop(&harness);
        harness_start_fake(&harness, fake, 0, false);
        harness_drain(&harness, 10);
        for (unsigned i = 0; i < HARNESS_WORKERS; i++) {
            ck_assert_uint_eq(harness.workers[i].drops_count, 1);
            ck_assert_uint_eq(harness.workers[i].dropped.v, id);
        }
    }
    catalog_queue_forgotten(harness.catalog, id);
    wait_for_dropped(fake, 0);
    end_with_fake(fake);
}
END_TEST

START_TEST(a_name_used_again_leaves_the_proof_of_its_earlier_queue)
{
    uint64_t id;
    struct fake_store *fake = deleted_in_fake(false, &id);
    clock_advance(harness.clock, 60000);
    harness_expect(create("q"), URL("q"));
    harness_expect(delete ("q"), "");
    ck_assert_uint_eq(fake_store_count(fake, STORE_DELETED), 1);
    ck_assert_uint_eq(fake_store_count(fake, STORE_DROPPED), 2);
    catalog_queue_forgotten(harness.catalog, id);
    wait_for_dropped(fake, 1);
    end_with_fake(fake);
}
END_TEST

START_TEST(many_deletes_are_forgotten)
{
    char name[32];
    uint64_t id;
    struct fake_store *fake = deleted_in_fake(false, &id);
    catalog_queue_forgotten(harness.catalog, id);
    for (unsigned i = 0; i < 3 * STORE_CHANGES_MAX; i++) {
        snprintf(name, sizeof(name), "q%u", i);
        create(name);
        id = harness_queue(&harness, name)->id;
        harness_expect(delete (name), "");
        catalog_queue_forgotten(harness.catalog, id);
    }
    wait_for_dropped(fake, 0);
    end_with_fake(fake);
}
END_TEST

START_TEST(logs_that_nobody_opens_keep_the_proof)
{
    uint64_t id;
    harness.options.has_closed_logs = true;
    struct fake_store *fake = deleted_in_fake(false, &id);
    catalog_queue_forgotten(harness.catalog, id);
    harness_drain(&harness, 500);
    ck_assert_uint_eq(fake_store_count(fake, STORE_DROPPED), 1);
    harness.options.has_closed_logs = false;
    end_with_fake(fake);
}
END_TEST

START_TEST(servers_that_share_a_store_all_meet_the_proof)
{
    uint64_t id;
    struct fake_store *fake = deleted_in_fake(true, &id);
    catalog_queue_forgotten(harness.catalog, id);
    harness_drain(&harness, 500);
    ck_assert_uint_eq(fake_store_count(fake, STORE_DROPPED), 1);
    clock_advance(harness.clock, INT64_C(14) * 24 * 3600 * 1000);
    harness_stop(&harness);
    harness_start_fake(&harness, fake, 0, true);
    harness_drain(&harness, 500);
    ck_assert_uint_eq(fake_store_count(fake, STORE_DROPPED), 1);
    clock_advance(harness.clock, 1);
    harness_stop(&harness);
    harness_start_fake(&harness, fake, 0, true);
    harness_drain(&harness, 10);
    ck_assert_uint_eq(harness.workers[0].drops_count, 1); /* once more */
    wait_for_dropped(fake, 0);
    end_with_fake(fake);
}
END_TEST

START_TEST(calls_on_a_queue_that_is_gone_say_so)
{
    harness_expect(create("q"), URL("q"));
    struct queue *old = queue_ref(harness_queue(&harness, "q"));
    harness_expect(delete ("q"), "");
    static const enum api_action actions[] = {
        API_DELETE_QUEUE,
        API_SET_QUEUE_ATTRIBUTES,
        API_TAG_QUEUE,
        API_UNTAG_QUEUE,
        API_ADD_PERMISSION,
        API_REMOVE_PERMISSION,
        API_LIST_DEAD_LETTER_SOURCE_QUEUES,
    };
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++) {
        harness_expect(harness_call(&harness, actions[i], NULL, "{}"), NO_QUEUE);
        directory_put(harness.workers[0].directory, old); /* as if the news had not come yet */
        harness_expect(harness_call(&harness, actions[i], "q", "{}"), NO_QUEUE);
    }
    queue_unref(old);
}
END_TEST

START_TEST(changes_reach_every_worker_and_survive_a_restart)
{
    create("dlq");
    harness_expect(create("q"), URL("q"));
    clock_advance(harness.clock, 5000);
    harness_expect(set("q", "\"DelaySeconds\":\"9\"," REDRIVE("dlq")), "");
    harness_expect(
        harness_call(&harness, API_TAG_QUEUE, "q", "{\"Tags\":{\"a\":\"1\",\"b\":\"2\"}}"), "");
    harness_expect(harness_call(&harness, API_UNTAG_QUEUE, "q", "{\"TagKeys\":[\"a\",\"zzz\"]}"),
                   "");
    harness_expect(
        harness_call(
            &harness, API_ADD_PERMISSION, "q",
            "{\"Label\":\"l\",\"AWSAccountIds\":[\"111111111111\"],\"Actions\":[\"SendMessage\"]}"),
        "");
    uint64_t id = harness_queue(&harness, "q")->id;
    for (unsigned round = 0; round < 2; round++) {
        struct queue *queue =
            directory_find(harness.workers[2].directory, SLICE(HARNESS_ACCOUNT), SLICE("q"));
        ck_assert_uint_eq(queue->id, id);
        ck_assert_int_eq(queue->attributes.delay_s, 9);
        ck_assert_int_eq(queue->attributes.receive_count_max, 2);
        ck_assert_uint_eq(queue->dead_letter_id, harness_queue(&harness, "dlq")->id);
        ck_assert_int_eq(queue->modified_s, HARNESS_START_MS / 1000 + 5);
        ck_assert_int_eq(queue->created_s, HARNESS_START_MS / 1000);
        ck_assert_uint_eq(queue->tags_count, 1);
        testkit_slice_eq(queue->tags[0].key, "b");
        testkit_slice_eq(
            queue->attributes.policy,
            "{\"Version\":\"2008-10-17\",\"Id\":\"" HARNESS_ARN(
                "q") "/SQSDefaultPolicy\",\"Statement\":[{\"Sid\":"
                     "\"l\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111111111111:root\"},"
                     "\"Action\":\"SQS:SendMessage\",\"Resource\":\"" HARNESS_ARN("q") "\"}]}");
        restart();
    }
    harness_expect(harness_call(&harness, API_REMOVE_PERMISSION, "q", "{\"Label\":\"l\"}"), "");
    ck_assert_ptr_null(harness_queue(&harness, "q")->attributes.policy.at);
    harness_expect(
        harness_call(&harness, API_REMOVE_PERMISSION, "q", "{\"Label\":\"l\"}"),
        "InvalidParameterValue: Value l for parameter Label is invalid. Reason: can't find label.");
}
END_TEST

START_TEST(a_refused_change_leaves_the_snapshot_alone)
{
    static const struct {
        enum api_action action;
        const char *json, *answer;
    } rows[] = {
        {API_SET_QUEUE_ATTRIBUTES, "{}",
         "MissingParameter: The request must contain the parameter Attribute.Name."},
        {API_SET_QUEUE_ATTRIBUTES, "{\"Attributes\":{}}",
         "MissingParameter: The request must contain the parameter Attribute.Name."},
        {API_SET_QUEUE_ATTRIBUTES, "{\"Attributes\":{\"DelaySeconds\":\"x\"}}",
         "InvalidAttributeValue: Invalid value for the parameter DelaySeconds."},
        {API_TAG_QUEUE, "{}", "MissingParameter: The request must contain the parameter Tags."},
        {API_TAG_QUEUE, "{\"Tags\":{}}",
         "MissingParameter: The request must contain the parameter Tags."},
        {API_UNTAG_QUEUE, "{\"TagKeys\":[]}",
         "InvalidParameterValue: Tag keys must be between 1 and 128 characters in length."},
        {API_ADD_PERMISSION, "{}",
         "MissingParameter: The request must contain the parameter Label."},
        {API_REMOVE_PERMISSION, "{}",
         "MissingParameter: The request must contain the parameter Label."},
    };
    create("q");
    struct queue *before = queue_ref(harness_queue(&harness, "q"));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        harness_expect(harness_call(&harness, rows[i].action, "q", rows[i].json), rows[i].answer);
    ck_assert_ptr_eq(harness_queue(&harness, "q"), before);
    queue_unref(before);
}
END_TEST

START_TEST(sources_follow_the_coming_and_going_of_their_dead_letter_queue)
{
    create("dlq");
    create_with("s1", REDRIVE("dlq"));
    create_with("s2", REDRIVE("dlq"));
    uint64_t first = harness_queue(&harness, "dlq")->id;
    uint64_t version = harness_queue(&harness, "s1")->config_version;
    ck_assert_uint_eq(harness_queue(&harness, "s1")->dead_letter_id, first);
    harness_expect(delete ("dlq"), "");
    ck_assert_uint_eq(harness_queue(&harness, "s1")->dead_letter_id, 0);
    ck_assert_uint_eq(harness_queue(&harness, "s2")->dead_letter_id, 0);
    ck_assert_uint_gt(harness_queue(&harness, "s1")->config_version, version);
    version = harness_queue(&harness, "s1")->config_version;
    clock_advance(harness.clock, 60000);
    create("dlq");
    ck_assert_uint_gt(harness_queue(&harness, "dlq")->id, first);
    ck_assert_uint_eq(harness_queue(&harness, "s2")->dead_letter_id,
                      harness_queue(&harness, "dlq")->id);
    ck_assert_uint_gt(harness_queue(&harness, "s1")->config_version, version);
    harness_expect(set("s1", "\"RedrivePolicy\":\"\""), "");
    ck_assert_uint_eq(harness_queue(&harness, "s1")->dead_letter_id, 0);
    harness_expect(harness_call(&harness, API_LIST_DEAD_LETTER_SOURCE_QUEUES, "dlq", "{}"),
                   "{\"queueUrls\":[\"" HARNESS_URL "/" HARNESS_ACCOUNT "/s2\"]}");
    /* A queue may be its own (C17). */
    harness_expect(set("dlq", REDRIVE("dlq")), "");
    ck_assert_uint_eq(harness_queue(&harness, "dlq")->dead_letter_id,
                      harness_queue(&harness, "dlq")->id);
    restart();
    ck_assert_uint_eq(harness_queue(&harness, "dlq")->dead_letter_id,
                      harness_queue(&harness, "dlq")->id);
    harness_expect(delete ("dlq"), "");
}
END_TEST

START_TEST(a_redrive_policy_needs_a_target_that_allows_it)
{
    create_with(
        "dlq",
        "\"RedriveAllowPolicy\":\"{\\\"redrivePermission\\\":\\\"byQueue\\\",\\\"sourceQueueArns\\\":[\\\"" HARNESS_ARN(
            "yes") "\\\"]}\"");
    create_with("fifo.fifo", "\"FifoQueue\":\"true\"");
    create("yes");
    create("no");
    harness_expect(set("yes", REDRIVE("dlq")), "");
#define REFUSED(name, reason)                                               \
    "InvalidParameterValue: Value {\"deadLetterTargetArn\":\"" HARNESS_ARN( \
        name) "\",\"maxReceiveCount\":2} for parameter RedrivePolicy is invalid. Reason: " reason
    harness_expect(
        set("no", REDRIVE("dlq")),
        REFUSED(
            "dlq",
            "The redrive allow policy of the dead-letter queue does not permit this source queue."));
    harness_expect(
        set("no", REDRIVE("fifo.fifo")),
        REFUSED("fifo.fifo", "Dead-letter queue must be same type of queue as the source.."));
    harness_expect(set("no", REDRIVE("other")),
                   REFUSED("other", "Dead letter target does not exist."));
}
END_TEST

START_TEST(nobody_is_answered_before_every_worker_took_the_change)
{
    harness.workers[1].holds = true;
    harness.workers[1].updates_count = 0;
    struct harness_pending *pending =
        harness_post(&harness, HARNESS_ACCOUNT, API_CREATE_QUEUE, NULL, "{\"QueueName\":\"q\"}");
    harness_drain(&harness, 200);
    ck_assert(!pending->is_done);
    ck_assert_uint_eq(harness.workers[1].updates_count, 1);
    ck_assert_ptr_nonnull(harness_queue(&harness, "q"));
    harness.workers[1].holds = false;
    harness_expect(harness_wait(&harness, pending), URL("q"));
}
END_TEST

START_TEST(calls_on_one_queue_happen_in_their_order)
{
    struct harness_pending *pending[8];
    create("q");
    harness.workers[1].holds = true; /* the first waits for its workers: the others wait for it */
    for (unsigned i = 0; i < ARRAY_COUNT(pending); i++) {
        char json[64];
        snprintf(json, sizeof(json), "{\"Tags\":{\"last\":\"%u\",\"t%u\":\"\"}}", i, i);
        pending[i] = harness_post(&harness, HARNESS_ACCOUNT, API_TAG_QUEUE, "q", json);
    }
    harness_drain(&harness, 100);
    harness.workers[1].holds = false;
    for (unsigned i = 0; i < ARRAY_COUNT(pending); i++)
        harness_expect(harness_wait(&harness, pending[i]), "");
    const struct queue *queue = harness_queue(&harness, "q");
    ck_assert_uint_eq(queue->tags_count, 9);
    testkit_slice_eq(queue->tags[0].value, "7");
}
END_TEST

START_TEST(looking_up_finds_what_there_is)
{
    struct api_error error;
    create("q");
    ck_assert_ptr_nonnull(harness_find(&harness, "q", &error));
    ck_assert_ptr_null(harness_find(&harness, "unknown", &error));
    ck_assert_str_eq(error.row->json_name, "QueueDoesNotExist");
    ck_assert_ptr_null(harness_find(&harness, "no such/name", &error));
    ck_assert_uint_eq(harness.catalog->entries.count, 1);
}
END_TEST

START_TEST(the_receipt_key_is_made_once)
{
    uint8_t key[CATALOG_KEY_BYTES], zero[CATALOG_KEY_BYTES] = {0};
    ck_assert(catalog_is_ready(harness.catalog));
    memcpy(key, catalog_receipt_key(harness.catalog), sizeof(key));
    ck_assert_mem_ne(key, zero, sizeof(key));
    restart();
    ck_assert_mem_eq(key, catalog_receipt_key(harness.catalog), sizeof(key));
}
END_TEST

START_TEST(what_cannot_be_read_ends_the_start)
{
    static const struct {
        enum store_kind kind;
        const char *key, *document, *why;
    } rows[] = {
        {STORE_QUEUE, "000000000000/q", "{\"format\":2}",
         "a queue definition was written by a newer version"},
        {STORE_QUEUE, "000000000000/q", "nonsense",
         "a queue definition in the metadata store is damaged"},
        {STORE_DELETED, "000000000000/q", "{\"format\":2}",
         "a tombstone in the metadata store is damaged or of a newer version"},
        {STORE_DROPPED, "5", "{\"format\":1,\"id\":6,\"deleted_ms\":1}",
         "the proof of a deleted queue in the metadata store is damaged or of a newer version"},
        {STORE_DROPPED, "5", "{\"format\":2,\"id\":5,\"deleted_ms\":1}",
         "the proof of a deleted queue in the metadata store is damaged or of a newer version"},
        {STORE_TASK, "uuid", "{\"format\":1}",
         "a move task in the metadata store is damaged or of a newer version"},
        {STORE_SETTING, "receipt-key", "{\"format\":1,\"key\":\"abc\"}",
         "the receipt key in the metadata store is damaged or of a newer version"},
    };
    harness_stop(&harness);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct fake_store *fake = fake_store_create();
        struct catalog *catalog = NULL;
        struct loop *loop;
        const char *why = "";
        fake_store_put(fake, rows[i].kind, rows[i].key, 1, slice_from_text(rows[i].document));
        ck_assert_int_eq(loop_create(&loop), ERR_OK);
        enum err err = catalog_start_on(&harness.options, NULL, 0, loop,
                                        fake_store_open(fake, loop, 0), false, &catalog, &why);
        ck_assert_int_eq(err, ERR_CORRUPT);
        ck_assert_str_eq(why, rows[i].why);
        fake_store_destroy(fake);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_created_queue_is_known_to_every_worker_when_the_answer_comes);
    tcase_add_test(tests, creating_answers_by_the_table);
    tcase_add_test(tests, a_deleted_name_is_blocked_for_a_minute_also_over_a_restart);
    tcase_add_test(tests, a_relaxed_server_frees_the_name_at_once);
    tcase_add_test(tests, tombstones_that_block_nothing_leave_the_store);
    tcase_add_test(tests, a_delete_is_proven_until_the_log_knows_it);
    tcase_add_test(tests, a_name_used_again_leaves_the_proof_of_its_earlier_queue);
    tcase_add_test(tests, many_deletes_are_forgotten);
    tcase_add_test(tests, logs_that_nobody_opens_keep_the_proof);
    tcase_add_test(tests, servers_that_share_a_store_all_meet_the_proof);
    tcase_add_test(tests, calls_on_a_queue_that_is_gone_say_so);
    tcase_add_test(tests, changes_reach_every_worker_and_survive_a_restart);
    tcase_add_test(tests, a_refused_change_leaves_the_snapshot_alone);
    tcase_add_test(tests, sources_follow_the_coming_and_going_of_their_dead_letter_queue);
    tcase_add_test(tests, a_redrive_policy_needs_a_target_that_allows_it);
    tcase_add_test(tests, nobody_is_answered_before_every_worker_took_the_change);
    tcase_add_test(tests, calls_on_one_queue_happen_in_their_order);
    tcase_add_test(tests, looking_up_finds_what_there_is);
    tcase_add_test(tests, the_receipt_key_is_made_once);
    tcase_add_test(tests, what_cannot_be_read_ends_the_start);
}

int main(void)
{
    return testkit_run("catalog", fill);
}

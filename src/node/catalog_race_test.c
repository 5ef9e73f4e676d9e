/* Lost races, stores that answer late, wrongly or not at all, and many threads at once. */
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/random.h"
#include "metadata/queue_document.h"
#include "node/catalog_harness.h"

#include "base/banned.h"

#define URL(name) "{\"QueueUrl\":\"" HARNESS_URL "/" HARNESS_ACCOUNT "/" name "\"}"
#define UNAVAILABLE \
    "ServiceUnavailable: The request has failed because the metadata store does not answer; try again later."
#define INTERNAL \
    "InternalFailure: The request has failed because what is stored about the queue cannot be read."
#define NO_QUEUE "AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist."
#define RECENTLY                                                                              \
    "AWS.SimpleQueueService.QueueDeletedRecently: You must wait 60 seconds after deleting a " \
    "queue before you can create another with the same name."
#define KEY(name) HARNESS_ACCOUNT "/" name

static struct harness harness;
static struct fake_store *fake;

static void setup(void)
{
    fake = fake_store_create();
    harness_init(&harness);
}

static void teardown(void)
{
    harness_done(&harness);
    fake_store_destroy(fake);
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

static const char *create(const char *name)
{
    return harness_call(&harness, API_CREATE_QUEUE, NULL, format("{\"QueueName\":\"%s\"}", name));
}

static const char *set_delay(const char *name, int delay_s)
{
    return harness_call(&harness, API_SET_QUEUE_ATTRIBUTES, name,
                        format("{\"Attributes\":{\"DelaySeconds\":\"%d\"}}", delay_s));
}

static const char *set_redrive(const char *name, const char *target)
{
    return harness_call(
        &harness, API_SET_QUEUE_ATTRIBUTES, name,
        format("{\"Attributes\":{\"RedrivePolicy\":\"{\\\"deadLetterTargetArn\\\":\\\"" HARNESS_ARN(
                   "%s") "\\\",\\\"maxReceiveCount\\\":2}\"}}",
               target));
}

/* What another front end would store: the queue as it is stored now (or as `model`), with another name or delay. */
static void others_write(const char *model, const char *name, int64_t delay_s)
{
    static uint64_t others_count;
    struct queue draft;
    uint64_t version, old_version;
    struct slice document =
        fake_store_get(fake, STORE_QUEUE, format(KEY("%s"), model), &harness.arena, &version);
    ck_assert_int_eq(queue_document_read(document, version, &harness.arena, &draft), ERR_OK);
    if (strcmp(model, name) != 0) {
        draft.id += ++others_count;
        draft.name = slice_from_text(name);
        draft.arn = slice_from_text(format(HARNESS_ARN("%s"), name));
    }
    draft.attributes.delay_s = delay_s;
    fake_store_get(fake, STORE_QUEUE, format(KEY("%s"), name), &harness.arena, &old_version);
    fake_store_put(fake, STORE_QUEUE, format(KEY("%s"), name), version + old_version + 1,
                   queue_document_write(&draft, &harness.arena));
}

/* Both ways a store may answer: before the call returns, and later. */
static const int delays_ms[] = {0, 2};

START_TEST(a_queue_made_by_another_front_end_is_found)
{
    struct api_error error;
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    harness_expect(create("model"), URL("model"));
    ck_assert_ptr_null(harness_find(&harness, "q", &error));
    others_write("model", "q", 7);
    struct queue *queue = harness_find(&harness, "q", &error);
    ck_assert_ptr_nonnull(queue);
    ck_assert_int_eq(queue->attributes.delay_s, 7);
    ck_assert_ptr_nonnull(
        directory_find(harness.workers[2].directory, SLICE(HARNESS_ACCOUNT), SLICE("q")));
    others_write("model", "made", 7);
    harness_expect(create("made"), URL("made"));
    ck_assert_int_eq(harness_queue(&harness, "made")->attributes.delay_s, 7);
    others_write("model", "dlq", 0);
    harness_expect(set_redrive("q", "dlq"), "");
    ck_assert_uint_eq(harness_queue(&harness, "q")->dead_letter_id,
                      harness_queue(&harness, "dlq")->id);
    others_write("model", "target", 0);
    const char *answer =
        harness_call(&harness, API_START_MESSAGE_MOVE_TASK, NULL,
                     "{\"SourceArn\":\"" HARNESS_ARN("dlq") "\",\"DestinationArn\":\"" HARNESS_ARN(
                         "target") "\"}");
    ck_assert_msg(strncmp(answer, "{\"TaskHandle\"", 13) == 0, "%s", answer);
}
END_TEST

START_TEST(a_change_by_another_front_end_is_not_lost)
{
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("q");
    others_write("q", "q", 7);
    harness_expect(harness_call(&harness, API_TAG_QUEUE, "q", "{\"Tags\":{\"a\":\"1\"}}"), "");
    ck_assert_int_eq(harness_queue(&harness, "q")->attributes.delay_s, 7);
    ck_assert_uint_eq(harness_queue(&harness, "q")->tags_count, 1);
    others_write("q", "q", 8);
    harness_expect(harness_call(&harness, API_DELETE_QUEUE, "q", "{}"), "");
    ck_assert_uint_eq(fake_store_count(fake, STORE_QUEUE), 0);
}
END_TEST

START_TEST(a_queue_deleted_by_another_front_end_is_gone)
{
    struct api_error error;
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("q");
    fake_store_put(fake, STORE_QUEUE, KEY("q"), 0, SLICE_NONE);
    fake_store_put(fake, STORE_DELETED, KEY("q"), 5,
                   catalog_write_tombstone(&harness.arena, harness_queue(&harness, "q")->id,
                                           (struct wall_ms){HARNESS_START_MS - 10000}));
    harness_expect(set_delay("q", 1), NO_QUEUE);
    ck_assert_ptr_null(harness_queue(&harness, "q"));
    ck_assert_ptr_null(harness_find(&harness, "q", &error));
    harness_expect(create("q"), RECENTLY);
    clock_advance(harness.clock, 50000);
    harness_expect(create("q"), URL("q"));
    ck_assert_uint_eq(fake_store_count(fake, STORE_DELETED), 0);
}
END_TEST

START_TEST(a_race_that_is_lost_again_and_again_is_given_up)
{
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("q");
    fake_store_fail(fake, FAKE_COMMIT, 2, ERR_STALE, false);
    harness_expect(set_delay("q", 1), "");
    fake_store_fail(fake, FAKE_COMMIT, 1000, ERR_STALE, false);
    harness_expect(set_delay("q", 2), UNAVAILABLE);
    harness_expect(create("r"), UNAVAILABLE);
    fake_store_fail(fake, FAKE_COMMIT, 0, ERR_OK, false);
    ck_assert_int_eq(harness_queue(&harness, "q")->attributes.delay_s, 1);
    harness_expect(set_delay("q", 3), "");
    harness_expect(create("r"), URL("r"));
}
END_TEST

START_TEST(nothing_changes_while_the_store_is_away)
{
    struct api_error error;
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("q");
    fake_store_fail(fake, FAKE_COMMIT, 1000, ERR_UNAVAILABLE, false);
    fake_store_fail(fake, FAKE_FIND, 1000, ERR_UNAVAILABLE, false);
    harness_expect(set_delay("q", 1), UNAVAILABLE);
    harness_expect(create("r"), UNAVAILABLE);
    ck_assert_ptr_null(harness_find(&harness, "r", &error));
    ck_assert_str_eq(error.row->json_name, "ServiceUnavailable");
    /* What is known is still told. */
    harness_expect(harness_call(&harness, API_LIST_QUEUES, NULL, "{}"),
                   "{\"QueueUrls\":[\"" HARNESS_URL "/" HARNESS_ACCOUNT "/q\"]}");
    ck_assert_int_eq(harness_queue(&harness, "q")->attributes.delay_s, 0);
    fake_store_fail(fake, FAKE_COMMIT, 0, ERR_OK, false);
    fake_store_fail(fake, FAKE_FIND, 0, ERR_OK, false);
    harness_expect(set_delay("q", 1), "");
    fake_store_fail(fake, FAKE_COMMIT, 1, ERR_FULL, false);
    harness_expect(set_delay("q", 2), UNAVAILABLE);
}
END_TEST

START_TEST(a_change_whose_outcome_was_unknown_is_asked_for)
{
    harness_start_fake(&harness, fake, delays_ms[_i], _i == 0);
    create("q");
    fake_store_fail(fake, FAKE_COMMIT, 1, ERR_UNAVAILABLE, true);
    harness_expect(set_delay("q", 5), UNAVAILABLE);
    harness_expect(harness_call(&harness, API_CREATE_QUEUE, NULL,
                                "{\"QueueName\":\"q\",\"Attributes\":{\"DelaySeconds\":\"5\"}}"),
                   URL("q"));
    ck_assert_int_eq(harness_queue(&harness, "q")->attributes.delay_s, 5);
    fake_store_fail(fake, FAKE_COMMIT, 1, ERR_UNAVAILABLE, true);
    harness_expect(create("r"), UNAVAILABLE);
    harness_expect(create("r"), URL("r"));
    fake_store_fail(fake, FAKE_COMMIT, 1, ERR_UNAVAILABLE, true);
    harness_expect(harness_call(&harness, API_DELETE_QUEUE, "r", "{}"), UNAVAILABLE);
    harness_expect(create("r"), RECENTLY);
    ck_assert_ptr_null(harness_queue(&harness, "r"));
}
END_TEST

START_TEST(a_damaged_document_harms_its_own_queue_only)
{
    struct api_error error;
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("q");
    fake_store_put(fake, STORE_QUEUE, KEY("bad"), 1, SLICE("nonsense"));
    ck_assert_ptr_null(harness_find(&harness, "bad", &error));
    ck_assert_str_eq(error.row->json_name, "InternalFailure");
    harness_expect(create("bad"), INTERNAL);
    harness_expect(set_delay("q", 1), "");
}
END_TEST

START_TEST(a_task_cancelled_by_another_front_end_is_cancelled_here)
{
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("dlq");
    create("source");
    harness_expect(set_redrive("source", "dlq"), "");
    harness_call(&harness, API_START_MESSAGE_MOVE_TASK, NULL,
                 "{\"SourceArn\":\"" HARNESS_ARN("dlq") "\"}");
    ck_assert_uint_eq(harness.workers[0].events_count, 1);
    struct catalog_task *task = harness.catalog->unfinished;
    struct catalog_task_facts facts = task->facts;
    facts.status = CATALOG_TASK_CANCELLING;
    fake_store_put(fake, STORE_TASK, format("%.*s", SLICE_PRINT(catalog_task_key(&facts))),
                   task->version + 10, catalog_write_task(&harness.arena, &facts));
    struct engine_task_news news = {.task = facts.name,
                                    .queue = {facts.source_id},
                                    .status = ENGINE_TASK_ACTIVE,
                                    .moved_count = 1};
    catalog_task_news(harness.catalog, &news);
    for (unsigned i = 0; i < 50 && harness.workers[0].events_count < 2; i++)
        harness_drain(&harness, 100);
    ck_assert_uint_eq(harness.workers[0].events_count, 2);
    ck_assert_int_eq(harness.workers[0].events[1].kind, ENGINE_TASK_CANCEL);
    news.status = ENGINE_TASK_CANCELLED;
    catalog_task_news(harness.catalog, &news);
    ck_assert_ptr_nonnull(strstr(harness_call(&harness, API_LIST_MESSAGE_MOVE_TASKS, NULL,
                                              "{\"SourceArn\":\"" HARNESS_ARN("dlq") "\"}"),
                                 "\"CANCELLED\""));
}
END_TEST

START_TEST(the_end_of_a_task_is_saved_when_the_store_comes_back)
{
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("dlq");
    create("source");
    harness_expect(set_redrive("source", "dlq"), "");
    harness_call(&harness, API_START_MESSAGE_MOVE_TASK, NULL,
                 "{\"SourceArn\":\"" HARNESS_ARN("dlq") "\"}");
    const char *key =
        format("%.*s", SLICE_PRINT(catalog_task_key(&harness.catalog->unfinished->facts)));
    const struct engine_event *event = &harness.workers[0].events[0];
    fake_store_fail(fake, FAKE_COMMIT, 1, ERR_UNAVAILABLE, false);
    fake_store_fail(fake, FAKE_FIND, 1, ERR_UNAVAILABLE, false);
    struct engine_task_news news = {.task = event->task_start.task,
                                    .queue = event->queue,
                                    .status = ENGINE_TASK_COMPLETED,
                                    .moved_count = 4};
    catalog_task_news(harness.catalog, &news);
    struct slice text = SLICE_NONE;
    uint64_t version;
    for (unsigned i = 0; i < 50; i++) {
        harness_drain(&harness, 100);
        text = fake_store_get(fake, STORE_TASK, key, &harness.arena, &version);
        if (memmem(text.at, text.bytes, "COMPLETED", 9) != NULL)
            return;
    }
    ck_abort_msg("%.*s", SLICE_PRINT(text));
}
END_TEST

START_TEST(loading_goes_on_until_the_store_answers)
{
    struct api_error error;
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    harness_expect(create("q"), URL("q"));
    harness_stop(&harness);
    fake_store_fail(fake, FAKE_LOAD, 3, ERR_UNAVAILABLE, false);
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    ck_assert(!catalog_is_ready(harness.catalog));
    harness_expect(create("r"), UNAVAILABLE);
    ck_assert_ptr_null(harness_find(&harness, "q", &error));
    ck_assert_str_eq(error.row->json_name, "ServiceUnavailable");
    for (unsigned i = 0; i < 50 && !catalog_is_ready(harness.catalog); i++)
        harness_drain(&harness, 100);
    ck_assert(catalog_is_ready(harness.catalog));
    ck_assert_ptr_nonnull(harness_find(&harness, "q", &error));
    harness_expect(create("r"), URL("r"));
}
END_TEST

/* Until the workers know that delay of the queue; -1: that there is none. */
static void wait_delay(const char *name, int64_t delay_s)
{
    for (unsigned i = 0; i < 200; i++) {
        const struct queue *queue = harness_queue(&harness, name);
        if ((queue == NULL ? -1 : queue->attributes.delay_s) == delay_s)
            return;
        harness_drain(&harness, 50);
    }
    ck_abort_msg("%s never got the delay %lld", name, (long long)delay_s);
}

/* Until the workers know what is stored. */
static void wait_as_stored(const char *name)
{
    uint64_t version = 0;
    for (unsigned i = 0; i < 200; i++) {
        fake_store_get(fake, STORE_QUEUE, format(KEY("%s"), name), &harness.arena, &version);
        if (harness_queue(&harness, name)->version == version)
            return;
        harness_drain(&harness, 50);
    }
    ck_abort_msg("%s is not as it is stored", name);
}

static void tell(const char *name, uint64_t version)
{
    fake_store_tell(fake, FAKE_CHANGED, STORE_QUEUE, format(KEY("%s"), name), version);
}

/* Another front end deletes the queue; has_proof: as it should. */
static void others_delete(const char *name, uint64_t id, bool has_proof)
{
    struct slice proof =
        catalog_write_tombstone(&harness.arena, id, (struct wall_ms){HARNESS_START_MS});
    fake_store_put(fake, STORE_QUEUE, format(KEY("%s"), name), 0, SLICE_NONE);
    if (has_proof)
        fake_store_put(fake, STORE_DROPPED, format("%llu", (unsigned long long)id), 1, proof);
    tell(name, 0);
}

START_TEST(what_others_change_is_seen_unasked)
{
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("q");
    create("r");
    others_write("q", "q", 7);
    tell("q", INT64_MAX);
    wait_delay("q", 7);
    others_write("q", "made", 8);
    tell("made", 1);
    wait_delay("made", 8);
    uint64_t id = harness_queue(&harness, "q")->id;
    others_delete("q", id, true);
    wait_delay("q", -1);
    /* The same name again, both steps missed: the old queue goes, the new one comes. */
    id = harness_queue(&harness, "made")->id;
    uint64_t version;
    fake_store_get(fake, STORE_QUEUE, KEY("made"), &harness.arena, &version);
    others_delete("made", id, true);
    others_write("r", "made", 9);
    fake_store_tell(fake, FAKE_MISSED, STORE_QUEUE, "", 0);
    wait_delay("made", 9);
    ck_assert_uint_ne(harness_queue(&harness, "made")->id, id);
}
END_TEST

START_TEST(a_queue_that_is_missing_without_a_proof_is_kept)
{
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("q");
    create("r");
    others_delete("q", harness_queue(&harness, "q")->id, false);
    fake_store_tell(fake, FAKE_MISSED, STORE_QUEUE, "", 0);
    others_write("r", "r", 3);
    tell("r", INT64_MAX);
    wait_delay("r", 3);
    ck_assert_ptr_nonnull(harness_queue(&harness, "q"));
    harness_expect(set_delay("q", 1), UNAVAILABLE);
    harness_expect(create("q"), URL("q"));
    ck_assert_ptr_nonnull(harness_queue(&harness, "q"));
    others_delete("q", harness_queue(&harness, "q")->id, true);
    wait_delay("q", -1);
}
END_TEST

START_TEST(changes_here_and_elsewhere_of_one_queue_meet_in_turn)
{
    struct harness_pending *pending[8];
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("q");
    for (unsigned round = 0; round < 20; round++) {
        for (unsigned i = 0; i < ARRAY_COUNT(pending); i++)
            pending[i] = harness_post(&harness, HARNESS_ACCOUNT, API_TAG_QUEUE, "q",
                                      format("{\"Tags\":{\"t%u\":\"%u\"}}", i, round));
        others_write("q", "q", round % 800);
        tell("q", INT64_MAX);
        for (unsigned i = 0; i < ARRAY_COUNT(pending); i++)
            harness_expect(harness_wait(&harness, pending[i]), "");
        wait_delay("q", round % 800);
        wait_as_stored("q");
    }
}
END_TEST

START_TEST(a_change_while_the_queue_is_made_or_deleted_here)
{
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    for (unsigned round = 0; round < 20; round++) {
        const char *name = format("q%u", round);
        struct harness_pending *made = harness_post(&harness, HARNESS_ACCOUNT, API_CREATE_QUEUE,
                                                    NULL, format("{\"QueueName\":\"%s\"}", name));
        tell(name, 0);
        tell(name, 1);
        harness_wait(&harness, made);
        ck_assert_ptr_nonnull(harness_queue(&harness, name));
        struct harness_pending *gone =
            harness_post(&harness, HARNESS_ACCOUNT, API_DELETE_QUEUE, name, "{}");
        tell(name, INT64_MAX);
        fake_store_tell(fake, FAKE_MISSED, STORE_QUEUE, "", 0);
        harness_expect(harness_wait(&harness, gone), "");
        wait_delay(name, -1);
    }
    harness_drain(&harness, 20);
    ck_assert_uint_eq(directory_count(harness.workers[1].directory), 0);
}
END_TEST

START_TEST(changes_are_looked_up_when_the_store_is_back)
{
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("q");
    others_write("q", "q", 7);
    fake_store_fail(fake, FAKE_FIND, 3, ERR_UNAVAILABLE, false);
    tell("q", INT64_MAX);
    wait_delay("q", 7);
    others_write("q", "q", 8);
    fake_store_fail(fake, FAKE_LOAD, 2, ERR_UNAVAILABLE, false);
    fake_store_tell(fake, FAKE_MISSED, STORE_QUEUE, "", 0);
    wait_delay("q", 8);
}
END_TEST

#define LOST                                                                                    \
    "ServiceUnavailable: The request has failed because the metadata store has lost what this " \
    "server read; an operator must restore it or restart the server."

START_TEST(a_lost_store_refuses_changes_and_known_queues_go_on)
{
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("q");
    fake_store_tell(fake, FAKE_LOST, STORE_QUEUE, "", 0);
    fake_store_fail(fake, FAKE_COMMIT, 1000, ERR_UNAVAILABLE, false);
    fake_store_fail(fake, FAKE_FIND, 1000, ERR_UNAVAILABLE, false);
    for (unsigned i = 0; i < 200 && strcmp(create("r"), LOST) != 0; i++)
        harness_drain(&harness, 5);
    harness_expect(create("r"), LOST);
    harness_expect(set_delay("q", 1), LOST);
    harness_expect(create("q"), LOST); /* after an unknown outcome the store is asked */
    ck_assert_ptr_nonnull(harness_queue(&harness, "q"));
    fake_store_fail(fake, FAKE_COMMIT, 0, ERR_OK, false);
    fake_store_fail(fake, FAKE_FIND, 0, ERR_OK, false);
    others_write("q", "q", 7);
    fake_store_tell(fake, FAKE_FOUND, STORE_QUEUE, "", 0);
    fake_store_tell(fake, FAKE_MISSED, STORE_QUEUE, "", 0);
    wait_delay("q", 7);
    harness_expect(create("r"), URL("r"));
}
END_TEST

START_TEST(look_ups_of_unknown_names_are_shared_and_bounded)
{
    enum { MANY = 300 };
    static struct harness_pending *pending[MANY];
    unsigned answers[2] = {0, 0};
    harness_start_fake(&harness, fake, 20, true);
    unsigned before = fake_store_calls(fake, FAKE_FIND);
    for (unsigned i = 0; i < MANY; i++)
        pending[i] = harness_post_find(&harness, "same");
    for (unsigned i = 0; i < MANY; i++)
        harness_expect(harness_wait(&harness, pending[i]), NO_QUEUE);
    ck_assert_uint_le(fake_store_calls(fake, FAKE_FIND) - before, 8);
    before = fake_store_calls(fake, FAKE_FIND);
    for (unsigned i = 0; i < MANY; i++)
        pending[i] = harness_post_find(&harness, format("other%u", i));
    for (unsigned i = 0; i < MANY; i++)
        answers[strcmp(harness_wait(&harness, pending[i]), NO_QUEUE) == 0]++;
    ck_assert_uint_ge(answers[1], CATALOG_FINDS_MAX);
    ck_assert_uint_eq(fake_store_calls(fake, FAKE_FIND) - before, 2 * answers[1]);
    ck_assert_uint_eq(harness.catalog->finds_underway, 0);
}
END_TEST

START_TEST(ids_come_from_the_store_whatever_the_clock_says)
{
    uint64_t id, version;
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("a");
    id = harness_queue(&harness, "a")->id;
    harness_stop(&harness);
    /* A lease that was lost, and a document that others moved. */
    fake_store_fail(fake, FAKE_COMMIT, 1, ERR_UNAVAILABLE, true);
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("b");
    create("c");
    ck_assert_uint_gt(harness_queue(&harness, "b")->id, id + CATALOG_IDS_LEASED);
    ck_assert_uint_eq(harness_queue(&harness, "c")->id, harness_queue(&harness, "b")->id + 1);
    id = harness_queue(&harness, "c")->id;
    fake_store_get(fake, STORE_SETTING, CATALOG_SETTING_IDS, &harness.arena, &version);
    fake_store_put(fake, STORE_SETTING, CATALOG_SETTING_IDS, version + 1,
                   catalog_write_ids(&harness.arena, id + 1000000));
    harness_stop(&harness);
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("d");
    ck_assert_uint_eq(harness_queue(&harness, "d")->id, id + 1000000);
    /* A log knows of a higher one: the store has lost its document. */
    catalog_id_exists(harness.catalog, id + 5000000);
    create("e");
    ck_assert_uint_gt(harness_queue(&harness, "e")->id, id + 5000000);
    /* Without one, ids go on above all that is known. */
    id = harness_queue(&harness, "e")->id;
    harness_stop(&harness);
    fake_store_put(fake, STORE_SETTING, CATALOG_SETTING_IDS, 0, SLICE_NONE);
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    create("f");
    ck_assert_uint_gt(harness_queue(&harness, "f")->id, id);
}
END_TEST

START_TEST(more_queues_than_a_range_has_ids)
{
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    harness.catalog->ids.end = harness.catalog->ids.next + 1;
    create("a");
    fake_store_fail(fake, FAKE_FIND, 2, ERR_UNAVAILABLE, false);
    harness_expect(create("b"), UNAVAILABLE);
    fake_store_fail(fake, FAKE_FIND, 0, ERR_OK, false);
    harness_expect(create("b"), URL("b"));
    ck_assert_uint_gt(harness_queue(&harness, "b")->id, harness_queue(&harness, "a")->id);
}
END_TEST

START_TEST(the_receipt_key_is_there_before_any_queue)
{
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    harness_expect(create("q"), URL("q"));
    harness_stop(&harness);
    fake_store_fail(fake, FAKE_LOAD, 1000000, ERR_UNAVAILABLE, false);
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    for (unsigned i = 0; i < 100 && catalog_receipt_key(harness.catalog) == NULL; i++)
        harness_drain(&harness, 50);
    ck_assert_ptr_nonnull(catalog_receipt_key(harness.catalog));
    ck_assert_ptr_null(harness_queue(&harness, "q"));
    ck_assert(!catalog_is_ready(harness.catalog));
}
END_TEST

START_TEST(another_front_end_may_make_the_receipt_key_first)
{
    uint8_t key[CATALOG_KEY_BYTES] = {1, 2, 3};
    fake_store_put(fake, STORE_SETTING, CATALOG_SETTING_KEY, 1,
                   catalog_write_key(&harness.arena, key));
    fake_store_fail(fake, FAKE_FIND, 1, ERR_ABSENT, false);
    harness_start_fake(&harness, fake, delays_ms[_i], true);
    ck_assert(catalog_is_ready(harness.catalog));
    ck_assert_mem_eq(catalog_receipt_key(harness.catalog), key, sizeof(key));
}
END_TEST

static void *stop_catalog(void *context)
{
    catalog_stop(context);
    return NULL;
}

START_TEST(an_end_in_the_middle_answers_every_call)
{
    struct harness_pending *pending[16];
    pthread_t stopper;
    harness_start_fake(&harness, fake, 20, true);
    for (unsigned i = 0; i < ARRAY_COUNT(pending); i++)
        pending[i] = harness_post(&harness, HARNESS_ACCOUNT, API_CREATE_QUEUE, NULL,
                                  format("{\"QueueName\":\"q%u\"}", i % 3));
    ck_assert_int_eq(pthread_create(&stopper, NULL, stop_catalog, harness.catalog), 0);
    for (unsigned i = 0; i < ARRAY_COUNT(pending); i++) {
        const char *answer = harness_wait(&harness, pending[i]);
        ck_assert_msg(strncmp(answer, "{\"QueueUrl\"", 11) == 0, "%s", answer);
    }
    while (pthread_tryjoin_np(stopper, NULL) != 0)
        harness_drain(&harness, 10);
    harness_forget(&harness);
    ck_assert_uint_eq(fake_store_count(fake, STORE_QUEUE), 3);
}
END_TEST

START_TEST(workers_that_are_dead_already_do_not_hold_up_the_end)
{
    harness_start_fake(&harness, fake, 2, true);
    struct harness_pending *pending =
        harness_post(&harness, HARNESS_ACCOUNT, API_CREATE_QUEUE, NULL, "{\"QueueName\":\"q\"}");
    catalog_stop(harness.catalog); /* nobody drains */
    arena_done(&pending->arena);
    ck_assert_uint_eq(fake_store_count(fake, STORE_QUEUE), 1);
    harness_forget(&harness);
}
END_TEST

/* ---- many threads ---- */

#define THREADS     HARNESS_WORKERS
#define NAMES_COUNT 5u
#define ROUNDS      120u

struct poster {
    pthread_t thread;
    unsigned number;
    struct harness_worker *worker;
    atomic_uint *running;
    unsigned created, deleted;
};

struct thread_call {
    struct catalog_call call;
    bool is_done;
};

static void thread_answer(struct letter *letter, void *owner)
{
    MAYBE(owner != NULL);
    ((struct thread_call *)letter)->is_done = true;
}

static void drain_thread(struct poster *poster, int wait_ms)
{
    struct pollfd fd = {.fd = poster->worker->box.wake_fd, .events = POLLIN};
    poll(&fd, 1, wait_ms);
    mailbox_drain(&poster->worker->box, poster->worker);
}

/* One call of a thread; false when it was refused for a reason that a race explains. */
static bool thread_call(struct poster *poster, enum api_action action, struct slice name)
{
    struct arena arena;
    arena_init(&arena);
    struct api_create_queue_request create = {.has_queue_name = true, .queue_name = name};
    struct api_create_queue_response response = {0};
    struct api_delete_queue_request remove = {0};
    struct queue *queue = directory_find(poster->worker->directory, SLICE(HARNESS_ACCOUNT), name);
    struct thread_call call = {
        .call = {.action = action,
                 .account = SLICE(HARNESS_ACCOUNT),
                 .base_url = SLICE(HARNESS_URL),
                 .request = action == API_CREATE_QUEUE ? (void *)&create : (void *)&remove,
                 .response = &response,
                 .arena = &arena,
                 .reply_to = &poster->worker->box,
                 .done = thread_answer},
    };
    if (action == API_DELETE_QUEUE && queue != NULL)
        call.call.queue = queue_ref(queue);
    catalog_post(harness.catalog, &call.call);
    while (!call.is_done)
        drain_thread(poster, 1000);
    bool ok = call.call.error.row == NULL;
    if (!ok) {
        const char *name_of_error = call.call.error.row->json_name;
        ck_assert_msg(strcmp(name_of_error, action == API_CREATE_QUEUE ? "QueueDeletedRecently"
                                                                       : "QueueDoesNotExist") == 0,
                      "%s", name_of_error);
    } else if (action == API_CREATE_QUEUE) {
        testkit_slice_eq(slice_head(response.queue_url, strlen(HARNESS_URL)), HARNESS_URL);
    }
    queue_unref(call.call.queue);
    arena_done(&arena);
    return ok;
}

static void *post_many(void *context)
{
    static const char *const names[NAMES_COUNT] = {"a", "b", "c", "d", "e"};
    struct poster *poster = context;
    uint64_t chance = poster->number;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct slice name = slice_from_text(names[random_next(&chance) % NAMES_COUNT]);
        bool creates = random_next(&chance) % 2 == 0;
        if (thread_call(poster, creates ? API_CREATE_QUEUE : API_DELETE_QUEUE, name)) {
            if (creates)
                poster->created++;
            else
                poster->deleted++;
        }
        if (random_next(&chance) % 8 == 0)
            clock_advance(harness.clock, 30000);
    }
    atomic_fetch_sub(poster->running, 1);
    while (atomic_load(poster->running) > 0) /* the others' changes need everybody */
        drain_thread(poster, 10);
    return NULL;
}

/* Every worker knows what the store has, and nothing else. */
static void check_agreement(void)
{
    unsigned stored = fake_store_count(fake, STORE_QUEUE);
    for (unsigned i = 0; i < HARNESS_WORKERS; i++)
        ck_assert_uint_eq(directory_count(harness.workers[i].directory), stored);
    for (unsigned n = 0; n < NAMES_COUNT; n++) {
        struct queue draft;
        uint64_t version;
        const char *name = format("%c", 'a' + (int)n);
        struct slice document =
            fake_store_get(fake, STORE_QUEUE, format(KEY("%s"), name), &harness.arena, &version);
        if (document.at == NULL)
            continue;
        ck_assert_int_eq(queue_document_read(document, version, &harness.arena, &draft), ERR_OK);
        for (unsigned i = 0; i < HARNESS_WORKERS; i++) {
            const struct queue *known = directory_find(
                harness.workers[i].directory, SLICE(HARNESS_ACCOUNT), slice_from_text(name));
            ck_assert_ptr_nonnull(known);
            ck_assert_uint_eq(known->id, draft.id);
        }
    }
}

START_TEST(threads_that_make_and_delete_the_same_names_agree_in_the_end)
{
    struct poster posters[THREADS];
    atomic_uint running = THREADS;
    unsigned created = 0, deleted = 0;
    harness_start_fake(&harness, fake, delays_ms[_i], _i == 1);
    for (unsigned i = 0; i < THREADS; i++) {
        posters[i] =
            (struct poster){.number = i + 1, .worker = &harness.workers[i], .running = &running};
        ck_assert_int_eq(pthread_create(&posters[i].thread, NULL, post_many, &posters[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(posters[i].thread, NULL);
        created += posters[i].created;
        deleted += posters[i].deleted;
    }
    harness_drain(&harness, 50);
    ck_assert_uint_gt(created, 20);
    ck_assert_uint_gt(deleted, 20);
    check_agreement();
    harness_stop(&harness);
    harness_start_fake(&harness, fake, 0, false);
    check_agreement();
}
END_TEST

static void fill(TCase *tests)
{
    int ways = ARRAY_COUNT(delays_ms);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_queue_made_by_another_front_end_is_found, 0, ways);
    tcase_add_loop_test(tests, a_change_by_another_front_end_is_not_lost, 0, ways);
    tcase_add_loop_test(tests, a_queue_deleted_by_another_front_end_is_gone, 0, ways);
    tcase_add_loop_test(tests, a_race_that_is_lost_again_and_again_is_given_up, 0, ways);
    tcase_add_loop_test(tests, nothing_changes_while_the_store_is_away, 0, ways);
    tcase_add_loop_test(tests, a_change_whose_outcome_was_unknown_is_asked_for, 0, ways);
    tcase_add_loop_test(tests, a_damaged_document_harms_its_own_queue_only, 0, ways);
    tcase_add_loop_test(tests, a_task_cancelled_by_another_front_end_is_cancelled_here, 0, ways);
    tcase_add_loop_test(tests, the_end_of_a_task_is_saved_when_the_store_comes_back, 0, ways);
    tcase_add_loop_test(tests, loading_goes_on_until_the_store_answers, 0, ways);
    tcase_add_loop_test(tests, another_front_end_may_make_the_receipt_key_first, 0, ways);
    tcase_add_loop_test(tests, the_receipt_key_is_there_before_any_queue, 0, ways);
    tcase_add_loop_test(tests, what_others_change_is_seen_unasked, 0, ways);
    tcase_add_loop_test(tests, a_queue_that_is_missing_without_a_proof_is_kept, 0, ways);
    tcase_add_loop_test(tests, changes_here_and_elsewhere_of_one_queue_meet_in_turn, 0, ways);
    tcase_add_loop_test(tests, a_change_while_the_queue_is_made_or_deleted_here, 0, ways);
    tcase_add_loop_test(tests, changes_are_looked_up_when_the_store_is_back, 0, ways);
    tcase_add_loop_test(tests, a_lost_store_refuses_changes_and_known_queues_go_on, 0, ways);
    tcase_add_test(tests, look_ups_of_unknown_names_are_shared_and_bounded);
    tcase_add_loop_test(tests, ids_come_from_the_store_whatever_the_clock_says, 0, ways);
    tcase_add_loop_test(tests, more_queues_than_a_range_has_ids, 0, ways);
    tcase_add_test(tests, an_end_in_the_middle_answers_every_call);
    tcase_add_test(tests, workers_that_are_dead_already_do_not_hold_up_the_end);
    tcase_add_loop_test(tests, threads_that_make_and_delete_the_same_names_agree_in_the_end, 0,
                        ways);
}

int main(void)
{
    return testkit_run("catalog_race", fill);
}

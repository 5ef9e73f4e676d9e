/* ListQueues and ListDeadLetterSourceQueues: pages over 100,000 queues. */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "metadata/attributes.h"
#include "metadata/queue_document.h"
#include "metadata/redrive.h"
#include "node/catalog_harness.h"

#include "base/banned.h"

#define MANY      100000u
#define BAD_TOKEN "InvalidParameterValue: Invalid or expired next token."
#define BAD_MAX                                                                                     \
    "InvalidParameterValue: Value for parameter MaxResults is invalid. Reason: MaxResults must be " \
    "an integer between 1 and 1000."
#define URL(name) "\"" HARNESS_URL "/" HARNESS_ACCOUNT "/" name "\""

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

/* A queue as the store has it, before the catalog starts. */
static void prepare(const char *account, const char *name, uint64_t id, const char *dead_letter)
{
    struct arena arena;
    struct api_error error;
    struct redrive_policy redrive;
    arena_init(&arena);
    struct queue draft = {
        .id = id,
        .account = slice_from_text(account),
        .name = slice_from_text(name),
        .arn = arena_print(&arena, "arn:aws:sqs:us-east-1:%s:%s", account, name),
    };
    attributes_set_defaults(false, &draft.attributes);
    if (dead_letter != NULL) {
        struct slice sent = arena_print(
            &arena,
            "{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:%s:%s\",\"maxReceiveCount\":1}",
            account, dead_letter);
        ck_assert(redrive_policy_parse(sent, &arena, &redrive, &error));
        draft.attributes.redrive_policy = redrive.text;
    }
    char key[128];
    snprintf(key, sizeof(key), "%s/%s", account, name);
    fake_store_put(fake, STORE_QUEUE, key, 1, queue_document_write(&draft, &arena));
    arena_done(&arena);
}

static const char *list(const char *json)
{
    return harness_call(&harness, API_LIST_QUEUES, NULL, json);
}

/* The value of NextToken in an answer, or NULL. */
static const char *token_of(const char *answer)
{
    const char *at = strstr(answer, "\"NextToken\":\"");
    if (at == NULL)
        return NULL;
    at += strlen("\"NextToken\":\"");
    return format("%.*s", (int)(strchr(at, '"') - at), at);
}

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static void prepare_few(void)
{
    static const char *const names[] = {"b", "a", "ab", "abc", "c", "B"};
    for (unsigned i = 0; i < ARRAY_COUNT(names); i++)
        prepare(HARNESS_ACCOUNT, names[i], i + 1, NULL);
    prepare("111111111111", "ab-other", 100, NULL);
    prepare("111111111111", "zz", 101, NULL);
}

START_TEST(a_list_is_of_one_account_and_prefix_in_order)
{
    prepare_few();
    harness_start_fake(&harness, fake, 0, false);
    harness_expect(list("{}"), "{\"QueueUrls\":[" URL("B") "," URL("a") "," URL("ab") "," URL(
                                   "abc") "," URL("b") "," URL("c") "]}");
    harness_expect(list("{\"QueueNamePrefix\":\"ab\"}"),
                   "{\"QueueUrls\":[" URL("ab") "," URL("abc") "]}");
    harness_expect(list("{\"QueueNamePrefix\":\"\"}"), list("{}"));
    harness_expect(list("{\"QueueNamePrefix\":\"abcd\"}"), "{}");
    harness_expect(list("{\"QueueNamePrefix\":\"zz\"}"), "{}");
    harness_expect(harness_call_as(&harness, "222222222222", API_LIST_QUEUES, NULL, "{}"), "{}");
}
END_TEST

START_TEST(pages_follow_each_other_and_end)
{
    prepare_few();
    harness_start_fake(&harness, fake, 0, false);
    const char *first = list("{\"MaxResults\":2,\"QueueNamePrefix\":\"a\"}");
    const char *token = token_of(first);
    ck_assert_ptr_nonnull(token);
    harness_expect(
        first, format("{\"NextToken\":\"%s\",\"QueueUrls\":[" URL("a") "," URL("ab") "]}", token));
    harness_expect(
        list(format("{\"MaxResults\":2,\"QueueNamePrefix\":\"a\",\"NextToken\":\"%s\"}", token)),
        "{\"QueueUrls\":[" URL("abc") "]}");
    /* Just as many as asked for: nothing follows. */
    ck_assert_ptr_null(token_of(list("{\"MaxResults\":3,\"QueueNamePrefix\":\"a\"}")));
    /* The place is kept when the queue it names goes. */
    harness_expect(harness_call(&harness, API_DELETE_QUEUE, "ab", "{}"), "");
    harness_expect(
        list(format("{\"MaxResults\":2,\"QueueNamePrefix\":\"a\",\"NextToken\":\"%s\"}", token)),
        "{\"QueueUrls\":[" URL("abc") "]}");
}
END_TEST

START_TEST(a_token_is_good_for_its_own_list_only)
{
    prepare_few();
    harness_start_fake(&harness, fake, 0, false);
    const char *token = token_of(list("{\"MaxResults\":1}"));
    ck_assert_ptr_nonnull(token);
    static const char *const rows[] = {"", "x", "AAAA", "====", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        harness_expect(list(format("{\"NextToken\":\"%s\"}", rows[i])), BAD_TOKEN);
    harness_expect(list(format("{\"QueueNamePrefix\":\"a\",\"NextToken\":\"%s\"}", token)),
                   BAD_TOKEN);
    harness_expect(harness_call_as(&harness, "111111111111", API_LIST_QUEUES, NULL,
                                   format("{\"NextToken\":\"%s\"}", token)),
                   BAD_TOKEN);
    harness_expect(list(format("{\"NextToken\":\"%s\"}", format("%0300d", 0))), BAD_TOKEN);
    /* It outlives the process. */
    harness_stop(&harness);
    harness_start_fake(&harness, fake, 0, false);
    harness_expect(
        list(format("{\"NextToken\":\"%s\"}", token)),
        "{\"QueueUrls\":[" URL("a") "," URL("ab") "," URL("abc") "," URL("b") "," URL("c") "]}");
}
END_TEST

START_TEST(max_results_has_bounds)
{
    prepare_few();
    harness_start_fake(&harness, fake, 0, false);
    harness_expect(list("{\"MaxResults\":0}"), BAD_MAX);
    harness_expect(list("{\"MaxResults\":-1}"), BAD_MAX);
    harness_expect(list("{\"MaxResults\":1001}"), BAD_MAX);
    ck_assert_uint_eq(count_of(list("{\"MaxResults\":1000}"), "http"), 6);
    harness_expect(
        harness_call(&harness, API_LIST_DEAD_LETTER_SOURCE_QUEUES, "a", "{\"MaxResults\":1001}"),
        BAD_MAX);
    harness_expect(
        harness_call(&harness, API_LIST_DEAD_LETTER_SOURCE_QUEUES, "a", "{\"NextToken\":\"x\"}"),
        BAD_TOKEN);
}
END_TEST

START_TEST(sources_come_in_pages_too)
{
    char name[32];
    prepare(HARNESS_ACCOUNT, "dlq", 1, NULL);
    prepare(HARNESS_ACCOUNT, "dlq2", 2, NULL);
    prepare("111111111111", "dlq", 3, NULL);
    prepare("111111111111", "other", 4, "dlq");
    prepare(HARNESS_ACCOUNT, "s-of-2", 5, "dlq2");
    for (unsigned i = 0; i < 25; i++) {
        snprintf(name, sizeof(name), "s%02u", i);
        prepare(HARNESS_ACCOUNT, name, 10 + i, "dlq");
    }
    harness_start_fake(&harness, fake, 0, false);
    const char *token = NULL;
    unsigned pages = 0, found = 0;
    do {
        const char *answer =
            harness_call(&harness, API_LIST_DEAD_LETTER_SOURCE_QUEUES, "dlq",
                         token == NULL ? "{\"MaxResults\":10}"
                                       : format("{\"MaxResults\":10,\"NextToken\":\"%s\"}", token));
        snprintf(name, sizeof(name), "/s%02u\"", found);
        ck_assert_ptr_nonnull(strstr(answer, name));
        found += count_of(answer, "http");
        token = token_of(answer);
        pages++;
    } while (token != NULL);
    ck_assert_uint_eq(pages, 3);
    ck_assert_uint_eq(found, 25);
    ck_assert_uint_eq(
        count_of(harness_call(&harness, API_LIST_DEAD_LETTER_SOURCE_QUEUES, "dlq", "{}"), "http"),
        25);
    harness_expect(harness_call(&harness, API_LIST_DEAD_LETTER_SOURCE_QUEUES, "s01", "{}"), "{}");
}
END_TEST

static int64_t now_us(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * INT64_C(1000000) + at.tv_nsec / 1000;
}

static void page_through_all(void)
{
    const char *token = NULL;
    unsigned pages = 0, found = 0;
    int64_t slowest_us = 0;
    do {
        int64_t began_us = now_us();
        const char *answer =
            list(token == NULL ? "{\"MaxResults\":1000}"
                               : format("{\"MaxResults\":1000,\"NextToken\":\"%s\"}", token));
        int64_t took_us = now_us() - began_us;
        slowest_us = took_us > slowest_us ? took_us : slowest_us;
        found += count_of(answer, "http");
        token = token_of(answer);
        pages++;
        ck_assert_uint_le(pages, MANY / 1000);
    } while (token != NULL);
    ck_assert_uint_eq(found, MANY);
    fprintf(stderr, "a page of 1000 of %u queues: at most %lld us\n", MANY, (long long)slowest_us);
}

START_TEST(a_hundred_thousand_queues_are_paged_through)
{
    char name[32];
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "queue-%06u", i);
        prepare(HARNESS_ACCOUNT, name, i + 1, NULL);
    }
    int64_t began_us = now_us();
    harness_start_fake(&harness, fake, 0, false);
    fprintf(stderr, "loaded in %lld ms\n", (long long)((now_us() - began_us) / 1000));
    ck_assert_uint_eq(directory_count(harness.workers[0].directory), MANY);
    /* Without MaxResults there is no way beyond the first thousand (C14). */
    const char *answer = list("{}");
    ck_assert_uint_eq(count_of(answer, "http"), 1000);
    ck_assert_ptr_null(token_of(answer));
    page_through_all();
    ck_assert_uint_eq(count_of(list("{\"QueueNamePrefix\":\"queue-0999\"}"), "http"), 100);
    began_us = now_us();
    harness_expect(
        harness_call(&harness, API_CREATE_QUEUE, NULL, "{\"QueueName\":\"queue-0500005\"}"),
        "{\"QueueUrl\":" URL("queue-0500005") "}");
    fprintf(stderr, "one more made in %lld us\n", (long long)(now_us() - began_us));
    ck_assert_uint_eq(count_of(list("{\"QueueNamePrefix\":\"queue-050000\"}"), "http"), 2);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_list_is_of_one_account_and_prefix_in_order);
    tcase_add_test(tests, pages_follow_each_other_and_end);
    tcase_add_test(tests, a_token_is_good_for_its_own_list_only);
    tcase_add_test(tests, max_results_has_bounds);
    tcase_add_test(tests, sources_come_in_pages_too);
    tcase_add_test(tests, a_hundred_thousand_queues_are_paged_through);
}

int main(void)
{
    return testkit_run("catalog_list", fill);
}

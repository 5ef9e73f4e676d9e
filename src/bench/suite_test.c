#include "bench/answer.h"
#include "bench/canned.h"
#include "bench/log_status.h"
#include "bench/suite_report.h"
#include "bench/sync.h"
#include "bench/usage.h"
#include "bench/writer.h"
#include "testkit/directory.h"
#include "testkit/testkit.h"

#include "base/banned.h"

static struct arena arena;
static struct canned canned;

static void set_up(void)
{
    arena_init(&arena);
    canned_make(&canned, SLICE("http://127.0.0.1:1/0/null"), 300, &arena);
}

/* The answer to what the writer writes, parsed. */
static struct answer ask(enum writer_protocol protocol, struct writer_request request,
                         const char *target)
{
    struct answer answer;
    struct slice found = canned_find(
        &canned, protocol == WRITER_JSON ? slice_from_text(target) : SLICE_NONE, request.body);
    struct slice copy = arena_copy(&arena, found);
    uint8_t *bytes = (uint8_t *)(uintptr_t)copy.at;
    ck_assert(protocol == WRITER_JSON ? answer_parse_json(bytes, copy.bytes, &answer)
                                      : answer_parse_xml(bytes, copy.bytes, &answer));
    return answer;
}

START_TEST(canned_answers_fit_the_requests)
{
    enum writer_protocol protocol = _i == 0 ? WRITER_JSON : WRITER_QUERY;
    struct endpoint endpoint;
    struct writer_queue queue;
    const char *why;
    static const struct writer_message messages[WRITER_BATCH_MAX];
    struct slice receipts[WRITER_BATCH_MAX];
    set_up();
    for (size_t i = 0; i < WRITER_BATCH_MAX; i++)
        receipts[i] = SLICE("r");
    ck_assert_int_eq(endpoint_parse(SLICE("http://127.0.0.1:1"), &arena, &endpoint, &why), ERR_OK);
    ck_assert_int_eq(writer_make_queue(SLICE("http://127.0.0.1:1/0/null"), &arena, &queue), ERR_OK);
    struct writer *writer =
        writer_create(&(struct writer_options){.protocol = protocol, .endpoint = &endpoint});
    ck_assert_uint_gt(
        ask(protocol, writer_send(writer, &queue, messages, 1, false, 300), "AmazonSQS.SendMessage")
            .message_id.bytes,
        0);
    for (uint32_t n = 1; n <= WRITER_BATCH_MAX; n++) {
        struct answer answer = ask(protocol, writer_send(writer, &queue, messages, n, true, 300),
                                   "AmazonSQS.SendMessageBatch");
        ck_assert_uint_eq(answer.entries_count, n);
        ck_assert_uint_eq(answer.entries[n - 1].id.at[0], '0' + n - 1);
        answer = ask(protocol, writer_receive(writer, &queue, &(struct writer_receive){n, 0, -1}),
                     "AmazonSQS.ReceiveMessage");
        ck_assert_uint_eq(answer.entries_count, n);
        ck_assert_int_eq(answer.entries[n - 1].list, ANSWER_MESSAGES);
        ck_assert_uint_eq(answer.entries[n - 1].body.bytes, 300);
        answer = ask(protocol, writer_delete(writer, &queue, receipts, n, true),
                     "AmazonSQS.DeleteMessageBatch");
        ck_assert_uint_eq(answer.entries_count, n);
        ck_assert_int_eq(answer.entries[n - 1].list, ANSWER_SUCCESSFUL);
    }
    ck_assert_uint_eq(
        ask(protocol, writer_delete(writer, &queue, receipts, 1, false), "AmazonSQS.DeleteMessage")
            .entries_count,
        0);
    testkit_slice_eq(
        ask(protocol, writer_create_queue(writer, SLICE("q"), false, 30), "AmazonSQS.CreateQueue")
            .queue_url,
        "http://127.0.0.1:1/0/null");
    ask(protocol, writer_delete_queue(writer, &queue), "AmazonSQS.DeleteQueue");
    writer_destroy(writer);
    arena_done(&arena);
}
END_TEST

START_TEST(strange_requests_get_an_answer_too)
{
    static const char *const bodies[] = {"",
                                         "x",
                                         "Action=",
                                         "Action=SendMessageBatch",
                                         "&MaxNumberOfMessages=99",
                                         "Action=ReceiveMessage&MaxNumberOfMessages=x"};
    set_up();
    for (size_t i = 0; i < ARRAY_COUNT(bodies); i++) {
        ck_assert_ptr_nonnull(canned_find(&canned, SLICE_NONE, slice_from_text(bodies[i])).at);
        ck_assert_ptr_nonnull(canned_find(&canned, slice_from_text(bodies[i]), SLICE_NONE).at);
    }
    arena_done(&arena);
}
END_TEST

START_TEST(the_spread_is_median_least_and_most)
{
    double odd[] = {3, 1, 2}, even[] = {4, 1, 3, 2}, one[] = {7};
    struct suite_spread spread = suite_report_spread(odd, 3);
    ck_assert(spread.median == 2 && spread.min == 1 && spread.max == 3);
    spread = suite_report_spread(even, 4);
    ck_assert(spread.median == 2.5 && spread.min == 1 && spread.max == 4);
    spread = suite_report_spread(one, 1);
    ck_assert(spread.median == 7 && spread.min == 7 && spread.max == 7);
}
END_TEST

static struct suite_report report;

/* Prints the report, with the first case only, and looks for a text. */
static bool shows(const char *wanted)
{
    static const bool picks[CASES_MAX] = {true};
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    suite_report_print(file, &report, picks);
    fclose(file);
    bool is_there = strstr(text, wanted) != NULL;
    free(text);
    return is_there;
}

static const struct {
    double null_rate, hiccups, ratio;
    bool is_durable;
    const char *shown;
} verdicts[] = {
    {150000, 0.01, 0.71, false, "0.70 goal"},  {150000, 0.01, 0.65, false, "0.70 gate"},
    {150000, 0.01, 0.55, false, "0.70 BELOW"}, {150000, 0.01, 0.40, true, "0.45 gate"},
    {150000, 0.03, 0.71, false, "0.70 ?"},     {100000, 0.01, 0.71, false, "0.70 ?"},
};

START_TEST(targets_are_judged_only_on_a_quiet_machine)
{
    memset(&report, 0, sizeof(report));
    report.rounds = 1;
    report.is_pinned = true;
    report.hiccups = verdicts[_i].hiccups;
    report.is_durable = verdicts[_i].is_durable;
    report.figures[0][0][0].rate = verdicts[_i].null_rate;
    report.figures[0][0][1].rate = verdicts[_i].null_rate * verdicts[_i].ratio;
    ck_assert_msg(shows(verdicts[_i].shown), "%s", verdicts[_i].shown);
}
END_TEST

/* Two rounds in which the machine doubled its speed: ratios are taken inside rounds, so they do not move. */
START_TEST(ratios_are_those_inside_a_round)
{
    bool picks[CASES_MAX] = {true};
    char *text = NULL;
    size_t bytes = 0;
    struct answer answer;
    report.rounds = 2;
    for (uint32_t i = 0; i < cases_count(); i++) {
        report.figures[0][i][0].rate = 1000;
        report.figures[0][i][1].rate = 650;
        report.figures[1][i][0].rate = 2000;
        report.figures[1][i][1].rate = 1300;
        report.figures[0][i][0].is_clean = report.figures[1][i][0].is_clean = true;
        report.figures[0][i][1].is_clean = report.figures[1][i][1].is_clean = true;
    }
    ck_assert(suite_report_is_clean(&report, picks));
    ck_assert(shows("0.65 (0.65-0.65)"));
    FILE *file = open_memstream(&text, &bytes);
    suite_report_print_json(file, &report, picks);
    fclose(file);
    ck_assert(answer_parse_json((uint8_t *)text, bytes, &answer));
    free(text);
    report.figures[1][0][1].is_clean = false;
    ck_assert(!suite_report_is_clean(&report, picks));
}
END_TEST

START_TEST(writes_are_made_durable_one_by_one)
{
    static struct sync_result result;
    char path[DIRECTORY_PATH_BYTES];
    testkit_directory_make(path);
    struct sync_settings settings = {.directory = path, .write_bytes = 1 << 20, .seconds = 0.01};
    ck_assert_int_eq(sync_measure(&settings, &result), ERR_OK);
    ck_assert_uint_gt(result.latency.count, 0);
    ck_assert(result.rate > 0);
    testkit_directory_remove(path);
    ck_assert_int_eq(sync_measure(&settings, &result), ERR_IO);
}
END_TEST

START_TEST(a_process_has_cpu_time_and_memory)
{
    struct usage self, same;
    ck_assert(usage_of(getpid(), &same));
    usage_of_self(&self);
    ck_assert_uint_gt(same.rss_bytes, 0);
    ck_assert_uint_le(same.cpu_us, self.cpu_us + 20000); /* ticks */
    ck_assert(!usage_of(4194304 + 1, &same));
    ck_assert_uint_gt(usage_peak_bytes(getpid()), 0);
    ck_assert_uint_eq(usage_peak_bytes(4194304 + 1), 0);
}
END_TEST

START_TEST(counters_of_all_logs_are_added)
{
    static const char *const bad[] = {"", "[]", "{\"logs\":[]}", "{\"logs\":[{\"worker\":0}]}",
                                      "{\"logs\":[{\"records\":1},{}]}"};
    struct log_status status = {.records = 7};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        ck_assert_int_eq(log_status_parse(bad[i], &status), ERR_INVALID);
    ck_assert(status.records == 7);
    ck_assert_int_eq(log_status_parse("{\"logs\":[{\"records\":1,\"disk_bytes\":4096},"
                                      "{\"records\":2,\"disk_bytes\":8192,\"new\":1.5}]}",
                                      &status),
                     ERR_OK);
    ck_assert(status.records == 3 && status.disk_bytes == 12288 && status.batches == 0);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, canned_answers_fit_the_requests, 0, 2);
    tcase_add_test(tests, strange_requests_get_an_answer_too);
    tcase_add_test(tests, the_spread_is_median_least_and_most);
    tcase_add_loop_test(tests, targets_are_judged_only_on_a_quiet_machine, 0,
                        ARRAY_COUNT(verdicts));
    tcase_add_test(tests, ratios_are_those_inside_a_round);
    tcase_add_test(tests, writes_are_made_durable_one_by_one);
    tcase_add_test(tests, counters_of_all_logs_are_added);
    tcase_add_test(tests, a_process_has_cpu_time_and_memory);
}

int main(void)
{
    return testkit_run("suite", fill);
}

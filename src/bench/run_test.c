#include "bench/run.h"

#include "bench/answer.h"
#include "bench/fake_server.h"
#include "bench/report.h"
#include "testkit/testkit.h"

#include "base/banned.h"

#define CYCLES 20

static struct fake_server server;
static struct run_result result;
static struct settings settings;
static char endpoint[64];
static char why[RUN_WHY_BYTES];

static void set_up(enum fake_server_fault fault, const char *workload)
{
    server = (struct fake_server){.fault = fault};
    settings_init(&settings);
    settings.workload = workload_find(workload);
    ck_assert_ptr_nonnull(settings.workload);
    settings.connections = settings.workload->roles_count;
    settings.requests = CYCLES;
    settings.body_bytes = 150;
    settings.signer.mode = SIGNER_NONE;
    settings.shows_progress = false;
    settings.drain_s = 0.3;
    settings.wait_s = 0;
}

static void run(void)
{
    fake_server_start(&server);
    snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%u", server.port);
    settings.endpoint = endpoint;
    ck_assert_msg(run_execute(&settings, &result, why), "%s", why);
    fake_server_stop(&server);
    ck_assert_uint_eq(server.queues_made, settings.queues);
    ck_assert_uint_eq(server.queues_deleted, settings.queues);
    ck_assert(result.is_checked);
}

/* What one misdeed of the server looks like in the end: a fault of one kind (or STATS_FAULTS_COUNT: none), and the
 * account of the messages. */
static const struct {
    enum fake_server_fault server;
    uint32_t batch, groups;
    enum stats_fault fault;
    uint64_t lost, unknown, received_unknown, refused, received_refused;
    bool is_clean;
} misdeeds[] = {
    {FAKE_SERVER_HONEST, 1, 0, STATS_FAULTS_COUNT, 0, 0, 0, 0, 0, true},
    {FAKE_SERVER_HONEST, 10, 0, STATS_FAULTS_COUNT, 0, 0, 0, 0, 0, true},
    {FAKE_SERVER_HONEST, 1, 1, STATS_FAULTS_COUNT, 0, 0, 0, 0, 0, true},
    {FAKE_SERVER_HONEST, 10, 7, STATS_FAULTS_COUNT, 0, 0, 0, 0, 0, true},
    {FAKE_SERVER_LOSES, 1, 0, STATS_FAULTS_COUNT, 1, 0, 0, 0, 0, false},
    {FAKE_SERVER_LOSES, 10, 0, STATS_FAULTS_COUNT, 1, 0, 0, 0, 0, false},
    {FAKE_SERVER_DOUBLES, 1, 0, STATS_DUPLICATE, 0, 0, 0, 0, 0, true},
    {FAKE_SERVER_DOUBLES, 10, 0, STATS_DUPLICATE, 0, 0, 0, 0, 0, true},
    {FAKE_SERVER_RETURNS, 1, 0, STATS_AFTER_DELETE, 0, 0, 0, 0, 0, true},
    {FAKE_SERVER_RETURNS, 1, 1, STATS_AFTER_DELETE, 0, 0, 0, 0, 0, false},
    {FAKE_SERVER_CORRUPTS, 1, 0, STATS_CORRUPT, 1, 0, 0, 0, 0, false},
    {FAKE_SERVER_CORRUPTS, 10, 0, STATS_CORRUPT, 1, 0, 0, 0, 0, false},
    {FAKE_SERVER_ADDS, 1, 0, STATS_FOREIGN, 0, 0, 0, 0, 0, false},
    {FAKE_SERVER_FAILS, 1, 0, STATS_SERVER, 0, 1, 1, 0, 0, false},
    {FAKE_SERVER_REFUSES, 1, 0, STATS_CLIENT, 0, 0, 0, 1, 0, false},
    {FAKE_SERVER_REFUSES_FALSELY, 1, 0, STATS_CLIENT, 0, 0, 0, 1, 1, false},
    {FAKE_SERVER_HANGS_UP, 1, 0, STATS_BROKEN, 0, 1, 1, 0, 0, false},
    {FAKE_SERVER_BABBLES, 1, 0, STATS_MALFORMED, 0, 1, 1, 0, 0, false},
    {FAKE_SERVER_MUMBLES, 1, 0, STATS_MALFORMED, 0, 1, 1, 0, 0, false},
    {FAKE_SERVER_OMITS, 1, 0, STATS_MALFORMED, 0, 1, 1, 0, 0, false},
    {FAKE_SERVER_OMITS, 10, 0, STATS_MALFORMED, 0, 1, 1, 0, 0, false},
    {FAKE_SERVER_REFUSES_ENTRY, 10, 0, STATS_ENTRY, 0, 0, 0, 1, 0, false},
    {FAKE_SERVER_SWAPS, 1, 1, STATS_ORDER, 0, 0, 0, 0, 0, false},
    {FAKE_SERVER_SWAPS, 10, 1, STATS_ORDER, 0, 0, 0, 0, 0, false},
    {FAKE_SERVER_SWAPS, 1, 0, STATS_FAULTS_COUNT, 0, 0, 0, 0, 0, true},
    {FAKE_SERVER_IS_SILENT, 1, 0, STATS_TIMEOUT, 0, 1, 1, 0, 0, false},
};

START_TEST(each_misdeed_is_counted_as_what_it_is)
{
    set_up(misdeeds[_i].server, "send");
    settings.batch = misdeeds[_i].batch;
    settings.groups = misdeeds[_i].groups;
    if (misdeeds[_i].server == FAKE_SERVER_IS_SILENT)
        settings.timeout_s = 0.2;
    run();
    for (uint32_t i = 0; i < STATS_FAULTS_COUNT; i++)
        ck_assert_msg(result.stats.faults[i] + result.other_faults[i] == (i == misdeeds[_i].fault),
                      "%s: %lu", stats_fault_name((enum stats_fault)i),
                      (unsigned long)(result.stats.faults[i] + result.other_faults[i]));
    const struct ledger_totals *totals = &result.totals;
    ck_assert_uint_eq(totals->issued, CYCLES * misdeeds[_i].batch);
    ck_assert_uint_eq(totals->sent, totals->issued - misdeeds[_i].unknown - misdeeds[_i].refused);
    ck_assert_uint_eq(totals->lost, misdeeds[_i].lost);
    ck_assert_uint_eq(totals->unknown, misdeeds[_i].unknown);
    ck_assert_uint_eq(totals->received_unknown, misdeeds[_i].received_unknown);
    ck_assert_uint_eq(totals->refused, misdeeds[_i].refused);
    ck_assert_uint_eq(totals->received_refused, misdeeds[_i].received_refused);
    ck_assert_int_eq(run_is_clean(&settings, &result), misdeeds[_i].is_clean);
}
END_TEST

/* Every workload in several shapes against an honest server: nothing is counted that is not there. */
static const struct {
    const char *workload;
    uint32_t connections, pipeline, threads, batch;
    bool tears, chunks, closes;
    double rate;
    uint32_t receivers;
} shapes[] = {
    {"send", 4, 1, 2, 1, false, false, false, 0, 0},
    {"send", 2, 3, 1, 1, true, false, false, 0, 0},
    {"send", 2, 1, 1, 1, false, false, true, 0, 0},
    {"send", 2, 1, 1, 1, false, false, false, 2000, 0},
    {"receive", 2, 1, 1, 1, false, true, false, 0, 0},
    {"receive", 3, 2, 1, 10, true, true, false, 0, 0},
    {"delete", 2, 1, 1, 1, false, false, false, 0, 0},
    {"delete", 2, 1, 2, 10, true, false, false, 0, 0},
    {"receive-delete", 2, 1, 1, 1, false, false, false, 0, 0},
    {"receive-delete", 2, 1, 1, 10, false, false, true, 0, 0},
    {"round-trip", 3, 1, 1, 1, true, true, false, 0, 0},
    {"round-trip", 2, 2, 2, 10, false, true, false, 0, 0},
    {"round-trip", 2, 1, 1, 1, false, false, true, 500, 0},
    {"flow", 4, 1, 2, 1, false, false, false, 0, 0},
    {"flow", 2, 1, 1, 10, true, false, false, 0, 0},
    {"wake", 4, 1, 1, 1, false, false, false, 1000, 0},
    {"wake", 6, 1, 1, 1, false, false, false, 1000, 5},
};

START_TEST(every_workload_is_clean_against_an_honest_server)
{
    set_up(FAKE_SERVER_HONEST, shapes[_i].workload);
    settings.connections = shapes[_i].connections;
    settings.pipeline = shapes[_i].pipeline;
    settings.threads = shapes[_i].threads;
    settings.batch = shapes[_i].batch;
    settings.closes = shapes[_i].closes;
    settings.rate = shapes[_i].rate;
    settings.receivers = shapes[_i].receivers;
    server.tears = shapes[_i].tears;
    server.chunks = shapes[_i].chunks;
    ck_assert_ptr_null(settings_check(&settings));
    run();
    ck_assert_msg(run_is_clean(&settings, &result), "%s %s", result.stats.first_fault,
                  result.other_fault);
    ck_assert_uint_eq(result.totals.lost, 0);
    ck_assert_uint_eq(result.totals.received, result.totals.sent);
    ck_assert_uint_eq(result.stats.faults[STATS_DUPLICATE], 0);
    if (settings.workload->needs_messages == false)
        ck_assert_uint_eq(result.totals.sent, CYCLES * settings.batch);
    ck_assert_uint_gt(result.stats.cycles.count, 0);
    if (settings.workload->has_delivery)
        ck_assert_uint_eq(result.stats.delivery.count, result.totals.received);
}
END_TEST

/* Too many cycles for the time: those that were begun are whole and nothing is lost. */
START_TEST(a_limit_ends_a_run_before_its_last_cycle)
{
    set_up(FAKE_SERVER_HONEST, "send");
    settings.rate = 100;
    settings.requests = 1000;
    settings.limit_s = 0.2;
    run();
    ck_assert(run_is_clean(&settings, &result));
    ck_assert_uint_gt(result.totals.sent, 0);
    ck_assert_uint_lt(result.totals.sent, 1000);
    ck_assert_uint_eq(result.totals.received, result.totals.sent);
}
END_TEST

/* The fill sends the victim in a batch, whose entry is refused, unless batches are not to be used around the workload. */
START_TEST(queues_are_filled_without_batches_when_asked_to)
{
    set_up(FAKE_SERVER_REFUSES_ENTRY, "receive-delete");
    settings.around = _i == 0 ? WRITER_BATCH_MAX : 1;
    run();
    ck_assert_uint_eq(result.other_faults[STATS_ENTRY], _i == 0);
    ck_assert_uint_eq(result.totals.received, result.totals.sent);
}
END_TEST

START_TEST(a_run_without_a_server_says_why)
{
    set_up(FAKE_SERVER_HONEST, "send");
    fake_server_start(&server);
    snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%u", server.port);
    fake_server_stop(&server);
    settings.endpoint = endpoint;
    ck_assert(!run_execute(&settings, &result, why));
    ck_assert_ptr_nonnull(strstr(why, "cannot connect"));
}
END_TEST

/* Our own parsers serve as checkers: what they refuse does not hold together. */
START_TEST(json_and_plot_hold_together)
{
    struct report_curve curves[REPORT_CURVES_MAX];
    struct answer answer;
    char *text = NULL;
    size_t bytes = 0;
    set_up(FAKE_SERVER_REFUSES, "round-trip");
    run();
    FILE *file = open_memstream(&text, &bytes);
    report_print_json(file, &settings, &result);
    fclose(file);
    ck_assert(answer_parse_json((uint8_t *)text, bytes, &answer));
    free(text);
    file = open_memstream(&text, &bytes);
    report_plot(file, "a <title> & more", curves, report_curves(&settings, &result, curves));
    fclose(file);
    ck_assert(answer_parse_xml((uint8_t *)text, bytes, &answer));
    ck_assert_ptr_null(strstr(text, "nan"));
    ck_assert_ptr_null(strstr(text, "inf"));
    free(text);
}
END_TEST

START_TEST(a_plot_of_nothing_holds_together)
{
    static const struct histogram nothing;
    const struct report_curve curve = {"nothing", &nothing};
    struct answer answer;
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    report_plot(file, "", &curve, 1);
    fclose(file);
    ck_assert(answer_parse_xml((uint8_t *)text, bytes, &answer));
    free(text);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, each_misdeed_is_counted_as_what_it_is, 0, ARRAY_COUNT(misdeeds));
    tcase_add_loop_test(tests, every_workload_is_clean_against_an_honest_server, 0,
                        ARRAY_COUNT(shapes));
    tcase_add_test(tests, a_limit_ends_a_run_before_its_last_cycle);
    tcase_add_loop_test(tests, queues_are_filled_without_batches_when_asked_to, 0, 2);
    tcase_add_test(tests, a_run_without_a_server_says_why);
    tcase_add_test(tests, json_and_plot_hold_together);
    tcase_add_test(tests, a_plot_of_nothing_holds_together);
}

int main(void)
{
    return testkit_run("run", fill);
}

#include "bench/suite.h"

#include <errno.h>
#include <getopt.h>

#include "bench/cases.h"
#include "bench/rig.h"
#include "bench/suite_report.h"
#include "bench/sync.h"
#include "bench/ticks.h"
#include "bench/usage.h"

#include "base/banned.h"

#define RAM_MESSAGES   100000u
#define RAM_BODY_BYTES 220u

struct suite {
    struct rig rig;
    bool picks[CASES_MAX];
    double seconds, warmup_s;
    uint32_t rounds;
    const char *json_path;
    struct child null, server;
    struct suite_report report;
};

static bool start_server(struct suite *suite)
{
    char keys[RIG_PATH_BYTES];
    const char *durability = suite->report.is_durable ? "sync" : "memory";
    const char *const options[] = {"--auth",   "verify", "--credentials", keys, "--durability",
                                   durability, NULL};
    return rig_write_keys(&suite->rig, keys) &&
           rig_start_leatd(&suite->rig, &suite->server, "data", false, options);
}

/* What every run has in common. */
static void fill_settings(const struct suite *suite, bool is_null, struct settings *settings,
                          char endpoint[64])
{
    const struct child *child = is_null ? &suite->null : &suite->server;
    rig_fill_settings(&suite->rig, child, settings, endpoint);
    settings->seconds = suite->seconds;
    settings->warmup_s = suite->warmup_s;
    settings->drain_s = 5;
    settings->checks = !is_null;
    settings->fill = is_null ? WRITER_BATCH_MAX : 0;
    /* The null server looks at no signature, so none is made: N is what is possible, not what signing leaves of it. */
    settings->signer = rig_signer(is_null ? SIGNER_DUMMY : SIGNER_V4);
}

static bool run_case(struct suite *suite, uint32_t index, bool is_null, double send_rate,
                     struct suite_figures *ret_figures)
{
    static struct run_result result;
    const struct cases_row *row = cases_at(index);
    struct settings settings;
    char endpoint[64], why[RUN_WHY_BYTES];
    fill_settings(suite, is_null, &settings, endpoint);
    cases_fill(row, send_rate, &settings);
    if (!run_execute(&settings, &result, why))
        return rig_fail(&suite->rig, row->name, why);
    if (result.is_interrupted)
        return rig_fail(&suite->rig, row->name, "interrupted");
    suite_report_take(ret_figures, row, &settings, &result);
    if (!ret_figures->is_clean) {
        fprintf(stderr, "%s on %s:\n", row->name, is_null ? "the null server" : "leatd");
        report_print(stderr, &settings, &result);
    }
    return true;
}

static bool run_round(struct suite *suite, uint32_t round)
{
    struct suite_figures(*figures)[2] = suite->report.figures[round];
    for (uint32_t i = 0; i < cases_count(); i++) {
        const struct cases_row *row = cases_at(i);
        if (!suite->picks[i] && i > 0) /* the first is what the others are compared with */
            continue;
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "\r\033[Kround %u of %u: %s", round + 1, suite->rounds, row->name);
        double send_rate = i > 0 ? figures[0][1].rate : 0;
        if (row->has_null && !run_case(suite, i, true, send_rate, &figures[i][0]))
            return false;
        if (!run_case(suite, i, false, send_rate, &figures[i][1]))
            return false;
    }
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K");
    return true;
}

/* Memory of leatd: idle, and by message. */
static bool measure_memory(struct suite *suite)
{
    static struct run_result result;
    struct usage idle;
    struct settings settings;
    char endpoint[64], why[RUN_WHY_BYTES];
    fill_settings(suite, false, &settings, endpoint);
    settings.workload = workload_find("send");
    settings.body_bytes = RAM_BODY_BYTES;
    settings.batch = WRITER_BATCH_MAX;
    settings.requests = RAM_MESSAGES / WRITER_BATCH_MAX;
    settings.checks = false;
    if (!usage_of(suite->server.pid, &idle) || !run_execute(&settings, &result, why))
        return rig_fail(&suite->rig, "memory", "leatd cannot be measured");
    suite->report.idle_bytes = idle.rss_bytes;
    if (result.server_rss_bytes > idle.rss_bytes)
        suite->report.message_bytes =
            (double)(result.server_rss_bytes - idle.rss_bytes) / RAM_MESSAGES;
    return true;
}

static bool prepare(struct suite *suite)
{
    static struct sync_result sync;
    const struct sync_settings settings = {
        .directory = suite->rig.directory, .write_bytes = 16384, .seconds = 0.7};
    suite->report.hiccups = rig_measure_hiccups();
    if (sync_measure(&settings, &sync) == ERR_OK)
        suite->report.syncs = sync.rate;
    if (!rig_start_null(&suite->rig, &suite->null, 0) || !start_server(suite))
        return false;
    suite->report.start_ms = (double)(ticks_now_ns() - suite->server.start_ns) / 1e6;
    return measure_memory(suite);
}

static bool pick_cases(struct suite *suite, char *names)
{
    memset(suite->picks, 0, sizeof(suite->picks));
    for (char *name = names, *rest; name != NULL; name = rest) {
        rest = strchr(name, ',');
        if (rest != NULL)
            *rest++ = 0;
        if (cases_find(name) == cases_count())
            return rig_fail(&suite->rig, name, "no such case");
        suite->picks[cases_find(name)] = true;
    }
    return true;
}

static void print_help(void)
{
    printf(
        "leat-bench suite --leatd PATH [--rounds N] [--seconds S] [--only CASE,...] [--durable] [--json FILE]"
        " [-- OPTION ...]\n\nRuns each case on the null server and on leatd, N rounds [3] of S seconds [0.6] each, "
        "and prints ratios.\nleatd keeps queues in memory, with --durable on the disk; the targets differ. OPTIONs go "
        "to leatd.\n\n"
        "cases:");
    for (uint32_t i = 0; i < cases_count(); i++)
        printf(" %s", cases_at(i)->name);
    printf("\n");
}

static bool parse_options(struct suite *suite, int argc, char **argv, int *ret_status)
{
    static const struct option options[] = {
        {"leatd", required_argument, NULL, 'l'},   {"rounds", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 's'}, {"only", required_argument, NULL, 'o'},
        {"durable", no_argument, NULL, 'd'},       {"json", required_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},          {0}};
    double rounds = suite->rounds;
    bool is_good = true;
    int c;
    optind = 1;
    while (is_good && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'h') {
            print_help();
            *ret_status = 0;
            return false;
        }
        if (c == 'l')
            suite->rig.leatd = optarg;
        else if (c == 'j')
            suite->json_path = optarg;
        else if (c == 'd')
            suite->report.is_durable = true;
        else if (c == 'o')
            is_good = pick_cases(suite, optarg);
        else if (c == 'r')
            is_good = (rounds = strtod(optarg, NULL)) >= 1 && rounds <= SUITE_ROUNDS_MAX;
        else if (c == 's')
            is_good = (suite->seconds = strtod(optarg, NULL)) >= 0.1 && suite->seconds <= 60;
        else
            is_good = false;
    }
    suite->rounds = suite->report.rounds = is_good ? (uint32_t)rounds : 1;
    suite->rig.extra = argv + optind;
    if (is_good && suite->rig.leatd == NULL)
        is_good = rig_fail(&suite->rig, "--leatd", "where is it?");
    *ret_status = 2;
    return is_good;
}

static int finish(struct suite *suite, bool is_done)
{
    if (is_done)
        suite_report_print(stdout, &suite->report, suite->picks);
    if (is_done && suite->json_path != NULL) {
        FILE *file = strcmp(suite->json_path, "-") == 0 ? stdout : fopen(suite->json_path, "we");
        is_done = file != NULL || rig_fail(&suite->rig, suite->json_path, strerror(errno));
        if (file != NULL) {
            suite_report_print_json(file, &suite->report, suite->picks);
            is_done = (file == stdout ? fflush(file) : fclose(file)) == 0;
        }
    }
    child_stop(&suite->server);
    child_stop(&suite->null);
    rig_close(&suite->rig, !is_done);
    return is_done && suite_report_is_clean(&suite->report, suite->picks) ? 0 : 1;
}

int suite_main(int argc, char **argv)
{
    static struct suite suite;
    int status;
    suite.rig.name = "suite";
    suite.seconds = 0.6;
    suite.warmup_s = 0.2;
    suite.rounds = 3;
    memset(suite.picks, true, sizeof(suite.picks));
    if (!parse_options(&suite, argc, argv, &status))
        return status;
    if (!rig_open(&suite.rig))
        return 1;
    suite.report.is_pinned = suite.rig.server_cpu >= 0;
    bool is_done = prepare(&suite);
    for (uint32_t round = 0; is_done && round < suite.rounds; round++)
        is_done = run_round(&suite, round);
    return finish(&suite, is_done);
}
